"""The library as its users see it; the package says what it is for."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from replay.core.errors import ReplayError, UsageError
from replay.core.game import Game
from replay.core.installed import find_game as installed_game
from replay.core.names import recordings_below
from replay.find.library import query
from replay.find.library.facts import expect
from replay.find.library.indexing import Examined, FindGame, Folded, examine, fold_rows, folded_by, relative
from replay.find.library.registry import remove, store
from replay.find.library.tables import (
    LibraryError,
    connect,
    files,
    naming_errors,
    players,
    projections,
    reading,
    recordings,
    writing,
)
from replay.find.search import parse

FILE_NAME = "library.sqlite"
ROLES = ("actor", "target")
_MATCH_FIELDS = ("identity", "game", "rules", "created_ms", "ticks", "ticks_per_second", "seconds", "outcome", "match_identity")
_BATCH = 8  # files that a process indexes before it reports
_RACES = 20


class AlreadyIndexedError(ReplayError):
    """The match is in the library already, perhaps under another file name."""


class Outcome(NamedTuple):
    """What became of one file: `new`, `updated`, `copy` (of a match that is there), `known`, or `broken`."""

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
    winners: tuple[str, ...] = ()


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


class Library:
    """An open library. `location`: a file (created if need be), or any SQLAlchemy URL. Use it as a context manager.

    to_read: only what comes out is asked for; it must be there, and need not be writable.
    root: the folder that paths are kept relative to; by default that of the file, and the current one for a server.
    find_game: gives the rules for a game's name.

    Raises LibraryError if it cannot be used, UsageError for a location that is none.
    """

    def __init__(
        self,
        location: str | os.PathLike[str],
        root: str | os.PathLike[str] | None = None,
        find_game: FindGame = installed_game,
        *,
        to_read: bool = False,
    ) -> None:
        text = os.fspath(location)
        self.url = text if "://" in text else sa.URL.create("sqlite", database=text).render_as_string()
        self._engine = connect(self.url, to_read=to_read)
        database = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        self.root = Path(root or (Path(database).parent if database else ".")).absolute()
        self._find_game_anew = find_game
        self._find_game = cache(find_game)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    # --- what goes in ---

    def add(self, path: str | os.PathLike[str]) -> CatalogueEntry:
        """Register one recording. A file that cannot be read is remembered with the reason.

        Raises AlreadyIndexedError if the match is there already, FileNotFoundError if there is no such file.
        """
        path = Path(path)
        path.stat()
        outcome = self._register(path)
        if outcome.status in ("known", "copy"):
            raise AlreadyIndexedError(f"{path}: the match is in the library already", "a match counts once, whatever its files")
        with naming_errors(self._engine), self._engine.connect() as connection:
            return self._entries(connection, files.c.path == relative(path, self.root))[0]

    def index(
        self,
        paths: Iterable[str | os.PathLike[str]],
        *,
        jobs: int = 1,
        rebuild: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Iterator[Outcome]:
        """Register what is new or changed of these files and folders, and say of each file what became of it.

        Each file is one transaction: killed anywhere, the next call goes on. Several processes may index the same folder at once.

        jobs: processes. rebuild: make everything again, not only what has changed. progress: called with (files done, in all).
        """
        if rebuild:
            with naming_errors(self._engine), writing(self._engine) as connection:
                connection.execute(sa.update(files).values(size=-1))
                connection.execute(sa.update(recordings).values(folded_by="rebuild"))
        compared = list(self._compared(_files(paths)))
        waiting = [path for path, is_known in compared if not is_known]
        yield from (Outcome(path, "known") for path, is_known in compared if is_known)
        batches = [waiting[start : start + _BATCH] for start in range(0, len(waiting), _BATCH)]
        is_shared = jobs > 1 and len(batches) > 1
        outcomes = self._index_in_processes(batches, jobs) if is_shared else map(self._register, waiting)
        for done, outcome in enumerate(outcomes, len(compared) - len(waiting) + 1):
            if progress is not None:
                progress(done, len(compared))
            yield outcome

    def _index_in_processes(self, batches: list[list[Path]], jobs: int) -> Iterator[Outcome]:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor, as_completed
        from concurrent.futures.process import BrokenProcessPool

        arguments = (self.url, self.root, self._find_game_anew)
        fresh = multiprocessing.get_context("spawn")  # a fork would share our connections
        with ProcessPoolExecutor(min(jobs, len(batches)), fresh, _open_in_process, arguments) as pool:
            try:
                for done in as_completed([pool.submit(_register_in_process, batch) for batch in batches]):
                    yield from done.result()
            except BrokenProcessPool:
                raise LibraryError("a process that was indexing died", "what it had done stays: index again to go on") from None
            finally:
                pool.shutdown(cancel_futures=True)

    def forget(self, path: str | os.PathLike[str]) -> bool:
        """Remove a file from the library, and with its last file the recording. The file stays. False if it was not there."""
        with naming_errors(self._engine), writing(self._engine) as connection:
            return remove(connection, [relative(Path(path), self.root)]) > 0

    def prune(self) -> list[Path]:
        """Forget the files that are gone, and name them."""
        with naming_errors(self._engine), writing(self._engine) as connection:
            gone = [path for (path,) in connection.execute(sa.select(files.c.path)) if not (self.root / path).exists()]
            remove(connection, gone)
        return [self._path(path) for path in gone]

    def _compared(self, paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
        """Each file, and whether the library knows it as it is."""
        source = files.outerjoin(recordings)
        columns = (files.c.path, files.c.size, files.c.mtime_ns, recordings.c.game, recordings.c.rules, recordings.c.folded_by)
        with naming_errors(self._engine), self._engine.connect() as connection:
            known = {path: row for path, *row in connection.execute(sa.select(*columns).select_from(source))}
        for path in paths:
            try:
                row, facts = known.get(relative(path, self.root)), path.stat()
            except (OSError, ReplayError):
                row = None
            if row is None:
                yield path, False
                continue
            size, mtime_ns, game, rules, by = row
            is_same = (size, mtime_ns) == (facts.st_size, facts.st_mtime_ns)
            yield path, is_same and (game is None or by == folded_by(self._game(game, rules)))

    def _game(self, name: str, rules: int) -> Game | None:
        """The installed game, if it has these rules."""
        try:
            game = self._find_game(name)
        except ReplayError:
            return None
        return game if game.rules == rules else None

    def _path(self, name: str) -> Path:
        return Path(os.path.normpath(self.root / name))

    def _register(self, path: Path) -> Outcome:
        try:
            name = relative(path, self.root)
        except ReplayError as error:
            return Outcome(path, "broken", "unreadable", str(error))
        examined = examine(path, self._find_game)
        with naming_errors(self._engine):
            for race in range(_RACES):
                folded = self._fold_if_stale(path, examined)
                try:
                    with writing(self._engine) as connection:
                        status = store(connection, name, name.casefold(), examined, folded)
                    break
                except IntegrityError:  # another process registered it between our look and our insert: look again
                    if race == _RACES - 1:
                        raise
        return Outcome(path, status, examined.verdict.value, examined.message)

    def _fold_if_stale(self, path: Path, examined: Examined) -> Folded | None:
        """The rows of the match, or None if the library has them."""
        if examined.identity is None:
            return None
        with self._engine.connect() as connection:
            by = connection.scalar(sa.select(recordings.c.folded_by).where(recordings.c.identity == examined.identity))
        return None if by == folded_by(examined.game) else fold_rows(path, examined)

    # --- what comes out ---

    def find(self, search: str = "", *, sort: str = "-date", limit: int | None = None) -> list[CatalogueEntry]:
        """The recordings that match a search text (see `replay.find.search`), and, if it is empty, the broken files too.

        sort: `date`, `length`, `file`, or a number that projections count (the best player's); `-` for descending.

        Raises UsageError for a text that is not a search.
        """
        conditions = query.where(parse(search))
        with reading(self._engine) as connection:
            return self._entries(connection, query.is_first_file(), *conditions, sort=sort, limit=limit)

    def _entries(
        self, connection: sa.Connection, *conditions: sa.ColumnElement[bool], sort: str = "file", limit: int | None = None
    ) -> list[CatalogueEntry]:
        statement = (
            sa.select(files.c.path, files.c.verdict, files.c.message, *recordings.c)
            .select_from(files.outerjoin(recordings))
            .where(*conditions)
            .order_by(query.order(sort), files.c.path)
            .limit(limit)
        )
        rows = connection.execute(statement).mappings().all()
        seats = _seats(connection, [row["id"] for row in rows if row["id"] is not None])
        return [self._entry(row, seats.get(row["id"], [])) for row in rows]

    def _entry(self, row: sa.RowMapping, seats: list[tuple[str, bool]]) -> CatalogueEntry:
        facts = dict(row)
        if row["id"] is not None:
            facts["config"] = json.loads(row["config"])
        expect(facts)
        path = self._path(row["path"])
        if row["id"] is None:
            return CatalogueEntry(path, row["verdict"], row["message"])
        return CatalogueEntry(
            path,
            row["verdict"],
            row["message"],
            config=facts["config"],
            players=tuple(name for name, _ in seats),
            winners=tuple(name for name, is_winner in seats if is_winner),
            **{name: row[name] for name in _MATCH_FIELDS},
        )

    def moments(
        self,
        search: str = "",
        *,
        kind: str,
        player: str | None = None,
        role: str | None = None,
        item: str | None = None,
        within_seconds: float | None = None,
        at_least: int = 1,
        limit: int | None = None,
    ) -> list[Moment]:
        """Where events of this kind happen, `at_least` so many `within_seconds` (None: in one match); moments that overlap are one.

        player: a name, with * for anything. role: `actor` or `target`: in which part; then the events of a moment all have the same
        player in it. Default: either part. search: only in recordings that match this text.
        """
        if role not in (None, *ROLES):
            raise UsageError(f"no role {role!r}", f"roles are {' and '.join(ROLES)}")
        if at_least < 1 or (within_seconds is not None and not within_seconds >= 0):
            raise UsageError(f"at least {at_least} within {within_seconds} s is not a moment", "at least 1, within 0 s or more")
        statement = query.moments(search, kind, player, role, item, within_seconds, at_least)
        moments: list[Moment] = []
        last: dict[int | None, int] = {}  # of the file at hand: the index of each player's last moment
        with reading(self._engine) as connection:
            for name, tick, last_tick, rate, seat, who in connection.execute(statement):
                expect({"path": name, "tick": tick, "last_tick": last_tick, "ticks_per_second": rate, "name": who})
                path = self._path(name)
                if moments and moments[-1].path != path:
                    last.clear()
                before = moments[last[seat]] if seat in last else None
                if before is not None and tick <= before.last_tick:
                    moments[last[seat]] = replace(before, last_tick=last_tick, count=before.count + 1)
                    continue
                if limit is not None and len(moments) >= limit:
                    if not last:
                        break
                    continue
                last[seat] = len(moments)
                moments.append(Moment(path, tick, last_tick, at_least, rate, who))
        return moments

    def projection(self, path: str | os.PathLike[str], name: str) -> Any:
        """The stored result of a projection for the match in this file. Raises UsageError if there is none."""
        statement = (
            sa.select(projections.c.result)
            .join(files, files.c.recording_id == projections.c.recording_id)
            .where(files.c.path == relative(Path(path), self.root), projections.c.name == name)
        )
        with reading(self._engine) as connection:
            stored = connection.scalar(statement)
            if stored is None:
                raise UsageError(f"the library has no {name!r} of {os.fspath(path)}", "index it first: replay index")
            return json.loads(zlib.decompress(stored))


def _seats(connection: sa.Connection, recording_ids: list[int]) -> dict[int, list[tuple[str, bool]]]:
    """The names of the players of these recordings in seat order, and whether they won."""
    seats: dict[int, list[tuple[str, bool]]] = {}
    columns = (players.c.recording_id, players.c.name, players.c.is_winner)
    for start in range(0, len(recording_ids), 500):
        of_these = players.c.recording_id.in_(recording_ids[start : start + 500])
        for recording_id, name, is_winner in connection.execute(sa.select(*columns).where(of_these).order_by(players.c.seat)):
            expect({"name": name})
            seats.setdefault(recording_id, []).append((name, is_winner))
    return seats


def _files(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Files as they are named, and all recordings in folders; once each."""
    files_named: dict[Path, None] = {}
    for path in map(Path, paths):
        files_named.update(dict.fromkeys(recordings_below(path) if path.is_dir() else [path]))
    return list(files_named)


# --- in the processes of `index` ---

_library: Library | None = None


def _open_in_process(url: str, root: Path, find_game: FindGame) -> None:
    global _library
    _library = Library(url, root, find_game)


def _register_in_process(batch: list[Path]) -> list[Outcome]:
    assert _library is not None
    return [_library._register(path) for path in batch]
