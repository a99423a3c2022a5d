"""Read models: what the result of a projection may be, so that whoever shows it need not guess. Four shapes, and any plain data.

    Table    named columns: a row for each player, or for each thing that happened
    Series   numbers over time, a line for each player
    Grid     layers of a map, cell by cell
    Matrix   a count for each pair of labels

Each has `as_data()`, plain data for JSON and for the library, and `records()`, the same as flat rows for spreadsheets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Cells = Sequence[Sequence[int]] | npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Table:
    """rows: by column name; a cell is a number, a text, or a list or a mapping of them.

    player: the column that names the player, if there is one row for each player, in seat order; None for a table of happenings.
    tick: the column that says when. title: the column that says in words what there is to see: then rows are worth a marker.
    worth: the column that says how much such a row is worth seeing, as a number: the higher, the better.
    hidden: columns for programs, which people do not need. facts: what holds for the whole table.
    """

    rows: Sequence[Mapping[str, Any]]
    player: str | None = None
    tick: str | None = None
    title: str | None = None
    worth: str | None = None
    hidden: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_data(self) -> Any:
        """The rows, as a list; as `players` beside the facts if they are the players'."""
        rows = [dict(row) for row in self.rows]
        return rows if self.player is None else {**self.facts, "players": rows}

    def records(self) -> list[dict[str, Any]]:
        return [{name: _flat(value) for name, value in row.items()} for row in self.rows]


@dataclass(frozen=True)
class Series:
    """lines: at least one, by name; for each player, in seat order, the values at each of `ticks`."""

    players: Sequence[str]
    ticks: Sequence[int]
    lines: Mapping[str, Sequence[Sequence[int]]]

    def only(self, name: str) -> Series:
        """The series of one of the lines."""
        return Series(self.players, self.ticks, {name: self.lines[name]})

    def of_player(self, player: int) -> Series:
        """The same of one player."""
        return Series([self.players[player]], self.ticks, {name: [line[player]] for name, line in self.lines.items()})

    def as_data(self) -> dict[str, Any]:
        lines = {name: [list(values) for values in line] for name, line in self.lines.items()}
        return {"players": list(self.players), "ticks": list(self.ticks), **lines}

    def records(self) -> list[dict[str, Any]]:
        return [
            {"tick": tick, "player": player, **{name: line[seat][index] for name, line in self.lines.items()}}
            for index, tick in enumerate(self.ticks)
            for seat, player in enumerate(self.players)
        ]


@dataclass(frozen=True, eq=False)
class Grid:
    """layers: by name, row by row. walls: 1 where nobody can be, or None. cell_pixels: the side of a cell. Cells are lists of lists
    or arrays.

    by_player: the layers of each player, in seat order, if somebody wants one alone; empty if nobody can be told apart.
    """

    layers: Mapping[str, Cells]
    cell_pixels: int
    walls: Cells | None = None
    by_player: Sequence[Mapping[str, Cells]] = ()

    def as_data(self) -> dict[str, Any]:
        return {"cell_pixels": self.cell_pixels, **self._with_walls()}

    def __eq__(self, other: object) -> bool:
        """Whether cells are equal, be they in lists or in arrays."""
        return isinstance(other, Grid) and self._of_all() == other._of_all()

    __hash__ = None  # type: ignore[assignment]  # as of what can be changed

    def _of_all(self) -> list[Any]:
        return [self.as_data(), [{name: _as_lists(cells) for name, cells in layers.items()} for layers in self.by_player]]

    def as_arrays(self) -> dict[str, Any]:
        """`as_data`, with arrays where that has lists of lists."""
        import numpy as np

        walls = {} if self.walls is None else {"walls": self.walls}
        return {"cell_pixels": self.cell_pixels, **{name: np.asarray(cells) for name, cells in (walls | dict(self.layers)).items()}}

    def records(self) -> list[dict[str, Any]]:
        """The cells that are not zero; the walls are a layer too."""
        return [
            {"layer": name, "row": y, "column": x, "count": count}
            for name, cells in self._with_walls().items()
            for y, row in enumerate(cells)
            for x, count in enumerate(row)
            if count
        ]

    def _with_walls(self) -> dict[str, list[list[int]]]:
        walls = {} if self.walls is None else {"walls": self.walls}
        return {name: _as_lists(cells) for name, cells in {**walls, **self.layers}.items()}


def _as_lists(cells: Cells) -> list[list[int]]:
    return cells.tolist() if hasattr(cells, "tolist") else [list(row) for row in cells]


@dataclass(frozen=True)
class Matrix:
    """counts: what a cell counts. rows, columns: their labels. row_title, column_title: what the labels stand for.

    Labels that rows and columns have in common are those of players.
    """

    counts: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[int]]
    row_title: str = ""
    column_title: str = ""

    def as_data(self) -> dict[str, Any]:
        rows, columns = list(self.rows), list(self.columns)
        labels = {"players": rows} if rows == columns else {"rows": rows, "columns": columns}
        return {**labels, self.counts: [list(row) for row in self.values]}

    def records(self) -> list[dict[str, Any]]:
        """A row for each label; labels that occur twice have their number after them."""
        heads = _told_apart(self.columns)
        return [
            {"player" if self.rows == self.columns else "row": label, **dict(zip(heads, row, strict=True))}
            for label, row in zip(_told_apart(self.rows), self.values, strict=True)
        ]


ReadModel = Table | Series | Grid | Matrix


def as_data(result: Any) -> Any:
    """The result of any projection as plain data."""
    return result.as_data() if isinstance(result, ReadModel) else result


def as_records(result: Any) -> list[dict[str, Any]]:
    """The result of any projection as flat rows. Plain data has a row for each name in it."""
    return result.records() if isinstance(result, ReadModel) else [{"name": name, "value": value} for name, value in named(result)]


def columns_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of all cells, in the order in which they first occur."""
    return list(dict.fromkeys(name for row in rows for name in row))


def named(result: Any) -> list[tuple[str, Any]]:
    """What plain data holds, by name: the keys of a mapping, the numbers 1 ... of a list, "result" for anything else."""
    if isinstance(result, Mapping):
        return [(str(name), _flat(value)) for name, value in result.items()]
    if isinstance(result, list | tuple):
        return [(str(number), _flat(value)) for number, value in enumerate(result, 1)]
    return [("result", result)]


def _flat(value: Any) -> Any:
    """One cell: maps and lists as text."""
    if isinstance(value, Mapping):
        return " ".join(f"{name}:{item}" for name, item in value.items())
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _told_apart(labels: Sequence[str]) -> list[str]:
    return [label if list(labels).count(label) == 1 else f"{label} ({number})" for number, label in enumerate(labels, 1)]
