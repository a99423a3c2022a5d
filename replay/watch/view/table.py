"""The look of a game that has none: a table of its state's fields, changed ones lit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pygame

from replay.read.paths import rows_of
from replay.read.story import Story
from replay.watch.model.scene import Scene
from replay.watch.view.colours import DIM, FAINT, GROUND, INK, PANEL, WARN
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint

_ROWS = 400
_CELLS = 40  # of one row
Line = tuple[str, list[tuple[str, str]], list[tuple[str, str]]]


class TableLook(Look):
    """Rows of the state's arrays are rows of the table, its fields columns; single fields stand on top."""

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._paint = Paint(story.world)

    def draw(self, surface: pygame.Surface, scene: Scene) -> None:
        left, top, width, height = scene.camera.area
        surface.set_clip((left, top, width, height))
        surface.fill(GROUND, (left, top, width, height))
        paint, zoom = self._paint, scene.camera.scale
        paint.resize((round(self.story.world[0] * zoom), round(self.story.world[1] * zoom)))
        if not isinstance(scene.before, dict) and not getattr(getattr(scene.before, "dtype", None), "names", None):
            size = len(scene.before) if isinstance(scene.before, bytes) else 0
            paint.text(
                surface, f"{self.story.game.name} names no fields of its {size:,} bytes of state", (left + 24, top + 24), 16, DIM
            )
            surface.set_clip(None)
            return
        x, y = scene.camera.to_screen(24, 18)
        line = paint.px(22)
        lines = _rows if isinstance(scene.before, dict) else _lines
        for row, (name, now, then) in enumerate(lines(scene.before, scene.after)):
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


def _rows(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Line]:
    """`_lines` of fields by path. A list may be longer in the next state, or gone."""
    next_rows = rows_of(after)
    for name, cells in list(rows_of(before).items())[:_ROWS]:
        texts = [[(label, _cut(str(value))) for label, value in row[:_CELLS]] for row in (cells, next_rows.get(name, []))]
        missing = [("", "")] * (len(texts[0]) - len(texts[1]))
        yield name, texts[0], [*texts[1], *missing][: len(texts[0])]


def _lines(before: Any, after: Any) -> Iterator[Line]:
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
    return _cut(" ".join(map(str, value.ravel().tolist())) if value.shape else str(value))


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
