// The lobby in the SDK, byte by byte: what stands in SPEC section 20, written out by hand.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { fakeRelay, SNAPSHOT, text, unhex, welcome } from "./fake-relay.js";
import { join as plainJoin, lobbySDK, pause, until, WebSocket } from "./harness.js";

const { create, join, lobby, normaliseCode, quickJoin, RelayError } = lobbySDK;
const INVITATION = "0123456789abcdef";
const bytes = (spaced) => spaced.replace(/\s/g, "");
const relays = [];
after(() => relays.forEach((relay) => relay.stop()));

/** A relay that welcomes everybody to this room, and answers uplinks by `answer`. */
async function welcoming(name, answer = () => {}) {
  const relay = await fakeRelay((message, client) => {
    if (message.startsWith("01") || message.startsWith("02")) client.send(welcome(message.startsWith("01") ? name : ""), SNAPSHOT);
    if (message.startsWith("03")) answer(message, client);
  });
  relays.push(relay);
  return relay;
}

const socket = { webSocket: WebSocket };

// The hello.

const HELLOS = [
  ["a name alone: no lobby part", (url) => join(url, "duel", socket), "01 01 04 6475656c 00 00"],
  ["the same by the SDK without lobby", (url) => plainJoin(url, "duel", socket), "01 01 04 6475656c 00 00"],
  ["the name among the options", (url) => plainJoin(url, { room: "duel", ...socket }), "01 01 04 6475656c 00 00"],
  ["a spectator with a ticket, as ever", (url) => join(url, "duel", { role: "spectator", ticket: "t", ...socket }), "01 01 04 6475656c 01 03 01 74"],
  ["empty options are none", (url) => join(url, "duel", { password: "", invitation: "", existing: false, ...socket }), "01 01 04 6475656c 00 00"],
  ["a password", (url) => join(url, "duel", { password: "secret", ...socket }), "01 01 04 6475656c 00 04  00 02 06 736563726574"],
  ["a password, by the SDK without lobby", (url) => plainJoin(url, "duel", { password: "secret", ...socket }), "01 01 04 6475656c 00 04  00 02 06 736563726574"],
  ["an existing room", (url) => join(url, { room: "duel", existing: true, ...socket }), "01 01 04 6475656c 00 04  01 00"],
  [
    "password and invitation, behind a ticket",
    (url) => join(url, "duel", { ticket: "t", existing: true, password: "pw", invitation: INVITATION, ...socket }),
    "01 01 04 6475656c 00 07 01 74  01 06 02 7077 10 30313233343536373839616263646566",
  ],
  ["a card, if it is made", (url) => join(url, "duel", { card: { listed: true }, ...socket }), "01 01 04 6475656c 00 04  00 08 01 06 6c6973746564 02"],
  ["make, named by the relay", (url) => create(url, socket), "01 01 00 00 04  02 00"],
  [
    "make, with all there is",
    (url) => create(url, { type: "duel", password: "pw", card: { listed: true, seats: 4, map: "dust", speed: 1.5 }, ...socket }),
    "01 01 00 00 04  02 0b 04 6475656c 02 7077 04  06 6c6973746564 02  05 7365617473 03 08  03 6d6170 06 04 64757374  05 7370656564 04 000000000000f83f",
  ],
  ["make, by a name, as a spectator", (url) => create(url, { room: "duel", role: "spectator", ...socket }), "01 01 04 6475656c 01 04  02 00"],
  ["quick join", (url) => quickJoin(url, socket), "01 01 00 00 04  03 00"],
  [
    "quick join, with properties and the seats of a new room",
    (url) => quickJoin(url, { type: "duel", where: { map: "dust" }, card: { seats: 2 }, ...socket }),
    "01 01 00 00 04  03 09 04 6475656c 02  05 7365617473 03 04  03 6d6170 06 04 64757374",
  ],
];

for (const [what, enter, expected] of HELLOS) {
  test(`hello: ${what}`, async () => {
    const relay = await welcoming(expected.includes("  ") ? "KQ7XWD" : "");
    const room = await enter(relay.url);
    assert.equal(relay.messages[0], bytes(expected));
    assert.equal(room.name, expected.includes("  ") ? "KQ7XWD" : "duel");
    await room.leave();
  });
}

test("what can be no room, value or option throws before anything is sent", async () => {
  for (const room of ["", "n".repeat(65), undefined]) await assert.rejects(join("ws://127.0.0.1:1", room, socket), /the name of a room has 1 to 64 bytes/);
  await assert.rejects(create("ws://127.0.0.1:1", { card: { map: {} }, ...socket }), TypeError);
  await assert.rejects(create("ws://127.0.0.1:1", { room: "n".repeat(65), ...socket }), RangeError);
  await assert.rejects(create("ftp://x", socket), { code: "address" });
});

