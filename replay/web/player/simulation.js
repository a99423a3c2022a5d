// A recording re-simulated here, tick by tick, and compared with what it says of itself: digests, hashes, snapshots, end.

import { ReplayError, sameBytes } from "./bytes.js";
import { alike } from "./claims.js";
import { Engine } from "./engine.js";
import { inflate } from "./inflate.js";
import { hasNan } from "./records.js";
import { Rerun } from "./rerun.js";
import { verdictOf } from "./verdict.js";

const SLICE_MS = 12; // of work, before the page may draw

export class Simulation extends Rerun {
  // game: {code, rate, newMatch, check, resultOf, constants}. Raises ReplayError for a recording that these rules cannot run.
  static async open(recording, game) {
    const engine = await Engine.open(game.code);
    const { header } = recording;
    const fields = engine.layouts.input[1].map(([name, , kind]) => [name, kind.replace("<", "")]);
    if (JSON.stringify(fields) !== JSON.stringify(header.input)) throw new ReplayError("its inputs are not those of these rules");
    if (header.ticks_per_second !== game.rate) {
      throw new ReplayError(`it has ${header.ticks_per_second} ticks a second; these rules have ${game.rate}`);
    }
    const match = await game.newMatch(engine, header, game.constants, recording);
    const simulation = new Simulation(recording, game, engine, match);
    if (header.start_tick) simulation.begin();
    return simulation;
  }

  constructor(recording, game, engine, match) {
    super(recording, game, engine, match);
    this.folded = engine.alloc(8);
    this.version = 0;
    this.digests = 0; // compared so far
    this.hashes = 0; // of whole states
    this.provable = 0; // digests that there could be
    this.bad = null; // {tick, what}: where it first differed
    this.claim = null; // the first wrong one of a chunk on its inputs
    this.isThrough = false;
    this.last = new Uint8Array(this.width);
    this.whole = null; // the last snapshot that is no difference
  }

  // --- proving ---

  // Run through all of it. `each(chunk)` hears of every chunk that was run, `paint()` is called now and then. It ends early where
  // `isWanted()` says so.
  async survey(each, paint, isWanted = () => true) {
    this.first = this.hash();
    this.lastProof = proofOf(this.first);
    this.compareSnapshot(this.start);
    let until = performance.now() + SLICE_MS;
    for (const [index, chunk] of this.recording.chunks.entries()) {
      this.proveChunk(index, chunk, inflate(chunk.encoded, chunk.count * this.width));
      if (this.endsRun(index)) this.bad ??= this.claim;
      this.compareSnapshot(this.done);
      each(chunk, index);
      if (performance.now() > until) {
        paint();
        await breath();
        if (!isWanted()) return;
        until = performance.now() + SLICE_MS;
      }
    }
    this.isChanged = this.start > 0 || this.done === this.start || this.hash() !== this.first;
    this.compareEnd();
    this.isThrough = true;
    paint();
  }

  // The proof of the state that there is now.
  hash() {
    return BigInt.asUintN(64, this.engine.callWide("hash", this.world));
  }

  // A recording that does not begin at tick 0 begins with a state, which is believed if it can be one: kernels check no bounds.
  begin() {
    const snapshot = this.recording.snapshots.get(this.start);
    if (!snapshot || snapshot.size !== this.stateBytes) throw new ReplayError("the state that it begins with is missing");
    if (!this.game.check)
      throw new ReplayError("it begins in the middle, and this page cannot tell whether its first state can be one");
    const state = this.stateOf(snapshot);
    this.engine.bytes.set(state, this.other);
    if (this.game.check(this.engine, this.other, this.tables, this.world))
      throw new ReplayError("the state that it begins with cannot be one");
    this.engine.bytes.set(state, this.world);
  }

