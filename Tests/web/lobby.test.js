// The lobby in the SDK against the real relay: rooms that are made and found, and what their hosts do. The public names alone, so that what is served can be tried as well.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { breakableSockets, lobbySDK, pause, startRelay, until, WebSocket } from "./harness.js";

const { create, join, lobby, normaliseCode, quickJoin } = lobbySDK;
const options = { webSocket: WebSocket, storage: null };
const CODE = /^[3479BCDFGHJKMNPQRTVWXY]{6}$/;
let relay;
before(async () => (relay = await startRelay()));
after(() => relay.stop());

const enter = (room, more) => join(relay.url, room.name, { ...options, existing: true, ...more });
const leave = (...rooms) => Promise.all(rooms.map((room) => room.leave()));

test("a room that is made has a code and its card, and who has the code is in", async () => {
  const host = await create(relay.url, { ...options, card: { listed: true, seats: 4, map: "dust", speed: 1.5, ranked: false } });
  assert.match(host.name, CODE);
  assert.equal(host.me.isHost, true);
  assert.deepEqual(host.card, { listed: true, locked: false, password: false, seats: 4, spectators: null, properties: { map: "dust", speed: 1.5, ranked: false } });
  const guest = await join(relay.url, normaliseCode(` ${host.name.toLowerCase().slice(0, 3)}-${host.name.toLowerCase().slice(3)}`), { ...options, existing: true });
  assert.equal(guest.name, host.name);
  assert.deepEqual(guest.card, host.card);
  await assert.rejects(create(relay.url, { ...options, room: host.name }), { code: "nameTaken", closeCode: 4017 });
  await assert.rejects(join(relay.url, "nobody-is-here", { ...options, existing: true }), { code: "roomGone", closeCode: 4015 });
  await assert.rejects(create(relay.url, { ...options, card: { seats: 0 } }), { code: "malformed", closeCode: 4000 });
  await leave(host, guest);
});

test("a room of a name that one chose, and one without a card", async () => {
  const room = await create(relay.url, { ...options, room: "of-my-own" });
  assert.equal(room.name, "of-my-own");
  assert.deepEqual(room.card, { listed: false, locked: false, password: false, seats: null, spectators: null, properties: {} });
  assert.deepEqual(await room.setCard({ listed: true, map: "ice" }), [], "its host writes one");
  await until("the card", () => room.card.listed && room.card.properties.map === "ice");
  await leave(room);
});

test("a connection that breaks is taken back by the name that the relay gave", async () => {
  const sockets = breakableSockets();
  const room = await create(relay.url, { ...options, webSocket: sockets, password: "secret" });
  await room.setCard({ locked: true });
  await until("both are in force", () => room.card.locked && room.card.password);
  const { seat } = room.me;
  let isBack = false;
  room.on("connected", () => (isBack = true));
  sockets.breakAll();
  await until("it is back, past lock and password", () => isBack);
  assert.deepEqual([room.me.seat, room.card.locked, room.card.password], [seat, true, true]);
  await leave(room);
});

test("quick join: the fullest that fits, or a new one", async () => {
  const find = (where) => quickJoin(relay.url, { ...options, where, card: { seats: 2 } });
  const first = await find({ map: "quick" });
  assert.match(first.name, CODE);
  assert.deepEqual([first.card.listed, first.card.seats, first.card.properties], [true, 2, { map: "quick" }]);
  let second;
  // What is listed is true to within a second.
  for (let attempt = 0; attempt < 20 && second?.name !== first.name; attempt++) {
    await second?.leave();
    await pause(200);
    second = await find({ map: "quick" });
  }
  assert.equal(second.name, first.name);
  const third = await find({ map: "quick" });
  assert.notEqual(third.name, first.name, "it is full");
  const other = await find({ map: "another" });
  assert.ok(![first.name, third.name].includes(other.name));
  await leave(first, second, third, other);
});

test("the card: its host writes it, everybody is told, and who is not the host is refused", async () => {
  const host = await create(relay.url, { ...options, card: { map: "dust" } });
  const guest = await enter(host);
  const cards = [];
  guest.on("card", (card) => cards.push([card.locked, card.properties.map]));
  assert.deepEqual(await host.setCard({ locked: true, map: "ice" }), []);
  await until("the guest is told", () => cards.some(([locked, map]) => locked && map === "ice"));
  const codes = [];
  for (const room of [host, guest]) room.on("rejected", ({ code }) => codes.push(code));
  assert.deepEqual(await guest.setCard({ locked: false }), ["locked"]);
  assert.deepEqual(await host.setCard({ password: true, seats: "many", spectators: 1024 }), ["password", "seats", "spectators"]);
  assert.deepEqual(codes, ["notOwner", "notOwner", "wrongType", "outOfRange"]);
  assert.deepEqual(await host.setCard({ locked: null }), []);
  await until("it is open", () => !guest.card.locked);
  await leave(host, guest);
});

test("a lock keeps newcomers out, and an invitation lets one of them in, once", async () => {
  const host = await create(relay.url, { ...options, card: { seats: 2 } });
  assert.deepEqual(await host.setCard({ locked: true }), []);
  await assert.rejects(enter(host), { code: "roomLocked", closeCode: 4037 });
  const invitation = await host.invite({ held: "player" });
  await assert.rejects(enter(host, { invitation: `${invitation}x` }), { code: "roomLocked" });
  await assert.rejects(host.invite({ held: "player" }), { code: "noMoreRoom" }, "the only seat is held");
  const guest = await enter(host, { invitation });
  await assert.rejects(enter(host, { invitation }), { code: "roomLocked" });
  const withdrawn = await host.invite({ seconds: 60 });
  await host.invite({ invitation: withdrawn, seconds: 0 });
  await assert.rejects(enter(host, { invitation: withdrawn }), { code: "roomLocked" });
  await leave(host, guest);
});

