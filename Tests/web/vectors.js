// Runs the golden vectors of Protocol/vectors against the SDK's own modules: in Node and in browsers alike.

import { encodeAct } from "../../Sources/RelayWeb/Web/sdk/hosting.js";
import * as messages from "../../Sources/RelayWeb/Web/sdk/messages.js";
import { entityTerm, fieldTerm, nameTerm, Replica } from "../../Sources/RelayWeb/Web/sdk/replica.js";
import { Session } from "../../Sources/RelayWeb/Web/sdk/session.js";
import { quantised } from "../../Sources/RelayWeb/Web/sdk/values.js";
import { Reader, TAG_BYTES, TAG_FALSE, TAG_FLOAT, TAG_INTEGER, TAG_NULL, TAG_STEPS, TAG_STRING, TAG_TRUE, WireError, Writer } from "../../Sources/RelayWeb/Web/sdk/wire.js";

/** `invalid-client` and `token` are for relays alone. */
export const FILES = ["client-messages", "server-messages", "invalid-server", "replica", "checksum", "quantised"];

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const integer = (value) => (typeof value === "bigint" ? String(value) : value);
const content = { [TAG_INTEGER]: "integer", [TAG_FLOAT]: "float", [TAG_STEPS]: "steps", [TAG_STRING]: "string", [TAG_BYTES]: "bytes" };

function valueToJSON({ tag, content: held }) {
  if (tag < TAG_INTEGER) return held;
  return { [content[tag]]: tag === TAG_BYTES ? hex(held) : integer(held) };
}

function valueFromJSON(json) {
  if (json === null) return { tag: TAG_NULL, content: null };
  if (typeof json === "boolean") return { tag: json ? TAG_TRUE : TAG_FALSE, content: json };
  const [[key, held]] = Object.entries(json);
  const tag = Number(Object.keys(content).find((each) => content[each] === key));
  if (tag === TAG_BYTES) return { tag, content: unhex(held) };
  return { tag, content: typeof held === "string" && tag !== TAG_STRING ? BigInt(held) : held };
}

function same(left, right) {
  if (left === null || right === null || typeof left !== "object" || typeof right !== "object") return left === right;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && same(left[key], right[key]));
}

