"""What is done to recordings. Every choice comes from a `random.Random`, so that a number names a case, hypothesis can shrink one,
and a coverage-guided fuzzer can steer."""

from __future__ import annotations

import contextlib
import math
import random
import struct
import zlib
from typing import Any, NamedTuple

import msgpack
from damage import put_together

from replay.core import format as fmt
from replay.core.records import difference

from .seeds import Chunks, invented, recorded


class Raw(NamedTuple):
    """Bytes that stand in a payload as they are."""

    data: bytes


class Case(NamedTuple):
    data: bytes
    checksums_hold: bool  # if not, a reader must say so


_MOST_BYTES = 20 * 2**20  # of a case: one payload as large as can be, and some more
_KINDS = (fmt.KIND_HEADER, fmt.KIND_INPUTS, fmt.KIND_SNAPSHOT, fmt.KIND_MARKER, fmt.KIND_END, *b"QzIhe", 0, 255, 0xE9)
_EDGES = (
    -1,
    0,
    1,
    2,
    7,
    20,
    40,
    59,
    60,
    61,
    64,
    65,
    130,
    150,
    255,
    256,
    3600,
    3601,
    2**15,
    2**16,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**53,
)
_NAMES = (
    "os",
    "../x",
    "arena",
    "bank",
    "counter",
    "talk",
    "echo",
    "finished",
    "stopped",
    "crashed",
    "",
    "x" * 300,
    "\x1b[2J",
    "a\nb",
    "[bold]",
    "\ud7ff",
    "é" * 200,
)


def make_case(rng: random.Random) -> Case:
    """One damaged recording."""
    chunks = list(invented(rng) if rng.random() < 0.15 else rng.choice(recorded()))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if not chunks:
            break
        operate(rng, chunks)
    while sum(len(payload) for _, payload in chunks) > _MOST_BYTES:
        chunks.remove(max(chunks, key=lambda chunk: len(chunk[1])))
    data = put_together(chunks)
    fate = rng.random()
    if fate < 0.02:
        return Case(data[: rng.randrange(len(data))], True)  # as a killed recorder leaves it
    return Case(_break_frames(rng, data), False) if fate < 0.07 else Case(data, True)


def operate(rng: random.Random, chunks: Chunks) -> None:
    """Do one thing to the chunks of a recording."""
    with contextlib.suppress(RecursionError):  # an operation before this one has nested lists deep
        rng.choice(_OPERATIONS)(rng, chunks)


# --- chunks -----------------------------------------------------------------------------------------------------------


def _delete(rng: random.Random, chunks: Chunks) -> None:
    del chunks[rng.randrange(len(chunks))]


def _repeat(rng: random.Random, chunks: Chunks) -> None:
    chunks.insert(rng.randrange(len(chunks) + 1), rng.choice(chunks))


def _swap(rng: random.Random, chunks: Chunks) -> None:
    one, other = rng.randrange(len(chunks)), rng.randrange(len(chunks))
    chunks[one], chunks[other] = chunks[other], chunks[one]


def _transplant(rng: random.Random, chunks: Chunks) -> None:
    chunks[rng.randrange(len(chunks))] = rng.choice(rng.choice(recorded()))


def _rename(rng: random.Random, chunks: Chunks) -> None:
    index = rng.randrange(len(chunks))
    chunks[index] = (rng.choice(_KINDS), chunks[index][1])


def _insert(rng: random.Random, chunks: Chunks) -> None:
    kind = rng.choice(_KINDS)
    chunks.insert(rng.randrange(len(chunks) + 1), (kind, pack(_nasty(rng))))


def _mark(rng: random.Random, chunks: Chunks) -> None:
    marker = [rng.choice(_EDGES), rng.choice(_NAMES)]
    chunks.insert(rng.randrange(1, len(chunks) + 1), (fmt.KIND_MARKER, pack(marker)))


# --- values in a chunk ------------------------------------------------------------------------------------------------


