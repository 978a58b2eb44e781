// Tickets in the SDK: how one is shown, what refusals say, and who players are.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { BINARY, enter, startRelay, until } from "./harness.js";

const directory = mkdtempSync(`${tmpdir()}/tickrelay-web-tickets-`);
const keys = `${directory}/keys`;
const run = (...words) => execFileSync(BINARY, words, { encoding: "utf8" }).trim();
const mint = (player, name, ...more) => run("ticket", "--keys", keys, "--player", player, "--name", name, "--room", "lobby", "--rights", "create,play,spectate", ...more);
let relay;

before(async () => {
  run("keys", "add", keys);
  relay = await startRelay("access=tickets", `ticketKeys=${keys}`);
});

after(() => {
  relay.stop();
  rmSync(directory, { recursive: true });
});

test("players have the names and ids of their tickets, also after a rejoin", async () => {
  const ada = await enter(relay, "lobby", { ticket: mint("u-1", "Ada"), name: "another name" });
  const bob = await enter(relay, "lobby", { ticket: mint("u-2", "<img src=x>") });
  const watcher = await enter(relay, "lobby", { ticket: mint("u-3", "Cid"), role: "spectator" });
  for (const room of [ada, bob, watcher]) {
    await until("both are known", () => room.players.length === 2);
    assert.deepEqual(room.players.map(({ name, playerId }) => [name, playerId]), [["Ada", "u-1"], ["<img src=x>", "u-2"]]);
  }
  assert.equal(ada.me.name, "Ada");
  assert.equal(watcher.me.name, undefined);
  bob.driver.socket.close();
  await until("back", () => bob.session.isJoined && bob.statistics.disconnections === 1 && bob.players.length === 2);
  assert.deepEqual(bob.players.map(({ name }) => name), ["Ada", "<img src=x>"]);
  await Promise.all([ada, bob, watcher].map((room) => room.leave()));
});

test("a refusal says which ticket to get, and is not tried again", async () => {
  await assert.rejects(enter(relay, "lobby"), { code: "ticketMissing", closeCode: 4030, message: /join\(url, room, \{ ticket \}\)/ });
  await assert.rejects(enter(relay, "lobby", { ticket: "x" }), { code: "ticketRefused", closeCode: 4031, message: /Get another ticket. This is no ticket/ });
  await assert.rejects(enter(relay, "other", { ticket: mint("u-1", "Ada") }), { code: "ticketOtherRoom", closeCode: 4034 });
  const watching = mint("u-1", "Ada", "--rights", "create,spectate");
  await assert.rejects(enter(relay, "lobby", { ticket: watching }), { code: "ticketLacksRight", closeCode: 4035 });
});

test("where nobody asks for tickets, players have no such names", async () => {
  const open = await startRelay();
  const room = await enter(open, "lobby", { ticket: "looked at by nobody", name: "Ada" });
  await until("me", () => room.players.length === 1);
  assert.deepEqual([room.me.name, room.me.playerId], [undefined, undefined]);
  await room.leave();
  open.stop();
});
