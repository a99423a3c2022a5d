// What a recording's header and end may say: every limit of replay/core/records.py, so that a page opens what the verifier opens.

import { ReplayError } from "./bytes.js";
import { Float, unpack } from "./msgpack.js";

const FORMAT = 2;
export const MOST_TICKS = 2 ** 31 - 1;
const MOST_PLAYERS = 64;
const MOST_CHUNK_TICKS = 3600;
const MOST_GROUP_TICKS = 36_000;
const MOST_GROUP_BYTES = 2 ** 24;
const MOST_ROW_BYTES = 1024;
const MOST_TEXT = 200; // characters, whatever each takes
const MOST_CREATED_MS = 253_402_214_400_000;
const MOST_HEADER_ITEMS = 1024;
const MOST_RESULT_ITEMS = 4096;
const DEEPEST = 8;
const TRUTH = "config game input players rules seed session start_tick ticks_per_second";
const NOTES = "chunk_ticks created event_kinds events group_ticks id made_with parent proof_ticks";
const KEYS_1 = "chunk_ticks config created format game group_ticks id input parent players rules seed ticks_per_second";

export function expect(condition, what) {
  if (!condition) throw new ReplayError(`expected ${what}`);
}

export function integer(value, low, high, what) {
  expect(Number.isInteger(value) && value >= low && value <= high, `${what} in ${low}..${high}`);
  return value;
}

export const isBytes = (value) => value instanceof Uint8Array;
const isMap = (value) => typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
const isWhole = (value) => Number.isInteger(value) || typeof value === "bigint";

export function text(value, what, isEmptyToo = false) {
  const isShort = typeof value === "string" && value.length <= 2 * MOST_TEXT && Array.from(value).length <= MOST_TEXT;
  expect(isShort && (isEmptyToo || value), `${what}: text of up to ${MOST_TEXT} characters`);
  return value;
}

export function binary(value, lengths, what) {
  expect(isBytes(value) && lengths.includes(value.length), `${what}: ${lengths.join(" or ")} bytes`);
  return value;
}

export function sequence(value, lengths, what) {
  expect(Array.isArray(value) && lengths.includes(value.length), `${what}: ${lengths.join(" or ")} values`);
  return value;
}

// Nothing, booleans, numbers, text, bytes, and lists and maps of these.
function plain(value, depth = DEEPEST) {
  expect(depth > 0, "plain data that is not so deep");
  if (value instanceof Float) expect(Number.isFinite(value.value), "a finite number");
  else if (Array.isArray(value)) for (const item of value) plain(item, depth - 1);
  else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      text(key, "a key of plain data", true);
      plain(item, depth - 1);
    }
  }
  return value;
}

function mapOf(value, keys, what) {
  expect(isMap(value) && Object.keys(value).sort().join(" ") === keys, `${what} of ${keys}`);
  return value;
}

// --- the header ---

export function headerOf(payload) {
  const value = unpack(payload, MOST_HEADER_ITEMS, MOST_HEADER_ITEMS);
  expect(isMap(value), "a map of header fields");
  const format = integer(value.format, 1, 2 ** 31, "format version");
  if (format > FORMAT) throw new ReplayError(`written in format ${format}; this page reads up to ${FORMAT}`);
  if (format === 1) {
    mapOf(value, KEYS_1, "a header");
    return checked({
      session: new Uint8Array(),
      start_tick: 0,
      proof_ticks: 1,
      events: [],
      event_kinds: [],
      made_with: {},
      ...value,
    });
  }
  mapOf(value, "format notes truth", "a header");
  return checked({ ...mapOf(value.truth, TRUTH, "truth"), ...mapOf(value.notes, NOTES, "notes"), format });
}

function checked(header) {
  text(header.game, "game");
  integer(header.rules, 0, 2 ** 31, "rules");
  integer(header.ticks_per_second, 1, 10_000, "ticks per second");
  expect(isWhole(header.seed) && header.seed >= 0 && header.seed < 2n ** 64n, "a seed of 64 bits");
  integer(header.start_tick, 0, MOST_TICKS, "start tick");
  integer(header.created, 0, MOST_CREATED_MS, "created");
  expect(isBytes(header.session) && header.session.length <= 64, "a session nonce");
  binary(header.id, [16], "id");
  if (header.parent !== null) {
    const [id, tick] = sequence(header.parent, [2], "parent");
    binary(id, [16], "the parent's id");
    integer(tick, 0, MOST_TICKS, "the parent's tick");
  }
  checkTicks(header);
  checkNames(header);
  header.rowBytes = bytesOf(header.input, "input");
  if (header.events !== undefined) bytesOf(header.events, "event");
  expect(header.rowBytes * header.players.length * header.group_ticks <= MOST_GROUP_BYTES, "groups that fit into memory");
  return header;
}

