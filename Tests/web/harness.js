// A relay of our own, and sockets that can be broken.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** The SDK's sources, or what they were minified to. */
export const { join } = await import(process.env.SDK_UNDER_TEST ?? "../../Sources/RelayWeb/Web/sdk/tickrelay.js");

/** The same with the lobby. */
export const lobbySDK = await import(process.env.LOBBY_UNDER_TEST ?? "../../Sources/RelayWeb/Web/sdk/lobby.js");

/** Debian's node-ws is found by NODE_PATH=/usr/share/nodejs. */
export const WebSocket = createRequire(import.meta.url)("ws");

export const BINARY = process.env.TICKRELAY ?? fileURLToPath(new URL("../../.build/release/tickrelay", import.meta.url));

/** @returns {Promise<{ url: string, stop: () => void }>} */
export function startRelay(...settings) {
  const child = spawn(BINARY, ["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", ...settings.flatMap((each) => ["--set", each])]);
  process.on("exit", () => child.kill("SIGKILL"));
  child.stderr.resume();
  return new Promise((resolve, reject) => {
    child.on("exit", (code) => reject(new Error(`the relay ended with ${code}`)));
    child.stdout.once("data", (text) => {
      child.removeAllListeners("exit");
      resolve({ url: /ws:\/\/\S+/.exec(text)[0], stop: () => child.kill("SIGKILL") });
    });
  });
}

/** Sockets that remember themselves, and can be torn down without a closing handshake. */
export function breakableSockets() {
  return class extends WebSocket {
    static all = [];
    /** Bytes that are said to wait. */
    static held = 0;
    constructor(...parts) {
      super(...parts);
      this.constructor.all.push(this);
    }
    get bufferedAmount() {
      return super.bufferedAmount + this.constructor.held;
    }
    send(message) {
      (this.sent ??= []).push(message);
      super.send(message);
    }
    static breakAll() {
      for (const socket of this.all.splice(0)) socket.terminate();
    }
  };
}

export const enter = (relay, room, options = {}) => join(relay.url, room, { webSocket: WebSocket, ...options });

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits for a condition, for long: machines are slow. */
export async function until(what, condition, longest = 20_000) {
  const end = Date.now() + longest;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await pause(10);
  }
}
