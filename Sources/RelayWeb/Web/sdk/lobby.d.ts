/**
 * The browser SDK with the lobby: rooms to find and to make, and what their hosts may do. It is all of tickrelay.js and more, so load this one in its place.
 *
 * ```js
 * import { create, join, lobby, normaliseCode, quickJoin } from "/sdk/v1/lobby.js";
 *
 * const relay = "ws://localhost:7777";
 * const room = await create(relay, { card: { listed: true, seats: 4, map: "dust" } });
 * console.log("Tell your friends:", room.name); // such as KQ7XWD
 *
 * await join(relay, normaliseCode(" kq7-xwd "), { existing: true }); // a code that was typed in
 * await quickJoin(relay, { where: { map: "dust" } }); // any room that fits, or a new one
 * lobby(relay).watch({ where: { map: "dust" } }, (rooms) => console.log(rooms)); // all that are listed, as they change
 *
 * await room.setCard({ locked: true }); // from now on by invitation
 * const invitation = await room.invite({ held: "player" });
 * const link = `https://game.example/#room=${room.name}&invitation=${invitation}`; // in the fragment: no log has it
 * await room.kick(room.player(2));
 * ```
 */

import type { CardFields, JoinOptions, Player, Property, Rejection, RelayError, Room, RoomEvents } from "./tickrelay.js";

export * from "./tickrelay.js";

/** A room's card as one reads it. */
export interface Card {
  readonly listed: boolean;
  readonly locked: boolean;
  /** Whether newcomers need the password, or an invitation. */
  readonly password: boolean;
  /** At most so many; `null`: as many as the relay allows. */
  readonly seats: number | null;
  readonly spectators: number | null;
  readonly properties: Record<string, Property>;
}

export interface CreateOptions extends Omit<JoinOptions, "existing" | "invitation"> {
  /** The name it is to have; if there is such a room, `create` rejects with `nameTaken`. Default: a code of six letters, which the relay makes up: `room.name`. */
  room?: string;
  /** The type of a room without a name. Default: the relay's first. */
  type?: string;
}

export interface QuickJoinOptions extends Omit<JoinOptions, "existing" | "invitation" | "password"> {
  /** Properties that the room must have: so are those of a room that is made. */
  where?: Record<string, Property>;
  type?: string;
}

export interface InviteOptions {
  /** For how long it is good: 0 to 86,400, and at most 3,600 where a seat is held. Default: 3,600. 0 withdraws it. */
  seconds?: number;
  /** A seat that is kept for it, and counts as taken until then. */
  held?: "player" | "spectator";
  /** One that was made before: to change it, or to withdraw it. Default: a new one. 16 to 64 bytes; whoever guesses it is in. */
  invitation?: string;
}

/**
 * A room with its card, and what its host may do.
 *
 * What one may not do, or what cannot be done, rejects with a {@link RelayError}, whose `code` is that of a {@link Rejection}: `notOwner` for who is not the host,
 * `noReceiver` if that player is not there or is oneself; `lost` if nobody knows whether it was done. There is a `rejected` too.
 */
export interface LobbyRoom extends Room {
  /** What the room says of itself, as of the newest frame. */
  readonly card: Card;
  /**
   * Writes fields of the card, for its host: each by compare and set against what is seen there now.
   *
   * @returns The names of those that were not written: somebody else was faster, or the relay refused (`rejected` says why). Empty: all stand.
   */
  setCard(fields: CardFields): Promise<string[]>;
  /** Removes a player, or whoever sits in a seat; with tickets also for who has the right `kick`. */
  kick(whom: Pick<Player, "seat" | "joinedTick"> | number): Promise<void>;
  /** Removes it, and keeps it out as long as the room is there: by its ticket, or else by its address. `cannotBeBanned` where others have that address too. */
  ban(whom: Pick<Player, "seat" | "joinedTick"> | number): Promise<void>;
  /** Makes another player the host. */
  handOver(whom: Pick<Player, "seat" | "joinedTick"> | number): Promise<void>;
  /** What newcomers need from now on, 1 to 64 bytes; `null`: nothing. It is in force when `card.password` says so. */
  setPassword(password: string | null): Promise<void>;
  /**
   * Lets one newcomer in past lock and password.
   *
   * @returns The invitation, for `join(url, room.name, { invitation })`. `noMoreRoom` rejects if no seat can be held, or if 64 invitations wait.
   */
  invite(options?: InviteOptions): Promise<string>;
  /** The card says something else. */
  on(name: "card", handler: (card: Card) => void): () => void;
  on<Name extends keyof RoomEvents>(name: Name, handler: (what: RoomEvents[Name]) => void): () => void;
}

/** Takes a seat in a room, as `join` of tickrelay.js. */
export function join(url: string, room: string, options?: JoinOptions): Promise<LobbyRoom>;
export function join(url: string, options: JoinOptions & { room: string }): Promise<LobbyRoom>;

/** Makes a room, and takes the first seat in it. Its `card` says what lists show of it; without `listed` it is in none. */
export function create(url: string, options?: CreateOptions): Promise<LobbyRoom>;

/**
 * Takes a seat in a listed room that is neither locked nor has a password: of those that fit the fullest. If there is none, one is made: its `card` may say `seats` and
 * `spectators`, too, and other properties there count as `where`.
 */
export function quickJoin(url: string, options?: QuickJoinOptions): Promise<LobbyRoom>;

/** A code as somebody typed it, in the letters that codes are made of. */
export function normaliseCode(text: string): string;

/** A room of a list. */
export interface RoomEntry {
  /** Its name. */
  readonly room: string;
  readonly type: string;
  /** How many are there, and how many may be. */
  readonly players: number;
  readonly seats: number;
  readonly spectators: number;
  readonly spectatorSeats: number;
  /** Seats that are kept for invited players. */
  readonly held: number;
  readonly locked: boolean;
  readonly password: boolean;
  readonly properties: Record<string, Property>;
}

export interface ListOptions {
  /** Rooms of this type alone. */
  type?: string;
  /** Rooms with these properties alone. */
  where?: Record<string, Property>;
  /** At most so many. */
  limit?: number;
}

export interface WatchOptions extends ListOptions {
  /** Hears whether the list is live, whenever that changes: while it is not, it is asked for again and again. */
  onState?: (isLive: boolean) => void;
  /** Used in place of the global `EventSource`, which Node 20 does not have. */
  eventSource?: new (url: string) => any;
}

/** The open rooms of a relay. What is listed is true to within a second; only joining takes a seat. */
export interface Lobby {
  /** Where the list is, by HTTP. */
  readonly url: string;
  /** All rooms that are listed. */
  list(options?: ListOptions): Promise<RoomEntry[]>;
  /**
   * Tells of all rooms that are listed, at first and whenever something changes.
   *
   * @param handler Gets the whole list, a new array each time.
   * @returns A function that ends it.
   */
  watch(options: WatchOptions, handler: (rooms: RoomEntry[]) => void): () => void;
  /** One room by its name, listed or not; `null` if there is none. */
  room(name: string): Promise<RoomEntry | null>;
}

/** @param url As for {@link join}; `http:` and `https:` do as well. */
export function lobby(url: string): Lobby;
