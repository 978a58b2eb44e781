/**
 * The browser SDK of TickRelay: one ES module without dependencies, for browsers and for Node 20 or newer.
 *
 * ```js
 * import { join } from "/sdk/v1/tickrelay.js";
 * import { badge } from "/sdk/v1/badge.js"; // if you like
 *
 * const room = await join("ws://localhost:7777", "lobby", { name: "Ada" });
 * badge(room);
 * room.on("event", ({ name, value, sender }) => console.log(sender?.seat, name, value));
 * room.on("join", (player) => console.log(player.get("name"), "is here"));
 * room.me.set({ x: 10, y: 20 });
 * room.send("hello", "everybody");
 *
 * requestAnimationFrame(function draw(now) {
 *   room.render(now);
 *   for (const player of room.players) drawShip(player.render("x"), player.render("y"));
 *   requestAnimationFrame(draw);
 * });
 * ```
 *
 * Times are milliseconds on the clock of `performance.now()`, unless another unit is named. Names (of rooms, fields and events) have
 * 1 to 64 bytes of UTF-8; another length throws a `RangeError`.
 */

/**
 * The value of a field or an event.
 *
 * A whole number up to ±(2^53 − 1), and a `bigint` (64 bits), travel as integers, any other number as a 64-bit float. NaN and infinities throw a
 * `RangeError`. An integer beyond ±(2^53 − 1) is read as a `bigint`. Lone surrogates in strings become U+FFFD.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array;

/** Fields by name. */
export type Fields = Record<string, Value>;

/** What a property on a room's card may be: strings have at most 64 bytes. */
export type Property = null | boolean | number | bigint | string;

/** A room's card as one writes it. All other names, at most 16, are properties, which lists show. */
export interface CardFields {
  /** Whether the room is in lists, and a quick join finds it. */
  listed?: boolean | null;
  /** Whether newcomers need an invitation. */
  locked?: boolean | null;
  /** At most so many players, 1 to 1,023; never more than the relay's setting. */
  seats?: number | null;
  /** At most so many spectators, 0 to 1,023. */
  spectators?: number | null;
  [property: string]: Property | undefined;
}

/** Why a player lags, or lost its connection. `unknown` also stands for "does not lag". */
export type Cause =
  | "unknown"
  /** The relay's own tick was late. */
  | "lateTick"
  /** Bytes waited in the relay although the network could have taken them. */
  | "relayBacklog"
  /** The player's tab is hidden. */
  | "hidden"
  /** The network between the relay and the player. */
  | "network"
  /** The player's page does not answer, although its computer does. */
  | "clientFrozen"
  /** Another connection took the seat. */
  | "replaced"
  /** The connection broke, or was closed without a leave. */
  | "broken";

/** Where a player stands. Its seat is held while it is `away`; a player that has `left` is in no list any more. */
export type PlayerState = "live" | "stalled" | "away" | "left";

/** How a number is drawn between two ticks. `angle`: radians, the shorter way round. `step`: not at all. */
export type Interpolation = "linear" | "angle" | "step";

export interface JoinOptions {
  /** A spectator sees everything and writes nothing; the others do not see it. Default: `player`. */
  role?: "player" | "spectator";
  /** From your game's server, where the relay asks for one (close code 4030). A secret: keep it out of URLs, logs and storage. */
  ticket?: string;
  /** The room's password, 1 to 64 bytes: where it has one (close code 4036), and of a room that is made. A secret, as a ticket is. */
  password?: string;
  /** Gets one in past lock and password, once: as `invite` of lobby.js made it. A secret: in a link it belongs into the fragment. */
  invitation?: string;
  /** A room that does not exist is not made: `roomGone`. */
  existing?: boolean;
  /** What the room says of itself, if it is made. Not with `existing`. */
  card?: CardFields;
  /** Written to the field `name` of one's own entity at each new seat. */
  name?: string;
  /** Milliseconds until `join` gives up. Default: 10,000. */
  timeout?: number;
  /** Ends the attempt to join, or later the stay: like `leave`. */
  signal?: AbortSignal;
  /**
   * How far behind the relay's clock `render` draws, milliseconds: 0 to 2,000. Default: `auto`, one and a half tick intervals and as much as
   * the arrival of frames was seen to vary. Longer is smoother, shorter is fresher.
   */
  interpolationDelay?: number | "auto";
  /** How far `render` may continue a motion for which no newer value came, milliseconds: 0 to 250. Default: 0, it stands still. */
  maximumExtrapolation?: number;
  /** How numbers are drawn between ticks, by field name. Default: `linear` for each. */
  interpolate?: Record<string, Interpolation>;
  /** Hosts, beside that of `url`, to which the relay may send this client (rooms on many machines). The seat's token goes there. */
  allowedHosts?: string[];
  /** Used in place of the global `WebSocket`: Node's `ws`, or a wrapper that breaks things on purpose. */
  webSocket?: WebSocketConstructor;
  /**
   * Keeps the seat's token over a reload of the page. Default: `sessionStorage` where there is one. The token is taken out while it is in use, so that
   * a duplicated tab is another player. `null`: a reload takes a new seat.
   */
  storage?: TokenStorage | null;
}

