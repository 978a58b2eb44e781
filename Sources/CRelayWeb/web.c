// The web files in the binary. One that is not named here is not served; Tools/build-web checks that all of them are.
//
// Tools/build-web makes .build-web of the sources, bundled, minified and compressed. A build without it embeds the sources
// themselves, modules one by one. The compiler notes what it embeds, but not what it did not find: so the script touches this file.
#include "CRelayWeb.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#define BUILT(file) TEXT(../../.build-web/file)
#define SOURCE(file) TEXT(../RelayWeb/Web/file)
#define TEXT(tokens) TEXT_OF(tokens)
#define TEXT_OF(tokens) #tokens

static const struct crelay_web_file files[] = {
#define WEB_FILE sdk/tickrelay.js
#include "embed.h"
#define WEB_FILE sdk/tickrelay.d.ts
#include "embed.h"
#define WEB_FILE playground/index.html
#include "embed.h"
#define WEB_FILE playground/playground.css
#include "embed.h"
#define WEB_FILE playground/playground.js
#include "embed.h"
#define WEB_FILE dashboard/index.html
#include "embed.h"
};

size_t crelay_web_file_count(void) { return sizeof files / sizeof *files; }

const struct crelay_web_file *crelay_web_file(size_t index) { return &files[index]; }
