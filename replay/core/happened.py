"""The events of some ticks as one value, in the form that a game gives them: none, joined, and hashed tick by tick."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import index
from typing import Any

import numpy as np
from xxhash import xxh3_64_intdigest

from replay.core.game import Abilities, Events
from replay.core.plain import pack_sorted


def _whole_tick_of(event: Any) -> int:
    return index(event[0])


def hashed_by_tick(events: Events) -> Iterator[tuple[int, int]]:
    """The ticks that have events, and the hash of each one's events."""
    return zip(*hashes_by_tick(events), strict=True)


def hashes_by_tick(events: Events) -> tuple[Sequence[int], list[int]]:
    """`hashed_by_tick` as two lists."""
    if not len(events):
        return [], []
    if isinstance(events, np.ndarray):
        ticks, size = events["tick"], events.itemsize
        borders = (ticks[1:] != ticks[:-1]).nonzero()[0] + 1
        data, ends = np.ascontiguousarray(events).view(np.uint8).data, [0, *(borders * size).tolist(), len(events) * size]
        return [int(ticks[0]), *ticks[borders].tolist()], [xxh3_64_intdigest(data[start:end]) for start, end in pairwise(ends)]
    found: list[tuple[int, int]] = []
    for tick, of_tick in groupby(events, _whole_tick_of):
        found.append((tick, xxh3_64_intdigest(pack_sorted([[kind, data] for _, kind, data in of_tick]))))
    return [tick for tick, _ in found], [event_hash for _, event_hash in found]


_K = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1


def folded_on(folded: int, event_hash: int | None) -> int:
    """E after a tick whose events have this hash; None if it had none."""
    return folded if event_hash is None else (folded * _K + event_hash) & _MASK


def no_events(abilities: Abilities) -> Events:
    return [] if abilities.event_dtype is None else np.zeros(0, abilities.event_dtype)


_IS_BIG = sys.byteorder == "big"


def in_order_of_bytes(events: Events, abilities: Abilities) -> Events:
    """On a big-endian machine numpy makes big-endian events of joined ones, whatever they were; hashed are their bytes."""
    if _IS_BIG and isinstance(events, np.ndarray) and abilities.event_dtype is not None:
        return events.astype(abilities.event_dtype, copy=False)
    return events


def joined(parts: Sequence[Events], abilities: Abilities) -> Events:
    """Events one after the other. Through bytes: numpy compares every field of every part, which costs more than a whole frame."""
    filled = [part for part in parts if part is not None and len(part)]
    if len(filled) == 1:
        return filled[0]
    if abilities.event_dtype is None:
        return [event for part in filled for event in part]
    return np.frombuffer(bytearray().join([part.tobytes() for part in filled]), abilities.event_dtype)
