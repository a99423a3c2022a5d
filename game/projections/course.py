"""How score, gold and health went, second by second."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from replay.read.readmodel import Series

from .. import rules
from .base import ArenaFold, Names


class Course(ArenaFold):
    """The lines score, gold and health: once a second, and where it begins."""

    name = "timeline"
    is_sampling = True
    LINES = ("score", "gold", "health")

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        self.ticks: list[int] = []
        self.samples: list[npt.NDArray[np.int32]] = []  # shape (lines, players) each
        self._sample(match.state[0])

    def fold(self, events: npt.NDArray[np.void], state: np.void) -> None:
        if self.tick % rules.TICKS_PER_SECOND == 0:
            self._sample(state)

    def _sample(self, state: np.void) -> None:
        players = self.players(state)
        self.ticks.append(self.tick)
        self.samples.append(np.array([players[name] for name in self.LINES], np.int32))

    def save(self) -> bytes:
        samples, self.samples = self.samples, [np.array(self.samples)]  # one array is saved much faster than thousands
        saved = super().save()
        self.samples = samples
        return saved

    def load(self, saved: bytes) -> None:
        super().load(saved)
        self.samples = list(self.samples[0])

    def result(self) -> Series:
        lines = np.array(self.samples).transpose(1, 2, 0)  # to (lines, players, samples)
        return Series(list(self.names), list(self.ticks), dict(zip(self.LINES, lines.tolist(), strict=True)))
