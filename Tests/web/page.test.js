// The life of a page, acted out in Node: reload, duplicate, freeze, hidden tab. The real thing is in chromium.py.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { breakableSockets, enter, pause, startRelay, until } from "./harness.js";

const page = Object.assign(new EventTarget(), { hidden: false });
const windowEvents = new EventTarget();

class Storage {
  constructor(items = []) {
    this.items = new Map(items);
  }
  getItem(key) {
    return this.items.get(key) ?? null;
  }
  setItem(key, value) {
    this.items.set(key, value);
  }
  removeItem(key) {
    this.items.delete(key);
  }
}

let relay;
before(async () => {
  relay = await startRelay();
  globalThis.document = page;
  globalThis.addEventListener = windowEvents.addEventListener.bind(windowEvents);
  globalThis.removeEventListener = windowEvents.removeEventListener.bind(windowEvents);
});
after(() => relay.stop());

/** What a browser does to a page that is left: it tells it, takes its sockets away, and lets it do nothing more. */
function unload(sockets, room) {
  windowEvents.dispatchEvent(new Event("pagehide"));
  sockets.breakAll();
  room.leave();
}

test("a reload keeps the seat, its events and what was written last", async () => {
  const storage = new Storage();
  const sockets = breakableSockets();
  const watcher = await enter(relay, "reload", { storage: null });
  const got = [];
  watcher.on("event", ({ value }) => got.push(value));
  const old = await enter(relay, "reload", { storage, webSocket: sockets });
  const { seat } = old.me;
  assert.equal(storage.items.size, 0, "the token is taken out while it is in use");
  sockets.held = 1; // nothing of this gets out any more
  old.me.set({ x: 42 });
  for (let number = 0; number < 100; number++) old.send("n", number);
  await pause(20);
  unload(sockets, old);
  assert.equal(storage.items.size, 1);
  watcher.send("meanwhile", "told");
  const missed = [];
  const again = enter(relay, "reload", { storage });
  const room = await again;
  room.on("event", ({ value }) => missed.push(value));
  assert.equal(room.me.seat, seat);
  assert.equal(storage.items.size, 0);
  await until("all events", () => got.length > 100);
  await pause(100);
  assert.deepEqual(got.filter((value) => value !== "told"), Array.from({ length: 100 }, (_, number) => number));
  await until("the last write", () => watcher.player(seat).get("x") === 42);
  room.send("n", "new");
  await until("a new event", () => got.includes("new"));
  await Promise.all([watcher.leave(), room.leave()]);
  assert.equal(storage.items.size, 0);
});

test("a duplicated tab is another player, and the first keeps its seat", async () => {
  const storage = new Storage();
  const first = await enter(relay, "duplicate", { storage });
  const second = await enter(relay, "duplicate", { storage: new Storage(storage.items) });
  assert.notEqual(first.me.seat, second.me.seat);
  await until("both", () => first.players.length === 2);
  assert.equal(first.quality.state, "connected");
  await Promise.all([first.leave(), second.leave()]);
});

test("a seat that is gone meanwhile is replaced by a new one", async () => {
  const storage = new Storage();
  const sockets = breakableSockets();
  unload(sockets, await enter(relay, "gone", { storage, webSocket: sockets }));
  const [[key, value]] = storage.items;
  const kept = JSON.parse(value);
  storage.setItem(key, JSON.stringify([{ ...kept[0], token: btoa("x".repeat(58)) }]));
  const room = await enter(relay, "gone", { storage });
  room.me.set({ x: 1 });
  await until("its write", () => room.entity(room.me.seat).exists);
  storage.setItem(key, '[{"role":"player"},7,null');
  await (await enter(relay, "gone", { storage })).leave();
  await room.leave();
});

