"""The file format, version 2. This docstring is the specification; `records` has one class a record.

    recording = MAGIC chunk*
    chunk     = kind u8, length u32, payload (length bytes), check u32            little-endian
    check     = crc32(kind, length, payload), continued from the previous chunk's check (the first one from crc32(MAGIC)),
                so that a deleted, repeated, swapped or foreign chunk shows like a flipped bit

Payloads are MessagePack. A number is an integer unless it is said otherwise; NaN, ext types, duplicate keys and trailing bytes are
errors. Plain data is nil, a boolean, an integer of 64 bits, a finite float, text, bytes, or a list or map with text keys of plain
data, at most 8 levels deep.

    kind         payload                                                              class
    H header     map {format, truth, notes}, see `Header`                             truth; once, first
    p players    [id of each player: text, empty: not known]                          annotation; may be left out
    I inputs     [first tick, tick count, inputs, digests, hashes, input events]      inputs, commands: truth; the rest derived
                 or the same and commands: bytes
    S snapshot   [tick, state size, base tick or nil, compressed bytes]               derived; may be left out
    m marker     [tick, text]                                                         annotation; may follow the end
    E end        [ticks, version, hash, events hash, result, how, crash or nil]       seals the file

Ticks. State t is the state after t steps; the inputs of tick t turn state t into state t+1. A recording begins at `start_tick`,
mostly 0; else its first chunk after the header is the snapshot of that tick, which is then truth. A chunk `I` of `count` ticks from
`first` holds the inputs of those ticks. Chunks of inputs follow one another without a gap and hold exactly `chunk_ticks` ticks, but
for the last one, which may hold fewer. A snapshot stands before the inputs of its tick.

Inputs. A row is the input fields of one player in order, packed, little-endian. A chunk's rows, seen as bytes of the shape
(ticks, players, row bytes), become differences modulo 256 to the tick before, then planes of the shape (players, row bytes,
ticks), then raw deflate data (RFC 1951). The tick before the first one of a group of `group_ticks` ticks (counted from the start)
counts as all zero, so that decoding can begin at any group; every other chunk continues the chunk before it. `Z_RLE` suits such
planes: as small as level 9 and 15 times as fast to write, which is what lets a game seal a second inside one frame. A game without
rows has no input fields and no bytes here. Commands are a MessagePack list of [tick - first tick, player, plain data], in order.

Players. A chunk `p` stands once at most, before the first inputs, and after the state that a recording begins with. Readers that do
not know it skip it. An id is up to 200 characters: who it is, whatever the name; nothing that happens depends on it.

Stream version. An input event is an input that differs from the tick before, or a command; in a tick first the inputs by player,
then the commands in order. `input events` counts those of the chunk; the stream's version is the sum so far.

Proof. The proof of a state is XXH3-64 of what the game says proves it (its `proof()`, else its saved bytes). Events of a tick are
hashed as the bytes of their records, or as MessagePack [[kind, data]...] with sorted keys. E is 0 where a group begins; a tick with
events makes it E * K + XXH3-64(event bytes), modulo 2**64, K = 0x9E3779B97F4A7C15. The digest of a tick is the low 8 bits of its
state's proof, exclusive or the high 8 bits of E: the high ones, because they depend on every bit of every event of the group so
far, so that a changed event that one digest lets pass (1 in 256) shows in the next. There is one digest for every tick of which
`proof_ticks` is a divisor (ticks counted from the start), or none at all. `hashes` is empty, or the 8 bytes of the proof of the
chunk's last state; with 8 more bytes, E, where the chunk ends a group or is a short one.

Snapshots. The saved state, deflated; or, with a base tick, its exclusive or with a whole snapshot before it (that one cut, or
filled up with zeros, to the size of the state), deflated.

End. `how`: finished, stopped (the recorder was left before the match was over) or crashed; unless it is finished, the hashes may be
empty: not known. A result of nil claims nothing. A crash is [exception type, row bytes, [[player, data] ...]]: with these inputs
the rules raised after `ticks` whole ticks.

Versions. Of the chunk kinds a reader does not know, lower case may be skipped and upper case means "needs a newer version".
A change that an old reader would misread raises `format`. Format 1 is read for ever: a flat header; inputs without the number of
input events; snapshots [tick, size, bytes], all of one size; an end [ticks, version, hash, result]; E is 0, so that events are not
proved.

Limits below are checked before anything is allocated.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from replay.core.errors import CutError, FormatError

FORMAT_VERSION = 2
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
MAX_TICK_COMMAND_BYTES = 2**17  # of one tick, so that the end can hold those of a crash
MAX_GROUP_COMMAND_BYTES = 2**19  # packed, of the chunks of a group; decoded they may take 64 times as much
MAX_CREATED_MS = 253_402_214_400_000  # the last day of the year 9999: a date shows it in any time zone
MAX_SESSION_BYTES = 64

KIND_HEADER, KIND_PLAYERS, KIND_INPUTS, KIND_SNAPSHOT, KIND_MARKER, KIND_END = b"HpISmE"
MAX_PAYLOAD = {
    KIND_HEADER: 2**16,
    KIND_PLAYERS: 2**16,
    KIND_INPUTS: 2**23,
    KIND_SNAPSHOT: MAX_STATE_BYTES + 2**10,
    KIND_MARKER: 2**12,
    KIND_END: 2**18,
}
MAX_PAYLOAD_UNKNOWN = 2**24

_FRAME = struct.Struct("<BI")
_CHECK = struct.Struct("<I")
FRAME_BYTES, CHECK_BYTES = _FRAME.size, _CHECK.size


class Chunk(NamedTuple):
    kind: int
    payload: bytes
    check: int
    end: int  # offset after the chunk


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
    after = offset + size
    body = memoryview(data)[offset : after - CHECK_BYTES]
    check = zlib.crc32(body, previous_check)
    (stored,) = _CHECK.unpack_from(data, after - CHECK_BYTES)
    if check != stored:
        raise FormatError(f"checksum is {stored:08x}, expected {check:08x}: damaged, or not the chunk that belongs here")
    return Chunk(body[0], bytes(body[FRAME_BYTES:]), check, after)


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
