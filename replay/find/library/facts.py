"""Facts as they come out of a database, which can hold anything: somebody else may have written it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replay.core.format import MAX_CREATED_MS

_TEXTS = ("path", "verdict", "message", "identity", "game", "outcome", "name")
_LEAST = {"rules": 0, "created_ms": 0, "ticks": 0, "tick": 0, "last_tick": 0, "ticks_per_second": 1, "seconds": 0}


def expect(facts: Mapping[str, Any]) -> None:
    """Raises ValueError for what is no fact of a match. None stands for what is not known."""
    for name, value in facts.items():
        is_text = name not in _TEXTS or isinstance(value, str)
        kinds = int | float if name == "seconds" else int
        is_number = name not in _LEAST or (isinstance(value, kinds) and _LEAST[name] <= value <= MAX_CREATED_MS)
        is_settings = name != "config" or isinstance(value, dict)
        if value is not None and not (is_text and is_number and is_settings):
            raise ValueError(f"{name} is {value!r:.60}")