/** What the SDK uses of a WebSocket. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols: string | string[]) => WebSocketLike;

/** What the SDK uses of a `Storage`. */
export type TokenStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/**
 * Takes a seat in a room, or takes one's own seat back after a reload of the page.
 *
 * @param url `ws://host:port`, or `wss://`. Without a scheme: that of the page. Nothing in it is kept secret, so no password belongs there.
 * @param room A room that does not exist is created, unless `existing` is set. Making, finding and hosting rooms: lobby.js.
 * @returns The room with its state, as of the first frame.
 * @throws RelayError Says why, and what to do.
 */
export function join(url: string, room: string, options?: JoinOptions): Promise<Room>;
/** The same with the room's name among the options. */
export function join(url: string, options: JoinOptions & { room: string }): Promise<Room>;

/** Why joining failed, or a session ended. `message` says what to do about it. */
export class RelayError extends Error {
  /**
   * The relay's word for it: `roomFull`, `relayFull`, `wrongPassword` (none was given, or another), `roomLocked`, `roomGone` (there is no such room), `nameTaken`,
   * `kicked`, `replaced`, `roomClosed`, `seatGone`, `ticketExpired`, `malformed`, `unsupportedVersion` …; or the SDK's:
   * `unreachable`, `timedOut`, `aborted`, `origin` (the relay refuses pages of this origin) and whatever else its check says.
   */
  readonly code: string;
  /** The WebSocket close code; `null` if there was none. */
  readonly closeCode: number | null;
  /** Milliseconds after which another attempt makes sense; `null` if the relay does not say. */
  readonly retryAfter: number | null;
}

/** An entity: named fields, owned by a seat or by the room. It can be held on to: it reads whatever the entity is at the moment. */
export interface Entity {
  /** number · 1024 + space. */
  readonly id: number;
  /** 0 to 65,535, within the namespace. */
  readonly number: number;
  /** The seat in whose namespace it is; 0 for the room's. */
  readonly space: number;
  /** The seat that may write it; 0 for the room; `undefined` if it does not exist. */
  readonly owner: number | undefined;
  readonly exists: boolean;
  /** All fields, as a new object. */
  readonly fields: Fields;
  /** The newest value; `undefined` if there is no such field. Of one's own entities: what was written last, from the moment of the write on. */
  get(name: string): Value | undefined;
  /** The value to draw, interpolated at the instant of {@link Room.render}, or now. One's own is not delayed. */
  render(name: string): Value | undefined;
  /** All fields as drawn at this time: milliseconds of `performance.now()`. */
  at(time: number): Fields;
  /**
   * Writes fields, and makes the entity if it is not there. Writes of one tick travel together, and only the last one to a field; at most 64 fields an entity.
   *
   * @returns False if it was refused at once, because too much waits to be sent (then there is a `rejected` too).
   * A later refusal by the relay is a `rejected` as well.
   * @throws TypeError, RangeError for what can be no value, and for a name that can be none.
   */
  set(fields: Fields): boolean;
  set(name: string, value: Value): boolean;
  /** Removes the entity. */
  remove(): boolean;
  /**
   * Writes a field if it has the expected value at the relay; an absent one counts as `null`.
   *
   * @returns Whether it was written. False also if the relay refused (`rejected` says why). Rejects with a `RelayError` if the answer got lost, or the seat.
   */
  compareAndSet(name: string, expected: Value, value: Value): Promise<boolean>;
}

