"""The points over the time of a match: under the mouse it says when and how it stood, a click goes there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import pygame

from replay.read.readmodel import Series
from replay.read.timecode import clock
from replay.watch.model.places import Strip
from replay.watch.view import panels
from replay.watch.view.colours import FAINT, INK, LINE
from replay.watch.view.paint import Paint

from .. import rules
from ..look import ArenaLook
from ..look.palette import WHITE
from ..story import TEAM_NAMES

KEYS = (",", ".")
_STEP_TICKS = 2 * rules.TICKS_PER_SECOND


class ScoreGraph:
    """timeline: the projection of that name. last: what each player has at the end. ticks: when that is.

    hovered: the moment that is looked at, by the mouse or by keys; is_lit: by keys.
    """

    def __init__(self, look: ArenaLook, timeline: Series, last: Sequence[int], ticks: int) -> None:
        self.look, self.ticks = look, ticks
        scores = [[*line, score] for line, score in zip(timeline.lines["score"], last, strict=True)]
        self.at_ticks = [*timeline.ticks, ticks]
        self.lines = look.story.graph(Series(timeline.players, self.at_ticks, {"score": scores}))
        self.hovered: int | None = None
        self.is_lit = False
        self._strip: Strip | None = None

    def point(self, at: tuple[int, int]) -> None:
        self.hovered, self.is_lit = self.tick_at(at), False

    def key(self, word: str) -> bool:
        """Go along it by a key. False if the key is not for that."""
        if word in KEYS and self.ticks:
            at = (self.ticks if word == KEYS[0] else 0) if self.hovered is None else self.hovered
            step = _STEP_TICKS if word == KEYS[1] else -_STEP_TICKS
            self.hovered, self.is_lit = min(max(at + step, 0), self.ticks), True
        return word in KEYS

    def let_go(self) -> None:
        """The keys are with something else."""
        self.hovered, self.is_lit = None, False

    def tick_at(self, at: tuple[int, int]) -> int | None:
        """The tick at a point of the screen; None outside."""
        if self._strip is None or not self._strip.rect.collidepoint(at):
            return None
        return self._strip.x_to_tick(at[0])

    def standing(self, tick: int) -> list[tuple[str, int]]:
        """Names (of players or teams) and points at a tick, best first."""
        names = TEAM_NAMES if self.look.story.in_teams else self.look.story.names
        at = max(bisect_right(self.at_ticks, tick) - 1, 0)
        return sorted(((name, line[at]) for name, line in zip(names, self.lines, strict=False)), key=lambda pair: -pair[1])

    def draw(self, surface: pygame.Surface, paint: Paint, place: pygame.Rect) -> None:
        self._strip = None
        if place.height < paint.px(60):
            return
        paint.panel(surface, place, 255)
        paint.text(surface, "POINTS OVER TIME", (place.left + paint.px(16), place.top + paint.px(11)), 12, FAINT)
        inner = place.inflate(-paint.px(32), -paint.px(52)).move(0, paint.px(14))
        if not self.ticks:
            paint.text(surface, "no time has passed", inner.center, 14, FAINT, "center", width=inner.width)
            return
        self._strip = Strip(inner, self.ticks)
        lines, low, high = panels.graph_points(self.at_ticks, self.lines, self.ticks, inner)
        for share in (0.0, 0.5, 1.0):
            y = inner.bottom - share * inner.height
            pygame.draw.line(surface, LINE, (inner.left, y), (inner.right, y))
            if (value := low + (high - low) * share) == int(value):
                paint.text(surface, str(int(value)), (inner.left, y - 1), 11, FAINT, "bottomleft")
        for index, points in enumerate(lines):
            colour = self.look.graph_colour(index)
            pygame.draw.lines(surface, colour, False, points, paint.px(2))
            paint.shape(surface, self.look.shape(index), points[-1], paint.px(5), colour)
        if self.hovered is not None:
            self._draw_hover(surface, paint, place, self.hovered)

    def _draw_hover(self, surface: pygame.Surface, paint: Paint, place: pygame.Rect, tick: int) -> None:
        """A line at the moment, and what stood then, beside it where there is room."""
        assert self._strip is not None
        x = self._strip.tick_to_x(tick)
        pygame.draw.line(surface, WHITE, (x, self._strip.rect.top), (x, self._strip.rect.bottom))
        texts = [f"{clock(tick, rules.TICKS_PER_SECOND).split('.')[0]}   {'Enter' if self.is_lit else 'click'} to watch"]
        texts += [f"{points}  {name}" for name, points in self.standing(tick)]
        high = paint.px(17)
        most = max((place.height - paint.px(16)) // high, 1)
        width = min(max(paint.label(text, 13, INK, True).get_width() for text in texts[:most]) + paint.px(18), place.width)
        card = pygame.Rect(0, place.top + paint.px(4), width, high * len(texts[:most]) + paint.px(10))
        card.left = round(x) + paint.px(8) if x + paint.px(8) + width < place.right else round(x) - paint.px(8) - width
        card.clamp_ip(place)
        paint.panel(surface, card, 240, radius=5)
        for number, text in enumerate(texts[:most]):
            at = (card.left + paint.px(9), card.top + paint.px(5) + number * high)
            paint.text(surface, text, at, 13, INK, bold=not number, width=width - paint.px(12))
