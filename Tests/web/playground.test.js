// The playground's rules, and its WebSocket that can be broken.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Faults } from "../../Sources/RelayWeb/Web/playground/faults.js";
import { HEIGHT, STARS, WIDTH, cleanCount, cleanRound, cleanText, fromSteps, starAt, steer, turn } from "../../Sources/RelayWeb/Web/playground/world.js";

const TEXTS = [
  ["a name", "Ada", "Ada"],
  ["markup stays the text it is", "<b>x</b>", "<b>x</b>"],
  ["control characters and line ends become spaces", "a\u0000b\nc\u2028d", "a b c d"],
  ["nothing turns the writing direction round", "abc\u202edcb", "abc dcb"],
  ["at most so many characters, never half of one", "😀".repeat(20), "😀".repeat(16)],
  ["marks are not piled up", `a${"\u0301".repeat(50)}b`, "ab"],
  ["a lone surrogate is no character", "a\ud800b", "a b"],
  ["a number is no text", 5, ""],
  ["null is no text", null, ""],
];

for (const [what, value, cleaned] of TEXTS) {
  test(`text of others: ${what}`, () => assert.equal(cleanText(value, 16), cleaned));
}

test("numbers of others: anything else is none", () => {
  for (const value of ["1", null, undefined, NaN, 5n, true, new Uint8Array(1)]) assert.equal(fromSteps(value, WIDTH), null);
  assert.equal(fromSteps(1e300, WIDTH), WIDTH);
  assert.equal(fromSteps(-5, WIDTH), 0);
  for (const value of ["1", -1, 1.5, 5n, 2 ** 60]) assert.equal(cleanRound(value), 0);
  assert.equal(cleanCount(1e9), 9999);
});

test("stars lie in the arena, and elsewhere each time", () => {
  const places = new Set();
  for (let index = 0; index < STARS; index++) {
    for (let round = 0; round < 500; round++) {
      const { x, y } = starAt(index, round);
      assert.ok(x >= 100 && x <= WIDTH - 100 && y >= 100 && y <= HEIGHT - 100, `${x}, ${y}`);
      places.add(`${Math.round(x)},${Math.round(y)}`);
    }
  }
  assert.ok(places.size > STARS * 490, `${places.size} places`);
});

test("a ship does not leave the arena, turns the shorter way, and keeps its heading at rest", () => {
  const ship = { x: WIDTH - 30, y: HEIGHT - 30, vx: 0, vy: 0 };
  for (let i = 0; i < 200; i++) steer(ship, { x: 1, y: 1 }, 0.05);
  assert.ok(ship.x < WIDTH && ship.y < HEIGHT);
  assert.ok(turn(3, -100, -10, 0.05) > 3, "from 3 to -3.04 goes up over π");
  assert.equal(turn(1, 0, 0, 1), 1);
});

// --- a WebSocket that can be broken -------------------------------------------------------------------------------------

class FakeSocket {
  static OPEN = 1;
  static CONNECTING = 0;
  static made = [];
  readyState = FakeSocket.OPEN;
  bufferedAmount = 0;
  sent = [];
  constructor() { FakeSocket.made.push(this); }
  send(data) { this.sent.push(data[0]); }
  close() { this.isClosed = true; }
}

/// A socket through `faults`, the real one behind it, and what the page heard.
function line(faults) {
  globalThis.WebSocket = FakeSocket;
  const heard = [], socket = new faults.WebSocket("ws://relay", "p");
  socket.onmessage = ({ data }) => heard.push(data[0]);
  socket.onclose = ({ code }) => heard.push(`closed ${code}`);
  return { heard, socket, real: FakeSocket.made.at(-1) };
}

const hear = (real, byte) => real.onmessage({ data: new Uint8Array([byte]) });
const soon = (condition) => new Promise((resolve) => {
  const look = () => (condition() ? resolve() : setTimeout(look, 1));
  look();
});

test("without faults everything passes at once", () => {
  const { heard, socket, real } = line(new Faults());
  socket.send(new Uint8Array([1]));
  hear(real, 2);
  assert.deepEqual([real.sent, heard], [[1], [2]]);
});

test("delayed and jittered, everything comes in order, and what was sent is not changed afterwards", async () => {
  const faults = new Faults(), { heard, socket, real } = line(faults), bytes = new Uint8Array(1);
  Object.assign(faults, { delay: 4, jitter: 8 });
  const order = Array.from({ length: 40 }, (_, i) => i);
  for (const i of order) {
    bytes[0] = i;
    socket.send(bytes);
    hear(real, i);
  }
  assert.equal(socket.bufferedAmount, 0, "what is on its way is not in the socket any more");
  await soon(() => heard.length === 40 && real.sent.length === 40);
  assert.deepEqual([real.sent, heard], [order, order]);
});

test("frozen, nothing passes and what waits is counted; afterwards it comes in order", () => {
  const faults = new Faults(), { heard, socket, real } = line(faults);
  faults.frozen = true;
  socket.send(new Uint8Array([1]));
  socket.send(new Uint8Array([2]));
  hear(real, 3);
  real.onclose({ code: 1001 });
  assert.deepEqual([real.sent, heard, socket.bufferedAmount], [[], [], 2]);
  faults.frozen = false;
  assert.deepEqual([real.sent, heard, socket.bufferedAmount], [[1, 2], [3, "closed 1001"], 0]);
});

test("frozen, no connection is made; one that is given up meanwhile never is", () => {
  const faults = new Faults();
  faults.frozen = true;
  const before = FakeSocket.made.length, first = line(faults), second = line(faults);
  first.socket.close();
  assert.deepEqual(first.heard, ["closed 1006"]);
  assert.equal(FakeSocket.made.length, before);
  faults.frozen = false;
  assert.equal(FakeSocket.made.length, before + 1);
  assert.deepEqual(second.heard, []);
});

test("cut, connections end and new ones fail, each once", async () => {
  const faults = new Faults(), old = line(faults);
  faults.cut = true;
  assert.deepEqual([old.heard, old.real.isClosed], [["closed 1006"], true]);
  const before = FakeSocket.made.length, fresh = line(faults);
  await soon(() => fresh.heard.length > 0);
  faults.cut = false;
  assert.deepEqual([fresh.heard, FakeSocket.made.length], [["closed 1006"], before]);
});
