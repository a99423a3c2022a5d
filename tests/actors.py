"""Players of golden matches who do on purpose what bots never do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from game import rules
from game.bots import Bots
from game.match import ARENA

_BUTTONS = rules.BUTTONS & ~rules.ORDER
_OUTSIDE = [(0, 200), (200, 0), (-1, 200), (200, -1), (rules.WIDTH, 690), (400, rules.HEIGHT), (690, rules.HEIGHT - 1)]


_WISHES = (rules.SHOTGUN, rules.RIFLE, rules.LAUNCHER, rules.LAUNCHER, rules.ARMOUR, rules.ARMOUR, rules.COIN)


def reckless(match: Any, seed: int) -> Iterator[np.ndarray]:
    """They run a little way, stand, and fire at the nearest until nothing is left; reload half-empty magazines, ask for anything,
    send themselves outside the map, and go on pressing everything while they are dead."""
    rng = np.random.default_rng(seed)
    count = int(match.state["player_count"][0])
    rows = np.zeros(count, ARENA.input_dtype)
    while True:
        state = match.state[0]
        players = state["players"][:count]
        if state["tick"] % 4 == 0:
            for index, (row, player) in enumerate(zip(rows, players, strict=True)):
                if player["health"] == 0:
                    row["buttons"] = int(rng.integers(0, _BUTTONS + 1)) | rules.FIRE
                    row["item"] = rng.integers(0, rules.COIN + 2)
                    continue
                row["buttons"] = rules.FIRE
                _aim(row, player, players, index, rng)
                chance = rng.random()
                if player["protected_until"] > state["tick"] + 100 or chance < 0.1:
                    row["buttons"] |= int(rng.integers(0, rules.MOVES + 1))
                elif chance < 0.14:
                    row["buttons"] |= rules.RELOAD_KEY
                elif chance < 0.2:
                    row["buttons"] |= rules.USE
                    row["item"] = rng.choice(
                        (rules.SHOTGUN, rules.RIFLE, rules.LAUNCHER, rules.LAUNCHER, rules.ARMOUR, rules.ARMOUR, rules.COIN)
                    )
                elif chance < 0.22:
                    row["buttons"] |= rules.DASH
                elif chance < 0.24:
                    row["buttons"] |= rules.ORDER
                    row["x"], row["y"] = _OUTSIDE[rng.integers(len(_OUTSIDE))]
        yield rows.copy()


def _aim(row: Any, player: Any, players: Any, index: int, rng: np.random.Generator) -> None:
    """At the nearest who lives."""
    living = [other for other in range(len(players)) if other != index and players[other]["health"] > 0]
    if living:
        gaps = [
            abs(int(players[each]["x"]) - int(player["x"])) + abs(int(players[each]["y"]) - int(player["y"])) for each in living
        ]
        foe = players[living[int(np.argmin(gaps))]]
        row["x"] = int(foe["x"]) // rules.SUBPIXELS + int(rng.integers(-6, 7))
        row["y"] = int(foe["y"]) // rules.SUBPIXELS + int(rng.integers(-6, 7))


def desperate(match: Any, seed: int) -> Iterator[np.ndarray]:
    """Each buys a launcher and blows itself up, over and over. Only the last one waits, and leads with nothing, until the first
    comes and kills it."""
    rng = np.random.default_rng(seed)
    count = int(match.state["player_count"][0])
    rows = np.zeros(count, ARENA.input_dtype)
    while True:
        tick, players = int(match.state["tick"][0]), match.state["players"][0, :count]
        last = players[-1]
        for index, (row, player) in enumerate(zip(rows, players, strict=True)):
            hunts = index == 0 and player["deaths"] > 0 and last["deaths"] == 0
            waits = index == count - 1 and player["deaths"] == 0
            target = last if hunts else player
            row["x"], row["y"] = (int(target[axis]) // rules.SUBPIXELS for axis in ("x", "y"))
            row["buttons"], row["item"] = 0, rules.LAUNCHER
            if player["weapon"] != rules.LAUNCHER:
                row["buttons"] = rules.USE if tick % 8 == 0 else 0
            elif hunts and _gap(player, last) > 150 * rules.SUBPIXELS:
                row["buttons"] = rules.ORDER if tick % 30 == 0 else 0
            elif not waits:
                row["x"] += int(rng.integers(-9, 10))
                row["buttons"] = rules.FIRE
        yield rows.copy()


def _gap(one: Any, other: Any) -> int:
    return abs(int(one["x"]) - int(other["x"])) + abs(int(one["y"]) - int(other["y"]))


_LINE_UP, _SHOOT = 2400, 2860  # ticks: until then they collect, then they go to their places, then the volley


def volley(match: Any, seed: int) -> Iterator[np.ndarray]:
    """Two teams hold their fire until they are rich. Then each stands in a row of its own, and all fire rifle and shotgun at once:
    more than there is room for."""
    count = int(match.state["player_count"][0])
    bots = Bots(match, ["collector:easy"] * count, seed)
    rows = np.zeros(count, ARENA.input_dtype)
    while True:
        tick, players = int(match.state["tick"][0]), match.state["players"][0, :count]
        if tick < _LINE_UP:
            rows = bots.inputs(match).copy()
            rows["buttons"] &= rules.BUTTONS & ~rules.FIRE
            yield rows
            continue
        for index, (row, player) in enumerate(zip(rows, players, strict=True)):
            row["x"], row["y"] = 400 + 4 * index, 152 if index % 2 == 0 else rules.HEIGHT - 152
            if tick < _SHOOT:
                step = tick % 40
                row["item"] = rules.RIFLE if player["owned"][rules.SHOTGUN] else rules.SHOTGUN
                row["buttons"] = rules.ORDER if step == 0 else rules.USE if step == 20 else 0
            else:
                row["x"] = rules.WIDTH - 50
                at = tick - _SHOOT  # three rounds of the blaster or four of the rifle are in the air when the pellets come
                row["item"] = rules.SHOTGUN if at > 40 else rules.RIFLE if player["owned"][rules.RIFLE] else rules.BLASTER
                row["buttons"] = rules.USE if at in (0, 41) else rules.FIRE if 14 <= at < 41 or at > 44 else 0
        yield rows.copy()


_CORNER = 27 * rules.TILE - 13, 15 * rules.TILE - 13  # of the map "duel", as far into it as a player can stand, in pixels


def cornered(match: Any, seed: int) -> Iterator[np.ndarray]:
    """Two stand in a corner, hard against both walls. All others fire rockets past them, whose last breath pushes now and then by
    just so much that the least velocity there is is left."""
    rng = np.random.default_rng(seed)
    count = int(match.state["player_count"][0])
    rows = np.zeros(count, ARENA.input_dtype)
    x, y = _CORNER
    while True:
        tick, players = int(match.state["tick"][0]), match.state["players"][0, :count]
        for index, (row, player) in enumerate(zip(rows, players, strict=True)):
            is_target = index < 2
            place = (x, y) if is_target else (x - 161, y - 67)
            is_there = max(abs(int(player[axis]) // rules.SUBPIXELS - at) for axis, at in zip("xy", place, strict=True)) < 10
            row["x"], row["y"], row["item"], row["buttons"] = *place, rules.LAUNCHER, 0
            if not is_there:
                row["buttons"] = rules.ORDER if tick % 20 == 0 else 0
            elif is_target:
                row["buttons"] = rules.RIGHT | rules.DOWN if tick % 64 < 12 else 0
            elif player["weapon"] != rules.LAUNCHER:
                row["buttons"] = rules.USE if tick % 8 == 0 else 0
            else:
                angle, distance = rng.uniform(0.5, 1.1), rng.uniform(72, 83)
                row["x"], row["y"] = x - round(distance * np.cos(angle)), y - round(distance * np.sin(angle))
                row["buttons"] = rules.FIRE
        yield rows.copy()


ACTORS = {each.__name__: each for each in (reckless, desperate, volley, cornered)}
