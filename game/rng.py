"""sfc32, a small fast random generator (Chris Doty-Humphrey, PractRand), its state a record of the caller.

The four words are kept in 64 bits, always below 2**32: neither numpy nor numba then wraps or turns them into floats.
"""

from __future__ import annotations

from .digests import blake2b
from .kernels import kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WORD = 0xFFFFFFFF


def seeded(seed: int, purpose: str) -> tuple[int, int, int, int]:
    """The first state (a, b, c, counter) for a seed of 0..2**64-1. Each purpose has a stream of its own."""
    digest = blake2b(seed.to_bytes(8, "little"), digest_size=12, person=purpose.encode()).digest()
    a, b, c = (int.from_bytes(digest[at : at + 4], "little") for at in (0, 4, 8))
    return a, b, c, 1


@kernel
def below(rng: Any, limit: int) -> int:
    """The next number of the stream, 0..limit-1, for a limit below 2**31."""
    a, b, c, counter = int(rng.a), int(rng.b), int(rng.c), int(rng.counter)
    drawn = (a + b + counter) & WORD
    rng.a = b ^ (b >> 9)
    rng.b = (c + (c << 3)) & WORD
    rng.c = (((c << 21) | (c >> 11)) + drawn) & WORD
    rng.counter = (counter + 1) & WORD
    return (drawn * limit) >> 32
