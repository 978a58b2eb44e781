// What a room consists of, behind the objects that applications hold.

import { CAUSES, closeError, ENDED, LOST, QUEUE_FULL, RelayError, RESULTS, TOO_LONG, VALUE_DIFFERS } from "./errors.js";
import { valueAt } from "./interpolation.js";
import { Joining } from "./joining.js";
import { AUDIENCE } from "./messages.js";
import { meaningOf } from "./relays.js";
import { entityOf, isOrdered, ownTarget } from "./uplinks.js";
import { fromWire } from "./values.js";
import { EntityView, MeView, PlayerView, RoomStateView } from "./views.js";

/** Entities that applications have asked for are kept up to this number. */
const VIEWS = 8192;
const EVENTS = ["tick", "event", "join", "leave", "stalled", "away", "live", "host", "quality", "connected", "gap", "rejected", "end"];

export class Core {
  #ownName;
  #kinds;
  /** @type {import("./driver.js").Driver} */
  driver = null;
  views = new Map();
  me = new MeView(this);
  state = new RoomStateView(this);
  /** Players by seat. @type {Map<number, PlayerView>} */
  bySeat = new Map();
  players = [];
  hostSeat = 0;
  /** What was written to own entities, by target and name: nobody else writes them. */
  #local = new Map();
  renderedTick = null;
  #connectedNews = null;
  #hasPlayers = false;
  #qualityBefore = "";
  #retryAt = 0;
  /** Waits for the first frame, or for the end. @type {Joining | null} */
  joining = null;
  joinOptions = { timeout: 10_000 };
  onEnd = [];

  /** @param {import("./session.js").Session} session @param {import("./interpolation.js").RenderClock} clock */
  constructor(session, clock, options) {
    this.session = session;
    this.clock = clock;
    this.#kinds = new Map(Object.entries(options.interpolate ?? {}));
    this.maximumExtrapolation = options.maximumExtrapolation ?? 0;
    this.#ownName = options.name;
    this.handlers = new Map(EVENTS.map((name) => [name, new Set()]));
  }

  /** Connects, and waits for the first frame. */
  join() {
    this.driver.begin();
    this.joining = new Joining(this, { ...this.joinOptions, isRestored: this.session.welcome !== null });
    const { promise } = this.joining;
    this.driver.pump();
    return promise;
  }

  joinAgain() {
    const { session, driver, joining } = this;
    if (joining) return joining.promise;
    if (session.lifecycle.state !== "ended") return Promise.resolve();
    session.lifecycle.joinAgain(driver.now);
    return this.join();
  }

  // Handlers.

  on(name, handler) {
    const handlers = this.handlers.get(name);
    if (!handlers) throw new TypeError(`${name}: there are ${EVENTS.join(", ")}`);
    if (typeof handler !== "function") throw new TypeError(`${name} needs a function`);
    const once = (what) => handler(what); // the same handler may subscribe twice
    handlers.add(once);
    return () => void handlers.delete(once);
  }

