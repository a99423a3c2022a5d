"""The news of a match in a column or a strip: lines are broken where the room is narrow, old ones fade and give way."""

from __future__ import annotations

import pygame

from replay.read.story import Part, Sentence
from replay.watch.view.colours import PANEL, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint
from replay.watch.view.panels import FEED_SECONDS, FeedLine

from ..look.palette import VOID

_LETTERS, _LINE, _GAP = 13, 20, 4
_WIDEST = 330  # a strip that is wider has several columns
_INDENT, _EDGE = 10, 8
_GROUND = mix(VOID, PANEL, 0.5)


def draw_feed(surface: pygame.Surface, paint: Paint, look: Look, lines: list[FeedLine], rect: pygame.Rect) -> None:
    """As many of `lines` as find room in `rect`, the newest (the last of them) on top."""
    surface.fill(_GROUND, rect)
    rect = rect.inflate(-2 * min(paint.px(_EDGE), rect.width // 3), 0)
    columns = max(rect.width // paint.px(_WIDEST), 1)
    width, line, gap = rect.width // columns, paint.px(_LINE), paint.px(_GAP)
    rows_each = max((rect.height - gap) // line, 1)
    column = row = 0
    for parts, age in reversed(lines):
        rows = wrapped(paint, parts, width - gap)[:rows_each]
        if row + len(rows) > rows_each:
            column, row = column + 1, 0
        if column == columns:
            return
        left, top = rect.left + column * width, rect.top + gap
        for number, words in enumerate(rows):
            at = (left + (paint.px(_INDENT) if number else 0), top + (row + number) * line + line // 2)
            _draw_row(surface, paint, look, words, age, at, left + width)
        row += len(rows)


def wrapped(paint: Paint, parts: Sentence, width: int) -> list[Sentence]:
    """The parts of a sentence in rows of at most that many pixels; a part that is too wide alone has a row of its own."""
    rows: list[Sentence] = [[]]
    left = width
    for part in parts:
        wide = paint.label(part.text, _LETTERS).get_width()
        if wide > left and rows[-1]:
            part = Part(part.text.lstrip(), part.role, part.seat)
            wide = paint.label(part.text, _LETTERS).get_width()
            rows.append([])
            left = width - paint.px(_INDENT)
        rows[-1].append(part)
        left -= wide
    return rows


def _draw_row(
    surface: pygame.Surface, paint: Paint, look: Look, parts: Sentence, age: float, at: tuple[int, int], right: int
) -> None:
    fade = round(min(max((age - FEED_SECONDS + 1.5) / 1.5, 0.0), 0.8) * 5) / 5
    x, y = at
    for part in parts:
        if right - x < paint.px(_GAP):
            return
        colour = mix(look.part_colour(part), _GROUND, fade)
        x = paint.text(surface, part.text, (x, y), _LETTERS, colour, "midleft", width=right - x).right
