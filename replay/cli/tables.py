"""Tables as text that fits the terminal: wide ones get headings of several lines, then come in parts below one another."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import click

_GAP = "  "
_LEAST = 8  # a column is not made narrower than that


def table_lines(heads: Sequence[str], rows: Sequence[Sequence[str]], is_number: Sequence[bool], width: int | None) -> Iterator[str]:
    """A heading and a line for each row. is_number: of each column, set to the right. width: what a line may take; None: anything.

    What does not fit is told in parts; each begins with the first column, which says whose line it is.
    """
    columns = [list(column) for column in zip(heads, *rows, strict=True)]
    plain = [max(map(cells_of, column)) for column in columns]
    if width is None or _total(plain) <= width:
        yield from _lines(columns, plain, is_number)
        return
    narrow = [
        max([*map(cells_of, head.split()), *map(cells_of, column)]) for head, (_, *column) in zip(heads, columns, strict=True)
    ]
    room = max(width - narrow[0] - len(_GAP), _LEAST)
    widths = [narrow[0], *(min(one, room) for one in narrow[1:])]
    for number, part in enumerate(_parts(widths, width)):
        if number:
            yield ""
        yield from _lines([columns[i] for i in part], [widths[i] for i in part], [is_number[i] for i in part])


def cells_of(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _parts(widths: Sequence[int], width: int) -> Iterator[list[int]]:
    """Which columns stand beside one another: the first one, and as many others as fit, at least one."""
    part = [0]
    for index in range(1, len(widths)):
        if len(part) > 1 and _total([widths[i] for i in (*part, index)]) > width:
            yield part
            part = [0]
        part.append(index)
    yield part


def _lines(columns: Sequence[Sequence[str]], widths: Sequence[int], is_number: Sequence[bool]) -> Iterator[str]:
    wrapped = [[_wrapped(text, width) for text in column] for column, width in zip(columns, widths, strict=True)]
    for number, row in enumerate(zip(*wrapped, strict=True)):
        height = max(map(len, row))
        # Headings stand on their table, so that the last line of each is next to what it heads.
        row_lines = ([[""] * (height - len(cell)) + cell for cell in row]) if number == 0 else row
        for texts in zip_longest(*row_lines, fillvalue=""):
            line = _GAP.join(_set(*each) for each in zip(texts, widths, is_number, strict=True))
            yield click.style(line.rstrip(), bold=number == 0)


def _wrapped(text: str, width: int) -> list[str]:
    return [text] if cells_of(text) <= width else textwrap.wrap(text, width, break_on_hyphens=False)


def _set(text: str, width: int, is_number: bool) -> str:
    blanks = " " * (width - cells_of(text))
    return blanks + text if is_number else text + blanks
