// The rules of a game, as WebAssembly: its entries, its memory, and the layouts of what lies there.

import { unpack } from "./msgpack.js";

const PAGE_BYTES = 65536;
const ALIGNED = 64;

export class Engine {
  static async open(code) {
    const { instance } = await WebAssembly.instantiate(code, {}); // no imports: there is nothing to escape to
    return new Engine(instance.exports);
  }

  constructor(exports) {
    this.exports = exports;
    this.memory = exports.memory;
    this.top = Number(exports.__heap_base.value);
    const place = Number(exports.rules_manifest.value);
    this.manifest = unpack(this.bytes.slice(place + 4, place + 4 + this.view.getUint32(place, true)), Infinity, Infinity);
    this.layouts = this.manifest.layouts;
  }

  // The whole memory. It is another object after each `alloc` that makes it grow: do not keep it.
  get bytes() {
    if (this.memory.buffer !== this.known) this.look();
    return this.knownBytes;
  }

  get view() {
    if (this.memory.buffer !== this.known) this.look();
    return this.knownView;
  }

  look() {
    this.known = this.memory.buffer;
    this.knownBytes = new Uint8Array(this.known);
    this.knownView = new DataView(this.known);
  }

  // The address of `size` bytes of zero.
  alloc(size) {
    const place = Math.ceil(this.top / ALIGNED) * ALIGNED;
    this.top = place + size;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return place;
  }

  // A match whose state is all zero, and its tables: {world, tables}.
  emptyMatch() {
    return { world: this.alloc(this.layouts.world[0]), tables: this.alloc(this.layouts.tables[0]) };
  }

  // Call an entry with addresses and whole numbers as its signature says. Returns a BigInt of 64 bits.
  callWide(name, ...values) {
    const signature = this.manifest.entries[name];
    return this.exports[`rules_${name}`](...values.map((value, index) => (signature[index] === "p" ? value : BigInt(value))));
  }

  call(name, ...values) {
    return Number(this.callWide(name, ...values));
  }
}
