"""Bugs on a path that ordinary inputs, one seed or ten seconds never take."""

import random
import time

import numpy as np
from games import EVENT, Level, Walk, mixed

from planted import Bug, game_of
from planted.abilities import Legal


class Rare(Walk):
    """Something that begins once player 0 holds this very number."""

    woken = 0

    def take(self, row, commands):
        super().take(row, commands)
        if row["dx"][0] == self.wanted():
            self.woken += 1
        if self.woken:
            self.misbehave(row)

    def wanted(self):
        return 4321

    def save(self):
        return super().save() + self.woken.to_bytes(4, "little")

    def load(self, saved):
        if len(saved) != 20:
            raise ValueError("not a state of this match")
        super().load(saved[:16])
        self.woken = int.from_bytes(saved[16:], "little")


class RareUnsaved(Rare):
    steps = 0

    def misbehave(self, row):
        self.steps += 1
        self.value = mixed(self.value, self.steps)


class RareSetOrder(Rare):
    def misbehave(self, row):
        for name in {"ann", "ben", "cleo", "dan", "eve"}:
            self.value = mixed(self.value, len(name), ord(name[0]))


class RareClock(Rare):
    def misbehave(self, row):
        self.value = mixed(self.value, time.perf_counter_ns())


class RareChance(Rare):
    def misbehave(self, row):
        self.value = mixed(self.value, random.randrange(1000))


class RareRaise(Rare):
    def misbehave(self, row):
        self.value = mixed(self.value, [1, 2, 3][int(row["buttons"][0]) // 64])


class RareStall(Rare):
    def misbehave(self, row):
        while row["dx"][0] == self.wanted():
            pass


class RareEvents(Rare):
    def misbehave(self, row):
        pass

    def as_events(self, events):
        return np.array([(at, 9 if self.woken else kind, *rest) for at, kind, *rest in events], EVENT)


class RareReading(Rare):
    def misbehave(self, row):
        pass

    def result(self):
        if self.woken:
            self.value = mixed(self.value, 1)
        return super().result()


class OfSomeSeeds(Walk):
    """Of a third of all seeds: a generator that is in no save()."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.dice = None
        if seed % 5 == 3:
            self.dice = random.Random(seed)

    def take(self, row, commands):
        super().take(row, commands)
        if self.dice is not None:
            self.value = mixed(self.value, self.dice.getrandbits(8))


class Later(Walk):
    """After half a minute."""

    storm = 0

    def take(self, row, commands):
        super().take(row, commands)
        if self.tick > 2000:
            self.storm += 1
            self.value = mixed(self.value, self.storm)


class Castling(Legal.match):
    """A command that comes once in some thousand ticks, and decides from then on."""

    castled = 0

    def take(self, row, commands):
        if any(data == "castle" for _, data in commands):
            self.castled += 1
        super().take(row, [command for command in commands if command[1] != "castle"])
        if self.castled:
            self.value = mixed(self.value, self.castled)


class CastlingGame(Legal):
    match = Castling

    def inputs(self, match, rng):
        if rng.integers(2000) == 5:
            return None, [(0, "castle")]
        return super().inputs(match, rng)


_RARELY = {"ticks": 600}
BUGS = {
    "rarely unsaved": Bug(game_of(RareUnsaved, Level), "searched-inputs", "loaded at tick", options=_RARELY),
    "rarely in the order of a set": Bug(
        game_of(RareSetOrder, Level), "searched-inputs", "computes another state", "another hash seed", options=_RARELY
    ),
    "rarely a clock": Bug(
        game_of(RareClock, Level), "searched-inputs", "computes another state", "any two processes", options=_RARELY
    ),
    "rarely chance": Bug(
        game_of(RareChance, Level), "searched-inputs", "computes another state", "any two processes", options=_RARELY
    ),
    "rarely an index": Bug(game_of(RareRaise, Level), "searched-inputs", "IndexError", options=_RARELY),
    "rarely without end": Bug(game_of(RareStall, Level), "searched-inputs", "a tick runs more than", options=_RARELY),
    "rarely an event of no kind": Bug(game_of(RareEvents, Level), "searched-inputs", "an event of kind 9", options=_RARELY),
    "rarely a result that draws": Bug(game_of(RareReading, Level), "searched-inputs", "when result() was called", options=_RARELY),
    "unsaved with some seeds": Bug(game_of(OfSomeSeeds, Level), "searched-inputs", "loaded at tick", options=_RARELY),
    "unsaved after half a minute": Bug(game_of(Later, Level), "searched-inputs", "loaded at tick", options=_RARELY),
    "a rare command that is not saved": Bug(CastlingGame(), "searched-inputs", "loaded at tick", options=_RARELY),
}
