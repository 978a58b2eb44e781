// The primitives of SPEC section 3. Bytes of a relay are untrusted: every length is compared with the bytes left before it is used.
//
// Integers are numbers up to ±(2^53 − 1), and BigInt only behind them.

export const SAFE = Number.MAX_SAFE_INTEGER;
export const NAME_BYTES = 64;
export const MOST_NAMES = 1024;
/** Operations of an uplink, fields of a set, seats of an event, fields of an entity. */
export const LIST_COUNT = 64;
export const LARGEST_ENTITY = 65535 * 1024 + 1023;
export const LAST_PLAYER = 1023;
export const LAST_SEAT = 2047;
export const MESSAGE_BYTES = 4 << 20;

// The tags of values.
export const TAG_NULL = 0;
export const TAG_FALSE = 1;
export const TAG_TRUE = 2;
export const TAG_INTEGER = 3;
export const TAG_FLOAT = 4;
export const TAG_STEPS = 5;
export const TAG_STRING = 6;
export const TAG_BYTES = 7;

/**
 * A value as it stands on the wire: its tag and its content. An integer's content is a number, or a bigint beyond ±(2^53 − 1).
 * @typedef {{ tag: number, content: any }} WireValue
 */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const doubleBytes = new Uint8Array(8);
const doubleView = new DataView(doubleBytes.buffer);

/** Bytes that SPEC does not allow. */
export class WireError extends Error {}

/** @returns {never} */
export function malformed() {
  throw new WireError("malformed");
}

/** @param {string} text */
export const utf8Bytes = (text) => encoder.encode(text);

/** @param {bigint} big @returns {number | bigint} */
export function narrowed(big) {
  return big >= -BigInt(SAFE) && big <= BigInt(SAFE) ? Number(big) : big;
}

