"""The marks of a match in the order of their ticks: the recording's own markers, and the events that the story marks. And which of
them one goes through."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from replay.core.recording import Recording
from replay.read.story import Story, plain_text
from replay.watch.model.survey import Survey

T = TypeVar("T")
LEAD_SECONDS = 1.5  # a mark is watched from a little before it
_tick = attrgetter("tick")
_GOAL_WEIGHT = 2  # one goes from mark to mark of this weight where no kind was chosen


class MarkAt(NamedTuple):
    """A mark: the tick, the event or the marker's text, how much it matters, its kind ("" for a marker), and whom it is about."""

    tick: int
    what: Any
    weight: int
    kind: str
    players: tuple[int, ...]


class Choice(NamedTuple):
    """Which marks count: of these kinds, about one of these players. An empty set leaves nothing out, and a mark about nobody is
    everybody's."""

    kinds: frozenset[str] = frozenset()
    players: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.kinds or self.players)

    def admits(self, mark: MarkAt) -> bool:
        return (not self.kinds or mark.kind in self.kinds) and self.is_about(mark)

    def is_about(self, mark: MarkAt) -> bool:
        return not self.players or not mark.players or not self.players.isdisjoint(mark.players)

    def toggled(self, kinds: Iterable[str] = (), players: Iterable[int] = ()) -> Choice:
        """With these as well; without them if they are all chosen."""
        return Choice(_toggled(self.kinds, frozenset(kinds)), _toggled(self.players, frozenset(players)))


def _toggled(chosen: frozenset[T], these: frozenset[T]) -> frozenset[T]:
    return chosen - these if these <= chosen else chosen | these


EVERYTHING = Choice()


class Marks:
    """As many as the survey has seen so far."""

    def __init__(self, story: Story, recording: Recording, survey: Survey) -> None:
        self.story = story
        self._recording, self._survey = recording, survey
        self._events: list[MarkAt] = []
        self._all: list[MarkAt] = []
        self._counts = (-1, -1)
        self._goals: tuple[list[MarkAt], Choice, list[MarkAt]] = (self._all, EVERYTHING, [])

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

    def goals(self, choice: Choice) -> list[MarkAt]:
        """Where one stops on the way from mark to mark: of the chosen kinds, or where none is chosen those that matter."""
        marks = self.all()
        known, chosen, goals = self._goals
        if known is not marks or chosen != choice:
            goals = [mark for mark in marks if choice.admits(mark) and (choice.kinds or mark.weight >= _GOAL_WEIGHT)]
            self._goals = marks, choice, goals
        return goals

    def neighbour(self, origin: float | MarkAt, direction: int, choice: Choice = EVERYTHING) -> MarkAt | None:
        """The next (1) or previous (-1) goal after a tick, or after a mark: then others of its own tick count too."""
        goals = self.goals(choice)
        if isinstance(origin, MarkAt):
            if (index := index_of(origin, goals)) is not None:
                return goals[index + direction] if 0 <= index + direction < len(goals) else None
            origin = origin.tick
        if direction > 0:
            index = bisect_right(goals, origin, key=_tick)
            return goals[index] if index < len(goals) else None
        index = bisect_left(goals, origin, key=_tick)
        return goals[index - 1] if index else None


def index_of(mark: MarkAt, marks: list[MarkAt]) -> int | None:
    """Where a mark is in a list that is in the order of ticks; None if it is not there."""
    first, last = bisect_left(marks, mark.tick, key=_tick), bisect_right(marks, mark.tick, key=_tick)
    is_marker = isinstance(mark.what, str)
    for index in range(first, last):
        other = marks[index]
        # Records of events stay the same objects, markers are read again.
        if other is mark or (is_marker and not other.kind and other.what == mark.what):
            return index
    return None
