"""Arena's kernels: which of its sources become machine code."""

from __future__ import annotations

from pathlib import Path

from replay.native.kernels import Kernels, kernel

__all__ = ["KERNELS", "kernel"]

KERNELS = Kernels(
    "arena",
    __name__,
    Path(__file__).parent,
    [
        "kernels.py",
        "numbers.py",
        "fixed.py",
        "digests.py",
        "rng.py",
        "rules/*.py",
        "ways.py",
        "claims.py",
        "simulation/*.py",
        "temperaments.py",
        "purchases.py",
        "bots.py",
        "observation.py",
        "many.py",
        "entries.py",
    ],
    rules=".entries:RULES",
)