/** A player: a seat of the room and its entity 0. */
export interface Player extends Pick<Entity, "get" | "render" | "at" | "fields"> {
  /** 1 to 1023; of a spectator, which only sees itself, 1024 to 2047. */
  readonly seat: number;
  readonly state: PlayerState;
  /** Why it is not live. */
  readonly cause: Cause;
  /** Round-trip time between the relay and this player as the relay measures it, milliseconds; `null` if unknown. */
  readonly rtt: number | null;
  readonly isMe: boolean;
  /** Whether it is the one that the others may look to for decisions. */
  readonly isHost: boolean;
  /** The tick at which it took its seat. */
  readonly joinedTick: number;
  /**
   * The name and the id in its ticket, which the game's server has signed: others cannot take them. `undefined` where there are no tickets, and for who joined without one; a
   * name may be empty. Show it as text.
   */
  readonly name: string | undefined;
  readonly playerId: string | undefined;
  /** All entities that it owns, entity 0 included. */
  readonly entities: Entity[];
  /** One of its entities by number, existing or not. */
  entity(number: number): Entity;
}

/** Oneself. `room.me` stays the same object over rejoins. Writing throws a `RelayError` for a spectator. */
export interface Me extends Player, Pick<Entity, "set" | "remove" | "compareAndSet"> {}

/** The room's shared state: its entity 0. Who may write is the room's setting ({@link Room.roomWrites}). */
export interface RoomState extends Entity {
  /** Another entity of the room. */
  entity(number: number): Entity;
}

export interface RoomEvent {
  /** Position in the room's order, from 1. Events arrive in this order and once each. */
  readonly number: number;
  readonly tick: number;
  readonly name: string;
  readonly value: Value;
  /** The sender's seat; 0 for the relay. */
  readonly seat: number;
  /** The sender; `null` if it is not in the room (any more). */
  readonly sender: Player | null;
  /** Whom it was for. */
  readonly to: "all" | "others" | "host" | "seats";
}

export interface SendOptions {
  /** Default: `all`, the sender included. A list: 1 to 64 seats. */
  to?: "all" | "others" | "host" | number[];
}

export type QualityState = "connecting" | "connected" | "not responding" | "reconnecting" | "ended";

/** The connection, as a player wants to know it. */
export interface Quality {
  readonly state: QualityState;
  /** "Connection OK", "Server not responding", … */
  readonly text: string;
  /** One's own round-trip time as the relay measures it, milliseconds; `null` if unknown, and for spectators. */
  readonly rtt: number | null;
  /** Variation of the frames' arrival, milliseconds (RFC 3550). */
  readonly jitter: number;
  /** Why one lags, as the relay has it; `"unknown"` also if one does not. */
  readonly cause: Cause;
  /** Why the connection before this one ended; `"unknown"` if there was none. */
  readonly lastEnd: Cause;
  /** Milliseconds since the last frame. */
  readonly sinceLastFrame: number;
  /** Milliseconds until the next attempt to reconnect; `null` if none is planned. */
  readonly retryIn: number | null;
  /** 1, or 2 to 4 while the relay is overloaded and runs the room at every second to fourth tick. */
  readonly stride: number;
}

/** Counters over the whole stay. */
export interface Statistics {
  readonly framesApplied: number;
  readonly framesIgnored: number;
  readonly merged: number;
  readonly snapshots: number;
  /** Snapshots asked for, because a frame did not fit. */
  readonly resyncs: number;
  /** Heartbeats whose checksum differed. */
  readonly divergences: number;
  readonly disconnections: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly messagesReceived: number;
  readonly acksSent: number;
  readonly uplinksSent: number;
  readonly uplinksResent: number;
}

/** A write or an event that had no effect. */
export interface Rejection {
  /**
   * `notOwner`, `tooManyEntities`, `roomStateFull`, `tooManyNames`, `wrongType`, `outOfRange`, `noSuchEntity`, `spectator`, `noReceiver`,
   * `compareAndSetOnly`, `tooManyFields`, `tooManyPrivateEvents`, `noMoreRoom`, `cannotBeBanned`; or of the SDK: `queueFull`, `tooLong`, `lost`, `ended`.
   */
  readonly code: string;
  /** A sentence that says what to do. */
  readonly message: string;
  readonly operation: "set" | "remove" | "send" | "compareAndSet" | "kick" | "ban" | "handOver" | "setPassword" | "invite" | "unknown";
  /** The entity; `null` for events, and for what lobby.js asks of the relay. */
  readonly entity: Entity | null;
  /** Names of the fields, or of the event. */
  readonly names: string[];
}

