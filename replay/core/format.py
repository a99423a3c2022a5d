"""The file format, version 1. This docstring is the specification; below, one class a record, write and read side by side.

    recording = MAGIC chunk*
    chunk     = kind u8, length u32, payload (length bytes), check u32            little-endian
    check     = crc32(kind, length, payload), continued from the previous chunk's check (the first one from crc32(MAGIC)),
                so that a deleted, repeated, swapped or foreign chunk shows like a flipped bit

Payloads are MessagePack. Every number is an integer; a float, NaN, ext type, duplicate key or trailing byte is an error.

    kind         payload                                                          class
    H header     map: format, id, game, rules, ticks_per_second, seed, config,    truth; once, first
                 players [[name, kind]...], input [[field, type]...], chunk_ticks,
                 group_ticks, created (ms since 1970, UTC), parent ([id, tick] or nil)
    I inputs     [first tick, tick count, inputs, digests, hash]                  inputs: truth; the rest derived
    S snapshot   [tick, state size, compressed state]                             derived; may be left out
    m marker     [tick, text]                                                     annotation; may follow the end
    E end        [ticks, stream version, hash, result]                            seals the file

Ticks. State t is the state after t steps; the inputs of tick t turn state t into state t+1. A chunk `I` of `count` ticks from
`first` holds the inputs of those ticks, one digest for each of the states first+1 .. first+count (the low 8 bits of its hash; or
no digest at all) and the full hash of state first+count (8 bytes; or none). Chunks of inputs follow one another without a gap
and hold exactly `chunk_ticks` ticks, but for the last one, which may hold fewer. A snapshot stands before the inputs of its tick.

Inputs. A row is the input fields of one player in order, packed, little-endian. A chunk's rows, seen as bytes of the shape
(ticks, players, row bytes), become differences modulo 256 to the tick before, then planes of the shape (players, row bytes,
ticks), then raw deflate data (RFC 1951). The tick before the first one of a group of `group_ticks` ticks counts as all zero, so
that decoding can begin at any multiple of `group_ticks`; every other chunk continues the chunk before it. `Z_RLE` suits such
planes: as small as level 9 and 15 times as fast to write, which is what lets a game seal a second inside one frame.

Versions. Of the chunk kinds a reader does not know, lower case may be skipped and upper case means "needs a newer version".
A change that an old reader would misread raises `format`.

Limits below are checked before anything is allocated.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from replay.core.errors import CutError, FormatError, NewerFormatError
from replay.core.plain import binary, expect, integer, pack_plain, plain, sequence, text, unpack

FORMAT_VERSION = 1
MAGIC = b"\x89REPLAY\r\n\x1a\n"  # as in PNG: the high bit, the line ends and ^Z show what text-mode transfers break
MAGIC_CHECK = zlib.crc32(MAGIC)

MAX_PLAYERS = 64
MAX_TICKS = 2**31 - 1
MAX_ROW_BYTES = 1024
MAX_CHUNK_TICKS = 3600
MAX_GROUP_TICKS = 36_000
MAX_GROUP_BYTES = 2**24  # of the decoded inputs of a group
MAX_STATE_BYTES = 2**24
MAX_HEADER_ITEMS = 1024  # lists and maps in a header, and items in each
MAX_RESULT_ITEMS = 4096  # lists and maps in an end, and items in each
MAX_CREATED_MS = 253_402_214_400_000  # the last day of the year 9999: a date shows it in any time zone

KIND_HEADER, KIND_INPUTS, KIND_SNAPSHOT, KIND_MARKER, KIND_END = b"H"[0], b"I"[0], b"S"[0], b"m"[0], b"E"[0]
MAX_PAYLOAD = {
    KIND_HEADER: 2**16,
    KIND_INPUTS: 2**23,
    KIND_SNAPSHOT: MAX_STATE_BYTES + 2**10,
    KIND_MARKER: 2**12,
    KIND_END: 2**18,
}
MAX_PAYLOAD_UNKNOWN = 2**24

_FRAME = struct.Struct("<BI")
_CHECK = struct.Struct("<I")
FRAME_BYTES, CHECK_BYTES = _FRAME.size, _CHECK.size


# --- chunks ---------------------------------------------------------------------------------------------------------


class Chunk(NamedTuple):
    kind: int
    payload: bytes
    check: int
    end: int  # offset behind the chunk


def write_chunk(kind: int, payload: bytes, previous_check: int) -> tuple[bytes, int]:
    """The bytes of a chunk, and its check, which the next chunk continues."""
    body = _FRAME.pack(kind, len(payload)) + payload
    check = zlib.crc32(body, previous_check)
    return body + _CHECK.pack(check), check


def frame_length(data: bytes | memoryview, offset: int) -> int:
    """Bytes of the whole chunk that begins at `offset`; 0 if its frame is not all there. Raises FormatError over the limit."""
    if len(data) - offset < FRAME_BYTES:
        return 0
    kind, length = _FRAME.unpack_from(data, offset)
    limit = MAX_PAYLOAD.get(kind, MAX_PAYLOAD_UNKNOWN)
    if length > limit:
        raise FormatError(f"chunk of kind {chr(kind)!r} claims {length:,} bytes; the limit is {limit:,}")
    return FRAME_BYTES + int(length) + CHECK_BYTES


def read_chunk(data: bytes | memoryview, offset: int, previous_check: int) -> Chunk:
    """The chunk at `offset`. Raises CutError if the bytes end inside it, FormatError if its check does not fit."""
    size = frame_length(data, offset)
    if not size or offset + size > len(data):
        raise CutError("the bytes end inside a chunk")
    behind = offset + size
    body = memoryview(data)[offset : behind - CHECK_BYTES]
    check = zlib.crc32(body, previous_check)
    (stored,) = _CHECK.unpack_from(data, behind - CHECK_BYTES)
    if check != stored:
        raise FormatError(f"checksum is {stored:08x}, expected {check:08x}: damaged, or not the chunk that belongs here")
    return Chunk(body[0], bytes(body[FRAME_BYTES:]), check, behind)


# --- compression ------------------------------------------------------------------------------------------------------


def deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
    return compressor.compress(data) + compressor.flush()


def inflate(data: bytes, size: int) -> bytes:
    """Exactly `size` bytes, or FormatError. The limit holds on the stream: nothing larger is ever made."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        result = stream.decompress(data, size + 1)
    except zlib.error as error:
        raise FormatError(f"compressed data is damaged: {error}") from None
    if len(result) != size or not stream.eof or stream.unused_data or stream.unconsumed_tail:
        raise FormatError(f"compressed data does not hold exactly {size:,} bytes")
    return result


