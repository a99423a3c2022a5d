// State 0 of a match of arena, from its seed and config, and its result: as game/match.py, game/config.py and game/rng.py have it.

import { ReplayError } from "../../replay/web/player/bytes.js";
import { record } from "../../replay/web/player/records.js";

// BLAKE2b (RFC 7693) of up to 128 bytes without a key.
const IV = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
];
const SIGMA = [
  "0123456789abcdef",
  "ea489fd61c02b753",
  "b8c052fdae367194",
  "7931dcbe265a40f8",
  "905724afe1bc683d",
  "2c6a0b834d75fe19",
  "c51fed4a0763928b",
  "db7ec13950f4862a",
  "6fe9b308c2d714a5",
  "a2847615fb9e3cd0",
].map((row) => Array.from(row, (digit) => parseInt(digit, 16)));
const COLUMNS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];
const ROUNDS = 12;
const DIGEST_BYTES = 12n;
const WORDS = { ffa: 0, teams: 1 };
const FIXED = ["player_count", "mode", "score_limit", "starts_at", "tick_limit"]; // what the config says, in every state of a match

const low = (value) => BigInt.asUintN(64, value);
const turned = (value, bits) => low((value >> bits) | (value << (64n - bits)));

// The words of the digest of `message` (BigInt words), `size` bytes long, for a purpose of up to 16 letters.
function blake2b(message, size, purpose) {
  const person = new DataView(new ArrayBuffer(16));
  Array.from(purpose, (letter, index) => person.setUint8(index, letter.charCodeAt(0)));
  const h = [...IV];
  h[0] ^= 0x01010000n ^ DIGEST_BYTES;
  h[6] ^= person.getBigUint64(0, true);
  h[7] ^= person.getBigUint64(8, true);
  const words = Array.from({ length: 16 }, (_, index) => message[index] ?? 0n);
  const v = [...h, ...IV];
  v[12] ^= BigInt(size);
  v[14] = low(~v[14]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [a, b, c, d]] of COLUMNS.entries()) {
      const row = SIGMA[round % SIGMA.length];
      v[a] = low(v[a] + v[b] + words[row[2 * index]]);
      v[d] = turned(v[d] ^ v[a], 32n);
      v[c] = low(v[c] + v[d]);
      v[b] = turned(v[b] ^ v[c], 24n);
      v[a] = low(v[a] + v[b] + words[row[2 * index + 1]]);
      v[d] = turned(v[d] ^ v[a], 16n);
      v[c] = low(v[c] + v[d]);
      v[b] = turned(v[b] ^ v[c], 63n);
    }
  }
  return h.map((value, index) => low(value ^ v[index] ^ v[index + 8]));
}

// Of the rules' random generator: a, b, c, counter.
function seeded(seed) {
  const [first, second] = blake2b([BigInt(seed)], 8, "rules");
  return [first & 0xffffffffn, first >> 32n, second & 0xffffffffn, 1];
}

function checkedConfig(config, players, constants) {
  const fail = (what) => {
    throw new ReplayError(`expected ${what}`);
  };
  if (players < 2 || players > constants.players) fail(`2 to ${constants.players} players`);
  const known = ["map", "mode", ...Object.keys(constants.ranges)];
  const given = Object.keys(config).filter((key) => key !== "map_hash");
  if (given.length !== known.length || !known.every((key) => given.includes(key))) fail(`a config of ${known.join(", ")}`);
  if (!Object.hasOwn(WORDS, config.mode)) fail("a mode of ffa or teams");
  for (const [key, [least, most]] of Object.entries(constants.ranges)) {
    if (!Number.isInteger(config[key]) || config[key] < least || config[key] > most) fail(`${key} from ${least} to ${most}`);
  }
  if (!Object.hasOwn(constants.maps, config.map)) fail(`a map that is here: ${Object.keys(constants.maps).join(", ")}`);
  const map = constants.maps[config.map];
  if ((config.map_hash ?? map.hash) !== map.hash) fail(`the map ${config.map} as it is here; it was played on another version`);
  return map;
}

export async function newMatch(engine, header, constants) {
  const { config } = header;
  const map = checkedConfig(config, header.players.length, constants);
  const { columns, rows } = constants;
  const { world, tables } = engine.emptyMatch();
  const tiles = engine.alloc(columns * rows);
  const padded = map.lines
    .map((line) => line.padEnd(columns, "#"))
    .join("")
    .padEnd(columns * rows, "#");
  engine.bytes.set(new TextEncoder().encode(padded), tiles);
  if (engine.call("lay_out", tables, world, tiles) >= 0) throw new ReplayError(`a map of which every place can be reached`);
  engine.bytes.fill(0, world, world + engine.layouts.world[0]);
  const startsAt = config.countdown * header.ticks_per_second;
  const endsAt = startsAt + config.seconds * header.ticks_per_second;
  engine.call(
    "start",
    world,
    header.players.length,
    WORDS[config.mode],
    config.score_limit,
    startsAt,
    endsAt,
    ...seeded(header.seed),
  );
  return { world, tables };
}

// Whether a state out of a file cannot be one of this match, whose state 0 is `own`. All are addresses.
export function check(engine, state, tables, own) {
  if (engine.call("check", state, state, tables) !== -1) return true;
  const [claimed, ours] = [state, own].map((place) => record(engine.layouts.state, engine.view, place));
  return FIXED.some((name) => claimed[name] !== ours[name]);
}

export function resultOf(state, header) {
  const players = state.players.slice(0, header.players.length);
  const scores = players.map((player) => state.scores[player.team]);
  const reason = ["", "score", "time"][state.ended];
  const best = Math.max(...scores);
  const columns = ["team", "score", "kills", "deaths", "assists", "gold"];
  return {
    ended: reason !== "",
    reason,
    winners: reason ? scores.flatMap((score, index) => (score === best ? [index] : [])) : [],
    players: players.map((player) => Object.fromEntries(columns.map((name) => [name, player[name]]))),
  };
}
