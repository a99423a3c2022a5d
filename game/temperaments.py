"""What makes one bot unlike another: what it likes (its temperament), and how well it plays (its level)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import rules


class Temperament(NamedTuple):
    """What a bot likes. All are about equally strong at the same level: `shake` and `nerve` see to that."""

    first: int  # the weapon it saves for, and the next
    second: int
    distance: int  # that it likes to fight from, pixels
    courage: int  # flees with less health than this
    greed: int  # how far it goes for a pickup, pixels
    patience: int  # how long it lies in wait, ticks; 0 = looks for a fight
    shake: int  # percent of the level's error of the aim
    nerve: int  # percent of the level's reaction
    clicks: int  # 1 = travels by orders instead of keys


class Level(NamedTuple):
    """How well a bot plays. Times in ticks, shares in percent."""

    reaction: int  # from the sight of a foe to the first shot
    error: int  # of the aim, pixels to either side at a distance of 300
    hand: int  # how much of its way to where it should be the point goes in HAND_TICKS
    leads: int  # how much of a foe's way it aims ahead
    dodges: int  # how often it dashes out of the way of a shot
    thought: int  # from one decision to the next, at least
    burst: int  # how long it holds the trigger, at least
    rest: int  # how long it then waits, at most
    stands: int  # how often it stands still in a fight
    thrift: int  # 0 = buys its first weapon; 1 = also armour and rounds; 2 = whatever helps


_NOBODY = Temperament(0, 0, 0, 0, 0, 0, 0, 0, 0)  # a person: its row stays zero
_TEMPERAMENTS = {
    "hunter": Temperament(rules.RIFLE, rules.SHOTGUN, 150, 20, 200, 0, 84, 40, 0),
    "brawler": Temperament(rules.SHOTGUN, rules.RIFLE, 126, 13, 250, 0, 103, 150, 0),
    "camper": Temperament(rules.RIFLE, rules.LAUNCHER, 320, 30, 250, 150, 74, 40, 0),
    "collector": Temperament(rules.SHOTGUN, rules.RIFLE, 160, 28, 450, 30, 99, 140, 1),
    "bomber": Temperament(rules.LAUNCHER, rules.SHOTGUN, 180, 25, 250, 0, 72, 30, 0),
}
_LEVELS = {
    "easy": Level(15, 86, 32, 0, 0, 4, 10, 48, 58, 0),
    "fair": Level(12, 110, 30, 50, 10, 3, 11, 50, 43, 1),
    "merciless": Level(2, 65, 72, 40, 30, 2, 9, 12, 15, 2),
}
TEMPERAMENTS, LEVELS = tuple(_TEMPERAMENTS), tuple(_LEVELS)
USUAL_LEVEL = "fair"

# By the number in a BRAIN: a temperament's begin with 1.
FIRST, SECOND, DISTANCE, COURAGE, GREED, PATIENCE, SHAKE, NERVE, CLICKS = (
    np.array(column, np.int64) for column in zip(_NOBODY, *_TEMPERAMENTS.values(), strict=True)
)
REACTION, ERROR, HAND, LEADS, DODGES, THOUGHT, BURST, REST, STANDS, THRIFT = (
    np.array(column, np.int64) for column in zip(*_LEVELS.values(), strict=True)
)


def parsed(bot: str) -> tuple[str, str]:
    """Temperament and level of a bot as people write it: "hunter:easy", or "hunter" for one of the usual level. Raises ValueError
    for what is not in TEMPERAMENTS and LEVELS."""
    temperament, _, level = bot.partition(":")
    if temperament not in TEMPERAMENTS or (level or USUAL_LEVEL) not in LEVELS:
        raise ValueError(f"expected a bot of {TEMPERAMENTS}, with :LEVEL of {LEVELS} if it is not {USUAL_LEVEL}, got {bot!r}")
    return temperament, level or USUAL_LEVEL