# --- records ----------------------------------------------------------------------------------------------------------

_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_FIELD_TYPE = re.compile(r"[iu][1248]\Z")
_HEADER_KEYS = set("format id game rules ticks_per_second seed config players input chunk_ticks group_ticks created parent".split())


@dataclass(frozen=True)
class Player:
    """Who sat in a seat. Says nothing that the rules depend on; bots are players whose inputs were recorded like anyone's."""

    name: str
    kind: str = "human"  # "human", or "bot" with its temperament: "bot:hunter"

    @property
    def is_bot(self) -> bool:
        return self.kind.startswith("bot")


@dataclass(frozen=True)
class Header:
    """What was played: with the inputs, all that a match depends on."""

    id: bytes  # 16 random bytes
    game: str
    rules: int
    ticks_per_second: int
    seed: int
    config: dict[str, int | str]
    players: tuple[Player, ...]
    input_dtype: np.dtype[Any]
    chunk_ticks: int
    group_ticks: int
    created_ms: int
    parent: tuple[bytes, int] | None = None  # id of the recording this one branched from, and at which tick

    def pack(self) -> bytes:
        return pack_plain(
            {
                "format": FORMAT_VERSION,
                "id": self.id,
                "game": self.game,
                "rules": self.rules,
                "ticks_per_second": self.ticks_per_second,
                "seed": self.seed,
                "config": self.config,
                "players": [[player.name, player.kind] for player in self.players],
                "input": input_fields(self.input_dtype),
                "chunk_ticks": self.chunk_ticks,
                "group_ticks": self.group_ticks,
                "created": self.created_ms,
                "parent": list(self.parent) if self.parent else None,
            }
        )

    @classmethod
    def unpack(cls, payload: bytes) -> Header:
        value = unpack(payload, containers=MAX_HEADER_ITEMS, items=MAX_HEADER_ITEMS)
        expect(isinstance(value, dict), "a map of header fields", value)
        version = integer(value.get("format"), 1, 2**31, "format version")
        if version > FORMAT_VERSION:
            raise NewerFormatError(
                f"written in format {version}; this version reads up to {FORMAT_VERSION}", "upgrade deterministic-replay"
            )
        expect(
            value.keys() == _HEADER_KEYS, f"the header fields {', '.join(sorted(_HEADER_KEYS))}", ", ".join(sorted(map(str, value)))
        )
        config = value["config"]
        expect(isinstance(config, dict) and len(config) <= 256, "config: a map of up to 256 settings", config)
        for key, setting in config.items():
            text(key, "the name of a setting")
            if isinstance(setting, str):
                text(setting, f"setting {key!r}", empty=True)
            else:
                integer(setting, -(2**63), 2**63 - 1, f"setting {key!r}")
        seats = value["players"]
        expect(isinstance(seats, list) and 1 <= len(seats) <= MAX_PLAYERS, f"1 to {MAX_PLAYERS} players", seats)
        players = tuple(
            Player(*(text(part, "name and kind of a player") for part in sequence(seat, 2, "player"))) for seat in seats
        )
        chunk_ticks = integer(value["chunk_ticks"], 1, MAX_CHUNK_TICKS, "chunk_ticks")
        group_ticks = integer(value["group_ticks"], 1, MAX_GROUP_TICKS, "group_ticks")
        expect(group_ticks % chunk_ticks == 0, "group_ticks: a multiple of chunk_ticks", group_ticks)
        input_dtype = _input_dtype(value["input"])
        group_bytes = group_ticks * len(players) * input_dtype.itemsize
        expect(group_bytes <= MAX_GROUP_BYTES, f"groups of up to {MAX_GROUP_BYTES:,} bytes of inputs", group_bytes)
        parent = value["parent"]
        if parent is not None:
            parent_id, parent_tick = sequence(parent, 2, "parent")
            parent = (binary(parent_id, (16,), "the parent's id"), integer(parent_tick, 0, MAX_TICKS, "the parent's tick"))
        return cls(
            id=binary(value["id"], (16,), "id"),
            game=text(value["game"], "game"),
            rules=integer(value["rules"], 0, 2**31, "rules"),
            ticks_per_second=integer(value["ticks_per_second"], 1, 10_000, "ticks_per_second"),
            seed=integer(value["seed"], 0, 2**64 - 1, "seed"),
            config=config,
            players=players,
            input_dtype=input_dtype,
            chunk_ticks=chunk_ticks,
            group_ticks=group_ticks,
            created_ms=integer(value["created"], 0, MAX_CREATED_MS, "created"),
            parent=parent,
        )


