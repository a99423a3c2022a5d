"""Which look a match gets (the game's own, or the table of its state's fields), and small pictures made with it."""

from __future__ import annotations

from importlib.metadata import entry_points

import pygame

from replay.core.errors import ReplayError
from replay.core.story import Story
from replay.watch.model.scene import Camera, Colour
from replay.watch.model.session import Session
from replay.watch.view.colours import GROUND
from replay.watch.view.look import Look
from replay.watch.view.table import TableLook


def open_look(story: Story) -> Look:
    """Raises ReplayError if the game's own look does not load."""
    for point in entry_points(group="replay.views", name=story.game.name):
        try:
            factory = point.load()
        except Exception as error:
            raise ReplayError(
                f"the look of {story.game.name!r} does not load: {error}", f"its entry point is {point.value}"
            ) from error
        look: Look = factory(story)
        return look
    return TableLook(story)


def small_picture(session: Session, look: Look, position: float, size: tuple[int, int], ground: Colour = GROUND) -> pygame.Surface:
    """The whole world at `position` ticks, in `size` pixels."""
    picture = pygame.Surface(size).convert()
    picture.fill(ground)
    camera = Camera.fit((0, 0, *size), session.story.world)
    look.draw(picture, session.scene(position, camera, None, {"small": True}))
    return picture
