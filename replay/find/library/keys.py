"""Keys of a game's own that no two matches may share: reserved before a match is recorded, kept by the match, or released.

Every function runs inside a transaction of its caller.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from replay.core.errors import ReplayError
from replay.find.library.entries import CatalogueEntry
from replay.find.library.tables import keys


class KeyTakenError(ReplayError):
    """Another match has the key, or has reserved it."""


class Reservation:
    """Keys that are held until a match is kept. A context manager; see `Library.reserve`."""

    def __init__(self, add: Callable[[str | os.PathLike[str]], CatalogueEntry], release: Callable[[], None]) -> None:
        self._add, self._release = add, release

    def keep(self, path: str | os.PathLike[str]) -> CatalogueEntry:
        """Register the recording, to which the keys belong from now on. Raises what `Library.add` raises."""
        return self._add(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._release()


def reserve(connection: sa.Connection, game_id: int, texts: Sequence[str], holder: str, now_ms: int, until_ms: int) -> None:
    """All of the keys, or none. Raises KeyTakenError, and IntegrityError if another process was faster."""
    _expire(connection, game_id, texts, now_ms)
    taken = connection.scalar(_those(game_id, texts).with_only_columns(keys.c.key).order_by(keys.c.key).limit(1))
    if taken is not None:
        raise _taken(taken)
    rows = [{"game_id": game_id, "key": text, "holder": holder, "until_ms": until_ms} for text in sorted(set(texts))]
    if rows:
        connection.execute(sa.insert(keys), rows)


def release(connection: sa.Connection, holder: str) -> None:
    """What is reserved only."""
    connection.execute(sa.delete(keys).where(keys.c.holder == holder, keys.c.recording_id.is_(None)))


def claim(connection: sa.Connection, game_id: int, texts: Sequence[str], holder: str, recording_id: int, now_ms: int) -> None:
    """Give the keys to a match, those that `holder` has reserved and those that are free. Raises KeyTakenError."""
    if not texts:
        return
    _expire(connection, game_id, texts, now_ms)
    there = {row.key: row for row in connection.execute(_those(game_id, texts))}
    for text in sorted(set(texts)):
        row = there.get(text)
        if row is None:
            connection.execute(sa.insert(keys), {"game_id": game_id, "key": text, "recording_id": recording_id})
        elif row.recording_id is None and row.holder == holder:
            is_it = (keys.c.game_id == game_id, keys.c.key == text)
            connection.execute(sa.update(keys).where(*is_it).values(recording_id=recording_id, holder=None, until_ms=None))
        elif row.recording_id != recording_id:
            raise _taken(text)


def _those(game_id: int, texts: Sequence[str]) -> sa.Select[tuple[object, ...]]:
    return sa.select(keys).where(keys.c.game_id == game_id, keys.c.key.in_(texts))


def _expire(connection: sa.Connection, game_id: int, texts: Sequence[str], now_ms: int) -> None:
    """A process that was killed gives its keys back when its time is over."""
    is_one = (keys.c.game_id == game_id, keys.c.key.in_(texts), keys.c.recording_id.is_(None), keys.c.until_ms < now_ms)
    connection.execute(sa.delete(keys).where(*is_one))


def _taken(text: str) -> KeyTakenError:
    return KeyTakenError(f"another match has the key {text!r}", "there can be only one: see the game's unique_keys")
