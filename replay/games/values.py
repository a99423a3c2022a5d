"""What an environment is given and gives back: as plain data that keeps every bit and every type, and as a hash.

None, booleans, whole numbers, finite floats and text stand for themselves. All else is a list that begins with what it is:

    ["<f4", [2], bytes]    an array: dtype, shape, its elements in order
    ["<f4", bytes]         a scalar of numpy; a whole number of numpy is ["<i8", 3]
    ["float", bytes]       a float that is not finite
    ["tuple", ...], ["list", ...], ["dict", {key: value}]
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import xxhash

from replay.core.errors import UsageError
from replay.games.order import portable

_DTYPES = {dtype.str: dtype for dtype in map(np.dtype, "? i1 u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8".split())}
_TOLD = frozenset([type(None), bool, int, float, str, bytes])  # their text tells all of them
_SHOWN = 8  # numbers of an array that are told one by one


def plain_of(value: Any) -> Any:
    """`value` as plain data, from which `value_of` makes an equal one of the same types. Raises UsageError if it cannot be kept."""
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _plain_of_numpy(value)
    if kind is float:
        return value if math.isfinite(value) else ["float", struct.pack("<d", value)]
    if kind in (tuple, list):
        return [kind.__name__, *map(plain_of, value)]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return ["dict", {key: plain_of(item) for key, item in value.items()}]
    if isinstance(value, int):  # a member of an enumeration
        return int(value)
    raise UsageError(
        f"a {kind.__module__}.{kind.__qualname__} cannot be recorded",
        "give numbers, text, numpy arrays, or tuples, lists and dicts of them; a tensor has .numpy()",
    )


def _plain_of_numpy(value: np.ndarray[Any, Any] | np.generic) -> list[Any]:
    little = value.dtype.newbyteorder("<")
    if little.str not in _DTYPES:
        raise UsageError(f"an array of {value.dtype} cannot be recorded", f"it holds one of {', '.join(_DTYPES)}")
    if isinstance(value, np.integer):
        return [little.str, int(value)]
    data = np.asarray(value).astype(little, copy=False).tobytes()
    return [little.str, list(value.shape), data] if isinstance(value, np.ndarray) else [little.str, data]


def value_of(plain: Any) -> Any:
    """The inverse of `plain_of`. Raises ValueError for what it never gives: it may come from a stranger's file."""
    if type(plain) is not list:
        return plain
    match plain:
        case ["tuple", *items]:
            return tuple(map(value_of, items))
        case ["list", *items]:
            return list(map(value_of, items))
        case ["dict", dict(items)]:
            return {key: value_of(item) for key, item in items.items()}
        case ["float", bytes(data)] if len(data) == 8:
            return struct.unpack("<d", data)[0]
        case [str(name), int(number)] if name in _DTYPES:
            return _DTYPES[name].type(number)
        case [str(name), bytes(data)] if name in _DTYPES and len(data) == _DTYPES[name].itemsize:
            return np.frombuffer(data, _DTYPES[name])[0]
        case [str(name), list(shape), bytes(data)] if name in _DTYPES:
            return np.frombuffer(data, _DTYPES[name]).reshape(shape).copy()
    raise ValueError("no value of an environment")


def hash_of(*values: Any) -> int:
    """64-bit hash (XXH3) of values and their types. Of an object that is none of these, only the type is in it."""
    state = xxhash.xxh3_64()
    _feed(state, values)
    return state.intdigest()


def _feed(state: xxhash.xxh3_64, value: Any) -> None:
    kind = type(value)
    if kind in _TOLD:
        state.update(f"{value!r};".encode("utf-8", "surrogatepass"))
    elif kind is np.ndarray and not value.dtype.hasobject:
        value = portable(value)
        state.update(f"{value.dtype.str}{value.shape}".encode())
        state.update(np.ascontiguousarray(value).reshape(-1).view(np.uint8).data)
    elif isinstance(value, np.generic):
        array = portable(value)
        state.update(array.dtype.str.encode() + array.tobytes())
    elif isinstance(value, Mapping):
        state.update(f"{{{len(value)}".encode())
        for key, item in value.items():
            _feed(state, key)
            _feed(state, item)
    elif isinstance(value, tuple | list | np.ndarray):
        state.update(f"({len(value)}".encode())
        for item in value:
            _feed(state, item)
    else:
        state.update(kind.__qualname__.encode())


def shown(value: Any, hash_of_it: int) -> Any:
    """A value as an event tells it: itself where it is small, else its hash in hexadecimal."""
    if isinstance(value, np.integer | np.bool_):
        return value.item()
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.size <= _SHOWN and value.dtype.kind in "iufb":
        return [number(item) if isinstance(item, float) else item for item in value.tolist()]
    if isinstance(value, tuple) and len(value) <= _SHOWN:
        return [shown(item, hash_of(item)) for item in value]
    return value if value is None or type(value) in (bool, int) else f"{hash_of_it:016x}"


def number(value: Any) -> float | str:
    """A float, or the name of one that is not finite: plain data has none."""
    value = float(value)
    return value if math.isfinite(value) else str(value)
