import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { check, FILES } from "./vectors.js";

for (const name of FILES) {
  test(`golden vectors: ${name}`, (context) => {
    const file = JSON.parse(readFileSync(new URL(`../../Protocol/vectors/${name}.json`, import.meta.url), "utf8"));
    const { passed, leftOut, failures } = check(file);
    context.diagnostic(`${passed} passed, ${leftOut} left out`);
    assert.deepEqual(failures.slice(0, 10), [], `${failures.length} failed`);
    assert.ok(passed > 0);
  });
}
