// The browser SDK with the lobby: see lobby.d.ts for what it offers. Who only joins rooms by their names needs tickrelay.js alone.

import { chosen, enter } from "./entering.js";
import { RelayError } from "./errors.js";
import { LobbyRoom } from "./hosting.js";
import { lobby } from "./listing.js";

export { lobby, RelayError };

/** @param {string} url @param {any} room @param {import("./lobby.js").JoinOptions} [options] */
export const join = (url, room, options) => enter(LobbyRoom, url, chosen(room, options), 0);

/** @param {string} url @param {import("./lobby.js").CreateOptions} [options] */
export const create = (url, options = {}) => enter(LobbyRoom, url, options, 2);

/** @param {string} url @param {import("./lobby.js").QuickJoinOptions} [options] */
export const quickJoin = (url, { where, card, ...options } = {}) => enter(LobbyRoom, url, { ...options, card: { ...card, ...where } }, 3);

/** @param {string} text */
export const normaliseCode = (text) => text.toUpperCase().replace(/[^3479BCDFGHJKMNPQRTVWXY]/g, "");