// The name that the relay gave.

test("a rejoin says the name of the named welcome, and another hello is for this room", async () => {
  const connections = [];
  const relay = await fakeRelay((message, client) => {
    if (!/^0[12]/.test(message)) return;
    connections.push(client);
    if (message.startsWith("02") && connections.length === 3) return client.close(4014, "gone");
    client.send(welcome(message.startsWith("01") && "KQ7XWD"), SNAPSHOT);
  });
  relays.push(relay);
  const room = await create(relay.url, { type: "duel", password: "pw", card: { listed: true }, ...socket });
  connections[0].close(1001, "");
  await until("the rejoin", () => connections.length === 2);
  const rejoin = relay.messages.filter((message) => message.startsWith("02"));
  assert.equal(rejoin[0].slice(0, 2 * 13), bytes("02 01 06 4b5137585744 03 aabbcc"));
  const ended = new Promise((resolve) => room.on("end", resolve));
  await until("it is joined", () => room.quality.state === "connected");
  connections[1].close(1001, "");
  assert.equal((await ended).code, "seatGone");
  await room.joinAgain();
  assert.equal(relay.messages.findLast((message) => message.startsWith("01")), bytes("01 01 06 4b5137585744 00 04  00 0a 02 7077 01 06 6c6973746564 02"));
  await room.leave();
});

// Refusals.

for (const [code, word, advice] of [[4017, "nameTaken", /There is a room of this name/], [4036, "wrongPassword", /\{ password \}/], [4037, "roomLocked", /\{ invitation \}/], [4015, "roomGone", /no such room/], [4022, "kicked", /banned/]]) {
  test(`close code ${code} ends the attempt at once: ${word}`, async () => {
    const relay = await fakeRelay((_, client) => client.close(code, "The relay's own words."));
    relays.push(relay);
    for (const enter of [join, plainJoin]) {
      await assert.rejects(enter(relay.url, "duel", socket), (error) => {
        assert.deepEqual([error.name, error.code, error.closeCode], ["RelayError", word, code]);
        assert.match(error.message, advice);
        return error.message.endsWith("The relay's own words.");
      });
    }
    await pause(300);
    assert.equal(relay.messages.length, 2, "and is not made again");
  });
}

test("a hello that the relay cannot take is not said again until the time is over", async () => {
  const relay = await fakeRelay((_, client) => client.close(4000, "seats: 1 to 1023"));
  relays.push(relay);
  await assert.rejects(create(relay.url, { card: { seats: 0 }, ...socket }), { code: "malformed", message: /seats: 1 to 1023/ });
  assert.equal(relay.messages.length, 1);
});

// Acts.

/** Answers that an uplink was applied: `private` with these results (uplink and operation are told apart by the test), then a frame of the same tick. */
function confirming(results = "") {
  let tick = 101;
  return (message, client) => {
    const number = acted(message).number;
    const at = (tick++).toString(16);
    const flags = results ? "01" : "00";
    client.send(`83 ${flags} ${at} 0${number} ${results && `01 0${number} 00 ${results}`}`, `82 03 ${at}`);
  };
}

/** Number and operations of an uplink: behind kind, tick 100 or later, ack delay. */
function acted(message) {
  const data = unhex(message);
  let start = 2;
  while (data[start++] > 127);
  return { number: data[start], count: data[start + 1], operations: data.subarray(start + 2).toString("hex") };
}

const ACTS = [
  ["kick a player, as this occupant", (room) => room.kick(room.player(1)), "06 01 28"],
  ["kick whoever is in a seat", (room) => room.kick(1024), "06 8008 00"],
  ["ban", (room) => room.ban(room.player(1)), "07 01 28"],
  ["hand over", (room) => room.handOver(room.player(1)), "08 01 28"],
  ["set a password", (room) => room.setPassword("secret"), "09 06 736563726574"],
  ["take it away", (room) => room.setPassword(null), "09 00"],
  ["invite by one's own text", (room) => room.invite({ invitation: INVITATION, seconds: 600, held: "player" }), "0a 10 30313233343536373839616263646566 d804 01"],
  ["hold a spectator's seat", (room) => room.invite({ invitation: INVITATION, held: "spectator" }), "0a 10 30313233343536373839616263646566 901c 02"],
  ["withdraw", (room) => room.invite({ invitation: INVITATION, seconds: 0 }), "0a 10 30313233343536373839616263646566 00 00"],
];

