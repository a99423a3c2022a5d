"""Pictures of players, weapons, things and light, made once for a scale."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache

import numpy as np
import pygame

from replay.core.cache import Bounded
from replay.watch.model.scene import Colour
from replay.watch.view.colours import mix
from replay.watch.view.paint import Paint, draw_shape

from .. import rules
from .chance import BLOTCHES, shares
from .measures import ANGLES, BARRELS, BLOTS, LEVELS
from .palette import GOLD, HEAL, INK, ITEM_COLOURS, SHIELD, WHITE

_FINE = 4
_MOST_SURFACES = 6000


class Sprites:
    """All that is asked for is in world pixels, `scale` turns them into screen pixels."""

    def __init__(self) -> None:
        self._surfaces: Bounded[object, pygame.Surface] = Bounded(_MOST_SURFACES)

    def glow(self, radius: float, colour: Colour, level: int = LEVELS) -> pygame.Surface:
        """Soft light to be added, radius in screen pixels; level 1..LEVELS is its strength."""
        pixels = max(2, round(radius)) if radius < 12 else round(radius / 4) * 4
        strength = min(max(level, 1), LEVELS)
        return self._surfaces.get(
            ("glow", pixels, colour, strength), lambda: _glow(pixels, mix((0, 0, 0), colour, strength / LEVELS))
        )

    def body(self, colour: Colour, shape: str, scale: float, *, lit: bool) -> pygame.Surface:
        return self._surfaces.get(("body", colour, shape, round(scale, 3), lit), lambda: _body(colour, shape, scale, lit))

    def ghost(self, colour: Colour, level: int, scale: float) -> pygame.Surface:
        """What a dash leaves behind."""
        return self._surfaces.get(("ghost", colour, level, round(scale, 3)), lambda: _disc(colour, 11 * scale, 26 + 22 * level))

    def weapon(self, item: int, angle: float, scale: float) -> pygame.Surface:
        """A weapon held in a direction (radians), its middle at the player's."""
        step = round(angle / math.tau * ANGLES) % ANGLES
        return self._surfaces.get(("weapon", item, step, round(scale, 3)), lambda: _weapon(item, step * math.tau / ANGLES, scale))

    def rocket(self, angle: float, scale: float) -> pygame.Surface:
        step = round(angle / math.tau * ANGLES) % ANGLES
        return self._surfaces.get(("rocket", step, round(scale, 3)), lambda: _rocket(step * math.tau / ANGLES, scale))

    def item(self, item: int, scale: float) -> pygame.Surface:
        return self._surfaces.get(("item", item, round(scale, 3)), lambda: item_picture(item, 26 * scale))

    def crown(self, scale: float) -> pygame.Surface:
        """What the one that leads alone wears."""
        return self._surfaces.get(("crown", round(scale, 3)), lambda: _crown(scale))

    def shadow(self, radius: float) -> pygame.Surface:
        pixels = max(2, round(radius))
        return self._surfaces.get(("shadow", pixels), lambda: _shadow(pixels))

    def ring(self, radius: float, colour: Colour, level: int, width: int) -> pygame.Surface:
        """An expanding circle to be added."""
        pixels = max(3, round(radius))
        return self._surfaces.get(
            ("ring", pixels, colour, level, width), lambda: _ring(pixels, mix((0, 0, 0), colour, level / LEVELS), width)
        )

    def scorch(self, radius: float, colour: Colour, level: int, variant: int) -> pygame.Surface:
        pixels = max(3, round(radius))
        return self._surfaces.get(("scorch", pixels, colour, level, variant), lambda: _scorch(pixels, colour, level, variant))


def outlined(
    paint: Paint, text: str, size: float, colour: Colour, edge: Iterable[tuple[int, int]], *, bold: bool = False
) -> pygame.Surface:
    """Text with a dark edge, so that it reads on everything. edge: where its dark copies stand; the text stands at (2, 2)."""
    ink, front = paint.label(text, size, INK, bold), paint.label(text, size, colour, bold)
    label = pygame.Surface((front.get_width() + 4, front.get_height() + 4), pygame.SRCALPHA)
    label.blits([(ink, place) for place in edge], False)
    label.blit(front, (2, 2))
    return label


def _native(surface: pygame.Surface) -> pygame.Surface:
    if pygame.display.get_surface() is None:
        return surface
    return surface.convert_alpha() if surface.get_flags() & pygame.SRCALPHA else surface.convert()


def _glow(pixels: int, colour: Colour) -> pygame.Surface:
    axis = (np.arange(2 * pixels) + 0.5) / pixels - 1
    light = np.clip(1 - np.hypot(axis[:, None], axis[None, :]), 0, 1) ** 2
    return _native(pygame.surfarray.make_surface((light[:, :, None] * np.array(colour)).astype(np.uint8)))


