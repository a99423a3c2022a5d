"""What a match tells over time, as plain data: one re-simulation, written down for a page that cannot simulate.

States are kept at a bounded number of moments, evenly far apart, and of each only what has changed since the one before; events and
inputs at their own ticks as long as there are not too many of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from replay.core.game import Game, Inputs, state_record
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.prove.jsonable import jsonable
from replay.read.projection import Folding, Projection, first_projection
from replay.read.readmodel import Series
from replay.read.story import Part, Story
from replay.watch.model.moments import as_records

MOST_MOMENTS = 1_200
MOST_CHANGES = 200_000  # of fields: what a browser reads at once
_MOST_EVENTS = 20_000
_MOST_INPUTS = 40_000
_MOST_INPUT_BYTES = 2**26
_MOST_FIELDS = 2_000
_LARGEST_EXACT = 2**53 - 1  # of a number in a browser
_LONGEST_TEXT = 200

Progress = Callable[[int, int], object]
Said = list[list[Any]]  # the parts of a sentence, as [text, role, seat]


class Telling:
    """Fill it with `run`, read it with `as_data`."""

    def __init__(self, game: Game, recording: Recording, story: Story) -> None:
        self.game, self.recording, self.story = game, recording, story
        start, ticks = recording.start_tick, recording.ticks
        self.step_ticks = max(1, math.ceil((ticks - start) / MOST_MOMENTS))
        self.moments = [*range(start, ticks, self.step_ticks), ticks]
        self._fields = Changes()
        self._standings = Changes()
        self._details = Changes()
        self._places: list[list[list[int] | None]] = []
        self._events: list[Any] = []
        self._fields_cut = False
        self._graph: Projection | None = None

    def run(self, progress: Progress | None = None) -> None:
        """Raises what `Playback` does."""
        playback = Playback(self.game, self.recording, use_snapshots=False, checkpoint_budget_bytes=2**20)
        self._graph = first_projection(playback, lambda result: isinstance(result, Series))
        folding = Folding([self._graph] if self._graph is not None else [], playback.simulation.abilities)
        for number, tick in enumerate(self.moments):
            if tick > playback.tick:
                self._advance(playback, folding, tick)
            self._note(number, playback)
            if progress is not None:
                progress(tick - self.moments[0], self.moments[-1] - self.moments[0])
        folding.catch_up(playback.match)

    def _advance(self, playback: Playback[Any], folding: Folding, tick: int) -> None:
        second = self.game.ticks_per_second
        while playback.tick < tick:
            stepped = folding.advance(playback, min(playback.tick - playback.tick % second + second, tick))
            self._events.extend(as_records(stepped, self.game))

    def _note(self, number: int, playback: Playback[Any]) -> None:
        saved = playback.simulation.save()
        state = None if saved is None else state_record(playback.match, saved)
        if state is None:
            self._fields.note(number, {"state": f"{len(saved):,} bytes without names" if saved else "the game saves none"})
            return
        fields = list(fields_of(state))
        self._fields_cut = self._fields_cut or len(fields) > _MOST_FIELDS
        self._fields.note(number, dict(fields[:_MOST_FIELDS]))
        rows = self.story.standings(state)
        self._standings.note(number, {"": [[row.player, list(row.cells), row.team, row.alive] for row in rows]})
        seats = range(len(self.story.names))
        self._details.note(number, {str(seat): self.story.details(state, seat) for seat in seats})
        places = [self.story.place(state, seat) for seat in seats]
        self._places.append([place and [round(place[0]), round(place[1])] for place in places])

    # --- giving ---

    def as_data(self) -> dict[str, Any]:
        kept = self._kept_events()
        events = [self._told(event) for event in kept]
        return {
            "step_ticks": self.step_ticks,
            "fields": self._fields.thinned(MOST_CHANGES),
            "fields_cut": self._fields_cut,
            "standings": self._standings.columns.get("", []),
            "details": self._details.columns,
            "places": self._places if any(place for places in self._places for place in places) else [],
            "events": events,
            "events_left_out": len(self._events) - len(kept),
            "news": self._news(kept, events),
            "inputs": self._inputs(),
            "graph": self._graph_lines(),
        }

    def _kept_events(self) -> list[Any]:
        """Every event, or as many as a page takes, the weightiest; in order."""
        story, events = self.story, self._events
        if len(events) <= _MOST_EVENTS:
            return events
        weights = [story.marks.get(story.kind(event), 0) for event in events]
        weightiest = sorted(range(len(events)), key=lambda number: -weights[number])[:_MOST_EVENTS]
        return [events[number] for number in sorted(weightiest)]

    def _told(self, event: Any) -> list[Any]:
        """An event as [tick, kind by number, players, sentence, place]."""
        story, kinds = self.story, self.recording.header.event_kinds
        kind, place = story.kind(event), story.place_of(event)
        number = kinds.index(kind) if kind in kinds else -1
        spot = place and [round(place[0]), round(place[1])]
        return [int(event["tick"]), number, list(story.players_of(event)), said(story.tell(event)), spot]

    def _news(self, kept: Sequence[Any], told: Sequence[Any]) -> list[Any]:
        """The feed of the whole match, oldest first: the number of an event that says the same, or tick and sentence."""
        if not kept:
            return []
        numbers: dict[int, list[int]] = {}
        for number, event in enumerate(told):
            numbers.setdefault(event[0], []).append(number)
        lines = []
        for tick, parts in self.story.feed(np.array(kept, kept[0].dtype)):
            sentence = said(parts)
            same = (number for number in numbers.get(tick, ()) if told[number][3] == sentence)
            lines.append(next(same, [tick, sentence]))
        return lines[::-1]

    def _inputs(self) -> dict[str, Any]:
        """Labels that are lit or not, by seat: from each tick on, which of `labels`. Only at the moments if there are too many."""
        header, moments = self.recording.header, self.moments
        if not header.input_fields or moments[-1] == moments[0]:
            return {"labels": [], "seats": []}
        labels: dict[bytes, int] = {}
        lines: list[Any] = []
        found: list[list[int]] = [[] for _ in header.players]
        for tick, seat, row in self._changed_rows():
            key = row.tobytes()
            if key not in labels:
                labels[key] = len(lines)
                lines.append([[_cut(label), bool(lit)] for label, lit in self.story.inputs(row)])
            found[seat] += [tick, labels[key]]
        return {"labels": lines, "seats": found}

    def _changed_rows(self) -> Iterator[tuple[int, int, Any]]:
        """Tick, seat and row wherever a row is another one than before; or only where that is so at a moment, if it is so often."""
        header, (first, *_, last) = self.recording.header, self.moments
        size = (last - first) * header.row_bytes * len(header.players)
        rows = self.recording.inputs(first, last) if size <= _MOST_INPUT_BYTES else None
        changes = [] if rows is None else [changes_of(rows[:, seat]) for seat in range(rows.shape[1])]
        is_much = rows is None or sum(map(len, changes)) > _MOST_INPUTS
        for seat in range(len(header.players)):
            before = b""
            for tick in self.moments[:-1] if is_much else (first + index for index in changes[seat]):
                row = self.recording.inputs(tick, tick + 1)[0, seat] if rows is None else rows[tick - first, seat]
                if row.tobytes() != before:
                    before = row.tobytes()
                    yield tick, seat, row

    def _graph_lines(self) -> dict[str, Any] | None:
        timeline = self._graph.result() if self._graph is not None else None
        if not isinstance(timeline, Series) or not len(timeline.ticks):
            return None
        lines = [[int(value) for value in line] for line in self.story.graph(timeline)]
        return {"name": next(iter(timeline.lines), ""), "ticks": [int(tick) for tick in timeline.ticks], "lines": lines}


class Changes:
    """Values by name at numbered moments. Only changes are kept: {name: [moment, value, moment, value ...]}; None: gone."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {}
        self._last: dict[str, Any] = {}
        self._number = 0

    def note(self, number: int, values: dict[str, Any]) -> None:
        self._number = number
        for name, value in values.items():
            if name not in self._last or self._last[name] != value:
                self._keep(number, name, value)
        for name in self._last.keys() - values.keys():
            if self._last[name] is not None:
                self._keep(number, name, None)

    def _keep(self, number: int, name: str, value: Any) -> None:
        self.columns.setdefault(name, []).extend((number, value))
        self._last[name] = value

    def thinned(self, most: int) -> dict[str, Any]:
        """The columns, and every how many moments they look: each, or as seldom as it takes to have at most so many changes."""
        every, columns = 1, self.columns
        while sum(map(len, columns.values())) // 2 > max(most, len(columns)) and every < MOST_MOMENTS:
            every *= 2
            columns = {name: _every(column, every, self._number) for name, column in self.columns.items()}
        return {"every": every, "columns": columns}


