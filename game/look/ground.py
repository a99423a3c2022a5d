"""The map as a picture: drawn once, large, and scaled for a camera. Floor, walls with a lit top, shade at their feet."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pygame

from replay.core.cache import Bounded
from replay.watch.view.colours import mix

from .. import rules
from ..arena import Arena
from .chance import TILES, bell
from .measures import DETAIL, LIGHT, RISE
from .palette import CRATE, CRATE_EDGE, CRATE_FACE, FLOOR, FLOOR_OTHER, GROUT, VOID, WALL_EDGE, WALL_FACE, WALL_GLOW, WALL_TOP

_MOST_LAYERS = 5


class Ground:
    """The static layer of one map, at any scale."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self._large: pygame.Surface | None = None
        self._layers: Bounded[tuple[int, int], pygame.Surface] = Bounded(_MOST_LAYERS)

    def draw(self, surface: pygame.Surface, left: float, top: float, scale: float, *, steady: bool = True) -> None:
        """Blit the map so that its corner lies at a screen point. A steady scale gets a smooth layer of its own; one that is only
        passed through is scaled roughly, and only where it shows."""
        if not steady:
            self._draw_roughly(surface, left, top, scale)
            return
        size = (round(self.arena.width * scale), round(self.arena.height * scale))
        layer = self._layers.get(size, lambda: pygame.transform.smoothscale(self._picture(), size))
        surface.blit(layer, (round(left), round(top)))

    def _draw_roughly(self, surface: pygame.Surface, left: float, top: float, scale: float) -> None:
        large, clip = self._picture(), surface.get_clip()
        factor = scale / DETAIL
        x = max(int((clip.left - left) / factor), 0)
        y = max(int((clip.top - top) / factor), 0)
        right = min(int((clip.right - left) / factor) + 2, large.get_width())
        bottom = min(int((clip.bottom - top) / factor) + 2, large.get_height())
        if right > x and bottom > y:
            part = large.subsurface((x, y, right - x, bottom - y))
            size = (max(round((right - x) * factor), 1), max(round((bottom - y) * factor), 1))
            surface.blit(pygame.transform.scale(part, size), (round(left + x * factor), round(top + y * factor)))

    def _picture(self) -> pygame.Surface:
        if self._large is None:
            picture = _paint_map(self.arena)
            self._large = picture.convert() if pygame.display.get_surface() is not None else picture
        return self._large


def _paint_map(arena: Arena) -> pygame.Surface:
    picture = pygame.Surface((arena.width * DETAIL, arena.height * DETAIL), 0, 32)
    picture.fill(VOID)
    noise = bell(TILES, arena.tiles.size).reshape(arena.tiles.shape)
    for row in range(arena.rows):
        for column in range(arena.columns):
            if not arena.walls[row, column]:
                _paint_floor(picture, arena.tiles[row, column], column, row, float(noise[row, column]))
    _shade(picture, arena)
    for row in range(arena.rows):
        for column in range(arena.columns):
            if arena.walls[row, column]:
                _paint_wall(picture, arena, column, row, float(noise[row, column]))
    return picture


