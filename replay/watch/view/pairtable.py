"""Two states side by side: a field in a line, by the path that reports name it with."""

from __future__ import annotations

import pygame

from replay.watch.model.inspector import Inspector, Sight
from replay.watch.model.places import Thing
from replay.watch.model.scene import Colour
from replay.watch.view.colours import DIM, FAINT, INK, PANEL, WARN, mix
from replay.watch.view.colours import LINE as EDGE
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint
from replay.watch.view.sheet import LINE, LIT, STRIPE, Cells, Things

_BEFORE = mix(PANEL, EDGE, 0.5)


class PairTable:
    """Draws what an inspector shows of two states."""

    def __init__(self, look: Look, inspector: Inspector) -> None:
        self._look, self._inspector, self._cells = look, inspector, Cells()

    def draw(self, surface: pygame.Surface, paint: Paint, rect: pygame.Rect, sight: Sight, things: Things) -> tuple[int, int]:
        """Two states side by side, a cell in a line. Returns how many lines there are and can be seen."""
        fields, inspector, line = sight.fields, self._inspector, paint.px(LINE)
        assert fields is not None
        shown = inspector.pair_cells(sight)
        width = (rect.width - paint.px(8)) // 4
        name_width = rect.width - paint.px(8) - 2 * width
        paint.text(surface, "field", (rect.left, rect.top + line // 2), 11, FAINT, "midleft")
        for index, heading in enumerate(sight.names):
            at = (rect.left + name_width + index * width + paint.px(4), rect.top + line // 2)
            paint.text(surface, heading, at, 12, DIM, "midleft", width=width, bold=True)
        seen = max(rect.height // line - 1, 1)
        first = min(inspector.scroll, max(len(shown) - seen, 0))
        body = pygame.Rect(rect.left, rect.top + line, rect.width, seen * line)
        lines = shown[first : first + seen]
        self._cells.begin((body.size, paint.scale, paint.contrast, inspector.shows, len(lines)), body.size, PANEL)
        words = inspector.words()
        for number, cell in enumerate(lines):
            place, path = pygame.Rect(0, number * line, name_width, line), fields.cells[cell].path
            differs, ground = cell in sight.differing, STRIPE if number % 2 else PANEL
            self._write_whose(paint, number, place, path, fields.seats.get(cell), INK if differs else DIM, ground)
            for index, state in enumerate((sight.other, sight.state)):
                box = pygame.Rect(name_width + index * width, place.top, width - paint.px(2), line)
                ink = (DIM, WARN)[index] if differs else FAINT
                behind = (_BEFORE, LIT)[index] if differs else ground
                self._cells.write(paint, (number, index), box, fields.text(state, cell, words), ink, ground, behind)
                things.append((box.move(body.topleft), Thing("field_value", path=path)))
        surface.blit(self._cells.surface, body)
        if not shown:
            text = "no such field" if inspector.text else "the two states are the same"
            paint.text(surface, text, (rect.left, rect.top + line + paint.px(6)), 13, FAINT)
        return len(shown), seen

    def _write_whose(
        self, paint: Paint, number: int, rect: pygame.Rect, path: str, player: int | None, ink: Colour, ground: Colour
    ) -> None:
        """The path of a field, and whose it is where there is room for that."""
        right = rect.left + paint.label(path, 13, ink).get_width() + 2 * paint.px(8)
        if not self._cells.write(paint, (number, "path"), rect, path, ink, ground) or player is None:
            return
        if (room := rect.right - right - paint.px(8)) > paint.px(20):
            at, name = (right, rect.centery), self._look.story.names[player]
            paint.text(self._cells.surface, name, at, 12, self._look.colour(player), "midleft", width=room)
