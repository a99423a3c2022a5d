"""The fields of a state as rows of a table: those that each player has are one row with a cell for each of them, all others a row
of their own. Cells have the paths that divergence reports name fields by: `players[2].health`; short lists are one cell.

A state is bytes where a dtype describes it, or a dict by paths; `Fields` is told of either, and compares two of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

MOST_CELLS = 20_000  # of a state: what lies beyond is counted, not shown
_LONGEST_LIST = 16  # values in one cell
_MOST_BITS = 2048  # of a number in decimal digits
_MOST_LETTERS = 120  # of a value in words
_VECTORS = frozenset("pos position vel velocity speed acc acceleration dir direction size offset point xy vector target".split())
_ELEMENT = re.compile(r"(.+?)\[(\d+)\](.*)\Z")
_LISTED = re.compile(r"(.+)[\[,](\d+)\]\Z")
_GONE = object()

State = bytes | Mapping[str, Any]


class Cell(NamedTuple):
    """path: as reports name it, `balls[0..15]` for a part of a list. name: the field's own, by which there may be words for its
    numbers."""

    path: str
    name: str


class Row(NamedTuple):
    """name: in the table. cells: their numbers: one for each player, by seat, where `of_players`; -1: there is none. part: the
    element of an array that it belongs to, or -1: parts that hold nothing but zeros need not be shown."""

    name: str
    cells: tuple[int, ...]
    of_players: bool = False
    part: int = -1


class Seats(NamedTuple):
    """What is known of players. players: how many. per_player: paths of arrays in which each has an element; None: arrays called
    `players`, and those that are as long as there are players."""

    players: int = 0
    per_player: Collection[str] | None = None

    def has(self, path: str, length: int, *, of_values: bool) -> bool:
        """Whether an array of that length has an element for each player. of_values: it holds values, not records."""
        if self.per_player is not None or not self.players:
            return length >= self.players > 0 and path in (self.per_player or ())
        last = path.rpartition(".")[2]
        return (last == "players" and length >= self.players) or (
            length == self.players and not (of_values and last.lower() in _VECTORS)
        )


class Fields:
    """The rows of states of one form. hidden: how many values there are beyond `MOST_CELLS`."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.cells: list[Cell] = []
        self.hidden = 0

    def paths(self, row: Row) -> list[str]:
        """Of its cells; a list may be too short for some player to have one."""
        return [self.cells[cell].path for cell in row.cells if cell >= 0]

    @cached_property
    def seats(self) -> dict[int, int]:
        """Whose a cell is, of those that players have."""
        return {cell: seat for row in self.rows if row.of_players for seat, cell in enumerate(row.cells)}

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The number of the row that a path's cell stands in."""
        return {path: number for number, row in enumerate(self.rows) for path in self.paths(row)}

    def value(self, state: State, cell: int) -> Any:
        """A number or text; a list of them; None where this state has none."""
        raise NotImplementedError

    def differing(self, state: State, other: State) -> set[int]:
        """The cells in which two states differ, bit by bit."""
        raise NotImplementedError

    def filled(self, state: State) -> np.ndarray[Any, Any]:
        """By row: whether it belongs to no part, or to one in which there is anything."""
        return np.ones(len(self.rows), bool)

    def text(self, state: State, cell: int, words: Mapping[str, Sequence[str]]) -> str:
        """A value as it is shown. words: for the numbers of a field, by its name; the number stands before them."""
        value = self.value(state, cell)
        names = words.get(self.cells[cell].name, ())
        if isinstance(value, list):
            return _cut(" ".join(map(value_text, value)))
        named = names[value] if names and isinstance(value, int) and 0 <= value < len(names) else ""
        return f"{value_text(value)} {named}".rstrip() if named else value_text(value)

    def _add(self, path: str) -> int:
        self.cells.append(Cell(path, _ELEMENT_NUMBERS.sub("", path).rpartition(".")[2]))
        return len(self.cells) - 1


_ELEMENT_NUMBERS = re.compile(r"\[[^\]]*\]")


