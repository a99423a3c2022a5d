"""What one player knows of a match, as numbers for a program that learns: the record of an observation, and how it is written.

Nothing in arena is hidden by walls or distance: a person sees the whole map. An observation therefore holds what that person sees
on the screen and what the player's own bar says, and no more. Of others it does not tell gold, rounds, cooldowns, orders, or how
far away they aim; of nobody what chance will bring.

Every number is a float32 of -1..1, 0 where there is nothing; greater values are cut off. Lengths are in units of LENGTH pixels
along both axes and relative to the player, speeds in units of SPEED pixels a tick, times as a share of the longest there can be.
Others, bullets and pickups come nearest first.

The numbers are whole ones of the state, multiplied by constants: the same bytes on every machine. None of them finds its way back
into the rules.
"""

# replay: allow float, fraction - nothing here is part of the rules: it is what a player is told of them
from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import rules
from .fixed import COSINE, ONE, SINE, TURN
from .kernels import kernel
from .ways import tile_at

LENGTH = rules.WIDTH  # pixels
SPEED = 20  # pixels a tick
WEALTH = 200  # gold
OTHERS, BULLETS, PICKUPS, RAYS = rules.PLAYERS - 1, 8, 6, 8
REACH = 640  # pixels that a ray goes
_WEAPONS = rules.LAUNCHER  # all but NOTHING
_LEAST_ITEM = rules.AMMUNITION
_ITEMS = rules.COIN - _LEAST_ITEM + 1  # what can lie about


def _floats(**sizes: int) -> np.dtype[np.void]:
    return np.dtype([(name, "<f4", (size,)) if size > 1 else (name, "<f4") for name, size in sizes.items()])


OWN = _floats(
    alive=1,  # 1, or 0 while it waits to appear: then its place is where it fell, and `walls` are 0
    x=1,  # place on the map, from its upper left corner
    y=1,
    vx=1,
    vy=1,
    aim_x=1,  # the point
    aim_y=1,
    order_x=1,  # where it was sent; 0 = nowhere
    order_y=1,
    health=1,
    armour=1,
    gold=1,  # of WEALTH
    weapon=_WEAPONS,  # 1 for the one in hand: blaster, shotgun, rifle, launcher
    owned=_WEAPONS,
    magazine=_WEAPONS,  # share of a full one
    reserve=_WEAPONS,  # share of the most that can be carried; 1 = endless
    fires_in=1,  # time until it can fire again, of the longest cooldown
    reload=1,  # time until the weapon in hand is loaded; 0 = not reloading
    dashing=1,  # time that the dash still lasts
    dash_in=1,  # time until the next dash
    appears_in=1,
    protected=1,  # time that nothing can hurt it
    score=1,  # of its team (without teams its own), as a share of the limit
    rival=1,  # the best of the others' scores
    time=1,  # share of the match that is left
)
OTHER = _floats(
    here=1,  # 1; 0 = nobody: these rows come last. The dead are not there
    friend=1,  # 1 = of the same team
    x=1,
    y=1,
    vx=1,
    vy=1,
    aim_x=1,  # the direction it points its weapon to, of length 1
    aim_y=1,
    health=1,
    armour=1,
    weapon=_WEAPONS,
    reload=1,
    dashing=1,
    protected=1,
    score=1,
)
BULLET = _floats(here=1, rocket=1, x=1, y=1, vx=1, vy=1)  # that can hurt this player: of other teams, and its own rockets
PICKUP = _floats(here=1, x=1, y=1, item=_ITEMS)  # item: 1 for what it is: ammunition, armour, medkit, coin
OBSERVATION = np.dtype(
    [
        ("own", OWN),
        ("others", OTHER, (OTHERS,)),
        ("bullets", BULLET, (BULLETS,)),
        ("pickups", PICKUP, (PICKUPS,)),
        ("walls", "<f4", (RAYS,)),  # how far it is to the next wall, of REACH: to the right, and on clockwise in equal steps
    ]
)
SIZE = OBSERVATION.itemsize // 4  # numbers
MOST_KEYS = max(rules.PLAYERS, rules.BULLETS, rules.PICKUPS)  # what the nearest are chosen of

_PER_LENGTH = 1 / (LENGTH * rules.SUBPIXELS)
_PER_SPEED = 1 / (SPEED * rules.SUBPIXELS)
_PER_FULL = 1 / rules.FULL
_PER_ROUNDS = 1 / np.maximum(rules.MAGAZINE, 1)
_PER_RESERVE = 1 / np.maximum(2 * rules.RESERVE, 1)
_PER_RELOAD = 1 / np.maximum(rules.RELOAD, 1)
_PER_COOLDOWN = 1 / max(int(rules.COOLDOWN.max()), rules.SWITCH_TICKS)
_ROW_BITS = 6  # of a key, for the row; the rest is the distance
_ROW_MASK = (1 << _ROW_BITS) - 1
assert MOST_KEYS <= 1 << _ROW_BITS

