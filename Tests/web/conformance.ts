// Uses everything that the declarations offer. `tsc --strict` says whether they still fit.

import { badge } from "../../Sources/RelayWeb/Web/sdk/badge.js";
import { join, RelayError } from "../../Sources/RelayWeb/Web/sdk/tickrelay.js";
import * as sdk from "../../Sources/RelayWeb/Web/sdk/lobby.js";
import type { Card, LobbyRoom, RoomEntry } from "../../Sources/RelayWeb/Web/sdk/lobby.js";
import type { Cause, Entity, JoinOptions, Player, Quality, Rejection, Room, RoomEvent, Value } from "../../Sources/RelayWeb/Web/sdk/tickrelay.js";

const options: JoinOptions = {
  role: "player",
  name: "Ada",
  ticket: "e30.e30.AAEC",
  timeout: 5000,
  interpolationDelay: "auto",
  maximumExtrapolation: 0,
  interpolate: { heading: "angle", team: "step" },
  allowedHosts: ["relay.example"],
  webSocket: WebSocket,
  storage: sessionStorage,
};

const isNetwork = (cause: Cause): boolean => cause === "network";

function show(entity: Entity): Value | undefined {
  const drawn: Record<string, Value> = entity.at(performance.now());
  return entity.exists ? (entity.render("x") ?? drawn.x) : entity.fields.x;
}

export async function play(): Promise<number> {
  const room: Room = await join("wss://relay.example", "lobby", options);
  const unsubscribe: () => void = room.on("tick", (tick) => tick.toFixed());
  room.on("event", (event: RoomEvent) => event.sender?.get(event.name));
  for (const name of ["join", "leave", "stalled", "away", "live"] as const) room.on(name, (player: Player) => player.seat);
  room.on("quality", (quality: Quality) => quality.text + quality.rtt);
  room.on("rejected", (rejection: Rejection) => rejection.entity?.id);
  room.on("host", (host) => host?.seat);
  room.on("gap", (tick) => tick + 1);
  room.on("connected", ({ isNewSeat, cause }) => (isNewSeat ? undefined : isNetwork(cause)));
  room.on("end", async ({ canJoinAgain }) => (canJoinAgain ? room.joinAgain() : undefined));
  room.me.set({ x: 1, hp: 10n, name: "Ada", blob: new Uint8Array(2), gone: null, alive: true });
  room.me.set("x", 2);
  room.me.entity(7).remove();
  const won: boolean = await room.state.compareAndSet("turn", null, room.me.seat);
  room.state.entity(3).set({ won });
  const accepted: boolean = room.send("hello", "you", { to: [1, 2] }) && room.send("hello", null, { to: "others" }) && room.send("hello");
  room.interpolationDelay = accepted ? 100 : "auto";
  const drawn: number = room.render(performance.now()) + room.interpolationDelay;
  room.players.map((player) => [player.seat, player.rtt, player.isHost, player.entities.map(show)]);
  badge(room, document.createElement("div")).remove();
  // @ts-expect-error values are no objects
  room.me.set({ x: {} });
  // @ts-expect-error there is no such thing to listen to
  room.on("message", () => {});
  // @ts-expect-error the tick belongs to the relay
  room.tick = 1;
  unsubscribe();
  await room.leave();
  return drawn + room.statistics.framesApplied;
}

export async function host(): Promise<string> {
  const plain: Room = await join("wss://relay.example", { room: "lobby", password: "secret", existing: true });
  const made: LobbyRoom = await sdk.create("wss://relay.example", { type: "duel", card: { listed: true, seats: 4, map: "dust", gone: undefined }, password: "x" });
  await sdk.create("wss://relay.example");
  await sdk.quickJoin("wss://relay.example", { type: "duel", where: { map: "dust", rank: 3, ranked: true }, card: { seats: 2 }, name: "Ada" });
  await sdk.join("wss://relay.example", sdk.normaliseCode("kq7-xwd"), { invitation: "0123456789abcdef", ...options });
  made.on("card", (card: Card) => card.locked && card.seats?.toFixed() + String(card.properties.map));
  made.on("host", (player) => player && made.handOver(player));
  const lost: string[] = await made.setCard({ locked: true, listed: null, map: "ice" });
  for (const player of made.players) await made.kick(player).catch((error: RelayError) => error.code);
  await made.ban(2);
  await made.setPassword(null);
  const rooms: RoomEntry[] = await sdk.lobby(plain.url).list({ type: "duel", where: { map: "dust" }, limit: 5 });
  const stop: () => void = sdk.lobby(plain.url).watch({ where: { map: "dust" }, onState: (isLive) => !isLive }, (all) => all.map(({ room, players, seats }) => room + players / seats));
  stop();
  badge(made);
  // @ts-expect-error a quick join has no password
  await sdk.quickJoin("wss://relay.example", { password: "x" });
  // @ts-expect-error whoever makes a room needs no invitation
  await sdk.create("wss://relay.example", { invitation: "0123456789abcdef" });
  // @ts-expect-error the SDK without the lobby has no hosts' acts
  await plain.kick(2);
  const one: RoomEntry | null = await sdk.lobby(plain.url).room(rooms[0].room);
  return (await made.invite({ seconds: 600, held: "player" })) + lost.join() + one?.properties.map;
}

export const isRefusal = (error: unknown): error is RelayError => error instanceof RelayError && error.closeCode !== null;
