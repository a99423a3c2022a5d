"""The view of a game that has none: a table of its state's fields, changed ones lit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pygame

from replay.core.game import Events, Game, Match
from replay.core.records import Header
from replay.watch.view.paint import DIM, FAINT, GROUND, INK, PANEL, WARN, Paint
from replay.watch.view.view import Mark, News, Scene, View

_SHAPES = ("diamond", "triangle", "square", "circle", "pentagon", "star", "hexagon", "cross")
_COLOURS = ((86, 180, 233), (230, 159, 0), (0, 186, 137), (240, 228, 66), (224, 139, 190), (255, 112, 46), (214, 214, 224))
_ROWS = 400


class TableView(View):
    """Rows of the state's arrays are rows of the table, its fields columns; single fields stand on top."""

    def __init__(self, game: Game, header: Header, match: Match) -> None:
        super().__init__(game, header, match)
        self.marks = {
            kind: Mark(_SHAPES[index % len(_SHAPES)], _COLOURS[index % len(_COLOURS)], 2 if index < 3 else 1)
            for index, kind in enumerate(game.event_kinds)
        }
        self._paint = Paint(self.world)

    def feed(self, events: Events) -> Iterator[News]:
        for event in events[::-1]:
            kind = self.game.event_kinds[int(event["kind"])]
            rest = ", ".join(f"{name} {event[name]}" for name in event.dtype.names if name not in ("tick", "kind"))
            yield int(event["tick"]), [(kind.replace("_", " "), self.marks[kind].colour), (f"  {rest}", DIM)]

    def draw(self, surface: pygame.Surface, scene: Scene) -> None:
        left, top, width, height = scene.camera.area
        surface.set_clip((left, top, width, height))
        surface.fill(GROUND, (left, top, width, height))
        paint, zoom = self._paint, scene.camera.scale
        paint.resize((round(self.world[0] * zoom), round(self.world[1] * zoom)))
        if not isinstance(scene.before, np.void) or not scene.before.dtype.names:
            size = len(scene.before) if isinstance(scene.before, bytes) else 0
            paint.text(surface, f"{self.game.name} names no fields of its {size:,} bytes of state", (left + 24, top + 24), 16, DIM)
            surface.set_clip(None)
            return
        x, y = scene.camera.to_screen(24, 18)
        line = paint.px(22)
        for row, (name, now, then) in enumerate(_lines(scene.before, scene.after)):
            at = y + row * line
            if at > top + height:
                break
            if row % 2:
                surface.fill(PANEL, (left, round(at) - 2, width, line))
            if at >= top - line:
                paint.text(surface, name, (x, at), 14, DIM)
                self._cells(surface, now, then, x + paint.px(190), at)
        surface.set_clip(None)

    def _cells(self, surface: pygame.Surface, now: list[tuple[str, str]], then: list[tuple[str, str]], x: float, y: float) -> None:
        for (label, value), (_, other) in zip(now, then, strict=True):
            if label:
                x = self._paint.text(surface, label, (x, y), 13, FAINT).right + self._paint.px(6)
            right = self._paint.text(surface, value, (x, y), 14, INK if value == other else WARN).right
            x = max(x + self._paint.px(70), right + self._paint.px(18))


def _lines(before: Any, after: Any) -> Iterator[tuple[str, list[tuple[str, str]], list[tuple[str, str]]]]:
    """Name, fields of now, fields of the next state. At most a few hundred: a screen holds no more."""
    count = 0
    for name in before.dtype.names:
        now, then = before[name], after[name]
        if now.dtype.names and now.shape:
            for index in np.ndindex(now.shape):
                if count > _ROWS:
                    return
                count += 1
                yield f"{name}[{','.join(map(str, index))}]", _fields(now[index]), _fields(then[index])
        elif now.dtype.names:
            yield name, _fields(now), _fields(then)
        else:
            yield name, [("", _number(now))], [("", _number(then))]


def _fields(record: Any) -> list[tuple[str, str]]:
    return [(name, _number(record[name])) for name in record.dtype.names]


def _number(value: Any) -> str:
    text = " ".join(map(str, value.ravel().tolist())) if value.shape else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
