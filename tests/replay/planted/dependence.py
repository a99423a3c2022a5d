"""A match that depends on what is not its own. `BeginsRandom` is sound."""

import datetime
import os
import random
import sys
import time

import numpy as np
from games import Level, Walk, mixed

from planted import Bug, game_of


class SeedOverflows(Walk):
    def __init__(self, seed, players, config):
        super().__init__(int(np.array([seed]).astype("<u8").view("<i8")[0]) if seed < 2**63 else np.int64(seed), players, config)


class RareDice(Walk):
    """A path that the seed 1 never takes: a generator that is in no save()."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.dice = random.Random(seed) if seed > 2**32 else None

    def take(self, row, commands):
        super().take(row, commands)
        if self.dice is not None:
            self.value = mixed(self.value, self.dice.getrandbits(8))


class Unsaved(Walk):
    """The state is right, and what came out is not in it."""

    longest = 0

    def take(self, row, commands):
        super().take(row, commands)
        self.longest += 1

    def result(self):
        return {"longest": self.longest}


class Timed(Walk):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.value = mixed(self.value, int(time.time()) // 10**6)


class ClearsOnLoad(Walk):
    """What all matches share is emptied by a load, of whichever match."""

    purse = {}  # noqa: RUF012 - the bug

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.purse.setdefault(id(self), 0)

    def take(self, row, commands):
        super().take(row, commands)
        self.purse[id(self)] = self.purse.get(id(self), self.value)
        self.value = mixed(self.value, self.purse[id(self)])

    def load(self, saved):
        super().load(saved)
        ClearsOnLoad.purse.clear()


class Elsewhere(Level):
    """What decides is told by `where`, so that one class does for all; in this module, for another process to import."""

    def __init__(self, where):
        self.where = where

    def new_match(self, seed, players, config):
        return ElsewhereMatch(seed, self.where)


class ElsewhereMatch(Walk):
    def __init__(self, seed, where):
        super().__init__(seed, 2, {})
        self.where = where

    def take(self, row, commands):
        super().take(row, commands)
        told = {
            "folder": os.getcwd,
            "environment": lambda: os.environ.get("HOME", ""),
            "date": lambda: str(datetime.date.today().year),
            "clock": lambda: str(int(time.time()) // 10**8),
            "optimisation": lambda: str(sys.flags.optimize),
        }[self.where]()
        self.value = mixed(self.value, *told.encode())


class RandomEvents(Walk):
    def events_of(self, tick):
        return [(tick, random.randrange(2), 0, 0, 0)]


class DrawsEntropy(Level):
    """What a new match draws from the system, its first tick throws away."""

    name = "draws-entropy"

    class match(Walk):  # noqa: N801
        def __init__(self, seed, players, config):
            super().__init__(seed, players, config)
            self.drawn = os.urandom(8)


class BeginsRandom(DrawsEntropy):
    begins_random = True


class DrawsLater(BeginsRandom):
    class match(DrawsEntropy.match):  # noqa: N801
        def take(self, row, commands):
            super().take(row, commands)
            self.drawn = os.urandom(8)


BUGS = {
    "a seed in 63 bits": Bug(game_of(SeedOverflows, Level), "other-seeds", "raised OverflowError"),
    "a path of another seed": Bug(game_of(RareDice, Level), "other-seeds", "with the seed 18446744073709551615"),
    "a result that is not saved": Bug(game_of(Unsaved, Level), "load-run-on", "result() is {'longest': "),
    "a clock where it begins": Bug(game_of(Timed, Level), "globals", "time.time is called by planted/dependence.py"),
    "a load that all matches feel": Bug(game_of(ClearsOnLoad, Level), "instances", "beside"),
    "chance in events": Bug(game_of(RandomEvents, Level), "two-runs", "the events differ", "a global random generator"),
    "entropy where it begins": Bug(DrawsEntropy(), "globals", "os.urandom"),
    "entropy later": Bug(DrawsLater(), "globals", "os.urandom"),
    **{
        f"the process's {where}": Bug(Elsewhere(where), "other-process", "computes another state", because)
        for where, because in {
            "folder": "another working folder",
            "environment": "other environment variables",
            "date": "another date",
            "clock": "another date",
            "optimisation": "-O",
        }.items()
    },
}
