"""The catalogue: the rows of matches and of broken files, in the order that is asked for, as few as are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from replay.core.errors import UsageError
from replay.find.library.blocks import Searchable
from replay.find.library.columns import Array, Whole
from replay.find.library.counted import FEW, Sieve
from replay.find.library.entries import CatalogueEntry, Seat, entry_of
from replay.find.library.facts import expect
from replay.find.library.query import BY_FILE, Here, Order, Where, is_first_file, unindexed
from replay.find.library.tables import configs, files, players, recordings, words

_FIRST_PAGE = 64
Row = dict[str, Any]
Position = tuple[Any, str]  # the value that is sorted by, and the file

_game, _outcome = words.alias(), words.alias()


@dataclass(frozen=True)
class Catalogue:
    """What fits a search. here: which verdicts hold here and now."""

    connection: sa.Connection
    where: Where
    here: Here

    def entries(
        self, root: Path, order: Order = BY_FILE, after: Position | None = None, limit: int | None = None
    ) -> list[CatalogueEntry]:
        """Those after a position, and the files that hold no match last. root: of their paths."""
        if after is not None and order.number is not None and isinstance(after[0], str):
            raise UsageError("the cursor is one of another sort", "the `cursor` of the last entry, with the same search and sort")
        sieve = Sieve.of(self.connection, self.where.counted, self.where.narrow)
        rows = list(islice(self._rows(order, sieve, after, limit), limit))
        seats = seats_of(self.connection, [row["id"] for row in rows if row["id"] is not None])
        return [entry_of(root, row, seats.get(row["id"], [])) for row in rows]

    def _rows(self, order: Order, sieve: Sieve, after: Position | None, limit: int | None) -> Iterator[Row]:
        if order.number is None:
            yield from self._sieved(order, sieve, after, limit)
            yield from self._broken(order, after, limit)
            return
        ids, best = _best(Searchable(self.connection), order.number)
        if after is None or after[0] is not None:
            yield from self._by_number(order, sieve, ids, best, after, limit)
            after = None
        start = None if after is None else (after[1], after[1])
        rest = sieve.without(ids)
        if len(ids) < (self.connection.scalar(sa.select(sa.func.count()).select_from(recordings)) or 0):
            yield from ({**row, "value": None} for row in self._sieved(BY_FILE, rest, start, limit))
        yield from ({**row, "value": None} for row in self._broken(BY_FILE, start, limit))

    def _broken(self, order: Order, after: Position | None, limit: int | None) -> list[Row]:
        """The files that hold no match, of which no number is known."""
        if self.where.counted:
            return []
        source = files.outerjoin(recordings, recordings.c.id == files.c.recording_id)
        return self._page(order, source, [files.c.recording_id.is_(None)], after, limit)

    def _sieved(self, order: Order, sieve: Sieve, after: Position | None, limit: int | None) -> Iterator[Row]:
        """What the sieve lets through, in pages that grow, as most of it may not."""
        source = _matches(order)
        size = limit if sieve.is_open or limit is None or sieve.is_few() else max(limit, _FIRST_PAGE)
        while True:
            page = self._page(order, source, sieve.conditions(), after, size)
            fits = sieve.fitting([row["id"] for row in page])
            yield from (row for row, is_fit in zip(page, fits, strict=True) if is_fit)
            if size is None or len(page) < size:
                return
            after, size = (page[-1]["value"], page[-1]["path"]), size * 4

    def _by_number(
        self, order: Order, sieve: Sieve, ids: Whole, best: Array, after: Position | None, limit: int | None
    ) -> Iterator[Row]:
        """By the best of a number in each match: those of many equals by walking their files, the others some at once."""
        for values in _stretches(best, order.is_descending, after):
            start = None if after is None or after[0] != values[0] else (after[1], after[1])
            alike = sieve.only(ids[np.isin(best, values)])
            rows = self._sieved(BY_FILE, alike, start, None if len(values) > 1 else limit)
            valued = ({**row, "value": float(best[np.searchsorted(ids, row["id"])])} for row in rows)
            yield from sorted(valued, key=_value, reverse=order.is_descending) if len(values) > 1 else valued

    def _page(
        self,
        order: Order,
        source: sa.FromClause,
        conditions: Sequence[sa.ColumnElement[bool]],
        after: Position | None,
        size: int | None,
    ) -> list[Row]:
        source = (
            source.outerjoin(configs, configs.c.id == recordings.c.config_id)
            .outerjoin(_game, _game.c.id == recordings.c.game_id)
            .outerjoin(_outcome, _outcome.c.id == recordings.c.outcome_id)
        )
        named = (_game.c.text.label("game"), _outcome.c.text.label("outcome"), configs.c.config, order.value.label("value"))
        statement = (
            sa.select(files.c.path, self.here.verdict().label("verdict"), files.c.message, *recordings.c, *named)
            .select_from(source)
            .where(is_first_file(), *self.where.conditions, *conditions, *([] if after is None else [order.after(*after)]))
            .order_by(*order.by())
            .limit(size)
        )
        return [dict(row) for row in self.connection.execute(statement).mappings()]


def _matches(order: Order) -> sa.FromClause:
    """Files joined to their matches: gone through is what decides about the order."""
    is_by_file = order.value is files.c.path or order.value is files.c.path_key
    return files.join(recordings, (recordings.c.id if is_by_file else unindexed(recordings.c.id)) == files.c.recording_id)


def _value(row: Row) -> Any:
    return row["value"]


def _best(there: Searchable, number: int) -> tuple[Whole, Array]:
    """The matches that have it, in order, and the best that anybody has."""
    matches, best = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for recording, value in there.numbers_in_parts([number], ("recording", "value")):
        if len(recording):
            first = np.flatnonzero(np.diff(recording, prepend=-1))
            matches.append(recording[first])
            best.append(np.maximum.reduceat(value, first))
    ids, values = np.concatenate(matches), np.concatenate(best)
    if (ids[1:] < ids[:-1]).any():
        order = np.argsort(ids)
        ids, values = ids[order], values[order]
    return ids, values


def _stretches(best: Array, is_descending: bool, after: Position | None) -> Iterator[list[float]]:
    """All values from that of `after` on, in order: one that many matches have alone, of the others some together."""
    values, counts = (each.tolist() for each in np.unique(best, return_counts=True))
    pairs = list(zip(values, counts, strict=True))
    if is_descending:
        pairs.reverse()
    start = None if after is None else after[0]
    alike: list[float] = []
    together = 0
    for value, count in pairs:
        if start is not None and (value > start if is_descending else value < start):
            continue
        if alike and (together + count > FEW // 4 or alike[0] == start):
            yield alike
            alike, together = [], 0
        alike.append(value)
        together += count
    if alike:
        yield alike


def seats_of(connection: sa.Connection, recording_ids: Sequence[int]) -> dict[int, list[Seat]]:
    """The players of these recordings in seat order."""
    seats: dict[int, list[Seat]] = {}
    its_id = words.alias()
    columns = (players.c.recording_id, words.c.text, players.c.is_winner, its_id.c.text)
    source = players.join(words, words.c.id == players.c.name_id).outerjoin(its_id, its_id.c.id == players.c.player_id)
    for start in range(0, len(recording_ids), 500):
        of_these = players.c.recording_id.in_(recording_ids[start : start + 500])
        statement = sa.select(*columns).select_from(source).where(of_these).order_by(players.c.seat)
        for recording_id, name, is_winner, player_id in connection.execute(statement):
            expect({"name": name, "player_id": player_id})
            seats.setdefault(recording_id, []).append(Seat(name, is_winner, player_id or ""))
    return seats