def _paint_floor(picture: pygame.Surface, tile: str, column: int, row: int, noise: float) -> None:
    size = rules.TILE * DETAIL
    x, y = column * size, row * size
    base = FLOOR_OTHER if tile == ":" else FLOOR
    shade = min(max(1 + noise * 0.035, 0.86), 1.14)
    colour = tuple(round(part * shade) for part in base)
    picture.fill(GROUT, (x, y, size, size))
    pygame.draw.rect(picture, colour, (x + 1, y + 1, size - 2, size - 2), border_radius=5)
    pygame.draw.line(picture, mix(base, (255, 255, 255), 0.06), (x + 6, y + 2), (x + size - 6, y + 2))
    if tile == ":":
        middle = (x + size // 2, y + size // 2)
        reach = size // 5
        points = [
            (middle[0], middle[1] - reach),
            (middle[0] + reach, middle[1]),
            (middle[0], middle[1] + reach),
            (middle[0] - reach, middle[1]),
        ]
        pygame.draw.polygon(picture, mix(base, (120, 110, 200), 0.16), points)
    elif (column + row) % 4 == 0 and noise > 0.4:
        for dx, dy in ((10, 10), (size - 10, 10), (10, size - 10), (size - 10, size - 10)):
            pygame.draw.circle(picture, GROUT, (x + dx, y + dy), 2)
    centre = (x + size // 2, y + size // 2)
    if tile == "S":
        pygame.draw.circle(picture, mix(base, WALL_GLOW, 0.35), centre, 24, 2)
        pygame.draw.circle(picture, mix(base, WALL_GLOW, 0.2), centre, 15, 2)
    elif tile == "o":
        pygame.draw.rect(picture, mix(base, (230, 190, 90), 0.25), (centre[0] - 16, centre[1] - 16, 32, 32), 2, border_radius=8)


def _shade(picture: pygame.Surface, arena: Arena) -> None:
    """Darkness at the feet of walls, light in the open and a slow fall towards the corners, multiplied onto the floor."""
    cells = rules.TILE // LIGHT
    walls = np.kron(arena.walls, np.ones((cells, cells)))
    near = _blurred(walls, 7)
    far = _blurred(walls, 26)
    rows, columns = np.mgrid[0 : walls.shape[0], 0 : walls.shape[1]]
    out = np.hypot((columns / walls.shape[1] - 0.5) * 1.5, (rows / walls.shape[0] - 0.5) * 1.5)
    light = np.clip(1.18 - 0.75 * near - 0.42 * far, 0.2, 1.0) * np.clip(1.12 - 0.42 * out**2, 0.4, 1.0)
    tint = np.stack([light * 0.97, light * 0.99, np.minimum(light * 1.04, 1.0)], axis=2)
    small = pygame.surfarray.make_surface((np.clip(tint, 0, 1) * 255).astype(np.uint8).swapaxes(0, 1))
    alike = pygame.Surface(small.get_size(), 0, picture)  # `convert` would need a display
    alike.blit(small, (0, 0))
    picture.blit(pygame.transform.smoothscale(alike, picture.get_size()), (0, 0), special_flags=pygame.BLEND_MULT)


def _blurred(field: npt.NDArray[np.floating[Any]], width: int) -> npt.NDArray[np.floating[Any]]:
    """Box-blurred twice; outside counts as wall."""
    for _ in range(2):
        for axis in (0, 1):
            pad = [(0, 0), (0, 0)]
            pad[axis] = (width // 2 + 1, width // 2)
            sums = np.cumsum(np.pad(field, pad, mode="edge"), axis=axis)
            high = np.take(sums, range(width, sums.shape[axis]), axis)
            low = np.take(sums, range(sums.shape[axis] - width), axis)
            field = ((high - low) / width)[: field.shape[0], : field.shape[1]]
    return field


def _paint_wall(picture: pygame.Surface, arena: Arena, column: int, row: int, noise: float) -> None:
    """A block: its top shifted up, the face below where the floor begins, a lit edge where it meets the open."""
    size, rise = rules.TILE * DETAIL, RISE * DETAIL
    x, y = column * size, row * size
    crate = arena.tiles[row, column] == "%"
    top, edge, face = (CRATE, CRATE_EDGE, CRATE_FACE) if crate else (WALL_TOP, WALL_EDGE, WALL_FACE)

    def wall(dc: int, dr: int) -> bool:
        c, r = column + dc, row + dr
        return not (0 <= c < arena.columns and 0 <= r < arena.rows) or bool(arena.walls[r, c])

    open_below, open_above, open_left, open_right = not wall(0, 1), not wall(0, -1), not wall(-1, 0), not wall(1, 0)
    outer = not any((open_below, open_above, open_left, open_right)) and all(wall(dc, dr) for dc in (-1, 1) for dr in (-1, 1))
    shade = 1 + noise * 0.02
    colour = tuple(min(round(part * shade * (0.5 if outer else 1)), 255) for part in top)
    height = size - rise if open_below else size
    picture.fill(colour, (x, y, size, height))
    if open_below:
        picture.fill(face, (x, y + height, size, rise))
        pygame.draw.line(picture, edge, (x, y + height - 1), (x + size, y + height - 1), 2)
        if not crate:
            pygame.draw.line(picture, WALL_GLOW, (x, y + height + 5), (x + size, y + height + 5), 2)
        picture.fill(mix(face, (0, 0, 0), 0.5), (x, y + size - 4, size, 4))
    light = mix(top, edge, 0.7)
    if open_above:
        pygame.draw.line(picture, edge, (x, y + 1), (x + size, y + 1), 3)
    if open_left:
        pygame.draw.line(picture, light, (x + 1, y), (x + 1, y + height), 3)
    if open_right:
        pygame.draw.line(picture, mix(top, (0, 0, 0), 0.35), (x + size - 2, y), (x + size - 2, y + height), 3)
    if crate:
        inner = pygame.Rect(x + 8, y + 8, size - 16, height - 16)
        pygame.draw.rect(picture, mix(top, (0, 0, 0), 0.25), inner, 3)
        pygame.draw.line(picture, mix(top, edge, 0.6), inner.topleft, inner.bottomright, 5)
        pygame.draw.line(picture, mix(top, edge, 0.6), inner.bottomleft, inner.topright, 5)
    elif not outer:
        pygame.draw.rect(picture, mix(top, (0, 0, 0), 0.14), (x + 9, y + 9, size - 18, max(height - 18, 4)), 2, border_radius=6)
