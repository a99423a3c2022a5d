"""The order of bytes: numbers of numpy have the machine's; what is saved, hashed or compared has the same on all: little-endian."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

IS_BIG = sys.byteorder == "big"


def portable_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """As a little-endian machine calls it."""
    return dtype.newbyteorder("<") if IS_BIG else dtype


def portable(value: np.ndarray[Any, Any] | np.generic) -> np.ndarray[Any, Any]:
    """An array, or a scalar as one, with the bytes that it has on a little-endian machine."""
    array = np.asarray(value)
    return array.astype(array.dtype.newbyteorder("<"), copy=False) if IS_BIG else array
