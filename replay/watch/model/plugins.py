"""What an installed game adds to the viewer, by entry point: `replay.views` (its look), `replay.takeovers` (its way to play on)."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from replay.core.errors import ReplayError


def load_plugin(group: str, game: str) -> Any | None:
    """What the entry point of a game in a group names; None if there is none. Raises ReplayError if it does not load."""
    for point in entry_points(group=group, name=game):
        try:
            return point.load()
        except Exception as error:
            raise ReplayError(f"{group} of {game!r} does not load: {error}", f"its entry point is {point.value}") from error
    return None
