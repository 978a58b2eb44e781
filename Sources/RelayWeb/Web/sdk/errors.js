// What goes wrong, and what to do about it.

import { meaningOf } from "./relays.js";

export class RelayError extends Error {
  /** @param {number | null} closeCode @param {number | null} retryAfter milliseconds */
  constructor(code, message, closeCode = null, retryAfter = null) {
    super(message);
    this.name = "RelayError";
    this.code = code;
    this.closeCode = closeCode;
    this.retryAfter = retryAfter;
  }
}

/** @param {number | null} closeCode @param {string} reason the relay's words: untrusted text */
export function closeError(closeCode, reason, retryAfter = 0) {
  const [code, , advice] = meaningOf(closeCode);
  return new RelayError(code, `${advice} ${reason}`.trim(), closeCode, retryAfter || null);
}

/** Causes by their number on the wire. */
export const CAUSES = /** @type {const} */ (["unknown", "lateTick", "relayBacklog", "hidden", "network", "clientFrozen", "replaced", "broken"]);

/** Results by their number on the wire; 0 is success. */
export const RESULTS = [
  "",
  "notOwner: it belongs to somebody else, or only the host writes here",
  "tooManyEntities: remove some",
  "roomStateFull: write less, or remove entities",
  "tooManyNames: use the same names again",
  "wrongType: write a number, for the room declares steps",
  "outOfRange: the number is too large for the room's steps",
  "valueDiffers: another value was there",
  "noSuchEntity: it does not exist",
  "spectator: join as a player",
  "noReceiver: these seats are empty, or there is no host",
  "compareAndSetOnly: use compareAndSet in this room",
  "tooManyFields: an entity has at most 64",
  "tooManyPrivateEvents: try again later, or send to all",
];

export const VALUE_DIFFERS = 7;

// What the SDK itself refuses.
export const QUEUE_FULL = "queueFull: 256 events and compare-and-sets wait already: send fewer at once";
export const TOO_LONG = "tooLong: the relay does not take so much at once";
export const LOST = "lost: the relay lost writes, repeat what matters";
export const ENDED = "ended: see joinAgain()";
