"""Columns of numbers as bytes: differences where they are narrower, in the narrowest type, byte by byte, deflated."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_MOST_BYTES = 64 * 2**20
_SCALES = (1, 10, 100, 1000)  # of numbers with few digits after the point
_TYPES = ("i1", "<i2", "<i4", "<i8")


def pack(arrays: Sequence[Array]) -> bytes:
    """Arrays of whole numbers or floats, each with one dimension."""
    return bytes(msgpack.packb([_packed(array) for array in arrays]))


def unpack(data: bytes, wanted: Sequence[int]) -> list[Array]:
    """Those of the arrays, int64 or float64, all of one length. Raises ValueError, zlib.error and what else nonsense leads to."""
    packed = msgpack.unpackb(data)
    arrays = [_unpacked(*packed[index]) for index in wanted]
    if len({len(array) for array in arrays}) > 1:
        raise ValueError("columns that are none")
    return arrays


def distinct(ordered: Whole) -> Whole:
    """Each number once, of numbers in order."""
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def in_order(parts: Iterable[Whole]) -> Whole:
    """Each number once, in order, of parts that mostly are and follow each other."""
    whole: Whole = np.concatenate([np.zeros(0, np.int64), *parts])
    return distinct(whole if (whole[1:] >= whole[:-1]).all() else np.sort(whole))


def _packed(array: Array) -> tuple[int, bool, int, bytes]:
    """The scale (0: floats as they are), whether it is the differences, the bytes of a number, and the data."""
    scale = 1
    if array.dtype.kind == "f":
        scale = next((each for each in _SCALES if _is_whole(array, each)), 0)
        if not scale:
            return 0, False, 8, _deflated(array.astype("<f8"))
        array = np.rint(array * scale)
    whole = array.astype(np.int64)
    differences = np.diff(whole, prepend=0)  # they wrap around, and back
    tried = [(is_difference, *_narrowed(each)) for is_difference, each in ((False, whole), (True, differences))]
    is_difference, size, data = min(tried, key=lambda each: len(each[2]))
    return scale, is_difference, size, data


def _is_whole(array: Array, scale: int) -> bool:
    with np.errstate(over="ignore"):
        scaled = np.rint(array * scale)
    return bool((np.abs(scaled) < 2**53).all() and (scaled / scale == array).all() and not np.signbit(array[array == 0]).any())


def _narrowed(whole: Whole) -> tuple[int, bytes]:
    low, high = (int(whole.min()), int(whole.max())) if len(whole) else (0, 0)
    kind = next(kind for kind in _TYPES if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return np.dtype(kind).itemsize, _deflated(whole.astype(kind))


def _deflated(array: Array) -> bytes:
    return zlib.compress(array.view(np.uint8).reshape(len(array), array.itemsize).T.tobytes(), 6)


def _unpacked(scale: int, is_difference: bool, size: int, data: bytes) -> Array:
    inflater = zlib.decompressobj()
    planes = inflater.decompress(data, _MOST_BYTES)
    if inflater.unconsumed_tail or size not in (1, 2, 4, 8) or len(planes) % size:
        raise ValueError("a column that is none")
    raw = planes if size == 1 else np.frombuffer(planes, np.uint8).reshape(size, -1).T.tobytes()
    if not scale:
        return np.frombuffer(raw, "<f8").astype(np.float64)
    narrow = np.frombuffer(raw, f"<i{size}")
    whole = np.cumsum(narrow, dtype=np.int64) if is_difference else narrow.astype(np.int64)
    return whole if scale == 1 else whole / scale
