// The relay as a whole: what is wrong, the figures that matter, the rooms, the threads.
import { histogram, sparkline } from "./charts.js";
import { h, List, mark, write } from "./dom.js";
import { gravity } from "./model.js";
import * as parts from "./parts.js";
import * as text from "./text.js";

const SHOWN = 8; // lines of what is not well before the rest is a number
const ROOMS = 200; // rows

export function overview(model, search) {
  const sections = [troubled(model), tiles(model), found(model, search), rooms(model, search)];
  const side = [threads(model), lateness(model), lags(model), keeping(model), refusals(model)];
  const element = h("div.overview", ...sections.slice(0, 2).map(({ element }) => element),
    h("div.columns", h("div.main", sections[2].element, sections[3].element), h("div.side", ...side.map(({ element }) => element))));
  return { element, update: () => [...sections, ...side].forEach((section) => section.update()) };
}

const card = (title, ...children) => h("section.card", h("h2", title), ...children);

function troubled(model) {
  const [lines, more] = [h("div.lines"), h("p.more")];
  const element = card("Not well", lines, more);
  const list = new List(lines, (seat) => seat.key, parts.seatLine(model));
  return {
    element,
    update() {
      const { troubled, totals } = model.figures;
      const sick = troubled.filter(({ condition }) => condition !== "away");
      element.hidden = !sick.length;
      list.show(sick.slice(0, SHOWN));
      const rest = totals.stalled + totals.behind - Math.min(SHOWN, sick.length);
      write(more, rest > 0 ? `and ${text.plural(rest, "more", "more")}: open a room to see all of its seats` : "");
    },
  };
}

function tiles(model) {
  const players = parts.tile("Players", "Open connections, spectators included");
  const lateness = parts.tile("Tick lateness", "99th percentile over the last 10 to 20 s of the time between a room's deadline and its last send; the worst thread");
  const trip = parts.tile("Round trip", "Median of the rooms' medians, and the worst player");
  const out = parts.tile("Sent", "Bytes of frames per second, all threads");
  const load = parts.tile("CPU", "Of the whole process; 100 % is one core");
  const element = h("div.tiles", ...[players, lateness, trip, out, load].map(({ element }) => element));
  return {
    element,
    update() {
      const { figures, now } = model;
      const period = 1e6 / Math.max(1, ...figures.rooms.map(({ rate }) => rate), 30);
      players.update({
        value: text.count(figures.connections), note: `in ${text.plural(figures.roomCount, "room")}`, series: [model.series("players")], now, most: 4,
      });
      lateness.update({
        value: text.duration(figures.lateness.p99), note: "p99", series: [model.series("lateness")], now, most: period / 4,
        mood: figures.connections && figures.lateness.p99 > period ? "watch" : null,
      });
      trip.update({
        value: text.duration(figures.rtt.median), note: figures.rtt.worst == null ? "" : `worst ${text.duration(figures.rtt.worst)}`,
        series: [model.series("rtt"), model.series("rttWorst")], now, most: 1000,
      });
      out.update({
        value: figures.rates.out == null ? "–" : `${text.bytes(figures.rates.out)}/s`, note: figures.rates.frames == null ? "" : `${text.rate(figures.rates.frames)} frames/s`,
        series: [model.series("out")], now, most: 1000,
      });
      const cpu = figures.rates.cpu;
      load.element.hidden = figures.cpu === null;
      load.update({
        value: text.percent(cpu), note: cores(figures.relay), series: [model.series("cpu")], now, most: 0.2,
        mood: figures.arena.some(({ overloaded, load }) => overloaded && load > 0.5) ? "bad" : null,
      });
    },
  };
}

const cores = (relay) => (relay?.cores ? `of ${relay.cores}00 %` : "");

/** Players who match the search, in whatever room. */
function found(model, search) {
  const [lines, note] = [h("div.lines"), h("p.more")];
  const element = card("Players found", lines, note);
  const list = new List(lines, (seat) => seat.key, parts.seatLine(model));
  return {
    element,
    update() {
      element.hidden = !search.text;
      const seats = search.seats.slice(0, 30);
      list.show(seats);
      write(note, search.problem || (search.isAsking ? "Looking through all rooms …" : search.seats.length > seats.length
        ? `and ${text.count(search.seats.length - seats.length)} more` : seats.length ? "" : `No player's name or seat matches “${search.text}”.`));
    },
  };
}

