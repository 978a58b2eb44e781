// A correct client of one room (SPEC section 14), without socket, clock or page.
//
// The owner of the socket reports what happened, each time with `now` (milliseconds, never going back), and after each input sends what is in `outgoing`, takes the
// `notices`, does as `takeDirective` says, and calls `advance` at `nextDeadline`.

import { decodePlayers, decodePrivate, decodeWelcome, encodeAck, encodeHello, encodeLeave, encodeRejoin, encodeResync, encodeVisibility, KIND, RESYNC, CODING } from "./messages.js";
import { readFrameHead, readFrameSections } from "./messages.js";
import { MESSAGE_BYTES, Reader, WireError } from "./wire.js";
import { Replica } from "./replica.js";
import { pack } from "./packing.js";
import { LOST } from "./errors.js";
import { PendingWrites, ResultTracker, SendBudget, UplinkLog } from "./uplinks.js";
import { Lifecycle } from "./lifecycle.js";
import { Statistics } from "./statistics.js";

/** Bytes of unconfirmed uplinks at which no new one starts. */
const UNCONFIRMED_BYTES = 1 << 20;

/** @template T @param {() => T} read @returns {T | null} null for bytes that cannot be decoded */
function decoded(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

export class Session {
  #readAt;
  #awaitsSnapshot;
  replica = new Replica();
  pending = new PendingWrites();
  uplinks = new UplinkLog();
  results = new ResultTracker();
  #budget = new SendBudget();
  statistics = new Statistics();
  /** The newest welcome, or what a page kept of it. Never to be logged: it holds the token. @type {import("./messages.js").Welcome | null} */
  welcome = null;
  stride = 1;
  rtt = null;
  /** The names that unconfirmed uplinks refer to by index, until the table of a restored relay is verified. */
  #namesToConfirm = null;
  #knownNames = [];
  /** Messages to send, in order. @type {Uint8Array[]} */
  outgoing = [];
  /** What happened, in order: a name and what belongs to it. @type {[string, any?][]} */
  notices = [];

  /**
   * @param {{ room: string, lobby?: import("./messages.js").LobbyPart | null, isSpectator?: boolean, ticket?: string, choice?: import("./relays.js").RelayChoice,
   *   random?: () => number }} options
   */
  constructor({ room, lobby = null, isSpectator = false, ticket, choice, random = Math.random }) {
    this.room = room;
    this.lobby = lobby;
    this.ticket = ticket;
    this.isSpectator = isSpectator;
    this.lifecycle = new Lifecycle(choice, random);
    /** Whether the replica can be the baseline of a delta. */
    this.isWhole = false;
    this.#beginConnection();
  }

  #beginConnection() {
    /** The newest tick applied on this connection, and when its frame was read. */
    this.newest = 0;
    this.#readAt = 0;
    this.ackDue = Infinity;
    this.isHidden = false;
    this.#awaitsSnapshot = false;
    /** The private message that waits for its frame; "broken" if there is no making sense of it. */
    this.half = null;
    this.outgoing.length = 0;
  }

  get seat() {
    return this.welcome?.seat ?? 0;
  }

  get isJoined() {
    return this.lifecycle.state === "joined";
  }

  /** Milliseconds from one frame of a busy room to the next. */
  get interval() {
    return (1000 * this.stride) / (this.welcome?.rate ?? 30);
  }

  notify(name, what) {
    this.notices.push([name, what]);
  }

  send(message) {
    this.outgoing.push(message);
    this.statistics.bytesSent += message.length;
  }

  // The socket.

  connectionOpened() {
    if (!this.lifecycle.opened()) return;
    this.#beginConnection();
    if (!this.welcome) return this.send(encodeHello(this.room, this.isSpectator, this.ticket, this.lobby));
    const { token, epoch } = this.welcome;
    const tick = this.isWhole ? this.replica.tick : 0;
    this.send(encodeRejoin(this.room, { token, epoch, tick, confirmed: this.uplinks.confirmed }, !!this.ticket));
  }

  /** One binary message. @param {Uint8Array} message @returns {string | undefined} what was made of it, in the words of the golden vectors */
  received(message, now) {
    this.statistics.bytesReceived += message.length;
    this.statistics.messagesReceived++;
    const { state } = this.lifecycle;
    if (state !== "greeting" && state !== "joined") return undefined;
    if (!message.length || message.length > MESSAGE_BYTES) return this.giveUp(now);
    if (state === "greeting") {
      const welcome = message[0] === KIND.welcome ? decoded(() => decodeWelcome(message)) : null;
      return welcome ? this.#receivedWelcome(welcome, now) : this.giveUp(now);
    }
    if (message[0] === KIND.frame) return this.#receivedFrame(message, now);
    if (message[0] === KIND.players) return this.#receivedPlayers(message, now);
    if (message[0] !== KIND.private) return this.giveUp(now);
    this.half = this.half ? "broken" : (decoded(() => decodePrivate(message)) ?? "broken");
    return "hold";
  }

  /** Remembers who sits where, for the rows of the roster that are there or follow. */
  #receivedPlayers(message, now) {
    const rows = decoded(() => decodePlayers(message));
    if (!rows) return this.giveUp(now);
    for (const row of rows) this.replica.identities.set(row.seat, row);
    return "hold";
  }

  /** The connection ended from the other side, or an attempt failed. @param {number | null} code null if there was no close frame */
  connectionClosed(code, reason, now) {
    if ((code === 4000 || code === 1009) && this.isJoined) this.uplinks.countRefusal();
    this.ended(this.lifecycle.closed(code, reason, now), code);
  }

  giveUp(now) {
    this.ended(this.lifecycle.giveUp(now), null);
    return "giveUp";
  }

  /** Time has passed. @param {boolean} isDrained whether the socket took what it was given: else nothing more is put into it */
  advance(now, isDrained = true) {
    const end = this.lifecycle.timedOut(now);
    if (end) return this.ended(end, null);
    if (!this.isJoined || !isDrained) return;
    this.#resendDue(now);
    if (this.ackDue <= now) this.acknowledge(now);
  }

  acknowledge(now) {
    this.send(encodeAck(this.takeAck(now)));
    this.statistics.acksSent++;
    this.#budget.spend(now);
  }

  /** The relay is told once on each connection, and whenever it changes. @param {boolean} isHidden whether nobody can see the page */
  hide(isHidden, now) {
    if (!this.isJoined || isHidden === this.isHidden) return;
    this.isHidden = isHidden;
    this.send(encodeVisibility(this.takeAck(now), isHidden));
    this.#budget.spend(now);
  }

  get nextDeadline() {
    const deadline = this.lifecycle.deadline;
    if (!this.isJoined) return deadline;
    return Math.min(deadline, this.ackDue, this.mayResend ? this.uplinks.nextResend : Infinity);
  }

  /** Sends what waits, and gives the seat back for good. */
  leave(now) {
    this.flush(now);
    const isOver = this.lifecycle.leave(now);
    if (isOver) this.ended({ kind: "over" }, null);
    else if (this.lifecycle.state === "leaving") this.send(encodeLeave());
  }

  /** @param {import("./lifecycle.js").ConnectionEnd | null} end @param {number | null} code */
  ended(end, code) {
    if (!end) return;
    this.#beginConnection();
    this.statistics.connectionEnded();
    if (end.kind === "retry") return this.notify("disconnected", { code, reason: end.reason, at: end.at });
    this.#forgetSeat();
    this.notify("ended", { closeCode: code, reason: end.reason });
  }

  #forgetSeat() {
    this.welcome = this.#namesToConfirm = this.rtt = null;
    this.#knownNames = [];
    this.#dropReplica();
    for (const { settle } of this.pending.operations) settle?.(LOST);
    this.pending.clear();
    this.forgetUplinks();
    this.uplinks.reset();
    this.results.reset();
  }

  forgetUplinks() {
    this.results.settledThrough(Infinity, LOST);
    return this.uplinks.forget();
  }

  #dropReplica() {
    this.replica.clear();
    this.replica.identities.clear();
    this.replica.rosterChanged = true;
    this.isWhole = false;
  }

  // Welcome.

  /** @param {import("./messages.js").Welcome} welcome */
  #receivedWelcome(welcome, now) {
    const before = this.welcome;
    if (welcome.room) this.#named(welcome.room);
    const isSame = before?.instance === welcome.instance && before.seat === welcome.seat;
    if (isSame) this.#takeBack(welcome, before);
    else this.#takeNew(welcome);
    const cursor = welcome.tick - 1;
    this.replica.cursor = isSame ? Math.min(this.replica.cursor, cursor) : cursor;
    this.replica.ownSeat = welcome.seat;
    this.replica.historyTicks = Math.max(1, Math.ceil(welcome.rate / 10));
    this.stride = welcome.stride;
    this.welcome = welcome;
    this.#budget.reset(welcome.uplinkRate, welcome.uplinkBurst, now);
    this.uplinks.rewind(welcome.uplinkRate, now);
    this.statistics.lastFrameAt = now;
    this.lifecycle.welcomed(welcome.giveUpAfter, now);
    this.notify("welcomed", { isNewSeat: !isSame, cause: welcome.cause });
    if (isSame && welcome.uplinkGap) this.notify("uplinkGap");
    this.#resendDue(now);
    return "apply";
  }

  /** From now on the room is known by its name: another hello is for this one, and finds or makes none. */
  #named(room) {
    this.room = room;
    this.lobby = { ...this.lobby, how: this.lobby.how % 2, type: undefined };
  }

  #takeNew(welcome) {
    this.#namesToConfirm = null;
    this.#knownNames = [];
    this.forgetUplinks();
    this.uplinks.reset();
    this.results.reset();
    this.uplinks.confirm(welcome.lastUplink);
    this.#dropReplica();
  }

  #takeBack(welcome, before) {
    if (welcome.uplinkGap) {
      this.uplinks.confirmed = Math.min(this.uplinks.confirmed, welcome.lastUplink);
      this.results.rewind(welcome.lastUplink);
    }
    this.confirm(welcome.lastUplink);
    if (this.uplinks.areRefused) this.#loseUplinks();
    if (welcome.resumed) return;
    // The room's table only grows, but a dropped replica has lost its copy and starts a shorter one.
    if (this.replica.names.length >= this.#knownNames.length) this.#knownNames = this.replica.names;
    if (welcome.epoch !== before.epoch && this.uplinks.namesUsed) this.#namesToConfirm ??= this.#knownNames;
    this.#dropReplica();
  }

  #loseUplinks() {
    this.notify("uplinksLost", this.forgetUplinks());
  }

  confirm(number) {
    this.uplinks.confirm(number);
  }

  // Frames: `frame(m)` and `refuse` of SPEC section 15.

  #receivedFrame(message, now) {
    const half = this.half;
    this.half = null;
    this.lifecycle.frameArrived(now);
    const reader = new Reader(message, 1);
    const head = decoded(() => readFrameHead(reader));
    if (!head || head.tick <= this.newest) return this.refuse(RESYNC.nonsense, head, now);
    const { replica } = this;
    const fits = this.isWhole && head.baseline <= replica.tick && replica.tick < head.tick;
    if (head.coding !== CODING.snapshot && !fits) return this.refuse(RESYNC.baseline, head, now);
    replica.beginFrame(head);
    const isApplied = decoded(() => (readFrameSections(reader, head, replica), true));
    if (!isApplied || half === "broken" || (half && half.tick !== head.tick)) return this.refuse(RESYNC.nonsense, head, now);
    replica.finishFrame();
    return this.#frameApplied(head, half, now);
  }

  #frameApplied(head, half, now) {
    const { replica, statistics } = this;
    const isFirst = this.newest === 0;
    this.newest = head.tick;
    this.#readAt = now;
    this.isWhole = true;
    if (head.coding === CODING.snapshot) this.#awaitsSnapshot = false;
    statistics.applied(head, this.welcome.rate, now);
    // An eighth is kept in reserve for late timers.
    if (isFirst) this.acknowledge(now);
    else if (this.ackDue === Infinity) this.ackDue = now + this.welcome.maximumAckDelay * 0.875;
    if (replica.stride) this.stride = replica.stride;
    if (replica.rosterChanged) this.notify("roster");
    this.#deliver(half);
    replica.cursor = head.tick;
    this.notify("tick", { tick: head.tick, isHeartbeat: replica.stride > 0 });
    if (this.#namesToConfirm) this.#confirmNames(now);
    if (!replica.checksumDiffers) return "apply";
    statistics.divergences++;
    return this.#ask(RESYNC.checksum, now);
  }

  /** Events, results and confirmations of the frame just applied. */
  #deliver(half) {
    const { replica } = this;
    if (half?.lost) replica.lost(half.lost);
    if (replica.lostThrough) this.notify("gap", replica.lostThrough);
    let { events } = replica;
    const own = half?.events?.filter((event) => event.tick > replica.cursor && event.name < replica.names.length);
    if (own?.length) events = [...events, ...own].sort((left, right) => left.number - right.number);
    for (const event of events) this.notify("event", event);
    for (const result of half?.results ?? []) {
      const operation = this.results.receive(result);
      if (operation !== undefined) this.notify("result", { ...result, concerning: operation });
    }
    if (replica.ownRow) this.rtt = replica.ownRow.rtt;
    const number = Math.max(half?.lastUplink ?? 0, replica.ownRow?.lastUplink ?? 0);
    this.confirm(number);
    this.results.settledThrough(number, half?.lost > replica.cursor ? LOST : undefined);
  }

  /** @param {import("./messages.js").FrameHead | null} head null if it could not be read */
  refuse(reason, head, now) {
    this.isWhole = false;
    this.statistics.framesIgnored++;
    this.statistics.lastFrameAt = now;
    if (!this.#awaitsSnapshot) return this.#ask(reason, now);
    // The relay would not count another request, for nothing was acknowledged since the last one.
    return head?.coding === CODING.snapshot ? this.giveUp(now) : "ignore";
  }

  #ask(reason, now) {
    this.isWhole = false;
    this.#awaitsSnapshot = true;
    this.send(encodeResync(this.takeAck(now), reason));
    this.statistics.resyncs++;
    this.#budget.spend(now);
    return "resync";
  }

  takeAck(now) {
    this.ackDue = Infinity;
    return { tick: this.newest, delay: this.newest ? Math.floor((now - this.#readAt) * 1000) : 0 };
  }

  /** The first frame after a restore. */
  #confirmNames(now) {
    const known = this.#namesToConfirm;
    this.#namesToConfirm = null;
    const isSame = (name, index) => known[index]?.text === name.text && known[index].quantum === name.quantum;
    const used = this.uplinks.namesUsed;
    const names = this.replica.names.slice(0, used);
    if (names.length < used || !names.every(isSame)) this.#loseUplinks();
    this.#resendDue(now);
  }

  // Uplinks.

  get mayResend() {
    return this.isJoined && !this.#namesToConfirm;
  }

  #resendDue(now) {
    while (this.mayResend && this.uplinks.nextResend <= now) {
      this.send(this.uplinks.resend(this.takeAck(now), now));
      this.statistics.uplinksResent++;
      this.#budget.spend(now);
    }
  }

  /** What was written becomes uplinks, as far as the relay's limits allow. What does not, stays pending and goes on merging. */
  flush(now) {
    if (!this.isJoined) return;
    this.#resendDue(now);
    if (this.#namesToConfirm || this.uplinks.nextResend < Infinity) return;
    while (this.pending.operations.length && this.#mayStartUplink(now)) this.#writeUplink(now);
  }

  #mayStartUplink(now) {
    const { uplinkBurst, uplinkRate, heartbeatInterval } = this.welcome;
    const unconfirmed = Math.min(uplinkBurst, 1 << 20) + (Math.min(uplinkRate, 1 << 20) * Math.min(heartbeatInterval, 1 << 20)) / 1000;
    // On a silent link uplinks would pile up, and arrive all at once.
    const isHeard = now - this.statistics.lastFrameAt < Math.max(heartbeatInterval * 1.5, 1000);
    return this.#budget.allows(now) && isHeard && this.uplinks.records.length < unconfirmed && this.uplinks.bytes < UNCONFIRMED_BYTES;
  }

  #writeUplink(now) {
    if (!this.#packUplink()) return;
    this.send(this.uplinks.newest(this.takeAck(now)));
    this.statistics.uplinksSent++;
    this.#budget.spend(now);
  }

  /** Makes the next uplink of what is pending. @returns {boolean} false if nothing of it could be taken */
  #packUplink() {
    const { operations } = this.pending;
    const { count, bytes, names } = pack(operations, this);
    if (!count) return this.#firstIsTooLong();
    const sent = operations.slice(0, count);
    this.pending.removeFirst(count);
    this.results.sent.set(this.uplinks.nextNumber, sent);
    this.uplinks.append(count, bytes, names);
    return true;
  }

  #firstIsTooLong() {
    const [operation] = this.pending.operations;
    if (operation.kind === "set" && operation.fields.size > 1) {
      this.pending.splitFirst();
    } else {
      this.pending.removeFirst(1);
      this.notify("tooLong", operation);
    }
    return false;
  }
}
