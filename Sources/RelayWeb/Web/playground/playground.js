// The playground: one room, one ship, and a connection that can be broken.
import { create, join, quickJoin } from "/sdk/v1/lobby.js";
import { About } from "./about.js";
import { Arena } from "./arena.js";
import { FrameChart } from "./chart.js";
import { Faults } from "./faults.js";
import { Game } from "./game.js";
import { byId, copyText, flash, say, setText, showNotice, showPlayers, showQuality } from "./hud.js";
import { Input } from "./input.js";
import { GAME, LobbyView } from "./lobby.js";
import { linkTo, newRoom, readPlace, relayURL, writePlace } from "./place.js";
import { CHAT_LENGTH, EMOTES, HEIGHT, NAME_LENGTH, WIDTH, cleanText } from "./world.js";

const READINGS_EVERY = 250; // milliseconds
const NAME_KEY = "tickrelay.playground.name";
const LEVELS = { connected: "good", connecting: "wait", reconnecting: "bad", "not responding": "bad", ended: "bad" };
const CAUSES = {
  unknown: "unknown", lateTick: "the relay was late", relayBacklog: "a queue in the relay", hidden: "hidden tab", network: "network",
  clientFrozen: "page frozen", replaced: "taken over elsewhere", broken: "connection broke",
};

const faults = new Faults(), chart = new FrameChart(byId("chart")), arena = new Arena(byId("arena"));
const input = new Input(byId("arena"), pressed);
const lobby = new LobbyView((next) => enter(next)), about = new About(copyLink);
const wide = matchMedia("(min-width: 861px)");
const EMPTY = { ships: [], stars: [], stick: null, follow: { x: WIDTH / 2, y: HEIGHT / 2 } };
let place = readPlace();
let scene = EMPTY; // as drawn last
let game = null; // while in a room
let attempt = 0; // an older one that ends late changes nothing
let readAt = 0, drawnAt = 0;
const gap = { isOpen: false, longest: 0, length: 0, at: 0 }; // milliseconds: while it is open, and of the last one
let isLocked = false, isAway = false, comebacks = 0;

// --- joining ------------------------------------------------------------------------------------------------------------

async function enter(next) {
  const mine = ++attempt, left = game;
  game = null;
  place = next;
  writePlace(place);
  showRoomName();
  about.leave();
  showNotice({ kind: "center", busy: true, title: "Joining", text: place.room ? `Room ${place.room}` : place.isQuick ? "Looking for a room" : "A room of your own" });
  showQuality("Connecting", "wait");
  await left?.room.leave();
  try {
    const room = await seat(place);
    if (mine !== attempt) return room.leave();
    settle(room);
    game = new Game(room, { arena, input, place, name: ownName(), causes: CAUSES, onChat: (from, color, text) => say(text, { from, color }) });
    watch(room);
  } catch (error) {
    if (mine === attempt) refused(error);
  }
}

/// By its name, by whatever is open, or a new one.
function seat({ room, isWatching, invitation, password, isQuick, isExisting, made }) {
  const options = { role: isWatching ? "spectator" : "player", webSocket: faults.WebSocket };
  if (isQuick) return quickJoin(relayURL(), { ...options, where: GAME, card: made.card });
  if (!room) return create(relayURL(), { ...options, card: made?.card ?? GAME, password: made?.password });
  return join(relayURL(), { ...options, room, invitation, password, existing: isExisting });
}

/// From here on the room is known by its name. An invitation is good for once, and a password is nobody else's.
function settle(room) {
  place = { room: room.name, isWatching: place.isWatching, password: place.password ?? place.made?.password };
  writePlace(place);
  showRoomName();
  about.enter(room);
}

function refused({ code, message, retryAfter }) {
  const others = ["See other rooms", () => lobby.open()];
  const cards = {
    roomFull: { title: "This room is full", action: others },
    roomGone: { title: "There is no such room", text: `Nobody is in ${place.room}. Is the code right?`, action: others },
    roomLocked: { title: "This room is locked", text: place.invitation ? "The invitation is not good any more: ask for another." : "Its host lets people in by invitation.", action: others },
    kicked: { title: "You are kept out of this room", action: others },
    wrongPassword: { title: place.password ? "That was another word" : "This room has a password", text: "Its host knows it.", ask: (password) => enter({ ...place, password }) },
    relayFull: { title: "The relay is full" },
    unreachable: { title: "The relay does not answer" },
  };
  const wait = retryAfter ? ` It asks to wait for ${Math.ceil(retryAfter / 1000)} s.` : "";
  showQuality("Not connected", "bad");
  showNotice({ kind: "center", title: "You cannot join", text: message + wait, ...(code !== "wrongPassword" && { action: ["Try again", () => enter(place)] }), ...cards[code] });
}

