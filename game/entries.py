"""What becomes arena's library: the rules, and what else is called from outside."""

from __future__ import annotations

from typing import Any

import numpy as np

from replay.native.rules import Array, Entry, Rules

from . import bots, claims, many, observation, rules, simulation, ways
from .kernels import KERNELS, kernel


@kernel
def lay_out(tables: Any, worlds: Any, tiles: Any) -> int:
    """See `ways.lay_out`; any world lends it the memory for its search."""
    return ways.lay_out(tables[0], worlds[0].scratch, tiles)


@kernel
def check(states: Any, memory: Any, tables: Any) -> int:
    """See `claims.first_wrong`."""
    return claims.first_wrong(states[0], memory, tables[0])


_TABLES = Array(ways.TABLES, (1,))
_SEEN = np.dtype("<f4")  # replay: allow float, fraction - what a learner is given; the rules hold none
_KEYS = Array(np.dtype("<i8"), (observation.MOST_KEYS,))
_ACTION = len(many.ACTION)
_TILES = Array(np.dtype("u1"), (rules.COLUMNS * rules.ROWS,))

RULES = Rules(
    KERNELS,
    tick=simulation.step,
    state=rules.STATE,
    inputs=rules.INPUT,
    events=rules.EVENT,
    events_per_tick=rules.EVENTS_PER_TICK,
    tables=ways.TABLES,
    scratch=ways.SEARCH,
    entries={
        "start": lambda world: Entry(simulation.start, (Array(world, (1,)), *[None] * 9)),
        "lay_out": lambda world: Entry(lay_out, (_TABLES, Array(world, (1,)), _TILES)),
        "check": lambda world: Entry(check, (Array(rules.STATE, (1,)), Array(np.dtype("u1"), (rules.STATE.itemsize,)), _TABLES)),
        "play": lambda world: Entry(
            bots.play, (Array(world, (1,)), _TABLES, Array(bots.BRAIN, (None,)), Array(rules.INPUT, (None,)))
        ),
        "start_one": lambda world: Entry(many.start_one, (Array(world, (None,)), *[None] * 10)),
        "advance_many": lambda world: Entry(
            many.advance_many,
            (
                Array(world, (None,)),
                _TABLES,
                Array(bots.BRAIN, (None, None)),
                Array(np.dtype("<i8"), (None, None, _ACTION)),
                Array(rules.INPUT, (None, None)),
                Array(observation.OBSERVATION, (None, None)),
                Array(_SEEN, (None, None, observation.SIZE)),
                Array(many.TALLY, (None, None)),
                Array(np.dtype("u1"), (None,)),
                _KEYS,
                None,
                None,
            ),
        ),
        "act": lambda world: Entry(
            many.act_in, (Array(world, (1,)), Array(np.dtype("<i8"), (None, _ACTION)), Array(rules.INPUT, (None,)))
        ),
        "count": lambda world: Entry(many.count_in, (Array(world, (1,)), Array(many.TALLY, (None,)), None)),
        "look": lambda world: Entry(
            many.look_at,
            (
                Array(world, (1,)),
                _TABLES,
                _KEYS,
                Array(observation.OBSERVATION, (None,)),
                Array(_SEEN, (None, observation.SIZE)),
            ),
        ),
    },
)
