"""Files as the program finds them: it reads the machine's, and what it writes stays in memory and goes with it.

A program that is run again to verify a match must not overwrite anybody's high scores, and must find the files as the first run
did.
"""

from __future__ import annotations

import _thread
import builtins
import io
import os
import sys
import threading
from typing import Any

from replay.games.pygame.inside.stage import Stage

_PROCESSES = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty")
_CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "shutil.move", "shutil.rmtree", "shutil.copyfile")
_open = io.open


class _Kept(io.BytesIO):
    """A file that is written: what is in it stays on the shelf."""

    def __init__(self, shelf: dict[str, bytes], path: str, data: bytes) -> None:
        super().__init__(data)
        self._shelf, self._path = shelf, path

    def flush(self) -> None:
        super().flush()
        self._shelf[self._path] = self.getvalue()

    def close(self) -> None:
        if not self.closed:
            self._shelf[self._path] = self.getvalue()
        super().close()


def install(stage: Stage) -> None:
    shelf: dict[str, bytes] = {}

    def opened(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **kwargs: Any) -> Any:
        writes = any(letter in mode for letter in "wax+")
        path = None if isinstance(file, int) else os.path.abspath(os.fsdecode(file))  # noqa: PTH100
        if stage.is_serving or path is None or path == os.devnull or (not writes and path not in shelf):
            return _open(file, mode, buffering, *args, **kwargs)
        return _shelved(shelf, path, mode, *args, **kwargs)

    stage.proofs.append(lambda: repr(sorted(shelf.items())).encode() if shelf else b"")
    builtins.open = io.open = opened
    sys.addaudithook(lambda name, arguments: _notice(stage, name))
    _install_threads(stage)


def _install_threads(stage: Stage) -> None:
    """That one starts is nothing that every Python audits."""
    start = _thread.start_new_thread

    def start_new_thread(*arguments: Any) -> int:
        stage.risk("it starts threads, which run in the machine's time")
        return start(*arguments)

    modules: tuple[Any, ...] = (_thread, threading)
    modules[0].start_new_thread = modules[1]._start_new_thread = start_new_thread


def _shelved(
    shelf: dict[str, bytes], path: str, mode: str, encoding: str | None = None, errors: str | None = None,
    newline: str | None = None, closefd: bool = True, opener: Any = None,
) -> Any:  # fmt: skip
    exists = path in shelf or os.path.exists(path)  # noqa: PTH110
    if "x" in mode and exists:
        raise FileExistsError(17, "File exists", path)
    if "w" in mode or "x" in mode or ("a" in mode and not exists):
        if not os.path.isdir(os.path.dirname(path)):  # noqa: PTH112, PTH120
            raise FileNotFoundError(2, "No such file or directory", path)
        data = b""
    elif path in shelf:
        data = shelf[path]
    else:
        with _open(path, "rb") as real:
            data = real.read()
    file = _Kept(shelf, path, data) if mode.strip("rbt") else io.BytesIO(data)
    if "a" in mode:
        file.seek(0, io.SEEK_END)
    return file if "b" in mode else io.TextIOWrapper(file, encoding or "utf-8", errors, newline)


def _notice(stage: Stage, name: str) -> None:
    """What a program does that may be different the next time. Called for everything that the interpreter audits."""
    if stage.is_serving:
        return
    if name.startswith(("socket.connect", "socket.getaddrinfo", "socket.bind")):
        stage.risk("it speaks with the network, which may answer differently")
    elif name in _PROCESSES:
        stage.risk("it starts another process")
    elif name in _CHANGES:
        stage.risk(f"it changes files ({name}): the next run finds them changed")
    elif name == "sqlite3.connect":
        stage.risk("it opens a database: the next run finds what this one has written")
