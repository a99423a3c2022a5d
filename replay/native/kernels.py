"""Kernels: plain Python functions that can be compiled, and which sources they are made of.

    KERNELS = Kernels("mygame", __name__, Path(__file__).parent, ["rules.py", "simulation/*.py"], rules=".simulation:RULES")

    @kernel
    def tick(world, tables, inputs): ...

A kernel stays a plain Python function. Only the process that compiles sees it as something else: there `compiling` is set before
the rules are imported. numba is imported nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.util import resolve_name
from pathlib import Path

from xxhash import xxh3_128

TYPE_CHECKING = False  # as type checkers know it; to import `typing` takes most of 10 ms
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

_TOOLKIT = ("kernels.py", "rules.py", "hashing.py", "stepping.py", "compiler.py")  # what decides, with the rules, about the code

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)  # of XXH3


def word(memory: Any, at: int) -> int:
    """The 8 bytes at `at` of an array of bytes as one number, little-endian. The compiler puts one load in its place."""
    return int.from_bytes(memory[at : at + 8].tobytes(), "little")


def stripes(memory: Any, at: int, count: int, secret: int, acc: tuple[int, ...]) -> tuple[int, ...]:
    """XXH3's accumulation of `count` stripes of 64 bytes from `at` on, with the secret from byte `secret` on, into eight lanes. The
    compiler puts vectors in its place."""
    for stripe in range(count):
        words = [word(memory, at + 64 * stripe + 8 * lane) for lane in range(8)]
        keys = [each ^ int.from_bytes(SECRET[secret + 8 * (stripe + lane) :][:8], "little") for lane, each in enumerate(words)]
        added = [words[lane ^ 1] + (key & 0xFFFFFFFF) * (key >> 32) for lane, key in enumerate(keys)]
        acc = tuple((int(before) + more) % 2**64 for before, more in zip(acc, added, strict=True))
    return acc


def selected() -> int:
    """The number of the change of the rules that is to be made, 0 for none: only in sources that hold many changes, for
    `replay mutate`. The compiler puts a load in its place."""
    return 0


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
        digest = xxh3_128()
        for path in [*(Path(__file__).with_name(name) for name in _TOOLKIT), *self.files()]:
            digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
        return digest.hexdigest()[:20]

    def files(self) -> list[Path]:
        """The sources, sorted. Raises ValueError for a pattern that no file matches."""
        found: set[Path] = set()
        for pattern in self.sources:
            files = set(self.package.glob(pattern))
            if not files:
                raise ValueError(f"the kernels of {self.name}: no file in {self.package} matches {pattern!r}")
            found |= files
        return sorted(found)

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