/** How a stay ended. */
export interface End extends Pick<RelayError, "code" | "closeCode" | "message"> {
  /** Whether {@link Room.joinAgain} makes sense. */
  readonly canJoinAgain: boolean;
}

export interface Connected {
  /** Whether this is another seat than before: own entities have to be written again. */
  readonly isNewSeat: boolean;
  /** Why the connection before ended. */
  readonly cause: Cause;
}

/** What `room.on` reports. The order for a frame: gap, join … away, event, rejected, tick, quality. */
export interface RoomEvents {
  /** A frame was applied: `room.tick` is this tick. */
  tick: number;
  event: RoomEvent;
  /** A player took a seat. Those that were there before are in `room.players`. */
  join: Player;
  /** A player's seat is gone. Its last values can still be read while the handler runs. */
  leave: Player;
  /** The player does not answer. */
  stalled: Player;
  /** The player lost its connection; its seat is held. */
  away: Player;
  /** The player is back. */
  live: Player;
  /** There is another host, or none. */
  host: Player | null;
  /** The state or cause changed, or a heartbeat brought new figures (about once a second). */
  quality: Quality;
  /** A connection is up and its first frame applied: the first one, or after a rejoin. */
  connected: Connected;
  /** Events of this tick and before may be missing: the relay's log did not reach back far enough. */
  gap: number;
  rejected: Rejection;
  /** The stay is over: by `leave`, or because the relay wants it so. */
  end: End;
}

/** A room that one has joined. */
export interface Room {
  /** Its name: as it was asked for, or as the relay named it. Who has it can join, so it is what to show and to share. */
  readonly name: string;
  /** The relay that was joined. */
  readonly url: string;
  /** Oneself. */
  readonly me: Me;
  /** Those that hold a seat, by ascending seat, oneself included; spectators are not among them. A new array after each change. */
  readonly players: readonly Player[];
  /** The player in this seat. */
  player(seat: number): Player | undefined;
  /** The player that the others may look to for decisions; `null` if there is none. */
  readonly host: Player | null;
  readonly state: RoomState;
  /** Who may write the room's state. */
  readonly roomWrites: "anyone" | "host" | "compareAndSet";
  /** Every entity that exists, by ascending id. */
  readonly entities: Entity[];
  /** Any entity by its id, existing or not. */
  entity(id: number): Entity;
  /** The tick of the newest frame. */
  readonly tick: number;
  /** Ticks a second: 1 to 240. */
  readonly rate: number;
  readonly quality: Quality;
  readonly statistics: Statistics;

  /** Milliseconds: what is in force at the moment. Assign a number or `auto`, as in {@link JoinOptions.interpolationDelay}. */
  get interpolationDelay(): number;
  set interpolationDelay(delay: number | "auto");
  /**
   * Fixes the instant that `render` draws until it is called again: once for each animation frame.
   *
   * @param now The argument of `requestAnimationFrame`'s callback. Default: now.
   * @returns The tick that is drawn, with a fraction.
   */
  render(now?: number): number;

  /**
   * Sends an event: in order, once, to everybody that it is for. Up to 256 wait to be sent, together with compare-and-sets: while the
   * connection is away, or because they are said at once; beyond that the new one is refused.
   *
   * @returns False if it was refused (then there is a `rejected` too).
   */
  send(name: string, value?: Value, options?: SendOptions): boolean;

  /** @returns A function that ends the subscription. */
  on<Name extends keyof RoomEvents>(name: Name, handler: (what: RoomEvents[Name]) => void): () => void;
  /** Sends what was written so far at once, instead of with the next tick. */
  flush(): void;
  /** Gives the seat back for good. Writes made before are sent first. */
  leave(): Promise<void>;
  /** After an `end` with `canJoinAgain`: takes a new seat. Handlers stay. */
  joinAgain(): Promise<void>;
}
