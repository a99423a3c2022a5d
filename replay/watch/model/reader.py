"""The numbers of some fields out of saved states, for a chart; in whatever thread the match is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from replay.core.cache import Bounded
from replay.core.game import state_record
from replay.watch.model.fields import Fields, Seats, fields_of


class Reader:
    """Called with the match and what was kept of it. fields: of a state in which there are all these paths."""

    def __init__(self, fields: Fields, paths: tuple[str, ...], seats: Seats, dtype: np.dtype[Any] | None) -> None:
        self._paths, self._seats, self._dtype = paths, seats, dtype
        self._fields = fields if dtype is not None else None
        self._numbers = {cell.path: number for number, cell in enumerate(fields.cells)}
        self._layouts: Bounded[Any, Fields] = Bounded(2)

    def __call__(self, match: Any, state: Any) -> list[float]:
        if self._dtype is None and isinstance(state, bytes):
            state = state_record(match, state)
        if state is None or (self._dtype is not None and len(state) != self._dtype.itemsize):
            return []
        fields = self._fields or self._of(state)
        values = [fields.value(state, self._numbers[path]) if path in self._numbers else None for path in self._paths]
        if len(values) == 1 and isinstance(values[0], list):
            return [number_of(value) for value in values[0]]
        return [number_of(value) for value in values]

    def _of(self, state: Mapping[str, Any]) -> Fields:
        fields = self._layouts.get(tuple(state), lambda: fields_of(state, None, self._seats))
        self._numbers = {cell.path: number for number, cell in enumerate(fields.cells)}
        return fields


def number_of(value: Any) -> float:
    """What a chart draws of a value; NaN for what is no number, or none that it could draw."""
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return math.nan