def _disc(colour: Colour, radius: float, alpha: int) -> pygame.Surface:
    size = round(radius * 2 + 2)
    disc = pygame.Surface((size * _FINE, size * _FINE), pygame.SRCALPHA)
    pygame.draw.circle(disc, (*colour, alpha), (size * _FINE / 2, size * _FINE / 2), radius * _FINE)
    return _native(pygame.transform.smoothscale(disc, (size, size)))


def _crown(scale: float) -> pygame.Surface:
    wide, high = max(14, round(20 * scale)), max(10, round(14 * scale))
    crown = pygame.Surface((wide * _FINE, high * _FINE), pygame.SRCALPHA)
    outline = [(0.06, 0.9), (0.02, 0.2), (0.28, 0.5), (0.5, 0.06), (0.72, 0.5), (0.98, 0.2), (0.94, 0.9)]
    points = [(x * wide * _FINE, y * high * _FINE) for x, y in outline]
    pygame.draw.polygon(crown, GOLD, points)
    pygame.draw.polygon(crown, INK, points, max(_FINE, round(1.4 * scale * _FINE)))
    for x in (0.28, 0.5, 0.72):
        pygame.draw.circle(crown, WHITE, (x * wide * _FINE, 0.7 * high * _FINE), 0.06 * wide * _FINE)
    return _native(pygame.transform.smoothscale(crown, (wide, high)))


def _shadow(pixels: int) -> pygame.Surface:
    shadow = pygame.Surface((pixels * 2, pixels * 2), pygame.SRCALPHA)
    axis = (np.arange(2 * pixels) + 0.5) / pixels - 1
    dark = np.clip(1.25 - np.hypot(axis[:, None], axis[None, :]) * 1.25, 0, 1)
    shadow.fill((0, 0, 0, 0))
    pygame.surfarray.pixels_alpha(shadow)[:] = (dark * 150).astype(np.uint8)
    return _native(shadow)


def _body(colour: Colour, shape: str, scale: float, lit: bool) -> pygame.Surface:
    """A round figure with a dark edge, light from above, and its shape on the back."""
    radius = 13 * scale
    size = round(radius * 2 + 4)
    big = size * _FINE
    centre = (big / 2, big / 2)
    body = pygame.Surface((big, big), pygame.SRCALPHA)
    fill = mix(colour, WHITE, 0.75) if lit else colour
    pygame.draw.circle(body, INK, centre, radius * _FINE)
    pygame.draw.circle(body, mix(fill, INK, 0.38), centre, (radius - 1.6 * scale) * _FINE)
    high = (centre[0], centre[1] - 1.6 * scale * _FINE)
    pygame.draw.circle(body, fill, high, (radius - 3.4 * scale) * _FINE)
    pygame.draw.circle(body, mix(fill, WHITE, 0.35), (centre[0], centre[1] - 4.2 * scale * _FINE), (radius - 8.4 * scale) * _FINE)
    pygame.draw.circle(body, fill, (centre[0], centre[1] - 2.6 * scale * _FINE), (radius - 7.6 * scale) * _FINE)
    draw_shape(body, shape, centre, 5.6 * scale * _FINE, INK)
    return _native(pygame.transform.smoothscale(body, (size, size)))


def _turned(
    length: float, width: float, angle: float, start: float, centre: tuple[float, float], unit: float
) -> list[tuple[float, float]]:
    """Corners of a bar that begins `start` from the centre and points along `angle`."""
    ax, ay = math.cos(angle), math.sin(angle)
    corners = [(start, -width / 2), (start + length, -width / 2), (start + length, width / 2), (start, width / 2)]
    return [(centre[0] + (a * ax - b * ay) * unit, centre[1] + (a * ay + b * ax) * unit) for a, b in corners]


def _weapon(item: int, angle: float, scale: float) -> pygame.Surface:
    length, width = BARRELS.get(item, BARRELS[rules.BLASTER])
    size = round(74 * scale)
    big = pygame.Surface((size * _FINE, size * _FINE), pygame.SRCALPHA)
    centre, unit = (size * _FINE / 2, size * _FINE / 2), scale * _FINE
    pygame.draw.polygon(big, INK, _turned(length + 2.4, width + 3, angle, 5, centre, unit))
    pygame.draw.polygon(big, (150, 160, 178), _turned(length, width, angle, 6, centre, unit))
    pygame.draw.polygon(big, (206, 214, 228), _turned(length, width * 0.34, angle, 6, centre, unit))
    pygame.draw.polygon(big, ITEM_COLOURS[item], _turned(length * 0.28, width, angle, 6 + length * 0.72, centre, unit))
    return _native(pygame.transform.smoothscale(big, (size, size)))


