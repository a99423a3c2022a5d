"""Maps: readable text in `maps/`, loaded into the tables that kernels look things up in.

A map is a rectangle of tiles, closed by wall, at most 40 x 22. Lines that begin with `;` say in words what it is like.

    #  wall          %  crate (a wall that looks like one)
    .  floor         :  another floor        S  players appear here        o  things to pick up appear here
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np

from . import rules
from .kernels import KERNELS, kernel, records

_MAPS = Path(__file__).parent / "maps"
_LEGEND = "#%.:So"
_TILES = rules.COLUMNS * rules.ROWS
_POINTS = 32  # at most that many spawns, and pickup spots

TABLES = np.dtype(
    [
        ("walls", "i1", (_TILES,)),  # 1 where nobody can be; tile = row * COLUMNS + column
        ("steps", "i1", (_TILES * _TILES,)),  # [there * _TILES + here]: movement buttons of the first step, 0 = no way
        ("spawn_count", "<i4"),
        ("spawns", "<i4", (_POINTS, 2)),  # x, y of the tile's centre, subpixels
        ("spot_count", "<i4"),
        ("spots", "<i4", (_POINTS, 2)),
    ]
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


class Arena:
    """One loaded map. `tiles[row, column]` are its characters, for drawing; `tables` is what kernels read."""

    def __init__(self, name: str, text: str) -> None:
        lines = text.splitlines()
        self.name = name
        self.description = " ".join(line[1:].strip() for line in lines if line.startswith(";"))
        rows = [line.rstrip() for line in lines if line.strip() and not line.startswith(";")]
        _check(name, rows)
        self.tiles = np.array([list(row) for row in rows])
        self.rows, self.columns = self.tiles.shape
        self.width, self.height = self.columns * rules.TILE, self.rows * rules.TILE  # pixels
        self.walls = np.isin(self.tiles, ("#", "%"))
        self.spawns = self._points("S")
        self.spots = self._points("o")
        self.hash = hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]  # of what the rules see, not of the words
        self.tables = self._tables()

    def _points(self, character: str) -> list[tuple[int, int]]:
        """Centres of the tiles of this kind, in pixels."""
        rows, columns = np.nonzero(self.tiles == character)
        return [
            (int(c) * rules.TILE + rules.TILE // 2, int(r) * rules.TILE + rules.TILE // 2)
            for r, c in zip(rows, columns, strict=True)
        ]

    def _tables(self) -> np.ndarray:
        tables = np.zeros(1, TABLES)
        walls = np.ones((rules.ROWS, rules.COLUMNS), np.int8)
        walls[: self.rows, : self.columns] = self.walls
        tables["walls"] = walls.ravel()
        for count, name, points in (("spawn_count", "spawns", self.spawns), ("spot_count", "spots", self.spots)):
            tables[count] = len(points)
            tables[name][0, : len(points)] = np.array(points) * rules.SUBPIXELS
        KERNELS.announce_compiling()  # this is the first kernel that anyone calls
        find_steps(tables["walls"][0], tables["steps"][0])
        self._check_reach(tables)
        return records(tables)

    def _check_reach(self, tables: np.ndarray) -> None:
        """Raises ValueError if a spawn or a pickup spot cannot be reached."""
        tiles = [y // rules.TILE * rules.COLUMNS + x // rules.TILE for x, y in self.spawns + self.spots]
        ways = tables["steps"][0].reshape(_TILES, _TILES)[tiles[0]]
        for tile in tiles[1:]:
            if ways[tile] == 0:
                raise ValueError(f"map {self.name!r}: no way leads to column {tile % rules.COLUMNS}, row {tile // rules.COLUMNS}")


def _check(name: str, rows: list[str]) -> None:
    """Raises ValueError if these rows are no map the rules can be played on."""
    if not rows or len({len(row) for row in rows}) != 1 or len(rows) > rules.ROWS or len(rows[0]) > rules.COLUMNS:
        raise ValueError(f"map {name!r}: expected a rectangle of at most {rules.COLUMNS} x {rules.ROWS} tiles")
    everything = "".join(rows)
    if unknown := set(everything) - set(_LEGEND):
        raise ValueError(f"map {name!r}: unknown tiles {''.join(sorted(unknown))!r}, expected {_LEGEND!r}")
    border = rows[0] + rows[-1] + "".join(row[0] + row[-1] for row in rows)
    if set(border) - set("#%"):
        raise ValueError(f"map {name!r}: the border must be wall")
    for character, least in (("S", 4), ("o", 1)):
        if not least <= everything.count(character) <= _POINTS:
            found = everything.count(character)
            raise ValueError(f"map {name!r}: expected {least} to {_POINTS} tiles {character!r}, found {found}")


@kernel
def find_steps(walls, steps):
    """Fill `steps`: from every tile to every other the first step of a shortest way, not cutting the corners of walls."""
    queue = np.zeros(_TILES, np.int64)  # a ring: no tile is in it twice
    for there in range(_TILES):
        if walls[there]:
            continue
        costs = np.full(_TILES, 1 << 30, np.int64)
        waiting = np.zeros(_TILES, np.int8)
        costs[there] = 0
        queue[0] = there
        first, count = 0, 1
        while count > 0:
            tile = queue[first]
            first = (first + 1) % _TILES
            count -= 1
            waiting[tile] = 0
            for keys in _STRAIGHT_THEN_DIAGONAL:
                across, along = ACROSS[keys], ALONG[keys] * rules.COLUMNS
                near = tile - across - along  # a step with `keys` leads from there to `tile`
                if walls[near] or walls[tile - across] or walls[tile - along]:
                    continue
                cost = costs[tile] + (_STRAIGHT_COST if across == 0 or along == 0 else _DIAGONAL_COST)
                if cost >= costs[near]:
                    continue
                costs[near] = cost
                steps[there * _TILES + near] = keys
                if not waiting[near]:
                    waiting[near] = 1
                    queue[(first + count) % _TILES] = near
                    count += 1


@kernel
def tile_at(x, y):
    """The tile of a point within the map, in subpixels."""
    return (y >> rules.TILE_SHIFT) * rules.COLUMNS + (x >> rules.TILE_SHIFT)


@kernel
def keys_towards(tables, player, to_x, to_y):
    """The movement buttons that bring `player` to a point (subpixels) around all walls. 0 = it is there, or there is no way."""
    # Look from where it would come to a stop, or it would swing about every corner of its way.
    x, y, vx, vy = int(player.x), int(player.y), int(player.vx), int(player.vy)
    here, there = tile_at(x, y), tile_at(to_x, to_y)
    if here != there:
        keys = int(tables.steps[there * _TILES + here])
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
def is_clear(tables, x, y, to_x, to_y):
    """Whether nothing but floor lies between two points (subpixels), as far as samples a third of a tile apart can tell."""
    samples = max(abs(to_x - x), abs(to_y - y)) // (10 * rules.SUBPIXELS) + 1
    for sample in range(1, samples + 1):
        if tables.walls[tile_at(x + (to_x - x) * sample // samples, y + (to_y - y) * sample // samples)]:
            return False
    return True


def arena_names() -> list[str]:
    """The installed maps, sorted."""
    return sorted(path.stem for path in _MAPS.glob("*.txt"))


@cache
def load_arena(name: str) -> Arena:
    """An installed map by its name. Raises ValueError for any other name."""
    if name not in arena_names():
        raise ValueError(f"no map is called {name!r}, there are: {', '.join(arena_names())}")
    return Arena(name, (_MAPS / f"{name}.txt").read_text("utf-8"))
