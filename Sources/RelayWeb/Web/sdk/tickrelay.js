// The browser SDK of TickRelay: see tickrelay.d.ts for what it offers. It speaks `tickrelay.v1` as Protocol/SPEC.md says.

import { Driver } from "./driver.js";
import { RelayError } from "./errors.js";
import { RenderClock } from "./interpolation.js";
import { SeatMemory } from "./memory.js";
import { RelayChoice, relayURL } from "./relays.js";
import { checkedDelay, Room } from "./room.js";
import { Session } from "./session.js";
import { checkName } from "./values.js";

export { RelayError };

/** Where a page may keep things; reading the property throws where storage is forbidden. */
function pageStorage() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/** @param {string} url @param {string} room @param {import("./tickrelay.js").JoinOptions} [options] */
export async function join(url, room, options = {}) {
  const home = relayURL(String(url), globalThis.location?.protocol);
  if (!home) throw new RelayError("address", `${url}: write ws://host:port or wss://host, without user name and fragment`);
  const { webSocket = globalThis.WebSocket } = options;
  if (!webSocket) throw new RelayError("noWebSocket", 'hand one in: join(url, room, { webSocket: (await import("ws")).default })');
  checkName(room, "a room");
  const { role = "player", storage = pageStorage(), timeout = 10_000, signal, interpolationDelay = "auto" } = options;
  const choice = new RelayChoice(home, options.allowedHosts ?? []);
  const session = new Session({ room, isSpectator: role === "spectator", ticket: options.ticket, choice });
  const joined = new Room(session, new RenderClock(checkedDelay(interpolationDelay)), options);
  joined.driver = new Driver(session, {
    webSocket,
    memory: new SeatMemory(storage, home.href, room),
    choice,
    onNotices: (now) => joined.takeNotices(now),
    onFailure: (error) => joined.joining?.constructionFailed(error),
  });
  signal?.addEventListener("abort", () => joined.joining ?? joined.leave());
  joined.joinOptions = { timeout, signal };
  await joined.join();
  return joined;
}
