"""Where events happen close together: found in the columns of their kind, the newest matches first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa

from replay.core.format import MAX_CREATED_MS
from replay.find.library.blocks import EVENT, Happened, Searchable
from replay.find.library.catalogue import seats_of
from replay.find.library.columns import Flags, Whole, distinct
from replay.find.library.counted import FEW, PAIR, Sieve
from replay.find.library.entries import Moment
from replay.find.library.facts import expect
from replay.find.library.query import is_first_file, is_word, unindexed, where
from replay.find.library.tables import files, players, recordings
from replay.find.library.words import Vocabulary
from replay.find.search import parse

_FIRST_WINDOW = 256  # matches


class Asked(NamedTuple):
    """The parameters of `Library.moments`."""

    search: str
    kind: str
    player: str | None
    role: str | None
    item: str | None
    within_seconds: float | None
    at_least: int
    limit: int | None


class Close(NamedTuple):
    """From an event on there are enough close together. seat: whose they are, if a role was asked for; -1: nobody's."""

    recording_id: int
    path: str
    ticks_per_second: int
    tick: int
    last_tick: int
    seat: int


def find_moments(connection: sa.Connection, known: Vocabulary, asked: Asked, path_of: Callable[[str], Path]) -> list[Moment]:
    """The moments, the newest match first, in a match in order. Raises UsageError for what cannot be searched for."""
    moments: list[Moment] = []
    for close in _close_events(connection, known, asked):
        for recording_id, its in groupby(close, attrgetter("recording_id")):
            if asked.limit is not None and len(moments) >= asked.limit:
                break
            names = [seat.name for seat in seats_of(connection, [recording_id])[recording_id]] if asked.role else []
            moments += _merged(list(its), names, asked.at_least, path_of)
        if asked.limit is not None and len(moments) >= asked.limit:
            break
    return moments[: asked.limit]


def _merged(close: Sequence[Close], names: Sequence[str], at_least: int, path_of: Callable[[str], Path]) -> list[Moment]:
    """The moments of one match: those that overlap are one. names: by seat."""
    moments: list[Moment] = []
    last: dict[int, int] = {}  # the index of each player's last moment
    for each in close:
        expect({"path": each.path, "tick": each.tick, "last_tick": each.last_tick, "ticks_per_second": each.ticks_per_second})
        before = moments[last[each.seat]] if each.seat in last else None
        if before is not None and each.tick <= before.last_tick:
            moments[last[each.seat]] = replace(before, last_tick=each.last_tick, count=before.count + 1)
            continue
        last[each.seat] = len(moments)
        who = names[each.seat] if 0 <= each.seat < len(names) else None
        moments.append(Moment(path_of(each.path), each.tick, each.last_tick, at_least, each.ticks_per_second, who))
    return moments


def _close_events(connection: sa.Connection, known: Vocabulary, asked: Asked) -> Iterator[list[Close]]:
    """Each event from which on there are enough, some matches at once."""
    there = Searchable(connection)
    kinds = known.expect("kind", asked.kind)
    items = None if asked.item is None else known.expect("item", asked.item)
    terms = where(parse(asked.search), known)
    sieve = Sieve.of(connection, terms.counted, terms.narrow)
    conditions = [is_first_file(), *terms.conditions]
    is_rare = there.count(EVENT, kinds) <= FEW
    fields = [*_roles(asked), *(() if items is None else ("item",))]
    for number, (start, stop) in enumerate(_windows(connection, None if is_rare else asked.limit)):
        made = [recordings.c.created_ms >= start, recordings.c.created_ms < stop]
        if number == 1 or asked.limit is None or is_rare:  # it does not end with the newest: which are there to look at?
            sieve = sieve.only(_with_enough(there.events(kinds, fields), items, asked))
        matches = _matches(connection, sieve, [*conditions, *made])
        if not matches:
            continue
        ids = np.array([match[0] for match in matches])
        events = there.events(kinds, fields, (int(ids.min()), int(ids.max())))
        events = _those(events, np.isin(events.recording, ids))
        if items is not None:
            events = _those(events, np.isin(events.item, items))
        if asked.player is not None:
            events = _those(events, _is_of(connection, events, asked, made))
        yield list(_close(events, matches, asked))


