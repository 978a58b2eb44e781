// What applications hold of a room: see tickrelay.d.ts.

import { Core } from "./core.js";
import { AUDIENCE } from "./messages.js";
import { LAST_SEAT, LIST_COUNT } from "./wire.js";
import { checkName, toWire } from "./values.js";

const ROOM_WRITES = /** @type {const} */ (["anyone", "host", "compareAndSet"]);

/** @param {any} delay @returns {number | "auto"} */
export function checkedDelay(delay) {
  if (delay === "auto" || (delay >= 0 && delay <= 2000)) return delay;
  throw new RangeError(`interpolationDelay is "auto" or 0 to 2000, not ${delay}`);
}

function checkedReceivers(to) {
  if (AUDIENCE.slice(0, 3).includes(to)) return to;
  const isSeat = (seat) => Number.isInteger(seat) && seat >= 1 && seat <= LAST_SEAT;
  if (Array.isArray(to) && to.length >= 1 && to.length <= LIST_COUNT && to.every(isSeat)) return [...to];
  throw new RangeError('to is "all", "others", "host" or a list of 1 to 64 seats');
}

/** @implements {Api} @typedef {import("./tickrelay.js").Room} Api */
export class Room extends Core {
  get name() {
    return this.session.room;
  }
  get url() {
    return this.driver.choice.home.href;
  }
  get host() {
    return this.player(this.session.replica.host) ?? null;
  }
  get roomWrites() {
    return ROOM_WRITES[this.session.welcome?.roomWrites ?? 0];
  }
  get entities() {
    return this.entitiesWhere(() => true);
  }
  get tick() {
    return this.session.replica.tick;
  }
  get rate() {
    return this.session.welcome?.rate ?? 0;
  }
  get statistics() {
    const { lastTick, lastFrameAt, jitter, ...counters } = this.session.statistics;
    return counters;
  }
  get interpolationDelay() {
    return this.clock.delayInForce;
  }
  set interpolationDelay(delay) {
    this.clock.delay = checkedDelay(delay);
  }

  player(seat) {
    return this.bySeat.get(seat);
  }

  render(now = performance.now()) {
    return (this.renderedTick = this.clock.tickAt(now));
  }

  send(name, value = null, { to = "all" } = {}) {
    checkName(name, "an event");
    const fields = new Map([[name, toWire(value)]]);
    return this.write({ kind: "send", target: null, fields, to: checkedReceivers(to) });
  }

  flush() {
    const { driver } = this;
    driver.flushAt = 0;
    driver.pump();
  }

  leave() {
    const { session, driver, onEnd } = this;
    if (session.lifecycle.state === "ended") return Promise.resolve();
    const isOver = new Promise((resolve) => onEnd.push(resolve));
    session.leave(driver.now);
    driver.pump();
    return /** @type {Promise<void>} */ (isOver);
  }
}