class RecordFields(Fields):
    """Of states that are one record of a dtype, as bytes."""

    def __init__(self, dtype: np.dtype[Any], seats: Seats) -> None:
        super().__init__()
        self._seats = seats
        self._places: list[tuple[int, np.dtype[Any], int]] = []  # of cells: offset, dtype of a value, how many
        self._parts: list[tuple[int, int]] = []
        self._walk(dtype, "", 0, -1)
        size = dtype.itemsize
        self._borders = _borders([(at, at + kind.itemsize * count) for at, kind, count in self._places], size)
        self._part_borders = _borders(self._parts, size)
        self._part_of_row = np.array([row.part for row in self.rows], np.int64)

    def value(self, state: State, cell: int) -> Any:
        assert isinstance(state, bytes)
        at, kind, count = self._places[cell]
        values = np.frombuffer(state, kind, count, at)
        short = kind.kind == "f" and kind.itemsize < 8  # a float of few bits has few digits
        listed = [float(str(value)) for value in values] if short else values.tolist()
        return listed if count != 1 else listed[0]

    def differing(self, state: State, other: State) -> set[int]:
        assert isinstance(state, bytes) and isinstance(other, bytes)
        if state == other or not self.cells:
            return set()
        unequal = np.frombuffer(state, np.uint8) != np.frombuffer(other, np.uint8)
        return set(_any_within(unequal, self._borders).nonzero()[0].tolist())

    def filled(self, state: State) -> np.ndarray[Any, Any]:
        assert isinstance(state, bytes)
        if not self._parts:
            return super().filled(state)
        parts = np.append(_any_within(np.frombuffer(state, np.uint8) != 0, self._part_borders), True)  # the last: of no part
        return parts[self._part_of_row]

    def _walk(self, dtype: np.dtype[Any], prefix: str, start: int, part: int) -> None:
        """Rows of the fields of a record that begins at a byte."""
        for name in dtype.names or ():
            kind, offset = dtype.fields[name][:2]  # type: ignore[index]
            path, at, (inner, shape) = f"{prefix}{name}", start + offset, (kind.base, kind.shape)
            # What is in an element is not there for the players once more, and a grid is theirs only if the game says so.
            is_list = len(shape) == 1 or (len(shape) > 1 and not inner.names and self._seats.per_player is not None)
            has_seats = is_list and "[" not in path and self._seats.has(path, shape[0], of_values=not inner.names)
            if not kind.itemsize:
                continue  # nothing is in it
            if has_seats:
                self._of_players(path, inner, shape, at)
            elif inner.names and shape:
                self._elements(path, inner, shape, at, 0)
            elif inner.names:
                self._walk(inner, f"{path}.", at, part)
            else:
                self._values(path, inner, shape, at, part)

    def _of_players(self, path: str, kind: np.dtype[Any], shape: tuple[int, ...], at: int) -> None:
        """A row for each field of the elements, and, for what there is beyond the players, rows as of any array."""
        count, size = self._seats.players, kind.itemsize * int(np.prod(shape[1:]))
        short = "" if path.rpartition(".")[2] == "players" else path
        first = len(self.rows)
        for seat in range(count):
            self._element(f"{path}[{seat}]", kind, shape[1:], at + seat * size, -1)
        found, self.rows[first:] = self.rows[first:], []
        height = len(found) // count
        for index in range(height) if height * count == len(found) else ():
            cells = tuple(found[seat * height + index].cells[0] for seat in range(count))
            inside = self.cells[cells[0]].path[len(path) + 3 :].removeprefix(".")
            self.rows.append(Row(f"{short}.{inside}".strip(".") if inside else path, cells, True))
        if height * count != len(found):  # cut off in the midst of them
            self.rows += found
        self._elements(path, kind, shape, at, count)

    def _elements(self, path: str, kind: np.dtype[Any], shape: tuple[int, ...], at: int, first: int) -> None:
        """The elements of an array from one on; each is a part."""
        size = kind.itemsize * int(np.prod(shape[1:]))
        for index in range(first, shape[0]):
            if len(self.cells) >= MOST_CELLS:
                self.hidden += (shape[0] - index) * max(len(kind.names or ()), 1)
                return
            self._parts.append((at + index * size, at + (index + 1) * size))
            self._element(f"{path}[{index}]", kind, shape[1:], at + index * size, len(self._parts) - 1)

    def _element(self, path: str, kind: np.dtype[Any], shape: tuple[int, ...], at: int, part: int) -> None:
        if kind.names and shape:
            step = kind.itemsize
            for number, index in enumerate(np.ndindex(shape)):
                self._element(f"{path[:-1]},{','.join(map(str, index))}]", kind, (), at + number * step, part)
        elif kind.names:
            first = len(self.rows)
            self._walk(kind, f"{path}.", at, part)
            self.rows[first:] = [row._replace(part=part) if row.part < 0 else row for row in self.rows[first:]]
        else:
            self._values(path, kind, shape, at, part)

    def _values(self, path: str, kind: np.dtype[Any], shape: tuple[int, ...], at: int, part: int) -> None:
        """A value, a short list in one cell, or a long or many-dimensional array, in pieces of which each is a part."""
        length = shape[-1] if shape else 1
        lists = int(np.prod(shape[:-1])) if shape else 1
        is_whole = lists == 1 and length <= _LONGEST_LIST
        for number in range(lists):
            index = np.unravel_index(number, shape[:-1]) if shape[:-1] else ()
            where = f"{_indexed(path, index)}" if index else path
            for first in range(0, length, _LONGEST_LIST):
                count = min(_LONGEST_LIST, length - first)
                if len(self.cells) >= MOST_CELLS:
                    self.hidden += lists * length - number * length - first
                    return
                place = at + (number * length + first) * kind.itemsize
                if not is_whole and part < 0:
                    self._parts.append((place, place + count * kind.itemsize))
                name = where if length <= _LONGEST_LIST else f"{where}[{first}..{first + count - 1}]"
                self._places.append((place, kind, count))
                own = part if is_whole or part >= 0 else len(self._parts) - 1
                self.rows.append(Row(name, (self._add(name),), False, own))


