"""Fields of a state by their paths, put together as a person reads them: an object is a row, and so is a list of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Cell = tuple[str, Any]  # a label, which may be empty, and the value


def rows_of(fields: Mapping[str, Any]) -> dict[str, list[Cell]]:
    """`{"ball.x": 1, "ball.y": 2, "score[0]": 3}` as `{"ball": [("x", 1), ("y", 2)], "score": [("", 3)]}`."""
    rows: dict[str, list[Cell]] = {}
    for path, value in fields.items():
        if path.endswith("]"):
            owner, _, key = path[:-1].rpartition("[")
            rows.setdefault(owner, []).append(("" if key[-1:].isdigit() else key, value))
        else:
            owner, _, name = path.rpartition(".")
            rows.setdefault(owner or name, []).append((name if owner else "", value))
    return rows


def paths_of(value: Any, path: str = "") -> dict[str, Any]:
    """Plain data by paths, as the fields of a state are: `{"sums": [3, 5]}` as `{"sums[0]": 3, "sums[1]": 5}`."""
    if isinstance(value, Mapping):
        parts = ((f"{path}.{key}" if path else str(key), part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        parts = ((f"{path}[{index}]", part) for index, part in enumerate(value))
    else:
        return {path: value}
    return {name: leaf for where, part in parts for name, leaf in paths_of(part, where).items()}