def _with_enough(events: Happened, items: Sequence[int] | None, asked: Asked) -> Whole:
    """The matches in which there are enough events, of one player if a role is asked for, whenever they are."""
    if items is not None:
        events = _those(events, np.isin(events.item, items))
    ids = distinct(events.recording)
    if not len(ids) or asked.at_least == 1:
        return ids
    seats = getattr(events, asked.role) + 1 if asked.role else np.zeros(len(events.tick), np.int64)
    width = int(seats.max()) + 1
    match = np.cumsum(np.diff(events.recording, prepend=events.recording[0]) > 0)
    counts = np.bincount(match * width + seats, minlength=len(ids) * width).reshape(len(ids), width)
    are_enough: Whole = ids[counts.max(axis=1) >= asked.at_least]
    return are_enough


def _roles(asked: Asked) -> Sequence[str]:
    return (asked.role,) if asked.role else ("actor", "target") if asked.player is not None else ()


def _windows(connection: sa.Connection, limit: int | None) -> Iterator[tuple[int, int]]:
    """Stretches of time that hold all matches, the newest first: few of them in the first, if not all are asked for."""
    stop, size = MAX_CREATED_MS + 1, _FIRST_WINDOW
    while limit is not None:
        older = sa.select(recordings.c.created_ms).where(recordings.c.created_ms < stop)
        start = connection.scalar(older.order_by(recordings.c.created_ms.desc()).limit(1).offset(size))
        if start is None:
            break
        yield start, stop
        stop, size = start, size * 8
    yield 0, stop


def _matches(connection: sa.Connection, sieve: Sieve, conditions: Sequence[sa.ColumnElement[bool]]) -> list[tuple[int, str, int]]:
    """Of the matches that fit, the newest first: number, path, ticks per second."""
    columns = (recordings.c.id, files.c.path, recordings.c.ticks_per_second)
    statement = (
        sa.select(*columns)
        .select_from(files.join(recordings, unindexed(recordings.c.id) == files.c.recording_id))
        .where(*conditions, *sieve.conditions())
        .order_by(recordings.c.created_ms.desc(), files.c.path)
    )
    rows = [(number, path, rate) for number, path, rate in connection.execute(statement)]
    fits = sieve.fitting([row[0] for row in rows])
    return [row for row, is_fit in zip(rows, fits, strict=True) if is_fit]


def _those(events: Happened, which: Flags) -> Happened:
    return Happened(*(field[which] if len(field) else field for field in events))


def _is_of(connection: sa.Connection, events: Happened, asked: Asked, made: Sequence[sa.ColumnElement[bool]]) -> Flags:
    """Which events have the player in the part that is asked for."""
    source = players.join(recordings, recordings.c.id == players.c.recording_id)
    is_named = is_word(players.c.key_id, (asked.player or "").casefold())
    seats = connection.execute(sa.select(players.c.recording_id, players.c.seat).select_from(source).where(is_named, *made))
    pairs = np.array([recording_id * PAIR + seat for recording_id, seat in seats], np.int64)
    is_of = np.zeros(len(events.recording), np.bool_)
    for role in _roles(asked):
        seat = getattr(events, role)
        is_of |= np.isin(events.recording * PAIR + seat, pairs) & (seat >= 0)
    return is_of


def _close(events: Happened, matches: Sequence[tuple[int, str, int]], asked: Asked) -> Iterator[Close]:
    recording, tick = events.recording, events.tick
    seat = getattr(events, asked.role) if asked.role else np.full(len(tick), -1)
    together = np.lexsort((seat, recording))  # stable: in the order of the match
    first, last = together[: len(together) - asked.at_least + 1], together[asked.at_least - 1 :]
    is_close = (recording[first] == recording[last]) & (seat[first] == seat[last])
    ids = np.array([match[0] for match in matches])
    order = np.argsort(ids)
    place = order[np.searchsorted(ids[order], recording[first])]  # of its match among the matches
    if asked.within_seconds is not None:
        rates = np.array([match[2] for match in matches])[place]
        is_close &= tick[last] - tick[first] <= asked.within_seconds * rates
    first, last, place = first[is_close], last[is_close], place[is_close]
    for at in np.lexsort((first, place)).tolist():
        recording_id, path, rate = matches[place[at]]
        yield Close(recording_id, path, rate, int(tick[first[at]]), int(tick[last[at]]), int(seat[first[at]]))
