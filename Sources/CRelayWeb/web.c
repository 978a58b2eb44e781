// The web files in the program: those of files.h, and no others.
//
// Tools/build-web makes .build-web of the sources, bundled, minified and compressed. A build without it embeds the sources
// themselves, module by module. The compiler notes which files it embeds, but not which it did not find: so the script touches this one.
#include "CRelayWeb.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// Compilers define these, and they may be part of a name.
#undef linux
#undef unix

#define BUILT(file) TEXT(../../.build-web/file)
#define SOURCE(file) TEXT(../RelayWeb/Web/file)
#define TEXT(tokens) TEXT_OF(tokens)
#define TEXT_OF(tokens) #tokens

static const struct crelay_web_file files[] = {
#include "files.h"
};

size_t crelay_web_file_count(void) { return sizeof files / sizeof *files; }

const struct crelay_web_file *crelay_web_file(size_t index) { return &files[index]; }
