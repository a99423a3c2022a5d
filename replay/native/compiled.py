"""Kernels: plain Python functions compiled to machine code, cached on disk under a name that changes with the rules.

    KERNELS = Kernels("mygame", Path(__file__).parent, ["rules.py", "simulation/*.py"])

    @KERNELS.kernel
    def step(state, inputs): ...

numba's cache looks only at the file of the compiled function: a constant changed in another file would silently run the old
rules. So the cache folder is named by a hash of every source file that can be part of a kernel.

With NUMBA_DISABLE_JIT=1 a kernel stays the plain function, and `records` gives its records the same attribute access.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])

_temporary: list[tempfile.TemporaryDirectory[str]] = []  # lives as long as the process, removed with it


class Kernels:
    """The kernels of one game.

    name: of the game; its log and its cache folder are called so.
    package: the folder of its sources. sources: glob patterns in it of every file that can be part of a kernel.
    """

    def __init__(self, name: str, package: Path, sources: Sequence[str]) -> None:
        self.name = name
        self.package = package
        self.sources = tuple(sources)
        self._has_announced = False

    def sources_hash(self) -> str:
        """Changes whenever the machine code could: with the sources of the kernels and with the compiler's bounds checks."""
        digest = hashlib.sha256(f"boundscheck={numba.config.BOUNDSCHECK}".encode())
        own = {path for pattern in self.sources for path in self.package.glob(pattern)}
        for path in [Path(__file__), *sorted(own)]:
            digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
        return digest.hexdigest()[:16]

    def cache_folder(self) -> Path:
        """The first folder that can be written: NUMBA_CACHE_DIR if set, beside the sources, the user's cache, one that dies with
        us."""
        name = f"{self.name}-{self.sources_hash()}"
        chosen = numba.config.CACHE_DIR
        for parent in [Path(chosen)] if chosen else [self.package / "__pycache__", _user_cache() / "deterministic-replay"]:
            try:
                (parent / name).mkdir(parents=True, exist_ok=True)
                tempfile.TemporaryFile(dir=parent / name).close()
            except OSError:
                continue
            return parent / name
        # Not a fixed name in a shared folder: numba unpickles what it finds there.
        _temporary.append(tempfile.TemporaryDirectory(prefix=f"{name}-"))
        return Path(_temporary[-1].name)

    @cached_property
    def _folder(self) -> str:
        return "" if numba.config.DISABLE_JIT else str(self.cache_folder())

    def announce_compiling(self) -> None:
        """Say so, once, if the first calls are going to take a while."""
        if self._folder and not self._has_announced and not any(Path(self._folder).rglob("*.nbi")):
            logging.getLogger(self.name).info("compiling the rules for this machine, once; this takes about 15 seconds")
        self._has_announced = True

    def kernel(self, function: Function) -> Function:
        """Compile `function` at its first call. No fast maths, no threads: the same bytes on every machine."""
        if numba.config.DISABLE_JIT:
            return function
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = self._folder  # read at decoration, so nobody else's functions land in our folder
        try:
            compiled: Function = _widening(numba.njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)(function))
            return compiled
        finally:
            numba.config.CACHE_DIR = before


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local")).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()


def _widening(compiled: Any) -> Any:
    """Let kernels pass each other every whole number as int64.

    Otherwise numba compiles a kernel anew for each width and each literal it is called with: most of the first start.
    """
    template_of = compiled.get_call_template

    def get_call_template(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        args = tuple(numba.int64 if isinstance(numba.types.unliteral(arg), numba.types.Integer) else arg for arg in args)
        return template_of(args, kws)

    compiled.get_call_template = get_call_template
    return compiled


def records(array: np.ndarray) -> np.ndarray:
    """`array` (structured), so that kernels can write `array[0].field` compiled and interpreted alike. Shares the memory.

    A field named like a method of numpy's scalars (`item`) is read as `record["item"]`, or the interpreter finds the method.
    """
    return array.view(np.recarray) if numba.config.DISABLE_JIT else array
