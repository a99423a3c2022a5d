"""The tables of a map, as kernels look things up in them, and the ways around its walls.

The first steps to a place are found when somebody first goes there, and kept in the tables: what a search finds depends on the
walls alone, so that matches can share it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import rules
from .kernels import kernel

_TILES = rules.COLUMNS * rules.ROWS
_POINTS = rules.MAP_POINTS

TABLES = np.dtype(
    [
        ("walls", "i1", (_TILES,)),  # 1 where nobody can be; tile = row * COLUMNS + column
        ("steps", "i1", (_TILES * _TILES,)),  # [there * _TILES + here]: KNOWN and movement buttons of the first step, if any
        ("spawn_count", "<i4"),
        ("spawns", "<i4", (_POINTS, 2)),  # x, y of the tile's centre, subpixels
        ("spot_count", "<i4"),
        ("spots", "<i4", (_POINTS, 2)),
    ]
)
# What a search works with: whoever searches has one of these.
SEARCH = np.dtype(
    [("queue", "<i4", (_TILES,)), ("costs", "<i4", (_TILES,)), ("waiting", "i1", (_TILES,)), ("steps", "i1", (_TILES,))]
)

# What the movement buttons mean: by buttons & MOVES, columns and rows. Opposite buttons cancel out.
ACROSS = np.array([bool(keys & rules.RIGHT) - bool(keys & rules.LEFT) for keys in range(16)], np.int64)
ALONG = np.array([bool(keys & rules.DOWN) - bool(keys & rules.UP) for keys in range(16)], np.int64)
_STRAIGHT_THEN_DIAGONAL = np.array(
    [
        rules.LEFT,
        rules.RIGHT,
        rules.UP,
        rules.DOWN,
        rules.LEFT | rules.UP,
        rules.LEFT | rules.DOWN,
        rules.RIGHT | rules.UP,
        rules.RIGHT | rules.DOWN,
    ],
    np.int64,
)
_STRAIGHT_COST, _DIAGONAL_COST = 5, 7
_SLACK = 3 * rules.SUBPIXELS  # nearer than that counts as there; less than what a player has to spare in a corridor of one tile
_KNOWN = 16  # no movement button
_FAR = 1 << 30


@kernel
def lay_out(tables: Any, search: Any, tiles: Any) -> int:
    """Fill `tables` for a map, given as the characters of all tiles. Returns a tile where somebody appears or something lies that
    cannot be reached; else -1."""
    for tile in range(_TILES):
        character = int(tiles[tile])
        tables.walls[tile] = character == ord("#") or character == ord("%")
        x = (tile % rules.COLUMNS << rules.TILE_SHIFT) + (1 << rules.TILE_SHIFT - 1)
        y = (tile // rules.COLUMNS << rules.TILE_SHIFT) + (1 << rules.TILE_SHIFT - 1)
        if character == ord("S"):
            tables.spawns[tables.spawn_count, 0], tables.spawns[tables.spawn_count, 1] = x, y
            tables.spawn_count += 1
        elif character == ord("o"):
            tables.spots[tables.spot_count, 0], tables.spots[tables.spot_count, 1] = x, y
            tables.spot_count += 1
    first = tile_at(int(tables.spawns[0, 0]), int(tables.spawns[0, 1]))
    for tile in range(_TILES):
        if (
            (tiles[tile] == ord("S") or tiles[tile] == ord("o"))
            and tile != first
            and step_towards(tables, search, tile, first) == 0
        ):
            return tile
    return -1


@kernel
def step_towards(tables: Any, search: Any, here: int, there: int) -> int:
    """The movement buttons of the first step from tile to tile; 0 = it is there, or there is no way."""
    step = int(tables.steps[there * _TILES + here])
    if step == 0:
        find_steps(tables, search, there)
        step = int(tables.steps[there * _TILES + here])
    return step & rules.MOVES


@kernel
def find_steps(tables: Any, search: Any, there: int) -> None:
    """From every tile the first step of a shortest way to one tile, not cutting the corners of walls."""
    walls, queue, costs = tables.walls, search.queue, search.costs
    waiting, steps = search.waiting, search.steps
    for tile in range(_TILES):
        costs[tile] = _FAR
        waiting[tile] = steps[tile] = 0
    costs[there] = 0
    queue[0] = there  # a ring: no tile is in it twice
    first, count = 0, 0 if walls[there] else 1
    while count > 0:
        tile = int(queue[first])
        first = (first + 1) % _TILES
        count -= 1
        waiting[tile] = 0
        for keys in _STRAIGHT_THEN_DIAGONAL:
            across, along = ACROSS[keys], ALONG[keys] * rules.COLUMNS
            near = tile - across - along  # a step with `keys` leads from there to `tile`
            if walls[near] or walls[tile - across] or walls[tile - along]:
                continue
            cost = int(costs[tile]) + (_STRAIGHT_COST if across == 0 or along == 0 else _DIAGONAL_COST)
            if cost >= costs[near]:
                continue
            costs[near] = cost
            steps[near] = keys
            if not waiting[near]:
                waiting[near] = 1
                queue[(first + count) % _TILES] = near
                count += 1
    # Only what is final: another match may be reading the same tables.
    for tile in range(_TILES):
        tables.steps[there * _TILES + tile] = steps[tile] | _KNOWN


@kernel
def tile_at(x: int, y: int) -> int:
    """The tile of a point within the map, in subpixels."""
    return (y >> rules.TILE_SHIFT) * rules.COLUMNS + (x >> rules.TILE_SHIFT)


@kernel
def keys_towards(tables: Any, search: Any, player: Any, to_x: int, to_y: int) -> int:
    """The movement buttons that bring `player` to a point (subpixels) around all walls. 0 = it is there, or there is no way."""
    # Look from where it would come to a stop, or it would swing about every corner of its way.
    x, y, vx, vy = int(player.x), int(player.y), int(player.vx), int(player.vy)
    here, there = tile_at(x, y), tile_at(to_x, to_y)
    if here != there:
        keys = step_towards(tables, search, here, there)
        if keys == 0:
            return 0
        next_tile = here + ALONG[keys] * rules.COLUMNS + ACROSS[keys]
        to_x = ((next_tile % rules.COLUMNS) << rules.TILE_SHIFT) + (1 << rules.TILE_SHIFT - 1)
        to_y = ((next_tile // rules.COLUMNS) << rules.TILE_SHIFT) + (1 << rules.TILE_SHIFT - 1)
    dx = to_x - x - vx * abs(vx) // (2 * rules.ACCELERATION)
    dy = to_y - y - vy * abs(vy) // (2 * rules.ACCELERATION)
    keys = (rules.RIGHT if dx > _SLACK else 0) | (rules.LEFT if dx < -_SLACK else 0)
    return keys | (rules.DOWN if dy > _SLACK else 0) | (rules.UP if dy < -_SLACK else 0)


@kernel
def is_clear(tables: Any, x: int, y: int, to_x: int, to_y: int) -> bool:
    """Whether nothing but floor lies between two points (subpixels), as far as samples a third of a tile apart can tell."""
    samples = max(abs(to_x - x), abs(to_y - y)) // (10 * rules.SUBPIXELS) + 1
    for sample in range(1, samples + 1):
        if tables.walls[tile_at(x + (to_x - x) * sample // samples, y + (to_y - y) * sample // samples)]:
            return False
    return True
