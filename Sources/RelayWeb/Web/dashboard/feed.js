// Keeps in touch with the relay: live by server-sent events, by asking /stats where those are not to be had, and again and again
// when there is nobody. Says which of these it is and since when. Where the relay wants its token, it is asked for, once a tab.
import { EventStream } from "./events.js";

const ASK_EVERY = 2000; // ms between two questions while polling
const SILENCE = 6000; // ms without a snapshot after which the connection counts as lost: the relay sends one each second
const LIVE_AGAIN = 15000; // ms of polling after which events are tried once more
const RETRY = [500, 1000, 2000, 4000]; // ms

const TOKEN = "tickrelay.adminToken"; // in sessionStorage: this tab's alone, and gone with it

/** Where a path of this relay is. */
export const address = (path) => new URL(path, document.baseURI);

function savedToken() {
  try {
    return sessionStorage.getItem(TOKEN);
  } catch {
    return null; // storage is switched off: the token lasts as long as the page
  }
}

function saveToken(token) {
  try {
    token === null ? sessionStorage.removeItem(TOKEN) : sessionStorage.setItem(TOKEN, token);
  } catch {
    // as above
  }
}

/** The relay answers, but not to us. */
class Locked extends Error {
  constructor(status, why) {
    super(why);
    this.mayTry = status === 401;
  }
}

export class Feed {
  #room = null; // whose seats are wanted
  #source = null;
  #timer = 0;
  #failures = 0;
  #isEnding = false; // the relay has said that it shuts down
  #heard = 0; // when a snapshot came last
  #handlers;
  #token = savedToken();
  #state = { kind: "connecting", since: Date.now() };

  /** `handlers`: `snapshot(figures)`, `room(figures or null)`, `state({ kind, since, why, mayTry })`. */
  constructor(handlers) {
    this.#handlers = handlers;
    setInterval(() => this.#noticeSilence(), 1000);
    addEventListener("online", () => this.#open());
    addEventListener("pageshow", (event) => event.persisted && this.#open());
  }

  get state() { return this.#state; }

  /** Begins, or begins anew with another room's seats. */
  watch(room) {
    if (this.#source && room === this.#room) return;
    this.#room = room;
    this.#open();
  }

  /** Tries a token that somebody typed. */
  unlock(token) {
    this.keep(token);
    this.#say("connecting");
    this.#open();
  }

  /** Keeps a token without trying it: the relay has taken it already. */
  keep(token) {
    saveToken(token);
    this.#token = token;
  }

  /** Never in a URL: those end up in logs. */
  get headers() { return this.#token === null ? {} : { Authorization: `Bearer ${this.#token}` }; }

  /** All seats of all rooms, once; for a search. */
  async everything() {
    const answer = await fetch(address("stats"), { cache: "no-store", headers: this.headers, signal: AbortSignal.timeout(SILENCE) });
    if (answer.status === 401 || answer.status === 403) throw new Locked(answer.status, (await answer.text()).trim());
    if (!answer.ok) throw new Error(`/stats: ${answer.status}`);
    return answer.json();
  }

  #lock(locked) {
    this.#close();
    const isWrong = this.#token !== null && locked.mayTry;
    if (isWrong) saveToken(this.#token = null);
    this.#say("locked", isWrong ? "That was not the token, or it is not the token any more." : locked.message, locked.mayTry);
  }

  #say(kind, why = "", mayTry = false) {
    if (this.#state.kind === kind && this.#state.why === why) return;
    const lasts = kind === "lost" && this.#state.kind === "lost";
    this.#state = { kind, why, mayTry, since: lasts ? this.#state.since : kind === "lost" ? this.#heard || Date.now() : Date.now() };
    this.#handlers.state(this.#state);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #open() {
    this.#close();
    // Not by URLSearchParams: it writes a space as a plus sign.
    const asked = this.#room === null ? "" : `?room=${encodeURIComponent(this.#room)}`;
    const begun = Date.now();
    let opened = false;
    const events = {
      statistics: (data) => {
        opened = true;
        this.#took(JSON.parse(data), "live");
      },
      room: (data) => this.#handlers.room(JSON.parse(data)),
      draining: () => {
        this.#isEnding = true;
        this.#say("draining");
      },
    };
    const source = (this.#source = new EventStream(address(`events${asked}`), this.headers, (name, data) => source === this.#source && events[name]?.(data)));
    source.ended.then(() => {
      if (source !== this.#source) return;
      this.#close();
      if (this.#isEnding) this.#lost("It said that it was shutting down.");
      else if (opened || Date.now() - begun > SILENCE) this.#lost("The connection ended.");
      else this.#poll(Date.now());
    });
    this.#timer = setTimeout(() => !opened && source === this.#source && (this.#close(), this.#lost("No answer.")), SILENCE);
  }

  /** Asks until events may be tried again; `began` is when the polling did. */
  async #poll(began) {
    this.#close();
    try {
      const figures = await this.everything();
      this.#took(figures, "polling");
      this.#handlers.room(figures.rooms.find((room) => room.name === this.#room) ?? null);
    } catch (error) {
      return error instanceof Locked ? this.#lock(error) : this.#lost(error.message);
    }
    const again = Date.now() - began >= LIVE_AGAIN;
    this.#timer = setTimeout(() => (again ? this.#open() : this.#poll(began)), ASK_EVERY);
  }

  #took(figures, kind) {
    [this.#failures, this.#isEnding, this.#heard] = [0, false, Date.now()];
    this.#say(kind);
    this.#handlers.snapshot(figures);
  }

  #lost(why) {
    this.#close();
    this.#say("lost", why);
    const pause = RETRY[Math.min(this.#failures++, RETRY.length - 1)];
    this.#timer = setTimeout(() => this.#open(), pause * (0.75 + Math.random() / 2));
  }

  /** A relay that stands still, or a cable that is out, closes no connection. */
  #noticeSilence() {
    const isQuiet = ["live", "draining"].includes(this.#state.kind) && Date.now() - this.#heard > SILENCE;
    if (isQuiet) this.#lost("The relay is silent.");
  }
}
