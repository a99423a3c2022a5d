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
        self._digits: dict[tuple[str, Colour], pygame.Surface] = {}

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
        said = (text, colour, ground if behind is None else behind)
        if self._written.get(slot) == said:
            return False
        self._written[slot] = said
        self.surface.fill(ground, rect)
        inner = rect.inflate(-2 * paint.px(_EDGE), 0)
        labels = self._labels(paint, text or " ", colour)
        width = sum([label.get_width() for label in labels])
        if behind is not None and behind != ground:
            fill = rect.width if right else min(width + 2 * paint.px(_EDGE), rect.width)
            self.surface.fill(behind, (rect.left, rect.top, fill, rect.height))
        if width > inner.width:
            labels = [paint.label(paint.shortened(text, max(inner.width, 1), _SIZE), _SIZE, colour)]
            width = labels[0].get_width()
        x, y, places = inner.right - width if right else inner.left, inner.centery - labels[0].get_height() // 2, []
        for label in labels:
            places.append((label, (x, y)))
            x += label.get_width()
        self.surface.blits(places, False)
        return True

    def _labels(self, paint: Paint, text: str, colour: Colour) -> list[pygame.Surface]:
        """Numbers digit by digit: they change all the time, and a picture of each would be made for a single one."""
        if not _DIGITS.issuperset(text):
            return [paint.label(text, _SIZE, colour)]
        return [self._digits.get((digit, colour)) or self._digit(paint, digit, colour) for digit in text]

    def _digit(self, paint: Paint, digit: str, colour: Colour) -> pygame.Surface:
        label = self._digits[digit, colour] = paint.label(digit, _SIZE, colour)
        return label
