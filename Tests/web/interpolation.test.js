// What is drawn between ticks, and behind the newest.
import assert from "node:assert/strict";
import { test } from "node:test";

import { RenderClock, valueAt } from "../../Sources/RelayWeb/Web/sdk/interpolation.js";
import { Room } from "../../Sources/RelayWeb/Web/sdk/room.js";
import { Session } from "../../Sources/RelayWeb/Web/sdk/session.js";

const HISTORY = [10, 100, 11, 110]; // ticks and values in turn
const CASES = [
  { name: "between two ticks: between their values", tick: 10.5, newest: 11, ahead: 0, drawn: 105 },
  { name: "before the first: the first", tick: 9, newest: 11, ahead: 0, drawn: 100 },
  { name: "behind the newest frame: stands still", tick: 11.5, newest: 11, ahead: 0, drawn: 110 },
  { name: "behind the newest frame, a motion is continued as far as allowed", tick: 13, newest: 11, ahead: 1, drawn: 120 },
  { name: "newer frames without this value: it stands still, however much later", tick: 41, newest: 41, ahead: 0, drawn: 110 },
  { name: "newer frames without this value: there is no motion to continue", tick: 42, newest: 41, ahead: 2, drawn: 110 },
];

for (const { name, tick, newest, ahead, drawn } of CASES) {
  test(name, () => assert.equal(valueAt(HISTORY, tick, "linear", newest, ahead), drawn));
}

const EXTRAPOLATIONS = [
  { name: "left out: nothing is drawn that is not known", maximumExtrapolation: undefined, tick: 12, drawn: 110 },
  { name: "0: nothing is drawn that is not known", maximumExtrapolation: 0, tick: 12, drawn: 110 },
  { name: "a motion goes on for as many milliseconds", maximumExtrapolation: 50, tick: 11.5, drawn: 115 },
  { name: "and then stands still", maximumExtrapolation: 50, tick: 20, drawn: 120 },
  { name: "of which there are more to a tick of a slow room", maximumExtrapolation: 50, rate: 10, tick: 20, drawn: 115 },
  { name: "but a value that rests stays", maximumExtrapolation: 50, newest: 12, tick: 13, drawn: 110 },
  { name: "and so does one that is no motion", maximumExtrapolation: 50, interpolate: { x: "step" }, tick: 11.5, drawn: 110 },
];

for (const { name, tick, drawn, rate = 20, newest = 11, ...options } of EXTRAPOLATIONS) {
  test(`maximumExtrapolation, ${name}`, () => {
    const clock = new RenderClock("auto");
    clock.restart(1000 / rate);
    const room = new Room(new Session({ room: "r" }), clock, options);
    room.session.replica.tick = newest;
    assert.equal(room.drawn({ tag: 4, content: 110, history: HISTORY }, null, "x", tick), drawn);
  });
}
