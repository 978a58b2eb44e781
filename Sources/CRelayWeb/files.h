// Written by Tools/build-web: the files of Sources/RelayWeb/Web.
#define WEB_FILE dashboard/index.html
#include "embed.h"
#define WEB_FILE playground/index.html
#include "embed.h"
#define WEB_FILE playground/playground.css
#include "embed.h"
#define WEB_FILE playground/playground.js
#include "embed.h"
#define WEB_FILE sdk/tickrelay.d.ts
#include "embed.h"
#define WEB_FILE sdk/tickrelay.js
#include "embed.h"