test("out of a freeze in which the socket was lost: the same seat at once", async () => {
  const storage = new Storage();
  const sockets = breakableSockets();
  const room = await enter(relay, "freeze", { storage, webSocket: sockets });
  const { seat } = room.me;
  page.dispatchEvent(new Event("freeze"));
  assert.equal(storage.items.size, 1);
  const [socket] = sockets.all;
  socket.onclose = socket.onmessage = null; // a frozen page hears nothing
  sockets.breakAll();
  await until("the end of the socket", () => socket.readyState === 3);
  let isBack = false;
  room.on("connected", () => (isBack = true));
  page.dispatchEvent(new Event("resume"));
  assert.equal(storage.items.size, 0);
  await until("the connection", () => isBack);
  assert.equal(room.me.seat, seat);
  await room.leave();
});

/** The same with every timer of the page an hour late. */
async function withoutTimers(body) {
  const { setTimeout: real } = globalThis;
  globalThis.setTimeout = (run, delay, ...rest) => real(run, delay + 3_600_000, ...rest).unref();
  try {
    await body((milliseconds) => new Promise((resolve) => real(resolve, milliseconds)));
  } finally {
    globalThis.setTimeout = real;
  }
}

test("a hidden page gets heartbeats alone, and acknowledges them from the handler of its messages, without any timer", async () => {
  const quick = await startRelay("heartbeatInterval=200ms");
  const room = await enter(quick, "hidden", { storage: null });
  // Not of this page: it is never hidden.
  globalThis.document = undefined;
  const other = await enter(quick, "hidden", { storage: null });
  globalThis.document = page;
  const ticks = [];
  room.on("tick", (tick) => ticks.push(tick));
  /** So many frames come while the other one writes at each of its ticks. */
  const frames = async (wanted, rest) => {
    ticks.length = 0;
    for (let step = 0; ticks.length < wanted; step++) {
      assert.ok(step < 1000, `${ticks.length} of ${wanted} frames`);
      other.me.set({ step });
      other.flush();
      await rest(20);
    }
    return ticks.slice(1).map((tick, index) => tick - ticks[index]);
  };
  page.hidden = true;
  page.dispatchEvent(new Event("visibilitychange"));
  await frames(2, pause); // what was under way
  const before = room.statistics;
  await withoutTimers(async (rest) => {
    const apart = await frames(10, rest);
    // A relay that is overloaded meanwhile says so in a heartbeat more.
    assert.ok(apart.reduce((sum, ticks) => sum + ticks, 0) > 5 * apart.length, `200 ms are 6 ticks: ${apart}`);
  });
  const [all, acks] = ["framesApplied", "acksSent"].map((name) => room.statistics[name] - before[name]);
  assert.ok(acks >= all - 1, `${acks} acknowledgements of ${all} frames`);
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  const apart = await frames(20, pause);
  assert.ok(apart.slice(3).some((ticks) => ticks < 6), `shown again: ${apart}`);
  await Promise.all([room.leave(), other.leave()]);
  quick.stop();
});

test("a page that comes back hidden says so on the new connection", async () => {
  const sockets = breakableSockets();
  const room = await enter(relay, "backHidden", { storage: null, webSocket: sockets });
  page.hidden = true;
  let isBack = false;
  room.on("connected", () => (isBack = true));
  sockets.breakAll();
  await until("the connection", () => isBack);
  const [socket] = sockets.all;
  await until("word of it", () => socket.sent?.some((message) => message[0] === 7 && message.at(-1) === 1));
  page.hidden = false;
  await room.leave();
});

test("a page that did not run does not say that the server is silent", async () => {
  const room = await enter(relay, "thawed", { storage: null });
  const states = [];
  room.on("quality", ({ state }) => states.push(state));
  const { now } = performance;
  performance.now = () => now.call(performance) + 4000;
  page.dispatchEvent(new Event("resume"));
  assert.equal(room.quality.state, "connected");
  await until("a heartbeat", () => states.length > 0);
  assert.equal(states[0], "connected");
  await room.leave();
  performance.now = now;
});
