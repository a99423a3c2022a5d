"""How a match gets into the tables, whole and once, and out of them. Every function runs inside a transaction of its caller."""

from __future__ import annotations

import json
from collections.abc import Iterable

import sqlalchemy as sa

from replay.find.library.indexing import Examined, Folded, clean
from replay.find.library.tables import PARTS, events, files, numbers, players, projections, recordings, settings


def store(connection: sa.Connection, path: str, path_key: str, examined: Examined, folded: Folded | None) -> str:
    """Put a file, and its match with the `folded` rows if they are given, into the tables. Returns the status of an Outcome.

    Raises IntegrityError if another process did the same at the same time, or takes away what was there: look and try again.
    """
    before = connection.execute(sa.select(files.c.id, files.c.recording_id).where(files.c.path == path)).one_or_none()
    owner, status = (None, "broken") if examined.identity is None else _store_match(connection, examined, folded)
    facts = {
        "path_key": path_key,
        "recording_id": owner,
        "size": examined.size,
        "mtime_ns": examined.mtime_ns,
        "verdict": examined.verdict.value,
        "message": examined.message,
    }
    if before is None:
        connection.execute(sa.insert(files).values(path=path, **facts))
    else:
        connection.execute(sa.update(files).where(files.c.id == before.id).values(**facts))
        if before.recording_id != owner:
            drop_orphan(connection, before.recording_id)
            status = "updated" if status == "new" else status
    if status == "known" and (before is None or before.recording_id != owner):
        return "copy"
    return status


def remove(connection: sa.Connection, paths: Iterable[str]) -> int:
    """Take files out, with the matches that have no other. Returns how many files there were."""
    removed = 0
    for path in paths:
        owner = connection.scalar(sa.select(files.c.recording_id).where(files.c.path == path))
        removed += connection.execute(sa.delete(files).where(files.c.path == path)).rowcount
        drop_orphan(connection, owner)
    return removed


def drop_orphan(connection: sa.Connection, recording_id: int | None) -> None:
    """Remove a match that no file holds any more."""
    others = sa.exists(sa.select(files.c.id).where(files.c.recording_id == recording_id))
    connection.execute(sa.delete(recordings).where(recordings.c.id == recording_id, ~others))


def _store_match(connection: sa.Connection, examined: Examined, folded: Folded | None) -> tuple[int, str]:
    """The match's row and `new`, `updated` or `known`."""
    there = connection.execute(
        sa.select(recordings.c.id, recordings.c.folded_by).where(recordings.c.identity == examined.identity)
    ).one_or_none()
    if there is None and folded is None:
        raise sa.exc.IntegrityError("the match was removed meanwhile", None, LookupError(examined.identity))
    if folded is None or (there is not None and there.folded_by == folded.by):
        assert there is not None
        return there.id, "known"
    if there is None:
        inserted = sa.insert(recordings).values(**_facts(examined, folded)).returning(recordings.c.id)
        recording_id = connection.execute(inserted).scalar_one()
    else:
        recording_id = there.id
        connection.execute(sa.update(recordings).where(recordings.c.id == recording_id).values(**_facts(examined, folded)))
        for table in PARTS:
            connection.execute(sa.delete(table).where(table.c.recording_id == recording_id))
    parts = {
        settings: folded.settings,
        players: folded.players,
        numbers: folded.numbers,
        projections: folded.projections,
        events: folded.events,
    }
    for table, rows in parts.items():
        if rows:
            connection.execute(sa.insert(table), [{"recording_id": recording_id, **row} for row in rows])
    return recording_id, "new" if there is None else "updated"


def _facts(examined: Examined, folded: Folded) -> dict[str, object]:
    header = examined.header
    assert header is not None
    return {
        "identity": examined.identity,
        "match_identity": examined.match_identity,
        "game": clean(header.game),
        "rules": header.rules,
        "seed": str(header.seed),
        "config": json.dumps(header.config),
        "created_ms": header.created_ms,
        "ticks": examined.ticks,
        "ticks_per_second": header.ticks_per_second,
        "seconds": (examined.ticks - header.start_tick) / header.ticks_per_second,
        "result": json.dumps(folded.result),
        "outcome": folded.outcome,
        "folded_by": folded.by,
    }
