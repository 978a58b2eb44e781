#!/usr/bin/env node
// A live data feed: one program writes prices, any number of others watch them.
//
//     apt-get install nodejs node-ws        (Node 22 and later bring a WebSocket of their own)
//     export NODE_PATH=/usr/share/nodejs
//     node Tools/examples/node/feed.js write --room prices
//     node Tools/examples/node/feed.js watch --room prices        (as often as you like)
//
// The writer is a player, and writes its own entity: nobody else can. Watchers are spectators: they take no player's place, and
// are sent each change once, or the newest state where they are slower than the feed. Both come back by token.
"use strict";
const { parseArgs } = require("node:util");
const WebSocket = globalThis.WebSocket ?? require("ws");

const SILENCE = 5000; // milliseconds; the relay sends something every second
const LONGEST_WAIT = 5000; // milliseconds between two attempts
const FORGET = [4012, 4013, 4014, 4015]; // the token is good for nothing any more
const OVER = [4002, 4017, 4020, 4022, 4023, 4024, 4030, 4031, 4032, 4033, 4034, 4035, 4036, 4037];

const text = (fallback) => ({ type: "string", default: fallback });
const { values: options, positionals: [mode] } = parseArgs({
  allowPositionals: true,
  options: { relay: text("ws://localhost:7777"), room: text("prices"), every: text("500") },
});
if (mode !== "write" && mode !== "watch") {
  console.error("feed.js write|watch [--relay URL] [--room NAME] [--every MILLISECONDS]");
  process.exit(64);
}

const prices = { EUR: 1.08, GBP: 1.27, CHF: 1.12 };
const entities = new Map(); // of all players, by name
let token = null;
let attempts = 0;

function connect() {
  const socket = new WebSocket(options.relay);
  let silence = setTimeout(lost, SILENCE, "silence");
  let writing;

  // Also of a connection that is dead and does not know it: whatever that says later is nobody's business.
  function lost(why, code) {
    clearTimeout(silence);
    clearInterval(writing);
    socket.onmessage = socket.onclose = null;
    socket.close();
    console.log(`connection lost: ${why}`);
    if (OVER.includes(code)) process.exit(1);
    if (FORGET.includes(code)) token = null;
    setTimeout(connect, Math.random() * Math.min(LONGEST_WAIT, 250 * 2 ** attempts++));
  }

  const say = (message) => socket.send(JSON.stringify(message));
  socket.onopen = () => say(token ? { rejoin: token } : { join: options.room, role: mode === "write" ? "player" : "spectator" });
  socket.onerror = () => {}; // onclose follows
  socket.onclose = ({ code, reason }) => lost(`${code} ${reason}`, code);
  socket.onmessage = ({ data }) => {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE, "silence");
    const message = JSON.parse(data);
    if (!message.welcome) return take(message);
    ({ token } = message.welcome);
    attempts = 0;
    console.log(`in ${mode === "write" ? "seat" : "spectator seat"} ${message.welcome.seat}`);
    if (mode === "write") {
      say({ set: { name: "Feed", ...prices } });
      writing = setInterval(() => socket.bufferedAmount === 0 && say({ set: move() }), Number(options.every));
    }
  };
}

// The real feed would be read here. Returns only what has changed.
function move() {
  const names = Object.keys(prices);
  const name = names[Math.floor(Math.random() * names.length)];
  prices[name] = Number((prices[name] * (1 + (Math.random() - 0.5) / 1000)).toFixed(5));
  return { [name]: prices[name], at: Date.now() };
}

function take(message) {
  if (message.snapshot) entities.clear();
  for (const name of message.removed ?? []) entities.delete(name);
  for (const [name, fields] of Object.entries(message.entities ?? {})) show(name, entities.set(name, fields).get(name));
  for (const [name, fields] of Object.entries(message.changes ?? {})) show(name, Object.assign(entities.get(name), fields));
}

function show(entity, fields) {
  console.log(`${entity}: ${JSON.stringify(fields)}`);
}

connect();
