// Keeps a seat over a reload of the page.
//
// What is kept is taken out while it is in use, and written back when the page goes: so a duplicated tab, whose storage is a copy, finds nothing and is another player.

import { unconfirmedUplinks } from "./packing.js";

/** Seats kept for one room and relay at most: as many rooms as a page has joined under the same name. */
const MOST = 8;
/** Bytes of unconfirmed uplinks that are kept. */
export const KEPT_BYTES = 64 << 10;

export const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
export const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

export class SeatMemory {
  #relay;
  #session;
  /** @param {import("./tickrelay.js").TokenStorage | null} storage @param {{ room: string }} session whose room may get its name later */
  constructor(storage, relay, session) {
    this.storage = storage;
    this.#relay = relay;
    this.#session = session;
  }

  get #key() {
    return `tickrelay ${this.#relay} ${this.#session.room}`;
  }

  /** The seat kept first for this role, which is kept no more; null if there is none. */
  take(role) {
    const kept = this.#read();
    const found = kept.findIndex((record) => record?.role === role);
    if (found < 0) return null;
    const [record] = kept.splice(found, 1);
    this.write(kept);
    return record;
  }

  put(record) {
    this.write([...this.#read(), record].slice(-MOST));
  }

  /** Storage can be full or forbidden: then a reload takes a new seat. */
  #read() {
    try {
      const kept = JSON.parse(this.storage?.getItem(this.#key) ?? "[]");
      return Array.isArray(kept) ? kept : [];
    } catch {
      return [];
    }
  }

  write(records) {
    try {
      if (records.length) this.storage?.setItem(this.#key, JSON.stringify(records));
      else this.storage?.removeItem(this.#key);
    } catch {
      // As in `#read`.
    }
  }
}

/** What a session needs to come back in another page. @param {import("./session.js").Session} session @returns {object | null} */
export function recordOf(session) {
  const { welcome, uplinks, results, replica } = session;
  if (!welcome) return null;
  const unconfirmed = unconfirmedUplinks(session);
  const isTooLong = unconfirmed.reduce((sum, { body }) => sum + body.length, 0) > KEPT_BYTES;
  return {
    role: session.isSpectator ? "spectator" : "player",
    instance: welcome.instance,
    seat: welcome.seat,
    epoch: welcome.epoch,
    token: toBase64(welcome.token),
    cursor: replica.cursor,
    confirmed: uplinks.confirmed,
    next: uplinks.nextNumber + unconfirmed.length - uplinks.records.length,
    delivered: results.delivered,
    uplinks: isTooLong ? [] : unconfirmed.map(({ number, body, names }) => ({ number, names, body: toBase64(body) })),
    lost: isTooLong ? unconfirmed.length : 0,
  };
}

/** @param {import("./session.js").Session} session that was not connected yet @param {any} record */
export function restore(session, record) {
  try {
    const { instance, seat, epoch, cursor, confirmed, next, delivered, lost } = record;
    const token = fromBase64(record.token);
    const records = record.uplinks.map(({ number, names, body }) => ({ number, names, body: fromBase64(body) }));
    session.isWhole = false;
    session.forgetUplinks();
    session.welcome = { ...EMPTY_WELCOME, instance, seat, epoch, token };
    session.replica.cursor = cursor;
    session.results.delivered = delivered;
    Object.assign(session.uplinks, { confirmed, records, nextNumber: next });
    if (lost) session.notify("uplinksLost", lost);
  } catch {
    // Something else has written there: a new seat, then.
  }
}

/** The rest of a welcome, until the next one comes. */
const EMPTY_WELCOME = { rate: 30, stride: 1, cause: 0, heartbeatInterval: 1000, giveUpAfter: 6000, roomWrites: 0 };