def input_fields(dtype: np.dtype[Any]) -> list[list[str]]:
    """The fields of a packed row of little-endian integers as the header names them. Raises FormatError for any other dtype."""
    fields = []
    for name in dtype.names or ():
        part = dtype[name]
        if part.kind not in "iu" or part.shape or part.newbyteorder("<") != part:
            raise FormatError(f"input field {name!r} is {part}; a recording holds little-endian integers")
        fields.append([name, f"{part.kind}{part.itemsize}"])
    if not fields or _input_dtype(fields) != dtype:
        raise FormatError(f"input dtype {dtype} is not a packed row of integer fields")
    return fields


def _input_dtype(fields: Any) -> np.dtype[Any]:
    expect(isinstance(fields, list) and 1 <= len(fields) <= 256, "1 to 256 input fields", fields)
    for part in fields:
        name, kind = sequence(part, 2, "input field")
        expect(isinstance(name, str) and bool(_FIELD_NAME.match(name)), "the name of an input field", name)
        expect(isinstance(kind, str) and bool(_FIELD_TYPE.match(kind)), "an integer type such as u2", kind)
    expect(len({name for name, _ in fields}) == len(fields), "input fields of different names", fields)
    dtype = np.dtype([(name, f"<{kind}") for name, kind in fields])
    expect(dtype.itemsize <= MAX_ROW_BYTES, f"an input row of up to {MAX_ROW_BYTES} bytes", dtype.itemsize)
    return dtype


