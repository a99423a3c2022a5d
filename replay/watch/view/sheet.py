"""A surface of cells that stays from picture to picture: only cells whose words or colours change are drawn again."""

from __future__ import annotations

from typing import Any

import pygame

from replay.watch.model.places import Thing
from replay.watch.model.scene import Colour
from replay.watch.view.colours import GROUND, PANEL, WARN, mix
from replay.watch.view.paint import Paint

LINE = 20  # layout pixels: how high a row is
STRIPE, LIT = mix(PANEL, GROUND, 0.55), mix(PANEL, WARN, 0.17)  # grounds: of every other row, of what has changed
_DIGITS = frozenset("0123456789-+.e ")
_SIZE = 13  # of letters
_EDGE = 3  # layout pixels between the words and the edge of their cell


Things = list[tuple[pygame.Rect, Thing]]  # what lies where


class Cells:
    """Begin with what a picture depends on, then write cells; what one says already costs nothing."""

    def __init__(self) -> None:
        self.surface = pygame.Surface((1, 1))
        self._key: Any = None
        self._written: dict[Any, tuple[str, Colour, Colour]] = {}
        self._digits: dict[Colour, dict[str, pygame.Surface]] = {}

    def begin(self, key: Any, size: tuple[int, int], ground: Colour) -> bool:
        """Whether all is to be written anew, on this ground."""
        if key == self._key:
            return False
        if self.surface.get_size() != size:
            self.surface = pygame.Surface(size).convert() if pygame.display.get_surface() is not None else pygame.Surface(size)
        self.surface.fill(ground)
        self._key, self._written, self._digits = key, {}, {}
        return True

    def write(
        self,
        paint: Paint,
        slot: Any,
        rect: pygame.Rect,
        text: str,
        colour: Colour,
        ground: Colour,
        behind: Colour | None = None,
        *,
        right: bool = False,
    ) -> bool:
        """A cell: words of one colour on a ground of another. behind: what is right behind them. right: they end at its right edge,
        and what is behind them fills the cell. Whether it said something else before."""
        behind = ground if behind is None else behind
        said = (text, colour, behind)
        if self._written.get(slot) == said:
            return False
        self._written[slot] = said
        edge = paint.px(_EDGE)
        labels = self._labels(paint, text, colour)
        width = sum([label.get_width() for label in labels])
        if width > (room := max(rect.width - 2 * edge, 1)):
            labels = [paint.label(paint.shortened(text, room, _SIZE), _SIZE, colour)]
            width = labels[0].get_width()
        self.surface.fill(behind if right else ground, rect)
        if behind != ground and not right:
            self.surface.fill(behind, (rect.left, rect.top, width + 2 * edge, rect.height))
        x, y = rect.right - edge - width if right else rect.left + edge, rect.centery - labels[0].get_height() // 2
        places = []
        for label in labels:
            places.append((label, (x, y)))
            x += label.get_width()
        self.surface.blits(places, False)
        return True

    def _labels(self, paint: Paint, text: str, colour: Colour) -> list[pygame.Surface]:
        """Numbers digit by digit: they change all the time, and a picture of each would be made for a single one."""
        if not text or not _DIGITS.issuperset(text):
            return [paint.label(text or " ", _SIZE, colour)]
        digits = self._digits.get(colour)
        if digits is None:
            digits = self._digits[colour] = {digit: paint.label(digit, _SIZE, colour) for digit in _DIGITS}
        return [digits[digit] for digit in text]
