// A room with its card, and what its host may do in it: SPEC section 20.

import { refusalError } from "./errors.js";
import { toBase64 } from "./memory.js";
import { Room } from "./room.js";
import { checkText } from "./values.js";
import { LAST_PLAYER, LAST_SEAT, Writer } from "./wire.js";

/** The entity that is the room's card. */
const CARD = 65535 * 1024;

// Acts are operations of an uplink.
const KICK = 6;
const BAN = 7;
const HOST = 8;
const PASSWORD = 9;
const INVITE = 10;

const HELD = /** @type {const} */ ([undefined, "player", "spectator"]);
const LONGEST_INVITATION = 86_400;
const LONGEST_HELD = 3_600;
/** Random bytes of an invitation: 24 letters. */
const INVITATION_BYTES = 18;

/** Letters for a URL. */
function newInvitation() {
  return toBase64(crypto.getRandomValues(new Uint8Array(INVITATION_BYTES))).replaceAll("+", "-").replaceAll("/", "_");
}

/** Seat and occupant of a player, or of whoever sits in a seat. @param {any} whom a player, or a seat @param {number} last */
function aim(whom, last) {
  const { seat = whom, joinedTick = 0 } = Object(whom);
  if (Number.isInteger(seat) && seat >= 1 && seat <= last) return [seat, joinedTick];
  throw new RangeError(`a player, or a seat of 1 to ${last}, not ${seat}`);
}

/** An act as an operation. @param {number} operation @param {(number | string)[]} parts small numbers and texts, as they stand on the wire */
export function encodeAct(operation, ...parts) {
  const writer = new Writer().u8(operation);
  for (const part of parts) typeof part === "string" ? writer.string(part) : writer.varint(part);
  return writer.take();
}

/** @implements {Api} @typedef {import("./lobby.js").LobbyRoom} Api */
export class LobbyRoom extends Room {
  #cardBefore = this.#cardNow;

  constructor(session, clock, options) {
    super(session, clock, options);
    this.handlers.set("card", new Set());
  }

  get card() {
    const { listed, locked, seats, spectators, password, ...properties } = this.entity(CARD).fields;
    return { listed: !!listed, locked: !!locked, seats: seats ?? null, spectators: spectators ?? null, password: !!password, properties };
  }

  /** What the card says, as a text to compare: a frame may bring what was there already, and null is absent. */
  get #cardNow() {
    const { properties, ...rest } = this.card;
    return JSON.stringify([rest, Object.entries(properties).sort()], (_, value) => (typeof value === "bigint" ? `${value}n` : value));
  }

  on_tick(what, now) {
    const cardNow = this.#cardNow;
    const isChanged = cardNow !== this.#cardBefore;
    this.#cardBefore = cardNow;
    if (isChanged) this.emit("card", this.card);
    super.on_tick(what, now);
  }

  async setCard(fields) {
    const card = this.entity(CARD);
    const names = Object.keys(fields);
    const isWritten = await Promise.all(names.map((name) => card.compareAndSet(name, card.get(name) ?? null, fields[name])));
    return names.filter((_, index) => !isWritten[index]);
  }

  async kick(whom) {
    return this.#act("kick", KICK, ...aim(whom, LAST_SEAT));
  }

  async ban(whom) {
    return this.#act("ban", BAN, ...aim(whom, LAST_SEAT));
  }

  async handOver(whom) {
    return this.#act("handOver", HOST, ...aim(whom, LAST_PLAYER));
  }

  async setPassword(password) {
    const text = password ?? "";
    checkText(text, 0, "a password");
    return this.#act("setPassword", PASSWORD, text);
  }

  async invite({ seconds = LONGEST_HELD, held, invitation = newInvitation() } = {}) {
    checkText(invitation, 16, "an invitation");
    const most = held ? LONGEST_HELD : LONGEST_INVITATION;
    if (!(seconds >= 0 && seconds <= most)) throw new RangeError(`seconds is 0 to ${most}, not ${seconds}`);
    if (!HELD.includes(held)) throw new RangeError(`held is "player" or "spectator", not ${held}`);
    await this.#act("invite", INVITE, invitation, Math.ceil(seconds), HELD.indexOf(held));
    return invitation;
  }

  /** Asks the relay to do something. An act has a result only if it was refused: so it is done when its uplink is known to be applied. */
  #act(kind, ...parts) {
    return new Promise((resolve, reject) => {
      const settle = (refusal) => (refusal ? reject(refusalError(refusal)) : resolve());
      this.write({ kind, target: null, fields: new Map(), act: encodeAct(...parts), settle });
    });
  }
}
