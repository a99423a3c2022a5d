"""Chance as the program finds it: all of it comes from the seed of the recording, also where a program asks for none."""

from __future__ import annotations

import hashlib
import os
import random
from typing import Any

from replay.games.pygame.inside.stage import Stage


class Entropy:
    """What the operating system gives out as random bytes: here a stream that follows from the seed."""

    def __init__(self, seed: int) -> None:
        self._key = b"replay" + seed.to_bytes(8, "little")
        self.drawn = 0

    def take(self, size: int) -> bytes:
        stream = bytearray()
        while len(stream) < size:
            stream += hashlib.sha256(self._key + self.drawn.to_bytes(8, "little")).digest()
            self.drawn += 1
        return bytes(stream[:size])


def install(stage: Stage, seed: int) -> None:
    """Replace what the operating system gives, and every generator that is seeded with nothing. numpy seeds its own from it."""
    entropy = Entropy(seed)
    os.urandom = entropy.take
    if hasattr(os, "getrandom"):
        os.getrandom = lambda size, flags=0: entropy.take(size)
    module: Any = random
    module._urandom = entropy.take  # SystemRandom, secrets and numpy draw by it
    original = random.Random

    class Random(original):  # type: ignore[misc, valid-type]
        def seed(self, a: Any = None, version: int = 2) -> None:
            super().seed(int.from_bytes(entropy.take(32), "little") if a is None else a, version)

    def seed_all(a: Any = None, version: int = 2) -> None:
        shared.seed(int.from_bytes(entropy.take(32), "little") if a is None else a, version)

    Random.__module__, Random.__qualname__ = "random", "Random"  # by which it is pickled
    shared = module._inst
    shared.seed(seed)
    module.Random, module.seed = Random, seed_all
    stage.proofs.append(lambda: entropy.drawn.to_bytes(8, "little"))
