// What applications hold: entities and players. They keep no state of the room, but look it up.

import { CAUSES, LOST, RelayError } from "./errors.js";
import { checkName, fromWire, toWire } from "./values.js";
import { entityOf, ownTarget } from "./uplinks.js";

const STATES = /** @type {const} */ (["left", "live", "stalled", "away"]);

/** @implements {Entity} @typedef {import("./tickrelay.js").Entity} Entity */
export class EntityView {
  #core;
  #target;

  /** @param {import("./core.js").Core} core @param {import("./uplinks.js").Target} target */
  constructor(core, target) {
    this.#core = core;
    this.#target = target;
  }

  get id() {
    return entityOf(this.#target, this.#core.session.seat);
  }
  get number() {
    return Math.floor(this.id / 1024);
  }
  get space() {
    return this.id % 1024;
  }
  get owner() {
    return this.#core.session.replica.entities.get(this.id)?.owner;
  }
  get exists() {
    return this.owner !== undefined;
  }
  get fields() {
    return this.#core.fieldsOf(this.#target, (field, quantum) => fromWire(field, quantum));
  }

  get(name) {
    return this.#core.valueOf(this.#target, name);
  }

  render(name) {
    return this.#core.rendered(this.#target, name);
  }

  at(time) {
    return this.#core.fieldsAt(this.#target, time);
  }

  set(fields, value) {
    const entries = typeof fields === "string" ? [[fields, value]] : Object.entries(fields);
    const checked = entries.map(([name, each]) => {
      checkName(name, "a field");
      return /** @type {[string, any]} */ ([name, toWire(each)]);
    });
    return this.#core.write({ kind: "set", target: this.#target, fields: new Map(checked) });
  }

  remove() {
    return this.#core.write({ kind: "remove", target: this.#target, fields: new Map() });
  }

  compareAndSet(name, expected, value) {
    checkName(name, "a field");
    const operation = { kind: "compareAndSet", target: this.#target, fields: new Map([[name, toWire(value)]]), expected: toWire(expected) };
    return new Promise((resolve, reject) => {
      const settle = (refusal) => {
        if (refusal !== undefined && refusal !== LOST) return resolve(!refusal);
        reject(new RelayError("lost", `${name}: the answer got lost, look at the value`));
      };
      this.#core.write({ ...operation, settle });
    });
  }
}

/** The room's state: its entity 0. */
export class RoomStateView extends EntityView {
  #core;

  constructor(core) {
    super(core, 0);
    this.#core = core;
  }

  entity(number) {
    return this.#core.entity(checkedNumber(number) * 1024);
  }
}

export function checkedNumber(number) {
  if (Number.isInteger(number) && number >= 0 && number <= 65535) return number;
  throw new RangeError(`entities are numbered 0 to 65535, not ${number}`);
}

/** A player's figures are plain properties, brought up to date with the roster. */
export class PlayerView {
  #core;
  /** Entity 0 of one that has left, as it was last. @type {import("./replica.js").Held | null} */
  #last = null;
  isMe = false;
  isHost = false;

  /** @param {import("./core.js").Core} core @param {import("./replica.js").Row} row */
  constructor(core, row) {
    this.#core = core;
    this.update(row);
  }

  /** @param {import("./replica.js").Row} row */
  update({ seat, state, cause, rtt, joined }) {
    this.seat = seat;
    this.state = STATES[state];
    this.cause = CAUSES[cause];
    this.rtt = rtt;
    this.joinedTick = joined;
  }

  /** @param {import("./replica.js").Held | undefined} last */
  left(last) {
    this.state = STATES[0];
    if (!this.isMe) this.#last = last;
  }

  /** What the occupant's ticket says. */
  get #identity() {
    const identity = this.#core.session.replica.identities.get(this.seat);
    return identity?.joined === this.joinedTick ? identity : undefined;
  }
  get name() {
    return this.#identity?.name;
  }
  get playerId() {
    return this.#identity?.playerId;
  }
  get entities() {
    return this.#core.entitiesWhere((held) => held.owner === this.seat);
  }
  get fields() {
    return this.entity(0).fields;
  }

  entity(number) {
    return this.#core.entity(checkedNumber(number) * 1024 + this.seat);
  }

  get(name) {
    return this.#last ? this.#core.session.replica.valueIn(this.#last, name) : this.entity(0).get(name);
  }

  render(name) {
    return this.#last ? this.get(name) : this.entity(0).render(name);
  }

  at(time) {
    return this.entity(0).at(time);
  }
}

/** Oneself: the same object over rejoins and new seats. */
export class MeView extends PlayerView {
  #core;
  isMe = true;

  constructor(core) {
    super(core, { seat: 0, state: 1, cause: 0, joined: 0, rtt: null });
    this.#core = core;
  }

  entity(number) {
    return this.#core.view(ownTarget(checkedNumber(number)));
  }

  set(fields, value) {
    return this.entity(0).set(fields, value);
  }

  remove() {
    return this.entity(0).remove();
  }

  compareAndSet(name, expected, value) {
    return this.entity(0).compareAndSet(name, expected, value);
  }
}
