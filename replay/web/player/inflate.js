// Deflated data (RFC 1951), at once: a browser's own stream takes longer to begin than a second of a match takes to inflate.

import { ReplayError } from "./bytes.js";

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const REACH_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289,
  16385, 24577,
];
const REACH_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const MOST_BITS = 15;
const FIXED = [Array.from({ length: 288 }, (_, at) => (at < 144 ? 8 : at < 256 ? 9 : at < 280 ? 7 : 8)), Array(30).fill(5)];
let fixed = null;

// A table by the next `bits` bits: symbol << 4 | length of its code; 0 for a code that there is not.
function tableOf(lengths) {
  const bits = Math.max(...lengths, 1);
  const counts = new Uint16Array(MOST_BITS + 2);
  for (const length of lengths) counts[length] += length ? 1 : 0;
  const next = new Uint16Array(MOST_BITS + 2);
  for (let length = 1; length <= MOST_BITS; length++) {
    next[length + 1] = (next[length] + counts[length]) << 1;
    if (next[length] + counts[length] > 1 << length) throw new ReplayError("codes that cannot be");
  }
  const table = new Uint16Array(1 << bits);
  for (const [symbol, length] of lengths.entries()) {
    if (!length) continue;
    let [code, turned] = [next[length]++, 0];
    for (let bit = 0; bit < length; bit++, code >>= 1) turned = (turned << 1) | (code & 1);
    for (let at = turned; at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
  }
  return { table, bits };
}

class Reader {
  constructor(data) {
    Object.assign(this, { data, at: 0, held: 0, count: 0 });
  }

  take(bits) {
    while (this.count < bits) {
      if (this.at >= this.data.length) throw new ReplayError("it ends too early");
      this.held |= this.data[this.at++] << this.count;
      this.count += 8;
    }
    const value = this.held & ((1 << bits) - 1);
    this.held >>>= bits;
    this.count -= bits;
    return value;
  }

  symbol({ table, bits }) {
    while (this.count < bits && this.at < this.data.length) {
      this.held |= this.data[this.at++] << this.count;
      this.count += 8;
    }
    const entry = table[this.held & ((1 << bits) - 1)];
    const length = entry & 15;
    if (!length || length > this.count) throw new ReplayError("a code that there is not");
    this.held >>>= length;
    this.count -= length;
    return entry >> 4;
  }

  // The rest of a byte is left out.
  align() {
    this.at -= this.count >> 3;
    this.held = this.count = 0;
  }
}

function lengthsOf(reader) {
  const [literals, reaches, count] = [reader.take(5) + 257, reader.take(5) + 1, reader.take(4) + 4];
  const order = new Array(19).fill(0);
  for (let at = 0; at < count; at++) order[ORDER[at]] = reader.take(3);
  const codes = tableOf(order);
  const lengths = [];
  while (lengths.length < literals + reaches) {
    const symbol = reader.symbol(codes);
    if (symbol < 16) lengths.push(symbol);
    else {
      if (symbol === 16 && !lengths.length) throw new ReplayError("a repetition of nothing");
      const [value, times] =
        symbol === 16 ? [lengths.at(-1), 3 + reader.take(2)] : [0, symbol === 17 ? 3 + reader.take(3) : 11 + reader.take(7)];
      for (let time = 0; time < times; time++) lengths.push(value);
    }
  }
  if (lengths.length > literals + reaches) throw new ReplayError("too many lengths");
  return [tableOf(lengths.slice(0, literals)), tableOf(lengths.slice(literals))];
}

function readBlock(reader, [literals, reaches], result, filled) {
  for (;;) {
    const symbol = reader.symbol(literals);
    if (symbol === 256) return filled;
    if (symbol < 256) {
      if (filled >= result.length) throw new ReplayError("it is larger than it says");
      result[filled++] = symbol;
      continue;
    }
    const length = LENGTH_BASE[symbol - 257] + reader.take(LENGTH_BITS[symbol - 257]);
    const code = reader.symbol(reaches);
    const reach = REACH_BASE[code] + reader.take(REACH_BITS[code]);
    if (!(reach <= filled) || !(filled + length <= result.length)) throw new ReplayError("it reaches too far");
    for (let left = length; left; left--, filled++) result[filled] = result[filled - reach];
  }
}

function readStored(reader, result, filled) {
  reader.align();
  const { data, at } = reader;
  const length = data[at] | (data[at + 1] << 8);
  const isSound = at + 4 + length <= data.length && (length ^ (data[at + 2] | (data[at + 3] << 8))) === 0xffff;
  if (!isSound || filled + length > result.length) throw new ReplayError("a stored block that does not fit");
  result.set(data.subarray(at + 4, at + 4 + length), filled);
  reader.at = at + 4 + length;
  return filled + length;
}

// Exactly `size` bytes; nothing larger is ever made. Raises ReplayError.
export function inflate(data, size) {
  const result = new Uint8Array(size);
  const reader = new Reader(data);
  let [filled, isLast] = [0, 0];
  try {
    while (!isLast) {
      isLast = reader.take(1);
      const kind = reader.take(2);
      if (kind === 3) throw new ReplayError("a kind of block that there is not");
      if (kind === 0) filled = readStored(reader, result, filled);
      else filled = readBlock(reader, kind === 1 ? (fixed ??= FIXED.map(tableOf)) : lengthsOf(reader), result, filled);
    }
    if (filled !== size || reader.at - (reader.count >> 3) !== data.length) throw new ReplayError("it has another size");
  } catch (error) {
    throw new ReplayError(`compressed data does not hold exactly ${size} bytes: ${error.message}`);
  }
  return result;
}
