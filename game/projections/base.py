"""What projections of arena have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from replay.read.projection import Fold

Names = Sequence[str]


class ArenaFold(Fold):
    """A fold over a match of arena: the players' names, and the tick that it has come to."""

    name = ""
    version = 1
    is_sampling = False

    def __init__(self, match: Any, names: Names) -> None:
        self.names = list(names)
        self.tick = int(match.state["tick"][0])

    def observe(self, events: npt.NDArray[np.void], match: Any) -> None:
        self.tick = int(match.state["tick"][0])
        self.fold(events, match.state[0])

    def fold(self, events: npt.NDArray[np.void], state: np.void) -> None:
        raise NotImplementedError

    def count(self, seats: npt.NDArray[Any], weights: npt.NDArray[Any] | None = None) -> npt.NDArray[np.int64]:
        """How often each seat occurs (or the sum of its weights); shape (players,)."""
        return np.bincount(seats, weights, len(self.names)).astype(np.int64)

    def players(self, state: np.void) -> npt.NDArray[np.void]:
        rows: npt.NDArray[np.void] = state["players"][: len(self.names)]
        return rows
