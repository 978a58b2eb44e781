// Close code 4016: another relay has the room (SPEC section 14, rule 6).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Lifecycle } from "../../Sources/RelayWeb/Web/sdk/lifecycle.js";
import { KIND } from "../../Sources/RelayWeb/Web/sdk/messages.js";
import { RelayChoice } from "../../Sources/RelayWeb/Web/sdk/relays.js";
import { Session } from "../../Sources/RelayWeb/Web/sdk/session.js";
import { enter, startRelay, WebSocket } from "./harness.js";

/** The longest wait after the first failure, milliseconds: `random` is 1 here. */
const FIRST_WAIT = 250;

/** A client whose connection to `home` is open and not yet welcomed. */
function greeting(home, allowedHosts = []) {
  const choice = new RelayChoice(new URL(home), allowedHosts);
  const lifecycle = new Lifecycle(choice, () => 1);
  connect(lifecycle, 0);
  return { choice, lifecycle };
}

function connect(lifecycle, now) {
  assert.equal(lifecycle.takeDirective(now), "connect");
  assert.equal(lifecycle.opened(), true);
}

const CASES = [
  { name: "another port of the same host", home: "ws://relay:1/", to: "ws://relay:2/", follows: true },
  { name: "another path", home: "ws://relay:1/", to: "ws://relay:1/b?c=d", follows: true },
  { name: "from ws to wss", home: "ws://relay/", to: "wss://relay/", follows: true },
  { name: "from wss to wss", home: "wss://relay/", to: "wss://relay:2/", follows: true },
  { name: "from wss to ws", home: "wss://relay/", to: "ws://relay/", follows: false },
  { name: "another host", home: "ws://relay/", to: "ws://other/", follows: false },
  { name: "another host that is allowed", home: "ws://relay/", to: "ws://other:7/", allowed: ["third", "OTHER"], follows: true },
  { name: "an allowed host's neighbour", home: "ws://relay/", to: "ws://evil.other/", allowed: ["other"], follows: false },
  { name: "no WebSocket URL", home: "ws://relay/", to: "http://relay/", follows: false },
  { name: "a URL without a scheme", home: "ws://relay/", to: "relay:2", follows: false },
  { name: "a user name", home: "ws://relay/", to: "ws://me@relay:2/", follows: false },
  { name: "a fragment", home: "ws://relay/", to: "ws://relay:2/#a", follows: false },
  { name: "something behind the URL", home: "ws://relay/", to: "ws://relay:2/ (retry after 9 ms)", follows: false },
  { name: "nothing", home: "ws://relay/", to: "", follows: false },
];

for (const { name, home, to, allowed, follows } of CASES) {
  test(`4016 to ${name} is ${follows ? "followed at once" : "not followed, and the own relay tried again after a wait"}`, () => {
    const { choice, lifecycle } = greeting(home, allowed);
    const end = lifecycle.closed(4016, to, 1000);
    assert.deepEqual([end.kind, end.at], ["retry", follows ? 1000 : 1000 + FIRST_WAIT]);
    assert.equal(choice.current.href, new URL(follows ? to : home).href);
  });
}

test("a room that moves away from a welcomed connection is followed after a wait", () => {
  const { choice, lifecycle } = greeting("ws://relay:1/");
  lifecycle.welcomed(6000, 0);
  assert.equal(lifecycle.closed(4016, "ws://relay:2/", 1000).at, 1000 + FIRST_WAIT);
  assert.equal(choice.current.port, "2");
});

test("at most four are followed in a row; a connection that is good for 5 s begins the count anew", () => {
  const { choice, lifecycle } = greeting("ws://relay:1/");
  const follow = (port, now) => {
    const end = lifecycle.closed(4016, `ws://relay:${port}/`, now);
    connect(lifecycle, end.at);
    return Number(choice.current.port);
  };
  for (const port of [2, 3, 4, 5]) assert.equal(follow(port, 0), port);
  assert.equal(follow(6, 0), 1, "the fifth is not followed");
  for (const port of [2, 3, 4, 5]) follow(port, 1000);
  lifecycle.welcomed(60_000, 1000);
  lifecycle.frameArrived(5999);
  assert.equal(choice.hops, 4);
  lifecycle.frameArrived(6000);
  assert.equal(choice.hops, 0);
  assert.equal(follow(6, 6000), 6);
});

test("an attempt there that ends without a welcome goes back to the own relay", () => {
  const ends = [
    ["a broken connection", (lifecycle) => lifecycle.closed(null, "", 2)],
    ["a full relay", (lifecycle) => lifecycle.closed(4011, "", 2)],
    ["silence", (lifecycle) => lifecycle.timedOut(60_000)],
    ["a lost seat", (lifecycle) => lifecycle.closed(4014, "", 2)],
  ];
  for (const [what, end] of ends) {
    const { choice, lifecycle } = greeting("ws://relay:1/");
    connect(lifecycle, lifecycle.closed(4016, "ws://relay:2/", 1).at);
    assert.equal(choice.current.port, "2");
    end(lifecycle);
    assert.equal(choice.current.port, "1", what);
  }
});

test("the same message goes there: who has a seat asks for it back", () => {
  const { vectors } = JSON.parse(readFileSync(new URL("../../Protocol/vectors/server-messages.json", import.meta.url), "utf8"));
  const session = new Session({ room: "lobby", choice: new RelayChoice(new URL("ws://relay:1/"), []), random: () => 0 });
  const greet = (now) => {
    session.lifecycle.takeDirective(now);
    session.connectionOpened();
    return session.outgoing.shift()[0];
  };
  assert.equal(greet(0), KIND.hello);
  session.connectionClosed(4016, "ws://relay:2/", 0);
  assert.equal(greet(0), KIND.hello);
  session.received(Uint8Array.from(Buffer.from(vectors[0].hex, "hex")), 0);
  session.connectionClosed(4016, "ws://relay:3/", 0);
  assert.equal(greet(0), KIND.rejoin);
  assert.equal(session.lifecycle.choice.current.port, "3");
});

/** A relay that has none of its rooms any more. */
async function mover(target) {
  const server = new WebSocket.WebSocketServer({ port: 0, host: "localhost" });
  server.on("connection", (socket) => socket.on("message", () => socket.close(4016, target)));
  await new Promise((resolve) => server.on("listening", resolve));
  return { url: `ws://localhost:${server.address().port}`, stop: () => server.close() };
}

test("a player arrives where it is sent, if its application allows that host", async (context) => {
  const relay = await startRelay();
  const { hostname } = new URL(relay.url);
  const away = await mover(relay.url);
  context.after(() => [away, relay].forEach((server) => server.stop()));
  await assert.rejects(enter(away, "lobby", { timeout: 3000 }), { code: "elsewhere", closeCode: 4016, message: /allowedHosts/ });
  const room = await enter(away, "lobby", { allowedHosts: [hostname] });
  assert.equal(room.quality.state, "connected");
  assert.equal(room.statistics.disconnections, 1);
  await room.leave();
});
