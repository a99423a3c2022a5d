"""One tick, phase by phase, and state 0."""

from __future__ import annotations

from typing import Any

from .. import rules
from ..kernels import kernel
from .combat import fire_weapons, move_bullets
from .movement import move_players
from .orders import obey_inputs
from .world import collect_pickups, end_match, place_pickups, respawn_players


@kernel
def start(
    worlds: Any, players: int, mode: int, score_limit: int, starts_at: int, tick_limit: int, a: int, b: int, c: int, counter: int
) -> int:
    """State 0 in memory that is all zero: everyone waits to appear. a, b, c, counter: the random generator."""
    state = worlds[0].state
    state.player_count, state.mode, state.score_limit = players, mode, score_limit
    state.starts_at, state.tick_limit = starts_at, tick_limit
    state.rng.a, state.rng.b, state.rng.c, state.rng.counter = a, b, c, counter
    for index in range(players):
        player = state.players[index]
        player.team = index % 2 if mode == rules.TEAMS else index
        player.gold = rules.FIRST_GOLD
        player.weapon = rules.BLASTER
        player.owned[rules.BLASTER] = 1
        player.reserve[rules.BLASTER] = rules.ENDLESS
    return players


@kernel
def step(world: Any, tables: Any, inputs: Any) -> None:
    """One tick: inputs of tick t turn state t into state t+1. After the end only the clock goes on."""
    state, log = world.state, world.log
    if state.ended == rules.RUNNING:
        respawn_players(state, tables, log)
        obey_inputs(state, inputs, tables, log)
        move_players(state, tables, world.scratch)
        fire_weapons(state, log)
        move_bullets(state, tables, log)
        collect_pickups(state, log)
        place_pickups(state, tables)
        end_match(state, log)
    state.tick += 1
