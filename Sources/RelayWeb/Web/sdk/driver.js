// The socket, the timers and the page of a session.

import { SeatMemory, recordOf, restore } from "./memory.js";

const PROTOCOL = "tickrelay.v1";
/** How soon an undrained socket is looked at again, milliseconds. */
const DRAIN_POLL = 5;
/** Timers that fire this much too late say that the page did not run, milliseconds. */
const PAUSE = 1000;
const LONGEST_TIMER = 1e9;
/** Writes travel with the tick, but never wait longer than this. Milliseconds. */
const LONGEST_INTERVAL = 50;

export class Driver {
  socket = null;
  timer = null;
  #timerAt = Infinity;
  flushAt = Infinity;
  #flushedAt = -Infinity;
  #isPumping = false;
  #isScheduled = false;
  page = typeof document === "object" ? document : null;
  unwatch = null;

  /**
   * @param {import("./session.js").Session} session
   * @param {{ webSocket: any, memory: SeatMemory, choice: import("./relays.js").RelayChoice, onNotices: (now: number) => number,
   *   onFailure: (error: unknown) => void }} options `onNotices` is called after each input, and returns when it wants to be called again
   */
  constructor(session, { webSocket, memory, choice, onNotices, onFailure }) {
    Object.assign(this, { session, webSocket, memory, choice, onNotices, onFailure });
  }

  get now() {
    return performance.now();
  }

  get isDrained() {
    return !this.socket || this.socket.bufferedAmount === 0;
  }

  /** Takes the seat that was kept for this page, if any. */
  begin() {
    this.#takeKept();
    this.#watchPage();
  }

  /** Carries out what an input led to. Handlers of the application may call back into it. */
  pump() {
    if (this.#isPumping) return;
    this.#isPumping = true;
    let wanted = Infinity;
    try {
      do {
        const now = this.now;
        this.session.advance(now, this.isDrained);
        if (this.flushAt <= now) this.flush(now);
        if (this.isDrained) this.session.hide(!!this.page?.hidden, now);
        if (this.page?.hidden && this.session.ackDue < Infinity && this.isDrained) this.session.acknowledge(now);
        this.#transmit();
        this.#obey(now);
        wanted = this.onNotices(now);
      } while (this.session.notices.length || this.session.outgoing.length);
    } finally {
      this.#isPumping = false;
      this.#arm(wanted);
    }
  }

  #transmit() {
    for (const message of this.session.outgoing.splice(0)) this.socket?.send(message);
  }

  #obey(now) {
    for (let order; (order = this.session.lifecycle.takeDirective(now)); ) {
      if (order === "close") this.#drop();
      else this.#connect();
    }
    if (this.session.lifecycle.state === "ended") this.#drop();
  }

  // Writes.

  /** Milliseconds between uplinks: the room's tick. */
  get interval() {
    return Math.min(this.session.interval, LONGEST_INTERVAL);
  }

  /**
   * Something waits to be sent. It goes with the next frame that arrives, so that all players' writes keep their place between the ticks; at once, if there was none for a
   * while; by a timer in a silent room.
   */
  wrote(isUrgent) {
    const pause = this.interval * (isUrgent ? 0.5 : 1.5);
    this.flushAt = Math.min(this.flushAt, Math.max(this.#flushedAt + pause, 0));
    if (this.flushAt <= this.now) this.schedule();
    else this.#arm(Infinity);
  }

  /** Pumps when the task of the application is done, so that its writes go together. */
  schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.pump();
    });
  }

  flush(now) {
    const { session } = this;
    this.flushAt = Infinity;
    if (!session.pending.operations.length || !session.isJoined) return;
    if (this.isDrained) {
      session.flush(now);
      this.#flushedAt = now;
    }
    if (session.pending.operations.length) this.flushAt = now + (this.isDrained ? this.interval : DRAIN_POLL);
  }

  frameArrived(now) {
    if (this.session.pending.operations.length && now >= this.#flushedAt + this.interval / 2) this.flushAt = now;
  }

  // Timers go by what time it is, and never count: a page can be throttled to one timer a minute, or stand still.

  #arm(wanted) {
    const { session } = this;
    const now = this.now;
    const soonest = this.isDrained ? now : now + DRAIN_POLL;
    const at = Math.max(Math.min(session.nextDeadline, this.flushAt, wanted), soonest);
    if (at >= this.#timerAt) return;
    clearTimeout(this.timer);
    this.#timerAt = at;
    // Rounded up, for a timer may fire a fraction of a millisecond early.
    this.timer = setTimeout(() => this.#timerFired(), Math.min(Math.ceil(at - now), LONGEST_TIMER));
  }

  #timerFired() {
    const now = this.now;
    if (now > this.#timerAt + PAUSE) this.session.lifecycle.wasPaused(now);
    this.#timerAt = Infinity;
    this.pump();
  }

  // The socket.

  #connect() {
    this.#drop();
    const { session } = this;
    let socket;
    try {
      socket = new this.webSocket(this.choice.current.href, PROTOCOL);
    } catch (error) {
      this.onFailure(error);
      return session.connectionClosed(null, "", this.now);
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    const input = (body) => (event) => {
      if (socket !== this.socket) return;
      body(event);
      this.pump();
    };
    socket.onopen = input(() => session.connectionOpened());
    socket.onmessage = input(({ data }) => this.received(data));
    socket.onerror = () => {}; // a close follows, and says no less
    socket.onclose = input(({ code, reason }) => {
      this.socket = null;
      session.connectionClosed(code === 1005 || code === 1006 ? null : code, String(reason ?? ""), this.now);
    });
  }

  received(data) {
    const now = this.now;
    const isBinary = data instanceof ArrayBuffer || ArrayBuffer.isView(data);
    if (!isBinary) return this.session.giveUp(now);
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.session.received(bytes, now);
    this.frameArrived(now);
  }

  /** Forgets the socket: nothing more of it is looked at. */
  #drop() {
    const { socket } = this;
    if (!socket) return;
    this.socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  // The page. Its seat is kept in storage only while it does not run.

  get role() {
    return this.session.isSpectator ? "spectator" : "player";
  }

  #takeKept() {
    const record = this.memory.take(this.role);
    // Of a page that comes back, another one may have had the seat meanwhile.
    const isNews = record && record.token !== this.kept?.token;
    if (isNews && !this.session.isJoined) restore(this.session, record);
    this.kept = null;
  }

  keep() {
    if (this.kept || this.session.lifecycle.state === "leaving") return;
    const now = this.now;
    if (this.isDrained) this.session.flush(now);
    this.#transmit();
    this.kept = recordOf(this.session);
    if (this.kept) this.memory.put(this.kept);
  }

  /** The page runs again, out of a freeze or the back-forward cache. */
  resumed() {
    this.session.lifecycle.wasPaused(this.now);
    if (this.socket?.readyState > 1) {
      this.#drop();
      this.session.connectionClosed(null, "", this.now);
    }
    if (this.kept) this.#takeKept();
    this.pump();
  }

  #watchPage() {
    const { page } = this;
    if (!page || this.unwatch) return;
    const keep = () => this.keep();
    const resumed = () => this.resumed();
    const watched = /** @type {const} */ ([
      [globalThis, "pagehide", keep],
      [page, "freeze", keep],
      [globalThis, "pageshow", resumed],
      [page, "resume", resumed],
      [page, "visibilitychange", () => this.pump()],
    ]);
    for (const [target, name, handler] of watched) target.addEventListener(name, handler);
    this.unwatch = () => {
      for (const [target, name, handler] of watched) target.removeEventListener(name, handler);
      this.unwatch = null;
    };
  }
}