for (const [what, act, expected] of ACTS) {
  test(`act: ${what}`, async () => {
    const relay = await welcoming("duel", confirming());
    const room = await join(relay.url, "duel", { existing: true, ...socket });
    await act(room);
    const { count, operations } = acted(relay.messages.find((message) => message.startsWith("03")));
    assert.deepEqual([count, operations], [1, bytes(expected)]);
    await room.leave();
  });
}

const REFUSALS = [["01", "notOwner"], ["06", "outOfRange"], ["0a", "noReceiver"], ["0e", "noMoreRoom"], ["0f", "cannotBeBanned"]];

for (const [result, code] of REFUSALS) {
  test(`an act that is refused rejects: result ${parseInt(result, 16)}, ${code}`, async () => {
    const relay = await welcoming("duel", confirming(result));
    const room = await join(relay.url, "duel", { existing: true, ...socket });
    const rejections = [];
    room.on("rejected", (rejection) => rejections.push(rejection));
    await assert.rejects(room.ban(room.player(1)), (error) => error instanceof RelayError && error.code === code);
    assert.deepEqual(rejections.map((each) => [each.code, each.operation, each.entity, each.names]), [[code, "ban", null, []]]);
    await room.leave();
  });
}

test("an act waits until its uplink is known to be applied, and is lost with the seat", async () => {
  const clients = [];
  const relay = await welcoming("duel", (_, client) => clients.push(client));
  const room = await join(relay.url, "duel", { existing: true, ...socket });
  const outcomes = [];
  const told = (act) => act.then(() => outcomes.push("done"), ({ code }) => outcomes.push(code));
  told(room.kick(1));
  room.flush();
  await until("it is sent", () => clients.length === 1);
  clients[0].send("82 03 65");
  await pause(50);
  assert.deepEqual(outcomes, []);
  clients[0].send("83 00 66 01", "82 03 66");
  await until("it is done", () => outcomes.length === 1);
  told(room.ban(1));
  told(room.setPassword("x"));
  room.flush();
  await until("they are sent", () => clients.length === 2);
  assert.equal(acted(relay.messages.findLast((message) => message.startsWith("03"))).count, 2, "in one uplink");
  clients[1].close(4023, "over");
  await until("all is told", () => outcomes.length === 3);
  assert.deepEqual(outcomes, ["done", "lost", "lost"]);
  await assert.rejects(room.kick(1), { code: "ended" });
});

test("an act survives a connection that breaks: it is sent again, and its result counts once", async () => {
  let isFirst = true;
  const relay = await welcoming("duel", (message, client) => {
    if (!isFirst) return confirming("0e")(message, client);
    isFirst = false;
    client.close(1001, "");
  });
  const room = await join(relay.url, "duel", { existing: true, ...socket });
  await assert.rejects(room.invite(), { code: "noMoreRoom" });
  const sent = relay.messages.filter((message) => message.startsWith("03")).map((message) => acted(message).operations);
  assert.equal(sent.length, 2);
  assert.equal(sent[0], sent[1]);
  await room.leave();
});

test("an invitation is made up of 144 random bits, in letters for a URL", async () => {
  const relay = await welcoming("duel", confirming());
  const room = await join(relay.url, "duel", { existing: true, ...socket });
  const invitations = [await room.invite(), await room.invite({ seconds: 60 })];
  for (const invitation of invitations) assert.match(invitation, /^[A-Za-z0-9_-]{24}$/);
  assert.notEqual(...invitations);
  const [first] = relay.messages.filter((message) => message.startsWith("03"));
  assert.equal(acted(first).operations, bytes(`0a ${text(invitations[0])} 901c 00`));
  await room.leave();
});

test("what would end the connection throws instead, and shows no secret", async () => {
  const relay = await welcoming("duel", confirming());
  const room = await join(relay.url, "duel", { existing: true, ...socket });
  for (const whom of [0, 2048, 1.5, NaN, null, undefined, {}, "1"]) await assert.rejects(room.kick(whom), RangeError);
  await assert.rejects(room.handOver(1024), RangeError);
  for (const password of ["p".repeat(65), "é".repeat(33), 5]) await assert.rejects(room.setPassword(password), (error) => error instanceof RangeError && !/pp|éé/.test(error.message));
  for (const invitation of ["short", "i".repeat(65)]) await assert.rejects(room.invite({ invitation }), (error) => error instanceof RangeError && !/short|iii/.test(error.message));
  for (const wrong of [{ seconds: -1 }, { seconds: NaN }, { seconds: 86_401 }, { seconds: 3601, held: "player" }, { held: "host" }]) await assert.rejects(room.invite(wrong), RangeError);
  await pause(50);
  assert.deepEqual(relay.messages.filter((message) => message.startsWith("03")), []);
  await room.leave();
});

