"""Taking recordings apart and putting them together again, with the checksums right: what a patient stranger would do."""

from __future__ import annotations

from toys import BANK, random_inputs

from replay import Recorder
from replay.core import format as fmt
from replay.core.records import Header


def record(path, game=BANK, ticks=150, players=2, seed=7, config=None, inputs=None, **options):
    """A small finished recording at `path`; returns the inputs that went in."""
    rows = random_inputs(game, ticks, players, seed) if inputs is None else inputs
    names = [f"player {number}" for number in range(rows.shape[1])]
    with Recorder(path, game, seed=seed, players=names, config=config or {}, **options) as recorder:
        for row in rows:
            recorder.step(row)
    return rows


def take_apart(data):
    """The (kind, payload) pairs of a recording's bytes."""
    offset, check, chunks = len(fmt.MAGIC), fmt.MAGIC_CHECK, []
    while offset < len(data):
        chunk = fmt.read_chunk(data, offset, check)
        chunks.append((chunk.kind, chunk.payload))
        offset, check = chunk.end, chunk.check
    return chunks


def put_together(chunks):
    data, check = fmt.MAGIC, fmt.MAGIC_CHECK
    for kind, payload in chunks:
        part, check = fmt.write_chunk(kind, payload, check)
        data += part
    return data


def header_of(chunks):
    """What the chunks are read with."""
    return Header.unpack(of_kind(chunks, fmt.KIND_HEADER)[0])


def of_kind(chunks, kind):
    return [payload for each, payload in chunks if each == kind]
