"""The inspector: the fields of a match's states, whatever the game, at a tick or of two states side by side. What is asked of it,
and what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from replay.core.cache import Bounded
from replay.core.errors import RulesError
from replay.core.game import Events, abilities_of, result_of, state_record
from replay.prove.report import WHAT_DIFFERS
from replay.read.paths import paths_of
from replay.read.story import Sentence, Story
from replay.watch.model.changes import MOST_TICKS, Changes
from replay.watch.model.fields import Fields, PathFields, Row, Seats, State, fields_of
from replay.watch.model.moments import Moments
from replay.watch.model.reader import Reader
from replay.watch.model.samples import Lines, Samples
from replay.watch.model.settings import load_settings, remember
from replay.watch.model.survey import Survey
from replay.watch.model.transport import Transport

VALUES, BEFORE, MARKED, RECORDED = "values", "before", "marked", "recorded"
SHOWS = {
    VALUES: "values",
    BEFORE: "before / after",
    MARKED: "marked / now",
    RECORDED: "recorded / computed",
}  # what it can show, in words
SORTS = ("in order", "by name", "by change")
_MOST_PINS = 100
_LONGEST_TEXT = 60  # letters of a search


class Sight(NamedTuple):
    """What there is to see at a tick. names: of the two states, `other` being the earlier, marked or recorded one. differing:
    cells. note: what to know, or why there is nothing (then `fields` is None)."""

    fields: Fields | None
    names: tuple[str, str]
    other: State
    state: State
    differing: frozenset[int]
    note: str = ""


class Order(NamedTuple):
    """rows: their numbers, in the order of the table. groups: by row; rows of one follow one another: 1 are those of players, 0 the
    others, and 2 more those that are pinned."""

    rows: np.ndarray[Any, Any]
    groups: np.ndarray[Any, Any]


class Chart(NamedTuple):
    """A field over time. paths: a line each, but for a list, whose values are the lines. chosen: the line that was meant."""

    paths: tuple[str, ...]
    chosen: int
    lines: Lines


class Inspector:
    """text: what is searched for; is_typing: letters go there. shows: one of `SHOWS`. sort: one of `SORTS`. only: of two states
    side by side, only the differences. chosen: the path whose chart is shown. pins: names of rows that stand first, remembered by
    game. marked: the tick to compare with. scroll: lines above the first one shown. first_player: of the columns.
    """

    def __init__(self, moments: Moments, survey: Survey, story: Story) -> None:
        self._moments, self._survey, self.story = moments, survey, story
        match = moments.playback.match
        self.names_fields = moments.state_dtype is not None or hasattr(match, "state_fields")
        self._seats = Seats(len(story.names), story.per_player)
        self.text, self.is_typing = "", False
        self.shows, self.sort, self.only = VALUES, SORTS[0], True
        self.chosen: str | None = None
        self.pins = _remembered(moments.game.name)
        self.marked: int | None = None
        self.scroll = self.first_player = 0
        self.changes = Changes(self._differing_paths, moments.compute, moments.recording.start_tick)
        self._samples: Samples | None = None
        self._chart: Chart | None = None
        self._states: Bounded[int, Any] = Bounded(4)  # by paths: what takes long to tell
        self._layouts: Bounded[Any, Fields] = Bounded(8)
        self._sights: Bounded[Any, Sight] = Bounded(2)
        self._sentences: Bounded[Any, list[tuple[int, Sentence]]] = Bounded(4)
        self._told: Bounded[Any, list[tuple[int, Sentence]]] = Bounded(2)
        self._orders: Bounded[Any, Order] = Bounded(2)

    def close(self) -> None:
        if self._samples is not None:
            self._samples.close()

    @property
    def version(self) -> Any:
        """All that changes without an event."""
        chart, samples = self._chart, self._samples
        return self.changes.version, chart and chart.lines.points, samples and (samples.done, samples.error)

    # --- asking ---

    def search(self, text: str) -> None:
        self.text, self.scroll = text[:_LONGEST_TEXT], 0

    def show(self, shows: str) -> None:
        self.shows, self.scroll = shows, 0

    def show_next(self) -> None:
        """Values, before and after, what was marked, recorded and computed, as far as there is such a thing."""
        there = [
            shows
            for shows in SHOWS
            if (shows != MARKED or self.marked is not None) and (shows != RECORDED or self._survey.first_bad_tick is not None)
        ]
        self.show(there[(there.index(self.shows) + 1) % len(there)] if self.shows in there else VALUES)

    def show_only(self, only: bool) -> None:
        self.only, self.scroll = only, 0

    def sort_next(self) -> None:
        self.sort, self.scroll = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)], 0

    def mark(self, tick: int) -> None:
        """Compare the states of all other ticks with that of this one."""
        self.marked = tick
        self.show(MARKED)

    def pin(self, name: str) -> None:
        """Put a row first, or no longer; the game's next match is shown so too."""
        self.pins = [pin for pin in self.pins if pin != name] if name in self.pins else [*self.pins, name][-_MOST_PINS:]
        pins = load_settings().get("pins")
        remember(pins={**(pins if isinstance(pins, dict) else {}), self._moments.game.name: self.pins})

    def choose(self, path: str | None) -> None:
        """Chart a field; the same one again: none."""
        self.chosen = None if path == self.chosen else path
        self._chart = None

    # --- acting ---

    def update(self, tick: int, seconds: float) -> None:
        """Follow the match to a tick; where there is time, look when fields changed last."""
        if self.names_fields and self.shows != RECORDED and self.sight(tick).fields is not None:
            self.changes.follow(tick, self._moments.game.ticks_per_second)
            if seconds:
                self.changes.search(seconds)

    # --- showing ---

    def sight(self, tick: int) -> Sight:
        """What there is to see at a tick."""
        if self.shows == RECORDED:
            divergence = self._survey.verification.divergence if self._survey.verification is not None else None
            return self._sights.get((RECORDED, id(divergence)), lambda: self._recorded(divergence))
        other = self.marked if self.shows == MARKED and self.marked is not None else tick - 1
        other = min(max(other, self._moments.recording.start_tick), self._moments.ticks)
        return self._sights.get((self.shows, other, tick), lambda: self._seen(other, tick))

    def order(self, sight: Sight) -> Order:
        """The rows to show: pinned ones, then those of players, then all others."""
        fields = sight.fields
        assert fields is not None
        order = self._orders.get((fields, self.text, self.sort, tuple(self.pins)), lambda: self._ordered(fields))
        if self.sort == SORTS[2]:
            order = self._by_change(fields, order)
        if self.is_pair:
            return order
        shown = (fields.filled(sight.state) | fields.filled(sight.other))[order.rows]
        return Order(order.rows[shown], order.groups[shown])

    def pair_cells(self, sight: Sight) -> list[int]:
        """The cells to show of two states side by side, in the order of their rows."""
        assert sight.fields is not None
        cells = (cell for row in self.order(sight).rows.tolist() for cell in sight.fields.rows[row].cells)
        return [cell for cell in cells if cell >= 0 and (not self.only or cell in sight.differing)]

    @property
    def is_pair(self) -> bool:
        """Two states side by side: every cell has a line of its own."""
        return self.shows != VALUES

    @property
    def shows_text(self) -> str:
        return SHOWS[self.shows]

    @property
    def tells_events(self) -> bool:
        return bool(abilities_of(self._moments.game).event_kinds)

    def go_to_change(self, name: str, transport: Transport) -> str:
        """To where a row changed last; where that is not known, what is known instead."""
        fields = self.sight(transport.tick).fields
        row = next((row for row in fields.rows if row.name == name), None) if fields is not None else None
        text, tick = self.changed(fields, row) if fields is not None and row is not None else ("", None)
        if tick is not None:
            transport.jump(tick)
            return ""
        if not self.changes.is_done:
            return f"{name}: still looking for when it changed"
        return f"{name} has never changed" if text == "never" else f"{name} has not changed for {MOST_TICKS} ticks"

    def changed(self, fields: Fields, row: Row) -> tuple[str, int | None]:
        """When a row changed last, in words, and the tick if it is known."""
        if not self.names_fields:
            return "", None
        ticks = [tick for path in fields.paths(row) if (tick := self.changes.of(path)) is not None]
        if ticks:
            return str(max(ticks)), max(ticks)
        if self.changes.is_all:
            return "never", None
        return (f"{MOST_TICKS}+ ago" if self.changes.is_done else "…"), None

    def chart(self, sight: Sight) -> Chart | None:
        """The chart of the chosen field, as far as it is known. Its row's other players are lines, too."""
        fields = sight.fields
        if self.chosen is None or fields is None:
            return None
        if self._samples is not None and self._samples.misses(self._moments.ticks):
            self.close()
            self._samples = self._chart = None
        if self._chart is None or self._chart.paths[self._chart.chosen] != self.chosen:
            self._chart = self._begin_chart(fields, self.chosen)
        return self._chart

    @property
    def samples(self) -> Samples | None:
        return self._samples

    def events(self, tick: int, most: int, *, ahead: bool) -> list[tuple[int, Sentence]]:
        """What happened around a tick, at most a second away, each with the tick whose state it led to: names stand for numbers.
        ahead: what is to come as well."""
        second = self._moments.game.ticks_per_second if ahead and self.names_fields else 0
        return self._told.get((tick, most, second), lambda: self._tell(tick, most, second))

    def words(self) -> Mapping[str, Sequence[str]]:
        return self.story.state_names

    def _tell(self, tick: int, most: int, ahead: int) -> list[tuple[int, Sentence]]:
        moments = self._moments
        first = tick - moments.game.ticks_per_second
        try:
            found = moments.events(first, tick + ahead)
        except RulesError:  # of a tick that nobody looks at yet
            found = moments.events(first, tick)
        now = int(found["tick"].searchsorted(tick)) if len(found) else 0  # the first of those to come
        first = max(min(now - most // 2, len(found) - most), 0)
        first = min(first, max(now - most, 0)) if not ahead else first
        shown = found[first : first + most]
        key = shown.tobytes() if not shown.dtype.hasobject else (tick, most, ahead)
        return self._sentences.get(key, lambda: self._sentences_of(shown))

    def _sentences_of(self, events: Events) -> list[tuple[int, Sentence]]:
        return [(int(event["tick"]) + 1, Story.tell(self.story, event)) for event in events]

    # --- states ---

    def _state(self, tick: int) -> State | None:
        """A state as `Fields` takes it; None if the game names no fields and tells no result either."""
        moments = self._moments
        if moments.state_dtype is not None:
            saved = moments.saved(tick)
            return saved if len(saved) == moments.state_dtype.itemsize else None
        state = self._states.get(tick, lambda: moments.state(tick)) if self.names_fields else moments.facts(tick)
        return state if isinstance(state, dict) and state else None

    def _seen(self, other: int, tick: int) -> Sight:
        first = other if self.names_fields or self.is_pair or self._moments.has_facts(other) else tick
        before, after = self._state(first), self._state(tick)
        words = {BEFORE: ("before", "after"), MARKED: ("marked", "now")}.get(self.shows, ("", ""))
        names = f"{words[0]}: {other}", f"{words[1]}: {tick}"
        if before is None or after is None:
            return _nothing(names, self._why_nothing())
        fields = self._layout(after, before if self.is_pair else after)
        note = "" if self.names_fields else f"{self._moments.game.name} names no fields of its state: this is its result so far"
        return Sight(fields, names, before, after, frozenset(fields.differing(before, after)), note)

    def _layout(self, state: State, other: State) -> Fields:
        if isinstance(state, bytes):
            return self._layouts.get(None, lambda: fields_of(state, self._moments.state_dtype, self._seats))
        assert not isinstance(other, bytes)
        if self._seats.per_player is None:  # settled by the first state: a list that grows may be as long as there are players
            first = PathFields([*(self._state(self._moments.recording.start_tick) or ())], self._seats)
            self._seats = self._seats._replace(per_player=frozenset(first.seated))
        keys = (tuple(state), tuple(other) if other is not state else ())
        return self._layouts.get(keys, lambda: fields_of(state, None, self._seats, other))

    def _differing_paths(self, tick: int, other: int) -> list[str]:
        if (seen := (VALUES, tick, other)) in self._sights:
            sight = self._sights.get(seen, lambda: self._seen(tick, other))
            return [sight.fields.cells[cell].path for cell in sight.differing] if sight.fields is not None else []
        states = self._state(tick), self._state(other)
        if states[0] is None or states[1] is None:
            return []
        fields = self._layout(states[1], states[1])
        return [fields.cells[cell].path for cell in fields.differing(states[0], states[1])]

    def _why_nothing(self) -> str:
        return (
            f"{self._moments.game.name} names no fields of its state. A match with `save` and `state_dtype`, or `state_fields`, "
            "shows them here"
        )

    def _recorded(self, divergence: Any) -> Sight:
        """The state that the recording holds and the one computed here, at the first snapshot after they part."""
        names = "recorded", "computed"
        if divergence is None:
            return _nothing(names, "nothing is known to differ from what was recorded")
        bad, at = divergence.first_bad_tick, divergence.field_tick
        what = WHAT_DIFFERS[divergence.what] if bad is None else f"tick {bad}: {WHAT_DIFFERS[divergence.what]}"
        if divergence.recorded_state is None or divergence.computed_state is None:
            why = "only its digest was recorded, and no snapshot follows: no field can be named"
            return _nothing(names, f"{what}; {why}")
        recorded, computed = self._named(divergence.recorded_state), self._named(divergence.computed_state)
        if recorded is None or computed is None:
            return _nothing(names, f"{what}; at tick {at} the states differ, but their fields have no names")
        fields = self._layout(computed, recorded)
        differing = frozenset(fields.differing(recorded, computed))
        agree = "" if differing else "; there the states agree again"
        return Sight(fields, names, recorded, computed, differing, f"{what}; shown is the snapshot of tick {at}{agree}")

    def _named(self, saved: bytes) -> State | None:
        dtype = self._moments.state_dtype
        if dtype is not None:
            return saved if len(saved) == dtype.itemsize else None
        record = state_record(self._moments.playback.match, saved)
        return record if isinstance(record, dict) else None

    # --- rows ---

    def _ordered(self, fields: Fields) -> Order:
        wanted, rows, pinned = self.text.lower().split(), fields.rows, set(self.pins)

        def is_meant(row: Row) -> bool:
            names = row.name.lower(), *(path.lower() for path in fields.paths(row))
            return all(any(word in name for name in names) for word in wanted)

        def rank(number: int) -> tuple[bool, bool, str]:
            row = rows[number]
            return row.name not in pinned, not row.of_players, row.name if self.sort == SORTS[1] else ""

        found = [number for number, row in enumerate(rows) if not wanted or is_meant(row)]

        found.sort(key=rank)
        groups = [2 * (rows[number].name in pinned) + rows[number].of_players for number in found]
        return Order(np.array(found, np.int64), np.array(groups, np.int64))

    def _by_change(self, fields: Fields, order: Order) -> Order:
        """In each group, what changed last comes first."""
        last = [0] * len(fields.rows)
        for path, tick in self.changes.known.items():
            if (row := fields.row_of.get(path)) is not None and tick > last[row]:
                last[row] = tick
        by = np.lexsort((-np.array(last, np.int64)[order.rows], -order.groups))
        return Order(order.rows[by], order.groups[by])

    # --- charts ---

    def _begin_chart(self, fields: Fields, path: str) -> Chart | None:
        row = next((row for row in fields.rows if path in fields.paths(row)), None)
        if row is None:
            return None
        paths = tuple(fields.cells[cell].path if cell >= 0 else "" for cell in row.cells)
        if self._samples is None:
            take = None if self.names_fields else lambda match: paths_of(result_of(match))
            self._samples = Samples(self._moments.recording.path, self._moments.game, take)
            self._samples.start()
        chosen = paths.index(path)
        return Chart(paths, chosen, self._samples.ask(Reader(fields, paths, self._seats, self._moments.state_dtype)))


def _nothing(names: tuple[str, str], why: str) -> Sight:
    return Sight(None, names, {}, {}, frozenset(), why)


def _remembered(game: str) -> list[str]:
    pins = load_settings().get("pins")
    of_game = pins.get(game) if isinstance(pins, dict) else None
    return [pin for pin in of_game if isinstance(pin, str)][:_MOST_PINS] if isinstance(of_game, list) else []
