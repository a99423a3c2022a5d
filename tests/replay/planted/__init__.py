"""Small games with one planted bug each, and which check of `replay check` has to name it. All in tables, a module for each kind:

contract      what a call gives or refuses
abilities     trace(), prove(), checkpoints and inputs that are not what they should be
dependence    on what is outside of the match: seed, chance, clock, folder, environment, other matches
rare          only on a path that ordinary inputs never take
surroundings  on what only another machine, another user or a long session has

The twelve of `bugs.py` are the kinds that break replays in the field.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from toys import Counter


class Bug(NamedTuple):
    """game: whose rules have it. check: what names it (`lint:RULE`, if reading alone does), with the words `where` in the message.
    because: words of the cause, where a run with nothing else different shows it. options: of `check_game`."""

    game: Any
    check: str
    where: str
    because: str = ""
    options: dict[str, Any] = {}  # noqa: RUF012  # nobody changes it


def game_of(match_class: type, base: type = Counter, **attributes: Any) -> Any:
    """A game of such matches, whose class another process can import from the module of the match."""
    name = f"{match_class.__name__}Game"
    kind = type(
        name,
        (base,),
        {"name": match_class.__name__.lower(), "match": match_class, "__module__": match_class.__module__} | attributes,
    )
    setattr(sys.modules[match_class.__module__], name, kind)
    return kind()