# How much longer the way along a ray is than its share along each axis, in 1/ONE; far beyond REACH where it does not go there.
_TILE = 1 << rules.TILE_SHIFT
_RAY_X, _RAY_Y = COSINE[:: TURN // RAYS].copy(), SINE[:: TURN // RAYS].copy()  # compiled, a constant has no gaps
_SLANT_X, _SLANT_Y = (np.where(way == 0, 1 << 40, ONE * ONE // np.maximum(np.abs(way), 1)) for way in (_RAY_X, _RAY_Y))
_REACH = REACH * rules.SUBPIXELS


@kernel
def observe(state: Any, tables: Any, index: int, keys: Any, sight: Any, numbers: Any) -> None:
    """Write what player `index` knows. sight, numbers: an OBSERVATION, and the same memory as SIZE numbers. keys: MOST_KEYS whole
    numbers to work with."""
    for number in range(SIZE):
        numbers[number] = 0.0
    player = state.players[index]
    see_itself(state, player, sight.own)
    see_others(state, index, keys, sight)
    see_bullets(state, index, keys, sight)
    see_pickups(state, player, keys, sight)
    if player.health > 0:
        for ray in range(RAYS):
            sight.walls[ray] = wall_distance(tables, int(player.x), int(player.y), ray) * (1 / _REACH)


@kernel
def see_itself(state: Any, player: Any, own: Any) -> None:
    tick, held = int(state.tick), int(player.weapon)
    own.alive = 1.0 if player.health > 0 else 0.0
    own.x, own.y = int(player.x) * _PER_LENGTH, int(player.y) * _PER_LENGTH
    own.vx, own.vy = int(player.vx) * _PER_SPEED, int(player.vy) * _PER_SPEED
    own.aim_x = within(int(player.aim_x) * rules.SUBPIXELS - int(player.x), _PER_LENGTH)
    own.aim_y = within(int(player.aim_y) * rules.SUBPIXELS - int(player.y), _PER_LENGTH)
    if player.order_x != 0:
        own.order_x = (int(player.order_x) * rules.SUBPIXELS - int(player.x)) * _PER_LENGTH
        own.order_y = (int(player.order_y) * rules.SUBPIXELS - int(player.y)) * _PER_LENGTH
    own.health, own.armour = int(player.health) * _PER_FULL, int(player.armour) * _PER_FULL
    own.gold = within(int(player.gold), 1 / WEALTH)
    for weapon in range(1, _WEAPONS + 1):
        own.weapon[weapon - 1] = 1.0 if weapon == held else 0.0
        own.owned[weapon - 1] = 1.0 if player.owned[weapon] else 0.0
        own.magazine[weapon - 1] = within(int(player.magazine[weapon]), _PER_ROUNDS[weapon])
        endless = player.reserve[weapon] == rules.ENDLESS
        own.reserve[weapon - 1] = 1.0 if endless else within(int(player.reserve[weapon]), _PER_RESERVE[weapon])
    own.fires_in = left(int(player.can_fire_at), tick, _PER_COOLDOWN)
    own.reload = left(int(player.reloaded_at), tick, _PER_RELOAD[held])
    own.dashing = left(int(player.dashing_until), tick, 1 / rules.DASH_TICKS)
    own.dash_in = left(int(player.can_dash_at), tick, 1 / rules.DASH_COOLDOWN)
    own.appears_in = left(int(player.respawns_at), tick, 1 / rules.RESPAWN_TICKS)
    own.protected = left(int(player.protected_until), tick, 1 / rules.PROTECTION_TICKS)
    own.score = within(int(state.scores[int(player.team)]), 1 / int(state.score_limit))
    own.rival = within(best_rival(state, int(player.team)), 1 / int(state.score_limit))
    own.time = left(int(state.tick_limit), tick, 1 / max(int(state.tick_limit), 1))


@kernel
def best_rival(state: Any, team: int) -> int:
    best = -(1 << 30)
    for index in range(int(state.player_count)):
        other = int(state.players[index].team)
        if other != team:
            best = max(best, int(state.scores[other]))
    return best


@kernel
def see_others(state: Any, index: int, keys: Any, sight: Any) -> None:
    player, tick, count = state.players[index], int(state.tick), 0
    for other in range(int(state.player_count)):
        if other != index and state.players[other].health > 0:
            count = add_nearest(keys, count, OTHERS, player, int(state.players[other].x), int(state.players[other].y), other)
    for row in range(count):
        other, seen = state.players[int(keys[row]) & _ROW_MASK], sight.others[row]
        x, y = int(other.x), int(other.y)
        aim_x, aim_y = int(other.aim_x) * rules.SUBPIXELS - x, int(other.aim_y) * rules.SUBPIXELS - y
        reach = math.sqrt(max(1, aim_x * aim_x + aim_y * aim_y))  # of IEEE 754, the same everywhere: exact, but for the last bit
        seen.here = 1.0
        seen.friend = 1.0 if other.team == player.team else 0.0
        seen.x, seen.y = (x - int(player.x)) * _PER_LENGTH, (y - int(player.y)) * _PER_LENGTH
        seen.vx, seen.vy = int(other.vx) * _PER_SPEED, int(other.vy) * _PER_SPEED
        seen.aim_x, seen.aim_y = aim_x / reach, aim_y / reach
        seen.health, seen.armour = int(other.health) * _PER_FULL, int(other.armour) * _PER_FULL
        for weapon in range(_WEAPONS):
            seen.weapon[weapon] = 1.0 if weapon + 1 == other.weapon else 0.0
        seen.reload = left(int(other.reloaded_at), tick, _PER_RELOAD[int(other.weapon)])
        seen.dashing = left(int(other.dashing_until), tick, 1 / rules.DASH_TICKS)
        seen.protected = left(int(other.protected_until), tick, 1 / rules.PROTECTION_TICKS)
        seen.score = within(int(other.score), 1 / int(state.score_limit))


@kernel
def see_bullets(state: Any, index: int, keys: Any, sight: Any) -> None:
    player, count = state.players[index], 0
    for number in range(int(state.bullet_count)):
        bullet = state.bullets[number]
        owner = int(bullet.owner)
        if state.players[owner].team != player.team or (owner == index and bullet.weapon == rules.LAUNCHER):
            count = add_nearest(keys, count, BULLETS, player, int(bullet.x), int(bullet.y), number)
    for row in range(count):
        bullet, seen = state.bullets[int(keys[row]) & _ROW_MASK], sight.bullets[row]
        seen.here = 1.0
        seen.rocket = 1.0 if bullet.weapon == rules.LAUNCHER else 0.0
        seen.x, seen.y = (int(bullet.x) - int(player.x)) * _PER_LENGTH, (int(bullet.y) - int(player.y)) * _PER_LENGTH
        seen.vx, seen.vy = int(bullet.vx) * _PER_SPEED, int(bullet.vy) * _PER_SPEED


@kernel
def see_pickups(state: Any, player: Any, keys: Any, sight: Any) -> None:
    count = 0
    for number in range(int(state.pickup_count)):
        pickup = state.pickups[number]
        x, y = int(pickup.x) * rules.SUBPIXELS, int(pickup.y) * rules.SUBPIXELS
        count = add_nearest(keys, count, PICKUPS, player, x, y, number)
    for row in range(count):
        pickup, seen = state.pickups[int(keys[row]) & _ROW_MASK], sight.pickups[row]
        seen.here = 1.0
        seen.x = (int(pickup.x) * rules.SUBPIXELS - int(player.x)) * _PER_LENGTH
        seen.y = (int(pickup.y) * rules.SUBPIXELS - int(player.y)) * _PER_LENGTH
        for item in range(_ITEMS):
            seen["item"][item] = 1.0 if item + _LEAST_ITEM == pickup["item"] else 0.0


@kernel
def add_nearest(keys: Any, count: int, most: int, player: Any, x: int, y: int, row: int) -> int:
    """Put a row, which is at a point in subpixels, where it belongs among the nearest; the `most + 1`-th goes. Returns how many
    there are now."""
    dx, dy = x - int(player.x), y - int(player.y)
    key = ((dx * dx + dy * dy) << _ROW_BITS) | row
    place = count
    while place > 0 and keys[place - 1] > key:
        if place < most:
            keys[place] = keys[place - 1]
        place -= 1
    if place < most:
        keys[place] = key
    return min(count + 1, most)


@kernel
def within(value: int, unit: float) -> float:
    """`value * unit`, but no less than -1 and no more than 1."""
    return max(-1.0, min(1.0, value * unit))


@kernel
def left(until: int, tick: int, unit: float) -> float:
    """The ticks that are left, as a share of 0..1."""
    return min(1.0, max(0, until - tick) * unit)


@kernel
def wall_distance(tables: Any, x: int, y: int, ray: int) -> int:
    """From a point on the floor to the next wall, subpixels, no more than `REACH`: from one border of a tile that the ray crosses
    to the next."""
    column, row = x >> rules.TILE_SHIFT, y >> rules.TILE_SHIFT
    right, down = _RAY_X[ray] > 0, _RAY_Y[ray] > 0
    across = (column + 1) * _TILE - x if right else x - column * _TILE
    along = (row + 1) * _TILE - y if down else y - row * _TILE
    next_x, next_y = across * _SLANT_X[ray] // ONE, along * _SLANT_Y[ray] // ONE
    step_x, step_y = _TILE * _SLANT_X[ray] // ONE, _TILE * _SLANT_Y[ray] // ONE
    next_column, next_row = (1 if right else -1), (rules.COLUMNS if down else -rules.COLUMNS)
    tile, distance = tile_at(x, y), 0
    while distance < _REACH and not tables.walls[tile]:
        is_across = next_x < next_y  # no branches from here on: no processor guesses which way it goes
        distance = min(next_x, next_y)
        tile += next_column if is_across else next_row
        next_x += step_x if is_across else 0
        next_y += 0 if is_across else step_y
    return min(distance, _REACH)
