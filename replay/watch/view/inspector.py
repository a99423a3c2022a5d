"""The inspector: fields of the state as a table, or two states side by side; what happened around the tick; a field's chart."""

from __future__ import annotations

from functools import partial
from typing import Any

import pygame

from replay.core.cache import Bounded
from replay.read.story import Sentence
from replay.watch.model.inspector import Inspector, Sight
from replay.watch.model.places import Sheet, Strip, Thing
from replay.watch.model.transport import Transport
from replay.watch.view.colours import ACCENT, DIM, FAINT, GROUND, INK, PANEL, WARN, mix
from replay.watch.view.colours import LINE as EDGE
from replay.watch.view.fieldchart import FieldChart
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint
from replay.watch.view.pairtable import PairTable
from replay.watch.view.sheet import LINE, Things
from replay.watch.view.valuetable import ValueTable

_SHARE, _LEAST, _MOST = 0.46, 320, 720  # of a window's width that the panel takes, and its limits in layout pixels
_EVENTS, _EVENT_LINE, _CHART = 5, 18, 124
_PAST, _COMING = 150, 90  # of 255: how bright events are that do not belong to this tick


def panel_width(paint: Paint, width: int) -> int:
    """Of the panel, in a window of some width."""
    return min(max(round(width * _SHARE), min(paint.px(_LEAST), width)), max(paint.px(_MOST), width // 3))


class InspectorView:
    """Draws the inspector of a desk, and says where it drew what."""

    def __init__(self, look: Look, inspector: Inspector, transport: Transport) -> None:
        self._look, self._inspector, self._transport = look, inspector, transport
        self._values, self._pair = ValueTable(look, inspector, transport), PairTable(look, inspector)
        self._chart = FieldChart(look, inspector, transport)
        self._event_lines: Bounded[Any, pygame.Surface] = Bounded(4 * _EVENTS)

    def draw(self, surface: pygame.Surface, paint: Paint, rect: pygame.Rect) -> Sheet:
        """Into `rect`."""
        inspector, tick = self._inspector, self._transport.tick
        surface.set_clip(rect)
        surface.fill(PANEL, rect)
        pygame.draw.line(surface, EDGE, rect.topleft, (rect.left, rect.bottom))
        inner = rect.inflate(-2 * paint.px(10), -2 * paint.px(6))
        things: Things = []
        y = self._draw_tools(surface, paint, inner, things)
        sight = inspector.sight(tick)
        if sight.note:
            y = _draw_note(surface, paint, sight.note, pygame.Rect(inner.left, y, inner.width, inner.bottom - y))
        bottom, chart = self._draw_foot(surface, paint, pygame.Rect(inner.left, y, inner.width, inner.bottom - y), sight)
        body = pygame.Rect(inner.left, y, inner.width, max(bottom - y, 0))
        scroll = pygame.Rect(rect.right - paint.px(9), body.top, paint.px(9), body.height)
        lines = players = (0, 0)
        if sight.fields is not None and body.height > paint.px(2 * LINE):
            if inspector.is_pair:
                lines = self._pair.draw(surface, paint, body, sight, things)
            else:
                lines, players = self._values.draw(surface, paint, body, sight, things)
            _draw_scroll(surface, paint, scroll, lines, inspector.scroll)
        surface.set_clip(None)
        return Sheet(rect, things, lines, players, scroll, chart)

    # --- above ---

    def _draw_tools(self, surface: pygame.Surface, paint: Paint, rect: pygame.Rect, things: Things) -> int:
        """What one searches for, and what can be chosen. Returns where they end."""
        inspector, right = self._inspector, rect.right
        buttons = [("sort_fields", inspector.sort, False), ("mark_state", "mark tick", False)]
        if inspector.is_pair:
            buttons.insert(0, ("only_differences", "only differences" if inspector.only else "all fields", inspector.only))
        buttons.append(("compare", inspector.shows_text, inspector.is_pair))
        height, gap = paint.px(22), paint.px(5)
        for name, text, is_on in buttons:
            label = paint.label(text, 12, INK if is_on else DIM)
            place = pygame.Rect(0, rect.top, label.get_width() + paint.px(14), height)
            place.right = right
            if place.left < rect.left + paint.px(70):
                break
            pygame.draw.rect(surface, mix(PANEL, ACCENT, 0.3) if is_on else mix(PANEL, EDGE, 0.7), place, border_radius=paint.px(4))
            surface.blit(label, label.get_rect(center=place.center))
            things.append((place, Thing(name)))
            right = place.left - gap
        box = pygame.Rect(rect.left, rect.top, right - rect.left, height)
        pygame.draw.rect(surface, GROUND, box, border_radius=paint.px(4))
        if inspector.is_typing:
            pygame.draw.rect(surface, ACCENT, box, 1, border_radius=paint.px(4))
        text, ink = (inspector.text, INK) if inspector.text or inspector.is_typing else ("/  search", FAINT)
        cursor = "|" if inspector.is_typing else ""
        at, room = (box.left + paint.px(8), box.centery), box.width - paint.px(12)
        paint.text(surface, text + cursor, at, 13, ink, "midleft", width=room)
        things.append((box, Thing("find_field")))
        return box.bottom + paint.px(8)

    # --- below ---

    def _draw_foot(self, surface: pygame.Surface, paint: Paint, rect: pygame.Rect, sight: Sight) -> tuple[int, Strip | None]:
        """Chart and events, as far as there is room for more than a few rows. Returns where they begin, and where the chart is."""
        inspector, bottom, least, chart = self._inspector, rect.bottom, paint.px(6 * LINE), None
        if inspector.chosen is not None and sight.fields is not None and rect.height > paint.px(_CHART) + least:
            place = pygame.Rect(rect.left, bottom - paint.px(_CHART), rect.width, paint.px(_CHART))
            chart = self._chart.draw(surface, paint, place, sight)
            bottom = place.top - paint.px(4)
        height = paint.px(_EVENT_LINE)
        most = min(_EVENTS, (bottom - rect.top - least) // height - 1)
        if most > 0 and inspector.tells_events:
            top = bottom - (most + 1) * height
            self._draw_events(surface, paint, pygame.Rect(rect.left, top, rect.width, bottom - top), most)
            bottom = top
        return bottom, chart

    def _draw_events(self, surface: pygame.Surface, paint: Paint, rect: pygame.Rect, most: int) -> None:
        """What happened around the tick: what led to it is bright."""
        now, height = self._transport.tick, paint.px(_EVENT_LINE)
        paint.text(surface, "EVENTS", (rect.left, rect.top + height // 2), 11, FAINT, "midleft")
        told = self._inspector.events(now, most, ahead=not self._transport.playing)
        for number, (tick, parts) in enumerate(told, 1):
            key = (rect.width, paint.scale, paint.contrast, tick, tuple(parts))
            line = self._event_lines.get(key, partial(self._event_line, paint, (rect.width, height), tick, parts))
            line.set_alpha(255 if tick == now else _PAST if tick < now else _COMING)
            surface.blit(line, (rect.left, rect.top + number * height))
        if not told:
            paint.text(surface, "none within a second", (rect.left, rect.top + 3 * height // 2), 12, FAINT, "midleft")

    def _event_line(self, paint: Paint, size: tuple[int, int], tick: int, parts: Sentence) -> pygame.Surface:
        line = pygame.Surface(size).convert() if pygame.display.get_surface() is not None else pygame.Surface(size)
        line.fill(PANEL)
        x = paint.text(line, str(tick), (0, size[1] // 2), 12, ACCENT, "midleft").right + paint.px(8)
        for part in parts:
            if size[0] - x < paint.px(10):
                break
            colour = self._look.part_colour(part)
            x = paint.text(line, part.text, (x, size[1] // 2), 12, colour, "midleft", width=size[0] - x).right
        return line


def _draw_note(surface: pygame.Surface, paint: Paint, note: str, rect: pygame.Rect) -> int:
    """Words that may need several lines. Returns where they end."""
    y, words = rect.top, note.split()
    while words and y < rect.bottom:
        count = len(words)
        while count > 1 and paint.label(" ".join(words[:count]), 13, WARN).get_width() > rect.width:
            count -= 1
        y = paint.text(surface, " ".join(words[:count]), (rect.left, y), 13, WARN, width=rect.width).bottom + paint.px(2)
        words = words[count:]
    return y + paint.px(6)


def _draw_scroll(surface: pygame.Surface, paint: Paint, rect: pygame.Rect, lines: tuple[int, int], first: int) -> None:
    total, seen = lines
    if total <= seen:
        return
    height = max(rect.height * seen // total, paint.px(14))
    top = rect.top + (rect.height - height) * min(first, total - seen) // (total - seen)
    pygame.draw.rect(surface, EDGE, (rect.left + paint.px(2), top, rect.width - paint.px(4), height), border_radius=paint.px(3))
