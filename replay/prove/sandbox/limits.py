"""Limits of a process: memory, time, files, processes. What it has taken already it keeps; it can never take more again."""

from __future__ import annotations

import os
from contextlib import suppress

try:
    import resource
except ImportError:  # Windows: the budgets and the clock of the parent alone have to do
    resource = None  # type: ignore[assignment]

LOADING_BYTES = 2**34  # of addresses: an engine for WebAssembly sets aside much more than it uses
_STATM = "/proc/self/statm"


class Limits:
    """Of this process. Made while files can still be opened."""

    def __init__(self) -> None:
        self._statm = -1
        with suppress(OSError):
            self._statm = os.open(_STATM, os.O_RDONLY | os.O_CLOEXEC)

    def memory(self, more: int, *, can_be_raised: bool = False) -> None:
        """At most `more` bytes beyond what is held now."""
        if resource is not None and self._statm >= 0:
            held = int(os.pread(self._statm, 100, 0).split()[0]) * resource.getpagesize()
            _lower("RLIMIT_AS", held + more, LOADING_BYTES if can_be_raised else None)

    def loading_memory(self) -> None:
        """What it takes to load rules, whatever they are."""
        _lower("RLIMIT_AS", LOADING_BYTES)

    def time(self, more: float) -> None:
        """At most so many more seconds of a processor."""
        seconds = int(sum(os.times()[:2]) + more) + 2
        _lower("RLIMIT_CPU", seconds, seconds + 2)  # at the first of them it is told so, at the second it is killed

    def traces(self) -> None:
        """Nothing of the process is left behind where it crashes."""
        _lower("RLIMIT_CORE", 0)

    def outside(self) -> None:
        """No new process, no byte written to any file, few files."""
        for name, limit in (("RLIMIT_NPROC", 0), ("RLIMIT_FSIZE", 0), ("RLIMIT_NOFILE", 64)):
            _lower(name, limit)


def _lower(name: str, limit: int, most: int | None = None) -> None:
    """`limit` counts now, and can be raised to `most`, by default not at all."""
    which = getattr(resource, name, None)
    if resource is None or which is None:
        return
    _, hard = resource.getrlimit(which)
    highest = limit if most is None else max(most, limit)
    highest = highest if hard == resource.RLIM_INFINITY else min(highest, hard)
    with suppress(ValueError, OSError):  # more is held already, or the system does not know this one
        resource.setrlimit(which, (min(limit, highest), highest))