test("a password: of a room that is made, another one, and none", async () => {
  const host = await create(relay.url, { ...options, password: "first" });
  await until("it is in force", () => host.card.password);
  for (const password of [undefined, "other"]) await assert.rejects(enter(host, { password }), { code: "wrongPassword", closeCode: 4036 });
  const guest = await enter(host, { password: "first" });
  await assert.rejects(guest.setPassword("mine"), { code: "notOwner" });
  await host.setPassword("second");
  await until("it is in force", () => host.card.password);
  const other = await enter(host, { password: "second" });
  await host.setPassword(null);
  await until("it is gone", () => !host.card.password);
  const third = await enter(host);
  await leave(host, guest, other, third);
});

test("kick, ban and hand over", async () => {
  const host = await create(relay.url, options);
  const [ada, bob] = [await enter(host), await enter(host)];
  await until("both are seen", () => host.players.length === 3);
  const ends = [];
  ada.on("end", (end) => ends.push(end));
  await assert.rejects(bob.kick(ada.me.seat), { code: "notOwner" });
  await assert.rejects(host.kick(host.me), { code: "noReceiver" });
  const occupant = host.player(ada.me.seat);
  await host.kick(occupant);
  await until("she is told", () => ends.length === 1);
  assert.deepEqual([ends[0].code, ends[0].closeCode, ends[0].canJoinAgain], ["kicked", 4022, false]);
  await assert.rejects(host.kick(occupant), { code: "noReceiver" });
  await assert.rejects(host.ban(bob.me.seat), { code: "cannotBeBanned" }, "all have this machine's address");
  const hosts = [];
  host.on("host", (player) => hosts.push(player.seat));
  await host.handOver(host.player(bob.me.seat));
  await until("both know", () => bob.me.isHost && !host.me.isHost);
  assert.deepEqual(hosts, [bob.me.seat]);
  await assert.rejects(host.setPassword("x"), { code: "notOwner" });
  await bob.kick(host.me.seat);
  await until("it is over", () => host.quality.state === "ended");
  await leave(bob);
});

// Over HTTP.

/** What browsers have and Node 20 does not: enough of it for a stream of events. */
class Events extends EventTarget {
  readyState = 0;
  #controller = new AbortController();
  constructor(url) {
    super();
    this.#read(url).catch(() => {});
  }
  async #read(url) {
    const answer = await fetch(url, { headers: { Accept: "text/event-stream" }, signal: this.#controller.signal });
    assert.match(answer.headers.get("content-type"), /^text\/event-stream/);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    let text = "";
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) this.#take(text.slice(0, end).split("\n"));
    }
  }
  #take(lines) {
    const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    if (field("event")) this.dispatchEvent(Object.assign(new Event(field("event")), { data: field("data") }));
  }
  close() {
    this.readyState = 2;
    this.#controller.abort();
  }
}

test("the list shows what is listed, and one room whether it is or not", async () => {
  const hidden = await create(relay.url, { ...options, card: { map: "listing" } });
  const host = await create(relay.url, { ...options, password: "x", card: { listed: true, seats: 3, map: "listing", rank: 3 } });
  const list = (where) => lobby(relay.url).list({ where: { map: "listing", ...where } });
  let rooms = [];
  for (const end = Date.now() + 20_000; !rooms[0]?.password && Date.now() < end; await pause(100)) rooms = await list();
  const { spectatorSeats, ...entry } = rooms[0];
  assert.deepEqual(entry, { room: host.name, type: "default", players: 1, seats: 3, spectators: 0, held: 0, locked: false, password: true, properties: { map: "listing", rank: 3 } });
  assert.ok(spectatorSeats >= 1);
  assert.equal(rooms.length, 1);
  assert.deepEqual((await list({ rank: 3 })).map(({ room }) => room), [host.name]);
  assert.deepEqual(await list({ rank: 4 }), []);
  assert.deepEqual(await lobby(relay.url).list({ type: "no such type" }), []);
  assert.equal((await lobby(relay.url).room(hidden.name)).room, hidden.name);
  assert.equal(await lobby(relay.url).room("nobody-is-here"), null);
  await assert.rejects(lobby(relay.url).list({ limit: 0 }), { code: "refused", message: /400/ });
  await leave(hidden, host);
});

test("a list that is watched: a room comes, changes and goes", async () => {
  const seen = [];
  const states = [];
  const watch = { where: { map: "watched" }, eventSource: Events, onState: (isLive) => states.push(isLive) };
  const stop = lobby(relay.url).watch(watch, (rooms) => seen.push(rooms.map(({ room, players, locked }) => `${room} ${players} ${locked}`)));
  await until("the list", () => seen.length === 1);
  assert.deepEqual([seen[0], states], [[], [true]]);
  const host = await create(relay.url, { ...options, card: { listed: true, map: "watched" } });
  await until("the room", () => seen.at(-1)[0] === `${host.name} 1 false`);
  const guest = await enter(host);
  await until("the guest", () => seen.at(-1)[0] === `${host.name} 2 false`);
  await host.setCard({ locked: true });
  await until("the lock", () => seen.at(-1)[0] === `${host.name} 2 true`);
  await host.setCard({ listed: false });
  await until("it is gone", () => seen.at(-1).length === 0);
  stop();
  await leave(host, guest);
});
