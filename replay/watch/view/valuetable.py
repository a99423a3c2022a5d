"""The fields of one state as a table: rows of players with a column for each; all others side by side where there is room."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import pygame

from replay.watch.model.fields import Fields
from replay.watch.model.inspector import Inspector, Order, Sight
from replay.watch.model.places import Thing
from replay.watch.model.scene import Colour
from replay.watch.model.transport import Transport
from replay.watch.view.colours import ACCENT, DIM, FAINT, INK, PANEL, WARN, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint
from replay.watch.view.sheet import LINE, LIT, STRIPE, Cells, Things

_NAME, _CHANGED, _SINGLE = 104, 76, 270  # layout pixels: of a row's name, of when it changed, of all of a row of one value
_WIDEST_SINGLE = 720
_PLAYER, _PLAYER_OF_MANY, _WIDEST_PLAYER, _MANY = 48, 76, 150, 16  # of a column at least, with many players, and at most; how many
_CHOSEN = mix(PANEL, ACCENT, 0.22)
_ZEROS = frozenset(("0", "0.0", "-0.0", "False", '""', "(none)"))


class _Line(NamedTuple):
    """Numbers of the rows that stand in it. is_wide: it has a column for each player."""

    rows: tuple[int, ...]
    is_wide: bool
    is_pinned: bool


class _Box(NamedTuple):
    """Where on the page something is written that may change. row: its row's number. is_right: it ends at the right edge."""

    rect: pygame.Rect
    row: int
    ground: Colour
    is_right: bool


class _Page(NamedTuple):
    """What of a table is to be seen. boxes: by cell; changed: by row, of the tick at which it changed."""

    boxes: dict[int, _Box]
    changed: dict[int, _Box]
    things: Things


