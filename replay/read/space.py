"""What the bytes of a recording are: which hold the truth, and which could be computed again from it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from replay.core import format as fmt
from replay.core.errors import FormatError
from replay.core.recording import Recording
from replay.core.records import Header, InputChunk, Snapshot

_HASH_BYTES = 8
# What a file holds, in the order in which it is told; and of which class it is.
_CLASSES = {
    "header": "truth",
    "inputs": "truth",
    "first state": "truth",
    "snapshots": "derived",
    "digests": "derived",
    "hashes": "derived",
    "end": "seal",
    "players": "annotation",
    "markers": "annotation",
    "chunks": "overhead",
    "not read": "damage",
}


class Part(NamedTuple):
    """name: one of `_CLASSES`. kind: truth (the match cannot be played without it), derived (computed again from the truth), seal,
    annotation, overhead (kinds, lengths, counts, checksums) or damage."""

    name: str
    bytes: int
    kind: str


def space_of(recording: Recording) -> list[Part]:
    """The bytes of the file by what they are; they add up to its size. What lies after a damage counts as not read."""
    data = recording.file_content()
    sizes: Counter[str] = Counter()
    at, check = len(fmt.MAGIC), fmt.MAGIC_CHECK
    while at < len(data):
        try:
            chunk = fmt.read_chunk(data, at, check)
            sizes.update(_parts(chunk.kind, chunk.payload, recording.header))
        except FormatError:
            break
        at, check = chunk.end, chunk.check
    sizes["not read"] = len(data) - at
    sizes["chunks"] = at - sum(sizes[name] for name in _CLASSES if name not in ("chunks", "not read"))
    return [Part(name, sizes[name], kind) for name, kind in _CLASSES.items() if sizes[name]]


def _parts(kind: int, payload: bytes, header: Header) -> dict[str, int]:
    if kind == fmt.KIND_INPUTS:
        chunk = InputChunk.unpack(payload, header)
        hashes = sum(part is not None for part in (chunk.hash, chunk.events_hash))
        return {"inputs": len(chunk.encoded) + len(chunk.commands), "digests": len(chunk.digests), "hashes": _HASH_BYTES * hashes}
    if kind == fmt.KIND_SNAPSHOT:
        snapshot = Snapshot.unpack(payload, header)
        return {"first state" if 0 < snapshot.tick == header.start_tick else "snapshots": len(snapshot.data)}
    name = {fmt.KIND_HEADER: "header", fmt.KIND_END: "end", fmt.KIND_MARKER: "markers", fmt.KIND_PLAYERS: "players"}.get(kind)
    return {} if name is None else {name: len(payload)}
