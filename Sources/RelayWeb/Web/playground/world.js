// The arena's rules: sizes, how a ship moves, where a star lies. Pure functions; every player computes the same.

export const WIDTH = 1600, HEIGHT = 1000; // units
export const RADIUS = 22; // of a ship
export const STARS = 6;
const SPEED = 560; // units a second
const RESPONSE = 0.11; // seconds until 63 % of a change of course
const STAR_REACH = RADIUS + 20;
const STEPS = 10; // a unit on the wire: whole steps are small in a frame

export const NAME_LENGTH = 16, CHAT_LENGTH = 80; // characters
export const EMOTES = ["👋", "👍", "😂", "🎉", "🔥", "💙"];

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
export const toSteps = (units) => Math.round(units * STEPS);

/// A coordinate that somebody else wrote: anything may stand there. Null if it is no number.
export function fromSteps(value, longest) {
  return typeof value === "number" && Number.isFinite(value) ? clamp(value / STEPS, 0, longest) : null;
}

/// A text that somebody else wrote: one line, no control or direction characters, bounded.
export function cleanText(value, length) {
  if (typeof value !== "string") return "";
  const plain = value.slice(0, length * 8).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ").replace(/\p{M}{3,}/gu, "");
  return [...plain.trim()].slice(0, length).join("");
}

/// A count that somebody else wrote.
export const cleanCount = (value) => (Number.isSafeInteger(value) && value > 0 ? Math.min(value, 9999) : 0);

/// How often a star was taken, by what stands in the room's state.
export const cleanRound = (value) => (Number.isSafeInteger(value) && value > 0 && value < 2 ** 31 ? value : 0);

/// A well-mixed fraction of two whole numbers, the same for everybody.
function fraction(a, b) {
  let h = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/// Where star `index` lies once it has been taken `round` times.
export function starAt(index, round) {
  return {
    x: 120 + fraction(index, round * 2) * (WIDTH - 240),
    y: 120 + fraction(index, round * 2 + 1) * (HEIGHT - 240),
  };
}

export const touches = (ship, star) => Math.hypot(ship.x - star.x, ship.y - star.y) < STAR_REACH;

/// Where a newcomer of this seat begins: around the middle, apart from its neighbours.
export function startAt(seat) {
  const angle = seat * 2.399963; // the golden angle
  return { x: WIDTH / 2 + Math.cos(angle) * 230, y: HEIGHT / 2 + Math.sin(angle) * 180, vx: 0, vy: 0, heading: -Math.PI / 2 };
}

/// Moves a ship for some seconds. `wish`: where to, at most 1 long.
export function steer(ship, wish, seconds) {
  const blend = 1 - Math.exp(-seconds / RESPONSE);
  ship.vx += (wish.x * SPEED - ship.vx) * blend;
  ship.vy += (wish.y * SPEED - ship.vy) * blend;
  ship.x = clamp(ship.x + ship.vx * seconds, RADIUS, WIDTH - RADIUS);
  ship.y = clamp(ship.y + ship.vy * seconds, RADIUS, HEIGHT - RADIUS);
}

/// The heading after some seconds of flying this way: ships turn, they do not snap, and they keep their heading at rest.
export function turn(heading, vx, vy, seconds) {
  if (Math.hypot(vx, vy) < 25) return heading;
  const away = Math.atan2(vy, vx) - heading;
  const shortest = Math.atan2(Math.sin(away), Math.cos(away));
  return heading + shortest * (1 - Math.exp(-seconds / 0.06));
}
