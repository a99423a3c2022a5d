"""Where on the map it happened."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from replay.read.readmodel import Grid

from .. import rules
from .base import ArenaFold, Names

CELL = rules.TILE // 2  # pixels: the side of a cell of the heat map


class HeatMap(ArenaFold):
    """Where on the map people died and fired, and where the living stood, once a second: the layers deaths, shots, presence."""

    name = "heat_map"
    LAYERS = ("deaths", "shots", "presence")

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        shape = (len(self.LAYERS), match.arena.height // CELL, match.arena.width // CELL)
        self.cells = np.zeros(shape, np.int64)
        self.walls = match.arena.walls.repeat(rules.TILE // CELL, axis=0).repeat(rules.TILE // CELL, axis=1).astype(np.int8)

    def fold(self, events: npt.NDArray[np.void], state: np.void) -> None:
        for layer, kind in ((0, rules.DEATH), (1, rules.SHOT)):
            there = events[events["kind"] == kind]
            self._add(layer, there["x"], there["y"])
        if self.tick % rules.TICKS_PER_SECOND == 0:
            living = self.players(state)
            living = living[living["health"] > 0]
            self._add(2, living["x"] >> 8, living["y"] >> 8)

    def _add(self, layer: int, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> None:
        np.add.at(self.cells[layer], (y // CELL, x // CELL), 1)

    def result(self) -> Grid:
        return Grid(dict(zip(self.LAYERS, self.cells.tolist(), strict=True)), CELL, self.walls.tolist())
