"""What an installed game adds to the viewer, by entry point: `replay.views` (its look), `replay.takeovers` (its way to play on)."""

from __future__ import annotations

from typing import Any

from replay.core.entrypoints import entry_point
from replay.core.errors import ReplayError


def has_plugin(group: str, game: str) -> bool:
    """Whether the game has an entry point in that group; nothing is loaded."""
    return entry_point(group, game) is not None


def load_plugin(group: str, game: str) -> Any | None:
    """What the entry point of a game in a group names; None if there is none. Raises ReplayError if it does not load."""
    if (point := entry_point(group, game)) is None:
        return None
    try:
        return point.load()
    except Exception as error:
        raise ReplayError(f"{group} of {game!r} does not load: {error}", f"its entry point is {point.value}") from error