  proveChunk(index, chunk, planes) {
    if (chunk.commands.length) throw new ReplayError("it holds commands, which no page can run yet");
    const isGroup = (chunk.first - this.start) % this.header.group_ticks === 0;
    const rows = this.decode(planes, chunk.count, isGroup);
    if (hasNan(this.layouts.input, rows)) throw new ReplayError("an input that is no number");
    if (index % this.stride === 0) this.checkpoints[index / this.stride] = this.stateAt(this.world);
    const { proofs, events } = this.run(rows, chunk.first - this.start);
    // Only what could be run is kept: it will be run again to look at it.
    this.given.push(rows);
    this.told.push(events);
    const changed = this.countChanges(rows, chunk.count);
    this.version += changed;
    this.done = chunk.first + chunk.count;
    if (!this.bad) this.compare(chunk, proofs, changed);
  }

  // The verifier looks at what chunks claim of their inputs once for a run of them: what differs in the run counts for more.
  endsRun(index) {
    const { chunks, snapshots } = this.recording;
    const [chunk, next] = [chunks[index], chunks[index + 1]];
    const isGroup = (this.done - this.start) % this.header.group_ticks === 0;
    return !next || isGroup || snapshots.has(this.done) || !chunk.digests.length || !next.digests.length;
  }

  // Rows out of the planes of their differences.
  decode(planes, count, isGroup) {
    const { width, last } = this;
    const rows = new Uint8Array(planes.length);
    for (let column = 0; column < width; column++) {
      let value = isGroup ? 0 : last[column];
      for (let row = 0, from = column * count, to = column; row < count; row++, from++, to += width) {
        value = (value + planes[from]) & 255;
        rows[to] = value;
      }
    }
    return rows;
  }

  // How many inputs differ from the tick before.
  countChanges(rows, count) {
    const { width, last } = this;
    const size = width / this.players;
    let changed = 0;
    for (let at = 0; at < rows.length; at += size) {
      let differs = 0;
      for (let byte = at; byte < at + size; byte++) differs |= rows[byte] ^ (byte < width ? last[byte] : rows[byte - width]);
      changed += differs !== 0;
    }
    last.set(rows.subarray((count - 1) * width));
    return changed;
  }

  // Step through rows. Returns 16 bytes of proof for each tick, state hash and E, and the bytes of all events.
  run(rows, begun) {
    const { engine, world, width } = this;
    const count = rows.length / width;
    const proofs = new Uint8Array(16 * count);
    const events = [];
    for (let done = 0; done < count;) {
      const rest = count - done;
      engine.bytes.set(rows.subarray(done * width), this.rows);
      const given = [world, world, this.tables, this.rows, rest, this.players, this.folded, this.proofs, rest];
      const ran = engine.call("prove", ...given, this.states, 0, this.stateBytes, begun + done, this.header.group_ticks, 0);
      if (ran <= 0) {
        const tick = this.start + begun + done - 1 - ran;
        this.bad ??= { tick: tick + 1, what: `tick ${tick} logs more events than the rules allow` };
        throw new ReplayError(this.bad.what);
      }
      proofs.set(engine.bytes.subarray(this.proofs, this.proofs + 16 * ran), 16 * done);
      events.push(this.logged());
      done += ran;
    }
    return { proofs, events: joined(events) };
  }

  logged() {
    const at = this.world + this.stateBytes;
    const count = this.engine.view.getInt32(at, true);
    return this.engine.bytes.slice(at + 4, at + 4 + count * this.eventBytes);
  }

