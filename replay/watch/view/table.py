"""The look of a game that has none, in pictures that nobody points at: its fields by name, changed ones lit. See `inspector`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pygame

from replay.core.cache import Bounded
from replay.read.story import Story
from replay.watch.model.fields import Fields, Seats, State, fields_of
from replay.watch.model.scene import Scene
from replay.watch.view.colours import DIM, FAINT, GROUND, INK, PANEL, WARN
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint

_NAME = 190  # world pixels: the width of names, and the least of values
_VALUE = 116


class TableLook(Look):
    """A line for each row of `Fields`; those of players have a column for each."""

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._paint = Paint(story.world)
        self._seats = Seats(len(story.names), story.per_player)
        self._fields: Bounded[Any, Fields] = Bounded(8)

    def draw(self, surface: pygame.Surface, scene: Scene) -> None:
        left, top, width, height = scene.camera.area
        surface.set_clip((left, top, width, height))
        surface.fill(GROUND, (left, top, width, height))
        paint, zoom = self._paint, scene.camera.scale
        paint.suit(1.0, bool(scene.options.get("contrast")))  # its size is the camera's
        paint.resize((round(self.story.world[0] * zoom), round(self.story.world[1] * zoom)))
        before, after = scene.before, scene.after
        if not isinstance(before, dict) and not getattr(getattr(before, "dtype", None), "names", None):
            size = len(before) if isinstance(before, bytes) else 0
            text = f"{self.story.game.name} names no fields of its {size:,} bytes of state"
            paint.text(surface, text, (left + 24, top + 24), 16, DIM)
        else:
            self._draw_rows(surface, scene, before, after)
        surface.set_clip(None)

    def _draw_rows(self, surface: pygame.Surface, scene: Scene, before: Any, after: Any) -> None:
        left, top, width, height = scene.camera.area
        paint, (x, y), line = self._paint, scene.camera.to_screen(24, 18), self._paint.px(22)
        state, other, fields = self._named(before, after)
        lit, shown = fields.differing(state, other), fields.filled(state) | fields.filled(other)
        rows = sorted(shown.nonzero()[0].tolist(), key=lambda row: not fields.rows[row].of_players)
        if fields.seats:
            for player, name in enumerate(self.story.names):
                where = x + paint.px(_NAME) + player * paint.px(_VALUE)
                paint.text(surface, name, (where, y), 14, self.colour(player), bold=True, width=paint.px(_VALUE - 16))
            y += line
        first = max(int((top - y) // line), 0)
        for number, row in enumerate(rows[first : first + height // line + 2], first):
            at, (name, cells, of_players, _) = y + number * line, fields.rows[row]
            if number % 2:
                surface.fill(PANEL, (left, round(at) - 2, width, line))
            paint.text(surface, name, (x, at), 14, DIM, width=paint.px(_NAME - 12))
            for column, cell in enumerate(cells):
                where = x + paint.px(_NAME) + column * paint.px(_VALUE)
                if cell < 0 or where > left + width:
                    continue
                room = paint.px(_VALUE - 16) if of_players else round(left + width - where)
                text = fields.text(state, cell, self.story.state_names)
                ink = WARN if cell in lit else FAINT if text == "0" else INK
                paint.text(surface, text, (where, at), 14, ink, width=max(room, 1))

    def _named(self, before: Any, after: Any) -> tuple[State, State, Fields]:
        """Two states, and their fields."""
        if isinstance(before, dict):
            keys = tuple(before)
            return before, after, self._fields.get(keys, lambda: fields_of(before, None, self._seats))
        dtype: np.dtype[Any] = before.dtype
        states = before.tobytes(), after.tobytes()
        return *states, self._fields.get(dtype, lambda: fields_of(states[0], dtype, self._seats))
