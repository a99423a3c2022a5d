// MessagePack, with every limit held while reading.

import { ReplayError } from "./bytes.js";

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const MOST_LEVELS = 12;
const PLAIN = new Map([
  [0xc0, null],
  [0xc2, false],
  [0xc3, true],
]);
const SIZES = ["getUint8", "getUint16", "getUint32"];
const NUMBERS = [...SIZES, "getBigUint64", "getInt8", "getInt16", "getInt32", "getBigInt64"];

// A number that was written as one with a point: it is no whole number, even if its value is.
export class Float {
  constructor(value) {
    this.value = value;
  }
}

// One value, in which at most `containers` lists and maps of at most `items` items each are made. Maps are objects without a
// prototype; integers that a number cannot hold are BigInts.
export function unpack(bytes, containers = 1, items = 7) {
  const reader = new Unpacker(bytes, containers, items);
  const result = reader.value(0);
  if (reader.at !== bytes.length) throw damaged("more follows");
  return result;
}

function damaged(why) {
  return new ReplayError(`the payload is not the MessagePack expected: ${why}`);
}

function exact(big) {
  return big >= Number.MIN_SAFE_INTEGER && big <= Number.MAX_SAFE_INTEGER ? Number(big) : big;
}

class Unpacker {
  constructor(bytes, containers, items) {
    Object.assign(this, { bytes, left: containers, items, at: 0 });
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(size) {
    if (this.at + size > this.bytes.length) throw damaged("it ends too early");
    this.at += size;
    return this.at - size;
  }

  // A number by the name of its reader in a DataView.
  number(name) {
    return this.view[name](this.take(Number(/\d+$/.exec(name)[0]) / 8));
  }

  value(depth) {
    if (depth > MOST_LEVELS) throw damaged("too many levels");
    const code = this.bytes[this.take(1)];
    if (code < 0x80) return code;
    if (code < 0x90) return this.map(code & 15, depth);
    if (code < 0xa0) return this.list(code & 15, depth);
    if (code < 0xc0) return this.text(code & 31);
    if (code >= 0xe0) return code - 256;
    if (PLAIN.has(code)) return PLAIN.get(code);
    if (code >= 0xc4 && code <= 0xc6) return this.blob(this.number(SIZES[code - 0xc4]));
    if (code === 0xca || code === 0xcb) return new Float(this.number(code === 0xca ? "getFloat32" : "getFloat64"));
    if (code >= 0xcc && code <= 0xd3) return exact(this.number(NUMBERS[code - 0xcc]));
    if (code >= 0xd9 && code <= 0xdb) return this.text(this.number(SIZES[code - 0xd9]));
    if (code === 0xdc || code === 0xdd) return this.list(this.number(SIZES[code - 0xdb]), depth);
    if (code === 0xde || code === 0xdf) return this.map(this.number(SIZES[code - 0xdd]), depth);
    throw damaged(`the code ${code}`);
  }

  blob(size) {
    const from = this.take(size);
    return this.bytes.subarray(from, from + size);
  }

  text(size) {
    try {
      return TEXT.decode(this.blob(size));
    } catch {
      throw damaged("text that is no UTF-8, or too long");
    }
  }

  room(size) {
    if (size > this.bytes.length - this.at) throw damaged("a list longer than the data");
    if (size > this.items || --this.left < 0) throw damaged("more than there may be");
  }

  list(size, depth) {
    this.room(size);
    return Array.from({ length: size }, () => this.value(depth + 1));
  }

  map(size, depth) {
    this.room(size);
    const result = Object.create(null);
    for (let index = 0; index < size; index++) {
      const key = this.value(depth + 1);
      if (typeof key !== "string" || key in result) throw damaged("a key that is no text, or twice");
      result[key] = this.value(depth + 1);
    }
    return result;
  }
}
