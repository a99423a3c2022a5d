"""Maps: readable text in `maps/`, loaded into the tables that kernels look things up in.

A map is a rectangle of tiles, closed by wall, at most 40 x 22. Lines that begin with `;` say in words what it is like.

    #  wall          %  crate (a wall that looks like one)
    .  floor         :  another floor        S  players appear here        o  things to pick up appear here
"""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path

from replay.native.engine import engine_of

from . import numbers
from .digests import sha256
from .kernels import KERNELS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    import numpy.typing as npt

    from replay.native.interface import Buffer

_MAPS = Path(__file__).parent / "maps"
_LEGEND = "#%.:So"


class Arena:
    """One loaded map. lines: its tiles as characters. rows, columns: in tiles. width, height: in pixels. hash: of what the rules
    see, not of the words. Raises ValueError if these rows are no map the rules can be played on."""

    def __init__(self, name: str, text: str) -> None:
        lines = text.splitlines()
        self.name = name
        self.description = " ".join(line[1:].strip() for line in lines if line.startswith(";"))
        self.lines = [line.rstrip() for line in lines if line.strip() and not line.startswith(";")]
        _check(name, self.lines)
        self.rows, self.columns = len(self.lines), len(self.lines[0])
        self.width, self.height = self.columns * numbers.TILE, self.rows * numbers.TILE
        self.hash = sha256("\n".join(self.lines).encode()).hexdigest()[:16]

    @cached_property
    def tiles(self) -> npt.NDArray[np.str_]:
        """The characters, shape (rows, columns), for drawing."""
        import numpy as np

        return np.array([list(line) for line in self.lines])

    @cached_property
    def walls(self) -> npt.NDArray[np.bool_]:
        import numpy as np

        return np.isin(self.tiles, ("#", "%"))

    @property
    def spawns(self) -> list[tuple[int, int]]:
        return self._points("S")

    @property
    def spots(self) -> list[tuple[int, int]]:
        return self._points("o")

    def _points(self, character: str) -> list[tuple[int, int]]:
        """Centres of the tiles of this kind, in pixels."""
        tile, half = numbers.TILE, numbers.TILE // 2
        return [
            (column * tile + half, row * tile + half)
            for row, line in enumerate(self.lines)
            for column, each in enumerate(line)
            if each == character
        ]

    @cached_property
    def tables(self) -> Buffer:
        """What kernels read, a record of `ways.TABLES`; shared by all matches on this map. Raises ValueError if a spawn or a pickup
        spot cannot be reached."""
        engine = engine_of(KERNELS)
        layouts: Any = engine.layouts
        tables, world = engine.buffer(layouts["tables"][0]), engine.buffer(layouts["world"][0])
        padding = ["#" * numbers.COLUMNS] * (numbers.ROWS - self.rows)
        padded = "".join([line.ljust(numbers.COLUMNS, "#") for line in self.lines] + padding).encode()
        tiles = engine.buffer(len(padded))
        tiles.view[:] = padded
        tile = engine.entry("lay_out")(tables.place, world.place, tiles.place)
        if tile >= 0:
            row, column = divmod(tile, numbers.COLUMNS)
            raise ValueError(f"map {self.name!r}: no way leads to column {column}, row {row}")
        return tables


def _check(name: str, rows: list[str]) -> None:
    if not rows or len({len(row) for row in rows}) != 1 or len(rows) > numbers.ROWS or len(rows[0]) > numbers.COLUMNS:
        raise ValueError(f"map {name!r}: expected a rectangle of at most {numbers.COLUMNS} x {numbers.ROWS} tiles")
    everything = "".join(rows)
    if unknown := set(everything) - set(_LEGEND):
        raise ValueError(f"map {name!r}: unknown tiles {''.join(sorted(unknown))!r}, expected {_LEGEND!r}")
    border = rows[0] + rows[-1] + "".join(row[0] + row[-1] for row in rows)
    if set(border) - set("#%"):
        raise ValueError(f"map {name!r}: the border must be wall")
    for character, least in (("S", 4), ("o", 1)):
        if not least <= everything.count(character) <= numbers.MAP_POINTS:
            found = everything.count(character)
            raise ValueError(f"map {name!r}: expected {least} to {numbers.MAP_POINTS} tiles {character!r}, found {found}")


def arena_names() -> list[str]:
    """The installed maps, sorted."""
    return sorted(path.stem for path in _MAPS.glob("*.txt"))


@cache
def load_arena(name: str) -> Arena:
    """An installed map by its name. Raises ValueError for any other name."""
    if name not in arena_names():
        raise ValueError(f"no map is called {name!r}, there are: {', '.join(arena_names())}")
    return Arena(name, (_MAPS / f"{name}.txt").read_text("utf-8"))
