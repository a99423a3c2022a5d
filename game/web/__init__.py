"""Arena in a web page: which modules draw and tell it there, and the numbers that they take from the rules (`constants`).

Read `match` (state 0 from the seed), `story` (the words), then `look` (the picture): `ground`, `figures` and `effects` over
`sprites`, painted with a `brush`, and what looks random (`chance`): as the modules of `game/look` have it.
"""

from __future__ import annotations

from pathlib import Path

from ..kernels import KERNELS
from .constants import constants

_FOLDER = Path(__file__).parent


class ArenaPage:
    """What a page of arena is made of; the entry point in `replay.web` names it."""

    kernels = KERNELS
    modules = tuple(_FOLDER / f"{name}.js" for name in "match chance brush story ground sprites effects figures look".split())
    constants = staticmethod(constants)
