"""Arena's kernels: which of its sources become machine code."""

from __future__ import annotations

from pathlib import Path

from replay.native.compiled import Kernels, records

__all__ = ["KERNELS", "kernel", "records"]

KERNELS = Kernels(
    "arena", Path(__file__).parent, ["kernels.py", "fixed.py", "rng.py", "rules/*.py", "arena.py", "simulation/*.py", "bots.py"]
)
kernel = KERNELS.kernel