def _edit(rng: random.Random, chunks: Chunks) -> None:
    """Change one value somewhere inside of a payload."""
    index = rng.randrange(len(chunks))
    if rng.random() < 0.4:
        index = 0
    kind, payload = chunks[index]
    try:
        chunks[index] = (kind, pack(_edited(rng, msgpack.unpackb(payload, strict_map_key=False))))
    except (ValueError, TypeError, OverflowError, RecursionError):  # an operation before this one has been here
        return


def _edited(rng: random.Random, value: Any) -> Any:
    if isinstance(value, dict) and value and rng.random() < 0.95:
        key = rng.choice(list(value))
        pairs = [(each, _edited(rng, part) if each == key else part) for each, part in value.items()]
        fate = rng.random()
        if fate < 0.05:
            pairs.append(rng.choice(pairs))  # a duplicate key
        elif fate < 0.1:
            pairs.pop(rng.randrange(len(pairs)))
        elif fate < 0.13:
            pairs.append((rng.choice(_NAMES), _nasty(rng)))
        return _map(pairs)
    if isinstance(value, list) and value and rng.random() < 0.9:
        value = list(value)
        index = rng.randrange(len(value))
        fate = rng.random()
        if fate < 0.06:
            del value[index]
        elif fate < 0.12:
            value *= rng.choice((2, 3, 70))
        else:
            value[index] = _edited(rng, value[index])
        return value
    if isinstance(value, bytes) and rng.random() < 0.8:
        return _other_bytes(rng, value)
    if isinstance(value, int) and (fate := rng.random()) < 0.65:
        return (
            min(max(value + rng.choice((-1, 1, 60, -60)), -(2**63)), 2**64 - 1)
            if fate < 0.5
            else rng.choice((bool(value), float(value)))
        )
    return _nasty(rng)


def _say(rng: random.Random, chunks: Chunks) -> None:
    """Change, repeat, swap or invent commands of a chunk of inputs."""
    found = _of_kind(chunks, fmt.KIND_INPUTS, 6)
    if not found:
        return
    index, values = rng.choice(found)
    try:
        commands = msgpack.unpackb(values[6]) if len(values) > 6 else []
    except (ValueError, TypeError):
        return
    fate = rng.randrange(6)
    if fate == 0 and commands:
        commands = _edited(rng, commands)
    elif fate == 1 and commands:
        commands.insert(rng.randrange(len(commands)), rng.choice(commands))
    elif fate == 2 and len(commands) > 1:
        rng.shuffle(commands)
    elif fate == 3:
        commands = [[rng.choice(_EDGES), rng.choice((0, 1, *_EDGES)), _nasty(rng)]]
    elif fate == 4:
        commands = [[0, 0, Raw(b"\x91" * rng.choice((8, 9, 40)) + b"\0")]]
    else:
        commands = [[0, 0, _nasty(rng)]] * rng.choice((1, 70, 3000, 70_000))
    chunks[index] = (fmt.KIND_INPUTS, pack([*values[:6], pack(commands)]))


def _rebase(rng: random.Random, chunks: Chunks) -> None:
    """A snapshot as the difference to another one: before it, after it, itself, a difference, or none there is."""
    found = _of_kind(chunks, fmt.KIND_SNAPSHOT, 4)
    if not found:
        return
    (index, [tick, size, _, data, *_]), (_, [base_tick, base_size, _, base_data, *_]) = rng.choice(found), rng.choice(found)
    if rng.random() < 0.7:
        with contextlib.suppress(fmt.FormatError, TypeError, ValueError, OverflowError):
            if max(size, base_size) < 2**16:
                data = fmt.deflate(difference(fmt.inflate(data, size), fmt.inflate(base_data, base_size)))
    chunks[index] = (fmt.KIND_SNAPSHOT, pack([tick, size, base_tick if rng.random() < 0.8 else rng.choice(_EDGES), data]))


