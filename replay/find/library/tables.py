"""The tables of the library, on any database that SQLAlchemy speaks to, and how they come to be and change.

Everything in them but what files are called is a read model: it can be folded again from the recordings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from replay.core.errors import MachineError, UsageError
from replay.core.extras import missing

metadata = sa.MetaData()

meta = sa.Table("replay_meta", metadata, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False))

recordings = sa.Table(
    "replay_recordings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("identity", sa.String(32), nullable=False, unique=True),  # what makes the second registration of a match fail
    sa.Column("game", sa.Text, nullable=False),
    sa.Column("rules", sa.BigInteger, nullable=False),
    sa.Column("seed", sa.Text, nullable=False),  # up to 2**64 - 1
    sa.Column("config", sa.Text, nullable=False),  # JSON
    sa.Column("created_ms", sa.BigInteger, nullable=False, index=True),  # since 1970, UTC
    sa.Column("ticks", sa.Integer, nullable=False),
    sa.Column("ticks_per_second", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("result", sa.Text, nullable=False),  # JSON; computed, not claimed
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("folded_by", sa.Text, nullable=False),  # the rules and projections that gave the rows below; "" if there were none
    sa.Column("match_identity", sa.String(32), index=True),  # no names, no dates; NULL: from before there was one
)


def _of_recording(name: str, *columns: sa.Column[Any] | sa.Index) -> sa.Table:
    """A table of parts of a recording, which go when it goes; its first column after `recording_id` completes the key."""
    owner: sa.Column[int] = sa.Column("recording_id", sa.ForeignKey(recordings.c.id, ondelete="CASCADE"), primary_key=True)
    return sa.Table(name, metadata, owner, *columns)


files = sa.Table(
    "replay_files",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("path", sa.Text, nullable=False, unique=True),  # relative to the library, with slashes
    sa.Column("path_key", sa.Text, nullable=False),  # case folded by Python, as databases do not agree on it
    sa.Column("recording_id", sa.ForeignKey(recordings.c.id), index=True),  # NULL: nothing readable
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),  # of this file: its hashes are claims of its own
    sa.Column("message", sa.Text, nullable=False),
)
settings = _of_recording(
    "replay_settings", sa.Column("name", sa.Text, primary_key=True), sa.Column("value_key", sa.Text, nullable=False)
)
players = _of_recording(
    "replay_players",
    sa.Column("seat", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_key", sa.Text, nullable=False, index=True),  # case folded by Python, as databases do not agree on it
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("is_winner", sa.Boolean, nullable=False),
)
numbers = _of_recording(
    "replay_numbers",
    sa.Column("seat", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Float, nullable=False),
    sa.Index("replay_numbers_by_name", "name", "recording_id", "seat", "value"),
)
projections = _of_recording(
    "replay_projections",
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("result", sa.LargeBinary, nullable=False),  # JSON, compressed by zlib
)
events = _of_recording(
    "replay_events",
    sa.Column("number", sa.Integer, primary_key=True),  # in the order of the match
    sa.Column("tick", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Integer),  # seats; NULL: nobody
    sa.Column("target", sa.Integer),
    sa.Column("item", sa.Text),
    sa.Column("amount", sa.BigInteger),
    sa.Index("replay_events_by_kind", "kind", "recording_id", "number", "tick", "actor", "target", "item"),
)
PARTS = (settings, players, numbers, projections, events)

_VERSION = "schema version"
_MIGRATION_LOCK = 0x7265706C6179  # "replay"


def _create_all(connection: sa.Connection) -> None:
    metadata.create_all(connection)


def _add_match_identity(connection: sa.Connection) -> None:
    """The column and its index, unless the tables have just been made."""
    column = recordings.c.match_identity
    if column.name in {known["name"] for known in sa.inspect(connection).get_columns(recordings.name)}:
        return
    kind = column.type.compile(connection.dialect)
    connection.execute(sa.text(f"ALTER TABLE {recordings.name} ADD COLUMN {column.name} {kind}"))
    for index in recordings.indexes:
        if column.name in index.columns:
            index.create(connection)


# MIGRATIONS[n] brings a library of version n to n + 1. Version 0 is an empty database. One that has been released never changes.
MIGRATIONS: list[Callable[[sa.Connection], None]] = [_create_all, _add_match_identity]


class LibraryError(MachineError):
    """The database of the library cannot be used."""


def connect(url: str) -> sa.Engine:
    """An engine for the library at this SQLAlchemy URL, its tables brought up to date. Raises UsageError for what is none,
    LibraryError if it cannot be used."""
    try:
        parsed = sa.make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        is_sqlite = parsed.get_backend_name() == "sqlite"
        engine = sa.create_engine(parsed, connect_args={"timeout": 60.0} if is_sqlite else {})
    except (SQLAlchemyError, NoSuchModuleError) as error:
        raise UsageError(
            f"{url!r} is not a database URL: {error}", "like sqlite:///library.sqlite or postgresql://host/name"
        ) from None
    except ImportError as error:
        raise missing(error) or LibraryError(f"no driver: {error}") from error
    if is_sqlite:
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    try:
        with naming_errors(engine):
            _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def naming_errors(engine: sa.Engine) -> Iterator[None]:
    """Errors of the database inside become LibraryErrors that name it (without its password)."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        where = engine.url.render_as_string(hide_password=True)
        raise LibraryError(
            f"the library {where} cannot be used: {reason}", "another one: --library URL, or REPLAY_LIBRARY"
        ) from error


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that writes: all of it or nothing."""
    with engine.connect().execution_options(replay_writes=True) as connection, connection.begin():
        yield connection


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")  # readers and a writer at once
    connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may take the last commits, which are indexed again


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that will write asks for the lock at once: one that asked in the middle would fail instead of waiting.
    is_writer = connection.get_execution_options().get("replay_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")


def _migrate(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        if _version(connection) == len(MIGRATIONS):
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        version = _version(connection)  # again: another process may have been faster
        if version > len(MIGRATIONS):
            raise LibraryError(
                f"the library has schema version {version}; this version knows {len(MIGRATIONS)}", "upgrade deterministic-replay"
            )
        for migration in MIGRATIONS[version:]:
            migration(connection)
        if version < len(MIGRATIONS):
            connection.execute(sa.delete(meta).where(meta.c.key == _VERSION))
            connection.execute(sa.insert(meta).values(key=_VERSION, value=str(len(MIGRATIONS))))


def _version(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table(meta.name):
        return 0
    value = connection.scalar(sa.select(meta.c.value).where(meta.c.key == _VERSION))
    return int(value or 0)
