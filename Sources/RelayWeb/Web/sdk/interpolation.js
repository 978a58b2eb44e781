// Drawing between ticks: what time it is at the relay, and what a number was then.

/** How fast the drawn time may run against real time while it moves to another delay. */
const SLEW = 0.1;
/** Beyond this the drawn time jumps, milliseconds. */
const JUMP = 500;
/** Arrivals this late are an outage, and no reason for a longer delay. Milliseconds. */
const OUTAGE = 500;
/** The earliest arrival is looked for in the last one or two of these, milliseconds. */
const WINDOW = 4000;

/** Knows which tick to draw, from the times at which frames arrive. */
export class RenderClock {
  #windowEnds;
  #shownAt;
  #shown;
  #lateness;
  #earliest;
  #arrivedAt;
  /** @param {number | "auto"} delay milliseconds */
  constructor(delay) {
    this.delay = delay;
    this.restart(1000 / 30);
  }

  /** Another room: its ticks have nothing to do with those before. @param {number} period milliseconds of a tick */
  restart(period) {
    this.period = period;
    this.stride = 1;
    this.#earliest = this.earliestBefore = Infinity;
    this.#windowEnds = 0;
    /** How late frames come in comparison to the earliest, milliseconds: the most, slowly forgotten. */
    this.#lateness = 0;
    this.#arrivedAt = 0;
    /** The time of tick 0 as drawn, on our clock; null before the first frame. @type {number | null} */
    this.#shown = null;
    this.#shownAt = 0;
  }

  arrived(tick, now, stride) {
    const offset = now - tick * this.period;
    if (now > this.#windowEnds) {
      this.earliestBefore = this.#earliest;
      this.#earliest = offset;
      this.#windowEnds = now + WINDOW;
    }
    this.#earliest = Math.min(this.#earliest, offset);
    const late = offset - this.#base;
    const kept = this.#lateness * 0.5 ** ((now - this.#arrivedAt) / 3000);
    this.#lateness = late < OUTAGE ? Math.max(late, kept) : kept;
    this.#arrivedAt = now;
    this.stride = stride;
  }

  get #base() {
    return Math.min(this.#earliest, this.earliestBefore);
  }

  /** Milliseconds. A tick has to be there before the time between it and the one before can be drawn. */
  get delayInForce() {
    return this.delay === "auto" ? 1.5 * this.period * this.stride + this.#lateness : this.delay;
  }

  /** @returns {number} the tick to draw, with a fraction; 0 before the first frame */
  tickAt(now) {
    if (this.#base === Infinity) return 0;
    const wanted = this.#base + this.delayInForce;
    const step = (now - this.#shownAt) * SLEW;
    if (this.#shown === null || Math.abs(wanted - this.#shown) > JUMP) this.#shown = wanted;
    else if (step > 0) this.#shown += Math.max(-step, Math.min(step, wanted - this.#shown));
    this.#shownAt = Math.max(this.#shownAt, now);
    return Math.max(0, (now - this.#shown) / this.period);
  }
}

/** @param {"linear" | "angle" | "step"} kind @param {number} part 0 to 1, or above to go on */
function between(from, to, part, kind) {
  if (kind === "step") return part < 1 ? from : to;
  let way = to - from;
  if (kind === "angle") way -= 2 * Math.PI * Math.round(way / (2 * Math.PI));
  return from + way * part;
}

/**
 * The value at a tick.
 * @param {number[]} history ticks and values in turn @param {number} tick @param {"linear" | "angle" | "step"} kind
 * @param {number} newest the newest frame's tick: a value that it does not have rests @param {number} ahead ticks for which a motion may be continued
 */
export function valueAt(history, tick, kind, newest, ahead) {
  let after = history.length - 2;
  while (after > 0 && history[after - 2] > tick) after -= 2;
  if (after <= 0) return history[1];
  const isMoving = newest <= history[history.length - 2];
  const until = Math.min(tick, history[history.length - 2] + (isMoving ? ahead : 0));
  const part = (until - history[after - 2]) / (history[after] - history[after - 2]);
  return between(history[after - 1], history[after + 1], part, kind);
}
