"""What comes out of a library: entries of its catalogue, moments, and what became of a file."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from replay.core.errors import UsageError
from replay.find.library.facts import expect
from replay.find.library.query import Order
from replay.find.library.tables import configs, files, players, recordings, words

_MATCH_FIELDS = ("identity", "game", "rules", "created_ms", "ticks", "ticks_per_second", "seconds", "outcome", "match_identity")


class Outcome(NamedTuple):
    """What became of one file: `new`, `updated`, `copy` (of a match that is there), `known`, `broken`, or `refused`
    (another match has one of its unique keys)."""

    path: Path
    status: str
    verdict: str = ""
    message: str = ""


@dataclass(frozen=True)
class CatalogueEntry:
    """One recording, or one file that cannot be read (then only path, verdict and message say anything)."""

    path: Path
    verdict: str
    message: str
    identity: str = ""
    game: str = ""
    rules: int = 0
    config: dict[str, int | str] | None = None
    created_ms: int = 0
    ticks: int = 0
    ticks_per_second: int = 0
    seconds: float = 0.0
    outcome: str = ""
    match_identity: str | None = None
    players: tuple[str, ...] = ()
    player_ids: tuple[str, ...] = ()  # "": not known; none at all where nobody has one
    winners: tuple[str, ...] = ()
    cursor: str = field(default="", compare=False)  # of this place in what was asked for


@dataclass(frozen=True)
class Moment:
    """Events close together: the first tick, the last, and how many."""

    path: Path
    tick: int
    last_tick: int
    count: int
    ticks_per_second: int
    player: str | None  # who has the role that was asked for

    def __str__(self) -> str:
        return f"{self.path}@{self.tick}"


def cursor_of(value: Any, path: str) -> str:
    """What `position_of` takes apart: where an entry stands in what was asked for."""
    return base64.urlsafe_b64encode(json.dumps([value, path]).encode()).decode()


def position_of(cursor: str) -> tuple[Any, str]:
    """What a cursor says: the value that is sorted by, and the file. Raises UsageError."""
    try:
        value, path = json.loads(base64.urlsafe_b64decode(cursor))
        if not isinstance(path, str) or not isinstance(value, str | int | float | None):
            raise ValueError
    except (ValueError, TypeError):
        raise UsageError(f"{cursor!r:.60} is no cursor", "the `cursor` of the last entry, with the same search and sort") from None
    return value, path


def read_entries(
    connection: sa.Connection,
    root: Path,
    verdict: sa.ColumnElement[Any],
    order: Order,
    *conditions: sa.ColumnElement[bool],
    limit: int | None = None,
) -> list[CatalogueEntry]:
    """The files that fulfil conditions on `recordings` joined to `files`, those that hold no match last. root: of their paths."""
    game, outcome = words.alias(), words.alias()
    matches = files.join(recordings, recordings.c.id == files.c.recording_id)
    broken = files.outerjoin(recordings, recordings.c.id == files.c.recording_id)
    facts = [column for column in recordings.c if column.name != "facts"]
    named = (game.c.text.label("game"), outcome.c.text.label("outcome"), configs.c.config)
    rows: list[sa.RowMapping] = []
    for source, *only in ((matches,), (broken, files.c.recording_id.is_(None))):
        if order.highest is not None:
            source = source.outerjoin(order.highest, order.highest.c.recording_id == recordings.c.id)
        source = (
            source.outerjoin(configs, configs.c.id == recordings.c.config_id)
            .outerjoin(game, game.c.id == recordings.c.game_id)
            .outerjoin(outcome, outcome.c.id == recordings.c.outcome_id)
        )
        statement = (
            sa.select(files.c.path, verdict.label("verdict"), files.c.message, *facts, *named, order.value.label("value"))
            .select_from(source)
            .where(*conditions, *only)
            .order_by(*order.by())
            .limit(None if limit is None else limit - len(rows))
        )
        rows += connection.execute(statement).mappings().all()
        if limit is not None and len(rows) >= limit:
            break
    seats = _seats(connection, [row["id"] for row in rows if row["id"] is not None])
    return [_entry(root, row, seats.get(row["id"], [])) for row in rows]


class _Seat(NamedTuple):
    name: str
    is_winner: bool
    player_id: str


def _entry(root: Path, row: sa.RowMapping, seats: list[_Seat]) -> CatalogueEntry:
    facts = dict(row)
    if row["id"] is not None:
        facts["config"] = json.loads(row["config"])
    expect(facts)
    path = Path(os.path.normpath(root / row["path"]))
    if row["id"] is None:
        return CatalogueEntry(path, row["verdict"], row["message"], cursor=cursor_of(row["value"], row["path"]))
    return CatalogueEntry(
        path,
        row["verdict"],
        row["message"],
        config=facts["config"],
        players=tuple(seat.name for seat in seats),
        player_ids=tuple(seat.player_id for seat in seats) if any(seat.player_id for seat in seats) else (),
        winners=tuple(seat.name for seat in seats if seat.is_winner),
        cursor=cursor_of(row["value"], row["path"]),
        **{name: row[name] for name in _MATCH_FIELDS},
    )


def _seats(connection: sa.Connection, recording_ids: list[int]) -> dict[int, list[_Seat]]:
    """The players of these recordings in seat order."""
    seats: dict[int, list[_Seat]] = {}
    its_id = words.alias()
    columns = (players.c.recording_id, words.c.text, players.c.is_winner, its_id.c.text)
    source = players.join(words, words.c.id == players.c.name_id).outerjoin(its_id, its_id.c.id == players.c.player_id)
    for start in range(0, len(recording_ids), 500):
        of_these = players.c.recording_id.in_(recording_ids[start : start + 500])
        statement = sa.select(*columns).select_from(source).where(of_these).order_by(players.c.seat)
        for recording_id, name, is_winner, player_id in connection.execute(statement):
            expect({"name": name, "player_id": player_id})
            seats.setdefault(recording_id, []).append(_Seat(name, is_winner, player_id or ""))
    return seats
