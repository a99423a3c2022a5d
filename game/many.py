"""Kernels for programs that learn: actions become inputs, many matches go on in one call, and of each it is told what came of it.

An action is a row of whole numbers, one for each of ACTION. It says everything that an input says but orders, and aims relative to
the player; out of it comes an ordinary input, which is all that the rules, and a recording, get to know.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import bots, rules, simulation
from .fixed import COSINE, ONE, SINE, TURN
from .kernels import kernel
from .observation import observe

DIRECTIONS = 64
DISTANCES = np.array([60, 120, 240, 480], np.int64)  # pixels from the player to the point
ACTION = {
    "across": 3,  # 0 = left, 1 = neither, 2 = right
    "along": 3,  # 0 = up, 1 = neither, 2 = down
    "aim": DIRECTIONS,  # 0 = to the right, and on clockwise
    "distance": len(DISTANCES),  # of the point: where a rocket goes off
    "fire": 2,
    "dash": 2,  # this and the next two do something when they begin to be held
    "reload": 2,
    "use": rules.COIN,  # 0 = nothing; else the item, by its number in `rules.ITEMS`, to be bought or taken into the hand
}
_ACROSS, _ALONG, _AIM, _DISTANCE, _FIRE, _DASH, _RELOAD, _USE = range(len(ACTION))

TALLY = np.dtype([(name, "<i4") for name in ("score", "kills", "deaths", "assists", "gold", "dealt", "taken")])


@kernel
def act(state: Any, index: int, action: Any, row: Any) -> None:
    """The input of player `index` for an action within the bounds of ACTION."""
    player = state.players[index]
    angle, reach = int(action[_AIM]) * (TURN // DIRECTIONS), DISTANCES[action[_DISTANCE]]
    row.x = int(player.x) // rules.SUBPIXELS + reach * COSINE[angle] // ONE
    row.y = int(player.y) // rules.SUBPIXELS + reach * SINE[angle] // ONE
    row["item"] = action[_USE]
    row.buttons = (
        (rules.LEFT if action[_ACROSS] == 0 else rules.RIGHT if action[_ACROSS] == 2 else 0)
        | (rules.UP if action[_ALONG] == 0 else rules.DOWN if action[_ALONG] == 2 else 0)
        | (rules.FIRE if action[_FIRE] else 0)
        | (rules.DASH if action[_DASH] else 0)
        | (rules.RELOAD_KEY if action[_RELOAD] else 0)
        | (rules.USE if action[_USE] else 0)
    )


@kernel
def count(world: Any, tallies: Any, sign: int) -> None:
    """Before ticks with -1, and after them with 1: what each player's numbers changed by. dealt and taken, the health and armour
    that bullets cost others and itself, come from the log: of one tick, for there they are only in the log of that tick."""
    state, log = world.state, world.log
    for index in range(len(tallies)):
        player, tally = state.players[index], tallies[index]
        tally.score += sign * int(player.score)
        tally.kills += sign * int(player.kills)
        tally.deaths += sign * int(player.deaths)
        tally.assists += sign * int(player.assists)
        tally.gold += sign * int(player.gold)
    if sign < 0:
        return
    for number in range(int(log.count)):
        event = log.events[number]
        if event.kind == rules.HIT or event.kind == rules.CRITICAL:
            actor, target, amount = int(event.actor), int(event.target), int(event.amount)
            if actor != target and actor < len(tallies):
                tallies[actor].dealt += amount
            if target < len(tallies):
                tallies[target].taken += amount


@kernel
def advance_many(
    worlds: Any,
    maps: Any,
    brains: Any,
    actions: Any,
    rows: Any,
    sights: Any,
    numbers: Any,
    tallies: Any,
    ended: Any,
    keys: Any,
    ticks: int,
    is_acting: int,
) -> int:
    """Every match by `ticks` ticks, or to its end; one that had ended has been begun anew, and is only looked at.

    brains, rows: (matches, players). actions, sights, numbers (the same memory as sights), tallies: (matches, learners ...); they
    hold the first seats, bots the rest. is_acting: the learners' rows are made of their actions; else they are taken as they are.
    Returns how many ticks were run, of all matches.
    """
    tables, ran = maps[0], 0
    for index in range(len(worlds)):
        world, of_match = worlds[index], tallies[index]
        state = world.state
        for seat in range(len(of_match)):
            tally = of_match[seat]
            tally.score = tally.kills = tally.deaths = tally.assists = tally.gold = tally.dealt = tally.taken = 0
            if is_acting:
                act(state, seat, actions[index, seat], rows[index, seat])
        if not ended[index]:
            ran += advance_one(world, tables, brains[index], rows[index], of_match, ticks)
        ended[index] = 1 if state.ended != rules.RUNNING else 0
        for seat in range(len(of_match)):
            observe(state, tables, seat, keys, sights[index, seat], numbers[index, seat])
    return ran


@kernel
def advance_one(world: Any, tables: Any, brains: Any, rows: Any, tallies: Any, ticks: int) -> int:
    for tick in range(ticks):
        if world.state.ended != rules.RUNNING:
            return tick
        bots.play_all(world, tables, brains, rows)
        count(world, tallies, -1)
        world.log.count = 0
        simulation.step(world, tables, rows)
        count(world, tallies, 1)
    return ticks


@kernel
def start_one(
    worlds: Any,
    index: int,
    players: int,
    mode: int,
    score_limit: int,
    starts_at: int,
    tick_limit: int,
    a: int,
    b: int,
    c: int,
    counter: int,
) -> int:
    """State 0 of one of many matches, in memory that is all zero: see `simulation.start`."""
    return simulation.start(worlds[index : index + 1], players, mode, score_limit, starts_at, tick_limit, a, b, c, counter)


@kernel
def act_in(worlds: Any, actions: Any, rows: Any) -> int:
    """The rows of the first players of one match, made of their actions."""
    for seat in range(len(actions)):
        act(worlds[0].state, seat, actions[seat], rows[seat])
    return len(actions)


@kernel
def count_in(worlds: Any, tallies: Any, sign: int) -> int:
    """`count` in one match."""
    count(worlds[0], tallies, sign)
    return len(tallies)


@kernel
def look_at(worlds: Any, maps: Any, keys: Any, sights: Any, numbers: Any) -> int:
    """What the first players of one match know."""
    for seat in range(len(sights)):
        observe(worlds[0].state, maps[0], seat, keys, sights[seat], numbers[seat])
    return len(sights)
