"""A field over the whole match, drawn as far as it is known; the row's other players stand behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pygame

from replay.core.cache import Bounded
from replay.watch.model.inspector import Chart, Inspector, Sight
from replay.watch.model.places import Strip
from replay.watch.model.samples import Samples
from replay.watch.model.transport import Transport
from replay.watch.view.colours import DIM, FAINT, GROUND, INK, LINE, PANEL, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint

_HEAD = 22  # layout pixels
_AT_ONCE = 20  # points: as many more are drawn at once, while they come in


class FieldChart:
    """Draws what an inspector has chosen."""

    def __init__(self, look: Look, inspector: Inspector, transport: Transport) -> None:
        self._look, self._inspector, self._transport = look, inspector, transport
        self._curves: Bounded[Any, tuple[pygame.Surface, str]] = Bounded(1)

    def draw(self, surface: pygame.Surface, paint: Paint, rect: pygame.Rect, sight: Sight) -> Strip | None:
        """Into `rect`. Returns where a click means a moment; None if there is no chart."""
        chart, samples, transport = self._inspector.chart(sight), self._inspector.samples, self._transport
        if chart is None or samples is None:
            text = f"{self._inspector.chosen}: not a field of this state"
            paint.text(surface, text, rect.topleft, 13, FAINT, width=rect.width)
            return None
        place = pygame.Rect(rect.left, rect.top + paint.px(_HEAD), rect.width, rect.height - paint.px(_HEAD) - paint.px(4))
        grown = chart.lines.points if samples.is_over else chart.lines.points // _AT_ONCE
        key = (chart.lines, samples.is_over, grown, transport.ticks, place.size, paint.scale)
        curves, span = self._curves.get(key, lambda: self._draw_curves(paint, place.size, chart, samples))
        surface.blit(curves, place)
        strip = Strip(place, transport.ticks, transport.start)
        x = strip.tick_to_x(transport.position)
        pygame.draw.line(surface, INK, (x, place.top), (x, place.bottom - 1))
        words = [span, f"every {samples.step} ticks" if samples.step > 1 else "every tick"]
        if samples.error:
            words = [samples.error]
        elif not samples.is_over:
            words[1] = f"{100 * max(samples.done - transport.start, 0) // max(transport.ticks - transport.start, 1)} %"
        right = paint.text(surface, "   ".join(words), rect.topright, 12, DIM, "topright", width=rect.width * 6 // 10)
        room = max(right.left - rect.left - paint.px(8), 1)
        paint.text(surface, f"{chart.paths[chart.chosen]}  {self._value(chart, sight)}".rstrip(), rect.topleft, 13, INK, width=room)
        return strip

    def _value(self, chart: Chart, sight: Sight) -> str:
        """What the field has now, in full."""
        fields, path = sight.fields, chart.paths[chart.chosen]
        cell = next((number for number, cell in enumerate(fields.cells) if cell.path == path), -1) if fields is not None else -1
        return fields.text(sight.state, cell, self._inspector.words()) if fields is not None and cell >= 0 else ""

    def _draw_curves(self, paint: Paint, size: tuple[int, int], chart: Chart, samples: Samples) -> tuple[pygame.Surface, str]:
        """The lines, and from where to where they go, in words."""
        curves = pygame.Surface(size).convert() if pygame.display.get_surface() is not None else pygame.Surface(size)
        curves.fill(GROUND)
        points = chart.lines.points
        lines = [values[:points] for values in chart.lines.values]
        known = [value for values in lines for value in values if math.isfinite(value)]
        if not known:
            text = "no number" if points else "computing"
            paint.text(curves, text, (size[0] // 2, size[1] // 2), 13, FAINT, "center")
            return curves, ""
        low, high = min(known), max(known)
        is_of_players = len(chart.paths) > 1
        for share in (0.25, 0.5, 0.75):
            pygame.draw.line(curves, mix(GROUND, LINE, 0.6), (0, size[1] * share), (size[0], size[1] * share))
        # The one that is meant is drawn last, over the others.
        for index in sorted(range(len(lines)), key=lambda index: index == chart.chosen):
            is_meant = not is_of_players or index == chart.chosen
            colour = self._look.colour(index) if is_of_players or len(lines) > 1 else INK
            colour = colour if is_meant else mix(colour, PANEL, 0.6)
            is_dense = points > size[0]
            thick = 1 if is_dense else max(1, paint.px(2 if is_meant and is_of_players else 1.4))
            for run in self._runs(lines[index], samples.ticks, low, high, size):
                if len(run) > 1:
                    pygame.draw.lines(curves, colour, False, run, thick)
                else:
                    pygame.draw.circle(curves, colour, run[0], thick)
        return curves, f"{_text(low)} to {_text(high)}"

    def _runs(self, values: Sequence[float], ticks: Sequence[int], low: float, high: float, size: tuple[int, int]) -> Iterator[Any]:
        """Points of a line, apart where there is no number between them. A value holds until the next one."""
        start, whole, edge = self._transport.start, max(self._transport.ticks - self._transport.start, 1), 4
        height, span = size[1] - 2 * edge - 1, high - low
        known = np.array(values, float)
        is_known = np.isfinite(known)
        shares = (known - low) / span if math.isfinite(span) and span > 0 else np.full(len(known), 0.5)
        x = (np.array(ticks[: len(known)]) - start) / whole * (size[0] - 1)
        y = edge + height * (1 - np.clip(np.where(is_known, shares, 0), 0, 1))
        for run in np.split(np.arange(len(known)), (is_known[1:] != is_known[:-1]).nonzero()[0] + 1):
            if len(run) and is_known[run[0]]:
                corners = np.column_stack((np.repeat(x[run], 2)[1:], np.repeat(y[run], 2)[:-1]))
                yield corners.tolist()


def _text(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e12 else f"{value:.6g}"
