"""How arena looks and sounds; `ArenaLook` is what the entry point `replay.views` names.

Read `palette` (the colours), `measures` (times and sizes), `chance` (what looks random), `sprites` (players, weapons, light),
`ground` (the map), `effects` (what events look like for a moment), `sound`, then `picture`, which puts them together. Pictures are
made of a scene alone and change nothing in it. Colours and measures are there without pygame: `game.web` reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .picture import ArenaLook

__all__ = ["ArenaLook"]


def __getattr__(name: str) -> Any:
    if name != "ArenaLook":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .picture import ArenaLook

    return ArenaLook
