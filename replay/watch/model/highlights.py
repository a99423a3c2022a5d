"""The moments of a match worth seeing: those that the game names, or else its weightiest marks."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter
from typing import NamedTuple

from replay.read.readmodel import Table
from replay.watch.model.card import ListCard
from replay.watch.model.marks import Marks
from replay.watch.model.survey import Survey

_MOST = 40  # weighty marks, where the game names no moments


class Moment(NamedTuple):
    """A row of the game's table of happenings with a title. worth: how much it is worth seeing."""

    tick: int
    title: str
    worth: float


def moments_of(table: Table) -> list[Moment]:
    """The rows of a table that has a title and a tick."""
    assert table.tick and table.title
    return [Moment(row[table.tick], str(row[table.title]), row[table.worth] if table.worth else 0) for row in table.rows]


class Highlights(ListCard[Moment]):
    """The list of them, as far as the survey has come. start: the first tick of the recording. current: the last one that has
    begun; None before the first."""

    def __init__(self, survey: Survey, marks: Marks, start: int = 0) -> None:
        super().__init__([])
        self._survey, self._marks, self._start = survey, marks, start
        self._source: object = None
        self.current: int | None = None

    def refresh(self, position: float) -> None:
        """Once a frame: there may be more by now, and another one may be the last that has begun. The list goes along with it
        unless somebody has scrolled it away."""
        table = self._survey.highlights
        source: object = table if table is not None and table.rows else self._marks.all()
        if source is not self._source:
            self._source = source
            self._take(table)
        index = bisect_right(self.menu.items, position, key=attrgetter("tick"))
        before, self.current = self.current, index - 1 if index else None
        if self.current is not None and self.current != before and before in self.seen:
            self.reveal(self.current)

    def _take(self, table: Table | None) -> None:
        lit = self.menu.item if self.menu.items else None
        items = moments_of(table) if table is not None and table.rows else self._weightiest()
        self.menu.items = sorted(items)
        self.menu.chosen = self.menu.items.index(lit) if lit in self.menu.items else 0

    def _weightiest(self) -> list[Moment]:
        """Where marks weigh the same, those of busy seconds first."""
        second, busy, start = self._survey.game.ticks_per_second, self._survey.busy, self._start

        def worth(tick: int) -> int:
            index = (tick - 1 - start) // second
            return busy[index] if 0 <= index < len(busy) else 0

        marks = sorted(self._marks.all(), key=lambda mark: (-mark.weight, -worth(mark.tick)))[:_MOST]
        return [Moment(mark.tick, self._marks.text(mark), mark.weight) for mark in marks]
