"""Saved states in memory, so that going anywhere costs at most one spacing of ticks."""

from __future__ import annotations

from bisect import bisect_right


class Checkpoints:
    """States by tick under a byte budget. When the budget is full, the spacing doubles and every other state is dropped,
    so that a recording of any length keeps even coverage.

    spacing_ticks: a state is wanted at every multiple of this.
    """

    def __init__(self, spacing_ticks: int, budget_bytes: int) -> None:
        self.spacing_ticks = spacing_ticks
        self._budget_bytes = budget_bytes
        self._used_bytes = 0
        self._ticks: list[int] = []
        self._states: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._ticks)

    def wants(self, tick: int) -> bool:
        return tick % self.spacing_ticks == 0 and tick not in self._states

    def add(self, tick: int, state: bytes) -> None:
        """Keep `state`, unless `wants(tick)` is false."""
        if not self.wants(tick):
            return
        self._ticks.insert(bisect_right(self._ticks, tick), tick)
        self._states[tick] = state
        self._used_bytes += len(state)
        # The state at tick 0 always stays: without it there would be nowhere to start from.
        while self._used_bytes > self._budget_bytes and len(self._ticks) > 1:
            self.spacing_ticks *= 2
            for dropped in [kept for kept in self._ticks if kept % self.spacing_ticks]:
                self._used_bytes -= len(self._states.pop(dropped))
            self._ticks = sorted(self._states)

    def nearest(self, tick: int) -> tuple[int, bytes]:
        """The nearest kept state at or before `tick`, and its tick. Raises IndexError if there is none."""
        found = self._ticks[bisect_right(self._ticks, tick) - 1]
        if found > tick:
            raise IndexError(f"no state at or before tick {tick}")
        return found, self._states[found]
