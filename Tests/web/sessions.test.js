// Players in Node against the real relay.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { BINARY, breakableSockets, enter, pause, startRelay, until, WebSocket } from "./harness.js";

let relay;
before(async () => (relay = await startRelay("tickRate=60")));
after(() => relay.stop());

test("two players see each other come, move and go", async () => {
  const ada = await enter(relay, "moves", { name: "Ada" });
  const news = [];
  for (const name of ["join", "leave"]) ada.on(name, (player) => news.push(`${name} ${player.get("name")}`));
  const bob = await enter(relay, "moves", { name: "Bob" });
  assert.deepEqual(bob.players.map((player) => player.isMe), [false, true]);
  assert.equal(bob.host.seat, ada.me.seat);
  assert.equal(ada.me.isHost, true);
  const seen = () => ada.player(bob.me.seat);
  await until("Bob's name", () => seen()?.get("name") === "Bob");
  seen().render("x");
  for (let step = 0; step <= 40; step++) {
    bob.me.set({ x: step + 0.5, y: -step });
    await pause(10);
  }
  assert.equal(bob.me.get("x"), 40.5, "one's own writes can be read at once");
  await until("Bob's last step", () => seen().get("x") === 40.5 && seen().get("y") === -40);
  await until("the drawn place arrives", () => ada.render() && seen().render("x") === 40.5);
  bob.me.entity(7).set("kind", "flag");
  await until("another entity", () => seen().entities.length === 2);
  assert.equal(seen().entity(7).get("kind"), "flag");
  bob.me.entity(7).remove();
  await until("its end", () => seen().entities.length === 1);
  await bob.leave();
  await until("Bob's leave", () => news.includes("leave Bob"));
  assert.equal(ada.players.length, 1);
  await ada.leave();
  assert.equal(ada.quality.state, "ended");
});

test("drawn places lie between the ticks and never run ahead", async () => {
  const ada = await enter(relay, "drawn");
  const bob = await enter(relay, "drawn");
  bob.me.set({ x: 0 });
  await until("x", () => ada.player(bob.me.seat)?.get("x") === 0);
  const them = ada.player(bob.me.seat);
  const drawn = [];
  const isBetween = (x) => !Number.isInteger(x);
  // On a slow machine the delay is long at first.
  for (let step = 1; step <= 100 || (step < 3000 && !drawn.some(isBetween)); step++) {
    bob.me.set({ x: step });
    ada.render();
    drawn.push(them.render("x"));
    assert.ok(drawn.at(-1) <= them.get("x"));
    await pause(5);
  }
  assert.ok(drawn.some(isBetween), "there is something between the ticks");
  assert.deepEqual(drawn, [...drawn].sort((left, right) => left - right), "a motion forwards is drawn forwards");
  await Promise.all([ada.leave(), bob.leave()]);
});

test("events arrive once, in order, at those that they are for", async () => {
  const rooms = [await enter(relay, "events"), await enter(relay, "events"), await enter(relay, "events")];
  const got = rooms.map((room) => {
    const events = [];
    room.on("event", (event) => events.push(`${event.name}${event.value ?? ""}`));
    return events;
  });
  const [host, sender, other] = rooms;
  sender.send("a", 1);
  sender.send("b", null, { to: "others" });
  sender.send("c", null, { to: "host" });
  sender.send("d", null, { to: [other.me.seat, sender.me.seat] });
  sender.send("z", true);
  await until("the last event", () => got.every((events) => events.includes("ztrue")));
  assert.deepEqual(got, [["a1", "b", "c", "ztrue"], ["a1", "d", "ztrue"], ["a1", "b", "d", "ztrue"]]);
  const rejections = [];
  sender.on("rejected", (rejection) => rejections.push(rejection));
  sender.send("nobody", null, { to: [500] });
  host.me.entity(0); // a view alone writes nothing
  sender.entity(host.me.seat).set("x", 1);
  await until("both results", () => rejections.length === 2);
  assert.deepEqual(rejections.map(({ code, names }) => [code, names]), [["noReceiver", ["nobody"]], ["notOwner", ["x"]]]);
  await Promise.all(rooms.map((room) => room.leave()));
});

test("of racing compare-and-sets each counts once", async () => {
  const rooms = await Promise.all([1, 2, 3].map(() => enter(relay, "race")));
  const count = async (room) => {
    for (let done = 0; done < 15; ) {
      const now = room.state.get("count") ?? null;
      if (await room.state.compareAndSet("count", now, (now ?? 0) + 1)) done++;
    }
  };
  await Promise.all(rooms.map(count));
  await until("the sum", () => rooms.every((room) => room.state.get("count") === 45));
  await Promise.all(rooms.map((room) => room.leave()));
});

