"""Arrays of a state: numbers, text and records of them, by their exact bytes. Never objects."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from replay.core.plain import expect, integer, sequence
from replay.games.order import portable, portable_dtype

_TYPE = re.compile(r"[|<>](b1|[iu][1248]|f[248]|c8|c16|[SU][1-9]\d{0,4})\Z")
_LAST_CHARACTER = 0x10FFFF


class ArrayError(TypeError):
    """An array that cannot be saved; the text says why, as what follows its name."""


@lru_cache(maxsize=256)
def pack_dtype(dtype: np.dtype[Any]) -> Any:
    """`<i4`, or `[[name, dtype, shape]...]` for packed records. Raises ArrayError for any other."""
    dtype = portable_dtype(dtype)
    if dtype.names is None:
        if not _TYPE.match(dtype.str):
            raise ArrayError(f"has the dtype {dtype}, whose values are not whole in its bytes")
        return dtype.str
    fields = [(name, *_inner(dtype[name])) for name in dtype.names]
    packed = [[name, pack_dtype(inner), list(shape)] for name, inner, shape in fields]
    if dtype_of(packed) != dtype:
        raise ArrayError("has records with gaps between their fields: make their dtype without align")
    return packed


def _inner(dtype: np.dtype[Any]) -> tuple[np.dtype[Any], tuple[int, ...]]:
    return dtype.subdtype or (dtype, ())


def dtype_of(packed: Any, depth: int = 8) -> np.dtype[Any]:
    """What `pack_dtype` gave. Raises FormatError for anything else."""
    if isinstance(packed, str):
        expect(bool(_TYPE.match(packed)), "a dtype", packed)
        return np.dtype(packed)
    expect(isinstance(packed, list) and 0 < len(packed) <= 256 and depth > 0, "a dtype of records", packed)
    fields = [sequence(field, 3, "a field of records") for field in packed]
    return np.dtype([(str(name), dtype_of(inner, depth - 1), _shape_of(shape)) for name, inner, shape in fields])


def _shape_of(packed: Any) -> tuple[int, ...]:
    expect(isinstance(packed, list) and len(packed) <= 32, "a shape", packed)
    return tuple(integer(size, 0, 2**31, "a length of an array") for size in packed)


def pack_array(array: np.ndarray[Any, Any]) -> list[Any]:
    """[dtype, shape, "C" or "F", bytes]. Raises ArrayError for what would not come back the same."""
    flags = array.flags
    if not (flags.c_contiguous or flags.f_contiguous):
        raise ArrayError("is a view of some elements of another array: keep a copy")
    packed = pack_dtype(array.dtype)
    if (name := _nan_in(array)) is not None:
        raise ArrayError(f"has NaN in it{name}, which is equal to nothing, and has other bits on other machines")
    order: Literal["C", "F"] = "C" if flags.c_contiguous else "F"
    return [packed, list(array.shape), order, portable(array).tobytes(order)]


def _nan_in(array: np.ndarray[Any, Any]) -> str | None:
    """Where there is NaN: the field's name with a dot, or nothing; None if there is none."""
    for name in array.dtype.names or ():
        if (inner := _nan_in(array[name])) is not None:
            return f" (field {name}{inner})"
    return "" if array.dtype.kind in "fc" and np.isnan(array).any() else None


def array_of(packed: Any, shape: Any, order: Any, data: Any) -> np.ndarray[Any, Any]:
    """What `pack_array` gave, as memory of its own. Raises FormatError or ValueError for anything else."""
    dtype, sizes = dtype_of(packed), _shape_of(shape)
    expect(isinstance(data, bytes) and order in ("C", "F"), "the bytes of an array", order)
    expect(len(data) == math.prod(sizes) * dtype.itemsize, f"an array of {sizes}", len(data))
    array = np.zeros(sizes, dtype, order=order)
    if array.size and dtype.itemsize:
        flat = np.frombuffer(bytearray(data), dtype)
        _check_bits(flat)
        array[...] = flat.reshape(sizes, order=order)
    return array


def _check_bits(array: np.ndarray[Any, Any]) -> None:
    for name in array.dtype.names or ():
        _check_bits(array[name])
    if array.dtype.kind == "b":
        expect(bool((array.view(np.uint8) <= 1).all()), "true or false", "another byte")
    elif array.dtype.kind == "U":
        characters = np.ascontiguousarray(array).view(array.dtype.byteorder.replace("=", "<").replace("|", "<") + "u4")
        expect(int(characters.max()) <= _LAST_CHARACTER, "characters", int(characters.max()))
