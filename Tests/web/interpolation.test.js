// What is drawn between ticks, and behind the newest.
import assert from "node:assert/strict";
import { test } from "node:test";

import { valueAt } from "../../Sources/RelayWeb/Web/sdk/interpolation.js";

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
