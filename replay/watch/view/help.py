"""The help card: a table of commands, in its groups. Nothing of it is cut off: it takes the largest letters with which all of it
fits; in a small window it has small ones, and can be moved up and down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pygame

from replay.watch.model.commands import COMMANDS, GROUPS, SPOTS, KeyCommand, Spot
from replay.watch.model.scroll import Scroll
from replay.watch.view.colours import ACCENT, DIM, FAINT, INK
from replay.watch.view.paint import Paint

_LETTERS = (15.0, 14.0, 13.0, 12.0, 11.0, 10.0)
_MOST_COLUMNS, _FEWEST_ROWS = 5, 12
_CLOSE, _MOVE = "any key closes this card", "Up, Down: more; others close"


class Line(NamedTuple):
    """keys: or the heading of a group, which has no text."""

    keys: str
    text: str = ""


class Layout(NamedTuple):
    """letters: their size. rows: that are seen, in each column. keys, width: of a column's keys, and of a column, in pixels."""

    letters: float
    columns: int
    rows: int
    step: int
    keys: int
    width: int


def lines_of(commands: Iterable[KeyCommand], spots: Iterable[Spot], groups: Mapping[str, str]) -> tuple[Line, ...]:
    """The table as lines: each group under its heading."""
    table = [(" ".join(command.keys), command.help, command.group) for command in commands]
    table += [(spot.gesture, spot.help, spot.group) for spot in spots]
    lines = []
    for group, heading in groups.items():
        lines += [Line(heading), *(Line(keys, text) for keys, text, its in table if its == group)]
    return tuple(lines)


def _viewer_lines() -> tuple[Line, ...]:
    """Of the viewer: ten keys that do alike are one line."""
    percents = KeyCommand("percents", ("0 … 9",), "to 0 % … 90 %", "go")
    commands = [command for command in COMMANDS if not command.name.startswith("percent_")]
    at = next(index for index, command in enumerate(commands) if command.group == "mark")
    return lines_of([*commands[:at], percents, *commands[at:]], SPOTS, GROUPS)


VIEWER_LINES = _viewer_lines()


def lay_out(paint: Paint, lines: tuple[Line, ...], room: tuple[int, int]) -> Layout:
    """The largest letters with which all lines fit into `room` pixels; else the smallest, and as many columns as fit."""
    layout = None
    for letters in _LETTERS:
        layout = _columns(paint, lines, room, letters)
        if layout.columns * layout.rows >= len(lines):
            break
    assert layout is not None
    return layout


def _columns(paint: Paint, lines: tuple[Line, ...], room: tuple[int, int], letters: float) -> Layout:
    step = round(paint.label("Ag", letters).get_height() * 1.45)
    keys = max(paint.label(line.keys, letters, bold=True).get_width() for line in lines if line.text)
    texts = max(paint.label(line.text, letters).get_width() for line in lines if line.text)
    gap = paint.px(12)
    natural = keys + texts + 2 * gap
    columns = min(max(room[0] // natural, 1), _MOST_COLUMNS, -(-len(lines) // _FEWEST_ROWS))
    width = min(room[0] // columns, natural + 2 * gap)
    rows = min(max(room[1] // step, 1), -(-len(lines) // columns))
    return Layout(letters, columns, rows, step, min(keys + gap, width // 2), width)


def draw_help(surface: pygame.Surface, paint: Paint, lines: tuple[Line, ...], scroll: Scroll) -> None:
    """The card over everything."""
    paint.shade(surface, 170)
    width, height = surface.get_size()
    edge, head = paint.px(22), paint.px(48)
    most = (width - paint.px(24) - 2 * edge, height - paint.px(24) - head - paint.px(16))
    layout = lay_out(paint, lines, (min(most[0], paint.px(1200)), most[1]))
    size = (layout.columns * layout.width + 2 * edge, layout.rows * layout.step + head + paint.px(16))
    card = paint.card(surface, size, (width // 2, height // 2), 245, 7)
    shown = layout.columns * layout.rows
    first = scroll.note(len(lines), shown)
    title = paint.text(surface, "Keys", (card.left + edge, card.top + paint.px(12)), 21, INK, bold=True)
    note, room = _MOVE if scroll.last else _CLOSE, card.right - edge - title.right - paint.px(14)
    paint.text(surface, note, (card.right - edge, title.centery), 13, FAINT, "midright", width=room)
    for index, line in enumerate(lines[first : first + shown]):
        x = card.left + edge + index // layout.rows * layout.width
        y = card.top + head + index % layout.rows * layout.step
        if not line.text:
            paint.text(surface, line.keys, (x, y), layout.letters, ACCENT, bold=True, width=layout.width)
            continue
        room = layout.keys - paint.px(8)
        paint.text(surface, line.keys, (x, y), layout.letters, INK, bold=True, width=room)
        room = layout.width - layout.keys - paint.px(8)
        paint.text(surface, line.text, (x + layout.keys, y), layout.letters, DIM, width=room)
