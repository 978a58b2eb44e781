// The browser SDK of TickRelay: see tickrelay.d.ts for what it offers. It speaks `tickrelay.v1` as Protocol/SPEC.md says.

import { chosen, enter } from "./entering.js";
import { RelayError } from "./errors.js";
import { Room } from "./room.js";

export { RelayError };

/** @param {string} url @param {any} room its name, or what `options` has and the name @param {import("./tickrelay.js").JoinOptions} [options] */
export const join = (url, room, options) => enter(Room, url, chosen(room, options), 0);
