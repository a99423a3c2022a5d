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
    is_sampling = True
    LAYERS = ("deaths", "shots", "presence")

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        shape = (len(self.names), len(self.LAYERS), match.arena.height // CELL, match.arena.width // CELL)
        self.cells = np.zeros(shape, np.int64)
        self.walls = match.arena.walls.repeat(rules.TILE // CELL, axis=0).repeat(rules.TILE // CELL, axis=1).astype(np.int8)

    def fold(self, events: npt.NDArray[np.void], state: np.void) -> None:
        for layer, kind, who in ((0, rules.DEATH, "target"), (1, rules.SHOT, "actor")):
            there = events[events["kind"] == kind]
            if len(there):
                self._add(there[who], layer, there["x"], there["y"])
        if self.tick % rules.TICKS_PER_SECOND == 0:
            players = self.players(state)
            seats = np.flatnonzero(players["health"] > 0)
            self._add(seats, 2, players["x"][seats] >> 8, players["y"][seats] >> 8)

    def _add(self, seats: npt.NDArray[Any], layer: int, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> None:
        _, layers, rows, columns = self.cells.shape
        cells = ((seats.astype(np.int64) * layers + layer) * rows + y // CELL) * columns + x // CELL
        np.add.at(self.cells.reshape(-1), cells, 1)  # of one dimension, it is three times as quick

    def result(self) -> Grid:
        layers, *by_player = (dict(zip(self.LAYERS, cells, strict=True)) for cells in (self.cells.sum(0), *self.cells.copy()))
        return Grid(layers, CELL, self.walls, by_player)
