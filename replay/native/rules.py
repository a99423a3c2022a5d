"""What a compiled game gives: its tick and its records. Out of these come the entries of its library.

    RULES = Rules(KERNELS, tick=tick, state=STATE, inputs=INPUT, events=EVENT, events_per_tick=64, tables=TABLES, entries={...})

A world is one record in memory: `state` (what `save()` saves), `log` (`count`, and the `events` of the call at hand), and what else
the kernels need, `scratch`, which decides nothing. Tables are read by many matches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from replay.native.kernels import Kernels
from replay.native.layout import layout_of
from replay.native.stepping import World, hash_for, prove_chunk_for, prove_for, run_for, trace_for

_CALLS_PER_LOG = 4  # ticks of the most events that fit in a log: more of them in one call are fewer calls


class Array(NamedTuple):
    """An argument that is memory: items of a dtype, in C order. A length of None is said at each call."""

    dtype: np.dtype[Any]
    shape: tuple[int | None, ...]


class Entry(NamedTuple):
    """A kernel that can be called from outside, and its arguments; None is a whole number. It returns a whole number of 64 bits."""

    function: Callable[..., int]
    arguments: tuple[Array | None, ...]

    @property
    def signature(self) -> str:
        """A letter for each value of a call: `p` a place in memory, `i` a whole number; the lengths follow their place."""
        return "".join("i" if each is None else "p" + "i" * each.shape.count(None) for each in self.arguments)


class Rules:
    """The rules of one game, to be compiled or interpreted.

    tick(world, tables, inputs): a kernel; inputs of tick t, an array of `inputs` for each player, turn state t into state t+1. It
    writes what happened to world.log.events[world.log.count ...], never more than `events_per_tick` of them.
    state, inputs, events, tables, scratch: structured dtypes, packed. An event begins with its `tick`.
    entries: whatever else is called from outside. Raises ValueError for one that is called as one of the engine's own.
    """

    def __init__(
        self,
        kernels: Kernels,
        *,
        tick: Callable[..., None],
        state: np.dtype[Any],
        inputs: np.dtype[Any],
        events: np.dtype[Any],
        events_per_tick: int,
        tables: np.dtype[Any],
        scratch: np.dtype[Any] | None = None,
        entries: Mapping[str, Callable[[np.dtype[Any]], Entry]] | None = None,
    ) -> None:
        self.kernels = kernels
        self.state, self.inputs, self.events, self.tables = state, inputs, events, tables
        room = _CALLS_PER_LOG * events_per_tick
        log = np.dtype([("count", "<i4"), ("events", events, (room,))])
        scratch = np.dtype([("unused", "u1")]) if scratch is None else scratch
        self.world = np.dtype([("state", state), ("log", log), ("scratch", scratch)])
        places = World(state.itemsize, state.itemsize + 4, events.itemsize, room - events_per_tick, events_per_tick)
        world, table, rows = Array(self.world, (1,)), Array(tables, (1,)), Array(inputs, (None, None))
        memory, words = Array(np.dtype("u1"), (self.world.itemsize,)), np.dtype("<u8")
        planes = Array(np.dtype("u1"), (None, None))
        width, proofs = Array(np.dtype("u1"), (None,)), Array(words, (None, 2))
        self.entries: dict[str, Entry] = {
            "run": Entry(run_for(tick, places), (world, table, rows)),
            "trace": Entry(trace_for(tick, places), (world, memory, table, rows, planes, Array(np.dtype("<i8"), (None,)))),
            "prove": Entry(
                prove_for(tick, places), (world, memory, table, rows, Array(words, (1,)), proofs, planes, None, None, None)
            ),
            "prove_chunk": Entry(
                prove_chunk_for(tick, places), (world, memory, table, planes, planes, rows, width, Array(words, (3,)), width, None)
            ),
            "hash": Entry(hash_for(places), (memory,)),
        }
        for name, make in (entries or {}).items():
            if name in self.entries:
                raise ValueError(f"the engine has an entry {name!r} of its own: call yours otherwise")
            self.entries[name] = make(self.world)

    def manifest(self) -> dict[str, Any]:
        """What a library says of itself, as plain data."""
        dtypes = {"world": self.world, "state": self.state, "input": self.inputs, "event": self.events, "tables": self.tables}
        return {
            "name": self.kernels.name,
            "sources": self.kernels.sources_hash,
            "entries": {name: entry.signature for name, entry in self.entries.items()},
            "layouts": {name: layout_of(dtype) for name, dtype in dtypes.items()},
        }