@dataclass(frozen=True)
class InputChunk:
    first_tick: int
    tick_count: int
    encoded: bytes = field(repr=False)
    digests: bytes = field(repr=False, default=b"")  # of states first_tick+1 .. first_tick+tick_count, or none
    hash: int | None = None  # of state first_tick+tick_count

    def pack(self) -> bytes:
        stored = b"" if self.hash is None else self.hash.to_bytes(8, "little")
        return pack_plain([self.first_tick, self.tick_count, self.encoded, self.digests, stored])

    @classmethod
    def unpack(cls, payload: bytes) -> InputChunk:
        first, count, encoded, digests, stored = sequence(unpack(payload), 5, "inputs")
        count = integer(count, 1, MAX_CHUNK_TICKS, "tick count")
        first = integer(first, 0, MAX_TICKS - count, "first tick")
        expect(type(encoded) is bytes, "encoded inputs", encoded)
        binary(digests, (0, count), "digests")
        binary(stored, (0, 8), "hash")
        return cls(first, count, encoded, digests, int.from_bytes(stored, "little") if stored else None)


@dataclass(frozen=True)
class Snapshot:
    tick: int
    state: bytes = field(repr=False)

    def pack(self) -> bytes:
        return pack_plain([self.tick, len(self.state), deflate(self.state)])

    @staticmethod
    def unpack_tick(payload: bytes) -> tuple[int, int, bytes]:
        """Tick, state size and the compressed state: enough to list a snapshot without inflating it."""
        tick, size, compressed = sequence(unpack(payload), 3, "snapshot")
        expect(type(compressed) is bytes, "a compressed state", compressed)
        return integer(tick, 0, MAX_TICKS, "tick"), integer(size, 0, MAX_STATE_BYTES, "state size"), compressed

    @classmethod
    def unpack(cls, payload: bytes) -> Snapshot:
        tick, size, compressed = cls.unpack_tick(payload)
        return cls(tick, inflate(compressed, size))


@dataclass(frozen=True)
class Marker:
    tick: int
    text: str

    def pack(self) -> bytes:
        return pack_plain([self.tick, self.text])

    @classmethod
    def unpack(cls, payload: bytes) -> Marker:
        tick, name = sequence(unpack(payload), 2, "marker")
        return cls(integer(tick, 0, MAX_TICKS, "tick"), text(name, "marker"))


@dataclass(frozen=True)
class End:
    ticks: int
    version: int  # number of input events
    hash: int  # of the last state
    result: Any  # what the recorder said came out; a claim until verified

    def pack(self) -> bytes:
        payload = pack_plain([self.ticks, self.version, self.hash.to_bytes(8, "little"), plain(self.result)])
        limit = MAX_PAYLOAD[KIND_END]
        expect(len(payload) <= limit, f"a result that fits in {limit:,} bytes", len(payload))
        return payload

    @classmethod
    def unpack(cls, payload: bytes) -> End:
        value = unpack(payload, containers=MAX_RESULT_ITEMS, items=MAX_RESULT_ITEMS)
        ticks, version, stored, result = sequence(value, 4, "end")
        return cls(
            integer(ticks, 0, MAX_TICKS, "ticks"),
            integer(version, 0, MAX_TICKS * MAX_PLAYERS, "stream version"),
            int.from_bytes(binary(stored, (8,), "hash"), "little"),
            plain(result),
        )
