// The messages of SPEC sections 4 and 5.

import { LARGEST_ENTITY, LAST_PLAYER, LAST_SEAT, LIST_COUNT, malformed, MOST_NAMES, NAME_BYTES, Reader, SAFE, Writer } from "./wire.js";

const MILLISECONDS = 2 ** 40;

export const KIND = { hello: 1, rejoin: 2, uplink: 3, ack: 4, resync: 5, leave: 6, visibility: 7, welcome: 0x81, frame: 0x82, private: 0x83, players: 0x84 };
export const RESYNC = { baseline: 1, checksum: 2, nonsense: 3 };
export const CODING = { delta: 0, merged: 1, snapshot: 2 };
export const AUDIENCE = ["all", "others", "host", "seats"];

const VERSION = 1;

// What a client sends.

/** @typedef {{ tick: number, delay: number }} Ack the newest tick applied on this connection, and microseconds since its frame was read */

/** @param {number} kind @param {Ack} ack */
const acknowledging = (kind, ack) => new Writer().u8(kind).varint(ack.tick).varint(ack.delay);

/** Flags of hello and rejoin: a ticket follows; `players` messages are taken; a lobby part follows. */
const TICKET = 1;
const PLAYERS = 2;
const LOBBY = 4;

/**
 * SPEC section 20. What is empty or absent is left out.
 * @typedef {{ how: number, type?: string, password?: string, invitation?: string, card: [string, import("./wire.js").WireValue][] }} LobbyPart
 * `how`: 0 join or make, 1 join, 2 make, 3 quick join
 */

/** @param {string | undefined} ticket who has one asks who sits where as well @param {LobbyPart | null} [lobby] */
export function encodeHello(room, isSpectator, ticket, lobby) {
  const writer = new Writer().u8(KIND.hello).varint(VERSION).string(room).u8(isSpectator ? 1 : 0);
  writer.u8((ticket ? TICKET | PLAYERS : 0) | (lobby ? LOBBY : 0));
  if (ticket) writer.string(ticket);
  if (lobby) writeLobby(writer, lobby);
  return writer.take();
}

/** @param {Writer} writer @param {LobbyPart} lobby */
function writeLobby(writer, { how, type, password, invitation, card }) {
  const texts = [type, password, invitation];
  const parts = texts.reduce((bits, text, index) => bits | (text ? 1 << index : 0), card.length ? 8 : 0);
  writer.u8(how).u8(parts);
  for (const text of texts) if (text) writer.string(text);
  if (card.length) writer.varint(card.length);
  for (const [name, value] of card) writer.string(name).value(value);
}

/** @param {{ token: Uint8Array, epoch: number, tick: number, confirmed: number }} seat @param {boolean} takesPlayers */
export const encodeRejoin = (room, { token, epoch, tick, confirmed }, takesPlayers) =>
  new Writer().u8(KIND.rejoin).varint(VERSION).string(room).sized(token).varint(epoch).varint(tick).varint(confirmed).u8(takesPlayers ? PLAYERS : 0).take();

/** @param {Uint8Array} body number, count and operations, as `uplinkBody` makes it */
export const encodeUplink = (ack, body) => acknowledging(KIND.uplink, ack).raw(body).take();

/** @param {Uint8Array} operations */
export const uplinkBody = (number, count, operations) => new Writer().varint(number).varint(count).raw(operations).take();

export const encodeAck = (ack) => acknowledging(KIND.ack, ack).take();

export const encodeResync = (ack, reason) => acknowledging(KIND.resync, ack).u8(reason).take();

export const encodeVisibility = (ack, isHidden) => acknowledging(KIND.visibility, ack).u8(isHidden ? 1 : 0).take();

export const encodeLeave = () => Uint8Array.of(KIND.leave);

/** A name in an uplink. @typedef {string | number} NameReference its text, or its index */

/** @param {Writer} writer @param {NameReference} name */
const writeName = (writer, name) => (typeof name === "number" ? writer.varint(name + 1) : writer.varint(0).string(name));

/** @param {Writer} writer @param {[NameReference, import("./wire.js").WireValue][]} fields */
export function writeSet(writer, entity, fields) {
  writer.u8(1).varint(entity).varint(fields.length);
  for (const [name, value] of fields) writeName(writer, name).value(value);
}

export function writeRemove(writer, entity) {
  writer.u8(2).varint(entity);
}

/** @param {number[]} seats empty unless the audience is 3 */
export function writeEvent(writer, name, audience, seats, value) {
  writeName(writer.u8(3), name).u8(audience);
  if (audience === 3) writer.varint(seats.length);
  for (const seat of seats) writer.varint(seat);
  writer.value(value);
}

/** By value: JavaScript has one type of number, so 3 and 3.0 are the same to an application. */
export function writeCompareAndSet(writer, entity, name, expected, value) {
  writeName(writer.u8(5).varint(entity), name).value(expected).value(value);
}

