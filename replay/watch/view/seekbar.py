"""The seek bar: where we are, what happens when, how busy it is, and what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pygame

from replay.core.cache import Bounded
from replay.watch.model.desk import Desk
from replay.watch.model.places import Strip
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, GROUND, INK, LINE, WARN, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint


class SeekBar:
    """Draws the bar of one match into a rectangle of the window."""

    def __init__(self, look: Look, desk: Desk) -> None:
        self._look, self._desk = look, desk
        self._survey, self._transport = desk.session.survey, desk.transport
        self._bands: Bounded[Any, pygame.Surface] = Bounded(1)

    def draw(self, surface: pygame.Surface, paint: Paint, rect: pygame.Rect) -> None:
        transport, survey, desk = self._transport, self._survey, self._desk
        strip = Strip(rect, transport.ticks, transport.start)
        # While the survey runs: anew at every sixteenth of the way.
        part = -1 if survey.ticks >= transport.ticks else survey.ticks * 16 // max(transport.ticks, 1)
        follow, markers = desk.director.player, len(desk.session.recording.markers)
        key = (rect.size, rect.left, transport.ticks, part, follow, markers, survey.first_bad_tick)
        surface.blit(self._bands.get(key, lambda: self._make_band(paint, strip, rect, follow)), rect)
        x = round(strip.tick_to_x(transport.position))
        played = pygame.Rect(rect.left, rect.bottom - paint.px(4), max(x - rect.left, 0), paint.px(4))
        pygame.draw.rect(surface, ACCENT, played, border_radius=2)
        self._draw_range(surface, paint, strip)
        if desk.bar_x is not None:
            pygame.draw.line(surface, DIM, (desk.bar_x, rect.top), (desk.bar_x, rect.bottom - 1))
        pygame.draw.line(surface, INK, (x, rect.top - paint.px(3)), (x, rect.bottom + paint.px(1)), paint.px(2))
        paint.shape(surface, "circle", (x, rect.bottom - paint.px(2)), paint.px(6), INK)
        if transport.live:
            paint.shape(surface, "circle", (rect.right - 1, rect.bottom - paint.px(2)), paint.px(5), BAD)

    def _draw_range(self, surface: pygame.Surface, paint: Paint, strip: Strip) -> None:
        transport, rect = self._transport, strip.rect
        if transport.loop_in is None and transport.loop_out is None:
            return
        start, stop = (round(strip.tick_to_x(tick)) for tick in transport.range)
        colour = WARN if transport.looping else mix(WARN, FAINT, 0.5)
        pygame.draw.rect(surface, colour, (start, rect.top - paint.px(4), max(stop - start, 2), paint.px(3)))
        for x in (start, stop):
            pygame.draw.line(surface, colour, (x, rect.top - paint.px(4)), (x, rect.bottom - 1), paint.px(1))

    def _make_band(self, paint: Paint, strip: Strip, rect: pygame.Rect, follow: int | None) -> pygame.Surface:
        """What stays while playing: ground, busy band, marks, hatching."""
        band = pygame.Surface(rect.size).convert() if pygame.display.get_surface() else pygame.Surface(rect.size)
        band.fill(GROUND)
        self._draw_busy(band, paint)
        pygame.draw.rect(band, LINE, (0, rect.height - paint.px(4), rect.width, paint.px(4)), border_radius=2)
        drawn = set()
        for mark in sorted(self._desk.marks.all(), key=lambda mark: mark.weight):
            x = round(strip.tick_to_x(mark.tick)) - rect.left
            mine = follow is None or not mark.players or follow in mark.players
            if not mark.kind:
                pygame.draw.line(band, INK, (x, 0), (x, rect.height))
                paint.shape(band, "down", (x, paint.px(5)), paint.px(5), INK)
                continue
            shape, bright = self._look.mark(mark.kind)
            if (x // 2, mark.kind, mine) in drawn:  # an hour has more marks than the bar has pixels
                continue
            drawn.add((x // 2, mark.kind, mine))
            colour = bright if mine else mix(bright, GROUND, 0.72)
            size = 2.4 + 1.2 * min(mark.weight, 3) + (0.8 if follow is not None and mine else 0.0)
            # Two lanes: what one looks for above, the rest below.
            paint.shape(band, shape, (x, rect.height * (0.27 if mark.weight > 1 else 0.65)), paint.px(size), colour)
        self._hatch(band, paint, strip)
        return band

    def _draw_busy(self, band: pygame.Surface, paint: Paint) -> None:
        busy = np.array(self._survey.busy, float)
        if not len(busy):
            return
        second = self._survey.game.ticks_per_second
        width, height = band.get_width(), band.get_height() - paint.px(5)
        kernel = np.array([1, 2, 3, 2, 1]) / 9
        smooth = np.convolve(busy, kernel, "same") if len(busy) >= 5 else busy
        start = self._transport.start
        ticks = np.linspace(start, self._transport.ticks, width)
        level = np.interp(ticks, start + (np.arange(len(busy)) + 0.5) * second, smooth, right=0)
        level[ticks > self._survey.ticks] = 0
        level = np.sqrt(level / max(level.max(), 1e-9)) * (height - 2)
        points = [(0, height), *((x, height - float(value)) for x, value in enumerate(level)), (width, height)]
        pygame.draw.polygon(band, (30, 40, 56), points)
        pygame.draw.lines(band, (52, 68, 92), False, points[1:-1])

    def _hatch(self, band: pygame.Surface, paint: Paint, strip: Strip) -> None:
        """Red stripes from the first divergent tick on."""
        bad = self._survey.first_bad_tick
        if bad is None:
            return
        start, height = round(strip.tick_to_x(bad)) - strip.rect.left, band.get_height()
        band.set_clip((start, 0, band.get_width(), height))
        for x in range(start - height, band.get_width(), paint.px(9)):
            pygame.draw.line(band, BAD, (x, height), (x + height, 0), paint.px(2))
        pygame.draw.line(band, BAD, (start, 0), (start, height), paint.px(2))
        band.set_clip(None)
