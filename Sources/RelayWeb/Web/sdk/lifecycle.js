// When to connect and to disconnect: attempts, their time limits, back-off, and the end. It looks at no frames.

import { Backoff, MAXIMUM_WAIT, meaningOf, retryHint } from "./relays.js";

const ATTEMPT_TIMEOUT = 5000;
const LEAVE_TIMEOUT = 1000;

/**
 * What the end of a connection means: another attempt at `at`, or the end of the seat.
 * @typedef {{ kind: "retry", at: number, reason: string } | { kind: "over", reason?: string, at?: number }} ConnectionEnd
 */

export class Lifecycle {
  #backoff;
  /**
   * `waiting` for the next attempt, `connecting`, `greeting` (hello or rejoin is sent), `joined`, `leaving`, or `ended`.
   * @type {"waiting" | "connecting" | "greeting" | "joined" | "leaving" | "ended"}
   */
  state = "waiting";
  /** When the state's time is over. */
  deadline = 0;
  patience = 0;
  /** When the page began to run again: its own silence says nothing about the relay. */
  resumedAt = 0;
  /** A frame from here on proves the connection good. */
  #provenAt = 0;
  /** Whether the page's own pause was allowed for since the last frame. */
  #isExtended = false;
  /** Whether a connection is to be closed. */
  #closes = false;

  /** @param {import("./relays.js").RelayChoice | undefined} choice @param {() => number} random */
  constructor(choice, random) {
    this.choice = choice;
    this.#backoff = new Backoff(random);
  }

  enter(state, deadline) {
    this.state = state;
    this.deadline = deadline;
  }

  /** @returns {"connect" | "close" | null} an order to the owner of the socket, handed out once */
  takeDirective(now) {
    if (this.#closes) {
      this.#closes = false;
      return "close";
    }
    if (this.state !== "waiting" || now < this.deadline) return null;
    this.enter("connecting", now + ATTEMPT_TIMEOUT);
    return "connect";
  }

  /** @returns {boolean} false if nobody wants the connection any more */
  opened() {
    if (this.state === "connecting") this.state = "greeting";
    else this.#closes = true;
    return this.state === "greeting";
  }

  welcomed(patience, now) {
    this.patience = patience;
    this.#provenAt = now + MAXIMUM_WAIT;
    this.enter("joined", now + patience);
  }

  frameArrived(now) {
    this.deadline = now + this.patience;
    this.#isExtended = false;
    if (now < this.#provenAt) return;
    this.#backoff.failures = 0;
    if (this.choice) this.choice.hops = 0;
  }

  /** This page did not run for a while: what came meanwhile is still to be read. Only once, for the timers of a hidden page are always late. */
  wasPaused(now) {
    if (this.state === "joined" && !this.#isExtended) {
      this.deadline = Math.max(this.deadline, now + 2000);
      this.resumedAt = now;
    }
    this.#isExtended = true;
  }

  /** @returns {ConnectionEnd | null} null if there was no connection */
  closed(code, reason, now) {
    const { state } = this;
    if (state === "waiting" || state === "ended") return null;
    const [, reaction] = meaningOf(code);
    if (state === "leaving" || /stop|over|forget/.test(reaction)) {
      this.choice?.goHome();
      this.enter("ended", Infinity);
      return { kind: "over", reason };
    }
    if (reaction === "follow") {
      // A room that moves sends all its players away at once: they come as after any lost connection.
      if (!this.choice?.follow(reason) || state === "joined") return this.retry(0, reason, now);
      this.enter("waiting", now);
      return { kind: "retry", at: now, reason };
    }
    if (state !== "joined") this.choice?.goHome();
    return this.retry(retryHint(reason), reason, now);
  }

  giveUp(now) {
    this.#closes = true;
    if (this.state !== "joined") this.choice?.goHome();
    return this.retry(0, "", now);
  }

  /** @returns {ConnectionEnd | null} */
  timedOut(now) {
    if (now < this.deadline) return null;
    if (this.state === "leaving") {
      this.#closes = true;
      this.enter("ended", Infinity);
      return { kind: "over" };
    }
    return this.state === "waiting" || this.state === "ended" ? null : this.giveUp(now);
  }

  /** @returns {boolean} whether that was the end, else `leave` is to be sent, or was */
  leave(now) {
    const { state } = this;
    if (state === "leaving" || state === "ended") return false;
    if (state === "joined") {
      this.enter("leaving", now + LEAVE_TIMEOUT);
      return false;
    }
    this.#closes = state !== "waiting";
    this.enter("ended", Infinity);
    return true;
  }

  joinAgain(now) {
    this.#backoff.failures = 0;
    this.enter("waiting", now);
  }

  retry(hint, reason, now) {
    const at = now + this.#backoff.nextWait(hint);
    this.enter("waiting", at);
    return /** @type {const} */ ({ kind: "retry", at, reason });
  }
}
