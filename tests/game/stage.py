"""A match whose players stand where a test needs them. Run as a program it prints the state's hash after every tick."""

from __future__ import annotations

import sys

import numpy as np

from game.bots import TEMPERAMENTS, Bots
from game.match import ARENA, ArenaMatch
from game.rules import BUTTONS, EVENT_KINDS, INPUT, MAGAZINE, RESERVE, SUBPIXELS
from replay.core.game import state_hash


def new_match(players=2, map="duel", seed=1, **config) -> ArenaMatch:
    return ARENA.new_match(seed, players, ARENA.default_config(map=map, **config))


def random_inputs(ticks: int, players: int, seed: int = 1) -> np.ndarray:
    """Every button, held for a few ticks at a time, with points all over the map and items that do and do not exist."""
    rng = np.random.default_rng(seed)
    inputs = np.zeros((ticks // 8 + 1, players), INPUT)
    inputs["buttons"] = rng.integers(0, BUTTONS + 1, inputs.shape)
    inputs["x"], inputs["y"] = rng.integers(-100, 1300, inputs.shape), rng.integers(-100, 800, inputs.shape)
    inputs["item"] = rng.integers(0, 12, inputs.shape)
    return np.repeat(inputs, 8, axis=0)[:ticks]


class Stage:
    """Everyone has appeared, is no longer protected, and stands still until `hold` says otherwise."""

    def __init__(self, players=2, **config) -> None:
        self.match = new_match(players, **config)
        self.rows = np.zeros((1, players), INPUT)
        self.match.advance(self.rows)
        self.state = self.match.state[0]
        self.players = self.state["players"]
        self.players["protected_until"] = 0
        self.clear()

    def clear(self) -> None:
        """Nothing lies about."""
        self.state["pickup_count"] = 0
        self.state["pickups"] = np.zeros_like(self.state["pickups"])

    def put(self, index: int, x: int, y: int) -> None:
        """Place a player, in pixels."""
        self.players[index]["x"], self.players[index]["y"] = x * SUBPIXELS, y * SUBPIXELS

    def at(self, index: int) -> tuple[int, int]:
        return int(self.players[index]["x"]) // SUBPIXELS, int(self.players[index]["y"]) // SUBPIXELS

    def arm(self, index: int, weapon: int) -> None:
        player = self.players[index]
        player["weapon"], player["owned"][weapon] = weapon, 1
        player["magazine"][weapon], player["reserve"][weapon] = MAGAZINE[weapon], RESERVE[weapon]

    def hold(self, index: int, buttons: int = 0, at: tuple[int, int] = (0, 0), item: int = 0) -> None:
        self.rows[0, index] = (buttons, *at, item)

    def run(self, ticks: int = 1) -> np.ndarray:
        return self.match.advance(np.repeat(self.rows, ticks, axis=0))

    def press(self, index: int, buttons: int, at: tuple[int, int] = (0, 0), item: int = 0) -> np.ndarray:
        """Down for one tick and up again."""
        self.hold(index, buttons, at, item)
        events = self.run()
        self.hold(index)
        return np.concatenate((events, self.run()))


def kinds(events: np.ndarray) -> list[str]:
    return [EVENT_KINDS[kind] for kind in events["kind"]]


def trace(ticks: int) -> list[str]:
    """Hashes of a match in which some players are bots and some press everything, and all can afford it."""
    match = new_match(players=6, seed=11)
    match.state["players"]["gold"] = 500
    bots = Bots(match, [*TEMPERAMENTS[:4], "", ""], seed=5)
    madness = random_inputs(ticks, 2)
    hashes = []
    for tick in range(ticks):
        rows = bots.inputs(match)
        rows[4:] = madness[tick]
        events = match.advance(rows[None])
        hashes.append(f"{state_hash(match):016x} {rows.tobytes().hex()} {' '.join(kinds(events))}")
    return hashes


if __name__ == "__main__":
    print("\n".join(trace(int(sys.argv[1]))))
