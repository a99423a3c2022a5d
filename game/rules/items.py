"""What players hold: items, their prices, and what weapons do. Arrays are looked up by item."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

ITEMS = ("nothing", "blaster", "shotgun", "rifle", "launcher", "ammunition", "armour", "medkit", "coin")
NOTHING, BLASTER, SHOTGUN, RIFLE, LAUNCHER, AMMUNITION, ARMOUR, MEDKIT, COIN = range(9)
PRICES = np.array([0, 0, 30, 40, 40, 10, 30, 25, 0], np.int64)  # gold, by item
ENDLESS = -1


class Weapon(NamedTuple):
    """Times in ticks, speeds in subpixels per tick, angles in 1/1024 turn."""

    damage: int = 0
    magazine: int = 0
    reserve: int = 0  # rounds that come with it, or ENDLESS; twice that can be carried
    cooldown: int = 0
    reload: int = 0
    pellets: int = 0
    speed: int = 0
    life: int = 0  # ticks in flight
    spread: int = 0  # either side
    push: int = 0  # share of the bullet's speed that goes into who is hit, in 1/256


WEAPONS = (
    Weapon(),  # NOTHING
    Weapon(damage=17, magazine=14, reserve=ENDLESS, cooldown=13, reload=55, pellets=1, speed=3200, life=44, spread=14, push=50),
    Weapon(damage=18, magazine=6, reserve=18, cooldown=42, reload=85, pellets=5, speed=3500, life=20, spread=46, push=60),
    Weapon(damage=19, magazine=24, reserve=72, cooldown=8, reload=80, pellets=1, speed=4600, life=42, spread=9, push=30),
    Weapon(damage=95, magazine=4, reserve=12, cooldown=54, reload=110, pellets=1, speed=2700, life=90, spread=4, push=0),
)
DAMAGE, MAGAZINE, RESERVE, COOLDOWN, RELOAD, PELLETS, SPEED, LIFE, SPREAD, PUSH = (
    np.array(column, np.int64) for column in zip(*WEAPONS, strict=True)
)
