"""Three, two, one, go: in large figures near the middle of the arena, where no player stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pygame

from replay.watch.model.scene import Camera
from replay.watch.view.colours import INK
from replay.watch.view.paint import Paint, put

from .. import rules
from ..look import ArenaLook
from ..look.palette import WHITE
from ..look.sprites import outlined

EDGES = [(dx, dy) for dx in range(5) for dy in range(5)]  # a dark edge all around
_GO_TICKS = 45
_SIZE, _BRIGHTEST, _DIMMEST = 150, 235, 90
_BODY, _NAME = 26, 24  # world pixels around a player, and of the name above


def count_of(state: Any) -> str:
    """What the countdown says: 3, 2, 1, Go; "" before and after."""
    left = int(state["starts_at"]) - int(state["tick"])
    if left > 0:
        return str(-(-left // rules.TICKS_PER_SECOND))
    return "Go" if state["starts_at"] and -left < _GO_TICKS else ""


class Countdown:
    """Draws it for one match."""

    def __init__(self, look: ArenaLook) -> None:
        self._look = look
        self._spot = (0.5, 0.5)  # as shares of the arena: "Go" stays where the figures were, though players run by then

    def draw(self, surface: pygame.Surface, paint: Paint, state: Any, camera: Camera) -> pygame.Rect | None:
        """Returns where it is; None if there is nothing to count."""
        words = count_of(state)
        if not words:
            return None
        arena, goal = pygame.Rect(camera.area), f"first to {state['score_limit']} points"
        wide = max(paint.label("Go", _SIZE, WHITE, True).get_width(), paint.label(goal, 18, INK, True).get_width())
        place = pygame.Rect(0, 0, wide + paint.px(16), paint.px(_SIZE + 6))
        if words != "Go":
            x, y = _free_centre(place, arena, list(self._bodies(state, camera)))
            self._spot = (x - arena.left) / arena.width, (y - arena.top) / arena.height
        place.center = round(arena.left + self._spot[0] * arena.width), round(arena.top + self._spot[1] * arena.height)
        level = _brightness(state)
        figure = paint.cached(
            ("count", words, level), lambda: _faded(outlined(paint, words, _SIZE, WHITE, EDGES, bold=True), level)
        )
        put(surface, figure, place.centerx, place.top, "midtop")
        if words != "Go":
            label = paint.cached(("goal", goal), lambda: outlined(paint, goal, 18, INK, EDGES, bold=True))
            put(surface, label, place.centerx, place.bottom, "midbottom")
        return place

    def _bodies(self, state: Any, camera: Camera) -> Iterator[pygame.Rect]:
        """Where players and their names are on the screen."""
        for player in range(len(self._look.story.names)):
            place = self._look.story.place(state, player)
            if place is not None and state["players"][player]["health"] > 0:
                x, y = camera.to_screen(*place)
                reach, above = _BODY * camera.scale, (_BODY + _NAME) * camera.scale
                yield pygame.Rect(round(x - reach), round(y - above), round(2 * reach), round(reach + above))


def _free_centre(place: pygame.Rect, arena: pygame.Rect, bodies: list[pygame.Rect]) -> tuple[int, int]:
    """The centre nearest to that of the arena at which `place` meets none of `bodies`; the middle if there is none."""
    step = max(place.height // 4, 1)
    columns, rows = arena.width // 2 // step, arena.height // 2 // step
    shifts = ((x * step, y * step) for x in range(-columns, columns + 1) for y in range(-rows, rows + 1))
    for dx, dy in sorted(shifts, key=lambda shift: (shift[0] ** 2 + shift[1] ** 2, shift)):
        tried = place.copy()
        tried.center = arena.centerx + dx, arena.centery + dy
        if arena.contains(tried) and tried.collidelist(bodies) < 0:
            return tried.center
    return arena.center


def _brightness(state: Any) -> int:
    """Of the figure, 0..255: each begins bright and fades, "Go" until it is gone. In steps, so that few pictures are made."""
    left = int(state["starts_at"]) - int(state["tick"])
    if left <= 0:
        return round((1 + left / _GO_TICKS) * 10) * _BRIGHTEST // 10
    share = (left - 1) % rules.TICKS_PER_SECOND / rules.TICKS_PER_SECOND
    return _DIMMEST + round(share * 10) * (_BRIGHTEST - _DIMMEST) // 10


def _faded(picture: pygame.Surface, level: int) -> pygame.Surface:
    picture.fill((255, 255, 255, level), special_flags=pygame.BLEND_RGBA_MULT)
    return picture
