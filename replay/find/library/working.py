"""Indexing by many: batches of files, of which whoever begins one claims the files that nobody else is at.

Workers may be processes, threads or those of Dask; each opens the library for itself. What one that died had
begun is done by the one that gets its batch next, or, if the indexer itself died, by another indexer.
"""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, as_completed, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from replay.core.errors import ReplayError, UsageError
from replay.core.game import Game
from replay.find.library import claims
from replay.find.library.database import LibraryError, naming_errors, writing
from replay.find.library.entries import Outcome
from replay.find.library.indexing import Elsewhere, FindGame, covers, folding_of, relative
from replay.find.library.query import WITH_FACTS
from replay.find.library.registry import NO_JUDGE
from replay.find.library.tables import files, recordings, words
from replay.prove.batch import room_of

_BATCH = 16  # files that are claimed together, and of one transaction at most
_BUSY = "busy"  # the status of a file that somebody else is at
_LOOKED_UP = 500  # files at once
AnyReference = str | os.PathLike[str] | None
T = TypeVar("T")
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 1.0  # before looking again whether they still are


class SharedIndexing(ABC):
    """What a library does for those who index, of whom there may be many."""

    _engine: sa.Engine
    root: Path
    _find_game_anew: FindGame
    _find_game: FindGame

    @abstractmethod
    def __init__(self, location: str, root: Path, find_game: FindGame) -> None: ...

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _registered(self, paths: Iterable[Path], elsewhere: Elsewhere | None = None) -> Iterator[Outcome]: ...

    @abstractmethod
    def _written(self, write: Callable[[sa.Connection], T]) -> T: ...

    @abstractmethod
    def _game(self, name: str, rules: int) -> Game | None: ...

    @abstractmethod
    def _verified_by(self, name: str, *, now: bool = True) -> str: ...

    def _outcomes(self, paths: list[Path], jobs: int, executor: Executor | None, reference: AnyReference) -> Iterator[Outcome]:
        """What becomes of files that are not known, once each."""
        if not paths:
            return
        with self._claiming() as holder:
            if executor is not None:
                once = partial(_by_workers, self._opening(reference), holder, executor)
            elif jobs > 1 and len(paths) > _BATCH:
                once = partial(_in_processes, self._opening(reference), holder, jobs)
            else:
                once = partial(self.index_claimed, holder, reference)
            yield from _until_nobody_is_at_it(paths, once)

    def index_claimed(self, holder: str, reference: AnyReference, paths: list[Path]) -> Iterator[Outcome]:
        """Register those of these files that are not known, and that nobody else is at: in batches that `holder` claims."""
        with self._other_rules(reference) as elsewhere:
            for start in range(0, len(paths), _BATCH):
                yield from self._index_batch(holder, paths[start : start + _BATCH], elsewhere)

    def _other_rules(self, reference: AnyReference) -> AbstractContextManager[Elsewhere | None]:
        if reference is None:
            return nullcontext()
        from replay.find.library.elsewhere import other_rules  # whoever only looks needs no processes

        return other_rules(reference, self._find_game)

    def _index_batch(self, holder: str, batch: list[Path], elsewhere: Elsewhere | None) -> Iterator[Outcome]:
        asks_others = elsewhere is not None
        compared = list(self._compared(batch, asks_others))
        yield from (Outcome(path, "known") for path, is_known in compared if is_known)
        names = {path: self._claimed_name(path) for path, is_known in compared if not is_known}
        if not names:
            return
        ours = self._written(partial(claims.take, paths=[*names.values()], holder=holder, now_ms=_now_ms()))
        try:
            yield from (Outcome(path, _BUSY) for path, name in names.items() if name not in ours)
            until_now = list(self._compared([path for path, name in names.items() if name in ours], asks_others))
            yield from (Outcome(path, "known") for path, is_known in until_now if is_known)
            yield from self._registered([path for path, is_known in until_now if not is_known], elsewhere)
        finally:
            self._written(partial(claims.give_back, holder=holder, paths=[*ours]))

    @contextmanager
    def _claiming(self) -> Iterator[str]:
        """The holder of what is claimed inside."""
        holder = claims.new_holder()

        def renew() -> None:
            with suppress(LibraryError), naming_errors(self._engine), writing(self._engine) as connection:
                claims.renew(connection, holder, _now_ms())

        with claims.kept(renew):
            try:
                yield holder
            finally:
                self._written(partial(claims.give_back, holder=holder))

    def _claimed_name(self, path: Path) -> str:
        try:
            return relative(path, self.root)
        except ReplayError:  # registering it will say what is wrong with it
            return ascii(path)

    def _opening(self, reference: AnyReference) -> _Opening:
        """Raises UsageError for a library that no other process can open."""
        url = self._engine.url
        if url.get_backend_name() == "sqlite":
            if url.database in (None, "", ":memory:"):
                raise UsageError("a library in memory is of this process alone", "name a file, or a server: --library URL")
            url = url.set(database=str(Path(url.database).absolute()))
        return _Opening(
            type(self), url.render_as_string(hide_password=False), self.root, self._find_game_anew, Path.cwd(), reference
        )

    def _compared(self, paths: Iterable[Path], asks_others: bool) -> Iterator[tuple[Path, bool]]:
        """Each file, and whether the library knows it as it is. asks_others: those are judged too whose rules are not here."""
        waiting = iter(paths)
        while some := list(islice(waiting, _LOOKED_UP)):
            names: dict[Path, str] = {}
            for path in some:
                with suppress(ReplayError):
                    names[path] = relative(path, self.root)
            with naming_errors(self._engine), self._engine.connect() as connection:
                rows = {row.path: row for row in connection.execute(_kept(list(names.values())))}
            for path in some:
                yield path, self._is_known(path, rows.get(names.get(path, "")), asks_others)

    def _is_known(self, path: Path, row: Any, asks_others: bool) -> bool:
        try:
            if row is None or (row.size, row.mtime_ns) != ((stat := path.stat()).st_size, stat.st_mtime_ns):
                return False
        except (OSError, ReplayError):
            return False
        if row.game is None:
            return True
        if (here := self._game(row.game, row.rules)) is None:
            return not asks_others or row.verdict not in NO_JUDGE
        is_folded = row.verdict not in WITH_FACTS or covers(row.folded_by, folding_of(here))
        return is_folded and row.verified_by == self._verified_by(row.game, now=False)


