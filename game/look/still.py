"""A match as it is now, as pixels: no window, nothing of the engine's viewer around it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pygame

from replay.core.game import Events
from replay.core.records import Header
from replay.watch.model.scene import Camera, Scene

from ..match import ARENA
from ..story import ArenaStory
from .palette import VOID
from .picture import ArenaLook


class Still:
    """Pictures of one match. size: width and height in pixels; by default those of the map."""

    def __init__(self, header: Header, size: tuple[int, int] | None = None) -> None:
        self._look = ArenaLook(ArenaStory(ARENA, header))
        self._surface = pygame.Surface(size or self._look.story.world)

    def draw(self, state: Any, events: Events) -> npt.NDArray[np.uint8]:
        """state: a record of `game.rules.STATE`. events: those of the last two seconds. Shape (height, width, 3)."""
        surface = self._surface
        surface.fill(VOID)
        camera = Camera.fit((0, 0, *surface.get_size()), self._look.story.world)
        self._look.draw(surface, Scene(camera, state, state, 0.0, float(state["tick"]), events))
        pixels = pygame.image.tobytes(surface, "RGB")
        return np.frombuffer(pixels, np.uint8).reshape(surface.get_height(), surface.get_width(), 3)
