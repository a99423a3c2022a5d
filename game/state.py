"""Everything there is: the records of the state, of inputs and of events, and the tables of constants.

The state is one packed little-endian record. Nothing outside it can change the future of a match but the inputs and the map.
Every field is declared with the range it may hold; `first_out_of_range` holds a stranger's snapshot against it.
Unused rows (of absent players, of bullets beyond `bullet_count` ...) are all zero: equal states are equal bytes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from game.fixed import SUBPIXELS

TICKS_PER_SECOND = 60
TILE = 32  # pixels
TILE_SHIFT = 13  # subpixels >> TILE_SHIFT = tile
COLUMNS, ROWS = 40, 22  # the largest map; smaller ones are padded with wall
WIDTH, HEIGHT = COLUMNS * TILE, ROWS * TILE  # pixels
PLAYERS, BULLETS, PICKUPS = 8, 64, 32
NOBODY = -1

# --- what players hold ------------------------------------------------------------------------------------------------

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
    Weapon(damage=11, magazine=14, reserve=ENDLESS, cooldown=13, reload=55, pellets=1, speed=3200, life=44, spread=14, push=50),
    Weapon(damage=11, magazine=6, reserve=18, cooldown=42, reload=85, pellets=5, speed=3500, life=20, spread=46, push=60),
    Weapon(damage=15, magazine=24, reserve=72, cooldown=8, reload=80, pellets=1, speed=4600, life=42, spread=9, push=30),
    Weapon(damage=100, magazine=4, reserve=12, cooldown=45, reload=100, pellets=1, speed=2700, life=90, spread=4, push=0),
)
DAMAGE, MAGAZINE, RESERVE, COOLDOWN, RELOAD, PELLETS, SPEED, LIFE, SPREAD, PUSH = (
    np.array(column, np.int64) for column in zip(*WEAPONS, strict=True)
)

# --- the rules' numbers -----------------------------------------------------------------------------------------------

RADIUS = 12 * SUBPIXELS  # of a player against walls
HIT_RADIUS = 15 * SUBPIXELS  # of a player against bullets: a square, kind to the shooter
RUN_SPEED = 900
ACCELERATION = 96
DASH_SPEED, DASH_TICKS, DASH_COOLDOWN = 2600, 10, 90
SPEED_LIMIT = 3500  # of a player; with RADIUS less than a tile, so that nobody passes through a wall
FULL = 100  # health and armour
MEDKIT_HEALTH, ARMOUR_POINTS = 50, 50
RESPAWN_TICKS, PROTECTION_TICKS = 120, 60
SWITCH_TICKS = 12
CRITICAL_PERCENT = 7
SPLASH_RADIUS = 96 * SUBPIXELS
SPLASH_PUSH = 2800
FIRST_GOLD, KILL_GOLD, STREAK_GOLD, ASSIST_GOLD, COIN_GOLD, GOLD_LIMIT = 40, 30, 10, 10, 10, 9999
STREAK = 3  # kills without dying that make a streak
ASSIST_TICKS = 300
PICKUP_TICKS = 40  # from one appearance to the next
DROP_ROOM = 8  # pickup rows that are kept free for what the dead drop
TAKE_RADIUS = 22  # pixels

# --- inputs -----------------------------------------------------------------------------------------------------------

LEFT, RIGHT, UP, DOWN, FIRE, DASH, RELOAD_KEY, USE, ORDER = (1 << bit for bit in range(9))
MOVES = LEFT | RIGHT | UP | DOWN
BUTTONS = (1 << 9) - 1  # all other bits are ignored

INPUT = np.dtype([("buttons", "<u2"), ("x", "<i2"), ("y", "<i2"), ("item", "u1")])  # x, y: the point, in map pixels

# --- events -----------------------------------------------------------------------------------------------------------

EVENT_KINDS = (
    "shot",  # actor fired item
    "hit",  # actor took amount of health and armour from target with item
    "critical",  # the same, doubled; follows instead of a hit
    "death",  # actor killed target with item (itself, if they are the same)
    "assist",  # actor helped to kill target and gets amount of gold
    "spawn",  # actor appears
    "pickup",  # actor takes item, worth amount
    "purchase",  # actor buys item for amount
    "refused",  # actor cannot buy item, which costs amount
    "drop",  # what target dropped: item, worth amount
    "dash",  # actor dashes
    "reload",  # actor begins to reload item
    "streak",  # actor has killed amount others without dying
    "explosion",  # a rocket of actor goes off
    "match_end",  # actor is the winner (of two teams: 0 or 1), or NOBODY; amount is its score
)
(SHOT, HIT, CRITICAL, DEATH, ASSIST, SPAWN, PICKUP, PURCHASE, REFUSED, DROP, DASHED, RELOADING, STREAKING, EXPLOSION,
 MATCH_END) = range(len(EVENT_KINDS))  # fmt: skip

EVENT = np.dtype(
    [("tick", "<i4"), ("kind", "i1"), ("actor", "i1"), ("target", "i1"), ("item", "i1"),
     ("amount", "<i2"), ("x", "<i2"), ("y", "<i2")]
)  # fmt: skip
LOG_ROOM = 4096
EVENTS_PER_TICK = 1024  # no tick has more: each bullet can go off and hit everyone, each player can do all else once
LOG = np.dtype([("count", "<i4"), ("events", EVENT, (LOG_ROOM,))])

# --- the state --------------------------------------------------------------------------------------------------------

RUNNING, ENDED_BY_SCORE, ENDED_BY_TIME = range(3)
FREE_FOR_ALL, TEAMS = range(2)
MODES = ("ffa", "teams")

_TICK = (0, 1 << 30)
_COUNT = (-(1 << 20), 1 << 20)


class Field(NamedTuple):
    name: str
    format: str | np.dtype
    range: tuple[int, int] = (0, 0)
    shape: tuple[int, ...] = ()


_RNG = tuple(Field(name, "<i8", (0, (1 << 32) - 1)) for name in ("a", "b", "c", "counter"))

_PLAYER = (
    Field("x", "<i4", (0, WIDTH * SUBPIXELS - 1)),  # of the centre, subpixels
    Field("y", "<i4", (0, HEIGHT * SUBPIXELS - 1)),
    Field("vx", "<i2", (-SPEED_LIMIT, SPEED_LIMIT)),  # subpixels per tick
    Field("vy", "<i2", (-SPEED_LIMIT, SPEED_LIMIT)),
    Field("health", "<i2", (0, FULL)),  # 0 = dead, waiting for respawns_at
    Field("armour", "<i2", (0, FULL)),
    Field("buttons", "<i2", (0, BUTTONS)),  # held during the tick before
    Field("aim_x", "<i2", (-(1 << 15), (1 << 15) - 1)),  # the point, pixels
    Field("aim_y", "<i2", (-(1 << 15), (1 << 15) - 1)),
    Field("order_x", "<i2", (0, WIDTH - 1)),  # where it was sent, pixels; (0, 0), a wall on every map, = nowhere
    Field("order_y", "<i2", (0, HEIGHT - 1)),
    Field("team", "i1", (0, PLAYERS - 1)),  # free-for-all: everyone is a team
    Field("weapon", "i1", (0, LAUNCHER)),
    Field("magazine", "<i2", (0, 999), (LAUNCHER + 1,)),  # rounds, by weapon
    Field("reserve", "<i2", (ENDLESS, 999), (LAUNCHER + 1,)),
    Field("owned", "i1", (0, 1), (LAUNCHER + 1,)),
    Field("gold", "<i2", (0, GOLD_LIMIT)),
    Field("streak", "<i4", _COUNT),
    Field("score", "<i4", _COUNT),
    Field("kills", "<i4", _COUNT),
    Field("deaths", "<i4", _COUNT),
    Field("assists", "<i4", _COUNT),
    Field("can_fire_at", "<i4", _TICK),  # from here on: ticks
    Field("reloaded_at", "<i4", _TICK),  # 0 = not reloading
    Field("dashing_until", "<i4", _TICK),
    Field("can_dash_at", "<i4", _TICK),
    Field("respawns_at", "<i4", _TICK),
    Field("protected_until", "<i4", _TICK),
    Field("assist_until", "<i4", _TICK, (PLAYERS,)),  # by who hurt this player
)
_BULLET = (
    Field("x", "<i4", (0, WIDTH * SUBPIXELS - 1)),
    Field("y", "<i4", (0, HEIGHT * SUBPIXELS - 1)),
    Field("vx", "<i2", (-5000, 5000)),
    Field("vy", "<i2", (-5000, 5000)),
    Field("expires_at", "<i4", _TICK),
    Field("owner", "i1", (0, PLAYERS - 1)),
    Field("weapon", "i1", (0, LAUNCHER)),
)
_PICKUP = (
    Field("x", "<i2", (0, WIDTH - 1)),  # pixels
    Field("y", "<i2", (0, HEIGHT - 1)),
    Field("item", "i1", (0, COIN)),
    Field("amount", "<i2", (0, GOLD_LIMIT)),  # gold of a coin; 0 for the rest
)


def _record(*fields: Field) -> np.dtype:
    return np.dtype([(field.name, field.format, field.shape) for field in fields])


RNG, PLAYER, BULLET, PICKUP_ROW = (_record(*fields) for fields in (_RNG, _PLAYER, _BULLET, _PICKUP))

_SCALARS = (
    Field("tick", "<i4", _TICK),
    Field("player_count", "i1", (2, PLAYERS)),
    Field("mode", "i1", (FREE_FOR_ALL, TEAMS)),
    Field("score_limit", "<i2", (1, 999)),
    Field("tick_limit", "<i4", _TICK),
    Field("ended", "i1", (RUNNING, ENDED_BY_TIME)),
    Field("bullet_count", "<i2", (0, BULLETS)),
    Field("pickup_count", "<i2", (0, PICKUPS)),
    Field("scores", "<i4", _COUNT, (PLAYERS,)),  # by team
)
_PARTS = {"rng": _RNG, "players": _PLAYER, "bullets": _BULLET, "pickups": _PICKUP}
STATE = _record(
    *_SCALARS,
    Field("rng", RNG),
    Field("players", PLAYER, shape=(PLAYERS,)),
    Field("bullets", BULLET, shape=(BULLETS,)),
    Field("pickups", PICKUP_ROW, shape=(PICKUPS,)),
)


def first_out_of_range(state: np.ndarray) -> str | None:
    """The name of a field of the STATE record that holds what the rules never put there, or None."""
    for part, fields in {"": _SCALARS, **_PARTS}.items():
        rows = state[part] if part else state
        for name, _, (low, high), _ in fields:
            values = rows[name]
            if values.min() < low or values.max() > high:
                return f"{part}.{name}".lstrip(".")
    return None