test("a spectator does none of it", async () => {
  const relay = await welcoming("duel");
  const room = await join(relay.url, "duel", { existing: true, role: "spectator", ...socket });
  for (const act of [room.kick(1), room.setCard({ locked: true }), room.invite()]) await assert.rejects(act, { code: "spectator" });
  await room.leave();
});

test("a host that hands over: the others and oneself know, though no row of the roster changes", async () => {
  const relay = await welcoming("duel", (_, client) => client.send("83 00 65 01", "82 23 65  02 00"));
  const room = await join(relay.url, "duel", { existing: true, ...socket });
  const hosts = [];
  room.on("host", (player) => hosts.push(player.seat));
  assert.deepEqual([room.host.seat, room.me.isHost, room.player(1).isHost], [1, false, true]);
  await room.handOver(room.me);
  assert.deepEqual([hosts, room.host.seat, room.me.isHost, room.player(1).isHost], [[2], 2, true, false]);
  await room.leave();
});

// The card.

test("the card is read off the room's entity 65,535, and its changes are told", async () => {
  let client;
  const relay = await welcoming("duel", (_, each) => (client = each));
  const room = await join(relay.url, "duel", { existing: true, ...socket });
  assert.equal(room.state.entity(65_535).id, 67_107_840);
  assert.deepEqual(room.card, { listed: true, locked: false, password: true, seats: 4, spectators: null, properties: { map: "dust" } });
  const cards = [];
  room.on("card", (card) => cards.push([card.locked, card.properties.map, room.tick]));
  room.send("x");
  room.flush();
  await until("the relay has a client", () => client);
  client.send("82 03 65"); // nothing
  client.send("82 13 66  04  01 80f8ff1f 02  03 02  02 06 03 696365"); // locked: true, map: "ice"
  client.send("82 13 67  04  01 80f8ff1f 01  03 02"); // what is there already
  await until("all is read", () => room.tick === 103);
  assert.deepEqual(cards, [[true, "ice", 102]]);
  await room.leave();
});

test("fields of the card are written by compare and set, and the promise says which lost", async () => {
  const relay = await welcoming("duel", (message, client) => {
    // The first lost, the second won, the third has a wrong type.
    client.send("83 01 65 01  03  01 00 07  01 01 00  01 02 05", "82 03 65");
  });
  const room = await join(relay.url, "duel", { existing: true, ...socket });
  const codes = [];
  room.on("rejected", ({ code }) => codes.push(code));
  assert.deepEqual(await room.setCard({ locked: true, map: "ice", spectators: "many" }), ["locked", "spectators"]);
  const { count, operations } = acted(relay.messages.find((message) => message.startsWith("03")));
  assert.equal(count, 3);
  // Names by their indices, the values as they are seen now; one that is new is spelt out, and null is expected of it.
  assert.equal(operations, bytes(`05 80f8ff1f 04 00 02  05 80f8ff1f 03 06 04 64757374 06 03 696365  05 80f8ff1f 00 ${text("spectators")} 00 06 04 6d616e79`));
  assert.deepEqual(codes, ["wrongType"]);
  await room.leave();
});

test("a room without a card has an empty one", async () => {
  const relay = await fakeRelay((message, client) => message.startsWith("01") && client.send(welcome(""), "82 22 64 00 00"));
  relays.push(relay);
  const room = await join(relay.url, "duel", socket);
  assert.deepEqual(room.card, { listed: false, locked: false, password: false, seats: null, spectators: null, properties: {} });
  await room.leave();
});

// Codes and lists.

test("a code as it is typed", () => {
  for (const [typed, code] of [["kq7xwd", "KQ7XWD"], [" kq7-xwd\n", "KQ7XWD"], ["K Q 7 X W D", "KQ7XWD"], ["a1e0ioulsz25678", "7"], ["", ""], ["ß→é", ""]]) {
    assert.equal(normaliseCode(typed), code);
  }
});

const ENTRY = { room: "KQ7XWD", type: "default", players: 1, seats: 4, spectators: 0, spectatorSeats: 8, held: 0, locked: false, password: false, properties: { map: "dust" } };

