"""Random numbers that belong to a match: two whole numbers are their state, and every draw is counted."""

from __future__ import annotations

import random
from typing import Any

_MASK = 2**64 - 1
_STEP = 0x9E3779B97F4A7C15


class SeededRandom(random.Random):
    """SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014) with the methods of `random.Random`.

    key: 0..2**64-1, what the seed became. draws: how many 64-bit numbers were drawn so far. The same two give the same numbers on
    every machine; so do all methods that give whole numbers or choose. Those that give a distribution (`gauss`, `expovariate` ...)
    use the machine's `log` and `cos`, whose last bit may differ from platform to platform.
    """

    def __new__(cls, seed: int = 0) -> SeededRandom:
        return super().__new__(cls, seed)  # type: ignore[call-arg]  # without a seed the base class asks the system for one

    def __init__(self, seed: int = 0) -> None:
        self.key = _mixed(seed & _MASK)
        self.draws = 0

    def getrandbits(self, k: int, /) -> int:
        if k < 0:
            raise ValueError("number of bits must be non-negative")
        value = filled = 0
        while filled < k:
            self.draws += 1
            value |= _mixed(self.key + self.draws * _STEP) << filled
            filled += 64
        return value >> (filled - k)

    def random(self) -> float:
        """0 <= number < 1, a multiple of 2**-53."""
        return self.getrandbits(53) * 2.0**-53

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        return self.normalvariate(mu, sigma)  # the base class keeps every other number for later, outside of this state

    def getstate(self) -> tuple[int, int]:
        return self.key, self.draws

    def setstate(self, state: tuple[int, int]) -> None:  # type: ignore[override]
        self.key, self.draws = state

    def seed(self, *args: Any, **kwargs: Any) -> None:
        """Raises TypeError: the seed is the match's."""
        raise TypeError("a match has one seed, given where it begins")


def _mixed(value: int) -> int:
    value &= _MASK
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & _MASK
    return value ^ value >> 31
