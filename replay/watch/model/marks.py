"""The marks of a match in the order of their ticks: the recording's own markers, and the events that the story marks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import Any, NamedTuple

from replay.core.recording import Recording
from replay.read.story import Story, plain_text
from replay.watch.model.survey import Survey

_tick = attrgetter("tick")


class MarkAt(NamedTuple):
    """A mark: the tick, the event or the marker's text, how much it matters, its kind ("" for a marker), and whom it is about."""

    tick: int
    what: Any
    weight: int
    kind: str
    players: tuple[int, ...]


class Marks:
    """As many as the survey has seen so far."""

    def __init__(self, story: Story, recording: Recording, survey: Survey) -> None:
        self.story = story
        self._recording, self._survey = recording, survey
        self._events: list[MarkAt] = []
        self._all: list[MarkAt] = []
        self._counts = (-1, -1)

    def all(self) -> list[MarkAt]:
        events, markers = self._survey.events, self._recording.markers
        if (len(events), len(markers)) != self._counts:
            story = self.story
            # Events only ever come to the end: those that are known stay known.
            for event in events[len(self._events) :]:
                kind = story.kind(event)
                self._events.append(MarkAt(int(event["tick"]), event, story.marks[kind], kind, story.players_of(event)))
            own = [MarkAt(marker.tick, marker.text, 3, "", ()) for marker in markers]
            self._all = sorted([*self._events, *own], key=_tick)
            self._counts = (len(events), len(markers))
        return self._all

    def text(self, mark: MarkAt) -> str:
        """What a mark says."""
        return mark.what if isinstance(mark.what, str) else plain_text(self.story.tell(mark.what))

    def neighbour(self, tick: float, direction: int, least: int = 2) -> MarkAt | None:
        """The next (1) or previous (-1) mark that matters at least so much."""
        marks = self.all()
        after, before = marks[bisect_right(marks, tick, key=_tick) :], marks[: bisect_left(marks, tick, key=_tick)]
        return next((mark for mark in (after if direction > 0 else reversed(before)) if mark.weight >= least), None)

    def between(self, first: int, last: int) -> list[MarkAt]:
        """The marks of ticks first..last."""
        marks = self.all()
        return marks[bisect_left(marks, first, key=_tick) : bisect_right(marks, last, key=_tick)]
