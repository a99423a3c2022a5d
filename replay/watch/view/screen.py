"""The look of a game that draws itself: its own screen, as large as it fits."""

from __future__ import annotations

import math

import pygame

from replay.watch.model.scene import Scene
from replay.watch.view.colours import GROUND
from replay.watch.view.look import Look

_SMOOTH_BELOW = 2.0  # times: beyond, pixels are shown as squares, as pixel art wants it


class ScreenLook(Look):
    """The picture of the tick, in the camera's area; what lies outside of it is not scaled."""

    def draw(self, surface: pygame.Surface, scene: Scene) -> None:
        area = pygame.Rect(scene.camera.area)
        surface.fill(GROUND, area)
        if scene.screen is None:
            return
        height, width, _ = scene.screen.shape
        world = self.story.world
        scale = scene.camera.scale * min(world[0] / width, world[1] / height)  # a program may change the size of its screen
        left, top = scene.camera.to_screen(
            world[0] / 2 - width * scale / scene.camera.scale / 2, world[1] / 2 - height * scale / scene.camera.scale / 2
        )
        first_x, first_y = max(math.floor((area.left - left) / scale), 0), max(math.floor((area.top - top) / scale), 0)
        last_x, last_y = (
            min(math.ceil((area.right - left) / scale), width),
            min(math.ceil((area.bottom - top) / scale), height),
        )
        if first_x >= last_x or first_y >= last_y:
            return
        seen = scene.screen[first_y:last_y, first_x:last_x]
        size = last_x - first_x, last_y - first_y
        picture = pygame.image.frombuffer(seen.tobytes(), size, "RGB")
        scaled_size = max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
        if scaled_size != size:
            resize = pygame.transform.smoothscale if scale < _SMOOTH_BELOW else pygame.transform.scale
            picture = resize(picture, scaled_size)
        surface.set_clip(area)
        surface.blit(picture, (round(left + first_x * scale), round(top + first_y * scale)))
        surface.set_clip(None)
