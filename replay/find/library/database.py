"""The database of a library: opened, brought up to date, read and written."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, NoSuchModuleError, SQLAlchemyError

from replay.core.errors import MachineError, ReplayError, UsageError
from replay.core.extras import missing
from replay.find.library.migrations import MIGRATIONS
from replay.find.library.tables import meta

_VERSION = "schema version"
_PATIENCE_SECONDS = 60.0  # while another process writes
_RACES = ("40001", "40P01")  # serialization failure, deadlock
_MIGRATION_LOCK = 0x7265706C6179  # "replay"


class LibraryError(MachineError):
    """The database of the library cannot be used."""


def connect(url: str, *, to_read: bool = False) -> sa.Engine:
    """An engine for the library at this SQLAlchemy URL, its tables brought up to date. Raises UsageError for what is none,
    LibraryError if it cannot be used.

    to_read: nothing is written, unless the tables are of an older version; it need not be allowed.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        is_sqlite = parsed.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"connect_args": {"timeout": _PATIENCE_SECONDS}} if is_sqlite else {}
        if is_sqlite and to_read and parsed.database and parsed.database != ":memory:":
            options = {"creator": partial(_open_to_read, parsed.database)}
        engine = sa.create_engine(parsed, **options)
    except (SQLAlchemyError, NoSuchModuleError) as error:
        raise UsageError(
            f"{url!r} is not a database URL: {error}", "like sqlite:///library.sqlite or postgresql://host/name"
        ) from None
    except ImportError as error:
        raise missing(error) or LibraryError(f"no driver: {error}") from error
    if is_sqlite:
        if not to_read:
            sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    try:
        with naming_errors(engine):
            is_current = not to_read or _is_current(engine)
            if not to_read:
                _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    if is_current:
        return engine
    engine.dispose()
    return connect(url)


def _open_to_read(file: str) -> sqlite3.Connection:
    """Where not even the log beside the database can be opened or made, and none is needed, the file alone is read."""
    address = f"file:{quote(str(Path(file).absolute()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError as error:
        connection.close()
        log = Path(f"{file}-wal")
        cannot_write = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
        if not cannot_write or not Path(file).is_file() or (log.exists() and log.stat().st_size):
            raise
        return sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
    return connection


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


def is_race(error: BaseException) -> bool:
    """Whether a transaction failed for what another one did at the same time: tried again, it sees that and may succeed."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)  # of PostgreSQL
    return isinstance(error, IntegrityError) or (isinstance(error, SQLAlchemyError) and state in _RACES)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """What is read here may hold anything: it can have been written by anybody. Raises LibraryError."""
    try:
        with naming_errors(engine), engine.connect() as connection:
            if connection.dialect.name == "postgresql":  # all statements see the same, as they do in a file
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
    except ReplayError:
        raise
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError, zlib.error) as error:
        where = engine.url.render_as_string(hide_password=True)
        raise LibraryError(f"the library {where} holds nonsense: {error}", "make it again: replay index --rebuild") from error


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


def _is_current(engine: sa.Engine) -> bool:
    """Whether the tables are as they should be, False if they are older. Raises LibraryError if there are none."""
    with engine.connect() as connection:
        version = _version(connection)
        if not version:
            where = engine.url.render_as_string(hide_password=True)
            raise LibraryError(f"{where} holds no library", "make it: replay index --library URL recordings/")
        _expect_known(version)
        return version == len(MIGRATIONS)


def _migrate(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        if _version(connection) == len(MIGRATIONS):
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        version = _version(connection)  # again: another process may have been faster
        _expect_known(version)
        if not version and connection.dialect.name == "sqlite" and (others := sa.inspect(connection).get_table_names()):
            raise LibraryError(
                f"{engine.url.database} is the database of something else: it has the table {others[0]!r}",
                "a library wants a file of its own: --library FILE",
            )
        for migration in MIGRATIONS[version:] if version else MIGRATIONS[:1]:
            migration(connection)
        if version < len(MIGRATIONS):
            connection.execute(sa.delete(meta).where(meta.c.key == _VERSION))
            connection.execute(sa.insert(meta).values(key=_VERSION, value=str(len(MIGRATIONS))))


def _expect_known(version: int) -> None:
    if version > len(MIGRATIONS):
        raise LibraryError(
            f"the library has schema version {version}; this version knows {len(MIGRATIONS)}", "upgrade deterministic-replay"
        )


def _version(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table(meta.name):
        return 0
    value = connection.scalar(sa.select(meta.c.value).where(meta.c.key == _VERSION))
    try:
        return int(value or 0)
    except (ValueError, TypeError):
        raise LibraryError(f"the library holds nonsense: its schema version is {value!r:.60}", "make another one") from None
