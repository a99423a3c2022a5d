"""States in the memory of this process, so that going anywhere costs at most one spacing of ticks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Checkpoints(Generic[V]):
    """Values by tick under a byte budget. When the budget is full, the spacing doubles and every other one is dropped, so that a
    recording of any length keeps even coverage.

    spacing_ticks: a value is wanted at every multiple of this, counted from `start_tick`. release: told of each that is dropped.
    """

    def __init__(
        self, spacing_ticks: int, budget_bytes: int, start_tick: int = 0, release: Callable[[V], object] = lambda value: None
    ) -> None:
        self.spacing_ticks = spacing_ticks
        self._budget_bytes = budget_bytes
        self._start_tick = start_tick
        self._release = release
        self._used_bytes = 0
        self._ticks: list[int] = []
        self._values: dict[int, tuple[V, int]] = {}

    def __len__(self) -> int:
        return len(self._ticks)

    def wants(self, tick: int) -> bool:
        return (tick - self._start_tick) % self.spacing_ticks == 0 and tick not in self._values

    def next_wanted(self, tick: int, stop: int) -> int:
        """The next tick after `tick` at which a value is wanted; `stop` if there is none before."""
        tick += self.spacing_ticks - (tick - self._start_tick) % self.spacing_ticks
        while tick < stop and tick in self._values:
            tick += self.spacing_ticks
        return min(tick, stop)

    def add(self, tick: int, value: V, cost: int) -> None:
        """Keep `value`, of so many bytes, unless `wants(tick)` is false."""
        if not self.wants(tick):
            self._release(value)
            return
        self._ticks.insert(bisect_right(self._ticks, tick), tick)
        self._values[tick] = (value, cost)
        self._used_bytes += cost
        # The value at the start always stays: without it there would be nowhere to start from.
        while self._used_bytes > self._budget_bytes and len(self._ticks) > 1:
            self.spacing_ticks *= 2
            for dropped in [tick for tick in self._ticks if (tick - self._start_tick) % self.spacing_ticks]:
                self._drop(dropped)
            self._ticks = sorted(self._values)

    def reaches(self, tick: int) -> bool:
        """Whether there is a value at or before `tick`."""
        return bool(self._ticks) and self._ticks[0] <= tick

    def nearest(self, tick: int) -> tuple[int, V]:
        """The nearest value at or before `tick`, and its tick. Raises IndexError if there is none."""
        nearest = self._ticks[bisect_right(self._ticks, tick) - 1] if self._ticks else tick + 1
        if nearest > tick:
            raise IndexError(f"no state at or before tick {tick}")
        return nearest, self._values[nearest][0]

    def clear(self) -> None:
        for tick in self._ticks:
            self._drop(tick)
        self._ticks = []

    def _drop(self, tick: int) -> None:
        value, cost = self._values.pop(tick)
        self._used_bytes -= cost
        self._release(value)