function checkTicks(header) {
  integer(header.chunk_ticks, 1, MOST_CHUNK_TICKS, "chunk_ticks");
  integer(header.group_ticks, 1, MOST_GROUP_TICKS, "group_ticks");
  integer(header.proof_ticks, 1, MOST_CHUNK_TICKS, "proof_ticks");
  expect(
    header.group_ticks % header.chunk_ticks === 0 && header.chunk_ticks % header.proof_ticks === 0,
    "ticks that fit into one another",
  );
}

function checkNames(header) {
  const { players, config, event_kinds: kinds, made_with: origin } = header;
  expect(Array.isArray(players) && players.length >= 1 && players.length <= MOST_PLAYERS, `1 to ${MOST_PLAYERS} players`);
  header.players = players.map((seat) => {
    const [name, kind] = sequence(seat, [2], "player").map((part) => text(part, "name and kind of a player"));
    return { name, kind };
  });
  expect(isMap(config) && Object.keys(config).length <= 256, "a map of up to 256 settings");
  for (const [name, setting] of Object.entries(config)) {
    text(name, "the name of a setting");
    if (typeof setting === "string") text(setting, "a setting", true);
    else expect(isWhole(setting) && setting >= -(2n ** 63n) && setting < 2n ** 63n, "a setting of 64 bits");
  }
  expect(Array.isArray(kinds) && kinds.length <= 256, "up to 256 event kinds");
  for (const kind of kinds) text(kind, "an event kind");
  expect(typeof origin === "object" && origin !== null && Object.keys(origin).length <= 64, "made_with: up to 64 facts");
  for (const [name, fact] of Object.entries(origin)) {
    text(name, "the name of a fact");
    if (typeof fact !== "boolean") text(fact, "a fact", true);
  }
}

// Of a row of fields [[name, type], ...].
function bytesOf(fields, what) {
  expect(Array.isArray(fields) && fields.length <= 256, `up to 256 ${what} fields`);
  const names = new Set();
  let size = 0;
  for (const field of fields) {
    const [name, kind] = sequence(field, [2], "a field");
    expect(typeof name === "string" && /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) && !names.has(name), `names of ${what} fields`);
    expect(typeof kind === "string" && /^(?:[iu][1248]|f[48])$/.test(kind), "a type such as u2 or f4");
    names.add(name);
    size += Number(kind[1]);
  }
  expect(size <= MOST_ROW_BYTES, `${what} rows that are not so long`);
  return size;
}

// --- the end ---

export function endOf(payload, header) {
  let value = unpack(payload, MOST_RESULT_ITEMS, MOST_RESULT_ITEMS);
  if (header.format === 1) {
    const [ticks, version, hash, result] = sequence(value, [4], "an end");
    value = [ticks, version, hash, new Uint8Array(8), result, "finished", null];
  }
  const [ticks, version, hash, eventsHash, result, how, crash] = sequence(value, [7], "an end");
  expect(["finished", "stopped", "crashed"].includes(how) && (how === "crashed") === (crash !== null), "how it ended");
  const lengths = how === "finished" ? [8] : [0, 8];
  integer(ticks, 0, MOST_TICKS, "ticks");
  integer(version, 0, MOST_TICKS * MOST_PLAYERS, "stream version");
  const [known, knownEvents] = [binary(hash, lengths, "hash"), binary(eventsHash, lengths, "events hash")].map((part) =>
    part.length ? part : null,
  );
  return {
    ticks,
    version,
    hash: known,
    eventsHash: knownEvents,
    result: plain(result),
    how,
    crash: crash && crashOf(crash, header),
  };
}

// With which inputs the rules raised.
function crashOf(value, header) {
  const [kind, row, commands] = sequence(value, [3], "a crash");
  expect(Array.isArray(commands), "the commands of the crash");
  for (const command of commands) {
    const [player, data] = sequence(command, [2], "a command of the crash");
    integer(player, 0, header.players.length - 1, "player of a command");
    plain(data);
  }
  return { kind: text(kind, "exception type"), row: binary(row, [header.rowBytes * header.players.length], "row"), commands };
}

// Whether two pieces of plain data are equal, as Python has it: true is 1, and 2.0 is 2.
export function alike(one, other) {
  const [left, right] = [one, other].map((value) =>
    value instanceof Float ? value.value : typeof value === "boolean" ? Number(value) : value,
  );
  const isNumber = (value) => typeof value === "number" || typeof value === "bigint";
  if (isNumber(left) && isNumber(right)) return left == right; // a BigInt and a number may be the same
  const areParts = [left, right].every((value) => typeof value === "object" && value !== null);
  if (!areParts) return left === right;
  return Array.isArray(left) === Array.isArray(right) && isBytes(left) === isBytes(right) && sameItems(left, right);
}

function sameItems(one, other) {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && alike(one[key], other[key]));
}