function watch(room) {
  const name = (player) => game?.nameOf(player) ?? "";
  const news = (what) => (player) => { if (game?.room === room && !player.isMe) say(`${name(player)} ${what(player)}`); };
  const why = ({ cause }) => (cause === "unknown" ? "" : `: ${CAUSES[cause]}`);
  room.on("join", news(() => "joined"));
  room.on("leave", news(() => "left"));
  room.on("stalled", news((player) => `does not answer${why(player)}`));
  room.on("away", news((player) => `lost the connection${why(player)}`));
  room.on("live", news(() => "is back"));
  room.on("gap", () => say("Some messages were lost while you were away."));
  room.on("tick", () => frameCame());
  room.on("host", (player) => { if (game?.room === room && player) say(player.isMe ? "You are the host now." : `${name(player)} is the host now`); });
  room.on("card", ({ locked }) => { if (game?.room === room && locked !== isLocked) say((isLocked = locked) ? "The room is locked: by invitation alone." : "The room is open again."); });
  isLocked = room.card.locked;
  room.on("quality", (quality) => qualityChanged(room, quality));
  room.on("connected", (how) => connected(how));
  room.on("end", (end) => ended(room, end));
  qualityChanged(room, room.quality);
}

function connected({ isNewSeat }) {
  if (!isAway) return;
  isAway = false;
  comebacks += 1;
  say(isNewSeat ? "You are back, in a new seat." : "You are back in your seat.");
}

function ended(room, { code, message, canJoinAgain }) {
  if (game?.room !== room) return;
  game = null;
  attempt++;
  about.leave();
  showQuality("Not connected", "bad");
  const title = code === "kicked" ? "You were removed" : "Your stay is over";
  showNotice({ kind: "center", title, text: message, action: canJoinAgain ? ["Join again", () => enter(place)] : ["See other rooms", () => lobby.open()] });
}

// --- the connection -----------------------------------------------------------------------------------------------------

function qualityChanged(room, quality) {
  if (game?.room !== room) return;
  showQuality(quality.text, LEVELS[quality.state]);
  if (quality.state !== "connected") gap.isOpen = true;
  if (quality.state === "reconnecting") isAway = true;
}

/// A gap is the longest time without frames while the connection was not sound.
function frameCame() {
  const now = performance.now(), interval = chart.frameCame(now);
  if (!gap.isOpen) return;
  gap.longest = Math.max(gap.longest, interval);
  if (game?.room.quality.state === "connected") Object.assign(gap, { isOpen: false, longest: 0, length: gap.longest, at: now });
}

function showReadings(now) {
  const { room } = game, { quality, me } = room, frames = chart.rate(now), silence = quality.sinceLastFrame;
  const isSound = quality.state === "connected";
  setText(byId("own-seat"), place.isWatching ? "none, you watch" : me.seat);
  setText(byId("own-state"), isSound ? (place.isWatching ? "watching" : me.state) : quality.state);
  byId("own-state").dataset.level = LEVELS[quality.state];
  setText(byId("own-rtt"), quality.rtt === null ? "not known yet" : `${Math.round(quality.rtt)} ms`);
  setText(byId("own-jitter"), `${Math.round(quality.jitter)} ms`);
  setText(byId("own-frames"), isSound ? `${frames}${frames <= 2 ? ", nothing moves" : ""}` : `0, silent for ${(silence / 1000).toFixed(1)} s`);
  setText(byId("own-delay"), `${Math.round(room.interpolationDelay)} ms`);
  setText(byId("own-cause"), gap.length ? (CAUSES[quality.lastEnd] ?? quality.lastEnd) : "–");
  setText(byId("own-gap"), gap.length ? `${(gap.length / 1000).toFixed(1)} s, ${Math.round((now - gap.at) / 1000)} s ago` : "none");
  setText(byId("own-rejoins"), comebacks === 0 ? "never left" : comebacks === 1 ? "once" : `${comebacks} times`);
  chart.draw(now);
}

function showStateOfRoom() {
  const { room } = game, { quality, players } = room, link = linkTo({ room: place.room });
  const copy = ["Copy link", () => copyLink(byId("notice-action"))];
  if (quality.state === "reconnecting" || quality.state === "not responding") {
    const wait = quality.retryIn ? ` Next try in ${Math.ceil(quality.retryIn / 1000)} s.` : "";
    showNotice({ kind: "float", busy: true, title: quality.text, text: place.isWatching ? `Looking for the relay.${wait}` : `Your seat is kept for you.${wait}` });
  } else if (place.isWatching && players.length === 0) {
    showNotice({ kind: "float", title: "Nobody plays here yet", text: "Open this link in a second window and fly a ship there.", action: copy, link });
  } else if (!place.isWatching && players.length === 1) {
    showNotice({ kind: "float", title: "You are alone here", text: "Open this link in a second window, or send it to somebody.", action: copy, link });
  } else {
    showNotice(null);
  }
}