// What the relay sends.

/** @param {Uint8Array} message with its kind */
export function decodeWelcome(message) {
  const reader = new Reader(message, 1);
  const milliseconds = (low) => reader.varint(low, MILLISECONDS);
  const flags = reader.u8(0, 7);
  const welcome = {
    resumed: (flags & 1) > 0,
    uplinkGap: (flags & 2) > 0,
    instance: Array.from(reader.raw(16), (byte) => byte.toString(16).padStart(2, "0")).join(""),
    epoch: reader.varint(1),
    seat: reader.varint(1, LAST_SEAT),
    generation: reader.varint(1),
    tick: reader.varint(1),
    rate: reader.varint(1, 240),
    stride: reader.varint(1, 4),
    lastUplink: reader.varint(),
    cause: reader.u8(0, 7),
    maximumAckDelay: milliseconds(1),
    heartbeatInterval: milliseconds(1),
    stallAfter: milliseconds(1),
    graceWindow: milliseconds(0),
    seatHold: milliseconds(0),
    giveUpAfter: milliseconds(1),
    uplinkBytes: reader.varint(1),
    uplinkRate: reader.varint(1),
    uplinkBurst: reader.varint(1),
    roomWrites: reader.u8(0, 2),
    onLeave: reader.u8(0, 2),
    token: reader.raw(reader.varint(1, 128)).slice(),
    /** Only if it answers a hello with a lobby part. @type {string | undefined} */
    room: undefined,
  };
  if (flags & 4) welcome.room = reader.string(1, NAME_BYTES);
  reader.end();
  return welcome;
}

/** @typedef {ReturnType<typeof decodeWelcome>} Welcome */

/** @param {Uint8Array} message with its kind */
export function decodePrivate(message) {
  const reader = new Reader(message, 1);
  const flags = reader.u8(0, 7);
  const tick = reader.varint(1);
  const half = { tick, lastUplink: reader.varint(), results: null, events: null, lost: null };
  if (flags & 1) {
    half.results = [];
    for (let left = reader.count(1); left > 0; left--) {
      half.results.push({ uplink: reader.varint(1), operation: reader.varint(0, LIST_COUNT - 1), code: reader.u8(0, 15) });
    }
  }
  if (flags & 2) {
    half.events = [];
    for (let left = reader.count(1); left > 0; left--) half.events.push(readEvent(reader, tick, 0, 2));
  }
  if (flags & 4) half.lost = tick - reader.varint(0, tick);
  reader.end();
  return half;
}

/** Who sits where. @param {Uint8Array} message with its kind */
export function decodePlayers(message) {
  const reader = new Reader(message, 1);
  const rows = [];
  for (let left = reader.count(1, LAST_PLAYER); left > 0; left--) {
    const row = { seat: reader.varint(1, LAST_PLAYER), joined: reader.varint(1), playerId: reader.string(1, 64), name: reader.string(0, 64) };
    if (UNSEEN.test(row.playerId + row.name)) malformed();
    rows.push(row);
  }
  reader.end();
  return rows;
}

