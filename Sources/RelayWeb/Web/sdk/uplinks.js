// What the application writes, on its way: pending, then in numbered uplinks until the relay confirms them (SPEC section 9).

import { encodeUplink, uplinkBody } from "./messages.js";
import { LIST_COUNT } from "./wire.js";

/** Bounds of what waits to be sent. Over a bound the new write is refused, for an accepted one is a promise. */
export const PENDING = { entities: 4096, events: 256 };

/**
 * An entity to write: its id, or −1 − number for one's own with this number, whatever the seat will be.
 * @typedef {number} Target
 */
export const ownTarget = (number) => -1 - number;

/** @param {Target} target @param {number} seat */
export const entityOf = (target, seat) => (target < 0 ? (-1 - target) * 1024 + seat : target);

/**
 * @typedef {object} Operation
 * @property {"set" | "remove" | "send" | "compareAndSet" | "kick" | "ban" | "handOver" | "setPassword" | "invite"} kind
 * @property {Target | null} target null for events and acts
 * @property {Uint8Array} [act] an act as it goes on the wire
 * @property {Map<string, import("./wire.js").WireValue>} fields of an event its name and value, of a compare and set its name and the new value
 * @property {import("./wire.js").WireValue} [expected]
 * @property {"all" | "others" | "host" | number[]} [to]
 * @property {(refusal?: string) => void} [settle] of a compare and set, and of an act: why it was refused, empty if it succeeded; nothing if there was no result
 */

/** Whether it is none of those that later ones merge with. @param {Operation} operation */
export const isOrdered = ({ kind }) => kind !== "set" && kind !== "remove";

/** Writes that are in no uplink yet. The last write to a field wins; operations on one entity, and events, keep their order. */
export class PendingWrites {
  #ordered;
  constructor() {
    this.clear();
  }

  clear() {
    /** @type {Operation[]} */
    this.operations = [];
    /** The last operation on each entity. @type {Map<Target, Operation>} */
    this.last = new Map();
    this.#ordered = 0;
  }

