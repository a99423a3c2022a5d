"""A few words, out of the command table, about the thing on which the mouse rests."""

from __future__ import annotations

import time

import pygame

from replay.watch.model.commands import TIPS
from replay.watch.view.paint import DIM, INK, Paint

_REST_SECONDS = 0.5


class Tooltip:
    """`name`: the command or spot that it speaks of now, or None."""

    def __init__(self) -> None:
        self._over: str | None = None
        self._at = (0, 0)
        self._since = 0.0

    def point(self, over: str | None, at: tuple[int, int] = (0, 0)) -> None:
        """The mouse is over this command or spot of the table, or over nothing that needs words."""
        if over != self._over:
            self._over, self._since = over, time.monotonic()
        self._at = at

    @property
    def name(self) -> str | None:
        return self._over if time.monotonic() - self._since >= _REST_SECONDS else None

    def draw(self, surface: pygame.Surface, paint: Paint) -> None:
        if self.name is None:
            return
        keys, text = TIPS[self.name]
        said, pressed = paint.words(text, 13, INK), paint.words(keys, 13, DIM)
        gap, edge = paint.px(10), paint.px(8)
        card = pygame.Rect(0, 0, said.get_width() + gap + pressed.get_width() + 2 * edge, said.get_height() + paint.px(10))
        # Away from the edge of the window, and not under the mouse.
        if self._at[1] > surface.get_height() // 2:
            card.midbottom = (self._at[0], self._at[1] - paint.px(14))
        else:
            card.midtop = (self._at[0], self._at[1] + paint.px(22))
        card.clamp_ip(surface.get_rect().inflate(-8, -8))
        paint.panel(surface, card, 250, radius=5)
        surface.blit(said, said.get_rect(midleft=(card.left + edge, card.centery)))
        surface.blit(pressed, pressed.get_rect(midright=(card.right - edge, card.centery)))