/** A list by HTTP: what was asked for, and the streams that are open. */
async function listing(answer = (response) => response.end(JSON.stringify({ rooms: [ENTRY] }))) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push([request.method, request.url, request.headers.accept]);
    response.setHeader("Access-Control-Allow-Origin", "*");
    answer(response, request);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  relays.push({ stop: () => (server.closeAllConnections(), server.close()) });
  return { asked, host: `127.0.0.1:${server.address().port}` };
}

test("the list, by the relay's URL of any kind", async () => {
  const { host, asked } = await listing();
  for (const url of [`ws://${host}`, `http://${host}/some/path?x`, host]) assert.deepEqual(await lobby(url).list(), [ENTRY]);
  await lobby(`ws://${host}`).list({ type: "a&b", where: { map: "dust ü", rank: 3, ranked: true }, limit: 5 });
  assert.deepEqual(asked.slice(2), [
    ["GET", "/lobby/rooms", "application/json"],
    ["GET", "/lobby/rooms?type=a%26b&where=map%3Adust+%C3%BC&where=rank%3A3&where=ranked%3Atrue&limit=5", "application/json"],
  ]);
  assert.equal(lobby("wss://relay.example:99/x").url, "https://relay.example:99/lobby/rooms");
  assert.equal(lobby("https://relay.example").url, "https://relay.example/lobby/rooms");
  assert.throws(() => lobby("ftp://relay"), { code: "address" });
});

test("one room by its name, and none", async () => {
  const { host, asked } = await listing((response, { url }) => (url.endsWith("KQ7XWD") ? response.end(JSON.stringify(ENTRY)) : response.writeHead(404).end("{}")));
  assert.deepEqual(await lobby(host).room("KQ7XWD"), ENTRY);
  assert.equal(await lobby(host).room("a/b ?#é"), null);
  assert.equal(asked[1][1], "/lobby/rooms/a%2Fb%20%3F%23%C3%A9");
});

test("a list that there is not says why", async () => {
  const { host } = await listing((response) => response.writeHead(503, { "Retry-After": "3" }).end("The relay is full."));
  await assert.rejects(lobby(host).list(), (error) => error instanceof RelayError && error.code === "refused" && error.retryAfter === 3000 && /503 The relay is full/.test(error.message));
  await assert.rejects(lobby("ws://127.0.0.1:1").list(), { code: "unreachable" });
});

/** What Node 20 does not have; the real thing is in chromium.py. */
class Events extends EventTarget {
  static all = [];
  readyState = 0;
  constructor(url) {
    super();
    this.url = url;
    Events.all.push(this);
  }
  say(name, data) {
    this.readyState = 1;
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data) }));
  }
  fail(readyState) {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
  close() {
    this.readyState = 2;
  }
}

test("a list that is watched: whole, changed, new, gone, and whole again after an interruption", () => {
  const seen = [];
  const states = [];
  const stop = lobby("wss://relay").watch({ where: { map: "dust" }, eventSource: Events, onState: (isLive) => states.push(isLive) }, (rooms) => seen.push(rooms.map(({ room, players }) => `${room} ${players}`)));
  const source = Events.all.pop();
  assert.equal(source.url, "https://relay/lobby/rooms?where=map%3Adust");
  source.say("rooms", { rooms: [ENTRY, { ...ENTRY, room: "B" }] });
  source.say("room", { ...ENTRY, players: 2 });
  source.say("room", { ...ENTRY, room: "C" });
  source.say("gone", { room: "B" });
  source.fail(0);
  source.say("rooms", { rooms: [] });
  assert.deepEqual(seen, [["KQ7XWD 1", "B 1"], ["KQ7XWD 2", "B 1"], ["KQ7XWD 2", "B 1", "C 1"], ["KQ7XWD 2", "C 1"], []]);
  assert.deepEqual(states, [true, false, true]);
  stop();
  assert.equal(source.readyState, 2);
  source.say("room", ENTRY);
  assert.deepEqual([seen.length, Events.all.length], [5, 0]);
});

test("a list that is refused is asked for again, until nobody wants it", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const states = [];
  const stop = lobby("relay:1").watch({ eventSource: Events, onState: (isLive) => states.push(isLive) }, () => {});
  for (const wait of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    const source = Events.all.pop();
    source.fail(2);
    context.mock.timers.tick(wait / 2 - 1);
    assert.equal(Events.all.length, 0);
    context.mock.timers.tick(wait / 2 + 1);
    assert.equal(Events.all.length, 1);
  }
  assert.deepEqual(states, [false]);
  Events.all.pop().fail(2);
  stop();
  context.mock.timers.tick(100_000);
  assert.equal(Events.all.length, 0);
  assert.throws(() => lobby("relay:1").watch({ eventSource: null }, () => {}), { code: "noEventSource" });
});
