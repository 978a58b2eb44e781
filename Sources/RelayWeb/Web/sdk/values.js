// Values as applications have them, and as they go on the wire.

import { NAME_BYTES, narrowed, SAFE, TAG_BYTES, TAG_FALSE, TAG_FLOAT, TAG_INTEGER, TAG_NULL, TAG_STEPS, TAG_STRING, TAG_TRUE, utf8Bytes } from "./wire.js";

/** A value of an application as it goes on the wire. @returns {import("./wire.js").WireValue} */
export function toWire(value) {
  switch (typeof value) {
    case "boolean":
      return { tag: value ? TAG_TRUE : TAG_FALSE, content: value };
    case "number":
      if (!Number.isFinite(value)) throw new RangeError(`${value} is not finite`);
      return { tag: Number.isSafeInteger(value) ? TAG_INTEGER : TAG_FLOAT, content: value + 0 };
    case "bigint":
      if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} has more than 64 bits`);
      return { tag: TAG_INTEGER, content: narrowed(value) };
    case "string":
      return { tag: TAG_STRING, content: value };
    default:
      if (value === null) return { tag: TAG_NULL, content: null };
      if (value instanceof Uint8Array) return { tag: TAG_BYTES, content: value.slice() };
      throw new TypeError(
        "no value: write the parts of an object to fields, or JSON.stringify it",
      );
  }
}

/** The value that an application gets. @param {import("./wire.js").WireValue} value @param {number | null} quantum of its field */
export function fromWire({ tag, content }, quantum) {
  if (tag === TAG_STEPS) return quantum === null ? content : Number(content) * quantum;
  return tag === TAG_BYTES ? content.slice() : content;
}

/**
 * What a number becomes when it is written to a field with a quantum: steps, halves away from zero. Any other value stays as it is, and so does a
 * number of too many steps: the relay's result says so.
 * @param {import("./wire.js").WireValue} value @param {number} quantum
 */
export function quantised(value, quantum) {
  if (value.tag !== TAG_INTEGER && value.tag !== TAG_FLOAT) return value;
  const quotient = Number(value.content) / quantum;
  const size = Math.abs(quotient);
  if (size > SAFE) return value;
  const whole = Math.floor(size);
  // Adding 0.5 first would round 0.49999999999999994 up.
  const steps = whole + (size - whole >= 0.5 ? 1 : 0);
  return { tag: TAG_STEPS, content: quotient < 0 ? 0 - steps : steps };
}

/** @param {string} text @param {string} what words for messages @param {string} [shown] the text, if it is no secret */
export function checkText(text, least, what, shown = "") {
  const bytes = utf8Bytes(text).length;
  if (typeof text !== "string" || bytes < least || bytes > NAME_BYTES) {
    throw new RangeError(`${what} has ${least} to ${NAME_BYTES} bytes of UTF-8${shown}`);
  }
}

/** @param {string} name @param {string} what a word for messages */
export const checkName = (name, what) => checkText(name, 1, `the name of ${what}`, `: ${String(name).slice(0, 80)}`);
