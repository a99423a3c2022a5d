"""A folder of tables as Parquet: `TABLE/game=G/rules=N/fold=F/date=D/000001.parquet`, many matches a file, every match once.

`manifest.jsonl` says which files there are, a line for each batch, written after its files: what no line names does not exist, so
that a batch is there as a whole or not at all, whenever its writer is killed. The next writer removes what such a one has left.

Files that were replaced by a larger one stay as long as somebody asks who may still count on them: whoever asks holds a reader's
lock on `readers.lock`, and a writer that cannot have it for a moment leaves them to the next one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from replay.core.errors import FormatError, ReplayError
from replay.core.lock import lock, lock_for_reading
from replay.find.tables.columns import joined
from replay.find.tables.schema import SECOND, TABLES

MANIFEST = "manifest.jsonl"
READERS = "readers.lock"
MOST_FILES = 8  # in one folder; with more, they become one
_PARTITION = ("game", "rules", "fold", "date")
_LEVEL = 17  # of zstd: 19 takes half as long again for less than one in a hundred
_LEVELS = {"states": 12}  # which are large, and gain nothing by more
_OWN = re.compile(r"\d{6,}\.parquet(\.new)?")


class TablesError(FormatError):
    """A folder is none of tables, or is not as its manifest says."""


class Known(NamedTuple):
    """A match that is there: what counted it last, and the file it was in."""

    fold: str
    game: str
    rules: int
    source: tuple[str, int, int]  # file, bytes, changed_ns


class Store:
    """The tables in a folder, as they are now. Raises TablesError."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.size = 0  # of the manifest, as far as it is whole
        self.batches = 0
        self._files: dict[str, None] = {}
        path = self.folder / MANIFEST
        if not path.exists():
            return
        data = path.read_bytes()
        for line in data[: data.rfind(b"\n") + 1].splitlines(keepends=True):
            self._read(line)
            self.size += len(line)

    def _read(self, line: bytes) -> None:
        try:
            batch = json.loads(line)
            added, removed = (list(map(_checked, batch[name])) for name in ("files", "replaces"))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise TablesError(
                f"{self.folder / MANIFEST}: a line is none of a manifest: {line[:60]!r}", "make new tables: replay tables -o"
            ) from None
        for name in removed:
            self._files.pop(name, None)
        self._files.update(dict.fromkeys(added))
        self.batches += 1

    def files(self, table: str) -> list[Path]:
        """The files of a table, in the order in which they were written."""
        return [self.folder / name for name in self._files if name.startswith(f"{table}/")]

    def is_named(self, path: Path) -> bool:
        return path.relative_to(self.folder).as_posix() in self._files

    def known(self) -> dict[str, Known]:
        """The matches that are there, by what names them; what was counted anew is known as it was counted last."""
        columns = ["match", "fold", "game", "rules", "file", "bytes", "changed_ns"]
        known: dict[str, Known] = {}
        for path in self.files("matches"):
            for match, fold, game, rules, *source in zip(
                *(column.to_pylist() for column in _read_columns(path, columns)), strict=True
            ):
                known[match] = Known(fold, game, rules, tuple(source))
        return known


