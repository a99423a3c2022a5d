"""Which look a match gets (the game's own, its own screen, or the table of its state's fields), and small pictures made with it."""

from __future__ import annotations

import pygame

from replay.watch.model.plugins import load_plugin
from replay.watch.model.scene import Camera, Colour
from replay.watch.model.session import Session
from replay.watch.view.colours import GROUND
from replay.watch.view.look import Look
from replay.watch.view.screen import ScreenLook
from replay.watch.view.table import TableLook


def open_look(session: Session) -> Look:
    """Raises ReplayError if the game's own look does not load."""
    factory = load_plugin("replay.views", session.game.name)
    look: Look = (factory or (ScreenLook if session.moments.has_screen else TableLook))(session.story)
    return look


def small_picture(session: Session, look: Look, position: float, size: tuple[int, int], ground: Colour = GROUND) -> pygame.Surface:
    """The whole world at `position` ticks, in `size` pixels."""
    picture = pygame.Surface(size).convert()
    picture.fill(ground)
    camera = Camera.fit((0, 0, *size), session.story.world)
    look.draw(picture, session.scene(position, camera, None, {"small": True}))
    return picture
