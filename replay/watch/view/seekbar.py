"""The seek bar: where we are, what happens when, how busy it is, and what is wrong. Drawn from the survey, asked by the mouse."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import pygame

from replay.core.recording import Recording
from replay.watch.model.survey import Survey
from replay.watch.model.transport import Transport
from replay.watch.view.paint import ACCENT, BAD, DIM, FAINT, GROUND, INK, LINE, WARN, Paint, mix
from replay.watch.view.view import View

_NEAR_PIXELS = 6


class MarkAt(NamedTuple):
    """A mark on the bar: the tick, the event or the marker's text, how much it matters, and who it is about."""

    tick: int
    what: Any
    weight: int
    kind: str
    players: tuple[int, ...]


_tick = attrgetter("tick")


class SeekBar:
    """Lies in `rect` (set by the window). `hover_x`: where the mouse is over it, or None."""

    def __init__(self, paint: Paint, view: View, recording: Recording, survey: Survey, transport: Transport) -> None:
        self.rect = pygame.Rect(0, 0, 1, 1)
        self.hover_x: int | None = None
        self.paint, self._view, self._recording = paint, view, recording
        self._survey, self._transport = survey, transport
        self._marks: list[MarkAt] = []
        self._marks_of = (-1, -1)
        self._events: list[MarkAt] = []
        self._band: pygame.Surface | None = None
        self._band_key: Any = None

    # --- where ---

    def tick_to_x(self, tick: float) -> float:
        return self.rect.left + tick / max(self._transport.ticks, 1) * (self.rect.width - 1)

    def x_to_tick(self, x: float) -> int:
        """The tick at a place of the bar, cut to 0..ticks."""
        share = (x - self.rect.left) / max(self.rect.width - 1, 1)
        return round(min(max(share, 0.0), 1.0) * self._transport.ticks)

    def contains(self, at: tuple[int, int]) -> bool:
        """Whether a press at this place is for the bar: it is easier to hit than it is high."""
        return self.rect.inflate(0, self.paint.px(14)).collidepoint(at)

    # --- marks ---

    def marks(self) -> list[MarkAt]:
        """All marks in the order of their ticks: the recording's own markers, and the events that the view marks."""
        events, markers = self._survey.events, self._recording.markers
        if (len(events), len(markers)) != self._marks_of:
            kinds = self._survey.game.event_kinds
            # Events only ever come to the end: those that are known stay known.
            for event in events[len(self._events) :]:
                kind = kinds[int(event["kind"])]
                weight = self._view.marks[kind].weight
                self._events.append(MarkAt(int(event["tick"]), event, weight, kind, self._view.players_of(event)))
            own = [MarkAt(marker.tick, marker.text, 3, "", ()) for marker in markers]
            self._marks = sorted([*self._events, *own], key=lambda mark: mark.tick)
            self._marks_of = (len(events), len(markers))
        return self._marks

    def text_of(self, mark: MarkAt) -> str:
        """What a mark says."""
        if isinstance(mark.what, str):
            return mark.what
        for _, parts in self._view.feed(np.atleast_1d(mark.what)):
            return "".join(part for part, _ in parts)
        return mark.kind.replace("_", " ")

    def neighbour(self, tick: float, direction: int, least: int = 2) -> MarkAt | None:
        """The next (1) or previous (-1) mark that matters at least so much."""
        marks = self.marks()
        after, before = marks[bisect_right(marks, tick, key=_tick) :], marks[: bisect_left(marks, tick, key=_tick)]
        return next((mark for mark in (after if direction > 0 else reversed(before)) if mark.weight >= least), None)

    def mark_near(self, x: float) -> MarkAt | None:
        """The mark that the mouse means, if one is near; the weightier one where they crowd."""
        reach = self.paint.px(_NEAR_PIXELS)
        low, high = self.x_to_tick(x - reach), self.x_to_tick(x + reach)
        marks = self.marks()
        near = marks[bisect_left(marks, low, key=_tick) : bisect_right(marks, high, key=_tick)]
        return max(near, key=lambda mark: (mark.weight, -abs(self.tick_to_x(mark.tick) - x)), default=None)

    # --- drawing ---

    def draw(self, surface: pygame.Surface, follow: int | None) -> None:
        rect, paint, transport = self.rect, self.paint, self._transport
        done = self._survey.ticks >= transport.ticks
        # While the survey runs: every sixteenth of the way.
        part = -1 if done else self._survey.ticks * 16 // max(transport.ticks, 1)
        key = (rect.size, transport.ticks, part, follow, len(self._recording.markers),
               self._survey.first_bad_tick)  # fmt: skip
        if self._band is None or key != self._band_key:
            self._band, self._band_key = self._make_band(follow), key
        surface.blit(self._band, rect)
        x = round(self.tick_to_x(transport.position))
        played = pygame.Rect(rect.left, rect.bottom - paint.px(4), max(x - rect.left, 0), paint.px(4))
        pygame.draw.rect(surface, ACCENT, played, border_radius=2)
        self._draw_range(surface)
        if self.hover_x is not None:
            pygame.draw.line(surface, DIM, (self.hover_x, rect.top), (self.hover_x, rect.bottom - 1))
        pygame.draw.line(surface, INK, (x, rect.top - paint.px(3)), (x, rect.bottom + paint.px(1)), paint.px(2))
        paint.shape(surface, "circle", (x, rect.bottom - paint.px(2)), paint.px(6), INK)
        if transport.live:
            paint.shape(surface, "circle", (rect.right - 1, rect.bottom - paint.px(2)), paint.px(5), BAD)

    def _draw_range(self, surface: pygame.Surface) -> None:
        transport, paint = self._transport, self.paint
        if transport.loop_in is None and transport.loop_out is None:
            return
        start, stop = (round(self.tick_to_x(tick)) for tick in transport.range)
        colour = WARN if transport.looping else mix(WARN, FAINT, 0.5)
        pygame.draw.rect(surface, colour, (start, self.rect.top - paint.px(4), max(stop - start, 2), paint.px(3)))
        for x in (start, stop):
            pygame.draw.line(surface, colour, (x, self.rect.top - paint.px(4)), (x, self.rect.bottom - 1), paint.px(1))

    def _make_band(self, follow: int | None) -> pygame.Surface:
        """What stays while playing: ground, busy band, marks, hatching."""
        rect, paint = self.rect, self.paint
        made = pygame.Surface(rect.size).convert() if pygame.display.get_surface() else pygame.Surface(rect.size)
        made.fill(GROUND)
        self._draw_busy(made)
        pygame.draw.rect(made, LINE, (0, rect.height - paint.px(4), rect.width, paint.px(4)), border_radius=2)
        left, drawn = rect.left, set()
        for mark in sorted(self.marks(), key=lambda mark: mark.weight):
            x = round(self.tick_to_x(mark.tick)) - left
            mine = follow is None or not mark.players or follow in mark.players
            if not mark.kind:
                pygame.draw.line(made, INK, (x, 0), (x, rect.height))
                paint.shape(made, "down", (x, paint.px(5)), paint.px(5), INK)
                continue
            look = self._view.marks[mark.kind]
            if (x // 2, mark.kind, mine) in drawn:  # an hour has more marks than the bar has pixels
                continue
            drawn.add((x // 2, mark.kind, mine))
            colour = look.colour if mine else mix(look.colour, GROUND, 0.72)
            size = 2.4 + 1.2 * min(look.weight, 3) + (0.8 if follow is not None and mine else 0.0)
            # Two lanes: what one looks for above, the rest below.
            paint.shape(made, look.shape, (x, rect.height * (0.27 if look.weight > 1 else 0.65)), paint.px(size), colour)
        self._hatch(made)
        return made

    def _draw_busy(self, made: pygame.Surface) -> None:
        busy = np.array(self._survey.busy, float)
        if not len(busy):
            return
        second = self._survey.game.ticks_per_second
        width, height = made.get_width(), made.get_height() - self.paint.px(5)
        kernel = np.array([1, 2, 3, 2, 1]) / 9
        smooth = np.convolve(busy, kernel, "same") if len(busy) >= 5 else busy
        ticks = np.linspace(0, self._transport.ticks, width)
        level = np.interp(ticks, (np.arange(len(busy)) + 0.5) * second, smooth, right=0)
        level[ticks > self._survey.ticks] = 0
        level = np.sqrt(level / max(level.max(), 1e-9)) * (height - 2)
        points = [(0, height), *((x, height - float(value)) for x, value in enumerate(level)), (width, height)]
        pygame.draw.polygon(made, (30, 40, 56), points)
        pygame.draw.lines(made, (52, 68, 92), False, points[1:-1])

    def _hatch(self, made: pygame.Surface) -> None:
        """Red stripes from the first divergent tick on."""
        bad = self._survey.first_bad_tick
        if bad is None:
            return
        start, height = round(self.tick_to_x(bad)) - self.rect.left, made.get_height()
        made.set_clip((start, 0, made.get_width(), height))
        for x in range(start - height, made.get_width(), self.paint.px(9)):
            pygame.draw.line(made, BAD, (x, height), (x + height, 0), self.paint.px(2))
        pygame.draw.line(made, BAD, (start, 0), (start, height), self.paint.px(2))
        made.set_clip(None)