test("a compare-and-set compares by value: another language's 3.0 is 3, seen or not", async () => {
  const late = class extends WebSocket {
    set onmessage(handler) {
      super.onmessage = handler && ((event) => setTimeout(handler, 300, event));
    }
  };
  const room = await enter(relay, "numbers", { webSocket: late });
  const other = new WebSocket(`${relay.url}/?room=numbers`);
  const heard = [];
  other.onmessage = ({ data }) => heard.push(data);
  other.onopen = () => other.send('{"set":{"turn":3.0},"entity":"room"}');
  await until("the other's write", () => heard.some((text) => text.includes('"turn":3.0')));
  assert.equal(await room.state.compareAndSet("turn", 3, 3.5), true);
  await until("the answer", () => heard.some((text) => text.includes('"turn":3.5')));
  assert.equal(await room.state.compareAndSet("turn", 3, 4), false);
  other.close();
  await room.leave();
});

test("a torn socket costs nothing: same seat, each event once, the last write there", async () => {
  const sockets = breakableSockets();
  const watcher = await enter(relay, "torn");
  const player = await enter(relay, "torn", { webSocket: sockets });
  const { seat } = player.me;
  const [got, mine, news] = [[], [], []];
  let gaps = 0;
  watcher.on("event", ({ value }) => got.push(value));
  player.on("event", ({ value }) => mine.push(value));
  player.on("gap", () => gaps++);
  player.on("connected", (what) => news.push(what));
  const all = Array.from({ length: 120 }, (_, number) => number);
  for (const number of all) {
    player.send("count", number);
    player.me.set({ number });
    if (number % 40 === 20) sockets.breakAll();
    await pause(5);
  }
  await until("all events at the watcher", () => got.length >= all.length);
  await until("all events at the sender", () => mine.length >= all.length);
  await until("the last write", () => watcher.player(seat)?.get("number") === 119);
  await pause(200);
  assert.deepEqual(got, all);
  assert.deepEqual(mine, all);
  assert.equal(player.me.seat, seat);
  assert.equal(gaps, 0);
  // *Replaced* where the new connection's hello was read before the old one's end.
  const expected = ({ isNewSeat, cause }) => !isNewSeat && ["broken", "replaced"].includes(cause);
  assert.ok(news.length >= 1 && news.every(expected), JSON.stringify(news));
  assert.equal(player.statistics.divergences, 0);
  await Promise.all([watcher.leave(), player.leave()]);
});

test("an undrained socket gets nothing: writes merge, events wait up to a bound", async () => {
  const sockets = breakableSockets();
  const watcher = await enter(relay, "undrained");
  const player = await enter(relay, "undrained", { webSocket: sockets });
  const rejected = [];
  player.on("rejected", ({ code }) => rejected.push(code));
  const seen = [];
  watcher.on("tick", () => seen.push(watcher.player(player.me.seat)?.get("x")));
  sockets.held = 1;
  await pause(30);
  const before = player.statistics.uplinksSent + player.statistics.acksSent;
  for (let step = 1; step <= 300; step++) player.me.set({ x: step });
  const accepted = Array.from({ length: 300 }, () => player.send("e")).filter(Boolean).length;
  await pause(200);
  assert.equal(player.statistics.uplinksSent + player.statistics.acksSent, before);
  assert.equal(accepted, 256);
  sockets.held = 0;
  await until("the write", () => watcher.player(player.me.seat)?.get("x") === 300);
  assert.deepEqual(seen.filter((x) => x !== undefined && x !== 300), []);
  assert.equal(rejected.filter((code) => code === "queueFull").length, 44);
  await Promise.all([watcher.leave(), player.leave()]);
});

test("a replica beside bots never diverges", async () => {
  const bots = spawn(BINARY, ["bots", "--url", relay.url, "--room", "bots", "--players", "8", "--duration", "5", "--disconnect", "0.2"]);
  process.on("exit", () => bots.kill("SIGKILL"));
  let text = "";
  for (const stream of [bots.stdout, bots.stderr]) stream.on("data", (data) => (text += data));
  const ended = new Promise((resolve) => bots.on("exit", resolve));
  const room = await enter(relay, "bots", { role: "spectator" });
  await until("bots", () => room.players.length >= 8);
  await ended;
  const { framesApplied, divergences, resyncs, snapshots } = room.statistics;
  assert.ok(framesApplied > 100, `${framesApplied} frames; the bots say: ${text.slice(-500)}`);
  assert.deepEqual({ divergences, resyncs, snapshots }, { divergences: 0, resyncs: 0, snapshots: 1 });
  await room.leave();
});

test("a spectator sees and cannot write", async () => {
  const player = await enter(relay, "stage", { name: "Ada" });
  const room = await enter(relay, "stage", { role: "spectator" });
  await until("Ada", () => room.players[0]?.get("name") === "Ada");
  assert.ok(room.me.seat >= 1024);
  assert.throws(() => room.me.set({ x: 1 }), { code: "spectator" });
  await Promise.all([room.leave(), player.leave()]);
});

test("who has left can join again, with the same handlers", async () => {
  const room = await enter(relay, "again");
  let ends = 0;
  room.on("end", ({ canJoinAgain }) => (ends += canJoinAgain ? 1 : 0));
  await room.leave();
  assert.equal(room.me.set({ x: 1 }), false);
  await room.joinAgain();
  room.me.set({ x: 2 });
  await until("x", () => room.entity(room.me.seat).get("x") === 2 && room.quality.state === "connected");
  await room.leave();
  assert.equal(ends, 2);
});
