"""The moments of a match worth seeing again, as a list to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pygame

from replay.read.timecode import clock
from replay.watch.model.menu import LONG, Menu
from replay.watch.view.colours import ACCENT, DIM, FAINT, INK, PANEL, mix
from replay.watch.view.paint import Paint

from .. import rules
from ..look import ArenaLook
from ..look.palette import GOLD, WHITE
from .save import paragraph

Moment = Mapping[str, Any]  # a row of the projection `highlights`

_LINE = 34
_MARKS = {"multi_kill": "star", "revenge": "x", "comeback": "triangle", "last_second_win": "diamond"}
_NONE = ("No highlights this time.", "Three kills in a row, a revenge, a comeback or a win in the last seconds would stand here.")
_LEFT = ("No highlights.", "The match was left before anything of note happened.")


class HighlightList:
    """rows: of the projection, in the order of the match. is_lit: the keys are with this list; what is chosen is marked."""

    def __init__(self, look: ArenaLook, rows: Sequence[Moment]) -> None:
        self.look = look
        self.menu: Menu[Moment] = Menu(list(rows), LONG, wraps=False)
        self.is_lit = False
        self._first = 0  # the uppermost that is shown
        self._shown = 1

    @property
    def chosen(self) -> Moment | None:
        """None where there is nothing to choose."""
        return self.menu.item if self.menu.items else None

    def key(self, word: str) -> bool:
        """Move by a key. False if it is not for that."""
        if not self.menu.items or word not in LONG:
            return False
        if self.is_lit:
            self.menu.key(word)
        self.is_lit = True
        self._first = min(max(self._first, self.menu.chosen - self._shown + 1), self.menu.chosen)
        return True

    def numbered(self, word: str) -> Moment | None:
        """The one with this number of those that are shown, from 1."""
        if not word.isdecimal() or not 1 <= int(word) <= self._shown:
            return None
        index = self._first + int(word) - 1
        return self.menu.items[index] if index < len(self.menu.items) else None

    def point(self, at: tuple[int, int]) -> None:
        self.is_lit = self.menu.point(at) is not None

    def at(self, point: tuple[int, int]) -> Moment | None:
        return self.menu.at(point)

    def scroll(self, lines: int) -> None:
        self._first = min(max(self._first + lines, 0), max(len(self.menu.items) - self._shown, 0))

    def draw(self, surface: pygame.Surface, paint: Paint, place: pygame.Rect, is_whole: bool) -> None:
        """is_whole: the match was played to its end."""
        self.menu.places = []
        if place.height < paint.px(60):
            return
        paint.panel(surface, place, 255)
        inner, line = paint.px(12), paint.px(_LINE)
        top = place.top + paint.px(32)
        self._shown = max((place.bottom - paint.px(6) - top) // line, 1)
        self.scroll(0)
        last = min(self._first + self._shown, len(self.menu.items))
        title = "HIGHLIGHTS" if last - self._first == len(self.menu.items) else f"HIGHLIGHTS {self._first + 1} - {last}"
        if len(self.menu.items) > last - self._first:
            title += f" of {len(self.menu.items)}"
        paint.text(surface, title, (place.left + paint.px(16), place.top + paint.px(11)), 12, FAINT)
        for index in range(self._first, last):
            spot = pygame.Rect(place.left + inner, top + (index - self._first) * line, place.width - 2 * inner, line - paint.px(4))
            self.menu.places.append((spot, self.menu.items[index]))
            self._draw_line(surface, paint, spot, index)
        if not self.menu.items:
            said, why = _NONE if is_whole else _LEFT
            at = (place.left + paint.px(16), top)
            y = paint.text(surface, said, at, 16, DIM, bold=True, width=place.width - 2 * inner).bottom + paint.px(4)
            for row in paragraph(paint, why, 13, place.width - 3 * inner):
                y = paint.text(surface, row, (at[0], y), 13, FAINT).bottom + paint.px(3)

    def _draw_line(self, surface: pygame.Surface, paint: Paint, place: pygame.Rect, index: int) -> None:
        moment, lit = self.menu.items[index], self.is_lit and index == self.menu.chosen
        pygame.draw.rect(surface, mix(PANEL, ACCENT, 0.5 if lit else 0.1), place, border_radius=6)
        x, y = place.left + paint.px(10), place.centery
        paint.text(surface, str(index - self._first + 1), (x, y), 13, WHITE if lit else FAINT, "midleft")
        colour = self.look.colour(moment["seat"]) if moment["seat"] != rules.NOBODY else GOLD
        paint.shape(surface, _MARKS.get(moment["kind"], "circle"), (x + paint.px(26), y), paint.px(7), colour)
        at = clock(int(moment["tick"]), rules.TICKS_PER_SECOND).split(".")[0]
        right = paint.text(surface, at, (place.right - paint.px(10), y), 13, DIM, "midright")
        room = right.left - x - paint.px(50)
        ink = WHITE if lit else INK
        paint.text(surface, str(moment["title"]), (x + paint.px(42), y), 15, ink, "midleft", bold=True, width=room)
