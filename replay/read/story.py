"""What a match tells in words and numbers: who did what to whom, who leads, what a result means. A look says how it is drawn.

A game gives its own by an attribute `story`, a subclass of `Story`. Command line, reports, library and window all speak through it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from replay.core.events import event_dicts
from replay.core.game import Events, Game, abilities_of
from replay.core.records import Header
from replay.read.readmodel import Series


class Part(NamedTuple):
    """A piece of a sentence. role: what it stands for, so that a look can colour it: "" (plain words), "player", "team", "kind" (of
    the event), "gain", "harm", "honour" or "outcome". seat: of the player; number of the team or of the kind."""

    text: str
    role: str = ""
    seat: int = -1


Sentence = list[Part]


class News(NamedTuple):
    """A line of the feed: the tick, and what happened."""

    tick: int
    parts: Sentence


class Row(NamedTuple):
    """A line of the score table. cells: as many as `Story.columns`."""

    player: int
    cells: tuple[str, ...]
    team: int
    alive: bool = True


class Story:
    """What one match of a game tells. Every method has a default that serves any game; a game overrides what it can say better.

    marks: event kinds that show on a seek bar, and their weight: 1 is drawn, from 2 on one goes from mark to mark. A game that
    names none has marks of all kinds.
    columns: headings of the score table. world: width and height of the world, in world pixels.
    memory_seconds: for how long a picture shows what has happened.
    state_names: what the numbers in a field of the state mean, by the field's name: `{"weapon": ("blaster", "rifle")}`.
    per_player: paths of the arrays of the state in which each player has an element. None: those called `players`, and those that
    are as long as there are players.
    """

    world: tuple[int, int] = (1280, 720)
    marks: Mapping[str, int] = {}
    columns: tuple[str, ...] = ()
    memory_seconds = 2.0
    state_names: Mapping[str, Sequence[str]] = {}
    per_player: Collection[str] | None = None

    def __init__(self, game: Game, header: Header) -> None:
        self.game = game
        self.header = header
        self.names = [player.name for player in header.players]
        self._kinds = abilities_of(game).event_kinds
        if not self.marks:
            self.marks = {kind: 2 if index < 3 else 1 for index, kind in enumerate(self._kinds)}

    def fields(self, event: Any) -> dict[str, Any]:
        """One event (a record of `event_dtype`, or (tick, kind, data)) as plain data."""
        return next(event_dicts(self.game, event.reshape(1) if isinstance(event, np.void) else [event]))

    def kind(self, event: Any) -> str:
        """The kind of an event by name."""
        if not isinstance(event, np.void):
            return str(event[1])
        kinds, number = self._kinds, int(event["kind"])
        return kinds[number] if number < len(kinds) else str(number)

    def tell(self, event: Any) -> Sentence:
        """One event in words: what happened, with the players' names."""
        kind = self.kind(event)
        number = self._kinds.index(kind) if kind in self._kinds else -1
        return [Part(kind.replace("_", " "), "kind", number), *tell_fields(self.fields(event), self.names)]

    def feed(self, events: Events) -> Iterator[News]:
        """What of these events is news, newest first: those of marked kinds. Whoever asks takes as many as there is room for."""
        is_news = self.marks.__contains__ if self.marks else bool
        of_marks = (event for event in events[::-1] if is_news(self.kind(event)))
        return (News(int(event["tick"] if isinstance(event, np.void) else event[0]), self.tell(event)) for event in of_marks)

    def standings(self, state: Any) -> list[Row]:
        """The score table, best first. state: a record of the match's `state_dtype`."""
        return []

    def graph(self, timeline: Series) -> Sequence[Sequence[int]]:
        """The lines of the graph over the match, of the game's first projection that gives a series."""
        return next(iter(timeline.lines.values()), ())

    def result_text(self, result: Mapping[str, Any]) -> str:
        """A result in a few words, for lists. It may be a claim out of a file: anything may be in it."""
        return ", ".join(f"{key} {value}" for key, value in result.items() if isinstance(value, int | float | str))[:120]

    def inputs(self, row: Any) -> list[tuple[str, bool]]:
        """What one player holds, as labels that are lit or not: a key by its name, anything else with its value."""
        ranges = abilities_of(self.game).input_ranges
        names = row.dtype.names or ()
        return [(name if ranges.get(name) == (0, 1) else f"{name} {row[name]}", bool(row[name])) for name in names]

    def details(self, state: Any, player: int) -> list[str]:
        """A few words about one player: health, what it holds."""
        return []

    def players_of(self, event: Any) -> tuple[int, ...]:
        """Whom an event is about."""
        fields = self.fields(event)
        seats = (fields.get(name) for name in ("actor", "target", "player"))
        return tuple(seat for seat in seats if isinstance(seat, int) and 0 <= seat < len(self.names))

    def place(self, state: Any, player: int) -> tuple[float, float] | None:
        """Where a player is, in world pixels; None if nowhere."""
        return None

    def place_of(self, event: Any) -> tuple[float, float] | None:
        """Where an event happened, in world pixels; None if nowhere."""
        return None


def story_of(game: Game, header: Header) -> Story:
    """The game's own story of this match, or one that serves any game."""
    story: Story = (abilities_of(game).story or Story)(game, header)
    return story


def tell_fields(fields: Mapping[str, Any], names: Sequence[str]) -> Sentence:
    """Every field of an event or an input as plain data, but tick and kind, each after two spaces. names: of the players, who stand
    for their seats."""
    parts: Sentence = []
    for name, value in fields.items():
        if name in ("actor", "target", "player") and isinstance(value, int) and 0 <= value < len(names):
            parts += [Part(f"  {name} "), Part(names[value], "player", value)]
        elif name not in ("tick", "kind"):
            parts.append(Part(f"  {name} {value}"))
    return parts


def plain_text(parts: Sequence[Part]) -> str:
    """A sentence without its roles, its words one space apart."""
    return " ".join("".join(part.text for part in parts).split())