  /** @param {Target} target @param {[string, import("./wire.js").WireValue][]} fields @returns {boolean} false if it was refused */
  set(target, fields) {
    let operation = this.last.get(target);
    if (operation?.kind === "set") {
      const added = fields.filter(([name]) => !operation.fields.has(name)).length;
      if (operation.fields.size + added > LIST_COUNT) return false;
    } else {
      if (fields.length > LIST_COUNT || this.#isFull) return false;
      operation = this.append({ kind: "set", target, fields: new Map() });
    }
    for (const [name, value] of fields) operation.fields.set(name, value);
    return true;
  }

  /** @param {Target} target */
  remove(target) {
    const last = this.last.get(target);
    if (last && last.kind !== "compareAndSet") {
      last.kind = "remove"; // what the pending set writes would be removed anyway
      last.fields.clear();
      return true;
    }
    if (this.#isFull) return false;
    this.append({ kind: "remove", target, fields: new Map() });
    return true;
  }

  /** An event, a compare and set, or an act. @param {Operation} operation */
  enqueue(operation) {
    if (this.#ordered >= PENDING.events) return false;
    this.append(operation);
    this.#ordered++;
    return true;
  }

  get #isFull() {
    return this.operations.length - this.#ordered >= PENDING.entities;
  }

  /** @param {Operation} operation */
  append(operation) {
    this.operations.push(operation);
    if (operation.target !== null) this.last.set(operation.target, operation);
    return operation;
  }

  /** Takes out the first operations, which are in an uplink now. */
  removeFirst(count) {
    for (const operation of this.operations.splice(0, count)) {
      if (isOrdered(operation)) this.#ordered--;
      if (this.last.get(operation.target) === operation) this.last.delete(operation.target);
    }
  }

  /** Makes the first operation, a set that is too long for an uplink, one set for each field. */
  splitFirst() {
    const [whole] = this.operations;
    const parts = Array.from(whole.fields, (field) => ({ ...whole, fields: new Map([field]) }));
    this.operations.splice(0, 1, ...parts);
    if (this.last.get(whole.target) === whole) this.last.set(whole.target, parts[parts.length - 1]);
  }
}

/** Uplinks that were sent and are not confirmed. A resend repeats the bytes behind the Ack. */
export class UplinkLog {
  #unsent;
  #resendAt;
  #refusals;
  #pace;
  constructor() {
    this.reset();
  }

  /** Another seat: its uplinks are numbered anew. */
  reset() {
    this.confirmed = 0;
    this.nextNumber = 1;
    this.#pace = 0;
    this.forget();
  }

  /** Gives all unconfirmed ones up. Their numbers are not used again. @returns how many there were */
  forget() {
    const count = this.records?.length ?? 0;
    /** @type {{ number: number, body: Uint8Array, names: number }[]} */
    this.records = [];
    /** Records from this position on were not sent on this connection. */
    this.#unsent = 0;
    this.#resendAt = 0;
    /** Closes in a row by which the relay refused a message. */
    this.#refusals = 0;
    return count;
  }

  get bytes() {
    return this.records.reduce((sum, { body }) => sum + body.length, 0);
  }

  get namesUsed() {
    return this.records.reduce((most, record) => Math.max(most, record.names), 0);
  }

  get nextResend() {
    return this.#unsent < this.records.length ? this.#resendAt : Infinity;
  }

  /** A new connection: all are to be sent again, at half of the relay's rate. */
  rewind(rate, now) {
    this.#pace = 2000 / Math.min(Math.max(rate, 1), 1e6);
    this.#unsent = 0;
    this.#resendAt = now;
  }

  confirm(number) {
    if (number <= this.confirmed) return;
    this.confirmed = number;
    this.#refusals = 0;
    this.nextNumber = Math.max(this.nextNumber, number + 1);
    while (this.records.length && this.records[0].number <= number) {
      this.records.shift();
      this.#unsent = Math.max(0, this.#unsent - 1);
    }
  }

  /** Whether one of them has to be taken for what the relay cannot take: sent again it would end each connection. */
  countRefusal() {
    if (this.#unsent > 0) this.#refusals++;
  }

  get areRefused() {
    return this.#refusals >= 2;
  }

  /** Adds a new one, as sent. */
  append(count, operations, names) {
    const body = uplinkBody(this.nextNumber, count, operations);
    this.records.push({ number: this.nextNumber++, body, names });
    this.#unsent = this.records.length;
  }

  newest(ack) {
    return encodeUplink(ack, this.records[this.records.length - 1].body);
  }

  resend(ack, now) {
    this.#resendAt = Math.max(this.#resendAt, now) + this.#pace;
    return encodeUplink(ack, this.records[this.#unsent++].body);
  }
}

/** Keeps us within the relay's rate: half of its bucket, so that messages which the network bunches up still fit. Acknowledgements are charged and never held back. */
export class SendBudget {
  #tolerance;
  #paidAt;
  #cost;
  constructor() {
    this.reset(120, 240, 0);
  }

  reset(rate, burst, now) {
    this.#cost = 1000 / Math.min(Math.max(rate, 1), 1e6);
    this.#tolerance = this.#cost * (Math.max(2, Math.min(burst, 1e6)) / 2 - 1);
    this.#paidAt = now;
  }

  allows(now) {
    return this.#paidAt <= now + this.#tolerance;
  }

  spend(now) {
    this.#paidAt = Math.max(this.#paidAt, now) + this.#cost;
  }
}

/** Matches results to operations, and leaves out repeated ones. */
export class ResultTracker {
  constructor() {
    this.reset();
  }

  reset() {
    /** Operations by the number of their uplink, until their results can come no more. @type {Map<number, Operation[]>} */
    this.sent = new Map();
    /** The newest result delivered, as uplink · 64 + operation + 1 in two parts. */
    this.delivered = { uplink: 0, operation: 0 };
  }

  /** @param {{ uplink: number, operation: number, code: number }} result @returns {Operation | null | undefined} undefined for a repetition */
  receive({ uplink, operation }) {
    const { delivered } = this;
    if (uplink < delivered.uplink || (uplink === delivered.uplink && operation < delivered.operation)) return undefined;
    this.delivered = { uplink, operation: operation + 1 };
    const operations = this.sent.get(uplink);
    const found = operations?.[operation] ?? null;
    if (operations) delete operations[operation];
    return found;
  }

  /** What got no result up to here succeeded without one, but for compare and sets: those results are lost. @param {string} [refusal] if it did not */
  settledThrough(number, refusal) {
    for (const [uplink, operations] of this.sent) {
      if (uplink > number) break;
      this.sent.delete(uplink);
      for (const operation of operations) operation?.settle?.(refusal);
    }
  }

  /** The relay lost what comes behind this uplink: the results will be new ones. */
  rewind(number) {
    if (this.delivered.uplink > number) this.delivered = { uplink: number, operation: LIST_COUNT };
  }
}
