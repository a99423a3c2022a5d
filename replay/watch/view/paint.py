"""Drawing that every part of a window shares: text, shapes and panels at the size of the window, each made once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import pygame

from replay.core.cache import Bounded
from replay.watch.model.scene import Colour
from replay.watch.view import fonts
from replay.watch.view.colours import INK, LINE, PANEL, mix

T = TypeVar("T")
_MOST_SURFACES = 1500
_MOST_TEXTS = 3000
_WIDEST = 1.2  # of the letters of ASCII, in sizes: a text that fits with such letters fits
_MOST_ZOOM = 1.5  # of what fits: the layouts still hold
_FAINT_SUMS, _BRIGHTER = range(150, 560), 0.6  # letters of such a light are brighter with more contrast, by so much


class Paint:
    """Text, shapes and panels for a window of some size. `scale`: 1 at 1280x720. `zoom`: how much larger everything is than usual,
    as far as there is room. `contrast`: faint letters are brighter."""

    def __init__(self, size: tuple[int, int] = (1280, 720)) -> None:
        self.scale = self.zoom = 1.0
        self.contrast = False
        self._size = size
        self._surfaces: Bounded[Any, Any] = Bounded(_MOST_SURFACES)
        self._written: Bounded[Any, pygame.Surface] = Bounded(_MOST_SURFACES)  # by what was asked for: most of it is asked again
        self._texts: Bounded[Any, str] = Bounded(_MOST_TEXTS)
        self.resize(size)

    def resize(self, size: tuple[int, int]) -> None:
        self._size = size
        fitting = min(size[0] / 1280, size[1] / 720)
        # Small windows get letters that are large for their size, as far as there is room.
        scale = min(max(fitting * min(self.zoom, 1.0), min(0.72, fitting * 1.3), 0.4), 4.0)
        if self.zoom > 1:
            scale = max(scale, min(scale * self.zoom, fitting * _MOST_ZOOM))
        if scale != self.scale:
            self._forget()
        self.scale = scale

    def suit(self, zoom: float, contrast: bool) -> None:
        """Draw larger, or with brighter letters, from now on."""
        if (zoom, contrast) != (self.zoom, self.contrast):
            self.zoom, self.contrast = zoom, contrast
            self._forget()
            self.resize(self._size)

    def _forget(self) -> None:
        self._surfaces.clear()
        self._written.clear()

    def px(self, length: float) -> int:
        """A length of the 1280x720 layout in pixels of this window."""
        return max(1, round(length * self.scale))

    def cached(self, key: Any, make: Callable[[], T]) -> T:
        """The surface of this key, or several and where they lie, made at the first call at this size."""
        made: T = self._surfaces.get(key, make)
        return made

    def label(self, text: str, size: float = 15, colour: Colour = INK, bold: bool = False) -> pygame.Surface:
        """A line of text as a surface. One that is too long for any line is cut off."""
        pixels = self._pixels(size)
        colour = mix(colour, INK, _BRIGHTER) if self.contrast and sum(colour) in _FAINT_SUMS else colour
        return self.cached(("text", text, pixels, colour, bold), lambda: fonts.render(text, pixels, colour, bold))

    def text(
        self,
        surface: pygame.Surface,
        text: str,
        at: tuple[float, float],
        size: float = 15,
        colour: Colour = INK,
        anchor: str = "topleft",
        *,
        bold: bool = False,
        width: int | None = None,
    ) -> pygame.Rect:
        """Write `text` with its `anchor` at a point. `width`: shorten it to that many pixels; else to the surface's."""
        room = surface.get_width() if width is None else width
        label = self._written.get(
            (text, room, size, colour, bold), lambda: self.label(self.shortened(text, room, size, bold), size, colour, bold)
        )
        return put(surface, label, at[0], at[1], anchor)

    def shortened(self, text: str, width: float, size: float, bold: bool = False) -> str:
        """The text if it fits into `width` pixels, else its beginning and an ellipsis; "" where there is no room even for that."""
        pixels = self._pixels(size)
        if text.isascii() and len(text) * pixels * _WIDEST <= width:
            return text

        def make() -> str:
            return text if fonts.width_of(text, pixels, bold) <= width else fonts.shortened(text, width, pixels, bold)

        return self._texts.get((text, width, pixels, bold), make)

    def ending(self, text: str, width: float, size: float, bold: bool = False) -> str:
        """The text if it fits into `width` pixels, else as much of its end as does: what is being typed."""
        pixels = self._pixels(size)
        return self._texts.get(("end", text, width, pixels, bold), lambda: fonts.ending(text, width, pixels, bold))

    def _pixels(self, size: float) -> int:
        return max(9, round(size * self.scale))

    def panel(self, surface: pygame.Surface, rect: pygame.Rect, alpha: int = 214, colour: Colour = PANEL, radius: int = 7) -> None:
        """A rounded, slightly translucent ground with a fine edge; nothing where there is no room."""
        if rect.width >= 1 and rect.height >= 1:
            surface.blit(self.ground(rect.size, alpha, colour, radius), rect)

    def ground(self, size: tuple[int, int], alpha: int, colour: Colour = PANEL, radius: int = 7) -> pygame.Surface:
        """What a panel is made of."""

        def make() -> pygame.Surface:
            panel = pygame.Surface(size, pygame.SRCALPHA)
            whole, corner = panel.get_rect(), self.px(radius)
            pygame.draw.rect(panel, (*colour, alpha), whole, border_radius=corner)
            pygame.draw.rect(panel, (*LINE, min(255, alpha + 30)), whole, 1, border_radius=corner)
            return panel

        return self.cached(("panel", size, alpha, colour, radius), make)

    def note(
        self,
        surface: pygame.Surface,
        text: str,
        at: tuple[float, float],
        size: float,
        colour: Colour,
        anchor: str,
        room: tuple[float, float],
        alpha: int,
        *,
        bold: bool = False,
    ) -> pygame.Rect:
        """A line of text on a panel that is larger by `room`. Returns where the text is."""
        label = self.label(text, size, colour, bold)
        place = label.get_rect(**{anchor: at})
        self.panel(surface, place.inflate(self.px(room[0]), self.px(room[1])), alpha)
        surface.blit(label, place)
        return place

    def card(self, surface: pygame.Surface, size: tuple[int, int], centre: tuple[int, int], alpha: int, radius: int) -> pygame.Rect:
        """A panel of a size around a point. Returns where it is."""
        card = pygame.Rect(0, 0, *size)
        card.center = centre
        self.panel(surface, card, alpha, radius=radius)
        return card

    def button(
        self, surface: pygame.Surface, rect: pygame.Rect, text: str, size: float, ground: Colour, ink: Colour, radius: int
    ) -> None:
        """Something that can be chosen: a coloured ground with words in its middle."""
        pygame.draw.rect(surface, ground, rect, border_radius=radius)
        self.text(surface, text, rect.center, size, ink, "center", bold=True, width=rect.width - 8)

    def shade(self, surface: pygame.Surface, alpha: int, colour: Colour = (4, 6, 10)) -> None:
        """Darken everything, under a card."""

        def make() -> pygame.Surface:
            shade = pygame.Surface(surface.get_size())
            shade.fill(colour)
            shade.set_alpha(alpha)
            return shade

        surface.blit(self.cached(("shade", surface.get_size(), alpha, colour), make), (0, 0))

    def shape(self, surface: pygame.Surface, kind: str, at: tuple[float, float], radius: float, colour: Colour) -> None:
        """A small filled shape with smooth edges, its centre at a point."""
        pixels = max(2, round(radius))

        def make() -> pygame.Surface:
            big = pygame.Surface((pixels * 8 + 8, pixels * 8 + 8), pygame.SRCALPHA)
            big.fill((*colour, 0))
            draw_shape(big, kind, (pixels * 4 + 4, pixels * 4 + 4), pixels * 4, colour)
            return pygame.transform.smoothscale(big, (pixels * 2 + 2, pixels * 2 + 2))

        shape = self.cached(("shape", kind, pixels, colour), make)
        surface.blit(shape, (round(at[0]) - pixels - 1, round(at[1]) - pixels - 1))


