// What an operator can do about what the page shows: says what will happen, has it confirmed, and does it.
import { choice, consent, line } from "./dialog.js";
import { h } from "./dom.js";
import { seatTitle } from "./parts.js";
import * as text from "./text.js";

const HOURS = 3600; // seconds
const LASTS = [[HOURS, "1 hour"], [24 * HOURS, "24 hours"], [7 * 24 * HOURS, "7 days"], [30 * 24 * HOURS, "30 days"]];
const REASON = { maxlength: 130, placeholder: "For the log; players do not see it" };

// Others' words keep the direction of their text to themselves.
const others = (words) => h("bdi", words);

/** `Seat 2 (Ada)`, as children of an element. */
const who = (seat) => [text.capital(seatTitle(seat)), ...(seat.name ? [" (", others(seat.name), ")"] : [])];

const reasonOf = (field) => (field.value ? { reason: field.value } : {});

/** `player u-7` or `address 192.0.2.7`. */
export const whom = (ban) => (ban.player == null ? `address ${ban.address}` : `player ${ban.player}`);

/** By what a seat is banned: `player u-7`, `its address 192.0.2.7`. The relay bans the /64 of an IPv6 address. */
function means(seat) {
  if (seat.player) return ["player ", others(seat.player)];
  if (!seat.peer) return ["its address, which is not known here"];
  // Where nobody knows the port there is none, and an IPv6 address stands bare.
  const isBare = seat.peer.split(":").length > 2 && !seat.peer.startsWith("[");
  const [, v6, other] = isBare ? [null, seat.peer] : /^\[(.+)\]:\d+$|^(.+):\d+$/.exec(seat.peer) ?? [null, null, seat.peer];
  return v6 ? [`the /64 network of its address ${v6}`] : [`its address ${other}`];
}

export class Operator {
  #acts;
  #dialog;
  constructor(acts, dialog) { [this.#acts, this.#dialog] = [acts, dialog]; }

  kick(seat) {
    const reason = line("Reason (optional)", REASON);
    this.#dialog.open({
      title: `Kick ${seatTitle(seat)}?`, verb: "Kick", mood: "bad", fields: [reason],
      sentence: () => [...who(seat), " leaves ", others(seat.room), " at the next tick; nothing keeps it from coming again."],
      act: async (token) => {
        await this.#acts.kick({ room: seat.room, instance: seat.instance, seat: seat.seat, generation: seat.generation, ...reasonOf(reason) }, token);
        return `Kicked ${seatTitle(seat)} of ${seat.room}.`;
      },
    });
  }

  close(room) {
    const reason = line("Reason (optional)", REASON);
    this.#dialog.open({
      title: "Close the room?", verb: "Close the room", mood: "bad", fields: [reason],
      sentence: () => [
        others(room.name), ` ends at once for its ${text.plural(room.seated, "seat")}, and its journal is gone; players may make another room of its name, unless their tickets forbid it.`,
      ],
      act: async (token) => {
        const { closed } = await this.#acts.close({ room: room.name, instance: room.instance, ...reasonOf(reason) }, token);
        return `Closed ${room.name}, which had ${text.plural(closed.seats, "seat")}.`;
      },
    });
  }

  ban(seat) {
    const lasts = choice("For how long", LASTS, 24 * HOURS);
    const where = choice("Where", [["room", "In this room alone"], ["everywhere", "Everywhere"]], "room");
    const [reason, all] = [line("Reason (optional)", REASON), consent("Ban them all", where)];
    const words = () => LASTS.find(([seconds]) => seconds === Number(lasts.value))[1];
    const asked = () => ({ isEverywhere: where.value === "everywhere", isForAll: all.value });
    this.#dialog.open({
      title: `Ban ${seatTitle(seat)}?`, verb: "Ban", mood: "bad", fields: [lasts, where, reason, all],
      sentence: () => banSentence(seat, words(), asked()),
      act: async (token) => {
        const { ban, kicked } = await this.#acts.ban({ seconds: Number(lasts.value), ...banned(seat, asked()), ...reasonOf(reason) }, token);
        return `Banned ${whom(ban)} ${ban.room == null ? "everywhere" : `from ${ban.room}`} for ${words()}, ${text.plural(kicked.length, "seat")} kicked.`;
      },
      // Others have its address, and the sentence names the key by which they are banned, too. To other conflicts nobody can agree.
      refused: (error) => (all.element.hidden &&= error.status !== 409 || !/\bshared\b/.test(error.message)),
    });
  }

  /** `done` is called once it is lifted. */
  lift(ban, done) {
    this.#dialog.open({
      title: "Lift the ban?", verb: "Lift the ban", mood: null, fields: [],
      sentence: () => [others(text.capital(whom(ban))), " may join ", ban.room == null ? "every room" : others(ban.room), " again at once."],
      act: async (token) => {
        await this.#acts.lift(ban.id, token);
        done();
        return `Lifted the ban of ${whom(ban)}.`;
      },
    });
  }
}

function banSentence(seat, words, { isEverywhere, isForAll }) {
  const [left, away] = isEverywhere ? ["every room", "everywhere"] : [others(seat.room), "there"];
  const [subject, by] = isForAll ? [["Everybody at ", ...means(seat)], []] : [who(seat), [", by ", ...means(seat)]];
  return [...subject, " leaves ", left, ` at the next tick and is turned away ${away} for ${words}`, ...by, "."];
}

/** Whom the relay is to ban. A player by the ticket's id: whoever has the seat by now, it is that player who was meant. */
function banned(seat, { isEverywhere, isForAll }) {
  if (seat.player) return isEverywhere ? { player: seat.player } : { player: seat.player, room: seat.room };
  return { room: seat.room, instance: seat.instance, seat: seat.seat, generation: seat.generation, ...(isEverywhere && { everywhere: true }), ...(isForAll && { shared: true }) };
}
