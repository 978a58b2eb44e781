// One room: its figures, its seats, and all that is known of the seat that is looked at.
import { sparkline } from "./charts.js";
import { h, List, mark, write } from "./dom.js";
import { seatKey } from "./model.js";
import * as parts from "./parts.js";
import * as text from "./text.js";

const SEATS = 600; // rows: a room has at most 512 players

export function roomView(model, name, route, operator) {
  const facts = parts.facts();
  const chart = parts.chart("Round trip of the room, the last minutes", text.duration);
  const [legend, missing, body] = [h("p.legend"), h("div.empty"), h("div.rows")];
  const close = parts.button("Close the room…", () => operator.close(model.roomNamed(name)));
  const head = h("div.row.seat.head", { "aria-hidden": "true" }, h("span", "seat"), h("span", "state"), h("span.n", "round trip"), h("span.n.wide", "jitter"), h("span.n.wide", "least"), h("span"), h("span.n.wide", "returns"));
  const seats = h("section.card.seats", h("h2", "Seats"), head, body);
  const top = h("div.columns.even", h("section.card", h("h2", "Round trip"), chart.element, legend), h("section.card", h("h2", "The room"), facts.element, h("div.acts", close)));
  const title = h("div.crumbs", h("a", { href: "#/" }, "All rooms"), h("span", "›"), h("h2", name));
  const element = h("div.roomview", title, missing, top, seats);
  const list = new List(body, (seat) => seat.key, seatRow(model, route, operator));
  return {
    element,
    update() {
      const room = model.roomNamed(name);
      [top.hidden, seats.hidden, missing.hidden] = [!room, !room, !!room];
      if (!room) return sayMissing(missing, model);
      list.show(room.seats.slice(0, SEATS));
      mark(seats, "data-waiting", room !== model.room && room.seats.length < room.seated);
      facts.update(roomFacts(room, model.figures));
      chart.update([model.series(`room:${room.instance}`), model.series(`room:${room.instance}:worst`)], model.now, { most: 1000 });
      write(legend, room.rtt.median == null ? "Nobody has been measured yet." : `Median ${text.duration(room.rtt.median)}, worst ${text.duration(room.rtt.worst)} (faint).`);
    },
  };
}

function sayMissing(element, model) {
  if (!element.firstChild) element.append(h("p"), h("p.quiet", h("a", { href: "#/" }, "All rooms")));
  const isListed = model.figures.rooms.length === model.figures.roomCount;
  write(element.firstChild, isListed ? "There is no such room now: it ended with its last player, or has not begun." : "This room is not listed; asking for it …");
}