  emit(name, what) {
    for (const handler of [...this.handlers.get(name)]) {
      try {
        handler(what);
      } catch (error) {
        // A mistake of the application's is its own: it is reported as such, and does not end the connection.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  // Reading.

  entity(id) {
    if (!Number.isInteger(id) || id < 0) throw new RangeError(`${id} is no id of an entity`);
    const { session } = this;
    const isOwn = !session.isSpectator && session.seat > 0 && id % 1024 === session.seat;
    return this.view(isOwn ? ownTarget(Math.floor(id / 1024)) : id);
  }

  view(target) {
    let view = this.views.get(target);
    if (!view) {
      if (this.views.size >= VIEWS) this.views.clear();
      this.views.set(target, (view = new EntityView(this, target)));
    }
    return view;
  }

  entitiesWhere(condition) {
    const found = [...this.session.replica.entities.values()].filter(condition);
    return found.sort((left, right) => left.id - right.id).map((held) => this.entity(held.id));
  }

  valueOf(target, name) {
    const written = this.#local.get(target)?.get(name);
    return written ? fromWire(written, null) : this.session.replica.valueOf(entityOf(target, this.session.seat), name);
  }

  /** @param {(field: import("./replica.js").Field, quantum: number | null, name: string) => any} read */
  fieldsOf(target, read) {
    const { replica, seat } = this.session;
    const fields = Array.from(replica.fieldsOf(entityOf(target, seat)), ([name, field, quantum]) => [name, read(field, quantum, name)]);
    const written = Array.from(this.#local.get(target) ?? [], ([name, value]) => [name, fromWire(value, null)]);
    return Object.fromEntries([...fields, ...written]);
  }

  // Drawing.

  get #tickToDraw() {
    return this.renderedTick ?? this.clock.tickAt(performance.now());
  }

  rendered(target, name) {
    if (target < 0) return this.valueOf(target, name);
    const { replica } = this.session;
    replica.startRecording(name);
    const field = replica.fieldOf(target, name);
    return field && this.drawn(field, replica.names[replica.nameIndex.get(name)].quantum, name, this.#tickToDraw);
  }

  fieldsAt(target, time) {
    if (target < 0) return this.fieldsOf(target, fromWire);
    const tick = this.clock.tickAt(time);
    const names = Array.from(this.session.replica.fieldsOf(target), ([name]) => name);
    for (const name of names) this.session.replica.startRecording(name);
    return this.fieldsOf(target, (field, quantum, name) => this.drawn(field, quantum, name, tick));
  }

  drawn(field, quantum, name, tick) {
    if (!field.history) return fromWire(field, quantum);
    const ahead = this.maximumExtrapolation / this.clock.period;
    return valueAt(field.history, tick, this.#kinds.get(name) ?? "linear", this.session.replica.tick, ahead);
  }

  // Writing.

  /** @param {import("./uplinks.js").Operation} operation @returns {boolean} false if it was refused at once */
  write(operation) {
    const { session } = this;
    if (session.isSpectator) throw new RelayError("spectator", "A spectator does not write: join as a player.");
    if (session.lifecycle.state === "ended" || session.lifecycle.state === "leaving") return this.#refuse(ENDED, operation);
    if (!this.enqueue(operation)) return this.#refuse(QUEUE_FULL, operation);
    this.#remember(operation);
    this.driver.wrote(isOrdered(operation));
    return true;
  }

  enqueue(operation) {
    const { pending } = this.session;
    if (operation.kind === "set") return pending.set(operation.target, [...operation.fields]);
    return operation.kind === "remove" ? pending.remove(operation.target) : pending.enqueue(operation);
  }

  /** One's own writes can be read at once. */
  #remember({ kind, target, fields }) {
    if (target === null || target >= 0) return;
    const written = this.#local.get(target) ?? new Map();
    if (kind === "remove") written.clear();
    for (const [name, value] of fields) kind === "set" ? written.set(name, value) : written.delete(name);
    this.#local.set(target, written);
  }

  /** @returns {false} */
  #refuse(message, operation) {
    this.session.notify("rejected", this.#rejection(message, operation));
    operation.settle?.(message);
    this.driver.schedule();
    return false;
  }

  /** @param {string} message which begins with its code @param {import("./uplinks.js").Operation | null} [operation] */
  #rejection(message, operation) {
    const names = operation ? [...operation.fields.keys()] : [];
    const entity = operation && operation.target !== null ? this.view(operation.target) : null;
    return { code: message.split(":")[0], message, operation: operation?.kind ?? "unknown", entity, names };
  }

  // What the session says.

  /** @returns {number} when to be called again */
  takeNotices(now) {
    for (let notice; (notice = this.session.notices.shift()); ) this[`on_${notice[0]}`](notice[1], now);
    return this.#watchQuality(now, false);
  }

  on_rejected(rejection) {
    this.emit("rejected", rejection);
  }

  on_welcomed({ isNewSeat, cause }) {
    if (isNewSeat) {
      this.clock.restart(1000 / this.session.welcome.rate);
      this.bySeat.clear();
      this.me.seat = this.session.seat;
      this.#hasPlayers = false;
      this.#local.clear();
      if (this.#ownName !== undefined && !this.session.isSpectator) this.me.set("name", this.#ownName);
    }
    this.#connectedNews = { isNewSeat, cause: CAUSES[cause] };
  }

  on_roster() {
    const { replica } = this.session;
    const news = [];
    for (const [seat, player] of this.bySeat) {
      if (replica.roster.get(seat)?.joined === player.joinedTick) continue;
      this.bySeat.delete(seat);
      player.left(replica.removedNow.get(seat) ?? replica.entities.get(seat));
      news.push(["leave", player]);
    }
    for (const row of replica.roster.values()) {
      const known = this.bySeat.get(row.seat);
      const player = known ?? (row.seat === this.session.seat ? this.me : new PlayerView(this, row));
      const before = player.state;
      player.update(row);
      this.bySeat.set(row.seat, player);
      if (!known || before !== player.state) news.push([known ? player.state : "join", player]);
    }
    this.players = [...this.bySeat.values()].sort((left, right) => left.seat - right.seat);
    if (replica.host !== this.hostSeat) news.push(["host", this.bySeat.get(replica.host) ?? null]);
    this.hostSeat = replica.host;
    for (const player of this.players) player.isHost = player.seat === replica.host;
    if (this.#hasPlayers) for (const [name, player] of news) this.emit(name, player);
    this.#hasPlayers = true;
  }

  /** @param {import("./messages.js").WireEvent} event */
  on_event({ number, tick, sender, audience, name, value }) {
    const to = AUDIENCE[audience];
    const text = this.session.replica.names[name].text;
    this.emit("event", { number, tick, name: text, value: fromWire(value, null), seat: sender, sender: this.bySeat.get(sender) ?? null, to });
  }

  on_result({ code, concerning }) {
    const isSuccess = code === 0;
    if (!isSuccess) for (const name of concerning?.fields.keys() ?? []) this.#local.get(concerning.target)?.delete(name);
    if (!isSuccess && code !== VALUE_DIFFERS) this.on_rejected(this.#rejection(RESULTS[code], concerning));
    concerning?.settle?.(RESULTS[code]);
  }

  on_gap(tick) {
    this.emit("gap", tick);
  }

  on_tick({ tick, isHeartbeat }, now) {
    this.clock.arrived(tick, now, this.session.stride);
    if (this.#connectedNews) this.emit("connected", this.#connectedNews);
    this.#connectedNews = null;
    this.joining?.joined();
    this.emit("tick", tick);
    if (!isHeartbeat) return;
    for (const row of this.session.replica.roster.values()) this.bySeat.get(row.seat).update(row);
    this.#watchQuality(now, true);
  }

  on_tooLong(operation) {
    operation.settle?.(TOO_LONG);
    this.on_rejected(this.#rejection(TOO_LONG, operation));
  }

  on_uplinkGap() {
    this.on_uplinksLost();
  }

  on_uplinksLost() {
    this.#local.clear();
    this.on_rejected(this.#rejection(LOST));
  }

  on_disconnected({ code, reason, at }, now) {
    this.#retryAt = at;
    this.joining?.interrupted(code, reason, at - now);
  }

  on_ended({ closeCode, reason }, now) {
    const [, reaction] = meaningOf(closeCode);
    this.#local.clear();
    if (this.joining?.mayStartAnew(reaction)) return this.session.lifecycle.joinAgain(now);
    this.driver.unwatch?.();
    this.players = [];
    this.bySeat.clear();
    this.#hasPlayers = false;
    const isOwn = closeCode === null || closeCode === 1000;
    const error = isOwn ? new RelayError("left", "You left the room.") : closeError(closeCode, reason);
    this.joining?.failed(error);
    const canJoinAgain = isOwn || reaction === "forget" || reaction === "over";
    this.#watchQuality(now, false);
    this.emit("end", { code: error.code, message: error.message, closeCode, canJoinAgain });
    for (const resolve of this.onEnd.splice(0)) resolve();
  }

  // Quality.

  /** When the server is said not to respond unless a frame comes: it sends one at each heartbeat. */
  get #silentAt() {
    const { welcome, statistics, lifecycle } = this.session;
    const { heartbeatInterval, giveUpAfter } = welcome;
    return Math.max(statistics.lastFrameAt, lifecycle.resumedAt) + Math.min(heartbeatInterval * 2, (heartbeatInterval + giveUpAfter) / 2);
  }

  get #qualityState() {
    const { session } = this;
    const { state } = session.lifecycle;
    if (state === "ended" || state === "leaving") return "ended";
    if (state !== "joined") return session.statistics.framesApplied ? "reconnecting" : "connecting";
    return performance.now() < this.#silentAt ? "connected" : "not responding";
  }

  get quality() {
    const { session } = this;
    const now = performance.now();
    const state = this.#qualityState;
    return {
      state,
      text: TEXTS[state],
      rtt: session.rtt,
      jitter: session.statistics.jitter,
      cause: CAUSES[session.replica.roster.get(session.seat)?.cause ?? 0],
      lastEnd: CAUSES[session.welcome?.cause ?? 0],
      sinceLastFrame: session.statistics.lastFrameAt ? now - session.statistics.lastFrameAt : 0,
      retryIn: session.lifecycle.state === "waiting" ? Math.max(0, this.#retryAt - now) : null,
      stride: session.stride,
    };
  }

  /** @returns {number} when silence would be noticed */
  #watchQuality(now, isNews) {
    const { state, cause } = this.quality;
    if (isNews || `${state} ${cause}` !== this.#qualityBefore) {
      this.#qualityBefore = `${state} ${cause}`;
      this.emit("quality", this.quality);
    }
    return state === "connected" ? this.#silentAt : Infinity;
  }
}

const TEXTS = {
  connecting: "Connecting …",
  connected: "Connection OK",
  "not responding": "Server not responding",
  reconnecting: "Reconnecting …",
  ended: "Disconnected",
};
