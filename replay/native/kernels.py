"""Kernels: plain Python functions that can be compiled, and which sources they are made of.

    KERNELS = Kernels("mygame", __name__, Path(__file__).parent, ["rules.py", "simulation/*.py"], rules=".simulation:RULES")

    @kernel
    def tick(world, tables, inputs): ...

A kernel stays a plain Python function. Only the process that compiles sees it as something else: there `compiling` is set before
the rules are imported. numba is imported nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.util import resolve_name
from pathlib import Path

TYPE_CHECKING = False  # as type checkers know it; to import `typing` takes most of 10 ms
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

_TOOLKIT = ("kernels.py", "rules.py", "hashing.py", "stepping.py", "compiler.py")  # what decides, with the rules, about the code


def word(memory: Any, at: int) -> int:
    """The 8 bytes at `at` of an array of bytes as one number, little-endian. The compiler puts one load in its place."""
    return int.from_bytes(memory[at : at + 8].tobytes(), "little")


compiling: Callable[[Any], Any] | None = None  # by the compiler: makes a kernel of a function


class Kernels:
    """The kernels of one game.

    name: of the game; its libraries and its log are called so. module: where this is made, as `__name__`.
    package: the folder of its sources. sources: glob patterns in it of every file that can be part of a kernel.
    rules: MODULE:ATTR of the `replay.native.rules.Rules`, relative to the package of `module`. It is not imported by a process that
    finds a library.
    """

    def __init__(self, name: str, module: str, package: Path, sources: Sequence[str], *, rules: str) -> None:
        self.name = name
        self.module = module
        self.package = package
        self.sources = tuple(sources)
        self._rules = rules

    @cached_property
    def sources_hash(self) -> str:
        """Changes whenever the machine code could: with the sources of the rules and of this toolkit."""
        digest = hashlib.blake2b(digest_size=10)
        own = {path for pattern in self.sources for path in self.package.glob(pattern)}
        for path in [*(Path(__file__).with_name(name) for name in _TOOLKIT), *sorted(own)]:
            digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
        return digest.hexdigest()

    @property
    def rules_spec(self) -> str:
        """MODULE:ATTR of the rules, absolute."""
        name, _, attribute = self._rules.partition(":")
        return f"{resolve_name(name, self.module.rpartition('.')[0])}:{attribute}"


def kernel(function: Function) -> Function:
    """Mark `function` as a kernel. No fast maths, no threads: the same bytes on every machine. Kernels pass each other every whole
    number as a signed one of 64 bits, but for unsigned ones of 64, which stay what they are."""
    made: Function = function if compiling is None else compiling(function)
    return made
