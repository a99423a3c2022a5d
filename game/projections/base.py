"""What projections of arena have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from replay.core.projection import Fold
from replay.core.readmodel import Table

from .. import rules

Names = Sequence[str]


class ArenaFold(Fold):
    """A fold over a match of arena: the players' names, and the tick that it has come to."""

    name = ""
    version = 1

    def __init__(self, match: Any, names: Names) -> None:
        self.names = list(names)
        self.tick = int(match.state["tick"][0])

    def observe(self, events: np.ndarray, match: Any) -> None:
        self.tick = int(match.state["tick"][0])
        self.fold(events, match.state[0])

    def fold(self, events: np.ndarray, state: np.void) -> None:
        raise NotImplementedError

    def count(self, seats: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """How often each seat occurs (or the sum of its weights); shape (players,)."""
        return np.bincount(seats, weights, len(self.names)).astype(np.int64)

    def players(self, state: np.void) -> np.ndarray:
        return state["players"][: len(self.names)]


class PlayerFold(ArenaFold):
    """A fold into a row for each player: `totals` by TOTALS, and `gold`, what everyone has."""

    TOTALS: tuple[str, ...] = ()

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        self.gold = self.players(match.state[0])["gold"].astype(np.int64)
        self.totals = {name: np.zeros(len(self.names), np.int64) for name in self.TOTALS}

    def fold_gold(self, events: np.ndarray, state: np.void) -> dict[str, np.ndarray]:
        """Gold spent, lost by dying, and earned since the last call: whatever is there and was not there must be earned."""
        kinds = events["kind"]
        bought, dropped = events[kinds == rules.PURCHASE], events[kinds == rules.DROP]
        spent, lost = self.count(bought["actor"], bought["amount"]), self.count(dropped["target"], dropped["amount"])
        before, self.gold = self.gold, self.players(state)["gold"].astype(np.int64)
        return {"spent": spent, "lost": lost, "earned": self.gold - before + spent + lost}

    def totals_of(self, seat: int) -> dict[str, int]:
        return {name: int(values[seat]) for name, values in self.totals.items()}

    def result(self) -> Table:
        return Table([self.row(seat) for seat in range(len(self.names))], player="name")

    def row(self, seat: int) -> dict[str, Any]:
        raise NotImplementedError