def _rocket(angle: float, scale: float) -> pygame.Surface:
    size = round(34 * scale)
    big = pygame.Surface((size * _FINE, size * _FINE), pygame.SRCALPHA)
    centre, unit = (size * _FINE / 2, size * _FINE / 2), scale * _FINE
    pygame.draw.polygon(big, INK, _turned(18, 8, angle, -10, centre, unit))
    pygame.draw.polygon(big, (210, 214, 222), _turned(14, 5, angle, -8, centre, unit))
    pygame.draw.polygon(big, ITEM_COLOURS[rules.LAUNCHER], _turned(5, 5, angle, 4, centre, unit))
    return _native(pygame.transform.smoothscale(big, (size, size)))


def item_picture(item: int, pixels: float) -> pygame.Surface:
    """Anything that can be bought or picked up, as a picture `pixels` wide."""
    size = max(8, round(pixels))
    unit = size * _FINE / 26
    big = pygame.Surface((size * _FINE, size * _FINE), pygame.SRCALPHA)
    middle = size * _FINE / 2

    def rect(x: float, y: float, w: float, h: float, colour: Colour, radius: float = 0) -> None:
        pygame.draw.rect(
            big, colour, (middle + x * unit, middle + y * unit, w * unit, h * unit), border_radius=round(radius * unit)
        )

    if item == rules.COIN:
        pygame.draw.circle(big, INK, (middle, middle), 9 * unit)
        pygame.draw.circle(big, GOLD, (middle, middle), 7.6 * unit)
        pygame.draw.circle(big, mix(GOLD, INK, 0.35), (middle, middle), 5.4 * unit)
        pygame.draw.circle(big, mix(GOLD, WHITE, 0.4), (middle, middle), 4.4 * unit)
    elif item == rules.MEDKIT:
        rect(-10, -9, 20, 18, INK, 4)
        rect(-8.6, -7.6, 17.2, 15.2, WHITE, 3)
        rect(-2, -6, 4, 12, HEAL)
        rect(-6, -2, 12, 4, HEAL)
    elif item == rules.ARMOUR:
        for reach, colour in ((11, INK), (9.2, SHIELD), (5.6, mix(SHIELD, WHITE, 0.5))):
            points = [(-0.8, -0.9), (0, -1.05), (0.8, -0.9), (0.75, 0.15), (0, 1.05), (-0.75, 0.15)]
            pygame.draw.polygon(big, colour, [(middle + x * reach * unit, middle + y * reach * unit) for x, y in points])
    elif item == rules.AMMUNITION:
        for x in (-7.5, -2.5, 2.5):
            rect(x, -8, 5, 16, INK, 2)
            rect(x + 1, -7, 3, 5, (230, 180, 90), 1.5)
            rect(x + 1, -2, 3, 9, (170, 140, 80))
    else:
        length, width = BARRELS.get(item, BARRELS[rules.BLASTER])
        share = 22 / (length + 3)
        rect(-11, -width * share / 2 - 1.4, 22, width * share + 2.8, INK, 2)
        rect(-10, -width * share / 2, 20, width * share, (170, 178, 194), 1)
        rect(-10, -width * share / 2, 20, width * share * 0.35, (216, 222, 234), 1)
        rect(5, -width * share / 2, 5, width * share, ITEM_COLOURS[item])
        rect(-9, width * share / 2, 4.5, 7, (120, 128, 146), 1)
    return _native(pygame.transform.smoothscale(big, (size, size)))


def _ring(pixels: int, colour: Colour, width: int) -> pygame.Surface:
    ring = pygame.Surface((pixels * 2 + 2, pixels * 2 + 2))
    pygame.draw.circle(ring, mix((0, 0, 0), colour, 0.45), (pixels + 1, pixels + 1), pixels, width + 2)
    pygame.draw.circle(ring, colour, (pixels + 1, pixels + 1), max(pixels - 1, 1), width)
    return _native(ring)


@cache
def _blotch(variant: int) -> tuple[tuple[float, float, float], ...]:
    blots = shares(BLOTCHES + variant, BLOTS * 3).reshape(BLOTS, 3).tolist()
    return tuple((angle * math.tau, reach, size) for angle, reach, size in blots)


def _scorch(pixels: int, colour: Colour, level: int, variant: int) -> pygame.Surface:
    """A stain on the floor."""
    stain = pygame.Surface((pixels * 2, pixels * 2), pygame.SRCALPHA)
    for angle, reach, size in _blotch(variant):
        at = (pixels + math.cos(angle) * reach * pixels * 0.62, pixels + math.sin(angle) * reach * pixels * 0.62)
        pygame.draw.circle(stain, (*colour, level * 13), at, pixels * (0.12 + 0.26 * size * (1 - reach * 0.5)))
    return _native(stain)
