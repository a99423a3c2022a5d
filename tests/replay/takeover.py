"""A screen on which the toy game `counter` is played on, by entry point, as an installed game brings one."""

from __future__ import annotations

import pygame

from replay.watch.model.wish import Back
from replay.watch.window import Screen

ENTRY_POINTS = "[replay.games]\ncounter = toys:COUNTER\n[replay.takeovers]\ncounter = takeover:take_over\n"


class Played(Screen):
    """taken: whom, of which recording, at which tick."""

    def __init__(self, taken) -> None:
        self.taken = taken

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.KEYDOWN and event.key == pygame.K_q:
            self.wish = Back()

    def draw(self, surface: pygame.Surface) -> None:
        surface.fill((1, 2, 3))


def take_over(window, path, tick, player) -> Played:
    return Played((path.name, tick, player))