def _restart(rng: random.Random, chunks: Chunks) -> None:
    """A recording that begins elsewhere: all of its ticks moved, or some of them."""
    by = rng.choice((1, 20, 60, 600, -60, 2**31 - 1))
    shares = [kind for kind in (fmt.KIND_HEADER, fmt.KIND_SNAPSHOT, fmt.KIND_INPUTS, fmt.KIND_END) if rng.random() < 0.9]
    for index, (kind, payload) in enumerate(chunks):
        try:
            value = msgpack.unpackb(payload)
            if kind == fmt.KIND_HEADER and kind in shares:
                value["truth"]["start_tick"] += by
            elif kind in shares:
                value[0] += by
            chunks[index] = (kind, pack(value))
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError):
            continue


def _end(rng: random.Random, chunks: Chunks) -> None:
    """How it ended, in every combination."""
    found = _of_kind(chunks, fmt.KIND_END, 7)
    if not found:
        return
    index, values = rng.choice(found)
    crash = rng.choice(
        (
            None,
            None,
            values[6],
            ["E", b"", []],
            ["ZeroDivisionError", bytes(rng.choice((1, 6, 8))), [[rng.choice((0, 0, *_EDGES)), _nasty(rng)]]],
        )
    )
    values[5], values[6] = rng.choice(("finished", "stopped", "crashed", _nasty(rng))), crash
    if rng.random() < 0.3:
        values[rng.choice((2, 3))] = rng.choice((b"", bytes(8), bytes(4)))
    chunks[index] = (fmt.KIND_END, pack(values))


def _of_kind(chunks: Chunks, kind: int, length: int) -> list[tuple[int, list[Any]]]:
    """The chunks of a kind that are lists of so many values at least: where they are, and their values."""
    found = []
    for index, (each, payload) in enumerate(chunks):
        if each == kind:
            with contextlib.suppress(ValueError, TypeError, RecursionError):
                value = msgpack.unpackb(payload, strict_map_key=False)
                if isinstance(value, list) and len(value) >= length:
                    found.append((index, value))
    return found


def _other_bytes(rng: random.Random, value: bytes) -> bytes:
    """Compressed data, hashes and ids, changed: bits, length, bombs, other contents."""
    fate = rng.randrange(7)
    if fate == 0 and value:
        changed = bytearray(value)
        changed[rng.randrange(len(value))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    if fate == 1:
        return value[: rng.randrange(len(value) + 1)]
    if fate == 2:
        return value + rng.randbytes(rng.choice((1, 8)))
    if fate == 3:
        return _bomb(rng.choice((1, 2, 30, 2**16, 2**24, 2**28)))
    if fate == 4:
        return rng.randbytes(rng.choice((0, 1, 7, 8, 9, 60, 300)))
    if fate == 5:
        return fmt.deflate(rng.randbytes(rng.choice((0, 16, 24, 480, 488))))
    return b""


def _bomb(size: int) -> bytes:
    """`size` zero bytes, compressed a thousand to one."""
    if size not in _bombs:
        stream, piece = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS), bytes(2**20)
        parts = [stream.compress(piece[: min(size - done, len(piece))]) for done in range(0, size, len(piece))]
        _bombs[size] = b"".join(parts) + stream.flush()
    return _bombs[size]


_bombs: dict[int, bytes] = {}


def _scramble(rng: random.Random, chunks: Chunks) -> None:
    """Bytes of a payload changed without regard to what they mean."""
    index = rng.randrange(len(chunks))
    kind, payload = chunks[index]
    changed = bytearray(payload)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(changed) + 1)
        changed[at : at + rng.choice((0, 1, 1, 4))] = rng.choice((rng.randbytes(1), rng.randbytes(4), b"", *_FRAGMENTS))
    chunks[index] = (kind, bytes(changed))


