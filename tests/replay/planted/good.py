"""Sound games that do what looks like a fault and is none: a check that names one of them raises a false alarm."""

import copy
import decimal
import functools
import heapq
import json
import logging
import os
import random
import sqlite3
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from games import Level, Walk, mixed

from planted import game_of
from planted.abilities import PROVING, TRACING, Legal
from planted.dependence import BeginsRandom
from replay.games.plain import PlainGame

LOG = logging.getLogger("good")
LOG.addHandler(logging.NullHandler())
LOG.propagate = False
TABLE = {number: number * number % 97 for number in range(50)}


class CopiesThings(Walk):
    """copy tells copies from originals by id()."""

    def take(self, row, commands):
        super().take(row, commands)
        self.things = copy.deepcopy([[1], [2]])


class Logs(Walk):
    """A line of a log has a date; the match has none."""

    def take(self, row, commands):
        super().take(row, commands)
        LOG.warning("tick %d", self.tick)


class Warns(Walk):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        with warnings.catch_warnings(action="ignore"):
            warnings.warn("an old map", DeprecationWarning, stacklevel=1)


class InADatabase(Walk):
    """Its connection is good only in the thread where the match began."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.table = sqlite3.connect(":memory:")
        self.table.execute("create table value (n integer)")

    def take(self, row, commands):
        super().take(row, commands)
        self.table.execute("delete from value")
        self.table.execute("insert into value values (?)", (self.tick,))
        self.value = mixed(self.value, *self.table.execute("select n from value").fetchone())


class OwnDice(Walk):
    """A generator of its own, which is saved. It is made without a seed, and set."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.dice = random.Random(seed)

    def take(self, row, commands):
        super().take(row, commands)
        self.value = mixed(self.value, self.dice.getrandbits(16))

    def save(self):
        return super().save() + json.dumps(self.dice.getstate()).encode()

    def load(self, saved):
        version, numbers, gauss = json.loads(saved[16:] or "null") or (None, None, None)
        if numbers is None:
            raise ValueError("not a state of this match")
        dice = random.Random()
        dice.setstate((version, tuple(numbers), gauss))
        super().load(saved[:16])
        self.dice = dice


class ReadsItsLevel(Walk):
    """Content is read where a match begins."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.value = mixed(self.value, len(Path(__file__).resolve().read_bytes()) > 0)
        self.is_loud = os.environ.get("GOOD_DEBUG") == "1"


class InTwoThreads(Walk):
    """Whose order does not matter."""

    def take(self, row, commands):
        super().take(row, commands)
        if self.tick % 20 == 0:
            with ThreadPoolExecutor(2) as pool:
                self.value = mixed(self.value, *pool.map(lambda number: number * 3, range(4)))


class OfItsOwnThread(Walk):
    """What a thread has is set before it is read."""

    local = threading.local()

    def take(self, row, commands):
        super().take(row, commands)
        self.local.scratch = self.value & 255
        self.value = mixed(self.value, self.local.scratch)


@functools.lru_cache
def power(number):
    return pow(3, number, 1009)


class Caches(Walk):
    """A cache of what never changes, and sets that are sorted."""

    def take(self, row, commands):
        super().take(row, commands)
        self.value = mixed(self.value, power(self.value % 300), TABLE[self.value % 50], *sorted({3, 1, 2}))
        scratch = np.empty(4, np.int64)
        scratch[:] = self.tick
        self.value = mixed(self.value, *scratch)


class Decimals(Walk):
    """With a context of its own."""

    def take(self, row, commands):
        super().take(row, commands)
        with decimal.localcontext(decimal.Context(prec=9)):
            self.value = mixed(self.value, int(decimal.Decimal(self.value % 1000 + 1) / 7 * 10**6))


class Held(NamedTuple):
    left: bool = False
    right: bool = False


@dataclass
class Unit:
    at: int = 0
    hp: int = 9
    orders: list = field(default_factory=list)


class Units(PlainGame):
    """Objects, queues and events."""

    players = range(1, 5)
    event_kinds = ("hit", "gone")
    Input = Held

    def start(self, config):
        self.units = {f"unit {number}": Unit(number * 10) for number in range(6)}
        self.queue = []

    def step(self, inputs):
        for player, held in enumerate(inputs):
            unit = self.units.get(f"unit {player}")
            if unit is not None:
                unit.at += held.right - held.left
                heapq.heappush(self.queue, (self.tick + 1 + self.random.randrange(20), player))
        while self.queue and self.queue[0][0] <= self.tick:
            _, player = heapq.heappop(self.queue)
            name = self.random.choice(sorted(self.units) or ["none"])
            if name in self.units:
                self.units[name].hp -= 1
                self.emit("hit", player=player)
                if not self.units[name].hp:
                    del self.units[name]
                    self.emit("gone", player=player)
        if not self.units:
            self.start({})

    def result(self):
        return {"left": len(self.units)}


class Arrays(PlainGame):
    """One array for each thing that all have."""

    players = 2
    Input = Held

    def start(self, config):
        self.at = np.zeros((64, 2), np.int32)
        self.alive = np.ones(64, bool)

    def step(self, inputs):
        self.at[:, 0] += int(inputs[0].right) - int(inputs[0].left)
        self.at[self.alive, 1] += 1
        self.alive[self.random.randrange(64)] ^= True


class Turns(PlainGame):
    """Commands, of which the game itself says some."""

    players = 2
    ticks_per_second = 1

    def start(self, config):
        self.heap, self.turn, self.rounds = 21, 0, 0

    def step(self, commands):
        for player, take in commands:
            if player == self.turn and 1 <= take <= min(3, self.heap):
                self.heap, self.turn = self.heap - take, 1 - self.turn
        if not self.heap:
            self.heap, self.rounds = 21, self.rounds + 1

    def inputs(self, rng):
        return None, [(self.turn, int(rng.integers(1, min(3, self.heap) + 1)))]


GOOD = {
    kind.__name__: game_of(kind, Level)
    for kind in (
        CopiesThings,
        Logs,
        Warns,
        InADatabase,
        OwnDice,
        ReadsItsLevel,
        InTwoThreads,
        OfItsOwnThread,
        Caches,
        Decimals,
    )
} | {
    "Units": Units,
    "Arrays": Arrays,
    "Turns": Turns,
    "Legal": Legal(),
    "BeginsRandom": BeginsRandom(),
    "Tracing": TRACING,
    "Proving": PROVING,
}
