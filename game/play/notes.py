"""Short notes on the lower part of the arena: what people at a match have to know now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pygame

from replay.watch.model.scene import Colour
from replay.watch.view.colours import BAD, DIM, INK, WARN
from replay.watch.view.paint import Paint

from .. import rules
from ..look.palette import GOLD
from .commands import MATCH
from .live import LiveMatch
from .options import Options

_ABOVE_HINTS = 44
_LONGEST_NAME = 20  # letters


class Note(NamedTuple):
    """size: of the letters."""

    text: str
    colour: Colour
    size: float


def notes_of(live: LiveMatch, people: Sequence[int], options: Options) -> list[Note]:
    """One waits to appear, it is a branch, the recording stopped, the match is over."""
    state = live.state
    if state["ended"]:
        return [Note("The match is over", GOLD, 30)]
    notes = []
    if len(people) == 1:
        row = state["players"][people[0]]
        wait = int(row["respawns_at"]) - int(state["tick"])
        if row["health"] == 0 and wait > 0:
            how = f"   {options.label(MATCH, 'look_back')}: how it happened"
            notes.append(Note(f"back in {wait / rules.TICKS_PER_SECOND:.1f}{how}", INK, 18))
    if live.parent is not None and not live.parent.is_touched:
        name = live.seats[live.parent.player].name
        name = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
        notes.append(Note(f"you are {name}, as recorded; any key takes over", WARN, 17))
    elif live.parent is not None:
        notes.append(Note("the others: bots" if live.parent.matters else "the others: as recorded", DIM, 14))
    if live.recorder.error is not None:
        notes.append(Note(str(live.recorder.error), BAD, 14))
    return notes


def draw_notes(surface: pygame.Surface, paint: Paint, notes: Sequence[Note], arena: pygame.Rect) -> None:
    """The last one lowest."""
    bottom = arena.bottom - paint.px(_ABOVE_HINTS)
    for text, colour, size in reversed(notes):
        place = paint.note(surface, text, (arena.centerx, bottom), size, colour, "midbottom", (26, 10), 190, bold=True)
        bottom = place.top - paint.px(14)