function rooms(model, search) {
  const body = h("div.rows");
  const [title, empty, more] = [h("h2", "Rooms"), h("div.empty"), h("p.more")];
  const head = h("div.row.head", { "aria-hidden": "true" }, h("span", "room"), h("span.n", "seats"), h("span"), h("span.n", "round trip"), h("span.n.wide", "worst"), h("span.wide"), h("span.n.wide", "state"));
  const element = h("section.card.rooms", title, head, body, empty, more);
  const list = new List(body, (room) => room.instance, roomRow(model));
  return {
    element,
    update() {
      const matching = search.text ? search.rooms : model.figures.rooms;
      const shown = [...matching].sort(byTrouble).slice(0, ROOMS);
      list.show(shown);
      write(title, search.text ? `Rooms found` : "Rooms");
      head.hidden = !shown.length;
      empty.hidden = shown.length > 0;
      if (!shown.length) sayEmpty(empty, search.text);
      const rest = (search.text ? matching.length : model.figures.roomCount) - shown.length;
      write(more, rest > 0 ? `${text.count(rest)} more; the search looks through all of them.` : "");
    },
  };
}

function sayEmpty(element, searched) {
  const words = searched ? [h("p", `No room's name holds “${searched}”.`)] : [
    h("p", "No rooms. The first player who joins one makes it."),
    h("p.quiet", "To see some life here: ", h("code", "tickrelay bots --rooms 4 --players 8 --duration 60")),
  ];
  if (element.dataset.for === searched && element.firstChild) return;
  element.dataset.for = searched;
  element.replaceChildren(...words);
}

const worst = ({ totals }) => Math.max(...Object.keys(totals).filter((state) => state !== "away" && totals[state]).map(gravity), 0);
const byTrouble = (a, b) => worst(b) - worst(a) || b.seated - a.seated || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

function roomRow(model) {
  return (first) => {
    const [bar, spark] = [parts.stateBar(), sparkline("Round trip, the last minutes", 24)];
    const [name, note, seats, trip, slow, state] = [h("b"), h("small"), h("span.n"), h("span.n"), h("span.n.wide"), h("span.n.wide")];
    const wide = h("span.wide", spark.element);
    const element = h("a.row", { href: parts.roomLink(first.name) }, h("span.name", name, note), seats, bar.element, trip, slow, wide, state);
    return {
      element,
      update(room) {
        write(name, room.name);
        write(note, inWords(room));
        mark(element, "data-mood", worst(room) >= 3 ? "bad" : worst(room) >= 2 ? "watch" : null);
        write(seats, text.count(room.seated));
        write(trip, text.duration(room.rtt.median));
        write(slow, text.duration(room.rtt.worst));
        write(state, text.bytes(room.stateBytes));
        bar.update(room.totals);
        spark.draw([model.series(`room:${room.instance}`), model.series(`room:${room.instance}:worst`)], model.now, { most: 1000 });
      },
    };
  };
}

/** `2 stalled, 1 away`, and the stride while it is not every tick. */
function inWords({ totals, stride }) {
  const states = ["stalled", "behind", "away"].filter((state) => totals[state]).map((state) => `${totals[state]} ${state}`);
  if (stride > 1) states.push(text.every(stride));
  return states.join(", ");
}

function threads(model) {
  const body = h("div.threads");
  const element = card("Threads", body);
  const list = new List(body, (thread) => thread.name, threadRow(model));
  return { element, update: () => list.show(model.figures.threads) };
}

function threadRow(model) {
  return () => {
    const spark = sparkline("Load, the last minutes", 22);
    const [name, load, note] = [h("b"), h("strong.n"), h("small")];
    const element = h("div.thread", h("span.name", name, note), spark.element, load);
    return {
      element,
      update(thread) {
        write(name, thread.name);
        write(load, thread.answers ? text.percent(thread.load ?? thread.busy) : "silent");
        write(note, threadNote(thread));
        mark(element, "data-mood", !thread.answers || thread.overloaded ? "bad" : thread.starved > 0.2 ? "watch" : null);
        mark(element, "title", thread.isArena ? "CPU time of the thread; under it what it says of itself" : "CPU time of the thread");
        spark.draw([model.series(`thread:${thread.name}`)], model.now, { most: 1 });
      },
    };
  };
}

