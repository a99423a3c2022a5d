"""Recordings into tables: what is new of them, verified, every match once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from replay.core.errors import MachineError, ReplayError, UsageError
from replay.core.game import Game
from replay.core.installed import find_game as installed_game
from replay.core.paths import told
from replay.core.recording import Recording
from replay.core.url import Url, path_of
from replay.find.tables.match import MatchTables, fold_label, tables_of
from replay.find.tables.store import Known, Writer
from replay.prove.batch import AnyPath, spread

BATCH_MATCHES = 512
BATCH_ROWS = 500_000


class Filed(NamedTuple):
    """What became of a file: `new`; `again`, counted by newer projections; `known`; `copy` of a match that is there; `skipped`."""

    path: Path
    status: str
    message: str = ""


class Counted(NamedTuple):
    """A file that was read: its match and what was counted of it; nothing of a match that is there."""

    path: Path
    match: str
    known: Known | None = None
    tables: MatchTables | None = None


def fill(
    folder: str | os.PathLike[str],
    paths: Iterable[Path],
    find_game: Callable[[str], Game] = installed_game,
    *,
    every: int | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Iterator[Filed]:
    """Add what is new of these recordings to the tables in `folder`, and say of each file what became of it: of a new one once its
    rows are there. Killed anywhere, the next call goes on. Nothing takes a match out again.

    every: with the states of every so many ticks. jobs, executor: who counts, as for `verify_many`; rows are written here alone.
    progress: called with (files done, in all).
    """
    paths, here = list(paths), cache(find_game)
    with Writer(folder) as writer:
        root = writer.store.folder.absolute().parent
        known = writer.store.known()

        def is_there(match: str) -> bool:
            return match in known and _is_current(known[match], here)

        sources = {each.source for match, each in known.items() if is_there(match)}
        left = []
        for path in paths:
            if _is_among(path, root, sources):
                yield Filed(path, "known")
            else:
                left.append(path)
        read: Iterable[Counted | Filed]
        if jobs == 1 and executor is None:
            read = (_counted(path, root, here, every, is_there) for path in left)
        else:
            work = partial(_counted, root=root, find_game=find_game, every=every)
            read = spread(work, left, None, jobs=jobs, executor=executor)
        waiting: list[Filed] = []
        rows = 0
        for done, each in enumerate(read, len(paths) - len(left) + 1):
            if isinstance(each, Filed):
                yield each
            elif each.tables is None or each.known is None or is_there(each.match):
                yield Filed(each.path, "copy")
            else:
                waiting.append(Filed(each.path, "again" if each.match in known else "new"))
                known[each.match] = each.known
                writer.add(each.tables.tables())
                rows += sum(map(len, each.tables.tables().values()))
            if len(waiting) >= BATCH_MATCHES or rows >= BATCH_ROWS:
                writer.commit()
                yield from waiting
                waiting, rows = [], 0
            if progress is not None:
                progress(done, len(paths))
        writer.commit()
        yield from waiting
        writer.compact()


def _is_current(known: Known, find_game: Callable[[str], Game]) -> bool:
    """Whether nothing here counts it in a newer way: a game that is not here, or has other rules by now, does not."""
    try:
        game = find_game(known.game)
    except ReplayError:
        return True
    return game.rules != known.rules or fold_label(game) == known.fold


def _counted(
    path: AnyPath,
    root: Path,
    find_game: Callable[[str], Game],
    every: int | None,
    is_there: Callable[[str], bool] = lambda match: False,
) -> Counted | Filed:
    """What is counted of a file, unless its match is there; or why nothing is."""
    path = path_of(path)
    try:
        source = _source_of(path, root)
        with Recording(path) as recording:
            match = recording.identity()
            if is_there(match):
                return Counted(path, match)
            facts = {"match": match, **dict(zip(("file", "bytes", "changed_ns"), source, strict=True))}
            game = find_game(recording.header.game)
            tables = tables_of(recording, game, every=every, known=facts)
        return Counted(path, match, Known(fold_label(game), game.name, game.rules, source), tables)
    except (MachineError, UsageError):
        raise
    except ReplayError as error:
        return Filed(path, "skipped", str(error))
    except OSError as error:
        return Filed(path, "skipped", "; ".join(filter(None, told(error))))


def _source_of(path: Path, root: Path) -> tuple[str, int, int]:
    """What a file is known by. Raises OSError."""
    stat = path.stat()
    return _relative(path, root), stat.st_size, stat.st_mtime_ns


def _is_among(path: Path, root: Path, sources: set[tuple[str, int, int]]) -> bool:
    try:
        return _source_of(path, root) in sources
    except (OSError, ReplayError):  # reading it will say what is wrong
        return False


def _relative(path: Path, root: Path) -> str:
    """`path` seen from `root`, with slashes; what is no text in it is replaced."""
    if isinstance(path, Url):
        return str(path)
    try:
        text = Path(os.path.relpath(path.absolute(), root)).as_posix()
    except ValueError:  # another drive
        text = path.absolute().as_posix()
    return text.encode(errors="replace").decode()
