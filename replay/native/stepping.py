"""The engine's own kernels around the tick of a game: many ticks a call, the state after each, and the proof of each.

Each function here makes such a kernel for one game, out of its tick and of where things are in the memory of a world: the state
takes the first `state_bytes`, the events lie from `events_at` on, of `event_bytes` each. A call ends early where more than `room`
of them are logged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from replay.native.hashing import xxh3
from replay.native.kernels import kernel

_K = np.uint64(0x9E3779B97F4A7C15)  # what E is multiplied by: see replay.core.format
_56, _255, _ZERO = np.uint64(56), np.uint64(255), np.uint64(0)


class World(NamedTuple):
    """Where things are in the memory of a world, in bytes; how many events may be logged before a tick, and in one."""

    state_bytes: int
    events_at: int
    event_bytes: int
    room: int
    per_tick: int


def run_for(tick: Callable[..., None], world: World) -> Any:
    room, per_tick = world.room, world.per_tick

    @kernel
    def run(worlds: Any, tables: Any, inputs: Any) -> int:
        """Step through rows of inputs, as many as surely leave room in the log. Returns how many that were; if the rules logged
        more events in a row than they may, -1 - that row."""
        world, table = worlds[0], tables[0]
        world.log.count = 0
        for row in range(len(inputs)):
            before = int(world.log.count)
            if before > room:
                return row
            tick(world, table, inputs[row])
            if int(world.log.count) - before > per_tick:
                return -1 - row
        return len(inputs)

    return run


def trace_for(tick: Callable[..., None], world: World) -> Any:
    state_bytes, _, _, room, per_tick = world

    @kernel
    def trace(worlds: Any, memory: Any, tables: Any, inputs: Any, states: Any, ends: Any) -> int:
        """`run`; and after every tick the state goes into a row of `states`, and the number of events by then into `ends`."""
        world, table = worlds[0], tables[0]
        world.log.count = 0
        for row in range(len(inputs)):
            before = int(world.log.count)
            if before > room:
                return row
            tick(world, table, inputs[row])
            if int(world.log.count) - before > per_tick:
                return -1 - row
            for index in range(state_bytes):
                states[row, index] = memory[index]
            ends[row] = world.log.count
        return len(inputs)

    return trace


def prove_for(tick: Callable[..., None], world: World) -> Any:
    state_bytes, events_at, event_bytes, room, per_tick = world

    @kernel
    def prove(
        worlds: Any,
        memory: Any,
        tables: Any,
        inputs: Any,
        folded: Any,
        proofs: Any,
        states: Any,
        begun: int,
        group: int,
        every: int,
    ) -> int:
        """`run`; and after every tick the hash of the state and E go into a row of `proofs`. `folded` is E before and after.

        begun: how many ticks have gone before. After every `group` of them E begins anew; every `every`-th state goes into a row of
        `states`, none for 0.
        """
        world, table = worlds[0], tables[0]
        world.log.count = 0
        events_hash = folded[0]
        kept, in_group = 0, begun % group
        phase = begun % every if every > 0 else 0
        for row in range(len(inputs)):
            before = int(world.log.count)
            if before > room:
                folded[0] = events_hash
                return row
            if in_group == 0:
                events_hash = _ZERO
            in_group = in_group + 1 if in_group + 1 < group else 0
            tick(world, table, inputs[row])
            count = int(world.log.count) - before
            if count > per_tick:
                return -1 - row
            if count > 0:
                events_hash = events_hash * _K + xxh3(memory, events_at + before * event_bytes, count * event_bytes)
            proofs[row, 0] = xxh3(memory, 0, state_bytes)
            proofs[row, 1] = events_hash
            phase += 1
            if phase == every:
                for index in range(state_bytes):
                    states[kept, index] = memory[index]
                kept += 1
                phase = 0
        folded[0] = events_hash
        return len(inputs)

    return prove


def prove_chunk_for(tick: Callable[..., None], world: World) -> Any:
    state_bytes, events_at, event_bytes, _, per_tick = world

    @kernel
    def prove_chunk(
        worlds: Any,
        memory: Any,
        tables: Any,
        planes: Any,
        rows: Any,
        inputs: Any,
        last: Any,
        proof: Any,
        digests: Any,
        restart: int,
    ) -> int:
        """A chunk of a recording: undo the planes of its inputs, step, compare the digest of every tick.

        planes: (row bytes, ticks), inflated. rows and inputs: the same memory, for the rows. last: the row before, and after it the
        last one. proof: E, the hash of the last state, and how many inputs changed. restart: whether a group begins. Returns how
        many ticks were as recorded, which is all of them, or the first that is not.
        """
        world, table = worlds[0], tables[0]
        changed = decode(planes, rows, last, inputs.shape[1], restart)
        events_hash = _ZERO if restart else proof[0]
        state_hash = _ZERO
        good, ticks = 0, len(inputs)
        while good < ticks:
            world.log.count = 0
            tick(world, table, inputs[good])
            count = int(world.log.count)
            if count > per_tick:
                return -1 - good
            if count > 0:
                events_hash = events_hash * _K + xxh3(memory, events_at, count * event_bytes)
            state_hash = xxh3(memory, 0, state_bytes)
            if (state_hash ^ (events_hash >> _56)) & _255 != np.uint64(digests[good]):
                break
            good += 1
        proof[0], proof[1], proof[2] = events_hash, state_hash, np.uint64(changed)
        return good

    return prove_chunk


def hash_for(world: World) -> Any:
    state_bytes = world.state_bytes

    @kernel
    def hash_state(memory: Any) -> Any:
        """The hash of the state, as a signed number."""
        return np.int64(xxh3(memory, 0, state_bytes))

    return hash_state


@kernel
def decode(planes: Any, rows: Any, last: Any, players: int, restart: int) -> int:
    """Undo the planes of a chunk. Returns how many inputs differ from the tick before, the first ones from `last`."""
    width, ticks = planes.shape
    of_player = width // players
    changed = 0
    for player in range(players):
        first, stop = player * of_player, (player + 1) * of_player
        for column in range(first, stop):
            value = 0 if restart else int(last[column])
            for row in range(ticks):
                value = (value + int(planes[column, row])) & 255
                rows[row, column] = value
        differs = 0
        for column in range(first, stop):
            differs |= int(rows[0, column]) ^ int(last[column])
            last[column] = rows[ticks - 1, column]
        changed += differs != 0
        for row in range(1, ticks):  # planes are differences: where all are zero, nothing changed
            differs = 0
            for column in range(first, stop):
                differs |= int(planes[column, row])
            changed += differs != 0
    return changed
