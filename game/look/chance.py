"""Numbers that look random and are the same everywhere: each follows from its stream and its place in it, by whole numbers of 32
bits alone, so that a browser can draw the same sparks (`game/web/chance.js`)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

# A stream for each purpose. Stains have one for each of their forms, from BLOTCHES on.
SPARK_ANGLES, SPARK_REACHES, SPARK_LIVES, TILES, BLOTCHES = 1, 2, 3, 4, 16

_WORD = np.uint64(0xFFFFFFFF)


def shares(stream: int, count: int) -> npt.NDArray[np.floating[Any]]:
    """The first numbers of a stream, 0..1 without 1."""
    x = np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B9) + np.uint64(stream * 0x85EBCA6B & 0xFFFFFFFF) & _WORD
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = (x ^ x >> np.uint64(shift)) * np.uint64(factor) & _WORD
    return np.asarray((x ^ x >> np.uint64(16)) / 2.0**32)


def bell(stream: int, count: int) -> npt.NDArray[np.floating[Any]]:
    """Numbers around 0, most of them near: the deviation is 1, none is beyond 3.5."""
    return np.asarray((shares(stream, 4 * count).reshape(count, 4).sum(axis=1) - 2) * math.sqrt(3))
