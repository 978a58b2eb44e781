// A relay that says what a test tells it to, byte by byte: for what stands in SPEC section 20. Bytes are written as hexadecimal text, blanks between them if that helps.

import { createServer } from "node:http";
import { WebSocket } from "./harness.js";

export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const unhex = (text) => Buffer.from(text.replace(/\s/g, ""), "hex");
const sized = (text) => Buffer.from(text).length.toString(16).padStart(2, "0") + hex(Buffer.from(text));
/** For lengths below 128. */
export const text = sized;

/** The welcome of section 16, of seat 2, with a long heartbeat and 30 ticks a second; named if there is a name. */
export const welcome = (name) =>
  `81 ${name ? "04" : "00"} 000102030405060708090a0b0c0d0e0f 01 02 01 64 1e 01 00 00 fa01 b8bd01 b8bd02 904e c0a907 b0ea03 808001 78 f001 00 00 03 aabbcc ${name ? sized(name) : ""}`;

/** A snapshot of tick 100: names, the card (the room's 65,535) with five fields, and a roster of the host 1 and of the client 2, who joined at ticks 40 and 100. */
export const SNAPSHOT = `82 3a 64
  00 05 ${sized("listed")} 00 ${sized("seats")} 00 ${sized("map")} 00 ${sized("locked")} 00 ${sized("password")} 00
  00 01 80f8ff1f 00 05  00 02  01 03 08  02 06 ${sized("dust")}  03 00  04 02
  00
  01 02 01 01 00 28 02 01 00 64`;

/** A relay of one room. `script` is called with each message of the client as hexadecimal text, and with what sends and what closes. */
export async function fakeRelay(script) {
  const server = createServer((_, response) => response.writeHead(404).end());
  const { WebSocketServer } = WebSocket;
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered][0] });
  const messages = [];
  sockets.on("connection", (socket) =>
    socket.on("message", (data) => {
      const message = hex(data);
      messages.push(message);
      if (message === "06") return socket.close(1000);
      script(message, { send: (...parts) => parts.forEach((part) => socket.send(unhex(part))), close: (code, reason) => socket.close(code, reason) });
    }),
  );
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => (sockets.clients.forEach((socket) => socket.terminate()), server.close());
  return { url: `ws://127.0.0.1:${server.address().port}`, messages, stop };
}
