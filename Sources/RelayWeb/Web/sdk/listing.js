// The list of open rooms, by HTTP: SPEC section 20.

import { RelayError } from "./errors.js";
import { relayURL } from "./relays.js";

const TIMEOUT = 10_000; // milliseconds
const FIRST_WAIT = 1000; // milliseconds
const LONGEST_WAIT = 30_000;

/** What is asked for, as the query of a URL. */
function queryOf({ type, where = {}, limit }) {
  const pairs = Object.entries(where).map(([name, value]) => ["where", `${name}:${value}`]);
  if (type !== undefined) pairs.unshift(["type", type]);
  if (limit !== undefined) pairs.push(["limit", limit]);
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
}

/** `Retry-After` in milliseconds; null if there is none. */
function retryAfter(answer) {
  const seconds = Number(answer.headers.get("retry-after"));
  return seconds > 0 ? seconds * 1000 : null;
}

/** @implements {Api} @typedef {import("./lobby.js").Lobby} Api */
class Lobby {
  /** @param {string} url where the list is */
  constructor(url) {
    this.url = url;
  }

  async list(options = {}) {
    const answer = await this.#get(queryOf(options));
    return (await answer.json()).rooms;
  }

  async room(name) {
    const answer = await this.#get(`/${encodeURIComponent(name)}`, 404);
    return answer.status === 404 ? null : answer.json();
  }

  /** @param {number} [expected] a status beside the good ones */
  async #get(rest, expected) {
    let answer;
    try {
      answer = await fetch(this.url + rest, { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) });
    } catch {
      throw new RelayError("unreachable", `${this.url}: does the relay run there, and allow this origin?`);
    }
    if (answer.ok || answer.status === expected) return answer;
    throw new RelayError("refused", `${answer.status} ${(await answer.text()).slice(0, 200)}`.trim(), null, retryAfter(answer));
  }

  watch(options, handler) {
    const watch = new Watch(this.url + queryOf(options), options, handler);
    return () => watch.end();
  }
}

/** Rooms as they come and change. A list that ends is asked for again. */
class Watch {
  /** By name, in the order of the list. */
  #rooms = new Map();
  #wait = FIRST_WAIT;
  #source = null;
  #timer = 0;
  /** Null before the first answer. @type {boolean | null} */
  #isLive = null;

  /** @param {string} url @param {any} options @param {(rooms: any[]) => void} handler */
  constructor(url, { onState = () => {}, eventSource = globalThis.EventSource }, handler) {
    if (!eventSource) throw new RelayError("noEventSource", "hand one in: watch({ eventSource }, handler)");
    Object.assign(this, { url, onState, eventSource, handler });
    this.#begin();
  }

  #begin() {
    const source = (this.#source = new this.eventSource(this.url));
    const on = (name, change) =>
      source.addEventListener(name, ({ data }) => {
        if (source !== this.#source) return;
        change(JSON.parse(data));
        this.handler([...this.#rooms.values()]);
      });
    on("rooms", ({ rooms }) => {
      this.#rooms = new Map(rooms.map((entry) => [entry.room, entry]));
      this.#wait = FIRST_WAIT;
      this.#say(true);
    });
    on("room", (entry) => this.#rooms.set(entry.room, entry));
    on("gone", ({ room }) => this.#rooms.delete(room));
    source.addEventListener("error", () => this.#failed(source));
  }

  /** It comes back by itself, but not from an answer that is no list: a relay without a place, or in between. */
  #failed(source) {
    if (source !== this.#source) return;
    this.#say(false);
    if (source.readyState !== 2) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #say(isLive) {
    if (isLive !== this.#isLive) this.onState(isLive);
    this.#isLive = isLive;
  }

  end() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }
}

/** @param {string} url of the relay, as for `join` */
export function lobby(url) {
  const home = relayURL(String(url), globalThis.location?.protocol);
  if (!home) throw new RelayError("address", `${url}: write ws://host:port or wss://host, without user name and fragment`);
  return new Lobby(`${home.protocol === "wss:" ? "https:" : "http:"}//${home.host}/lobby/rooms`);
}
