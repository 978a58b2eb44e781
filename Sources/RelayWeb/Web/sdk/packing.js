// What the application wrote, as the bytes of uplinks that the relay takes.

import { AUDIENCE, uplinkBody, writeCompareAndSet, writeEvent, writeRemove, writeSet } from "./messages.js";
import { entityOf } from "./uplinks.js";
import { quantised } from "./values.js";
import { LIST_COUNT, Writer } from "./wire.js";

/** What the relay bounds an uplink by, less kind, ack, ack delay, number and count. */
const UPLINK_HEAD = 28;

/** Writes operations by the names of the replica. */
class OperationWriter {
  writer = new Writer();
  /** The bytes mean what they mean as long as so many names at the start of the table stay. */
  names = 0;

  /** @param {import("./replica.js").Replica} replica */
  constructor(replica, seat) {
    this.replica = replica;
    this.seat = seat;
  }

  #reference(name) {
    const index = this.replica.nameIndex.get(name);
    if (index === undefined) return name;
    this.names = Math.max(this.names, index + 1);
    return index;
  }

  #fieldValue(name, value) {
    const quantum = this.replica.names[this.replica.nameIndex.get(name)]?.quantum;
    return quantum ? quantised(value, quantum) : value;
  }

  /** @param {import("./uplinks.js").Operation} operation */
  write({ kind, target, fields, to, expected, act }) {
    if (act) return this.writer.raw(act);
    if (kind === "remove") return writeRemove(this.writer, entityOf(target, this.seat));
    if (kind === "set") {
      const written = Array.from(fields, ([name, value]) => [this.#reference(name), this.#fieldValue(name, value)]);
      return writeSet(this.writer, entityOf(target, this.seat), /** @type {any} */ (written));
    }
    const [[name, value]] = fields;
    if (kind === "send") {
      const seats = typeof to === "string" ? [] : to;
      const audience = typeof to === "string" ? AUDIENCE.indexOf(to) : 3;
      return writeEvent(this.writer, this.#reference(name), audience, seats, value);
    }
    const entity = entityOf(target, this.seat);
    writeCompareAndSet(this.writer, entity, this.#reference(name), this.#fieldValue(name, expected), this.#fieldValue(name, value));
  }
}

/** As many of these operations as an uplink takes. @param {import("./uplinks.js").Operation[]} operations @param {import("./session.js").Session} session */
export function pack(operations, { replica, seat, welcome }) {
  const most = Math.min(Math.max(welcome.uplinkBytes, 64), 1 << 20) - UPLINK_HEAD;
  const output = new OperationWriter(replica, seat);
  let count = 0;
  for (let end = 0; count < operations.length && count < LIST_COUNT; count++) {
    output.write(operations[count]);
    if (output.writer.length > most) {
      output.writer.length = end;
      break;
    }
    end = output.writer.length;
  }
  return { count, bytes: output.writer.take(), names: output.names };
}

/**
 * What the relay may not have yet, as uplinks: those that were sent, and those that what is pending would become.
 * @param {import("./session.js").Session} session
 */
export function unconfirmedUplinks(session) {
  const { uplinks, pending, welcome } = session;
  const all = [...uplinks.records];
  let rest = pending.operations;
  for (let number = uplinks.nextNumber; rest.length && welcome.uplinkBytes; number++) {
    const { count, bytes, names } = pack(rest, session);
    if (count) all.push({ number, body: uplinkBody(number, count, bytes), names });
    rest = rest.slice(Math.max(count, 1));
  }
  return all;
}
