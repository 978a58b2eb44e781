// What developers do wrong, and what relays send that they should not.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { Session } from "../../Sources/RelayWeb/Web/sdk/session.js";
import { enter, join, startRelay, until, WebSocket } from "./harness.js";

/** A server that refuses every upgrade, and answers the check. */
async function refuser(check) {
  const server = createServer((_, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (check) response.end(JSON.stringify(check));
    else response.writeHead(404).end("not here");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `ws://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

test("why an upgrade was refused stands in the error", async () => {
  const relay = await refuser({ ok: false, code: "origin", message: "Allow http://game.example in allowedOrigins." });
  await assert.rejects(enter(relay, "lobby"), { name: "RelayError", code: "origin", message: "Allow http://game.example in allowedOrigins." });
  relay.close();
});

test("without a check, and without a relay, the time limit decides", async () => {
  const relay = await refuser(null);
  await assert.rejects(enter(relay, "lobby", { timeout: 400 }), { code: "unreachable", message: /No relay answered at ws:\/\/127/ });
  relay.close();
  await assert.rejects(enter({ url: "ws://127.0.0.1:1" }, "lobby", { timeout: 300 }), { code: "unreachable" });
  await assert.rejects(enter(relay, "lobby", { signal: AbortSignal.abort() }), { code: "aborted" });
});

test("a full room says so", async () => {
  const relay = await startRelay("seatsPerRoom=1");
  const room = await enter(relay, "full");
  await assert.rejects(enter(relay, "full"), { code: "roomFull", closeCode: 4010, message: /Every seat of the room is taken/ });
  await room.leave();
  relay.stop();
});

test("what can be no address, room, name or value throws with a sentence", async () => {
  for (const url of ["ftp://x", "ws://a b", "ws://user:secret@host", "ws://host#part"]) await assert.rejects(join(url, "r", { webSocket: WebSocket }), { code: "address" });
  await assert.rejects(join("ws://127.0.0.1", "", { webSocket: WebSocket }), /the name of a room has 1 to 64 bytes/);
  if (typeof globalThis.WebSocket === "undefined") await assert.rejects(join("ws://127.0.0.1", "r"), { code: "noWebSocket" });
  const relay = await startRelay();
  const room = await enter(relay, "r");
  assert.throws(() => room.me.set({ x: NaN }), RangeError);
  assert.throws(() => room.me.set({ x: {} }), /JSON.stringify/);
  assert.throws(() => room.me.set({ x: undefined }), TypeError);
  assert.throws(() => room.me.set({ ["é".repeat(33)]: 1 }), RangeError);
  assert.throws(() => room.me.set("n", 2n ** 63n), RangeError);
  assert.throws(() => room.send("x", 1, { to: "everybody" }), RangeError);
  assert.throws(() => room.send("x", 1, { to: [0] }), RangeError);
  assert.throws(() => room.on("message", () => {}), /there are tick, event/);
  assert.throws(() => (room.interpolationDelay = -1), RangeError);
  room.me.set(JSON.parse('{"__proto__": 1, "constructor": 2}'));
  await until("odd names", () => room.entity(room.me.seat).exists);
  assert.equal(room.me.get("constructor"), 2);
  assert.equal(room.me.get("toString"), undefined);
  await room.leave();
  relay.stop();
});

test("a relay that ends says so, and its players come back to the next one", async () => {
  const relay = await startRelay();
  const room = await enter(relay, "short");
  const states = [];
  room.on("quality", ({ state }) => states.at(-1) === state || states.push(state));
  relay.stop();
  await until("the loss", () => states.includes("reconnecting"));
  assert.equal(room.quality.text, "Reconnecting …");
  await room.leave();
  assert.equal(room.quality.state, "ended");
});

/** Numbers from a seed, the same each time. */
function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

test("broken bytes of a relay neither throw nor last", () => {
  const read = (name) => JSON.parse(readFileSync(new URL(`../../Protocol/vectors/${name}.json`, import.meta.url), "utf8")).vectors;
  const welcome = Buffer.from(read("server-messages").find(({ message }) => message.kind === "welcome").hex, "hex");
  const valid = read("replica").flatMap(({ steps }) => steps.filter(({ hex }) => hex && !hex.startsWith("81")).map(({ hex }) => Buffer.from(hex, "hex")));
  const random = numbers(7);
  const below = (bound) => random.next().value % bound;
  const began = performance.now();
  for (let round = 0; round < 400; round++) {
    const session = new Session({ room: "lobby", random: () => 0 });
    session.lifecycle.takeDirective(0);
    session.connectionOpened();
    session.received(new Uint8Array(welcome), 0);
    for (let step = 0; step < 50; step++) {
      const message = new Uint8Array(valid[below(valid.length)]);
      for (let flips = below(4); flips > 0; flips--) message[1 + below(message.length - 1)] = below(256);
      session.received(message.subarray(0, below(9) ? message.length : 1 + below(message.length)), step);
      if (session.lifecycle.state !== "joined") break;
    }
    assert.ok(session.replica.entities.size < 10_000);
  }
  assert.ok(performance.now() - began < 60_000);
});

test("counts that promise more than the message holds are refused before anything is kept", () => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
  const welcome = JSON.parse(readFileSync(new URL("../../Protocol/vectors/server-messages.json", import.meta.url), "utf8")).vectors[0].hex;
  for (const flags of [0x0a, 0x12, 0x22, 0x42, 0x10, 0x11]) {
    const session = new Session({ room: "lobby", random: () => 0 });
    session.lifecycle.takeDirective(0);
    session.connectionOpened();
    session.received(new Uint8Array(Buffer.from(welcome, "hex")), 0);
    assert.equal(session.received(Uint8Array.from([0x82, flags, 0xff, 0x7f, ...huge, ...huge, ...huge]), 0), "resync");
  }
});
