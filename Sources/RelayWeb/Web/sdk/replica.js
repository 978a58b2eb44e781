// A client's copy of a room: names, entities and roster, with the checksum of SPEC section 6.

import { CODING } from "./messages.js";
import { malformed, MOST_NAMES, TAG_BYTES, TAG_FLOAT, TAG_INTEGER, TAG_STEPS, TAG_STRING, utf8Bytes, wrappingSum } from "./wire.js";
import { fromWire } from "./values.js";

// What a replica keeps at most, whatever a relay sends. A frame beyond that makes no sense to it.
const BOUNDS = { entities: 65_536, fields: 524_288, contentBytes: 64 << 20, events: 4_096 };

/** @typedef {import("./wire.js").WireValue & { history: number[] | null }} Field `history`: ticks and values in turn, for drawing */
/** @typedef {{ id: number, owner: number, fields: Map<number, Field> }} Held an entity; its fields by name index */
/** @typedef {{ seat: number, state: number, cause: number, joined: number, rtt: number | null }} Row */

/** Bytes that a value keeps beside its field. */
function weight(tag, content) {
  return tag === TAG_STRING ? content.length * 2 : tag === TAG_BYTES ? content.length : 0;
}

export class Replica {
  #heartbeatRows;
  #frameTick;
  #fieldCount;
  /** Seat of this client, so that its own events to others are left out. */
  ownSeat = 0;
  /** Events of this tick and before were delivered. */
  cursor = 0;
  /** Name indices whose numbers are recorded, because somebody draws them. @type {Set<number>} */
  #recorded = new Set();
  /** Texts of the names to record. @type {Set<string>} */
  #recordedNames = new Set();
  historyTicks = 1;

  constructor() {
    this.clear();
    this.beginFrame({ coding: CODING.snapshot, tick: 0 });
  }

  clear() {
    this.tick = 0;
    /** @type {{ text: string, quantum: number | null }[]} */
    this.names = [];
    /** @type {Map<string, number>} */
    this.nameIndex = new Map();
    /** @type {Map<number, Held>} */
    this.entities = new Map();
    /** @type {Map<number, Row>} */
    this.roster = new Map();
    /** Who sits where, by seat, as said before the rows that it goes with. @type {Map<number, { joined: number, playerId: string, name: string }>} */
    this.identities ??= new Map();
    this.host = 0;
    this.#fieldCount = 0;
    this.contentBytes = 0;
    this.#recorded.clear();
  }

  /** @param {{ coding: number, tick: number, flags?: number }} head */
  beginFrame(head) {
    /** Entities of before a snapshot: what was drawn goes on from there. @type {Map<number, Held> | null} */
    this.before = null;
    if (head.coding === CODING.snapshot) {
      const before = this.entities;
      this.clear();
      this.before = before;
    }
    /** Entities that this frame removes, so that those who leave can be told of with their names. @type {Map<number, Held>} */
    this.removedNow = this.before ?? new Map();
    this.#frameTick = head.tick;
    this.current = null;
    /** @type {import("./messages.js").WireEvent[]} */
    this.events = [];
    this.lostThrough = 0;
    this.checksumDiffers = false;
    this.stride = 0;
    this.ownRow = null;
    // A roster may say nothing but who is the host.
    this.rosterChanged = head.coding === CODING.snapshot || (head.flags & 32) > 0;
  }

  finishFrame() {
    this.before = null;
    this.tick = this.#frameTick;
  }

  // What frames consist of.

  name(index, text, quantum) {
    const known = this.names[index];
    if (known) {
      if (known.text !== text || known.quantum !== quantum) malformed();
      return;
    }
    if (index > this.names.length || this.nameIndex.has(text)) malformed();
    this.names.push({ text, quantum });
    this.nameIndex.set(text, index);
    if (this.#recordedNames.has(text)) this.#recorded.add(index);
  }

  removed(id) {
    const held = this.entities.get(id);
    if (!held) return;
    this.#forgetFields(held);
    this.entities.delete(id);
    this.removedNow.set(id, held);
  }

  #forgetFields(held) {
    this.#fieldCount -= held.fields.size;
    for (const { tag, content } of held.fields.values()) this.contentBytes -= weight(tag, content);
  }

  replaced(id, owner) {
    const old = this.entities.get(id);
    if (old) this.#forgetFields(old);
    else if (this.entities.size >= BOUNDS.entities) malformed();
    this.current = { id, owner, fields: new Map() };
    this.entities.set(id, this.current);
  }

  updated(id) {
    this.current = this.entities.get(id) ?? malformed();
  }

