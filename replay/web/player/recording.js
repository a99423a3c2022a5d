// A recording out of its bytes: header, chunks of inputs, snapshots, markers, end. See replay/core/format.py, the specification.

import { ReplayError, crc32 } from "./bytes.js";
import { unpack } from "./msgpack.js";
import { MOST_TICKS, binary, endOf, expect, headerOf, integer, isBytes, sequence, text } from "./claims.js";

const MAGIC = [0x89, 0x52, 0x45, 0x50, 0x4c, 0x41, 0x59, 0x0d, 0x0a, 0x1a, 0x0a];
const MOST_STATE_BYTES = 2 ** 24;
const MOST_GROUP_COMMAND_BYTES = 2 ** 19;
const MOST_BYTES = { H: 2 ** 16, p: 2 ** 16, I: 2 ** 23, S: MOST_STATE_BYTES + 2 ** 10, m: 2 ** 12, E: 2 ** 18 }; // of a chunk
const MOST_BYTES_UNKNOWN = 2 ** 24;
const FRAME_BYTES = 5;
const CHECK_BYTES = 4;

// header, chunks, snapshots (by tick), markers, end (or null), ticks; damage: what is wrong with the rest, or "".
export class Recording {
  constructor(bytes) {
    expect(bytes.length > MAGIC.length && MAGIC.every((byte, index) => bytes[index] === byte), "a recording: this file is none");
    this.chunks = [];
    this.snapshots = new Map();
    this.markers = [];
    this.end = null;
    this.header = null;
    this.damage = "";
    this.isCut = false;
    this.number = 0; // of the chunk at hand
    this.version = 0; // input events, as the chunks claim
    this.commandBytes = 0; // of the group at hand
    this.read(bytes);
    if (!this.header) throw new ReplayError("it ends, or is damaged, before its header does");
  }

  get ticks() {
    const last = this.chunks.at(-1);
    return last ? last.first + last.count : this.header.start_tick;
  }

  read(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const damaged = (why) => (this.damage = `damaged after tick ${this.header ? this.ticks : 0}: ${why}`);
    let check = crc32(bytes.subarray(0, MAGIC.length));
    for (let at = MAGIC.length; at < bytes.length;) {
      const kind = String.fromCharCode(bytes[at]);
      const length = at + FRAME_BYTES <= bytes.length ? view.getUint32(at + 1, true) : 0;
      if (length > (MOST_BYTES[kind] ?? MOST_BYTES_UNKNOWN)) return damaged(`a chunk that claims ${length} bytes`);
      const size = FRAME_BYTES + length + CHECK_BYTES;
      if (at + size > bytes.length) {
        this.isCut = true;
        this.damage = `cut off after tick ${this.header ? this.ticks : 0}`;
        return undefined;
      }
      const body = bytes.subarray(at, at + size - CHECK_BYTES);
      check = crc32(body, check);
      if (check !== view.getUint32(at + size - CHECK_BYTES, true)) return damaged("a checksum does not fit");
      try {
        this.take(kind, body.subarray(FRAME_BYTES));
      } catch (error) {
        if (!(error instanceof ReplayError) || !this.header) throw error;
        return damaged(error.message);
      }
      at += size;
    }
    if (!this.end) {
      this.isCut = true;
      this.damage = "has no end";
    }
    return undefined;
  }

  take(kind, payload) {
    const isStrange = !"HpISmE".includes(kind);
    const { header, end } = this;
    expect((kind === "H") === (header === null), "one header, first");
    expect(!isStrange || /^[a-z]$/.test(kind), `a chunk that is known: ${JSON.stringify(kind)} needs a newer version`);
    expect(end === null || kind === "m" || isStrange, "nothing but markers after the end");
    const isFirst = header !== null && this.number === 1;
    expect(!isFirst || !header.start_tick || kind === "S", "the state that it begins with");
    if (kind === "H") this.header = headerOf(payload);
    else if (kind === "p") this.takePlayers(unpack(payload));
    else if (kind === "I") this.takeInputs(unpack(payload));
    else if (kind === "S") this.takeSnapshot(unpack(payload));
    else if (kind === "m") this.takeMarker(unpack(payload));
    else if (kind === "E") this.takeEnd(endOf(payload, header));
    this.number += 1;
  }

  takePlayers(ids) {
    const { players } = this.header;
    expect(!this.chunks.length && !players.some((player) => player.id), "ids of players where there can be some");
    for (const [seat, id] of sequence(ids, [players.length], "ids of players").entries()) {
      players[seat].id = text(id, "the id of a player", true);
    }
  }

  takeInputs(value) {
    const { format, chunk_ticks: whole, group_ticks: group, start_tick: start, proof_ticks: step } = this.header;
    const isOld = format === 1;
    const [first, count, encoded, digests, hashes, claimed = null, commands = new Uint8Array()] = sequence(
      value,
      isOld ? [5] : [6, 7],
      "inputs",
    );
    integer(count, 1, whole, "tick count");
    expect(first === this.ticks && (first - start) % whole === 0 && first + count <= MOST_TICKS, `inputs of tick ${this.ticks}`);
    const proofs = Math.floor((first + count - start) / step) - Math.floor((first - start) / step);
    binary(digests, [0, proofs], "digests");
    binary(hashes, isOld ? [0, 8] : [0, 8, 16], "hashes");
    expect(isBytes(encoded) && isBytes(commands) && (this.header.rowBytes || !encoded.length), "inputs and commands");
    if (!isOld) this.version += integer(claimed, 0, MOST_TICKS, "input events");
    if ((first - start) % group === 0) this.commandBytes = 0;
    this.commandBytes += commands.length;
    expect(this.commandBytes <= MOST_GROUP_COMMAND_BYTES, "fewer commands");
    const hash = hashes.length ? hashes.subarray(0, 8) : null;
    const eventsHash = hashes.length > 8 ? hashes.subarray(8) : null;
    this.chunks.push({ first, count, encoded, digests, hash, eventsHash, claimed, commands });
  }

  takeSnapshot(value) {
    const parts = sequence(value, this.header.format === 1 ? [3] : [4], "a snapshot");
    const [tick, size, base, data] = parts.length === 4 ? parts : [parts[0], parts[1], null, parts[2]];
    integer(size, 0, MOST_STATE_BYTES, "state size");
    expect(tick === this.ticks && isBytes(data) && !this.snapshots.has(tick), `one snapshot of tick ${this.ticks}`);
    expect(base === null || (base < tick && this.snapshots.get(base)?.base === null), "a whole snapshot as the base of another");
    this.snapshots.set(tick, { tick, size, base, data });
  }

  takeMarker(value) {
    const [tick, name] = sequence(value, [2], "a marker");
    this.markers.push({ tick: integer(tick, this.header.start_tick, this.ticks, "tick of a marker"), text: text(name, "marker") });
  }

  takeEnd(end) {
    expect(end.ticks === this.ticks, `an end after ${this.ticks} ticks, not ${end.ticks}`);
    const isTold = this.header.format > 1 && this.chunks.length > 0;
    expect(!isTold || end.version === this.version, `an end that claims ${this.version} input events, not ${end.version}`);
    this.end = end;
  }
}
