"""Recordings into tables: what is new of them, verified, every match once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from replay.core.errors import MachineError, ReplayError, UsageError
from replay.core.game import Game
from replay.core.installed import find_game as installed_game
from replay.core.paths import told
from replay.core.recording import Recording
from replay.find.tables.match import MatchTables, fold_label, tables_of
from replay.find.tables.store import Known, Writer

BATCH_MATCHES = 512
BATCH_ROWS = 500_000


class Filed(NamedTuple):
    """What became of a file: `new`; `again`, counted by newer projections; `known`; `copy` of a match that is there; `skipped`."""

    path: Path
    status: str
    message: str = ""


def fill(
    folder: str | os.PathLike[str],
    paths: Iterable[Path],
    find_game: Callable[[str], Game] = installed_game,
    *,
    every: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Iterator[Filed]:
    """Add what is new of these recordings to the tables in `folder`, and say of each file what became of it: of a new one once its
    rows are there. Killed anywhere, the next call goes on. Nothing takes a match out again.

    every: with the states of every so many ticks. progress: called with (files done, in all).
    """
    find_game, paths = cache(find_game), list(paths)
    with Writer(folder) as writer:
        root = writer.store.folder.absolute().parent
        known = writer.store.known()
        sources = {each.source for each in known.values() if _is_current(each, find_game)}
        waiting: list[Filed] = []
        rows = 0
        for done, path in enumerate(paths, 1):
            filed, tables = _file(path, root, known, sources, find_game, every)
            if tables is None:
                yield filed
            else:
                writer.add(tables.tables())
                waiting.append(filed)
                rows += sum(len(table) for table in tables.tables().values())
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


def _file(
    path: Path,
    root: Path,
    known: dict[str, Known],
    sources: set[tuple[str, int, int]],
    find_game: Callable[[str], Game],
    every: int | None,
) -> tuple[Filed, MatchTables | None]:
    """What becomes of a file, and its tables if it is new."""
    try:
        stat = path.stat()
        source = (_relative(path, root), stat.st_size, stat.st_mtime_ns)
        if source in sources:
            return Filed(path, "known"), None
        with Recording(path) as recording:
            match = recording.identity()
            before = known.get(match)
            if before is not None and _is_current(before, find_game):
                return Filed(path, "copy"), None
            facts = {"match": match, **dict(zip(("file", "bytes", "changed_ns"), source, strict=True))}
            game = find_game(recording.header.game)
            tables = tables_of(recording, game, every=every, known=facts)
            known[match] = Known(fold_label(game), game.name, game.rules, source)
        return Filed(path, "new" if before is None else "again"), tables
    except (MachineError, UsageError):
        raise
    except ReplayError as error:
        return Filed(path, "skipped", str(error)), None
    except OSError as error:
        return Filed(path, "skipped", "; ".join(filter(None, told(error)))), None


def _relative(path: Path, root: Path) -> str:
    """`path` seen from `root`, with slashes; what is no text in it is replaced."""
    try:
        text = Path(os.path.relpath(path.absolute(), root)).as_posix()
    except ValueError:  # another drive
        text = path.absolute().as_posix()
    return text.encode(errors="replace").decode()
