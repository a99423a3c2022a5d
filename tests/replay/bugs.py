"""Twelve tiny games with one planted bug each, of the kinds that break replays in the field, and what has to catch it where.

All are `CounterMatch` but for the few lines of the bug.
"""

from __future__ import annotations

import math
import os
import random
import time
from typing import NamedTuple

import numpy as np
from toys import EVENT, Counter, CounterMatch


class TickByTick(CounterMatch):
    """A counter match with something more to do at every tick. Player 0's `luck` is where the bugs show."""

    def advance(self, inputs):
        parts = [np.zeros(0, EVENT)]
        for row in inputs:
            parts.append(super().advance(row[None]))
            self.after_tick(row)
        return np.concatenate(parts)

    @property
    def luck(self):
        return int(self.state["players"]["luck"][0, 0])

    @luck.setter
    def luck(self, value):
        self.state["players"]["luck"][0, 0] = value


class Clock(TickByTick):
    def after_tick(self, row):
        self.luck = int(time.time()) // 86_400  # the same all day long


class GlobalRandom(TickByTick):
    def after_tick(self, row):
        self.luck = random.randrange(1000)


class SetOrder(TickByTick):
    def after_tick(self, row):
        self.luck = list({"ann", "ben", "cleo", "dan", "eve", "fay", "gus"}).index("ann")


class FloatSine(TickByTick):
    def after_tick(self, row):
        self.luck = int(1e15 * math.sin(int(self.state["tick"][0])))


class UnsavedRandom(TickByTick):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.dice = random.Random(seed)

    def after_tick(self, row):
        self.luck = self.dice.getrandbits(20)


class UnmaskedAdd(TickByTick):
    gold = 0

    def after_tick(self, row):
        self.gold += abs(int(row["dx"][0]))
        self.luck = self.gold & 0xFFFFF  # saved in twenty bits
        if self.gold > 0xFFFFF:  # computed in as many as it takes
            self.state["players"]["last"][0, 0] = 0

    def load(self, snapshot):
        super().load(snapshot)
        self.gold = self.luck


class StaleCache(TickByTick):
    cached_at = -1

    def after_tick(self, row):
        second = int(self.state["tick"][0]) // 60
        if self.cached_at != second:
            self.cached_at, self.bonus = second, int(self.state["random"][0]) % 100
        self.luck = self.bonus


class MissingField(CounterMatch):
    def load(self, snapshot):
        luck = self.state["players"]["luck"].copy()
        super().load(snapshot)
        self.state["players"]["luck"] = luck


class OffByOneInputs(CounterMatch):
    def advance(self, inputs):
        return super().advance(np.concatenate([inputs[:1], inputs[:-1]]))


class SharedBetweenMatches(TickByTick):
    purse = {}  # noqa: RUF012 - the bug

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.purse.clear()

    def after_tick(self, row):
        self.purse[0] = self.purse.get(0, self.luck) + int(row["dx"][0])
        self.luck = self.purse[0]

    def load(self, snapshot):
        super().load(snapshot)
        self.purse.clear()


class UnsortedListing(TickByTick):
    def after_tick(self, row):
        self.luck = len(os.listdir(os.path.dirname(__file__))[0])  # noqa: PTH208, PTH120


class ReadingDraws(CounterMatch):
    def result(self):
        self.state["random"] += 1
        return super().result()


class Bug(NamedTuple):
    """A planted bug: which check of `check_game` names it, or which rule of `lint` (with `lint:`), and words of the finding that
    say where."""

    match: type
    check: str
    where: str


BUGS = {
    "clock": Bug(Clock, "globals", "time.time is called by replay/bugs.py"),
    "global random": Bug(GlobalRandom, "two-runs", "players[0].luck"),
    "set order": Bug(SetOrder, "other-process", "players[0].luck"),
    "float sine": Bug(FloatSine, "lint:float", "math.sin"),
    "unsaved random state": Bug(UnsavedRandom, "load-run-on", "players[0].luck"),
    "unmasked add": Bug(UnmaskedAdd, "nonsense-inputs", "players[0].last"),
    "stale cache": Bug(StaleCache, "rollback", "players[0].luck"),
    "missing field": Bug(MissingField, "save-load-save", "players[0].luck"),
    "off-by-one inputs": Bug(OffByOneInputs, "batches", "players[0]"),
    "shared between matches": Bug(SharedBetweenMatches, "instances", "players[0].luck"),
    "unsorted listing": Bug(UnsortedListing, "globals", "os.listdir is called by replay/bugs.py"),
    "reading draws": Bug(ReadingDraws, "reading", "random"),
}


def _game(name: str, match_class: type) -> type:
    return type(match_class.__name__ + "Game", (Counter,), {"name": name, "match": match_class, "__module__": __name__})


# Classes by name in this module: another process imports them from here.
GAMES = {name: _game(name, bug.match) for name, bug in BUGS.items()}
globals().update({game.__name__: game for game in GAMES.values()})