def put(
    surface: pygame.Surface, picture: pygame.Surface, x: float, y: float, anchor: str = "center", flags: int = 0
) -> pygame.Rect:
    """Blit a picture with its `anchor` at a point, rounded to whole pixels. Returns where it is."""
    place = picture.get_rect(**{anchor: (round(x), round(y))})
    surface.blit(picture, place, None, flags)
    return place


def shape_points(kind: str, at: tuple[float, float], radius: float) -> list[tuple[float, float]]:
    """Corners of a shape that has any."""
    x, y = at

    def ring(corners: int, turn: float, inner: float = 0.0) -> list[tuple[float, float]]:
        count = corners * 2 if inner else corners
        points = []
        for index in range(count):
            reach = radius * inner if inner and index % 2 else radius
            angle = turn + index * math.tau / count
            points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
        return points

    if kind == "cross":
        arm = radius * 0.36
        pairs = [(-arm, -1), (arm, -1), (arm, -arm), (1, -arm), (1, arm), (arm, arm), (arm, 1), (-arm, 1), (-arm, arm), (-1, arm),
                 (-1, -arm), (-arm, -arm)]  # fmt: skip
        return [(x + (a * radius if abs(a) == 1 else a), y + (b * radius if abs(b) == 1 else b)) for a, b in pairs]
    up = -math.tau / 4
    corners, turn, inner = {
        "triangle": (3, up, 0.0),
        "down": (3, -up, 0.0),
        "square": (4, math.tau / 8, 0.0),
        "diamond": (4, up, 0.0),
        "pentagon": (5, up, 0.0),
        "hexagon": (6, 0.0, 0.0),
        "star": (5, up, 0.45),
        "burst": (8, up, 0.5),
    }[kind]
    return ring(corners, turn, inner)


def draw_shape(surface: pygame.Surface, kind: str, at: tuple[float, float], radius: float, colour: Colour) -> None:
    """Draw a shape without smoothing. `bar` is a thin upright line, `ring` an open circle, `skull` stands for a death."""
    if kind == "circle":
        pygame.draw.circle(surface, colour, at, radius)
    elif kind == "ring":
        pygame.draw.circle(surface, colour, at, radius, max(1, round(radius * 0.4)))
    elif kind == "bar":
        pygame.draw.rect(surface, colour, (at[0] - radius * 0.22, at[1] - radius, radius * 0.44, radius * 2))
    elif kind == "x":
        thick = max(2, round(radius * 0.5))
        reach = radius * 0.8
        pygame.draw.line(surface, colour, (at[0] - reach, at[1] - reach), (at[0] + reach, at[1] + reach), thick)
        pygame.draw.line(surface, colour, (at[0] - reach, at[1] + reach), (at[0] + reach, at[1] - reach), thick)
    else:
        pygame.draw.polygon(surface, colour, shape_points(kind, at, radius))
