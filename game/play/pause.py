"""The card of a match that waits: what to do next, and all keys as they are now."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from replay.watch.model.menu import ACROSS, Menu
from replay.watch.view.colours import ACCENT, DIM, FAINT, INK, PANEL, mix
from replay.watch.view.paint import Paint

from ..look.palette import WHITE
from .cards import draw_keys, key_lines
from .commands import MATCH
from .options import Options

GO_ON, OPTIONS, LEAVE = "Go on", "Options", "Leave the match"
KEYS_OF_CARD = {"O": OPTIONS, "Q": LEAVE, "Ctrl+Q": LEAVE, "Ctrl+W": LEAVE}
_SWITCHES = {"mute": "sound", "shake": "screen shake", "kill_cam": "kill-cam", "hints": "hints"}
_LINE, _COLUMN, _AROUND = 27, 400, 160  # of the layout; above and below the keys


class PauseCard:
    """devices: of those who play here. menu: its buttons."""

    def __init__(self, options: Options, devices: Sequence[str]) -> None:
        self.options, self.devices = options, [*devices, MATCH]
        self.menu: Menu[str] = Menu((GO_ON, OPTIONS, LEAVE), ACROSS)

    def draw(self, surface: pygame.Surface, paint: Paint, title: str) -> pygame.Rect:
        """Returns where the card is."""
        paint.shade(surface, 160)
        (width, height), inner = surface.get_size(), paint.px(26)
        lines = max(len(key_lines(self.options, device)) for device in self.devices)
        size = (
            min(paint.px(_COLUMN * len(self.devices)), width - 12),
            min(paint.px(_AROUND + _LINE * (lines + 1)), height - 12),
        )
        card = paint.card(surface, size, (width // 2, height // 2), 250, 10)
        top = paint.text(surface, title, (card.left + inner, card.top + paint.px(18)), 28, INK, bold=True)
        right = (card.right - inner, top.centery + paint.px(2))
        paint.text(surface, self._switches(), right, 13, FAINT, "midright", width=card.width - top.width - 3 * inner)
        self._draw_buttons(surface, paint, card)
        keys = pygame.Rect(card.left + inner, top.bottom + paint.px(14), card.width - inner, 0)
        keys.height = card.bottom - paint.px(70) - keys.top
        draw_keys(surface, paint, self.options, self.devices, keys)
        return card

    def _switches(self) -> str:
        """How everything stands that can be switched during a match."""
        states = {name: bool(getattr(self.options, name)) for name in _SWITCHES} | {"mute": self.options.loudness > 0}
        return "   ".join(f"{words} {'on' if states[name] else 'off'}" for name, words in _SWITCHES.items())

    def _draw_buttons(self, surface: pygame.Surface, paint: Paint, card: pygame.Rect) -> None:
        keys = {GO_ON: "Enter", OPTIONS: "O", LEAVE: "Q"}
        gap, count = paint.px(12), len(self.menu.items)
        wide = min(paint.px(220), (card.width - paint.px(40) - gap * (count - 1)) // count)
        x = card.centerx - (wide * count + gap * (count - 1)) // 2
        self.menu.places = []
        for index, name in enumerate(self.menu.items):
            place = pygame.Rect(x + index * (wide + gap), card.bottom - paint.px(60), wide, paint.px(44))
            lit = index == self.menu.chosen
            ground, ink = (mix(PANEL, ACCENT, 0.55), WHITE) if lit else (mix(PANEL, ACCENT, 0.12), DIM)
            paint.button(surface, place, f"{name}  ({keys[name]})", 16, ground, ink, 8)
            self.menu.places.append((place, name))
