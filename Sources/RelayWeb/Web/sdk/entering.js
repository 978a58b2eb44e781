// How a room is entered: what the application asks for becomes a session, and a room around it.

import { Driver } from "./driver.js";
import { RelayError } from "./errors.js";
import { RenderClock } from "./interpolation.js";
import { SeatMemory } from "./memory.js";
import { RelayChoice, relayURL } from "./relays.js";
import { checkedDelay } from "./room.js";
import { Session } from "./session.js";
import { checkName, toWire } from "./values.js";

/** Where a page may keep things; reading the property throws where storage is forbidden. */
function pageStorage() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/** The arguments of `join` as one: the room's name may be among the options. */
export const chosen = (room, options) => (room instanceof Object ? room : { ...options, room });

/**
 * The lobby part of the hello; null for who only names a room.
 * @param {any} options @param {number} how 0 to join or to make a room, 2 to make one, 3 for a quick join
 * @returns {import("./messages.js").LobbyPart | null}
 */
function lobbyPart({ existing, type, password, invitation, card }, how) {
  if (!(how || existing || password || invitation || card)) return null;
  return { how: existing ? 1 : how, type, password, invitation, card: Object.entries(card ?? {}).map(([name, value]) => [name, toWire(value)]) };
}

/** @param {typeof import("./room.js").Room} Kind of the room that is made @param {string} url @param {any} options @param {number} how as in `lobbyPart` */
export async function enter(Kind, url, options, how) {
  const home = relayURL(String(url), globalThis.location?.protocol);
  if (!home) throw new RelayError("address", `${url}: write ws://host:port or wss://host, without user name and fragment`);
  const { webSocket = globalThis.WebSocket, room = "" } = options;
  if (!webSocket) throw new RelayError("noWebSocket", 'hand one in: join(url, room, { webSocket: (await import("ws")).default })');
  if (room || !how) checkName(room, "a room");
  const { role = "player", storage = pageStorage(), timeout = 10_000, signal, interpolationDelay = "auto" } = options;
  const choice = new RelayChoice(home, options.allowedHosts ?? []);
  const session = new Session({ room, lobby: lobbyPart(options, how), isSpectator: role === "spectator", ticket: options.ticket, choice });
  const joined = new Kind(session, new RenderClock(checkedDelay(interpolationDelay)), options);
  joined.driver = new Driver(session, {
    webSocket,
    memory: new SeatMemory(storage, home.href, session),
    choice,
    onNotices: (now) => joined.takeNotices(now),
    onFailure: (error) => joined.joining?.constructionFailed(error),
  });
  signal?.addEventListener("abort", () => joined.joining ?? joined.leave());
  joined.joinOptions = { timeout, signal };
  await joined.join();
  return joined;
}
