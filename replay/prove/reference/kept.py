"""Files of revisions in the user's cache: as many as were used lately, and never gone while a process runs them.

Whoever runs them holds a reader's lock on their folder; whoever tidies takes a writer's, or leaves the folder alone.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from replay.core.errors import ReplayError
from replay.core.folders import user_cache
from replay.core.lock import lock, lock_for_reading

MOST_KEPT = 8  # revisions
MOST_DAYS = 30  # since one was used
_DAY_SECONDS = 86400
_FOLDER, _SCRATCH = "references", "tmp"


class Held:
    """A folder that stays until `release`."""

    def __init__(self, folder: Path, file: int | None) -> None:
        self.folder = folder
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = None


def hold(name: str, make: Callable[[Path], None]) -> Held:
    """The folder `name`, filled by `make(folder)` if it is not there. Others that were not used lately go.

    Raises ReplayError if there can be none, and what `make` raises.
    """
    folder = user_cache() / _FOLDER / name
    try:
        while (held := _held(folder)) is None:
            _fill(folder, make)
        os.utime(folder)  # when it was used
    except OSError as error:
        raise ReplayError(f"{folder.parent}: {error.strerror}", "REPLAY_CACHE names another place for the cache") from error
    _tidy(folder)
    return held


def _held(folder: Path) -> Held | None:
    """None if it is not there, or went while we waited for it."""
    try:
        file = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except PermissionError:  # Windows opens no folder, and deletes none with open files in it
        return Held(folder, None) if folder.is_dir() else None
    try:
        lock_for_reading(file)
        if os.path.samestat(os.fstat(file), folder.stat()):
            return Held(folder, file)
    except FileNotFoundError:
        pass
    os.close(file)
    return None


def _fill(folder: Path, make: Callable[[Path], None]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder.parent) as scratch:
        files = Path(scratch) / "files"
        files.mkdir()
        make(files)
        with suppress(OSError):  # another process may have been quicker; without either, the next look at it tells
            files.rename(folder)
            return
    if not folder.is_dir():
        raise OSError(0, "a folder cannot be made there")


def _tidy(mine: Path) -> None:
    """What is over the limits goes, the longest unused first; what is in use stays."""
    with suppress(OSError):
        used = {each: each.stat().st_mtime for each in mine.parent.iterdir() if each != mine and each.is_dir()}
        newest = sorted(used, key=lambda each: -used[each])
        too_old = time.time() - MOST_DAYS * _DAY_SECONDS
        for number, each in enumerate(newest, 2):  # after the one in use
            is_scratch = each.name.startswith(_SCRATCH)  # of a process that was killed, if it is as old as a day
            if used[each] < (time.time() - _DAY_SECONDS if is_scratch else too_old) or (number > MOST_KEPT and not is_scratch):
                _remove(each)


def _remove(folder: Path) -> None:
    """Under another name first, so that nobody finds half of it."""
    with suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            lock(file)  # BlockingIOError: in use
            with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder.parent) as scratch:
                gone = folder.rename(Path(scratch) / "gone")
                shutil.rmtree(gone, ignore_errors=True)
        finally:
            os.close(file)