  field(index, tag, content) {
    this.requireName(index);
    const { fields } = this.current;
    let field = fields.get(index);
    if (field) {
      this.contentBytes -= weight(field.tag, field.content);
      field.tag = tag;
      field.content = content;
    } else {
      field = { tag, content, history: this.before?.get(this.current.id)?.fields.get(index)?.history ?? null };
      fields.set(index, field);
      this.#fieldCount++;
    }
    this.contentBytes += weight(tag, content);
    if (this.#fieldCount > BOUNDS.fields || this.contentBytes > BOUNDS.contentBytes) malformed();
    if (this.#recorded.has(index)) this.#record(index, field);
  }

  difference(index, difference) {
    const field = this.current.fields.get(index);
    if (!field || (field.tag !== TAG_INTEGER && field.tag !== TAG_STEPS)) return malformed();
    field.content = wrappingSum(field.content, difference);
    if (this.#recorded.has(index)) this.#record(index, field);
  }

  requireName(index) {
    if (index >= this.names.length) malformed();
  }

  row(seat, state, cause, joined) {
    const rtt = this.roster.get(seat)?.rtt ?? null;
    if (state === 4) this.roster.delete(seat);
    else this.roster.set(seat, { seat, state, cause, joined, rtt });
  }

  /** @param {import("./messages.js").WireEvent} event */
  event(event) {
    this.requireName(event.name);
    if (event.tick <= this.cursor || (event.audience === 1 && event.sender === this.ownSeat)) return;
    if (this.events.length >= BOUNDS.events) malformed();
    this.events.push(event);
  }

  lost(tick) {
    if (tick > this.cursor) this.lostThrough = Math.max(this.lostThrough, tick);
  }

  /** @returns {number} how many rows follow */
  heartbeat(checksum, stride) {
    this.checksumDiffers = checksum !== this.checksum();
    this.stride = stride;
    this.#heartbeatRows = [...this.roster.values()].sort((left, right) => left.seat - right.seat);
    return this.#heartbeatRows.length;
  }

  heartbeatRow(position, rtt, lastUplink) {
    const row = this.#heartbeatRows[position];
    row.rtt = rtt === 0 ? null : rtt - 1;
    if (row.seat === this.ownSeat) this.ownRow = { rtt: row.rtt, lastUplink };
  }

  // Reading.

  /** @param {number} id @param {string} name @returns {Field | undefined} */
  fieldOf(id, name) {
    const index = this.nameIndex.get(name);
    return index === undefined ? undefined : this.entities.get(id)?.fields.get(index);
  }

  /** The value of a field as applications have it. */
  valueOf(id, name) {
    const held = this.entities.get(id);
    return held && this.valueIn(held, name);
  }

  /** The value of a field of an entity that may be gone. @param {Held} held */
  valueIn(held, name) {
    const index = this.nameIndex.get(name);
    const field = held.fields.get(index);
    return field && fromWire(field, this.names[index].quantum);
  }

  /** The fields of an entity: text, field and quantum. @returns {Iterable<[string, Field, number | null]>} */
  *fieldsOf(id) {
    const held = this.entities.get(id);
    for (const [index, field] of held ? held.fields : []) yield [this.names[index].text, field, this.names[index].quantum];
  }

  // Recording, for drawing between ticks.

  /** Records the numbers of this name from now on. @param {string} name */
  startRecording(name) {
    if (this.#recordedNames.has(name) || this.#recordedNames.size >= MOST_NAMES) return;
    this.#recordedNames.add(name);
    const index = this.nameIndex.get(name);
    if (index === undefined) return;
    this.#recorded.add(index);
    this.#frameTick = this.tick;
    for (const { fields } of this.entities.values()) {
      const field = fields.get(index);
      if (field) this.#record(index, field);
    }
  }

  /** @param {Field} field */
  #record(index, field) {
    const value = fromWire(field, this.names[index].quantum);
    if (typeof value !== "number") return void (field.history = null);
    const history = (field.history ??= []);
    const length = history.length;
    // A value that did not change for a while stood still until just before this tick.
    if (length && this.#frameTick - history[length - 2] > this.historyTicks) history.push(this.#frameTick - 1, history[length - 1]);
    if (history[history.length - 2] === this.#frameTick) history.length -= 2;
    history.push(this.#frameTick, value);
    if (history.length > 256) history.splice(0, 128);
  }

  // The checksum.

  checksum() {
    let sum = 0;
    this.names.forEach(({ text }, index) => (sum += nameTerm(index, text)));
    sum >>>= 0;
    for (const { id, owner, fields } of this.entities.values()) {
      sum = (sum + entityTerm(id, owner)) >>> 0;
      for (const [index, field] of fields) sum = (sum + fieldTerm(id, index, field)) >>> 0;
    }
    return sum >>> 0;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/** FNV-1a over the lowest `count` bytes of a number. */
function hashNumber(hash, number, count) {
  for (let shift = 0; shift < count * 8; shift += 8) hash = Math.imul(hash ^ ((number >>> shift) & 255), 16777619);
  return hash;
}

function hashBytes(hash, bytes) {
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ bytes[at], 16777619);
  return hash;
}

function hashContent(hash, { tag, content }) {
  if (tag === TAG_STRING) return hashBytes(hash, utf8Bytes(content));
  if (tag === TAG_BYTES) return hashBytes(hash, content);
  if (tag < TAG_INTEGER) return hash;
  if (tag === TAG_FLOAT) scratch.setFloat64(0, content, true);
  else scratch.setBigInt64(0, BigInt(content), true);
  return hashNumber(hashNumber(hash, scratch.getUint32(0, true), 4), scratch.getUint32(4, true), 4);
}

function finished(hash) {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const start = (id, word) => hashNumber(hashNumber(2166136261, id, 4), word, 2);

export const nameTerm = (index, text) => finished(hashBytes(start(0xffffffff, index), utf8Bytes(text)));
export const entityTerm = (id, owner) => finished(hashNumber(start(id, 0xffff), owner, 2));
export const fieldTerm = (id, index, field) => finished(hashContent(hashNumber(start(id, index), field.tag, 1), field));