class PathFields(Fields):
    """Of states that are dicts by paths, with these keys. seated: paths of the lists in which each player has an element."""

    def __init__(self, keys: Sequence[str], seats: Seats) -> None:
        super().__init__()
        self._keys: list[tuple[str, ...]] = []  # of cells
        lengths: dict[str, set[int]] = {}
        plain: set[str] = set()  # arrays whose elements are values
        for key in keys:
            if element := _ELEMENT.match(key):
                lengths.setdefault(element[1], set()).add(int(element[2]))
                if not element[3]:
                    plain.add(element[1])
        self.seated = seated = {
            path
            for path, found in lengths.items()
            if len(found) == max(found) + 1 and seats.has(path, len(found), of_values=path in plain)
        }
        self._of_players(keys, seated, seats.players)
        for path, parts in _listed(key for key in keys if not _is_of(key, seated, seats.players)):
            if len(self.cells) >= MOST_CELLS:
                self.hidden += len(parts)
            else:
                self.rows.append(Row(path, (self._cell(path, parts),)))

    def value(self, state: State, cell: int) -> Any:
        assert isinstance(state, Mapping)
        keys = self._keys[cell]
        if keys[0] == self.cells[cell].path:
            return state.get(keys[0])
        return [state[key] for key in keys if key in state] or None

    def differing(self, state: State, other: State) -> set[int]:
        assert isinstance(state, Mapping) and isinstance(other, Mapping)
        one, two = state.get, other.get
        return {cell for cell, keys in enumerate(self._keys) if any(not _is_same(one(key, _GONE), two(key, _GONE)) for key in keys)}

    def _of_players(self, keys: Sequence[str], seated: set[str], count: int) -> None:
        rows: dict[tuple[str, str], list[int]] = {}
        for path, parts in _listed((key for key in keys if _is_of(key, seated, count)), seated):
            element = _ELEMENT.match(path)
            assert element is not None
            if len(self.cells) >= MOST_CELLS:
                self.hidden += len(parts)
                continue
            cells = rows.setdefault((element[1], element[3]), [-1] * count)
            cells[int(element[2])] = self._cell(path, parts)
        for (array, inside), cells in rows.items():
            short = "" if array.rpartition(".")[2] == "players" and inside else array
            self.rows.append(Row((short + inside).strip("."), tuple(cells), True))

    def _cell(self, path: str, keys: tuple[str, ...]) -> int:
        self._keys.append(keys)
        return self._add(path)


def _is_of(key: str, seated: set[str], count: int) -> bool:
    element = _ELEMENT.match(key)
    return element is not None and element[1] in seated and int(element[2]) < count


def _listed(keys: Iterator[str], apart: Collection[str] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Paths, and the keys that belong to each: values of one list lie together, but for lists that are to be kept `apart`."""
    lists: dict[str, list[str]] = {}
    for key in keys:
        element = _LISTED.match(key)
        owner = element[1] if element is not None and element[1] not in apart else ""
        lists.setdefault(owner or f"\0{key}", []).append(key)
    for owner, found in lists.items():
        if owner.startswith("\0"):
            yield owner[1:], (found[0],)
            continue
        path = owner + "]" * (owner.count("[") - owner.count("]"))
        for first in range(0, len(found), _LONGEST_LIST):
            part = tuple(found[first : first + _LONGEST_LIST])
            yield path if len(found) <= _LONGEST_LIST else f"{path}[{first}..{first + len(part) - 1}]", part


def _is_same(one: Any, other: Any) -> bool:
    """Bit by bit: 0.0 is not -0.0, 1 is not True, and what is no number is itself."""
    if one is other or type(one) is not type(other):
        return one is other
    return bool(one == other) if one and one == one else repr(one) == repr(other)


def _indexed(path: str, index: Sequence[Any]) -> str:
    return f"{path}[{','.join(map(str, map(int, index)))}]"


def _borders(ranges: Sequence[tuple[int, int]], size: int) -> np.ndarray[Any, Any]:
    """Starts and stops one after the other, as `reduceat` takes them; no stop lies beyond the one byte that is added."""
    return np.array([min(border, size) for each in ranges for border in each], np.int64)


def _any_within(flags: np.ndarray[Any, Any], borders: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Whether any flag is set in each range. Ranges are not empty."""
    found: np.ndarray[Any, Any] = np.logical_or.reduceat(np.append(flags, False), borders)[::2]
    return found


def value_text(value: Any) -> str:
    """A value in letters, as few as tell it."""
    if value is None:
        return "(none)"
    if value == "":
        return '""'
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > _MOST_BITS:
        return _cut(hex(value))
    if isinstance(value, bytes):
        return _cut(value.hex())
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def fields_of(state: State, dtype: np.dtype[Any] | None, seats: Seats, other: State | None = None) -> Fields:
    """The fields of a state: as the dtype describes it, or those of two dicts together."""
    if isinstance(state, bytes):
        assert dtype is not None
        return RecordFields(dtype, seats)
    return PathFields([*dict.fromkeys((*state, *(other or ())))], seats)