function expect(found, expected, what) {
  if (!same(found, expected)) throw new Error(`${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
}

// What a client sends.

const nameOf = (json) => json.name ?? json.index;

function writeOperation(writer, json) {
  if (json.op === "set") {
    messages.writeSet(writer, json.entity, json.fields.map(([name, value]) => [nameOf(name), valueFromJSON(value)]));
  } else if (json.op === "remove") {
    messages.writeRemove(writer, json.entity);
  } else if (json.op === "event") {
    messages.writeEvent(writer, nameOf(json.name), json.audience, json.seats ?? [], valueFromJSON(json.value));
  } else if (json.op === "kick" || json.op === "ban" || json.op === "host") {
    writer.raw(encodeAct({ kick: 6, ban: 7, host: 8 }[json.op], json.seat, json.joined));
  } else if (json.op === "password") {
    writer.raw(encodeAct(9, json.password));
  } else if (json.op === "invite") {
    writer.raw(encodeAct(10, json.invitation, json.seconds, json.held));
  } else {
    const start = writer.length;
    messages.writeCompareAndSet(writer, json.entity, nameOf(json.name), valueFromJSON(json.expected), valueFromJSON(json.new));
    // The SDK sends operation 5 alone; 4 differs in nothing else.
    if (json.op === "compareAndSet") writer.bytes[start] = 4;
  }
}

const lobbyFromJSON = ({ card = [], ...rest }) => ({ ...rest, card: card.map(([name, value]) => [name, valueFromJSON(value)]) });

const encoders = {
  hello: ({ room, role, ticket, lobby }) => messages.encodeHello(room, role === 1, ticket && new TextDecoder().decode(unhex(ticket)), lobby && lobbyFromJSON(lobby)),
  rejoin: ({ room, token, flags, ...rest }) => messages.encodeRejoin(room, { token: unhex(token), ...rest }, flags === 2),
  ack: ({ ack }) => messages.encodeAck(ack),
  resync: ({ ack, reason }) => messages.encodeResync(ack, reason),
  leave: () => messages.encodeLeave(),
  visibility: ({ ack, hidden }) => messages.encodeVisibility(ack, hidden === 1),
  uplink({ ack, number, operations }) {
    const writer = new Writer();
    for (const operation of operations) writeOperation(writer, operation);
    return messages.encodeUplink(ack, messages.uplinkBody(number, operations.length, writer.take()));
  },
};

/**
 * Epochs and ack delays beyond 2^53 − 1, which this SDK never sends: they are written as strings. And hellos that show a ticket or ask who sits where, but not both, or whose ticket is
 * no text.
 */
function isNeverSent({ message }) {
  if (message?.kind === "hello" && ((message.flags & 3) % 3 || message.ticket === "ff")) return true;
  return [message?.epoch, message?.ack?.delay].some((number) => typeof number === "string");
}

function checkClient({ hex: bytes, canonical, message }) {
  expect(hex(encoders[message.kind](message)), canonical ?? bytes, "encoded");
}

// What the relay sends.

class Collector {
  constructor(frame, rosterRows) {
    Object.assign(this, { frame, rosterRows });
  }
  name(index, name, quantum) {
    (this.frame.names ??= { first: index, entries: [] }).entries.push({ name, quantum });
  }
  list(key) {
    return (this.frame.entities ??= this.emptyLists())[key];
  }
  emptyLists() {
    const lists = { removed: [], replaced: [], updated: [] };
    return this.frame.coding === "delta" ? { ...lists, differences: [] } : lists;
  }
  removed(entity) {
    this.list("removed").push(entity);
  }
  replaced(entity, owner) {
    this.list("replaced").push((this.current = { entity, owner, fields: [] }));
  }
  updated(entity) {
    this.current = { entity, fields: [], differences: [] };
    this.list("updated").push(this.current);
  }
  field(index, tag, held) {
    this.current.fields.push([index, valueToJSON({ tag, content: held })]);
  }
  difference(index, difference) {
    this.current.differences.push([index, integer(difference)]);
  }
  set host(host) {
    this.frame.roster = { host, rows: [] };
  }
  row(seat, state, cause, joined) {
    this.frame.roster.rows.push({ seat, state, cause, joined });
  }
  event(event) {
    (this.frame.events ??= []).push(eventToJSON(event, this.frame.tick));
  }
  lost(tick) {
    this.frame.lost = this.frame.tick - tick;
  }
  heartbeat(checksum, stride) {
    this.frame.heartbeat = { checksum, stride, rows: [] };
    return this.rosterRows;
  }
  heartbeatRow(_, rtt, lastUplink) {
    this.frame.heartbeat.rows.push({ rtt, lastUplink });
  }
  /** Updates of the packed differences and absolute ones come by the same calls. */
  finish(flags) {
    const { entities, coding } = this.frame;
    if (flags & 16) this.frame.entities ??= this.emptyLists();
    if (!entities) return;
    const packed = entities.updated.filter((item) => item.differences.length);
    entities.updated = entities.updated.filter((item) => !item.differences.length).map(({ entity, fields }) => ({ entity, fields }));
    if (coding === "delta") entities.differences = packed.map(({ entity, differences }) => ({ entity, differences }));
  }
}

function eventToJSON(event, tick) {
  return { ...eventBase(event), age: tick - event.tick, name: event.name };
}

const eventBase = ({ number, sender, audience, value }) => ({ number, sender, audience, value: valueToJSON(value) });

const decoders = {
  welcome(bytes) {
    const { resumed, uplinkGap, token, room, ...rest } = messages.decodeWelcome(bytes);
    const named = room === undefined ? {} : { room };
    return { flags: (resumed ? 1 : 0) + (uplinkGap ? 2 : 0) + (room === undefined ? 0 : 4), ...rest, token: hex(token), ...named };
  },
  private(bytes) {
    const { results, events, lost, ...rest } = messages.decodePrivate(bytes);
    if (results) rest.results = results;
    if (events) rest.events = events.map((event) => eventToJSON(event, rest.tick));
    if (lost !== null) rest.lost = rest.tick - lost;
    return rest;
  },
  players: (bytes) => ({ rows: messages.decodePlayers(bytes).map(({ playerId, ...row }) => ({ ...row, player: playerId })) }),
  frame(bytes, vector) {
    const reader = new Reader(bytes, 1);
    const head = messages.readFrameHead(reader);
    const coding = Object.keys(messages.CODING)[head.coding];
    const frame = { coding, tick: head.tick };
    if (coding !== "snapshot") frame.age = head.age;
    const collector = new Collector(frame, vector.rosterRows ?? 0);
    messages.readFrameSections(reader, head, collector);
    collector.finish(head.flags);
    return frame;
  },
};

const kindOf = (bytes) => Object.keys(messages.KIND).find((kind) => messages.KIND[kind] === bytes[0]);

function checkServer(vector) {
  const bytes = unhex(vector.hex);
  const kind = kindOf(bytes);
  const found = { kind, ...decoders[kind](bytes, vector) };
  const { flags, ...message } = vector.message;
  if (kind === "welcome") message.flags = flags;
  expect(found, message, "decoded");
}

function checkInvalidServer(vector) {
  const bytes = unhex(vector.hex);
  const decode = decoders[kindOf(bytes)];
  if (vector.error === "unknownKind" || !bytes.length) return expect(decode, undefined, "a decoder of the kind");
  try {
    decode(bytes, vector);
  } catch (error) {
    if (error instanceof WireError) return;
    throw error;
  }
  throw new Error("it was decoded");
}

// Checksums and quantised numbers.

function checkChecksum(vector) {
  if (vector.term) {
    const [[kind, parts]] = Object.entries(vector.term);
    const terms = { name: nameTerm, entity: entityTerm, field: (id, index, value) => fieldTerm(id, index, valueFromJSON(value)) };
    return expect(terms[kind](...parts), vector.hash, "hash");
  }
  const replica = new Replica();
  replica.requireName = () => {}; // these states use indices beyond their tables
  vector.state.names.forEach((name, index) => replica.name(index, name, null));
  for (const { entity, owner, fields } of vector.state.entities) {
    replica.replaced(entity, owner);
    for (const [index, value] of fields) replica.field(index, valueFromJSON(value).tag, valueFromJSON(value).content);
  }
  expect(replica.checksum(), vector.checksum, "checksum");
}

function checkQuantised({ number, quantum, steps }) {
  const tag = Number.isInteger(number) || typeof number === "string" ? TAG_INTEGER : TAG_FLOAT;
  const value = quantised({ tag, content: typeof number === "string" ? BigInt(number) : number }, quantum);
  expect(value.tag === TAG_STEPS ? integer(value.content) : null, steps, "steps");
}

// A client of the room "lobby".

const RESULT_KEYS = ["uplink", "operation", "code"];

class ReplicaRun {
  constructor() {
    this.now = 0;
    this.session = new Session({ room: "lobby", random: () => 0 });
  }

  step(step) {
    this.outcome = { sent: [], events: [], results: [], gap: false, uplinkGap: false };
    if (step.after) this.open(step.after);
    if (step.hex !== undefined) this.outcome.decision = this.session.received(unhex(step.hex), this.now);
    if (step.write) this.write(step.write);
    if (step.wait) this.wait(step.wait);
    this.drain();
    if (this.outcome.decision === "resync") this.outcome.sent = this.outcome.sent.slice(-1);
    if (this.session.lifecycle.takeDirective(this.now) === "close") this.outcome.decision = "giveUp";
    this.compare(step);
  }

  open(kind) {
    const { session } = this;
    if (session.lifecycle.state === "joined") session.connectionClosed(kind === "hello" ? 4014 : 1006, "", this.now);
    if (session.lifecycle.state === "ended") session.lifecycle.joinAgain(this.now);
    this.now = Math.max(this.now, session.lifecycle.deadline);
    session.lifecycle.takeDirective(this.now); // close, perhaps
    if (session.lifecycle.state === "waiting") session.lifecycle.takeDirective(this.now);
    session.notices.length = 0;
    session.connectionOpened();
    this.outcome.opens = hex(session.outgoing.shift());
  }

  /** The operations as they stand, whatever the SDK would have made of them. */
  write(operations) {
    const { session } = this;
    const writer = new Writer();
    for (const operation of operations) writeOperation(writer, operation);
    const indices = JSON.stringify(operations).match(/"index":\d+/g) ?? [];
    const names = Math.max(0, ...indices.map((index) => Number(index.slice(8)) + 1));
    session.uplinks.append(operations.length, writer.take(), names);
    session.send(session.uplinks.newest(session.takeAck(this.now)));
  }

  wait(milliseconds) {
    const { session } = this;
    this.now += milliseconds;
    session.advance(this.now);
    const acks = session.outgoing.filter((message) => message[0] === messages.KIND.ack);
    if (acks.length) this.outcome.acknowledges = new Reader(acks[0], 1).varint();
    session.outgoing.length = 0;
  }

  drain() {
    const { session, outcome } = this;
    // Resends are paced; the vectors list them all.
    while (session.mayResend && session.uplinks.nextResend < Infinity) session.send(session.uplinks.resend(session.takeAck(this.now), this.now));
    outcome.sent.push(...session.outgoing.splice(0).map(hex));
    for (const [name, what] of session.notices.splice(0)) {
      if (name === "gap") outcome.gap = true;
      if (name === "uplinkGap") outcome.uplinkGap = true;
      if (name === "result") outcome.results.push(Object.fromEntries(RESULT_KEYS.map((key) => [key, what[key]])));
      if (name === "event") outcome.events.push({ ...eventBase(what), tick: what.tick, name: session.replica.names[what.name].text });
    }
  }

  compare(step) {
    const silence = { decision: undefined, opens: undefined, acknowledges: undefined, sent: [], events: [], results: [], gap: false, uplinkGap: false };
    for (const [key, nothing] of Object.entries(silence)) expect(this.outcome[key], step[key] ?? nothing, key);
    if (step.state) expect(this.state(), step.state, "state");
  }

  state() {
    const { replica, stride } = this.session;
    const entities = [...replica.entities.values()].sort((left, right) => left.id - right.id);
    const fieldsOf = (fields) => [...fields].sort(([left], [right]) => left - right).map(([index, field]) => [index, valueToJSON(field)]);
    return {
      tick: replica.tick,
      stride,
      names: replica.names.map(({ text, quantum }) => ({ name: text, quantum })),
      entities: entities.map(({ id, owner, fields }) => ({ entity: id, owner, fields: fieldsOf(fields) })),
      host: replica.host,
      roster: [...replica.roster.values()]
        .sort((left, right) => left.seat - right.seat)
        .map(({ seat, state, cause, joined }) => ({ seat, state, cause, joined })),
      checksum: replica.checksum(),
    };
  }
}

function checkReplica(vector) {
  const run = new ReplicaRun();
  vector.steps.forEach((step, index) => {
    try {
      run.step(step);
    } catch (error) {
      error.message = `step ${index}: ${error.message}`;
      throw error;
    }
  });
}

const CHECKS = {
  client: checkClient,
  server: checkServer,
  "invalid-server": checkInvalidServer,
  replica: checkReplica,
  checksum: checkChecksum,
  quantised: checkQuantised,
};

/** @param {{ format: string, vectors: any[] }} file @returns {{ passed: number, leftOut: number, failures: string[] }} */
export function check(file) {
  const failures = [];
  const vectors = file.vectors.filter((vector) => !isNeverSent(vector));
  for (const vector of vectors) {
    try {
      CHECKS[file.format](vector);
    } catch (error) {
      failures.push(`${vector.name}: ${error.stack}`);
    }
  }
  return { passed: vectors.length - failures.length, leftOut: file.vectors.length - vectors.length, failures };
}