class ValueTable:
    """Draws what an inspector shows of a state."""

    def __init__(self, look: Look, inspector: Inspector, transport: Transport) -> None:
        self._look, self._inspector, self._transport = look, inspector, transport
        self._cells, self._page = Cells(), _Page({}, {}, [])
        self._last: tuple[Any, Any] = (None, frozenset())  # the state and what of it was lit, as it was drawn last

    def draw(
        self, surface: pygame.Surface, paint: Paint, rect: pygame.Rect, sight: Sight, things: Things
    ) -> tuple[tuple[int, int], tuple[int, int]]:
        """The table of one state. Returns how many lines and columns of players there are and can be seen."""
        fields, inspector = sight.fields, self._inspector
        assert fields is not None
        order, line = inspector.order(sight), paint.px(LINE)
        columns = self._columns(paint, rect)
        head = line if (order.groups & 1).any() else 0
        seen = max((rect.height - head) // line, 1)
        # No more rows side by side than it takes to see all: the fewer, the more room there is for values.
        for singles in range(1, max(rect.width // paint.px(_SINGLE), 1) + 1):
            counts = _line_counts(order, singles)
            total = sum(count for _, _, count in counts)
            if total <= seen:
                break
        first = min(inspector.scroll, max(total - seen, 0))
        lines = list(_lines(order, counts, singles, first, seen))
        body = pygame.Rect(rect.left, rect.top, rect.width, head + seen * line)
        key = (fields, body.topleft, body.size, paint.scale, paint.contrast, columns, tuple(lines), head, inspector.chosen)
        is_fresh = self._cells.begin(key, body.size, PANEL)
        if is_fresh:
            self._page = self._lay_page(paint, fields, lines, body, columns, singles, head)
        self._write(paint, sight, is_fresh)
        things += self._page.things
        surface.blit(self._cells.surface, body)
        if not lines:
            paint.text(surface, "no such field", (body.left, body.top + paint.px(6)), 13, FAINT)
        if fields.hidden and first + seen >= total:
            text = f"and {fields.hidden:,} values more than can be shown"
            paint.text(surface, text, (body.left, body.top + head + len(lines) * line + 2), 12, FAINT)
        return (total, seen), (len(self._look.story.names), columns[1])

    def _columns(self, paint: Paint, rect: pygame.Rect) -> tuple[int, int, int, int, int]:
        """The first player shown and how many; the widths of the name's, of a player's and of the last column."""
        players, changed = max(len(self._look.story.names), 1), paint.px(_CHANGED)
        name = min(max(paint.px(_NAME), rect.width // 6), paint.px(2 * _NAME))
        room = max(rect.width - name - changed, 1)
        least = _PLAYER_OF_MANY if players > _MANY else _PLAYER
        seen = max(min(players, room // paint.px(least)), 1)
        return min(self._inspector.first_player, players - seen), seen, name, min(room // seen, paint.px(_WIDEST_PLAYER)), changed

    def _write_names(self, paint: Paint, columns: tuple[int, ...], things: Things, corner: tuple[int, int]) -> None:
        """The line above: whose column is which. corner: where on the screen the table begins."""
        (first, seen, name, width, changed), line, surface = columns, paint.px(LINE), self._cells.surface
        names = self._look.story.names
        hint = "field" if seen >= len(names) else f"{first + 1}-{first + seen} of {len(names)}"
        paint.text(surface, hint, (0, line // 2), 11, FAINT, "midleft", width=name - paint.px(6))
        for place, player in enumerate(range(first, min(first + seen, len(names)))):
            cell = pygame.Rect(name + place * width, 0, width - paint.px(5), line)
            dot, colour, text = paint.px(4), self._look.colour(player), names[player]
            room = max(cell.width - 3 * dot, 1)
            if paint.label(text, 12, colour, True).get_width() > room:
                text = paint.shortened(text, room, 12, True)
            left = paint.text(surface, text, cell.midright, 12, colour, "midright", bold=True).left
            paint.shape(surface, self._look.shape(player), (left - 2 * dot, cell.centery), dot, colour)
            things.append((cell.move(corner), Thing("player", player)))
        if self._inspector.names_fields:
            right = name + seen * width + changed - paint.px(8)
            paint.text(surface, "changed", (right, line // 2), 11, FAINT, "midright")

    def _lay_page(
        self, paint: Paint, fields: Fields, lines: list[_Line], body: pygame.Rect, columns: tuple[int, ...], singles: int, head: int
    ) -> _Page:
        """The names of the rows to be seen, and where their values go. head: how high the line above is."""
        page, line = _Page({}, {}, []), paint.px(LINE)
        if head:
            self._write_names(paint, columns, page.things, body.topleft)
        first, seen, wide_name, wide, changed = columns
        for number, (rows, is_wide, is_pinned) in enumerate(lines):
            ground, row_width = STRIPE if number % 2 else PANEL, wide_name + seen * wide + changed
            self._cells.surface.fill(ground, (0, head + number * line, body.width, line))
            name_width, width = wide_name, wide
            if not is_wide:
                widest = max(row_width, paint.px(_WIDEST_SINGLE))
                row_width = body.width // singles - paint.px(12) if singles > 1 else min(body.width, widest)
                name_width = min((row_width - changed) * 57 // 100, paint.px(_SINGLE - _CHANGED))
                width = row_width - changed - name_width
            for column, row in enumerate(rows):
                left, top, name = column * (body.width // singles), head + number * line, fields.rows[row].name
                place = pygame.Rect(left, top, name_width - paint.px(6), line)
                ink, text = (INK, f"\u2022 {name}") if is_pinned else (DIM, name)
                self._cells.write(paint, (row, "name"), place, text, ink, ground)
                page.things.append((place.move(body.topleft), Thing("field_name", path=name)))
                shown = fields.rows[row].cells[first : first + seen] if is_wide else fields.rows[row].cells
                for seat, cell in enumerate(shown):
                    if cell >= 0:
                        place = pygame.Rect(left + name_width + seat * width, top, width - 2, line)
                        page.boxes[cell] = _Box(place, row, ground, is_wide)
                        page.things.append((place.move(body.topleft), Thing("field_value", path=fields.cells[cell].path)))
                place = pygame.Rect(left + row_width - changed, top, changed - paint.px(8), line)
                page.changed[row] = _Box(place, row, ground, True)
                page.things.append((place.move(body.topleft), Thing("field_changed", path=name)))
        return page

    def _write(self, paint: Paint, sight: Sight, is_fresh: bool) -> None:
        """What a page says of this state. Where it is the page of the last picture, only what is another since then."""
        fields, inspector, (boxes, changed, _) = sight.fields, self._inspector, self._page
        assert fields is not None
        last, lit = self._last
        self._last = sight.state, sight.differing
        moved = sight.differing if is_fresh or last is sight.other else sight.differing | fields.differing(last, sight.state)
        touched = set(boxes) if is_fresh else (moved | lit) & boxes.keys()
        words, now = inspector.words(), self._transport.tick
        for cell in touched:
            box, text, is_lit = boxes[cell], fields.text(sight.state, cell, words), cell in sight.differing
            ink = WARN if is_lit else FAINT if text in _ZEROS else INK
            is_chosen = fields.cells[cell].path == inspector.chosen
            behind = _CHOSEN if is_chosen else LIT if is_lit else box.ground
            self._cells.write(paint, cell, box.rect, text, ink, box.ground, behind, right=box.is_right)
        rows = {boxes[cell].row for cell in touched} if self._transport.playing and not is_fresh else changed
        for row in rows:
            text, tick = inspector.changed(fields, fields.rows[row])
            ink, box = ACCENT if tick == now else FAINT, changed[row]
            self._cells.write(paint, (row, "changed"), box.rect, text, ink, box.ground, right=True)


def _line_counts(order: Order, singles: int) -> list[tuple[int, int, int]]:
    """Of each group of rows: the first row, how many, and how many lines they take."""
    borders = [0, *((order.groups[1:] != order.groups[:-1]).nonzero()[0] + 1).tolist(), len(order.rows)]
    return [
        (first, stop - first, stop - first if order.groups[first] & 1 else -(-(stop - first) // singles))
        for first, stop in pairwise(borders)
        if stop > first
    ]


def _lines(order: Order, counts: list[tuple[int, int, int]], singles: int, first: int, seen: int) -> Iterator[_Line]:
    """The lines first..first+seen-1, as far as there are any."""
    before = 0
    for start, count, lines in counts:
        group = int(order.groups[start])
        per_line = 1 if group & 1 else singles
        for line in range(max(first - before, 0), min(first + seen - before, lines)):
            rows = order.rows[start + line * per_line : min(start + (line + 1) * per_line, start + count)]
            yield _Line(tuple(rows.tolist()), bool(group & 1), group >= 2)
        before += lines
