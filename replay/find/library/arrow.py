"""What a library knows, as Arrow tables with the columns of `replay.find.tables`. Needs the extra `analysis` too.

Of verified matches only. Events are those that can be searched for; the size and date of files are not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
import sqlalchemy as sa

from replay.core.extras import optional
from replay.find.library.blocks import Happened, Numbers, Searchable
from replay.find.library.entries import CatalogueEntry
from replay.find.library.tables import facts, players, recordings, words
from replay.find.library.words import Vocabulary

with optional():
    import pyarrow as pa

    from replay.find.tables.columns import array_of, table_of
    from replay.find.tables.match import day_of, table_of_matches
    from replay.find.tables.schema import column_names, fixed_names

_AT_ONCE = 500
_name, _kind, _id = (words.alias() for _ in range(3))


class KnownMatches:
    """The matches of these entries of which something is known."""

    def __init__(self, connection: sa.Connection, entries: Iterable[CatalogueEntry]) -> None:
        self._connection = connection
        self._there, self._known = Searchable(connection), Vocabulary.read(connection)
        self._entries = {entry.identity: entry for entry in entries if entry.identity}
        columns = (recordings.c.identity, recordings.c.id, recordings.c.seed, words.c.text)
        source = recordings.join(words, words.c.id == recordings.c.folded_by_id)
        source = source.join(facts, facts.c.recording_id == recordings.c.id)
        self._rows = list(self._read(sa.select(*columns).select_from(source), recordings.c.identity, self._entries))
        self._ids = {number: identity for identity, number, _, _ in self._rows}
        self._among = (min(self._ids, default=0), max(self._ids, default=0))
        self._folds = {identity: fold for identity, _, _, fold in self._rows}

    def matches(self) -> pa.Table:
        entries = [(self._entries[identity], seed) for identity, _, seed, _ in self._rows]
        rows = [
            {
                "played": entry.created_ms,
                "seconds": entry.seconds,
                "ticks": round(entry.seconds * entry.ticks_per_second),
                "ticks_per_second": entry.ticks_per_second,
                "seats": len(entry.players),
                "outcome": entry.outcome,
                "winners": list(entry.winners),
                "same_match": entry.match_identity,
                "seed": seed,
                "file": str(entry.path),
            }
            for entry, seed in entries
        ]
        keys = self._keys([entry.identity for entry, _ in entries])
        return table_of_matches(keys, rows, [entry.config or {} for entry, _ in entries])

    def players(self) -> pa.Table:
        columns = (players.c.recording_id, players.c.seat, _name.c.text, _id.c.text, _kind.c.text, players.c.is_winner)
        source = players.join(_name, _name.c.id == players.c.name_id).join(_kind, _kind.c.id == players.c.kind_id)
        source = source.outerjoin(_id, _id.c.id == players.c.player_id)
        order = (players.c.recording_id, players.c.seat)
        rows = list(self._of_matches(sa.select(*columns).select_from(source).order_by(*order), players.c.recording_id))
        values = {name: dict(its) for name in self._known.of("number") if (its := list(self._numbers(name)))}
        matches, seats, names, ids, kinds, won = _columns(rows, 6)
        fixed = {
            **self._keys([self._ids[match] for match in matches]),
            "seat": seats,
            "player": names,
            "player_id": ids,
            "kind": kinds,
            "won": [bool(each) for each in won],
        }
        of_game = {
            column: array_of([values[name].get((match, seat)) for match, seat in zip(matches, seats, strict=True)])
            for name, column in column_names(values, fixed_names("players"), "number").items()
        }
        return table_of("players", fixed, of_game, len(rows))

    def _numbers(self, name: str) -> Iterator[tuple[tuple[int, int], int | float]]:
        """By match and seat."""
        for match, seat, value in self._rows_of(self._there.numbers([self._known.of("number")[name]], self._among)):
            yield (match, seat), int(value) if value.is_integer() else value

    def events(self) -> pa.Table:
        rows: list[tuple[Any, ...]] = []
        items = {number: text for text, number in self._known.of("item").items()}
        for kind, number in self._known.of("kind").items():
            its = self._there.events([number], among=self._among)
            for match, tick, place, actor, target, item, amount, has_amount in self._rows_of(its):
                who = (seat if seat >= 0 else None for seat in (actor, target))
                rows.append((match, tick, place, kind, *who, items.get(item), amount if has_amount else None))
        rows.sort(key=itemgetter(0, 1, 2))
        matches, ticks, places, kinds, actors, targets, items_of, amounts = _columns(rows, 8)
        identities = [self._ids[match] for match in matches]
        entries = [self._entries[identity] for identity in identities]
        rates = [entry.ticks_per_second for entry in entries]
        fixed: dict[str, Any] = {**self._keys(identities), "tick": ticks, "place": places, "ticks_per_second": rates, "kind": kinds}
        fixed["second"] = [tick / rate for tick, rate in zip(ticks, rates, strict=True)]
        for role, seats in (("actor", actors), ("target", targets)):
            fixed[f"{role}_seat"] = seats
            fixed[role] = [_named(entry, seat) for entry, seat in zip(entries, seats, strict=True)]
        return table_of("events", fixed, {"item": array_of(items_of), "amount": array_of(amounts)}, len(rows))

    def _keys(self, identities: Sequence[str]) -> dict[str, list[Any]]:
        entries = [self._entries[identity] for identity in identities]
        return {
            "match": list(identities),
            "game": [entry.game for entry in entries],
            "rules": [entry.rules for entry in entries],
            "fold": [self._folds[identity] for identity in identities],
            "date": [day_of(entry.created_ms) for entry in entries],
        }

    def _rows_of(self, columns: Numbers | Happened) -> Iterator[tuple[Any, ...]]:
        """Of these matches."""
        is_meant = np.isin(columns.recording, list(self._ids))
        return zip(*(column[is_meant].tolist() for column in columns), strict=True)

    def _of_matches(self, statement: sa.Select[Any], column: sa.Column[Any]) -> Iterator[Any]:
        return self._read(statement, column, self._ids)

    def _read(self, statement: sa.Select[Any], column: sa.Column[Any], wanted: Iterable[Any]) -> Iterator[Any]:
        ordered = list(wanted)
        for start in range(0, len(ordered), _AT_ONCE):
            yield from self._connection.execute(statement.where(column.in_(ordered[start : start + _AT_ONCE])))


def _named(entry: CatalogueEntry, seat: int | None) -> str | None:
    return None if seat is None or not 0 <= seat < len(entry.players) else entry.players[seat]


def _columns(rows: Sequence[Sequence[Any]], count: int) -> list[list[Any]]:
    return [[row[index] for row in rows] for index in range(count)]
