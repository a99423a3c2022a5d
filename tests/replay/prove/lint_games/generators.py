"""Scripts as generators inside a match, iterators that a match makes for itself, replies as commands."""

import itertools
from collections import Counter
from copy import deepcopy

WAVES = (("rat", 3), ("bat", 2), ("ogre", 1))
LEVELS = {"cave": {"rooms": [1, 2, 3], "exits": {"n": 1}}, "tower": {"rooms": [4], "exits": {}}}


def spawner(waves):
    for kind, number in waves:
        for index in range(number):
            yield f"{kind} {index}"


def script(hero):
    yield "hello"
    while hero["gold"] < 3:
        hero["gold"] += 1
        yield "more"


class Match:
    def __init__(self, level="cave"):
        self.level = deepcopy(LEVELS[level])
        self.ids = itertools.count()
        self.spawns = spawner(WAVES)
        self.hero = {"gold": 0, "bag": []}
        self.script = script(self.hero)
        self.kills = Counter()
        self.monsters = {}

    def step(self, commands):
        if (name := next(self.spawns, None)) is not None:
            self.monsters[next(self.ids)] = name
        self.level["rooms"].append(len(self.monsters))
        self.level["exits"].update(s=2)
        for command in commands:
            match command:
                case {"take": what}:
                    self.hero["bag"].append(what)
                case {"kill": number} if number in self.monsters:
                    self.kills[self.monsters.pop(number).split()[0]] += 1
                case _:
                    continue
        return next(self.script, "the end")

    def score(self):
        return sum(self.kills.values()) + sum(1 for kind in set(self.kills) if kind != "rat")
