"""Where this user's things are kept that can be made again, and whether somebody else could have written there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CACHE_VARIABLE = "REPLAY_CACHE"


def user_cache() -> Path:
    """The engine's folder in the user's cache; it need not exist. `REPLAY_CACHE` names another. Raises RuntimeError where there is
    neither HOME nor an entry in passwd."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    else:
        folder = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(folder).expanduser() / "deterministic-replay"


def is_ours(path: Path) -> bool:
    """Whether nobody but us and the machine's owner can write there. Raises OSError if it is not there."""
    status = path.stat()
    if not hasattr(os, "geteuid"):
        return True
    others = 0o002 if status.st_gid == os.getegid() else 0o022
    return status.st_uid in (os.geteuid(), 0) and not status.st_mode & others
