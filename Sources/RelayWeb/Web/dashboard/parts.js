// Pieces that several views show.
import { sparkline, svg } from "./charts.js";
import { h, mark, write } from "./dom.js";
import * as text from "./text.js";

export const roomLink = (name) => `#/room/${encodeURIComponent(name)}`;
export const seatLink = (seat) => `${roomLink(seat.room)}/seat/${seat.seat}`;

export const seatTitle = (seat) => `${seat.role === "spectator" ? "spectator" : "seat"} ${seat.seat}`;

/** A state as a sign of its own shape and a word, with the cause behind it. */
export function stateBadge() {
  const word = h("span");
  const element = h("span.state", h("i", { "aria-hidden": "true" }), word);
  return {
    element,
    update(seat) {
      mark(element, "data-state", seat.condition);
      mark(element, "title", text.STATES[seat.condition]?.[1]);
      write(word, text.STATES[seat.condition]?.[0] ?? seat.condition);
    },
  };
}

/** How a room's seats are, as a bar. */
export function stateBar() {
  const parts = ["live", "behind", "stalled", "away"].map((state) => [state, svg("rect", { y: 0, height: 6, "data-state": state })]);
  const element = svg("svg", { class: "statebar", viewBox: "0 0 100 6", preserveAspectRatio: "none", role: "img" }, ...parts.map(([, part]) => part));
  return {
    element,
    update(totals) {
      const all = Object.values(totals).reduce((sum, number) => sum + number, 0);
      let at = 0;
      for (const [state, part] of parts) {
        const width = all ? (totals[state] / all) * 100 : 0;
        part.setAttribute("x", at + (at ? 0.6 : 0));
        part.setAttribute("width", Math.max(0, width - (at ? 0.6 : 0)));
        at += width;
      }
      mark(element, "aria-label", parts.map(([state]) => `${totals[state]} ${state}`).join(", "));
    },
  };
}

/** One figure with its name, a remark and the last minutes. */
export function tile(name, explanation) {
  const [figure, remark, spark] = [h("strong"), h("small"), sparkline(`${name}, the last minutes`, 34)];
  const element = h("section.tile", { title: explanation }, h("h3", name), h("div.figure", figure, remark), spark.element);
  return {
    element,
    update({ value, note = "", series, now, most, mood }) {
      write(figure, value);
      write(remark, note);
      mark(element, "data-mood", mood);
      spark.draw(series, now, { most });
    },
  };
}

/** A larger drawing of a series with its scale. `update(series, now, { most })`. */
export function chart(label, format) {
  const spark = sparkline(label, 90);
  const [high, began, end] = [h("span.high"), h("span"), h("span", "now")];
  const element = h("div.chart", high, spark.element, h("div.time", began, end));
  return {
    element,
    update(series, now, options) {
      spark.draw(series, now, options);
      write(high, format(spark.limit));
      write(began, `${text.span(Math.round(spark.span))} ago`);
    },
  };
}

export function button(label, act, attributes = {}) {
  const element = h("button.button", { type: "button", ...attributes }, label);
  element.addEventListener("click", act);
  return element;
}

/** Names and figures in two columns: `update([[name, value, explanation], …])`. */
export function facts() {
  const element = h("dl.facts");
  return {
    element,
    update(rows) {
      while (element.children.length > rows.length) element.lastChild.remove();
      rows.forEach(([name, value, explanation], index) => {
        if (!element.children[index]) element.append(h("div", h("dt"), h("dd")));
        const [term, figure] = element.children[index].children;
        write(term, name);
        write(figure, String(value));
        mark(element.children[index], "title", explanation);
      });
    },
  };
}

/** The line of a seat that is not well, or that was searched for: where, how, why. */
export function seatLine(model) {
  return (first) => {
    const badge = stateBadge();
    const [room, place, cause, figures] = [h("b"), h("span"), h("span.why"), h("span.num")];
    const element = h("a.seatline", { href: seatLink(first) }, badge.element, h("span.where", room, place), cause, figures);
    return {
      element,
      update(seat) {
        badge.update(seat);
        write(room, seat.room);
        write(place, seat.name ? `${seat.name} · ${seatTitle(seat)}` : seatTitle(seat));
        write(cause, seat.cause && seat.condition !== "live" ? seat.cause.word : "");
        mark(cause, "title", seat.cause?.sentence);
        write(figures, seat.condition === "live" ? text.duration(seat.rtt) : lasting(model, seat));
      },
    };
  };
}

/** How long it has been like this: as the relay knows it, else as far as this page has seen. */
export function lasting(model, seat) {
  if (seat.silent != null && seat.condition !== "away") return `silent ${seat.silent < 1e7 ? text.duration(seat.silent) : text.span(seat.silent / 1e6)}`;
  const seen = model.inState(seat);
  return seen >= 1 ? `for ${text.span(seen)}` : "just now";
}
