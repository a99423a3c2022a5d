"""What the modules of the page take from the rules and the look as plain data, so that neither drifts."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import rules
from ..arena import arena_names, load_arena
from ..config import RANGES
from ..look import chance, measures, palette
from ..story import DEEDS, KEYS, NEWS, TEAM_NAMES, ArenaStory


def constants() -> dict[str, Any]:
    """Plain data for the modules."""
    arenas = [load_arena(name) for name in arena_names()]
    colours = {name: value for name, value in _numbers(palette).items() if isinstance(value, tuple)}
    return {
        "players": rules.PLAYERS,
        "columns": rules.COLUMNS,
        "rows": rules.ROWS,
        "tile": rules.TILE,
        "subpixels": rules.SUBPIXELS,
        "ranges": RANGES,
        "maps": {arena.name: {"hash": arena.hash, "lines": arena.lines} for arena in arenas},
        "items": rules.ITEMS,
        "kinds": {kind: number for number, kind in enumerate(rules.EVENT_KINDS)},
        "reload": rules.RELOAD.tolist(),
        "full": rules.FULL,
        "endless": rules.ENDLESS,
        "crown_lead": rules.CROWN_LEAD,
        "buttons": {name: getattr(rules, name) for name in "LEFT RIGHT UP DOWN FIRE DASH RELOAD_KEY USE ORDER".split()},
        "colours": colours,
        "marks": {kind: mark._asdict() for kind, mark in palette.MARKS.items()},
        "role_colours": palette.ROLE_COLOURS,
        "measures": _measures(),
        "streams": _numbers(chance),
        "story": _story(),
        "nobody": rules.NOBODY,
        "item_colours": [palette.ITEM_COLOURS[item] for item in range(len(rules.ITEMS))],
    }


def _numbers(module: ModuleType) -> dict[str, Any]:
    """The constants of a module by their names in small letters."""
    return {name.lower(): value for name, value in vars(module).items() if name.isupper() and not name.startswith("_")}


def _measures() -> dict[str, Any]:
    """Numbers of the picture. What is kept by the number of a kind or of an item is kept by its name."""
    names = {"lasts": rules.EVENT_KINDS, "shakes": rules.EVENT_KINDS, "barrels": rules.ITEMS}
    plain = _numbers(measures)
    return plain | {name: {words[key]: value for key, value in plain[name].items()} for name, words in names.items()}


def _story() -> dict[str, Any]:
    """The words of sentences and tables."""
    return {
        "deeds": {rules.EVENT_KINDS[kind]: deed for kind, deed in DEEDS.items()},
        "keys": KEYS,
        "news": [rules.EVENT_KINDS[kind] for kind in NEWS],
        "teams": TEAM_NAMES,
        "marks": ArenaStory.marks,
        "columns": ArenaStory.columns,
        "memory_seconds": ArenaStory.memory_seconds,
    }
