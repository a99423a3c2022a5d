"""Where everything lies on the screen while a match is played: bars above and below, the arena, the news beside it."""

from __future__ import annotations

from typing import NamedTuple

import pygame

from replay.watch.model.scene import Area
from replay.watch.view.paint import Paint

_TOP, _FOOT, _TALL_FOOT = 38, 68, 100
_LEAST_LINE = 1000  # width: a person's health, weapon and shop have room beside each other
_COLUMN, _STRIP = 150, 24  # the least room for news: beside the arena, above it
_LONGEST_STRIP = 146  # seven lines of news


class Layout(NamedTuple):
    """top: clock and scores. arena: where the world is drawn, as large as it fits; nothing else is laid out there. feed: the news.
    foot: the bar of the people at this machine; people: each one's part of it. is_stacked: with the shop below health and weapon.
    """

    top: pygame.Rect
    arena: pygame.Rect
    feed: pygame.Rect
    foot: pygame.Rect
    people: tuple[pygame.Rect, ...]
    is_stacked: bool

    @property
    def area(self) -> Area:
        """The arena, for a camera."""
        return self.arena.left, self.arena.top, self.arena.width, self.arena.height


def lay_out(size: tuple[int, int], paint: Paint, world: tuple[int, int], people: int) -> Layout:
    """For a window of this size, a world of that size in pixels, and so many people at the machine."""
    width, height = size
    top = pygame.Rect(0, 0, width, paint.px(_TOP))
    is_stacked = people > 1 or width < paint.px(_LEAST_LINE)
    foot_height = paint.px(_TALL_FOOT if is_stacked else _FOOT)
    foot = pygame.Rect(0, max(height - foot_height, top.bottom + 2), width, foot_height)
    arena, feed = _share(pygame.Rect(0, top.bottom, width, foot.top - top.bottom), paint, world)
    share = width // max(people, 1)
    places = tuple(pygame.Rect(number * share, foot.top, share, foot.height) for number in range(people))
    return Layout(top, arena, feed, foot, places, is_stacked)


def _share(free: pygame.Rect, paint: Paint, world: tuple[int, int]) -> tuple[pygame.Rect, pygame.Rect]:
    """Arena and news in the room between the bars, so that the arena is as large as it can be: news beside it or above it."""
    column, strip = paint.px(_COLUMN), paint.px(_STRIP)
    beside, above = _fitted(free.width - column, free.height, world), _fitted(free.width, free.height - strip, world)
    if beside[0] > above[0]:
        arena = pygame.Rect((free.left, free.top + (free.height - beside[1]) // 2), beside)
        # In the middle where there is room enough on either side.
        arena.left = max((free.width - arena.width) // 2, 0) if free.width - arena.width >= 2 * column else 0
        news = pygame.Rect(arena.right, free.top, free.right - arena.right, free.height)
    else:
        spare = free.height - above[1]
        height = min(spare, paint.px(_LONGEST_STRIP))
        arena = pygame.Rect((free.left + (free.width - above[0]) // 2, free.top + height + (spare - height) // 2), above)
        news = pygame.Rect(free.left, free.top, free.width, height)
    return arena, news


def _fitted(width: int, height: int, world: tuple[int, int]) -> tuple[int, int]:
    scale = max(min(width / world[0], height / world[1]), 1e-3)
    return max(int(world[0] * scale), 1), max(int(world[1] * scale), 1)