def _replace(rng: random.Random, chunks: Chunks) -> None:
    """A whole payload of one nasty thing, now and then as large as its kind may be."""
    index = rng.randrange(len(chunks))
    kind, _ = chunks[index]
    fragment = rng.choice(_FRAGMENTS)
    limit = fmt.MAX_PAYLOAD.get(kind, 2**16)
    if rng.random() < 0.03:
        payload = fragment * (limit // len(fragment)) if rng.random() < 0.5 else _filled(rng, limit)
    else:
        payload = fragment * rng.choice((1, 2, 300, 2000))
    chunks[index] = (kind, payload[:limit])


def _filled(rng: random.Random, limit: int) -> bytes:
    return b"\xdd" + (limit - 5).to_bytes(4, "big") + rng.choice((b"\x90", b"\x80", b"\xc0")) * (limit - 5)


_FRAGMENTS = (
    b"\xdd\xff\xff\xff\xff",  # a list of 2**32 - 1
    b"\xdf\xff\xff\xff\xff",  # a map of as many
    b"\xdc\xff\xff",
    b"\xdb\xff\xff\xff\xff",  # a text
    b"\xc6\xff\xff\xff\xff",  # bytes
    b"\xc9\xff\xff\xff\xff\x01",  # an extension
    b"\xd6\xff\0\0\0\0",  # a time
    b"\x91",  # lists in lists
    b"\x81",
    b"\x90",
    b"\x80",
    b"\x95",
    b"\xc1",  # never used
    b"\xcb" + struct.pack(">d", math.nan),
    b"\xa4\xff\xfe\xff\xfe",  # no UTF-8
)


def _nasty(rng: random.Random) -> Any:
    return rng.choice(
        (
            rng.choice(_EDGES),
            rng.choice(_EDGES),
            rng.choice(_NAMES),
            rng.choice((True, False, None, 0.5, math.nan, math.inf, 1e300, -0.0)),
            rng.choice((2**63, 2**64 - 1, -(2**63))),
            rng.choice((b"", b"\0" * 16, b"\xff" * 8)),
            rng.choice(([], {}, [[]], {"": []}, [0] * 5, {"a": {"b": {}}})),
            Raw(rng.choice(_FRAGMENTS) * rng.choice((1, 1, 40, 1100))),
            Raw(b"\x91" * rng.choice((9, 500, 990, 1020, 1030)) + b"\0"),
        )
    )


class _Pairs(list[Any]):
    """A map as it is written: keys may be there twice."""


def _map(pairs: list[tuple[Any, Any]]) -> _Pairs:
    return _Pairs(pairs)


def pack(value: Any) -> bytes:
    """MessagePack of `value`, with `Raw` parts as they are."""
    if isinstance(value, Raw):
        return value.data
    if isinstance(value, _Pairs | dict):
        pairs = value.items() if isinstance(value, dict) else value
        return b"\xdf" + len(value).to_bytes(4, "big") + b"".join(pack(key) + pack(part) for key, part in pairs)
    if isinstance(value, list):
        return b"\xdd" + len(value).to_bytes(4, "big") + b"".join(map(pack, value))
    return bytes(msgpack.packb(value))


# --- without repair ---------------------------------------------------------------------------------------------------


def _break_frames(rng: random.Random, data: bytes) -> bytes:
    """Lengths, checks and text-mode damage: what a reader has to notice before it looks into a payload."""
    fate = rng.randrange(1, 5)
    if fate == 1:
        return data.replace(b"\r\n", b"\n", 1)
    changed = bytearray(data)
    if fate == 2:
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif fate == 3:
        at = len(fmt.MAGIC) + 1
        length = struct.pack("<I", rng.choice((0, 2**16, 2**16 + 1, 2**31, 2**32 - 1)))
        changed[at : at + 4] = length
    else:
        changed += rng.randbytes(rng.choice((1, 4, 9, 2000)))
    return bytes(changed)


_OPERATIONS = (
    _delete,
    _repeat,
    _swap,
    _transplant,
    _rename,
    _insert,
    _mark,
    _replace,
    _scramble,
    *([_edit] * 9),
    *([_say, _rebase, _end] * 2),
    _restart,
)
