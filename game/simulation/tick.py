"""One tick, phase by phase, and many of them in one call."""

from __future__ import annotations

import numpy as np

from .. import rules
from ..arena import TABLES
from ..kernels import kernel
from .combat import fire_weapons, move_bullets
from .movement import move_players
from .orders import obey_inputs
from .world import collect_pickups, end_match, place_pickups, respawn_players

# All that a kernel works on. One record, because each argument from Python costs a share of a microsecond.
WORLD = np.dtype([("state", rules.STATE), ("log", rules.LOG), ("tables", TABLES)])


@kernel
def step(state, inputs, tables, log):
    """One tick: inputs of tick t turn state t into state t+1. After the end only the clock goes on."""
    if state.ended == rules.RUNNING:
        respawn_players(state, tables, log)
        obey_inputs(state, inputs, tables, log)
        move_players(state, tables)
        fire_weapons(state, log)
        move_bullets(state, tables, log)
        collect_pickups(state, log)
        place_pickups(state, tables)
        end_match(state, log)
    state.tick += 1


@kernel
def run_traced(worlds, inputs, state_bytes, states, ends):
    """Like `run`; and after every tick the state, whose memory `state_bytes` is, goes into a row of `states`, and how many events
    are logged by then into `ends`."""
    world = worlds[0]
    state, tables, log = world.state, world.tables, world.log
    log.count = 0
    for row in range(len(inputs)):
        if log.count > rules.LOG_ROOM - rules.EVENTS_PER_TICK:
            return row
        step(state, inputs[row], tables, log)
        for index in range(len(state_bytes)):
            states[row, index] = state_bytes[index]
        ends[row] = log.count
    return len(inputs)


@kernel
def run(worlds, inputs):
    """Step through rows of inputs, as many as surely leave room in the log. Returns how many that were."""
    world = worlds[0]
    state, tables, log = world.state, world.tables, world.log
    log.count = 0
    for row in range(len(inputs)):
        if log.count > rules.LOG_ROOM - rules.EVENTS_PER_TICK:
            return row
        step(state, inputs[row], tables, log)
    return len(inputs)