/** Adds with wrapping at 64 bits. @param {number | bigint} left @param {number | bigint} right @returns {number | bigint} */
export function wrappingSum(left, right) {
  if (typeof left === "number" && typeof right === "number") {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return narrowed(BigInt.asIntN(64, BigInt(left) + BigInt(right)));
}

/** A signed number of its zigzag. @param {number} code at most 2^53 − 1 */
const unzigzag = (code) => (code % 2 === 0 ? code / 2 : -(code + 1) / 2);

/** @param {bigint} code @returns {number | bigint} */
const unzigzagBig = (code) => narrowed((code >> 1n) ^ -(code & 1n));

/** Reads one message. */
export class Reader {
  /** Position of the next packed bit. */
  #bit = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  end() {
    if (this.left) malformed();
  }

  u8(low = 0, high = 255) {
    if (this.at >= this.bytes.length) malformed();
    const value = this.bytes[this.at++];
    if (value < low || value > high) malformed();
    return value;
  }

  u32() {
    const bytes = this.raw(4);
    return (bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24)) >>> 0;
  }

  f64() {
    doubleBytes.set(this.raw(8));
    const value = doubleView.getFloat64(0, true);
    if (!Number.isFinite(value)) malformed();
    return value + 0; // −0 is 0
  }

  /** A view of the next bytes, valid as long as the message is. */
  raw(count) {
    if (count > this.left) malformed();
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** All numbers of server messages end at 2^53 − 1, but for those that `svarint` reads. */
  varint(low = 0, high = SAFE) {
    let byte = this.u8();
    let value = byte;
    if (byte > 127) {
      value -= 128;
      for (let factor = 128; byte > 127; factor *= 128) {
        byte = this.u8();
        value += (byte & 127) * factor;
        if (value > SAFE) malformed();
      }
      if (byte === 0) malformed();
    }
    if (value < low || value > high) malformed();
    return value;
  }

  /** @returns {number | bigint} */
  svarint() {
    const start = this.at;
    let length = 1;
    while (this.u8() > 127) if (++length > 10) malformed();
    if (length <= 7) {
      this.at = start;
      return unzigzag(this.varint());
    }
    let code = 0n;
    for (let index = length - 1; index >= 0; index--) code = (code << 7n) | BigInt(this.bytes[start + index] & 127);
    if (this.bytes[this.at - 1] === 0) malformed();
    if (code >> 64n) malformed();
    return unzigzagBig(code);
  }

  string(low = 0, high = SAFE) {
    const bytes = this.raw(this.varint(low, high));
    try {
      return utf8.decode(bytes);
    } catch {
      return malformed();
    }
  }

  /** Reads a count, of items that have a byte at least. */
  count(low = 0, high = SAFE) {
    const count = this.varint(low, high);
    if (count > this.left) malformed();
    return count;
  }

  /** Reads the content of a value. @returns {any} */
  content(tag) {
    switch (tag) {
      case TAG_INTEGER:
      case TAG_STEPS:
        return this.svarint();
      case TAG_FLOAT:
        return this.f64();
      case TAG_STRING:
        return this.string();
      case TAG_BYTES:
        return this.raw(this.varint()).slice();
      default:
        return tag === TAG_NULL ? null : tag === TAG_TRUE;
    }
  }

  /** @returns {WireValue} */
  value() {
    const tag = this.u8(0, 7);
    return { tag, content: this.content(tag) };
  }

  // Packed bits: between `beginBits` and `endBits`, the lowest bit of each byte first.

  beginBits() {
    this.#bit = this.at * 8;
  }

  endBits() {
    while (this.#bit & 7) if (this.bits(1)) malformed();
    this.at = this.#bit / 8;
  }

  /** @param {number} count 0 to 25 */
  bits(count) {
    const bytes = this.bytes;
    if (this.#bit + count > bytes.length * 8) malformed();
    const at = this.#bit >>> 3;
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    const value = (word >>> (this.#bit & 7)) & ((1 << count) - 1);
    this.#bit += count;
    return value;
  }

  /** One packed difference of a column. @param {number} width 1 to 16 bits @returns {number | bigint} */
  packedNumber(width) {
    const code = this.bits(width);
    const escape = (1 << width) - 1;
    if (code !== escape) return unzigzag(code);
    const power = this.bits(6);
    let whole = 1n << BigInt(power);
    for (let done = 0; done < power; done += 24) whole += BigInt(this.bits(Math.min(24, power - done))) << BigInt(done);
    if (whole < escape) malformed();
    return unzigzagBig(whole);
  }
}

/** Writes one message. The caller hands in only what SPEC allows. */
export class Writer {
  bytes = new Uint8Array(64);
  length = 0;

  /** A copy of what was written. */
  take() {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }

  room(count) {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  u8(value) {
    this.room(1);
    this.bytes[this.length++] = value;
    return this;
  }

  raw(bytes) {
    this.room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  /** @param {number} value 0 to 2^53 − 1 */
  varint(value) {
    for (; value > 127; value = Math.floor(value / 128)) this.u8((value % 128) + 128);
    return this.u8(value);
  }

  /** @param {number | bigint} value 64 bits */
  svarint(value) {
    if (Math.abs(Number(value)) < 2 ** 52) return this.varint(value < 0 ? -2 * Number(value) - 1 : 2 * Number(value));
    const big = BigInt(value);
    let code = BigInt.asUintN(64, (big << 1n) ^ (big >> 63n));
    for (; code > 127n; code >>= 7n) this.u8(Number(code & 127n) | 128);
    return this.u8(Number(code));
  }

  f64(value) {
    doubleView.setFloat64(0, value, true);
    return this.raw(doubleBytes);
  }

  sized(bytes) {
    return this.varint(bytes.length).raw(bytes);
  }

  string(text) {
    return this.sized(utf8Bytes(text));
  }

  /** @param {WireValue} value */
  value({ tag, content }) {
    this.u8(tag);
    if (tag === TAG_INTEGER || tag === TAG_STEPS) return this.svarint(content);
    if (tag === TAG_FLOAT) return this.f64(content);
    if (tag === TAG_STRING) return this.string(content);
    return tag === TAG_BYTES ? this.sized(content) : this;
  }
}
