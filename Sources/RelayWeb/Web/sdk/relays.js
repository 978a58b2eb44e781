// Where to connect, when to come back, and what the end of a connection means: SPEC sections 12 and 14.

/** Bounds of the first wait and of all later ones, milliseconds. */
const FIRST_WAIT = 250;
export const MAXIMUM_WAIT = 5000;
/** Redirections in a row that are followed. */
const MAXIMUM_HOPS = 4;

const AGAIN = "Join again for a new seat.";
const TICKET = "Get another ticket.";

/** Close codes: the relay's word, what a client does, and what to tell the developer. */
const CLOSES = {
  4000: ["malformed", "retry", "The relay could not take it."],
  4002: ["unsupportedVersion", "stop", "Load the SDK from this relay: /sdk/v1/tickrelay.js."],
  4010: ["roomFull", "retry", "Every seat of the room is taken: try another room, or later."],
  4011: ["relayFull", "retry", "The relay has no place at the moment: try again later."],
  4012: ["tokenRefused", "forget", AGAIN],
  4013: ["tokenSuperseded", "forget", AGAIN],
  4014: ["seatGone", "forget", AGAIN],
  4015: ["roomGone", "forget", "There is no such room."],
  4016: ["elsewhere", "follow", "Another relay has the room: add its host to allowedHosts."],
  4017: ["nameTaken", "stop", "There is a room of this name: join it, or take another name."],
  4020: ["replaced", "stop", "Another connection took the seat."],
  4022: ["kicked", "stop", "The player was removed, or is banned."],
  4023: ["roomClosed", "over", "The room was closed."],
  4024: ["roomEvicted", "over", "The room endangered others, and was closed."],
  4030: ["ticketMissing", "stop", "Hand a ticket in: join(url, room, { ticket })."],
  4031: ["ticketRefused", "stop", TICKET],
  4032: ["ticketExpired", "stop", TICKET],
  4033: ["ticketNotYetValid", "stop", TICKET],
  4034: ["ticketOtherRoom", "stop", TICKET],
  4035: ["ticketLacksRight", "stop", TICKET],
  4036: ["wrongPassword", "stop", "Ask for the password: join(url, room, { password })."],
  4037: ["roomLocked", "stop", "Ask for an invitation: join(url, room, { invitation })."],
};

/** @param {number | null} closeCode @returns {string[]} the relay's word, `stop`, `over`, `retry`, `forget` or `follow`, and advice */
export const meaningOf = (closeCode) => CLOSES[closeCode] ?? ["connectionLost", "retry", "The connection was lost."];

/** The `N` of `(retry after N ms)` at the end of a reason, which the relay writes; at most ten minutes. @returns {number} 0 if there is none */
export function retryHint(reason) {
  const found = /\(retry after (\d{1,9}) ms\)$/.exec(reason);
  return found ? Math.min(Number(found[1]), 600_000) : 0;
}

/** The wait before the next attempt: rule 5. */
export class Backoff {
  failures = 0;

  /** @param {() => number} random 0 to 1 */
  constructor(random) {
    this.random = random;
  }

  nextWait(atLeast) {
    const bound = Math.min(FIRST_WAIT * 2 ** this.failures, MAXIMUM_WAIT);
    this.failures = Math.min(this.failures + 1, 8);
    return Math.max(this.random() * bound, atLeast);
  }
}

/** The URL of a relay, or null for what is none. @param {string} text @param {string} [pageProtocol] that of the page, for a text without a scheme */
export function relayURL(text, pageProtocol = "") {
  const secure = pageProtocol === "https:";
  let full = /^[a-z]+:\/\//i.test(text) ? text : `${secure ? "wss" : "ws"}://${text}`;
  full = full.replace(/^http(s?):/i, "ws$1:");
  if (!/^[\x21-\x7e]+$/.test(full) || full.includes("#")) return null;
  try {
    const url = new URL(full);
    return /^wss?:$/.test(url.protocol) && url.hostname && !url.username && !url.password ? url : null;
  } catch {
    return null;
  }
}

/** Which relay to connect to: the application's own, or the one that it sent us to by 4016 (rule 6). The seat's token goes there. */
export class RelayChoice {
  /** @param {URL} home @param {string[]} allowedHosts */
  constructor(home, allowedHosts) {
    this.home = home;
    this.allowedHosts = allowedHosts.map((host) => host.toLowerCase());
    this.goHome();
  }

  goHome() {
    this.current = this.home;
    this.hops = 0;
  }

  /** @param {string} reason of the close: a URL and nothing else @returns {boolean} whether `current` is that URL now */
  follow(reason) {
    const target = /^wss?:\/\//.test(reason) && this.hops < MAXIMUM_HOPS ? relayURL(reason) : null;
    if (!target || !this.#mayFollow(target)) {
      this.goHome();
      return false;
    }
    this.hops++;
    this.current = target;
    return true;
  }

  #mayFollow(target) {
    const isKnown = target.hostname === this.home.hostname || this.allowedHosts.includes(target.hostname);
    return isKnown && (target.protocol === "wss:" || this.current.protocol === "ws:");
  }
}
