"""What a player holds during a tick: a NamedTuple in the rules, a packed row of numbers in the recording."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_type_hints

import numpy as np

_EXAMPLE = "class Input(NamedTuple): up: bool = False"
_TYPES: dict[Any, Any] = {bool: np.uint8, int: np.int64, float: np.float64}


def dtype_of_input(held: Any) -> np.dtype[Any]:
    """The row of a NamedTuple whose fields are bool, int (64 bits), float, or number types of numpy. Raises TypeError for another
    class."""
    if not (isinstance(held, type) and issubclass(held, tuple) and hasattr(held, "_fields")):
        raise TypeError(f"Input is {held!r}; what a player holds is a NamedTuple: {_EXAMPLE}")
    hints, fields = get_type_hints(held), []
    for name in held._fields:
        kind = _TYPES.get(hints[name], hints[name])
        if not (isinstance(kind, type) and issubclass(kind, np.integer | np.floating)):
            raise TypeError(f"Input.{name} is {hints[name]!r}; a player holds bool, int, float and number types of numpy")
        fields.append((name, np.dtype(kind).newbyteorder("<")))
    return np.dtype(fields)


def ranges_of_input(held: Any) -> dict[str, tuple[int, int]]:
    """The fields that are false or true: 0 or 1 in the row."""
    return {name: (0, 1) for name, hint in get_type_hints(held).items() if hint is bool}


def reader_of_input(held: Any) -> Callable[[Any], list[Any]]:
    """A function that turns a row, shape (players,), into one `held` a player."""
    hints = get_type_hints(held)
    flags = [index for index, name in enumerate(held._fields) if hints[name] is bool]

    def read(row: Any) -> list[Any]:
        players = []
        for values in row.tolist():
            if flags:
                values = list(values)
                for index in flags:
                    values[index] = bool(values[index])
            players.append(held._make(values))
        return players

    return read
