"""What every projection of arena has: the players' names, and the tick that it has come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from replay.core.projection import Fold

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


def gold_flow(
    fold: ArenaFold, events: np.ndarray, state: np.void, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gold spent, lost by dying, had now, and earned since it was `before`: whatever is there and was not there must be earned."""
    kinds = events["kind"]
    bought, dropped = events[kinds == rules.PURCHASE], events[kinds == rules.DROP]
    spent = fold.count(bought["actor"], bought["amount"])
    lost = fold.count(dropped["target"], dropped["amount"])
    now = fold.players(state)["gold"].astype(np.int64)
    return spent, lost, now, now - before + spent + lost