function threadNote(thread) {
  if (!thread.answers) return "does not answer";
  const notes = [];
  if (thread.overloaded || thread.stride > 1) notes.push(thread.stride > 1 ? `overloaded, ${text.every(thread.stride)}` : "overloaded");
  if (thread.isArena) notes.push(`p99 ${text.duration(thread.lateness.p99)} late`);
  if (thread.starved > 0.05) notes.push(`${text.percent(thread.starved)} waiting for a core`);
  return notes.join(" · ");
}

function lateness(model) {
  const chart = histogram("Histogram of tick lateness", text.duration);
  const table = parts.facts();
  const element = card("Tick lateness", chart.element, table.element);
  return {
    element,
    update() {
      const { buckets, lateness, rooms } = model.figures;
      const period = 1e6 / Math.max(1, ...rooms.map(({ rate }) => rate));
      const hasTicks = buckets.some(Boolean);
      mark(chart.element, "hidden", !hasTicks);
      const marks = [[lateness.p99, "p99", "p99"]];
      if (rooms.length) marks.push([period, "one tick", "period"]);
      if (hasTicks) chart.draw(buckets, marks);
      table.update([["half within", text.duration(lateness.p50)], ["99 % within", text.duration(lateness.p99)], ["99.9 % within", text.duration(lateness.p999)], ["the latest", text.duration(lateness.maximum)]]);
    },
  };
}

/** How often players lagged, by cause; nothing where nobody has, or the relay does not say. */
function lags(model) {
  const table = parts.facts();
  const element = card("Why players lagged", table.element);
  return {
    element,
    update() {
      const rows = model.lags().map(({ cause, counts }) => [
        cause.word, Object.entries(counts).filter(([, number]) => number).map(([lag, number]) => `${text.count(number)} ${lag}`).join(", "), cause.sentence,
      ]);
      element.hidden = !rows.length;
      table.update(rows);
    },
  };
}

/** What keeps the relay and its rooms alive. */
function keeping(model) {
  const table = parts.facts();
  const element = card("Kept alive", table.element);
  return {
    element,
    update() {
      const { relay, uptime, counters, arena } = model.figures;
      const missed = counters.ticksNotJournaled ?? 0;
      const rows = [];
      if (uptime !== null) rows.push(["up for", text.span(uptime)]);
      if (relay) {
        const journal = relay.journal ? (missed ? `on; ${text.plural(missed, "tick")} missed` : "on") : "off";
        rows.push(["journal", journal, relay.journal ? "Rooms outlive the process" : "Rooms end with the process: set stateDir to keep them"]);
        const watchdog = relay.watchdog_microseconds;
        rows.push(["watchdog", watchdog ? `within ${text.duration(watchdog)}` : "off", watchdog ? "systemd kills and restarts a relay that hangs so long" : "Nothing restarts a relay that hangs: run it under systemd with WatchdogSec"]);
      }
      rows.push(["threads that answer", `${arena.filter(({ answers }) => answers).length} of ${arena.length}`]);
      if (relay?.memory_bytes) rows.push(["memory", text.bytes(relay.memory_bytes)]);
      rows.push(["rooms evicted", text.count(counters.roomsEvicted)]);
      const totals = [["stalls", "stalls"], ["dropped for silence", "drops"], ["came back by token", "rejoins"]];
      for (const [name, key] of totals) rows.push([name, text.count(counters[key])]);
      if (counters.logLinesLost) rows.push(["log lines lost", text.count(counters.logLinesLost)]);
      table.update(rows);
    },
  };
}

function refusals(model) {
  const [body, none, all] = [h("div.refusals"), h("p.quiet", "Nobody has been refused."), parts.facts()];
  const element = card("Refused and closed", body, none, h("details", h("summary", "Everything that is counted"), all.element));
  const list = new List(body, ({ name }) => name, ({ name }) => {
    const [recent, total] = [h("span.recent"), h("span.n")];
    const element = h("div.refusal", { title: name }, h("span", text.refusalText(name)), recent, total);
    return {
      element,
      update(refusal) {
        write(recent, refusal.recent ? `+${text.count(refusal.recent)}` : "");
        write(total, text.count(refusal.total));
      },
    };
  });
  return {
    element,
    update() {
      const found = model.refusals();
      none.hidden = found.length > 0;
      list.show(found);
      all.update(Object.entries(model.figures.counters).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, number]) => [name, text.count(number)]));
    },
  };
}