def _every(column: Sequence[Any], every: int, last: int) -> list[Any]:
    """Of several changes on the way to a moment that is looked at, the last. The last moment of all is looked at."""
    kept: dict[int, Any] = {}
    for number, value in zip(column[::2], column[1::2], strict=True):
        kept[min(math.ceil(number / every) * every, last)] = value
    return [part for pair in kept.items() for part in pair]


def changes_of(rows: Inputs) -> list[int]:
    """The first row, and every one that differs from the one before it. rows: of one player, shape (ticks,)."""
    data = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)
    return [0, *((data[1:] != data[:-1]).any(axis=1).nonzero()[0] + 1).tolist()]


def fields_of(state: Any) -> Iterator[tuple[str, Any]]:
    """Every field of a state by its path, as text or a number that a browser knows; a list of numbers is one text."""
    if isinstance(state, dict):
        for path, value in state.items():
            yield str(path), _plain(value)
    elif getattr(state.dtype, "names", None):
        yield from _record_fields(state, "")


def _record_fields(record: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name in record.dtype.names:
        value, path = record[name], f"{prefix}{name}"
        if value.dtype.names and value.shape:
            for index in np.ndindex(value.shape):
                yield from _record_fields(value[index], f"{path}[{','.join(map(str, index))}].")
        elif value.dtype.names:
            yield from _record_fields(value, f"{path}.")
        else:
            yield path, _cut(" ".join(map(str, value.ravel().tolist()))) if value.shape else _plain(value.item())


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_EXACT else str(value)
    return jsonable(value) if isinstance(value, float) else _cut(str(jsonable(value)))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def said(parts: Sequence[Part]) -> Said:
    """A sentence as plain data."""
    return [[_cut(part.text), part.role, part.seat] for part in parts]
