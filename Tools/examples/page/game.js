"use strict";
const HEARTBEAT = 1000; // milliseconds between heartbeats
const UNEASY = 2500; // without an echo for so long, the server is said not to respond
const HOPELESS = 10000; // and after so long the connection is given up
const LONGEST_WAIT = 5000; // between two attempts
const FORGET = [4012, 4013, 4014, 4015]; // close codes after which the token is good for nothing
const OVER = [4002, 4017, 4020, 4022, 4023, 4024, 4030, 4031, 4032, 4033, 4034, 4035, 4036, 4037];
const STEP = 10;
const SIDE = 40; // of a square, as of the canvas' 800

const parameters = new URLSearchParams(location.search);
const relay = parameters.get("relay") ?? "ws://127.0.0.1:7777";
const canvas = document.querySelector("canvas");
const me = { name: parameters.get("name") ?? "Somebody", x: Math.round(Math.random() * 700), y: Math.round(Math.random() * 700) };
const squares = new Map(); // by seat
let socket, token, seat;
let attempts = 0;
let heartbeats = 0;
let echoedAt = performance.now();

function say(connection, good) {
  const line = document.getElementById("connection");
  line.textContent = connection;
  line.dataset.good = good;
}

function connect() {
  socket = new WebSocket(relay);
  echoedAt = performance.now();
  socket.onopen = () => socket.send(JSON.stringify(token ? { rejoin: token } : { join: parameters.get("room") ?? "lobby" }));
  socket.onmessage = ({ data }) => (data.startsWith("~h#") ? echoed(data) : take(JSON.parse(data)));
  socket.onclose = ({ code }) => lost(code);
}

function lost(code) {
  socket.onmessage = socket.onclose = null;
  socket.close();
  socket = null;
  if (OVER.includes(code)) return say(`The game is over (${code})`, false);
  if (FORGET.includes(code)) token = undefined;
  say("Connecting again", false);
  setTimeout(connect, Math.random() * Math.min(LONGEST_WAIT, 250 * 2 ** attempts++));
}

// Never into a socket that has not sent what it was given: the heartbeat would only join the queue.
setInterval(() => {
  if (!socket) return;
  if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount === 0) socket.send(`~h#${++heartbeats}~`);
  const silence = performance.now() - echoedAt;
  if (silence > HOPELESS) lost();
  else if (silence > UNEASY) say("Server not responding", false);
}, HEARTBEAT);

function echoed(heartbeat) {
  if (heartbeat !== `~h#${heartbeats}~`) return; // of an earlier one
  echoedAt = performance.now();
  attempts = 0;
  say("Connection OK", true);
}

function take(message) {
  if (message.welcome) {
    ({ token, seat } = message.welcome);
    console.log(`in seat ${seat}`);
    return socket.send(JSON.stringify({ set: me }));
  }
  if (message.snapshot) squares.clear();
  for (const entity of message.removed ?? []) squares.delete(entity);
  for (const [entity, fields] of Object.entries(message.entities ?? {})) squares.set(entity, fields);
  for (const [entity, fields] of Object.entries(message.changes ?? {})) Object.assign(squares.get(entity), fields);
  requestAnimationFrame(draw);
}

function draw() {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, 800, 800);
  pen.font = "16px system-ui";
  for (const [entity, { x, y, name }] of squares) {
    if (typeof x !== "number" || typeof y !== "number") continue;
    pen.fillStyle = entity === String(seat) ? "#7cc4ff" : "#ffd166";
    pen.fillRect(x, y, SIDE, SIDE);
    pen.fillText(String(name ?? entity), x, y - 6);
  }
}

function move(x, y) {
  me.x = Math.max(0, Math.min(800 - SIDE, Math.round(x)));
  me.y = Math.max(0, Math.min(800 - SIDE, Math.round(y)));
  if (socket?.readyState === WebSocket.OPEN && seat !== undefined && socket.bufferedAmount === 0) socket.send(JSON.stringify({ set: { x: me.x, y: me.y } }));
}

addEventListener("keydown", ({ key }) => {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] ?? [0, 0];
  if (dx || dy) move(me.x + dx * STEP, me.y + dy * STEP);
});
canvas.addEventListener("pointerdown", ({ offsetX, offsetY }) => {
  const scale = canvas.width / canvas.clientWidth;
  move(offsetX * scale - SIDE / 2, offsetY * scale - SIDE / 2);
});
connect();
