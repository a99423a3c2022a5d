"""The seek bar: where we are, what happens when, how busy it is, what is wrong, and how far all of that is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pygame

from replay.core.cache import Bounded
from replay.watch.model.desk import Desk
from replay.watch.model.places import Places, Strip
from replay.watch.model.timeline import TRACK
from replay.watch.view import lanes
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, GROUND, INK, LINE, PANEL, WARN, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint

_UNKNOWN = mix(PANEL, LINE, 0.2)  # the ground of what was not looked at yet
_BUSY, _BUSY_EDGE = (26, 34, 47), (44, 57, 78)


class SeekBar:
    """Draws the bar of one match, where `places` says."""

    def __init__(self, look: Look, desk: Desk) -> None:
        self._look, self._desk = look, desk
        self._survey, self._transport = desk.session.survey, desk.transport
        self._bands: Bounded[Any, pygame.Surface] = Bounded(1)

    def draw(self, surface: pygame.Surface, paint: Paint, places: Places) -> None:
        strip, transport, desk = places.bar, self._transport, self._desk
        if strip is None:
            return
        rect, track = _rect(strip), paint.px(TRACK)
        whole = pygame.Rect(places.names_left, rect.top, rect.right - places.names_left, rect.height)
        timeline, follow = desk.timeline, desk.director.player
        key = (whole.size, timeline.version, timeline.choice, follow, self._survey.first_bad_tick)
        surface.blit(self._bands.get(key, lambda: self._make_band(paint, strip, places, whole)), whole)
        if timeline.progress is not None:
            self._draw_progress(surface, paint, strip, timeline.progress)
        self._draw_range(surface, paint, strip)
        x = round(strip.tick_to_x(transport.position))
        played = pygame.Rect(rect.left, rect.bottom - track, min(max(x - rect.left, 0), rect.width), track)
        pygame.draw.rect(surface, ACCENT, played, border_radius=2)
        if desk.bar_at is not None:
            pygame.draw.line(surface, DIM, (desk.bar_at[0], rect.top), (desk.bar_at[0], rect.bottom - 1))
        if rect.left - 1 <= x <= rect.right:
            pygame.draw.line(surface, INK, (x, rect.top - paint.px(3)), (x, rect.bottom + paint.px(1)), paint.px(2))
            paint.shape(surface, "circle", (x, rect.bottom - track / 2), paint.px(6), INK)
        if transport.live and strip.ticks >= transport.ticks:
            paint.shape(surface, "circle", (rect.right - 1, rect.bottom - track / 2), paint.px(5), BAD)
        if places.overview is not None:
            self._draw_overview(surface, paint, strip, places.overview)

    def _draw_range(self, surface: pygame.Surface, paint: Paint, strip: Strip) -> None:
        transport, rect = self._transport, strip.rect
        if transport.loop_in is None and transport.loop_out is None:
            return
        start, stop = (round(strip.tick_to_x(tick)) for tick in transport.range)
        colour = WARN if transport.looping else mix(WARN, FAINT, 0.5)
        surface.set_clip(_rect(strip))
        pygame.draw.rect(surface, colour, (start, rect.top, max(stop - start, 2), paint.px(3)))
        for x in (start, stop):
            pygame.draw.line(surface, colour, (x, rect.top), (x, rect.bottom - 1), paint.px(1))
        surface.set_clip(None)

    def _draw_overview(self, surface: pygame.Surface, paint: Paint, strip: Strip, overview: Strip) -> None:
        """The whole match as a thin line: the part that the bar shows, and where we are."""
        rect = _rect(overview)
        pygame.draw.rect(surface, LINE, rect, border_radius=2)
        first, last = (round(overview.tick_to_x(tick)) for tick in (strip.start, strip.ticks))
        pygame.draw.rect(surface, DIM, (first, rect.top, max(last - first, paint.px(4)), rect.height), border_radius=2)
        x = round(overview.tick_to_x(self._transport.position))
        pygame.draw.rect(surface, ACCENT, (x - paint.px(1), rect.top - 1, paint.px(3), rect.height + 2))

    def _draw_progress(self, surface: pygame.Surface, paint: Paint, strip: Strip, percent: int) -> None:
        """How far the survey has come, on what it has not come to, where there is room."""
        rect = _rect(strip)
        x = max(round(strip.tick_to_x(self._desk.timeline.seen)), rect.left)
        words = f"finding events: {percent} %" if self._survey.error is None else "no events are known from here on"
        label = paint.label(words, 11, DIM)
        if rect.right - x > label.get_width() + paint.px(16):
            surface.blit(label, label.get_rect(midleft=(x + paint.px(8), rect.centery - paint.px(TRACK) // 2)))

    def _make_band(self, paint: Paint, strip: Strip, places: Places, whole: pygame.Rect) -> pygame.Surface:
        """What stays while playing: names, ground, busy band, marks, hatching."""
        band = pygame.Surface(whole.size).convert() if pygame.display.get_surface() else pygame.Surface(whole.size)
        band.fill(PANEL)
        place = _rect(strip).move(-whole.left, -whole.top)
        part = band.subsurface(place)
        part.fill(GROUND)
        track = paint.px(TRACK)
        lanes.draw_grounds(part, places.lanes, -whole.top, self._look)
        self._draw_busy(part, place.height - track, strip)
        if self._desk.timeline.progress is not None:
            unknown = max(round(strip.tick_to_x(self._desk.timeline.seen)) - strip.rect.left, 0)
            part.fill(_UNKNOWN, (unknown, 0, place.width, place.height - track))
        choice, director = self._desk.timeline.choice, self._desk.director
        mine = self._desk.timeline.wanted
        for row in places.lanes:
            lanes.draw_marks(part, paint, self._look, row, (-strip.rect.left, -whole.top), mine)
            if place.left:
                name = pygame.Rect(0, row.top - whole.top, place.left - paint.px(6), row.bottom - row.top)
                lanes.draw_name(band, paint, self._look, row.lane, name, choice, director.player)
        pygame.draw.rect(part, LINE, (0, place.height - track, place.width, track), border_radius=2)
        self._hatch(part, paint, strip)
        return band

    def _draw_busy(self, band: pygame.Surface, height: int, strip: Strip) -> None:
        busy = np.array(self._survey.busy, float)
        if not len(busy):
            return
        second, width = self._survey.game.ticks_per_second, band.get_width()
        kernel = np.array([1, 2, 3, 2, 1]) / 9
        smooth = np.convolve(busy, kernel, "same") if len(busy) >= 5 else busy
        ticks = np.linspace(strip.start, strip.ticks, width)
        level = np.interp(ticks, self._transport.start + (np.arange(len(busy)) + 0.5) * second, smooth, right=0)
        level[ticks > self._survey.ticks] = 0
        level = np.sqrt(level / max(smooth.max(), 1e-9)) * (height - 2)
        points = [(0, height), *((x, height - float(value)) for x, value in enumerate(level)), (width, height)]
        pygame.draw.polygon(band, _BUSY, points)
        pygame.draw.lines(band, _BUSY_EDGE, False, points[1:-1])

    def _hatch(self, band: pygame.Surface, paint: Paint, strip: Strip) -> None:
        """Red stripes from the first divergent tick on."""
        bad = self._survey.first_bad_tick
        if bad is None:
            return
        height, width = band.get_height(), band.get_width()
        start = max(round(strip.tick_to_x(bad)) - strip.rect.left, -1)
        band.set_clip((max(start, 0), 0, max(width - start, 0), height))
        for x in range(start - height, width, paint.px(9)):
            pygame.draw.line(band, BAD, (x, height), (x + height, 0), paint.px(2))
        pygame.draw.line(band, BAD, (start, 0), (start, height), paint.px(2))
        band.set_clip(None)


def _rect(strip: Strip) -> pygame.Rect:
    return pygame.Rect(strip.rect.left, strip.rect.top, strip.rect.width, strip.rect.height)
