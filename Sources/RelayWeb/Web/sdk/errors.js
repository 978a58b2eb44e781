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

/** @param {string} message which begins with its code */
export const refusalError = (message) => new RelayError(message.split(":")[0], message);

/** Causes by their number on the wire. */
export const CAUSES = /** @type {const} */ (["unknown", "lateTick", "relayBacklog", "hidden", "network", "clientFrozen", "replaced", "broken"]);

/** Results by their number on the wire; 0 is success. */
export const RESULTS = [
  "",
  "notOwner: it is somebody else's, or only the host may",
  "tooManyEntities: remove some",
  "roomStateFull: write less, or remove entities",
  "tooManyNames: use the same names again",
  "wrongType: write a number, for the room declares steps",
  "outOfRange: the number is too large for the room's steps",
  "valueDiffers: another value was there",
  "noSuchEntity: it does not exist",
  "spectator: join as a player",
  "noReceiver: nobody is there who can get it",
  "compareAndSetOnly: use compareAndSet in this room",
  "tooManyFields: an entity has at most 64",
  "tooManyPrivateEvents: try again later, or send to all",
  "noMoreRoom: for a ban, an invitation or a seat to hold",
  "cannotBeBanned: others have this address too, or it is unknown",
];

export const VALUE_DIFFERS = 7;

// What the SDK itself refuses.
export const QUEUE_FULL = "queueFull: 256 events and compare-and-sets wait already: send fewer at once";
export const TOO_LONG = "tooLong: the relay does not take so much at once";
export const LOST = "lost: the relay lost writes, repeat what matters";
export const ENDED = "ended: see joinAgain()";