  compare(chunk, proofs, changed) {
    const { proof_ticks: step, format } = this.header;
    const tellsEvents = format > 1;
    let digest = 0;
    this.provable += Math.floor((this.done - this.start) / step) - Math.floor((chunk.first - this.start) / step);
    for (let row = 0; row < chunk.count && chunk.digests.length; row++) {
      const tick = chunk.first + row + 1;
      if ((tick - this.start) % step) continue;
      const computed = proofs[16 * row] ^ (tellsEvents ? proofs[16 * row + 15] : 0);
      if (computed !== chunk.digests[digest]) {
        this.bad = { tick, what: "the state or its events differ from the recorded ones" };
        return;
      }
      digest += 1;
      this.digests += 1;
    }
    const last = proofs.subarray(proofs.length - 16);
    if (chunk.hash && !sameBytes(chunk.hash, last.subarray(0, 8))) {
      this.bad = { tick: this.done, what: "the state differs from the recorded one" };
    } else if (chunk.eventsHash && tellsEvents && !sameBytes(chunk.eventsHash, last.subarray(8))) {
      this.bad = { tick: this.done, what: "the events differ from the recorded ones" };
    } else if (chunk.claimed !== null && chunk.claimed !== changed) {
      this.claim ??= {
        tick: null,
        what: `the chunk from tick ${chunk.first} claims ${chunk.claimed} input events; there are ${changed}`,
      };
    }
    this.hashes += chunk.hash !== null;
    this.lastProof = last;
  }

  // The bytes of a snapshot, which may be the difference to a whole one.
  stateOf(snapshot) {
    const state = inflate(snapshot.data, snapshot.size);
    if (snapshot.base === null) {
      this.whole = { tick: snapshot.tick, state };
      return state;
    }
    if (this.whole?.tick !== snapshot.base) this.stateOf(this.recording.snapshots.get(snapshot.base));
    for (let index = 0; index < state.length; index++) state[index] ^= this.whole.state[index] ?? 0;
    return state;
  }

  compareSnapshot(tick) {
    const snapshot = this.recording.snapshots.get(tick);
    if (!snapshot || this.bad) return;
    if (!sameBytes(this.stateOf(snapshot), this.stateAt(this.world))) {
      this.bad = { tick, what: tick ? `the snapshot of tick ${tick} is not its state` : "the match starts differently" };
    }
  }

  compareEnd() {
    const { end } = this.recording;
    if (!end || this.bad) return;
    const seal = (what) => (this.bad = { tick: null, what });
    if (end.hash && !sameBytes(end.hash, this.lastProof.subarray(0, 8))) return seal("the final state differs from the sealed one");
    if (end.eventsHash && this.header.format > 1 && !sameBytes(end.eventsHash, this.lastProof.subarray(8))) {
      return seal("the events differ from the sealed ones");
    }
    this.hashes += end.hash !== null;
    if (end.version !== this.version) return seal(`the seal claims ${end.version} input events; there are ${this.version}`);
    const result = this.game.resultOf?.(this.state(this.ticks), this.header);
    if (end.crash && !this.crashesAgain(end.crash)) return undefined;
    if (end.result !== null && result && !alike(end.result, result))
      return seal("the claimed result differs from the computed one");
    return undefined;
  }

  // The inputs of a crash must make the rules raise again, which here they can do in one way.
  crashesAgain({ kind, row, commands }) {
    if (commands.length) throw new ReplayError("it crashes over commands, which no page can run yet");
    const { engine, ticks } = this;
    engine.bytes.set(this.stateAt(this.world), this.other);
    engine.bytes.set(row, this.rows);
    const raises = engine.call("run", this.other, this.tables, this.rows, 1, this.players) < 0;
    if (raises && kind === "ValueError") return true;
    this.bad = {
      tick: ticks + 1,
      what: `recorded is a ${kind} at tick ${ticks}; here the rules ${raises ? "raise another one" : "do not raise"}`,
    };
    return false;
  }

  // --- verdict ---

  // It cannot go on.
  fail(error) {
    this.broken = error.message || String(error);
  }

  get verdict() {
    return verdictOf(this);
  }

  get firstBadTick() {
    return this.bad ? this.bad.tick : null;
  }
}

// Let the page draw and listen. A timer would wait for milliseconds.
function breath() {
  return new Promise((resume) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resume;
    port2.postMessage(null);
  });
}

// What the rules say of a state before anything has happened: its hash, and no events.
function proofOf(hash) {
  const proof = new Uint8Array(16);
  new DataView(proof.buffer).setBigUint64(0, hash, true);
  return proof;
}

function joined(parts) {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
