"""When each field of a state changed last: noted as the match goes on, else found by going back, a few ticks at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

MOST_TICKS = 1200  # so far back one looks

Differing = Callable[[int, int], Iterable[str]]  # paths of the fields in which the states of two ticks differ
Compute = Callable[[int, float], bool]  # what is needed for a tick, until a moment; whether all of it is there


class Changes:
    """At one tick at a time; `follow` says which. start: the first tick. version: counts what was found out."""

    def __init__(self, differing: Differing, compute: Compute, start: int) -> None:
        self._differing, self._compute, self._start = differing, compute, start
        self._at: dict[str, int] = {}
        self.tick = self._since = start
        self.version = 0

    def of(self, path: str) -> int | None:
        """The last tick, this one at most, whose state has another value than the one before; None if none is known."""
        return self._at.get(path)

    @property
    def known(self) -> Mapping[str, int]:
        """By path, as `of` says it."""
        return self._at

    @property
    def ticks_searched(self) -> int:
        """How far back from this tick every change is known."""
        return self.tick - self._since

    @property
    def is_all(self) -> bool:
        """Whether all is known that can be: what has no change then has had none since the start."""
        return self._since <= self._start

    @property
    def is_done(self) -> bool:
        return self._since <= max(self._start, self.tick - MOST_TICKS)

    def follow(self, tick: int, ticks_per_second: int) -> None:
        """Go to a tick. On the way forward, up to a second, what changes is noted; what is known and holds there stays."""
        if tick == self.tick:
            return
        self.version += 1
        if self.tick < tick <= self.tick + ticks_per_second:
            for at in range(self.tick + 1, tick + 1):
                self._at.update(dict.fromkeys(self._differing(at - 1, at), at))
        elif self._since <= tick < self.tick:
            before = len(self._at)
            self._at = {path: at for path, at in self._at.items() if at <= tick}
            if len(self._at) < before:  # these have changed earlier as well, perhaps
                self._since = tick
        else:
            self._at, self._since = {}, tick
        self.tick = tick

    def search(self, seconds: float) -> None:
        """Look further back, for so much time, or as long as one step takes."""
        until = time.perf_counter() + seconds
        while not self.is_done and self._compute(self._since - 1, until):
            for path in self._differing(self._since - 1, self._since):
                self._at.setdefault(path, self._since)
            self._since -= 1
            self.version += 1
            if time.perf_counter() >= until:
                return
