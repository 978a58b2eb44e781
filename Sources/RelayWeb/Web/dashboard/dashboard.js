// The operators' page: is it well, who is not, and why. It changes nothing but what an operator has confirmed in a dialog.
import { Acts } from "./acts.js";
import { bansView } from "./bans.js";
import { Dialog } from "./dialog.js";
import { h, mark, write } from "./dom.js";
import { Feed } from "./feed.js";
import { Model, normalize, verdict } from "./model.js";
import { Operator } from "./operator.js";
import { overview } from "./overview.js";
import { roomView } from "./room.js";
import * as text from "./text.js";

const SEARCH_EVERY = 3000; // ms between two looks through all seats while somebody searches
const SAID_FOR = 6000; // ms that a line about an act stays

const model = new Model();
const route = { room: null, seat: null, isBans: false };
const search = { text: "", rooms: [], seats: [], isAsking: false, problem: "", asked: 0, everything: null };
const [main, link, input, said, toBans] = ["main", "link", "search", "said", "tobans"].map((id) => document.getElementById(id));
const page = { main, link, input, said: said.firstChild, toBans };
const head = verdictView();
const lock = lockView();
let view = null;
let saying = 0;

document.getElementById("host").textContent = location.host;

const feed = new Feed({
  snapshot(figures) {
    model.take(figures);
    look();
    draw();
  },
  room(room) {
    model.takeRoom(room);
    draw();
  },
  state: draw,
});
const acts = new Acts(feed);
const dialog = new Dialog({ say, home: page.main });
const operator = new Operator(acts, dialog);

/** What has come of an act. */
function say(words) {
  clearTimeout(saying);
  page.said.textContent = words;
  saying = setTimeout(() => page.said.replaceChildren(), SAID_FOR);
}

/** Follows the address: `#/`, `#/bans`, `#/room/NAME`, `#/room/NAME/seat/3`. */
function go() {
  const [, name, seat] = /^#\/room\/([^/]+)(?:\/seat\/(\d+))?$/.exec(location.hash) ?? [];
  const room = name === undefined ? null : decoded(name);
  const isBans = location.hash === "#/bans";
  dialog.close();
  if (room !== route.room || isBans !== route.isBans) [view, model.room] = [null, null];
  Object.assign(route, { room, seat: seat === undefined ? null : Number(seat), isBans });
  mark(page.toBans, "aria-current", isBans && "page");
  if (!view) scrollTo(0, 0);
  feed.watch(room);
  draw();
}

const isHome = () => route.room === null && !route.isBans;

function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a lone % that somebody typed
  }
}

function draw() {
  head.update();
  if (feed.state.kind === "locked") {
    [view, model.figures] = [null, null];
    document.title = "Locked – TickRelay";
    if (lock.element.parentNode !== page.main) page.main.replaceChildren(head.element, lock.element);
    return lock.update();
  }
  if (lock.element.parentNode) page.main.replaceChildren(head.element, loading());
  if (!model.figures) {
    if (!page.main.firstChild) page.main.append(head.element, loading());
    return;
  }
  if (!view) {
    view = madeView();
    page.main.replaceChildren(head.element, view.element);
  }
  view.update();
  document.title = model.figures && feed.state.kind !== "lost" ? `${verdict(model).title.replace(/\.$/, "")} – TickRelay` : "Lost – TickRelay";
}

function madeView() {
  if (route.isBans) return bansView(model, acts, operator);
  return route.room === null ? overview(model, search) : roomView(model, route.room, route, operator);
}

/** What there will be, in outline. */
function loading() {
  const box = (name) => h(`div.${name}.outline`);
  return h("div.overview", { "aria-hidden": "true" }, h("div.tiles", ...Array.from({ length: 5 }, () => box("tile"))),
    h("div.columns", h("div.main", box("card")), h("div.side", box("card"), box("card"))));
}

/** Asks for the token where the relay wants one. */
function lockView() {
  const input = h("input", { type: "password", autocomplete: "off", spellcheck: "false", required: "", "aria-label": "Admin token" });
  const element = h("form.lock", {}, input, h("button", {}, "Unlock"));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) feed.unlock(input.value.trim());
    input.value = "";
  });
  return {
    element,
    update() {
      element.hidden = !feed.state.mayTry;
      if (!element.hidden && document.activeElement !== input) input.focus();
    },
  };
}