def _kept(names: list[str]) -> sa.Select[Any]:
    """What the library keeps of these files."""
    game, folded, verified = (words.alias() for _ in range(3))
    source = (
        files.join(verified, verified.c.id == files.c.verified_by_id)
        .outerjoin(recordings, recordings.c.id == files.c.recording_id)
        .outerjoin(game, game.c.id == recordings.c.game_id)
        .outerjoin(folded, folded.c.id == recordings.c.folded_by_id)
    )
    texts = [verified.c.text.label("verified_by"), game.c.text.label("game"), folded.c.text.label("folded_by")]
    return (
        sa.select(files.c.path, files.c.size, files.c.mtime_ns, files.c.verdict, recordings.c.rules, *texts)
        .select_from(source)
        .where(files.c.path.in_(names))
    )


def _now_ms() -> int:
    """Now, since 1970."""
    return round(time.time() * 1000)


class _Opening(NamedTuple):
    """How a worker opens the library. folder: the one that paths are relative to. reference: who judges rules that are not here."""

    library: type[SharedIndexing]
    url: str
    root: Path
    find_game: FindGame
    folder: Path
    reference: AnyReference

    def opened(self) -> SharedIndexing:
        """Raises LibraryError for a file that this worker does not have: it would make one of its own."""
        parsed = sa.make_url(self.url)
        if parsed.get_backend_name() == "sqlite" and not os.path.exists(parsed.database or ""):  # noqa: PTH110
            raise LibraryError(f"a worker has no file {parsed.database}", "for workers elsewhere: --library postgresql://...")
        return self.library(self.url, self.root, self.find_game)


def _until_nobody_is_at_it(paths: list[Path], once: Callable[[list[Path]], Iterable[Outcome]]) -> Iterator[Outcome]:
    """What `once` gives for these files, and gives again for those that were busy, until none is."""
    pause = _PAUSE_SECONDS
    while paths:
        busy = []
        for outcome in once(paths):
            if outcome.status == _BUSY:
                busy.append(outcome.path)
            else:
                yield outcome
        if busy:
            time.sleep(pause)
            pause = _PAUSE_SECONDS if len(busy) < len(paths) else min(2 * pause, _LONGEST_PAUSE_SECONDS)
        paths = busy


def _in_processes(opening: _Opening, holder: str, jobs: int, paths: list[Path]) -> Iterator[Outcome]:
    """The outcomes of `_by_workers` of new processes. Raises LibraryError if one dies."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    fresh = multiprocessing.get_context("spawn")  # a fork would share our connections
    with ProcessPoolExecutor(min(jobs, -(-len(paths) // _BATCH)), fresh) as pool:
        try:
            yield from _by_workers(opening, holder, pool, paths)
        except BrokenProcessPool:
            raise LibraryError("a process that was indexing died", "what it had done stays: index again to go on") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _by_workers(opening: _Opening, holder: str, pool: Executor, paths: list[Path]) -> Iterator[Outcome]:
    """The outcomes of these files, batch by batch as they are done."""
    work = partial(_index_batch, opening, holder)
    running: set[Future[list[Outcome]]] = set()
    try:
        for start in range(0, len(paths), _BATCH):
            running.add(pool.submit(work, paths[start : start + _BATCH]))
            if len(running) >= room_of(pool):
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    yield from each.result()
        for each in as_completed(running):
            yield from each.result()
    finally:
        for each in running:
            each.cancel()


# --- in a worker ---

_here = threading.local()  # a library is of one thread


def _index_batch(opening: _Opening, holder: str, batch: list[Path]) -> list[Outcome]:
    if getattr(_here, "opening", None) != opening:
        if hasattr(_here, "library"):
            _here.library.close()
        _here.library, _here.opening = opening.opened(), opening
    given = {path if path.is_absolute() else opening.folder / path: path for path in batch}
    return [
        outcome._replace(path=given[outcome.path]) for outcome in _here.library.index_claimed(holder, opening.reference, [*given])
    ]
