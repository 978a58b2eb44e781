// Written by Tools/build-web: the files of Sources/RelayWeb/Web.
#define WEB_FILE dashboard/acts.js
#include "embed.h"
#define WEB_FILE dashboard/bans.js
#include "embed.h"
#define WEB_FILE dashboard/charts.js
#include "embed.h"
#define WEB_FILE dashboard/dashboard.css
#include "embed.h"
#define WEB_FILE dashboard/dashboard.js
#include "embed.h"
#define WEB_FILE dashboard/dialog.js
#include "embed.h"
#define WEB_FILE dashboard/dom.js
#include "embed.h"
#define WEB_FILE dashboard/events.js
#include "embed.h"
#define WEB_FILE dashboard/feed.js
#include "embed.h"
#define WEB_FILE dashboard/icon.svg
#include "embed.h"
#define WEB_FILE dashboard/index.html
#include "embed.h"
#define WEB_FILE dashboard/model.js
#include "embed.h"
#define WEB_FILE dashboard/operator.js
#include "embed.h"
#define WEB_FILE dashboard/overview.js
#include "embed.h"
#define WEB_FILE dashboard/parts.js
#include "embed.h"
#define WEB_FILE dashboard/room.js
#include "embed.h"
#define WEB_FILE dashboard/text.js
#include "embed.h"
#define WEB_FILE playground/about.js
#include "embed.h"
#define WEB_FILE playground/arena.js
#include "embed.h"
#define WEB_FILE playground/chart.js
#include "embed.h"
#define WEB_FILE playground/faults.js
#include "embed.h"
#define WEB_FILE playground/game.js
#include "embed.h"
#define WEB_FILE playground/hud.js
#include "embed.h"
#define WEB_FILE playground/icon.svg
#include "embed.h"
#define WEB_FILE playground/index.html
#include "embed.h"
#define WEB_FILE playground/input.js
#include "embed.h"
#define WEB_FILE playground/lobby.js
#include "embed.h"
#define WEB_FILE playground/place.js
#include "embed.h"
#define WEB_FILE playground/playground.css
#include "embed.h"
#define WEB_FILE playground/playground.js
#include "embed.h"
#define WEB_FILE playground/world.js
#include "embed.h"
#define WEB_FILE sdk/badge.d.ts
#include "embed.h"
#define WEB_FILE sdk/badge.js
#include "embed.h"
#define WEB_FILE sdk/core.js
#include "embed.h"
#define WEB_FILE sdk/driver.js
#include "embed.h"
#define WEB_FILE sdk/entering.js
#include "embed.h"
#define WEB_FILE sdk/errors.js
#include "embed.h"
#define WEB_FILE sdk/hosting.js
#include "embed.h"
#define WEB_FILE sdk/interpolation.js
#include "embed.h"
#define WEB_FILE sdk/joining.js
#include "embed.h"
#define WEB_FILE sdk/lifecycle.js
#include "embed.h"
#define WEB_FILE sdk/listing.js
#include "embed.h"
#define WEB_FILE sdk/lobby.d.ts
#include "embed.h"
#define WEB_FILE sdk/lobby.js
#include "embed.h"
#define WEB_FILE sdk/memory.js
#include "embed.h"
#define WEB_FILE sdk/messages.js
#include "embed.h"
#define WEB_FILE sdk/packing.js
#include "embed.h"
#define WEB_FILE sdk/relays.js
#include "embed.h"
#define WEB_FILE sdk/replica.js
#include "embed.h"
#define WEB_FILE sdk/room.js
#include "embed.h"
#define WEB_FILE sdk/session.js
#include "embed.h"
#define WEB_FILE sdk/statistics.js
#include "embed.h"
#define WEB_FILE sdk/tickrelay.d.ts
#include "embed.h"
#define WEB_FILE sdk/tickrelay.js
#include "embed.h"
#define WEB_FILE sdk/uplinks.js
#include "embed.h"
#define WEB_FILE sdk/values.js
#include "embed.h"
#define WEB_FILE sdk/views.js
#include "embed.h"
#define WEB_FILE sdk/wire.js
#include "embed.h"