/** The first thing to see: one sentence, and what it rests on. */
function verdictView() {
  const [title, detail, facts] = [h("h1"), h("p"), h("p.summary")];
  const element = h("section.verdict", h("i", { "aria-hidden": "true" }), h("div", { role: "status" }, title, detail), facts);
  return {
    element,
    update() {
      const said = spoken();
      mark(element, "data-mood", said.mood);
      write(title, said.title);
      write(detail, said.detail);
      write(facts, model.figures ? summary(model.figures) : "");
      mark(document.body, "data-mood", said.mood);
      sayLink();
    },
  };
}

/** The verdict, or why there is none. */
function spoken() {
  const { kind, since, why } = feed.state;
  const ago = text.span((Date.now() - since) / 1000);
  if (kind === "lost") {
    const rest = model.figures ? `What you see is from ${text.clock(model.at)}.` : "";
    return { mood: "lost", title: `No connection to the relay for ${ago}.`, detail: `${why} Trying again by itself. ${rest}`.trim() };
  }
  if (kind === "locked") {
    const hint = feed.state.mayTry ? "It stands in the file that adminToken names, and stays in this tab." : "";
    return { mood: "watch", title: feed.state.mayTry ? "This relay wants its admin token." : "This relay does not answer here.", detail: `${feed.state.why} ${hint}`.trim() };
  }
  if (!model.figures) return { mood: "loading", title: "Asking the relay …", detail: "" };
  if (kind === "draining") return { mood: "watch", title: "The relay is shutting down.", detail: "It tells everybody to come back, then ends. This page waits for the next one." };
  return verdict(model);
}

function summary(figures) {
  const parts = [text.plural(figures.connections, "player"), text.plural(figures.roomCount, "room")];
  if (figures.uptime !== null) parts.push(`up ${text.span(figures.uptime)}`);
  return parts.join(" · ");
}

const LINKS = {
  connecting: ["connecting", ""], live: ["live", "Figures come each second."], locked: ["locked", ""], lost: ["lost", ""], draining: ["ending", ""],
  polling: ["every 2 s", "Live events are not to be had, or others have taken all of them: this page asks instead."],
};

function sayLink() {
  const { kind } = feed.state;
  mark(page.link, "data-kind", kind);
  mark(page.link, "title", LINKS[kind][1] || null);
  write(page.link.lastChild, LINKS[kind][0]);
}

/** Finds rooms in what is there, and seats by asking for all of them, not too often. */
function look() {
  search.text = page.input.value.trim();
  if (!search.text) return Object.assign(search, { everything: null, asked: 0, rooms: [], seats: [], problem: "" });
  match();
  if (search.isAsking || Date.now() - search.asked < SEARCH_EVERY) return;
  Object.assign(search, { isAsking: true, asked: Date.now() });
  feed.everything().then((raw) => {
    Object.assign(search, { everything: normalize(raw, Date.now()), problem: "" });
  }).catch(() => {
    search.problem = "The relay did not answer the search.";
  }).finally(() => {
    search.isAsking = false;
    match();
    if (model.figures) draw();
  });
}

function match() {
  const rooms = search.everything?.rooms ?? model.figures?.rooms ?? [];
  const wanted = search.text.toLowerCase();
  const holds = (words) => words.toLowerCase().includes(wanted);
  // "lobby 3" and "seat 3" name a seat; a bare word is looked for in players' names and ids.
  const [, place, number] = /^(.*?)\s*(?:#|seat\s*|\s)(\d+)$/.exec(wanted) ?? [];
  search.rooms = rooms.filter((room) => holds(room.name) || (place && room.name.toLowerCase().includes(place)));
  search.seats = rooms.flatMap((room) => room.seats.filter((seat) => {
    if ((seat.name && holds(seat.name)) || (seat.player && holds(seat.player))) return true;
    return number !== undefined && seat.seat === Number(number) && room.name.toLowerCase().includes(place);
  }));
}

page.input.addEventListener("input", () => {
  if (!isHome() && page.input.value.trim()) location.hash = "#/";
  look();
  if (model.figures) draw();
});
addEventListener("keydown", (event) => {
  if (dialog.isOpen) return; // its own keys
  if (event.key === "/" && document.activeElement !== page.input && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    page.input.focus();
  }
  if (event.key === "Escape") {
    if (document.activeElement === page.input && page.input.value) {
      page.input.value = "";
      look();
      draw();
    } else if (!isHome()) location.hash = "#/";
  }
});
addEventListener("hashchange", go);
// The time since the connection was lost goes on without snapshots.
setInterval(() => feed.state.kind === "lost" && head.update(), 1000);
go();
