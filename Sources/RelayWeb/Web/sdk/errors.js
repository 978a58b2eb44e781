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
  const { code, advice } = meaningOf(closeCode);
  const said = reason ? ` The relay says: “${reason.slice(0, 123)}”` : "";
  return new RelayError(code, advice + said, closeCode, retryAfter || null);
}

/** Causes by their number on the wire. */
export const CAUSES = /** @type {const} */ (["unknown", "lateTick", "relayBacklog", "hidden", "network", "clientFrozen", "replaced", "broken"]);

/** Results by their number on the wire; 0 is success. */
export const RESULTS = [
  ["", ""],
  ["notOwner", "This entity is not yours, or the room lets only its host write its state."],
  ["tooManyEntities", "The room has as many entities as it may have: remove some."],
  ["roomStateFull", "The room's state is as large as it may be: write less, or remove entities."],
  ["tooManyNames", "The room knows as many different names as it may: use the same names again."],
  ["wrongType", "The room declares this field as a number in steps: write a number."],
  ["outOfRange", "The number is too large for the steps that the room declares for this field."],
  ["valueDiffers", "Another value was there."],
  ["noSuchEntity", "This entity does not exist."],
  ["spectator", "A spectator does not write: join as a player."],
  ["noReceiver", "None of the seats is taken, or there is no host."],
  ["compareAndSetOnly", "This room's state is written by compareAndSet only."],
  ["tooManyFields", "An entity has at most 64 fields: use another entity."],
  ["tooManyPrivateEvents", "Too many private events at once: try again later, or send to all."],
];

export const VALUE_DIFFERS = 7;

/** What the SDK itself refuses. */
export const REFUSALS = {
  queueFull: "Too much waits to be sent: write less often while quality.state is not \"connected\".",
  tooLong: "This write is longer than the relay takes. Split it.",
  lost: "The relay lost writes, or cannot take them: write again what must not be missing.",
  ended: "The stay in the room is over: see joinAgain().",
};
