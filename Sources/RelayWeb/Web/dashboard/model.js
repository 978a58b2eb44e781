// What the page knows: the newest figures, some minutes of their history, and the verdict on them. Nothing here touches the page.
import * as text from "./text.js";

export const WINDOW = 180; // seconds of history
const RECENT = 60; // seconds in which a refusal counts as recent
const LATE_PERIODS = 1; // p99 of lateness beyond so many periods is a relay that is late

/** The state that matters of a seat: `live`, `behind`, `stalled` or `away`. A stalled one is behind as well. */
export const stateOf = (seat) => (seat.state === "live" && seat.behind ? "behind" : seat.state);

const GRAVITY = { stalled: 3, behind: 2, away: 1, live: 0 };
export const gravity = (state) => GRAVITY[state] ?? 0;

export class Model {
  figures = null;
  at = 0; // when they came, ms
  /** All seats of the room that is looked at, or null. */
  room = null;
  #series = new Map();
  #since = new Map(); // seat → [state, seconds]
  #marks = []; // [{ at, counters }] of the last minute
  #before = null;

  /** Takes a snapshot: an event's, or an answer of /stats. */
  take(raw, now = Date.now()) {
    const figures = normalize(raw, now);
    if (this.#before && figures.time < this.#before.time) this.#forget();
    this.#record(figures);
    this.#followSeats(figures);
    [this.figures, this.#before, this.at] = [figures, figures, now];
  }

  /** Takes the seats of one room. */
  takeRoom(raw) {
    this.room = raw ? normalizeRoom(raw) : null;
    if (!this.room || !this.figures) return;
    for (const seat of this.room.seats) this.#put(seatKey(this.room, seat), this.figures.time, seat.rtt);
    this.#follow(this.room.seats);
  }

  /** What is known of a room, with all of its seats where it is the one that is looked at; null if it is not listed. */
  roomNamed(name) {
    return this.room?.name === name ? this.room : (this.figures?.rooms.find((room) => room.name === name) ?? null);
  }

  /** Points `[seconds, value]` of a series, oldest first; null is a gap. */
  series(key) { return this.#series.get(key) ?? []; }

  get now() { return this.figures?.time ?? 0; }

  /** How long a seat has been in its state as far as this page has seen, seconds. */
  inState(seat) { return this.now - (this.#since.get(seat.key)?.[1] ?? this.now); }

  /** `[{ name, total, recent }]`, those that were refused lately first. */
  refusals() {
    const counters = this.figures.counters;
    const old = this.#marks[0]?.counters ?? counters;
    return text.refusals(counters)
      .map((name) => ({ name, total: counters[name], recent: counters[name] - (old[name] ?? 0) }))
      .filter(({ total }) => total > 0)
      .sort((a, b) => b.recent - a.recent || b.total - a.total);
  }

  /** Verdicts by cause since the start, the most frequent first: `[{ cause, counts: { behind, stalled, dropped } }]`. */
  lags() {
    const found = new Map();
    for (const [name, number] of Object.entries(this.figures.counters)) {
      const [, lag, word] = /^(behind|stalled|dropped)\.(\w+)$/.exec(name) ?? [];
      if (lag && number) found.set(word, { behind: 0, stalled: 0, dropped: 0, ...found.get(word), [lag]: number });
    }
    const sum = (counts) => counts.behind + counts.stalled + counts.dropped;
    return [...found].map(([word, counts]) => ({ cause: text.cause(word), counts })).sort((a, b) => sum(b.counts) - sum(a.counts));
  }

  /** Growth of a counter within the last minute. */
  recently(name) {
    return (this.figures.counters[name] ?? 0) - (this.#marks[0]?.counters[name] ?? this.figures.counters[name] ?? 0);
  }

  #forget() {
    this.#series.clear();
    this.#since.clear();
    [this.#marks, this.#before] = [[], null];
  }

  #record(figures) {
    const before = this.#before;
    const seconds = before ? figures.time - before.time : 0;
    if (before && seconds <= 0) return;
    const perSecond = (now, then) => (before && then != null && now >= then ? (now - then) / seconds : null);
    const put = (key, value) => this.#put(key, figures.time, value);
    figures.rates = {
      out: perSecond(figures.sums.bytesSent, before?.sums.bytesSent),
      frames: perSecond(figures.sums.framesSent, before?.sums.framesSent),
      uplinks: perSecond(figures.sums.uplinks, before?.sums.uplinks),
      cpu: perSecond(figures.cpu, before?.cpu),
    };
    if (figures.rates.cpu != null) figures.rates.cpu /= 1e6;
    put("players", figures.connections);
    put("lateness", figures.lateness.p99);
    put("rtt", figures.rtt.median);
    put("rttWorst", figures.rtt.worst);
    for (const [key, value] of Object.entries(figures.rates)) put(key, value);
    this.#recordThreads(figures, before, perSecond, put);
    for (const room of figures.rooms) {
      put(`room:${room.instance}`, room.rtt.median);
      put(`room:${room.instance}:worst`, room.rtt.worst);
    }
    this.#mark(figures);
    this.#prune(figures.time);
  }

  #recordThreads(figures, before, perSecond, put) {
    for (const thread of figures.threads) {
      const then = before?.threads.find(({ name }) => name === thread.name);
      const cpu = thread.cpu == null ? null : perSecond(thread.cpu, then?.cpu);
      thread.load = cpu == null ? null : cpu / 1e6;
      const waited = thread.waited == null ? null : perSecond(thread.waited, then?.waited);
      thread.starved = waited == null ? null : waited / 1e6;
      put(`thread:${thread.name}`, thread.load ?? (thread.busy ?? null));
    }
  }

  #put(key, time, value) {
    const points = this.#series.get(key) ?? [];
    if (!points.length) this.#series.set(key, points);
    if (points.length && points.at(-1)[0] === time) points.pop();
    points.push([time, value ?? null]);
  }

  #mark(figures) {
    this.#marks.push({ at: figures.time, counters: figures.counters });
    while (this.#marks.length > 1 && figures.time - this.#marks[1].at >= RECENT) this.#marks.shift();
  }

  #prune(now) {
    for (const [key, points] of this.#series) {
      const first = points.findIndex(([time]) => time >= now - WINDOW);
      if (first < 0) this.#series.delete(key);
      else if (first > 0) points.splice(0, first);
    }
  }

  #followSeats(figures) {
    for (const room of figures.rooms) this.#follow(room.seats, figures.time);
    const known = new Set([...figures.rooms.flatMap((room) => room.seats), ...(this.room?.seats ?? [])].map(({ key }) => key));
    for (const key of this.#since.keys()) if (!known.has(key)) this.#since.delete(key);
  }

  #follow(seats, time = this.now) {
    for (const seat of seats) {
      const before = this.#since.get(seat.key);
      if (before?.[0] !== seat.condition) this.#since.set(seat.key, [seat.condition, time]);
    }
  }
}

export const seatKey = (room, seat) => `seat:${room.instance}:${seat.seat}`;

const median = (sorted) => (sorted.length ? sorted[(sorted.length - 1) >> 1] : null);

function normalizeSeat(raw, room) {
  return {
    key: `${room.instance}:${raw.seat}`, room: room.name, instance: room.instance, rate: room.rate,
    seat: raw.seat, role: raw.role ?? "player", name: typeof raw.name === "string" ? raw.name : "",
    player: typeof raw.player === "string" ? raw.player : "",
    state: raw.state, behind: !!raw.behind, hidden: !!raw.hidden, condition: stateOf(raw),
    rtt: raw.rtt_microseconds ?? null, minimum: raw.minimum_rtt_microseconds ?? null, jitter: raw.jitter_microseconds ?? null,
    silent: raw.acknowledgement_age_microseconds ?? null, generation: raw.generation ?? 1, lastUplink: raw.last_uplink ?? 0,
    peer: typeof raw.peer === "string" ? raw.peer : null, cause: text.cause(raw.cause), evidence: raw.evidence ?? null, kernel: raw.kernel ?? null,
  };
}

function normalizeRoom(raw) {
  const seats = (raw.seats ?? []).map((seat) => normalizeSeat(seat, raw));
  const counted = { live: 0, behind: 0, stalled: 0, away: 0 };
  for (const seat of seats) counted[seat.condition] = (counted[seat.condition] ?? 0) + 1;
  // The relay counts those behind as live or stalled too; here everybody is in one state.
  const told = raw.totals && { ...raw.totals, live: raw.totals.live - raw.totals.behind + raw.totals.stalled };
  if (told) told.behind = raw.totals.behind - raw.totals.stalled;
  const rtts = seats.map(({ rtt }) => rtt).filter((rtt) => rtt != null).sort((a, b) => a - b);
  return {
    name: raw.name, type: raw.type ?? "default", card: raw.card ?? null, instance: raw.instance, tick: raw.tick, rate: raw.rate, stride: raw.stride ?? 1, thread: raw.thread ?? null,
    entities: raw.entities, stateBytes: raw.state_bytes, eventLog: raw.event_log, seats,
    spectators: raw.spectators ?? seats.filter(({ role }) => role === "spectator").length,
    totals: clean(told ?? counted), seated: raw.totals ? raw.totals.live + raw.totals.stalled + raw.totals.away : seats.length,
    rtt: { median: raw.median_rtt_microseconds ?? median(rtts), worst: raw.worst_rtt_microseconds ?? rtts.at(-1) ?? null },
  };
}

/** Counts taken at different moments of a tick may differ by one; below zero is nobody. */
const clean = (totals) => Object.fromEntries(Object.entries(totals).map(([state, number]) => [state, Math.max(0, number)]));

function normalizeThread(raw, index, relay) {
  const name = `arena-${index}`;
  const machine = (relay?.threads ?? []).find((thread) => thread.name === name);
  const late = raw.frame_lateness ?? {};
  return {
    name, index, isArena: true, answers: raw.answers !== false, overloaded: !!raw.overloaded, stride: raw.stride ?? 1,
    busy: raw.busy_permille == null ? null : raw.busy_permille / 1000, closing: raw.closing ?? 0,
    cpu: machine?.cpu_microseconds ?? null, waited: machine?.waiting_microseconds ?? null,
    bytesSent: raw.bytes_sent ?? 0, framesSent: raw.frames_sent ?? 0, uplinks: raw.uplinks_received ?? 0, ticks: raw.ticks ?? 0,
    lateness: percentiles(late), buckets: raw.frame_lateness_buckets ?? [], slotLateness: percentiles(raw.slot_lateness ?? {}),
  };
}

const percentiles = (raw) => ({
  p50: raw.p50_microseconds ?? 0, p90: raw.p90_microseconds ?? 0, p99: raw.p99_microseconds ?? 0,
  p999: raw.p999_microseconds ?? 0, maximum: raw.maximum_microseconds ?? 0,
});

const sum = (items, value) => items.reduce((total, item) => total + (value(item) ?? 0), 0);

/** Other threads of the process, such as the front door's. */
const otherThreads = (relay) => (relay?.threads ?? []).filter(({ name }) => !/^arena-\d+$/.test(name)).map((thread) => ({
  name: thread.name, isArena: false, answers: true, cpu: thread.cpu_microseconds, waited: thread.waiting_microseconds ?? null,
}));

/** One shape for a snapshot of the events and for an answer of /stats, of this relay or an older one. */
export function normalize(raw, now) {
  const relay = raw.relay ?? null;
  const arena = (raw.threads ?? []).map((thread, index) => normalizeThread(thread, index, relay));
  const rooms = (raw.rooms ?? []).map(normalizeRoom);
  const totals = { live: 0, behind: 0, stalled: 0, away: 0 };
  for (const room of rooms) for (const state of Object.keys(totals)) totals[state] += room.totals[state] ?? 0;
  const seats = raw.seats && clean({
    ...raw.seats, live: raw.seats.live - raw.seats.behind + raw.seats.stalled, behind: raw.seats.behind - raw.seats.stalled,
  });
  const rtts = rooms.map(({ rtt }) => rtt.median).filter((rtt) => rtt != null).sort((a, b) => a - b);
  const worst = [...rooms].filter(({ rtt }) => rtt.worst != null).sort((a, b) => b.rtt.worst - a.rtt.worst)[0];
  const buckets = [];
  for (const thread of arena) thread.buckets.forEach((number, index) => (buckets[index] = (buckets[index] ?? 0) + number));
  const late = (key) => Math.max(0, ...arena.map(({ lateness }) => lateness[key]));
  return {
    time: relay?.uptime_microseconds != null ? relay.uptime_microseconds / 1e6 : now / 1000, relay,
    uptime: relay?.uptime_microseconds != null ? relay.uptime_microseconds / 1e6 : null,
    rooms, roomCount: raw.room_count ?? rooms.length, totals: seats ?? totals, connections: raw.connections ?? 0,
    counters: raw.counters ?? {}, threads: [...arena, ...otherThreads(relay)], arena,
    sums: { bytesSent: sum(arena, (t) => t.bytesSent), framesSent: sum(arena, (t) => t.framesSent), uplinks: sum(arena, (t) => t.uplinks) },
    cpu: relay?.threads ? sum(relay.threads, (thread) => thread.cpu_microseconds) : null,
    lateness: { p50: late("p50"), p90: late("p90"), p99: late("p99"), p999: late("p999"), maximum: late("maximum") }, buckets,
    rtt: { median: median(rtts), worst: worst?.rtt.worst ?? null, worstRoom: worst?.name ?? null },
    troubled: rooms.flatMap((room) => room.seats.filter(({ condition }) => condition !== "live"))
      .sort((a, b) => gravity(b.condition) - gravity(a.condition) || a.room.localeCompare(b.room) || a.seat - b.seat),
  };
}

/** Is it well? `{ mood, title, detail }`; moods: well, idle, watch, bad. The gravest thing wins. */
export function verdict(model) {
  const figures = model.figures;
  return hanging(figures) ?? overloaded(figures) ?? unwell(figures) ?? late(figures) ?? turnedAway(model) ?? idle(figures) ?? {
    mood: "well", title: "All is well.", detail: figures.totals.away
      ? `Everybody who is here keeps up; ${text.plural(figures.totals.away, "seat")} held for players who are away.` : "Everybody keeps up, and every thread holds its ticks.",
  };
}

// With hyphens at which no line breaks.
const named = ({ name }) => name.replaceAll("-", "\u2011");
const names = (threads) => threads.map(named).join(", ");

/** Whether a thread had rather been held up by others than by its own work. */
const isStarved = ({ starved, load }) => starved > 0.05 && starved > load;
const STARVED = "The relay waits for a core: something else keeps this machine busy.";

function hanging(figures) {
  const silent = figures.arena.filter(({ answers }) => !answers);
  if (!silent.length) return null;
  const end = figures.relay?.watchdog_microseconds ? "The watchdog restarts the relay if it stays so." : "Nothing watches over this relay: if it stays so, restart it.";
  return { mood: "bad", title: `${names(silent)} does not answer.`, detail: `Its rooms stand still. ${end}` };
}

function overloaded(figures) {
  const threads = figures.arena.filter(({ overloaded, stride }) => overloaded || stride > 1);
  if (!threads.length) return null;
  const worst = Math.max(...threads.map(({ stride }) => stride));
  const what = threads.map((thread) => `${named(thread)} runs ${text.every(thread.stride)}`).join(", ");
  return {
    mood: "bad", title: `Overloaded: ${worst > 1 ? what : `${names(threads)} skips ticks`}.`,
    detail: `${threads.some(isStarved) ? `${STARVED} ` : ""}Who plays goes on playing, more slowly and evenly; newcomers are told to come later.`,
  };
}

function unwell({ totals, troubled }) {
  const sick = totals.stalled + totals.behind;
  if (!sick) return null;
  const parts = [totals.stalled && `${text.plural(totals.stalled, "player")} stalled`, totals.behind && `${totals.stalled ? text.count(totals.behind) : text.plural(totals.behind, "player")} behind`];
  const rooms = new Set(troubled.filter(({ condition }) => condition !== "away").map(({ room }) => room)).size;
  const causes = why(troubled);
  const where = rooms > 1 ? ` in ${rooms} rooms` : "";
  return { mood: "watch", title: `${parts.filter(Boolean).join(", ")}${where}.`, detail: causes ? `Why: ${causes}. Everybody else keeps up.` : "Everybody else keeps up." };
}

/** The causes that the relay names, the most frequent first. */
function why(troubled) {
  const causes = new Map();
  for (const seat of troubled) if (seat.cause && seat.condition !== "away") causes.set(seat.cause.word, (causes.get(seat.cause.word) ?? 0) + 1);
  return [...causes].sort((a, b) => b[1] - a[1]).map(([word, number]) => (causes.size > 1 ? `${word} (${number})` : word)).join(", ");
}

function late({ lateness, rooms, connections, arena }) {
  const period = 1e6 / Math.max(1, ...rooms.map(({ rate }) => rate));
  if (!connections || lateness.p99 < LATE_PERIODS * period) return null;
  const why = arena.some(isStarved) ? STARVED : "One in a hundred is later.";
  return { mood: "watch", title: `99 of 100 ticks are at most ${text.duration(lateness.p99)} late.`, detail: why };
}

function turnedAway(model) {
  const journal = model.recently("ticksNotJournaled");
  if (journal) return { mood: "watch", title: "Some rooms are not in the journal.", detail: `${text.plural(journal, "tick")} of the last minute would be lost with the process.` };
  const turned = ["closed.relayFull", "closed.roomFull", "refusedNearCapacity", "refusedOverloaded"].reduce((total, name) => total + model.recently(name), 0);
  if (!turned) return null;
  return { mood: "watch", title: `${text.plural(turned, "newcomer")} turned away in the last minute.`, detail: "The reasons are under refusals." };
}

function idle({ connections, rooms, counters }) {
  if (connections || rooms.some(({ seated }) => seated)) return null;
  return { mood: "idle", title: counters.joins ? "Nobody is here." : "Nobody is here yet.", detail: "The relay is up and waits for players." };
}