/** `listed, locked · 4 seats, 1 held · map dust`. */
function cardText(card) {
  const door = [card.listed ? "listed" : "not listed", card.locked && "locked", card.password && "password"].filter(Boolean).join(", ");
  const seats = text.plural(card.seats, "seat") + (card.held ? `, ${card.held} held` : "");
  const properties = Object.entries(card.properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name} ${value}`);
  return [door, seats, ...properties].join(" \u00b7 ");
}

function roomFacts(room, figures) {
  const { totals } = room;
  const thread = room.thread === null ? null : figures.arena[room.thread];
  const states = ["live", "behind", "stalled", "away"].filter((state) => totals[state]).map((state) => `${totals[state]} ${state}`).join(", ") || "none";
  const rows = [["seats", states]];
  if (room.spectators) rows.push(["of these spectators", text.count(room.spectators)]);
  if (room.card) rows.push(["lobby", cardText(room.card)]);
  rows.push(["type", room.type], ["rate", `${room.rate} Hz${room.stride > 1 ? `, ${text.every(room.stride)}` : ""}`], ["tick", text.count(room.tick)]);
  if (thread) rows.push(["thread", thread.overloaded ? `${thread.name}, overloaded` : thread.name]);
  rows.push(["entities", text.count(room.entities)], ["state", text.bytes(room.stateBytes)], ["events kept", text.count(room.eventLog)]);
  rows.push(["instance", room.instance.slice(0, 8), room.instance]);
  return rows;
}

function seatRow(model, route, operator) {
  return (first) => {
    const [badge, spark] = [parts.stateBadge(), sparkline("Round trip, the last minutes", 24)];
    const [title, role, why, trip, jitter, least, returns] = [h("b"), h("small"), h("small.why"), h("span.n"), h("span.n.wide"), h("span.n.wide"), h("span.n.wide")];
    const link = h("a.row.seat", h("span.name", title, role), h("span.how", badge.element, why), trip, jitter, least, spark.element, returns);
    const detail = seatDetail(model, operator);
    const element = h("div.seatitem", link, detail.element);
    return {
      element,
      update(seat) {
        const isOpen = route.seat === seat.seat;
        mark(link, "href", isOpen ? parts.roomLink(seat.room) : parts.seatLink(seat));
        mark(link, "aria-expanded", String(isOpen));
        badge.update(seat);
        write(title, seat.name || parts.seatTitle(seat));
        write(role, seat.name ? parts.seatTitle(seat) : "");
        write(why, seat.condition === "live" ? (seat.hidden ? "in the background" : "") : [seat.cause?.word, parts.lasting(model, seat)].filter(Boolean).join(" · "));
        write(trip, text.duration(seat.rtt));
        write(jitter, text.duration(seat.jitter));
        write(least, text.duration(seat.minimum));
        write(returns, text.count(seat.generation - 1));
        spark.draw([model.series(seatKey(seat, seat))], model.now, { most: 1000 });
        detail.element.hidden = !isOpen;
        if (isOpen) detail.update(seat);
      },
    };
  };
}

function seatDetail(model, operator) {
  let shown = null;
  const chart = parts.chart("Round trip of this seat, the last minutes", text.duration);
  const [state, why, facts] = [h("p.lead"), h("p.quiet"), parts.facts()];
  const acts = h("div.acts", parts.button("Kick…", () => operator.kick(shown)), parts.button("Ban…", () => operator.ban(shown)));
  const element = h("div.detail", h("div", state, why, chart.element), facts.element, acts);
  return {
    element,
    update(seat) {
      shown = seat;
      write(state, text.STATES[seat.condition]?.[1] ?? seat.condition);
      write(why, seat.cause && seat.condition !== "live" ? `${text.capital(seat.cause.word)}. ${seat.cause.sentence}` : "");
      chart.update([model.series(seatKey(seat, seat))], model.now, { most: 1000 });
      facts.update(seatFacts(seat));
    },
  };
}

function seatFacts(seat) {
  const rows = seat.player ? [["player", seat.player, "The id in its ticket"]] : [];
  rows.push(
    ["round trip", text.duration(seat.rtt), "Smoothed, from acknowledgements: network and client together"],
    ["least", text.duration(seat.minimum), "Minimum of the last 10 to 20 s"], ["jitter", text.duration(seat.jitter)],
  );
  if (seat.silent != null) rows.push(["unacknowledged for", text.duration(seat.silent), "Age of the oldest frame that it has not acknowledged"]);
  rows.push(["uplinks applied", text.count(seat.lastUplink)], ["returns", text.count(seat.generation - 1), "Times that somebody took this seat again"]);
  if (seat.peer) rows.push(["address", seat.peer, "Of its client, as the socket or a trusted proxy says"]);
  const kernel = seat.kernel;
  if (kernel) {
    rows.push(["kernel's round trip", text.duration(kernel.rtt_microseconds), "TCP's own: the network alone, with delayed acknowledgements"]);
    rows.push(["sent again", text.plural(kernel.retransmits ?? 0, "segment")], ["on the way", text.plural(kernel.unacked ?? 0, "segment")]);
    rows.push(["not sent yet", text.bytes(kernel.not_sent_bytes ?? 0)], ["window", text.plural(kernel.congestion_window ?? 0, "segment")]);
  }
  return [...rows, ...evidence(seat.evidence)];
}

/** Evidence of a cause, in whatever words the relay gives it. */
function evidence(found) {
  if (found === null) return [];
  if (typeof found !== "object") return [["evidence", String(found)]];
  return Object.entries(found).filter(([, value]) => value !== null && typeof value !== "object").map(([name, value]) => {
    const isTime = name.endsWith("_microseconds");
    return [name.replace(/_microseconds$/, "").replaceAll("_", " "), isTime ? text.duration(value) : String(value)];
  });
}