/** Control characters, line ends, and marks that turn the direction of text. */
const UNSEEN = /[\0-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** @param {Reader} reader @param {number} before the number that this one is counted from @param {number} audience 0: public; 2: private */
function readEvent(reader, tick, before, audience) {
  const number = before + reader.varint(1);
  if (number > SAFE) malformed();
  return {
    number,
    tick: tick - reader.varint(0, tick),
    sender: reader.varint(0, LAST_SEAT),
    audience: reader.u8(audience, audience + 1),
    name: reader.varint(0, MOST_NAMES - 1),
    value: reader.value(),
  };
}

/** @typedef {ReturnType<typeof readEvent>} WireEvent */

/** Flags, tick and age of a frame. @param {Reader} reader behind the kind */
export function readFrameHead(reader) {
  const flags = reader.u8();
  const tick = reader.varint(1);
  const coding = (flags & 3) === 3 ? CODING.delta : flags & 3;
  let age = (flags & 3) === 3 ? 1 : 0;
  if ((flags & 3) < 2) age = reader.varint(2 - (flags & 3), tick);
  return { flags, coding, tick, age, baseline: tick - age };
}

/** @typedef {ReturnType<typeof readFrameHead>} FrameHead */

/**
 * Reads everything behind the head, in the order in which it is applied.
 *
 * @param {Reader} reader @param {FrameHead} head
 * @param {import("./replica.js").Replica} sink what it is applied to
 */
export function readFrameSections(reader, head, sink) {
  const { flags } = head;
  if (flags & 8) readNames(reader, head, sink);
  if (flags & 16) readEntities(reader, head, sink);
  if (flags & 32) readRoster(reader, sink);
  if (flags & 64) {
    let number = 0;
    for (let left = reader.count(1); left > 0; left--) {
      const event = readEvent(reader, head.tick, number, 0);
      number = event.number;
      sink.event(event);
    }
  }
  if (flags & 128) sink.lost(head.tick - reader.varint(0, head.tick));
  if (flags & 4) {
    const rows = sink.heartbeat(reader.u32(), reader.varint(1, 4));
    for (let row = 0; row < rows; row++) sink.heartbeatRow(row, reader.varint(0, 65536), reader.varint());
  }
  reader.end();
}

function readNames(reader, head, sink) {
  const first = reader.varint(0, head.coding === CODING.snapshot ? 0 : MOST_NAMES - 1);
  const count = reader.varint(1, MOST_NAMES - first);
  for (let index = first; index < first + count; index++) {
    const text = reader.string(1, NAME_BYTES);
    const quantum = reader.u8(0, 1) ? reader.f64() : null;
    if (quantum !== null && quantum <= 0) malformed();
    sink.name(index, text, quantum);
  }
}

function readEntities(reader, head, sink) {
  if (head.coding !== CODING.delta) {
    const most = head.coding === CODING.snapshot ? 0 : SAFE;
    readRemoved(reader, reader.count(0, most), sink);
    readReplaced(reader, reader.count(), sink);
    return readUpdated(reader, reader.count(0, most), 0, sink);
  }
  const lists = reader.varint(1, 8 * 2 ** 26 - 1);
  if (lists & 1) readRemoved(reader, reader.count(1), sink);
  if (lists & 2) readReplaced(reader, reader.count(1), sink);
  if (lists > 7) readDifferences(reader, Math.floor(lists / 8), sink);
  if (lists & 4) readUpdated(reader, reader.count(1), 1, sink);
}

function readRemoved(reader, count, sink) {
  for (; count > 0; count--) sink.removed(reader.varint(0, LARGEST_ENTITY));
}

function readReplaced(reader, count, sink) {
  for (; count > 0; count--) {
    sink.replaced(reader.varint(0, LARGEST_ENTITY), reader.varint(0, LAST_PLAYER));
    readFields(reader, 0, sink);
  }
}

function readUpdated(reader, count, leastFields, sink) {
  for (; count > 0; count--) {
    sink.updated(reader.varint(0, LARGEST_ENTITY));
    readFields(reader, leastFields, sink);
  }
}

function readFields(reader, least, sink) {
  for (let left = reader.count(least, MOST_NAMES); left > 0; left--) {
    const index = reader.varint(0, MOST_NAMES - 1);
    const tag = reader.u8(0, 7);
    sink.field(index, tag, reader.content(tag));
  }
}

/** The packed differences. @param {Reader} reader */
function readDifferences(reader, count, sink) {
  const columns = readMask(reader);
  if (count > 4 * reader.left) malformed();
  reader.beginBits();
  const widths = columns.map(() => reader.bits(4) + 1);
  let entity = 0;
  for (; count > 0; count--, entity++) {
    const isOther = reader.bits(1);
    const isLater = isOther && reader.bits(1);
    const hasSome = isOther && (!isLater || reader.bits(1));
    if (isLater) entity += readSkip(reader);
    if (entity > LARGEST_ENTITY) malformed();
    const has = hasSome ? readChosen(reader, columns.length) : null;
    sink.updated(entity);
    for (let column = 0; column < columns.length; column++) {
      if (!has || has[column]) sink.difference(columns[column], reader.packedNumber(widths[column]));
    }
  }
  reader.endBits();
}

/** The name indices of the columns: the bits of a varint of 56 bits. */
function readMask(reader) {
  const columns = [];
  let byte = 128;
  for (let first = 0; byte > 127; first += 7) {
    if (first > 49) malformed();
    byte = reader.u8();
    if (byte === 0 && first > 0) malformed();
    for (let bit = 0; bit < 7; bit++) if ((byte >> bit) & 1) columns.push(first + bit);
  }
  if (!columns.length) malformed();
  return columns;
}

function readSkip(reader) {
  let zeros = 0;
  while (!reader.bits(1)) if (++zeros > 25) malformed();
  return 2 ** zeros + reader.bits(zeros);
}

function readChosen(reader, count) {
  const has = Array.from({ length: count }, () => reader.bits(1));
  const chosen = has.filter(Boolean).length;
  if (chosen === 0 || chosen === count) malformed();
  return has;
}

function readRoster(reader, sink) {
  sink.host = reader.varint(0, LAST_PLAYER);
  for (let left = reader.count(0, LAST_PLAYER); left > 0; left--) {
    sink.row(reader.varint(1, LAST_PLAYER), reader.u8(1, 4), reader.u8(0, 7), reader.varint(1));
  }
}
