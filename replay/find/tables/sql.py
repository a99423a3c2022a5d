"""Questions in SQL over the tables in a folder, by DuckDB: views called as the tables are, and nothing else within reach."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from replay.core.errors import ReplayError, UsageError
from replay.core.text import nearest
from replay.find.tables.schema import SECOND, TABLES, Column
from replay.find.tables.store import Store, kept_for_reading

_TYPES = {
    "text": "VARCHAR",
    "texts": "VARCHAR[]",
    "whole": "BIGINT",
    "number": "DOUBLE",
    "yes/no": "BOOLEAN",
    "date": "DATE",
    "time": "TIMESTAMPTZ",
}
_UNKNOWN = re.compile(r'column "([^"]+)"')
# SQL may be a stranger's: no file but those of the tables, no network, no extension, no value of a Python program.
_LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET temp_directory = ''",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class Questions:
    """The tables in a folder, to be asked. A context manager. Questions may run at the same time as a writer adds matches: they see
    what was there when this was made.

    columns: of each table, what there is now: name and type, as DuckDB calls it.

    Raises UsageError for a folder without tables, TablesError for one that is not as it says.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        with ExitStack() as stack:
            stack.enter_context(kept_for_reading(folder))
            store = Store(folder)
            if not store.batches:
                make = f"make them: replay tables recordings/ -o {os.fspath(folder)}"
                raise UsageError(f"no tables in {os.fspath(folder)}", make)
            self._database = stack.enter_context(duckdb.connect(":memory:"))
            try:
                self._database.execute("SET parquet_metadata_cache = true")
                self._make_views(store)
                paths = [str(path.absolute()) for name in TABLES for path in store.files(name)]
                self._database.execute(f"SET allowed_paths = [{', '.join(map(_text, paths))}]")
                for setting in _LOCKS:
                    self._database.execute(setting)
            except duckdb.Error as error:
                raise ReplayError(f"{os.fspath(folder)}: {_first_line(error)}", "make new tables: replay tables -o") from None
            self.columns = {name: self._columns_of(name) for name in TABLES}
            self._open = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    def ask(self, question: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        """The answer to a SELECT. values: of its parameters, `$name`. Raises UsageError for what is none, or is wrong."""
        try:
            statements = self._database.extract_statements(question)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UsageError("a question is one SELECT", 'replay query "select * from matches"; replay query --schema')
            return _with_whole_sums(self._database.sql(statements[0], params=dict(values or {})).to_arrow_table())
        except duckdb.Error as error:
            wrong = _UNKNOWN.search(text := _first_line(error))
            near = nearest(wrong[1], {name for columns in self.columns.values() for name, _ in columns}) if wrong else ""
            raise UsageError(text, f"{near} The tables and their columns: replay query --schema".lstrip()) from None

    def _make_views(self, store: Store) -> None:
        latest = _latest(store)
        if latest is not None:
            self._database.register("latest_given", latest)
            self._database.execute("CREATE TABLE latest AS SELECT * FROM latest_given")
            self._database.unregister("latest_given")
        for name in TABLES:
            source = self._source(name, store.files(name))
            counted = source if latest is None else f"(FROM {source} SEMI JOIN latest USING (match, fold))"
            second = ", tick / ticks_per_second AS second" if SECOND in TABLES[name] else ""
            self._database.execute(f"CREATE VIEW {_BARE.get(name, name)} AS SELECT *{second} FROM {counted}")
        taken = {name for name, _ in self._columns_of("players_bare")}
        added = [name for name, _ in self._columns_of("matches") if name not in taken and name not in _ONLY_OF_MATCHES]
        settings = "".join(f", m.{quoted(name)}" for name in added)
        self._database.execute(
            f"CREATE VIEW players AS SELECT p.*{settings} FROM players_bare p LEFT JOIN matches m ON p.match = m.match"
        )

    def _source(self, name: str, files: list[Path]) -> str:
        if not files:
            columns = (f"NULL::{_TYPES[each.type]} AS {quoted(each.name)}" for each in TABLES[name] if each is not SECOND)
            return f"(SELECT {', '.join(columns)} WHERE false)"
        paths = f"[{', '.join(_text(str(path.absolute())) for path in files)}]"
        # Where all have the same columns, the first says them, and no question has to look into each file before it begins.
        kinds = self._database.execute(
            f"SELECT DISTINCT list((name, type, converted_type, logical_type)) FROM parquet_schema({paths}) GROUP BY file_name"
        ).fetchall()
        return f"read_parquet({paths}, union_by_name = {len(kinds) > 1}, hive_partitioning = false)"

    def _columns_of(self, name: str) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self._database.execute(f"DESCRIBE {name}").fetchall()]


_BARE = {"players": "players_bare"}  # to which the view of that name adds what is known of the match
_ONLY_OF_MATCHES = ("winners", "same_match", "config", "bytes", "changed_ns", "ticks", "ticks_per_second", "seed")


def _latest(store: Store) -> pa.Table | None:
    """What counted each match last, where some were counted more than once."""
    folds: dict[tuple[str, str], set[str]] = {}
    for path in store.files("matches"):
        *_, game, rules, fold, _, _ = path.parts
        folds.setdefault((game, rules), set()).add(fold)
    if all(len(each) == 1 for each in folds.values()):
        return None
    known = store.known()
    return pa.table({"match": list(known), "fold": [each.fold for each in known.values()]})


def quoted(name: str) -> str:
    """A name of a column in SQL, whatever it is."""
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _with_whole_sums(answer: pa.Table) -> pa.Table:
    """Sums of whole numbers have 128 bits in DuckDB, which not everybody takes for whole numbers."""
    for index, field in enumerate(answer.schema):
        if pa.types.is_decimal(field.type) and field.type.scale == 0 and field.type.precision == 38:
            with suppress(pa.ArrowInvalid):  # one that needs them
                answer = answer.set_column(index, field.name, answer.column(index).cast(pa.int64()))
    return answer


def _first_line(error: duckdb.Error) -> str:
    lines = [line for line in str(error).splitlines() if line] or [type(error).__name__]
    return " ".join([lines[0], *(line for line in lines[1:] if line.startswith(("Did you", "Candidate")))])


def described(columns: Mapping[str, list[tuple[str, str]]]) -> list[dict[str, str]]:
    """A row for each column of each table: table, column, type, search, meaning. columns: as `Questions` has them."""
    rows = []
    for table, fixed in TABLES.items():
        meanings = {column.name: column for column in fixed}
        there = columns.get(table) or [(column.name, _TYPES[column.type]) for column in fixed]
        if table == "players":
            meanings = {column.name: column for column in TABLES["matches"]} | meanings
        for name, kind in there:
            known = meanings.get(name) or Column(name, kind, "of the game")
            rows.append({"table": table, "column": name, "type": kind.lower(), "search": known.search, "meaning": known.meaning})
    return rows
