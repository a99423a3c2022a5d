"""The paths of a state: `ball.x`, `score[1]`, `board['e4']`."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xxhash

from replay.games.plain.classes import Classes, NotPlainError
from replay.games.plain.generator import SeededRandom

Step = tuple[str, Any]
_ELEMENTS_NAMED = 4096
_LONGEST_BITS = 2048  # of a number in decimal digits, which Python refuses to write from some length on
_SHOWN = (type(None), list, tuple, dict)


class Again:
    """An object that the state has had before, under another path."""

    def __init__(self, path: str) -> None:
        self.path = path


def walk(root: Any, attributes: Mapping[str, Any], classes: Classes, every: bool = False) -> Iterator[Step]:
    """Every leaf of the state of `root`, with the shortest path to it: those of the match first, then what is inside of them.

    every: what has parts, too, before these, and what is in keys."""
    seen: dict[int, str] = {id(root): ""}
    waiting: deque[Step] = deque(sorted(attributes.items()))
    while waiting:
        path, value = waiting.popleft()
        if id(value) in seen:
            yield path, Again(seen[id(value)])
            continue
        parts = _parts(value, classes, every)
        if every or not parts:
            yield path, value
        if parts is not None and not isinstance(value, tuple):
            seen[id(value)] = path
        waiting.extend((path + step, part) for step, part in parts or ())


def _parts(value: Any, classes: Classes, keys: bool) -> list[Step] | None:
    """What `value` consists of; None if it is a leaf."""
    kind = type(value)
    if kind in (list, tuple, deque):
        return [(f"[{index}]", item) for index, item in enumerate(value)]
    if kind is dict:
        inside = [(" (a key)", key) for key in value] if keys else []
        return inside + [(f"[{_key_text(key)}]", item) for key, item in value.items()]
    plan = classes.plan(kind)
    if plan is None or plan.kind == "enum":
        return None
    if plan.form is not None:
        return [("", plan.form[0](value))]
    if plan.kind == "named":
        return [(f".{name}", item) for name, item in zip(value._fields, value, strict=True)]
    try:
        return [(f".{name}", item) for name, item in plan.attributes(value)]
    except NotPlainError:  # it cannot be saved, and is what is looked for
        return None


def _key_text(key: Any) -> str:
    if isinstance(key, enum.Enum):
        return f"{type(key).__name__}.{key.name}"
    if isinstance(key, tuple):
        return ",".join(map(_key_text, key))
    return repr(key) if isinstance(key, str | bytes | int | float | None) else type(key).__name__


def leaf_fields(path: str, value: Any) -> Iterator[tuple[str, bool | int | float | str]]:
    """A leaf as plain values by path: an array gives its elements, or, where they are many, one text."""
    if isinstance(value, np.ndarray):
        yield from _array_fields(path, value)
    elif isinstance(value, Again):
        yield path, f"is {value.path or 'the match'}"
    elif isinstance(value, enum.Enum):
        yield path, f"{type(value).__name__}.{value.name}"
    elif isinstance(value, bytes | bytearray):
        yield path, value.hex()
    elif isinstance(value, np.generic):
        yield path, value.item()
    elif isinstance(value, SeededRandom):
        yield path, "is random"
    elif isinstance(value, int) and value.bit_length() > _LONGEST_BITS:
        yield path, hex(value)
    elif isinstance(value, bool | int | float | str):
        yield path, value
    else:
        yield path, repr(value) if type(value) in _SHOWN else f"{type(value).__name__}()"


def _array_fields(path: str, array: np.ndarray[Any, Any]) -> Iterator[tuple[str, bool | int | float | str]]:
    if array.size > _ELEMENTS_NAMED or not array.size:
        yield path, f"{array.dtype} {array.shape}, hash {xxhash.xxh3_64_hexdigest(array.tobytes('A'))}"
        return
    for name in array.dtype.names or ():
        yield from _array_fields(f"{path}.{name}", array[name])
    if not array.dtype.names:
        for index in np.ndindex(array.shape):
            where = f"[{','.join(map(str, index))}]" if index else ""
            yield from leaf_fields(f"{path}{where}", array[index])