@contextmanager
def kept_for_reading(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Inside, no file goes that was named when it began. Of tables without such a lock, or where there are no locks, they may."""
    file = None
    with suppress(OSError):
        file = os.open(Path(folder) / READERS, os.O_RDONLY)
        lock_for_reading(file)
    try:
        yield
    finally:
        if file is not None:
            os.close(file)


def _checked(name: Any) -> str:
    """A path inside of the folder. Raises ValueError."""
    parts = PurePosixPath(name).parts
    if len(parts) != 6 or parts[0] not in TABLES or any(part in ("..", "/") or "\\" in part for part in parts):
        raise ValueError(name)
    return str(PurePosixPath(*parts))


def _read_columns(path: Path, columns: list[str]) -> list[pa.ChunkedArray]:
    try:
        return list(pq.ParquetFile(path).read(columns).select(columns).columns)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise TablesError(f"{path}: {error}", "take the folder away, and make new tables: replay tables -o") from None


class Writer:
    """Adds to the tables in a folder, alone. A context manager; what was added is there after `commit`.

    Raises ReplayError if somebody else is at it, TablesError for a folder that holds something else.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        folder = Path(folder)
        if folder.exists() and not (folder / MANIFEST).exists() and any(folder.iterdir()):
            raise TablesError(f"{folder} holds something else than tables", "name a folder that is new or empty: -o FOLDER")
        folder.mkdir(parents=True, exist_ok=True)
        self._manifest = os.open(folder / MANIFEST, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            lock(self._manifest)
            self.store = Store(folder)
            os.ftruncate(self._manifest, self.store.size)
            self._remove_strays()
        except BlockingIOError:
            os.close(self._manifest)
            raise ReplayError(f"somebody else is writing to {folder}", "wait for it, and try again") from None
        except BaseException:
            os.close(self._manifest)
            raise
        self._waiting: dict[str, list[pa.Table]] = {name: [] for name in TABLES}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._manifest)

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """The rows of one match."""
        for name, table in tables.items():
            self._waiting[name].append(table)

    def commit(self) -> None:
        """Write what was added as files of their own, all of it or nothing."""
        parts = [(name, where, part) for name, tables in self._waiting.items() for where, part in _parted(name, tables)]
        self._write(parts, ())
        self._waiting = {name: [] for name in TABLES}

    def compact(self) -> None:
        """Make one file of each folder's, where there are many."""
        folders: dict[Path, list[Path]] = {}
        for name in TABLES:
            for path in self.store.files(name):
                folders.setdefault(path.parent, []).append(path)
        for folder, paths in folders.items():
            if len(paths) > MOST_FILES:
                name, *where = folder.relative_to(self.store.folder).parts
                table = _stored(joined([pq.ParquetFile(path).read() for path in paths]), name)
                self._write([(name, "/".join(where), table)], paths)
        self._remove_strays()

    def _write(self, parts: Iterable[tuple[str, str, pa.Table]], replaced: Sequence[Path]) -> None:
        root, names = self.store.folder, []
        for table, where, rows in parts:
            name = f"{table}/{where}/{self.store.batches + 1:06}.parquet"
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            with open(root / f"{name}.new", "wb") as file:
                _write(rows, file, table)
                file.flush()
                os.fsync(file.fileno())
            names.append(name)
        for name in names:
            (root / f"{name}.new").replace(root / name)
        if not names:
            return
        replaces = [path.relative_to(root).as_posix() for path in replaced]
        line = json.dumps({"files": names, "replaces": replaces}).encode() + b"\n"
        while line_rest := line[os.fstat(self._manifest).st_size - self.store.size :]:
            os.write(self._manifest, line_rest)
        os.fsync(self._manifest)
        self.store = Store(root)

    def _remove_strays(self) -> None:
        """Remove the files that no line names: a writer was killed over them, or they were replaced. Not while somebody asks."""
        readers = os.open(self.store.folder / READERS, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            lock(readers)
            for name in TABLES:
                for path in (self.store.folder / name).rglob("*.parquet*"):
                    if _OWN.fullmatch(path.name) and not self.store.is_named(path):
                        path.unlink()
        except BlockingIOError:
            pass
        finally:
            os.close(readers)


def _parted(name: str, tables: Sequence[pa.Table]) -> list[tuple[str, pa.Table]]:
    """The rows by the folder that they belong to. Each table is one match's, so it belongs to one."""
    folders: dict[str, list[pa.Table]] = {}
    for table in tables:
        if len(table):
            where = "/".join(f"{part}={quote(str(table[part][0].as_py()), safe='')}" for part in _PARTITION)
            folders.setdefault(where, []).append(table)
    return [(where, _stored(joined(parts), name)) for where, parts in folders.items()]


def _stored(table: pa.Table, name: str) -> pa.Table:
    """As it is in a file: without what is computed, and events by kind, so that those of one are found without reading the rest,
    and in a match by who did it, so that equals lie together."""
    if SECOND.name in table.column_names:
        table = table.drop_columns([SECOND.name])
    if name != "events":
        return table
    keys = ("kind", "match", "actor_seat", "tick", "place")
    return table.take(pc.sort_indices(table, sort_keys=[(key, "ascending") for key in keys]))


def _write(table: pa.Table, file: Any, name: str) -> None:
    deltas = {"tick": "DELTA_BINARY_PACKED"} if "tick" in table.column_names else {}  # it rises from row to row by little
    others = [field for field in table.schema if field.name not in deltas]
    pq.write_table(
        table,
        file,
        compression="zstd",
        compression_level=_LEVELS.get(name, _LEVEL),
        use_dictionary=[f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name for field in others],
        column_encoding=deltas,
        store_schema=False,  # Arrow's own copy of the types, which those of Parquet say as well
    )
