"""Paths that cannot be used: what is wrong with them, and what to do."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from replay.core.url import is_url, refusal


def told(error: OSError) -> tuple[str, str]:
    """What went wrong with a path, and what to do next; in the words of the system where it says enough."""
    if not error.filename:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return (error.strerror, "make room, or name another place") if is_full and error.strerror else (str(error), "")
    name = os.fsdecode(error.filename)
    if is_url(name):
        return (f"{name}: {error.strerror}", "look at its address") if "://" in name else refusal(name)
    path = Path(name)
    what = f"{path}: {error.strerror}"
    file = next((each for each in (*path.parents, path) if stat.S_ISREG(_mode(each))), None)
    if error.errno == errno.EEXIST:
        return f"{path} exists", "nothing is ever written over a file; name another one"
    if error.errno == errno.ENOTDIR and file is not None:
        return f"{file}: is a file, not a folder", "name another place"
    if error.errno == errno.ENOENT and not _mode(path.parent):
        missing = path.parent
        return f"{missing}: there is no such folder", f"look for its name, or make it: mkdir -p {missing}"
    if error.errno == errno.ENOENT:
        return what, "look for its name: ls " + str(path.parent)
    if error.errno == errno.EISDIR:
        return f"{path}: is a folder, not a file", f"name a file in it: {path}/NAME"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return what, f"look who may use it: ls -ld {path if _mode(path) else path.parent}, or name another place"
    if error.errno == errno.ENOSPC:
        return what, "make room, or name another place"
    return what, ""


def _mode(path: Path) -> int:
    """What kind of file it is; 0 if it is not there or may not be looked at, where `Path.is_file` would raise."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0
