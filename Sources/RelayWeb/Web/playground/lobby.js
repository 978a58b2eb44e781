// The rooms that are open, as they come and go, and the ways into one.
import { lobby } from "/sdk/v1/lobby.js";
import { byId, make, setText } from "./hud.js";
import { newRoom, readRoom, relayURL } from "./place.js";
import { cleanText } from "./world.js";

/// On the card of every room that this page makes: rooms of other games are none of ours.
export const GAME = { game: "stars" };
const TITLE_LENGTH = 24; // characters
const MOST_ROOMS = 100; // in the list

const isFull = ({ players, held, seats }) => players + held >= seats;

export class LobbyView {
  #dialog = byId("lobby");
  #enter;
  #unwatch = null;

  /// `enter(place)` is called with where somebody wants to go.
  constructor(enter) {
    this.#enter = enter;
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#dialog.addEventListener("click", ({ target }) => { if (target === this.#dialog) this.#dialog.close(); });
    byId("lobby-close").addEventListener("click", () => this.#dialog.close());
    byId("quick").addEventListener("click", () => this.#go({ ...newRoom({ card: { seats: 8 } }), isQuick: true }));
    byId("by-code").addEventListener("submit", (event) => this.#byCode(event));
    byId("make").addEventListener("submit", (event) => this.#make(event));
    byId("make-seats").addEventListener("input", ({ target }) => setText(byId("make-seats-value"), target.value));
  }

  open() {
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    setText(byId("lobby-state"), "Looking …");
    setText(byId("code-note"), "");
    byId("rooms-none").hidden = true;
    const onState = (isLive) => this.#said(isLive);
    this.#unwatch = lobby(relayURL()).watch({ where: GAME, limit: MOST_ROOMS, onState }, (rooms) => this.#show(rooms));
  }

  #closed() {
    this.#unwatch?.();
    this.#unwatch = null;
  }

  #go(place) {
    this.#dialog.close();
    this.#enter(place);
  }

  async #byCode(event) {
    event.preventDefault();
    const room = readRoom(byId("code").value);
    if (!room) return setText(byId("code-note"), "A code has six letters and digits, such as KQ7XWD.");
    // Asked first: who goes to a room that is not there has left its own.
    const entry = await lobby(relayURL()).room(room).catch(() => undefined);
    if (entry === null) return setText(byId("code-note"), "There is no such room now.");
    byId("code").value = "";
    this.#go({ room, isWatching: false, isExisting: true });
  }

  #make(event) {
    event.preventDefault();
    const title = cleanText(byId("make-title").value, TITLE_LENGTH), password = byId("make-password").value;
    byId("make-password").value = "";
    this.#go(newRoom({ card: { ...GAME, ...(title && { title }), listed: byId("make-listed").checked, seats: byId("make-seats").valueAsNumber }, password }));
  }

  // --- the list ---------------------------------------------------------------------------------------------------------

  #said(isLive) {
    this.#dialog.dataset.live = isLive;
    setText(byId("lobby-state"), isLive ? "Live" : "Looking for the relay …");
  }

  /// The fullest come first, as a quick join takes them.
  #show(rooms) {
    const taken = ({ players, held }) => players + held;
    const sorted = rooms.toSorted((a, b) => taken(b) - taken(a) || (a.room < b.room ? -1 : 1)).slice(0, MOST_ROOMS);
    const list = byId("rooms"), before = new Map([...list.children].map((item) => [item.dataset.room, item]));
    setText(byId("rooms-count"), rooms.length);
    byId("rooms-none").hidden = rooms.length > 0;
    setText(byId("rooms-none"), "No room of this game is open. Make one, and it stands here for everybody.");
    for (const [place, entry] of sorted.entries()) {
      const item = before.get(entry.room) ?? this.#newItem(entry.room);
      before.delete(entry.room);
      fill(item, entry);
      if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
    }
    for (const item of before.values()) item.remove();
  }

  #newItem(room) {
    const item = make("li", ""), name = make("div", "name"), doors = make("div", "doors");
    const [play, watch] = [make("button", "", "Join"), make("button", "quiet", "Watch")];
    item.dataset.room = room;
    name.append(make("b", "title"), make("span", "code", room), make("span", "signs"));
    play.type = watch.type = "button";
    play.addEventListener("click", () => this.#go({ room, isWatching: false, isExisting: true }));
    watch.addEventListener("click", () => this.#go({ room, isWatching: true, isExisting: true }));
    doors.append(watch, play);
    item.append(name, make("span", "seats"), doors);
    return item;
  }
}

/// What others wrote on a card is text: one line of it, and bounded.
function fill(item, entry) {
  const [name, seats, doors] = item.children, [title, , signs] = name.children, [watch, play] = doors.children;
  const text = cleanText(entry.properties?.title, TITLE_LENGTH);
  setText(title, text || entry.room);
  item.classList.toggle("untitled", !text);
  setText(signs, signOf(entry));
  setText(seats, `${entry.players} of ${entry.seats}`);
  seats.classList.toggle("full", isFull(entry));
  play.disabled = entry.locked || isFull(entry);
  watch.disabled = entry.locked || entry.spectators >= entry.spectatorSeats;
  setText(play, entry.locked ? "Locked" : isFull(entry) ? "Full" : "Join");
}

/// What stands in somebody's way in.
export const signOf = ({ locked, password }) => (locked ? "locked" : password ? "password" : "");
