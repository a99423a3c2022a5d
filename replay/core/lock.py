"""Whoever writes a recording holds a lock on its file: two writers keep apart, and anyone can see whether one still records.
The same locks keep folders of the cache while somebody reads in them."""

from __future__ import annotations

import os
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: exclusive creation keeps two writers apart, and only the file's age tells whether somebody records
    fcntl = None  # type: ignore[assignment]

_SILENT_SECONDS = 10.0  # without locks: a recorder writes every second, so that this long without news means nobody records


def lock(file: int) -> None:
    """Take the writer's lock on an open file, for as long as it is open. Raises BlockingIOError if somebody else holds it."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock_for_reading(file: int) -> None:
    """Take a reader's lock on an open file or folder, for as long as it is open: several may, and no writer beside them. Waits for
    one that is at it."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_SH)


def is_being_recorded(path: str | os.PathLike[str]) -> bool:
    """Whether somebody holds the writer's lock on this file. False if there is no such file."""
    try:
        if fcntl is None:
            return time.time() - Path(path).stat().st_mtime < _SILENT_SECONDS
        with open(path, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
    except OSError:
        return False
    return False