// --- the page -----------------------------------------------------------------------------------------------------------

function showRoomName() {
  setText(byId("room-code"), place.room || "…");
  byId("room-open").disabled = byId("copy").disabled = !place.room;
  byId("spectate").setAttribute("aria-pressed", place.isWatching);
  setText(byId("spectate"), place.isWatching ? "Play" : "Watch");
  document.body.classList.toggle("watching", place.isWatching);
}

async function copyLink(button) {
  flash(button, (await copyText(linkTo({ room: place.room }))) ? "Copied" : "Copy it from the address bar");
}

const ownName = () => cleanText(byId("name").value, NAME_LENGTH);

function nameChanged() {
  sessionStorage.setItem(NAME_KEY, ownName());
  game?.rename(ownName());
}

/// Keys beside those for flying. Returns whether it used this one.
function pressed(code) {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  if (digit && digit <= EMOTES.length) game?.emote(digit - 1);
  else if (code === "Enter") byId("chat-text").focus();
  else return false;
  return true;
}

function chatSent(event) {
  event.preventDefault();
  const field = byId("chat-text"), text = cleanText(field.value, CHAT_LENGTH);
  if (text) game?.chat(text);
  field.value = "";
  if (matchMedia("(pointer: fine)").matches) byId("arena").focus();
}

function faultsChanged() {
  [faults.delay, faults.jitter] = [byId("delay").valueAsNumber, byId("jitter").valueAsNumber];
  setText(byId("delay-value"), `${faults.delay} ms`);
  setText(byId("jitter-value"), `${faults.jitter} ms`);
}

/// A switch that breaks all, and what it says while it does.
function faultSwitch(id, fault, text) {
  byId(id).addEventListener("click", () => {
    faults[fault] = !faults[fault];
    byId(id).setAttribute("aria-pressed", faults[fault]);
    setText(byId("fault-note"), faults[fault] ? text : "");
  });
}

function makePage() {
  byId("name").value = sessionStorage.getItem(NAME_KEY) ?? "";
  byId("name").addEventListener("change", nameChanged);
  byId("chat").addEventListener("submit", chatSent);
  byId("chat-text").addEventListener("keydown", (event) => { if (event.key === "Escape") byId("arena").focus(); });
  byId("copy").addEventListener("click", () => copyLink(byId("copy")));
  byId("lobby-open").addEventListener("click", () => lobby.open());
  byId("room-open").addEventListener("click", () => about.open());
  byId("spectate").addEventListener("click", () => enter({ ...place, isWatching: !place.isWatching }));
  byId("panel-toggle").addEventListener("click", () => showPanel(!document.body.classList.contains("panel-open")));
  wide.addEventListener("change", () => showPanel(wide.matches));
  showPanel(wide.matches);
  for (const id of ["delay", "jitter"]) byId(id).addEventListener("input", faultsChanged);
  faultSwitch("freeze", "frozen", "Frozen. In some seconds the others see you stalled; after some more the relay gives this connection up, and keeps your seat.");
  faultSwitch("cut", "cut", "Cut. The others see you away; your seat is kept for a while.");
  EMOTES.forEach((emote, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = emote;
    button.setAttribute("aria-label", `Emote ${index + 1}: ${emote}`);
    button.addEventListener("click", () => game?.emote(index));
    byId("emotes").append(button);
  });
  addEventListener("hashchange", () => enter(readPlace()));
  faultsChanged();
}

/// The panel is open where there is room for it, until somebody decides otherwise.
function showPanel(isOpen) {
  document.body.classList.toggle("panel-open", isOpen);
  byId("panel-toggle").setAttribute("aria-expanded", isOpen);
}

function draw(now) {
  requestAnimationFrame(draw);
  const seconds = Math.min(0.1, (now - drawnAt) / 1000);
  drawnAt = now;
  scene = game?.step(now, seconds) ?? EMPTY;
  arena.draw(scene, now, seconds);
  if (!game || now - readAt < READINGS_EVERY) return;
  readAt = now;
  showPlayers(game.rows());
  showReadings(now);
  showStateOfRoom();
  about.show(game);
}

makePage();
enter(place);
requestAnimationFrame(draw);

/// For the browser's console, and for tests: what is there, to look at.
globalThis.playground = { get game() { return game; }, get scene() { return scene; }, faults, arena, lobby };
