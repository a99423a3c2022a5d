"""Which look a match gets (the game's own, or the table of its state's fields), and small pictures made with it."""

from __future__ import annotations

import pygame

from replay.read.story import Story
from replay.watch.model.plugins import load_plugin
from replay.watch.model.scene import Camera, Colour
from replay.watch.model.session import Session
from replay.watch.view.colours import GROUND
from replay.watch.view.look import Look
from replay.watch.view.table import TableLook


def open_look(story: Story) -> Look:
    """Raises ReplayError if the game's own look does not load."""
    factory = load_plugin("replay.views", story.game.name)
    look: Look = (factory or TableLook)(story)
    return look


def small_picture(session: Session, look: Look, position: float, size: tuple[int, int], ground: Colour = GROUND) -> pygame.Surface:
    """The whole world at `position` ticks, in `size` pixels."""
    picture = pygame.Surface(size).convert()
    picture.fill(ground)
    camera = Camera.fit((0, 0, *size), session.story.world)
    look.draw(picture, session.scene(position, camera, None, {"small": True}))
    return picture
