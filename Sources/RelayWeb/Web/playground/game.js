// What is played in a room: the own ship moves at once, the others as the SDK interpolates them; stars belong to whoever is first.
import {
  EMOTES, CHAT_LENGTH, HEIGHT, NAME_LENGTH, STARS, WIDTH, cleanCount, cleanRound, cleanText, fromSteps, starAt, startAt, steer, toSteps, touches,
} from "./world.js";

const BUBBLE_STAYS = 3200; // milliseconds
const RETRY_STAR = 1000; // milliseconds until a star that one did not get may be tried again
const RESTING = 0.05; // seconds: the longest step of movement at once

export class Game {
  room;
  #arena;
  #input;
  #isWatching;
  #causes;
  #onChat;
  #ship; // the own one: {x, y, vx, vy}
  #name;
  #score;
  #wroteAt = 0;
  #bubbles = new Map(); // by seat
  #rounds = []; // of each star, as seen last
  #triedAt = Array(STARS).fill(-Infinity);
  #asking = new Set(); // stars whose compare-and-set is under way

  constructor(room, { arena, input, place, name, causes, onChat }) {
    [this.room, this.#arena, this.#input, this.#name, this.#causes, this.#onChat] = [room, arena, input, name, causes, onChat];
    this.#isWatching = place.isWatching;
    room.on("event", (event) => this.#happened(event));
    room.on("connected", ({ isNewSeat }) => { if (isNewSeat) this.#writeAll(); });
    room.on("leave", ({ seat }) => this.#bubbles.delete(seat));
    if (!this.#isWatching) this.#takeSeat();
  }

  nameOf(player) {
    return cleanText(player.get("name"), NAME_LENGTH) || `Player ${player.seat}`;
  }

  rename(name) {
    this.#name = name;
    if (!this.#isWatching) this.room.me.set({ name });
  }

  emote(index) {
    if (!this.#isWatching) this.room.send("emote", index);
  }

  chat(text) {
    if (!this.#isWatching) this.room.send("chat", text);
  }

  /// Moves on by some seconds. Returns what is to be drawn.
  step(now, seconds) {
    const tick = this.room.render(now);
    if (!this.#isWatching) this.#fly(now, seconds);
    const stars = this.#readStars(now);
    const ships = [];
    for (const player of this.room.players) {
      const place = player.isMe ? this.#ship : { x: fromSteps(player.render("x"), WIDTH), y: fromSteps(player.render("y"), HEIGHT) };
      if (place.x === null || place.y === null) continue; // it has not written yet
      ships.push({ ...this.#describe(player, now), x: place.x, y: place.y });
    }
    ships.sort((a, b) => a.isMe - b.isMe);
    return { tick, ships, stars, stick: this.#input.stick, follow: this.#isWatching ? null : this.#ship };
  }

  /// The players as a list, the best first.
  rows() {
    const rows = this.room.players.map((player) => ({ ...this.#describe(player, 0), score: cleanCount(player.get("stars")), color: this.#arena.color(player.seat) }));
    return rows.sort((a, b) => b.score - a.score || a.seat - b.seat);
  }

  #describe(player, now) {
    const { seat, state, cause, rtt, isMe } = player, bubble = this.#bubbles.get(seat);
    const isLost = isMe && this.room.quality.state !== "connected";
    return {
      key: `${seat}/${player.joinedTick}`, seat, joinedTick: player.joinedTick, isMe, name: this.nameOf(player) + (isMe ? " (you)" : ""),
      state: isLost ? "stalled" : state, status: this.#status(isLost, state, cause, rtt), bubble: bubble?.until > now ? bubble : null,
    };
  }

  #status(isLost, state, cause, rtt) {
    if (isLost) return "no answer";
    if (state === "live") return rtt === null ? "…" : `${Math.round(rtt)} ms`;
    return cause === "unknown" ? state : `${state}: ${this.#causes[cause] ?? cause}`;
  }

  // --- the own ship ---------------------------------------------------------------------------------------------------

  /// A seat taken back has its ship; a new one begins in its place.
  #takeSeat() {
    const { me } = this.room, x = fromSteps(me.get("x"), WIDTH), y = fromSteps(me.get("y"), HEIGHT);
    this.#ship = startAt(me.seat);
    if (x !== null && y !== null) Object.assign(this.#ship, { x, y });
    this.#score = cleanCount(me.get("stars"));
    this.#writeAll();
  }

  #writeAll() {
    if (this.#isWatching) return;
    const { x, y } = this.#ship;
    this.room.me.set({ name: this.#name, x: toSteps(x), y: toSteps(y), stars: this.#score });
  }

  #fly(now, seconds) {
    const wish = this.#input.wish(this.#arena.onCanvas(this.#ship));
    for (let left = seconds; left > 0; left -= RESTING) steer(this.#ship, wish, Math.min(left, RESTING));
    if (now - this.#wroteAt < 1000 / this.room.rate - 4) return;
    const { me } = this.room, x = toSteps(this.#ship.x), y = toSteps(this.#ship.y);
    if (me.get("x") === x && me.get("y") === y) return;
    this.#wroteAt = now;
    me.set({ x, y });
  }

  // --- stars ----------------------------------------------------------------------------------------------------------

  /// How often each star was taken is the room's; where it lies then, everybody computes.
  #readStars(now) {
    const stars = [];
    for (let index = 0; index < STARS; index++) {
      const raw = this.room.state.get(`star${index}`) ?? null, round = cleanRound(raw);
      if (this.#rounds[index] !== undefined && this.#rounds[index] !== round) this.#arena.burst(starAt(index, this.#rounds[index]));
      this.#rounds[index] = round;
      const star = { ...starAt(index, round), index, isTaken: this.#asking.has(index) };
      stars.push(star);
      if (!this.#isWatching && touches(this.#ship, star)) this.#take(index, raw, round, now);
    }
    return stars;
  }

  /// By compare-and-set: of two who touch a star at once, the first at the relay has it.
  async #take(index, raw, round, now) {
    if (this.#asking.has(index) || now - this.#triedAt[index] < RETRY_STAR) return;
    this.#asking.add(index);
    try {
      if (await this.room.state.compareAndSet(`star${index}`, raw, round + 1)) {
        this.room.me.set({ stars: ++this.#score });
        this.room.send("star", index);
      } else {
        this.#triedAt[index] = performance.now();
      }
    } catch {
      this.#triedAt[index] = performance.now(); // the answer got lost with the connection: nobody knows, nothing is counted
    } finally {
      this.#asking.delete(index);
    }
  }

  // --- events ---------------------------------------------------------------------------------------------------------

  #happened({ name, value, sender }) {
    if (!sender) return;
    if (name === "chat") this.#showChat(sender, cleanText(value, CHAT_LENGTH));
    else if (name === "emote" && Object.hasOwn(EMOTES, value)) this.#showBubble(sender.seat, EMOTES[value], true);
    else if (name === "star") this.#showBubble(sender.seat, "+1 ★", false);
  }

  #showChat(sender, text) {
    if (!text) return;
    this.#showBubble(sender.seat, text.length > 32 ? `${[...text].slice(0, 30).join("")}…` : text, false);
    this.#onChat(this.nameOf(sender), this.#arena.color(sender.seat), text);
  }

  #showBubble(seat, text, isEmote) {
    const since = performance.now();
    this.#bubbles.set(seat, { text, isEmote, since, until: since + BUBBLE_STAYS });
  }
}
