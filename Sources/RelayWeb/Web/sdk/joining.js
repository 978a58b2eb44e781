// Waits for the first frame of a room, and finds out why none comes.

import { closeError, RelayError } from "./errors.js";

const CHECK_TIMEOUT = 3000;
const MALFORMED = 4000;
const ROOM_FULL = 4010;

/** One call of `join` or `joinAgain`. */
export class Joining {
  #onAbort;
  /** What the last attempt came to. @type {Error | null} */
  reason = null;
  #isChecking = false;

  /**
   * @param {import("./core.js").Core} core
   * @param {{ timeout: number, signal?: AbortSignal, isRestored: boolean }} options `isRestored`: the seat is one that another page had
   */
  constructor(core, { timeout, signal, isRestored }) {
    this.core = core;
    this.timeout = timeout;
    this.signal = signal;
    this.isRestored = isRestored;
    this.promise = new Promise((resolve, reject) => {
      this.joined = () => this.settle(resolve);
      this.failed = (error) => this.settle(() => reject(error));
    });
    this.timer = setTimeout(() => this.#abandon(this.reason ?? new RelayError("unreachable", this.#advice("No relay answered at"))), timeout);
    this.#onAbort = () => this.#abandon(new RelayError("aborted", "Its signal ended it."));
    if (signal?.aborted) queueMicrotask(this.#onAbort);
    signal?.addEventListener("abort", this.#onAbort);
  }

  settle(done) {
    clearTimeout(this.timer);
    this.signal?.removeEventListener("abort", this.#onAbort);
    this.core.joining = null;
    done();
  }

  #abandon(error) {
    const { session, driver } = this.core;
    this.failed(error);
    session.leave(driver.now);
    driver.pump();
  }

  /** The seat of the page before is gone: nobody has been told of it yet, so another one does as well. */
  mayStartAnew(reaction) {
    if (!this.isRestored || reaction !== "forget") return false;
    this.isRestored = false;
    return true;
  }

  /** An attempt failed; the session makes another one. */
  interrupted(closeCode, reason, wait) {
    if (closeCode !== null) this.reason = closeError(closeCode, reason, wait);
    // A hello that the relay cannot take, it cannot take the next time either.
    if (closeCode === ROOM_FULL || (closeCode === MALFORMED && !this.core.session.welcome)) return this.#abandon(this.reason);
    if (closeCode === null) this.check();
  }

  constructionFailed(error) {
    this.reason = new RelayError("unreachable", `${this.#advice("The browser does not connect to")} ${error.message}`);
  }

  get url() {
    return this.core.driver.choice.current;
  }

  /** Pages cannot read why an upgrade was refused, so the relay tells it in another place. */
  async check() {
    if (this.#isChecking || typeof fetch !== "function") return;
    this.#isChecking = true;
    const { protocol, host } = this.url;
    const address = `${protocol === "wss:" ? "https:" : "http:"}//${host}/sdk/v1/check`;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), CHECK_TIMEOUT);
    try {
      const answer = await fetch(address, { cache: "no-store", signal: controller.signal });
      const verdict = await answer.json();
      if (verdict?.ok === false && this.core.joining === this) {
        this.#abandon(new RelayError(String(verdict.code ?? "refused"), String(verdict.message ?? "The relay refuses.")));
      }
    } catch {
      // Nothing there, or no check in this relay: the time limit decides.
    } finally {
      clearTimeout(timer);
      this.#isChecking = false;
    }
  }

  /** Something about the address, and what to look at. @param {string} what begins the sentence */
  #advice(what) {
    const isInsecure = globalThis.location?.protocol === "https:" && this.url.protocol === "ws:";
    return `${what} ${this.url.href}: ${isInsecure ? "from https: it has to be wss:." : "does the relay run there, and allow this origin?"}`;
  }
}
