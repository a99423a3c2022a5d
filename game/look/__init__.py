"""How arena looks and sounds; `ArenaLook` is what the entry point `replay.views` names.

Read `palette` (the colours), `sprites` (players, weapons, light), `ground` (the map), `effects` (what events look like for a
moment), `sound`, then `picture`, which puts them together. Pictures are made of a scene alone and change nothing in it.
"""

from .picture import ArenaLook

__all__ = ["ArenaLook"]
