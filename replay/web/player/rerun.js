// What has been run of a recording, to be looked at: the state, the events and the inputs of any tick, computed again as needed.

import { ReplayError } from "./bytes.js";
import { numbersOf, plainRow, record, sizeOf } from "./records.js";

const DECODED = 32; // chunks whose events are kept decoded
const BLOCK_BYTES = 2 ** 20; // of states that are made at once, to go to one of them
const CACHE_BYTES = 2 ** 24; // of states that are kept
const CHECKPOINT_BYTES = 2 ** 26;

export class Rerun {
  constructor(recording, game, engine, match) {
    Object.assign(this, { recording, game, engine, header: recording.header, layouts: engine.layouts });
    const { layouts, header } = this;
    this.isFilm = false;
    this.start = header.start_tick;
    this.rate = header.ticks_per_second;
    this.players = header.players.length;
    this.stateBytes = layouts.state[0];
    this.eventBytes = layouts.event[0];
    this.world = match.world;
    this.other = engine.alloc(layouts.world[0]); // a second world, to look around in while the first one is proved
    this.tables = match.tables;
    this.width = this.players * layouts.input[0];
    this.rows = engine.alloc(this.width * header.chunk_ticks);
    this.proofs = engine.alloc(16 * header.chunk_ticks);
    this.blockTicks = Math.max(1, Math.min(header.chunk_ticks, Math.floor(BLOCK_BYTES / this.stateBytes)));
    this.states = engine.alloc(this.stateBytes * this.blockTicks);
    const chunks = Math.max(recording.chunks.length, 1);
    this.stride = Math.max(1, Math.ceil((chunks * this.stateBytes) / CHECKPOINT_BYTES));
    this.done = this.start;
    this.given = []; // rows of inputs by chunk
    this.told = []; // the bytes of events by chunk
    this.checkpoints = [];
    this.blocks = new Map();
    this.decoded = new Map();
  }

  get ticks() {
    return this.recording.ticks;
  }

  stateAt(place) {
    return this.engine.bytes.slice(place, place + this.stateBytes);
  }

  // The furthest state there is yet.
  get newest() {
    return record(this.layouts.state, this.engine.view, this.world);
  }

  // The state at a tick that has been reached, as a record.
  state(tick) {
    const { block, first } = this.block(tick);
    return record(this.layouts.state, new DataView(block.buffer), (tick - first) * this.stateBytes);
  }

  // Every number of a state by its path, like "players[0].x".
  table(tick) {
    const values = new Map();
    for (const [path, value] of numbersOf(this.layouts.state, this.state(tick))) values.set(path, value);
    return values;
  }

  // The states of some ticks on end, the one before them first.
  block(tick) {
    const size = this.header.chunk_ticks;
    const index = Math.min(Math.floor((tick - this.start) / size), Math.max(this.given.length - 1, 0));
    const inChunk = tick - this.start - index * size;
    const part = Math.max(Math.ceil(inChunk / this.blockTicks) - 1, 0);
    const key = `${index}.${part}`;
    const first = this.start + index * size + part * this.blockTicks;
    let block = this.blocks.get(key);
    if (block)
      this.blocks.delete(key); // and put at the end: the least recently used one goes first
    else block = this.makeBlock(index, part);
    if (this.given[index]) this.blocks.set(key, block); // else it will grow
    const most = Math.max(4, Math.floor(CACHE_BYTES / block.length));
    if (this.blocks.size > most) this.blocks.delete(this.blocks.keys().next().value);
    return { block, first };
  }

  makeBlock(index, part) {
    const { engine, width, stateBytes } = this;
    const rows = this.given[index] ?? new Uint8Array();
    const from = Math.floor(index / this.stride);
    engine.bytes.set(this.checkpoints[from] ?? this.stateAt(this.world), this.other);
    for (let before = from * this.stride; before < index; before++) this.step(this.given[before]);
    this.step(rows.subarray(0, part * this.blockTicks * width));
    const count = Math.min(this.blockTicks, rows.length / width - part * this.blockTicks);
    const block = new Uint8Array((count + 1) * stateBytes);
    block.set(this.stateAt(this.other));
    for (let done = 0; done < count;) {
      const rest = count - done;
      engine.bytes.set(rows.subarray((part * this.blockTicks + done) * width, (part * this.blockTicks + count) * width), this.rows);
      const given = [this.other, this.other, this.tables, this.rows, rest, this.players];
      const ran = onward(engine.call("trace", ...given, this.states, rest, stateBytes, this.proofs, rest));
      block.set(engine.bytes.subarray(this.states, this.states + ran * stateBytes), (done + 1) * stateBytes);
      done += ran;
    }
    return block;
  }

  // The second world, some rows further.
  step(rows) {
    for (let done = 0; done < rows.length;) {
      const rest = rows.subarray(done);
      this.engine.bytes.set(rest, this.rows);
      const ran = onward(this.engine.call("run", this.other, this.tables, this.rows, rest.length / this.width, this.players));
      done += ran * this.width;
    }
  }

  // The events of the ticks first..stop-1, in order, as plain objects.
  events(first, stop) {
    const size = this.header.chunk_ticks;
    const found = [];
    const from = Math.max(Math.floor((first - this.start) / size), 0);
    for (let index = from; index < this.told.length && this.start + index * size < stop; index++) {
      for (const event of this.eventsOf(index)) if (event.tick >= first && event.tick < stop) found.push(event);
    }
    return found;
  }

  // The events of a chunk.
  eventsOf(index) {
    let events = this.decoded.get(index);
    if (!events) {
      const bytes = this.told[index];
      const view = new DataView(bytes.buffer);
      events = Array.from({ length: bytes.length / this.eventBytes }, (_, at) =>
        plainRow(this.layouts.event, view, at * this.eventBytes),
      );
      this.decoded.set(index, events);
      if (this.decoded.size > DECODED) this.decoded.delete(this.decoded.keys().next().value);
    }
    return events;
  }

  // What a player did in the tick that leads to `tick`, as a plain object; null before the first one.
  inputs(tick, seat) {
    const at = Math.max(tick - 1, this.start) - this.start;
    const rows = this.given[Math.floor(at / this.header.chunk_ticks)];
    if (!rows) return null;
    const place = (at % this.header.chunk_ticks) * this.width + seat * sizeOf(this.layouts.input);
    return plainRow(this.layouts.input, new DataView(rows.buffer), place);
  }
}

// How many ticks were run: none would be for ever.
function onward(ran) {
  if (ran <= 0) throw new ReplayError("the rules do not go on");
  return ran;
}
