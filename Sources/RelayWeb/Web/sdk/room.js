// What applications hold of a room: see tickrelay.d.ts.

import { AUDIENCE } from "./messages.js";
import { LAST_SEAT, LIST_COUNT } from "./wire.js";
import { checkName, toWire } from "./values.js";

const ROOM_WRITES = /** @type {const} */ (["anyone", "host", "compareAndSet"]);

/** @param {any} delay @returns {number | "auto"} */
export function checkedDelay(delay) {
  if (delay === "auto" || (delay >= 0 && delay <= 2000)) return delay;
  throw new RangeError(`interpolationDelay is "auto" or 0 to 2000 milliseconds, not ${delay}.`);
}

function checkedReceivers(to) {
  if (AUDIENCE.slice(0, 3).includes(to)) return to;
  const isSeat = (seat) => Number.isInteger(seat) && seat >= 1 && seat <= LAST_SEAT;
  if (Array.isArray(to) && to.length >= 1 && to.length <= LIST_COUNT && to.every(isSeat)) return [...to];
  throw new RangeError('An event goes to "all", "others", "host", or to a list of 1 to 64 seats.');
}

/** @implements {Api} @typedef {import("./tickrelay.js").Room} Api */
export class Room {
  #core;

  /** @param {import("./core.js").Core} core */
  constructor(core) {
    this.#core = core;
  }

  get name() {
    return this.#core.session.room;
  }
  get url() {
    return this.#core.driver.choice.home.href;
  }
  get me() {
    return this.#core.me;
  }
  get players() {
    return this.#core.players;
  }
  get host() {
    return this.player(this.#core.session.replica.host) ?? null;
  }
  get state() {
    return this.#core.state;
  }
  get roomWrites() {
    return ROOM_WRITES[this.#core.session.welcome?.roomWrites ?? 0];
  }
  get entities() {
    return this.#core.entitiesWhere(() => true);
  }
  get tick() {
    return this.#core.session.replica.tick;
  }
  get rate() {
    return this.#core.session.welcome?.rate ?? 0;
  }
  get quality() {
    return this.#core.quality;
  }
  get statistics() {
    const { lastTick, lastFrameAt, jitter, ...counters } = this.#core.session.statistics;
    return counters;
  }
  get interpolationDelay() {
    return this.#core.clock.delayInForce;
  }
  set interpolationDelay(delay) {
    this.#core.clock.delay = checkedDelay(delay);
  }

  player(seat) {
    return this.#core.bySeat.get(seat);
  }

  entity(id) {
    return this.#core.entity(id);
  }

  render(now = performance.now()) {
    return (this.#core.renderedTick = this.#core.clock.tickAt(now));
  }

  send(name, value = null, { to = "all" } = {}) {
    checkName(name, "an event");
    const fields = new Map([[name, toWire(value)]]);
    return this.#core.write({ kind: "send", target: null, fields, to: checkedReceivers(to) });
  }

  on(name, handler) {
    return this.#core.on(name, handler);
  }

  flush() {
    const { driver } = this.#core;
    driver.flushAt = 0;
    driver.pump();
  }

  leave() {
    const { session, driver, onEnd } = this.#core;
    if (session.lifecycle.state === "ended") return Promise.resolve();
    const isOver = new Promise((resolve) => onEnd.push(resolve));
    session.leave(driver.now);
    driver.pump();
    return /** @type {Promise<void>} */ (isOver);
  }

  joinAgain() {
    return this.#core.joinAgain();
  }
}
