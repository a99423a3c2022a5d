"""What a program does that may come out differently the next time: noticed where it happens, and named."""

from __future__ import annotations

import _thread
import os
import sys
import threading
from typing import Any

from replay.games.pygame.inside.stage import Stage

_PROCESSES = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_FONTS = "pygame.sysfont"  # which asks another process what fonts there are; that is named where a font of them is used
_FRAMES = 20


def install(stage: Stage) -> None:
    sys.addaudithook(lambda name, arguments: _notice(stage, name, arguments))
    start = _thread.start_new_thread

    def start_new_thread(*arguments: Any) -> int:
        stage.risk("it starts threads, which run in the machine's time")
        return start(*arguments)

    modules: tuple[Any, ...] = (_thread, threading)  # that a thread starts is nothing that every Python audits
    modules[0].start_new_thread = modules[1]._start_new_thread = start_new_thread


def _notice(stage: Stage, name: str, arguments: Any) -> None:
    """Called for everything that the interpreter audits."""
    if stage.is_serving:
        return
    if name.startswith(("socket.connect", "socket.getaddrinfo", "socket.bind")):
        stage.risk("it speaks with the network, which may answer differently")
    elif name in _PROCESSES:
        if not _is_of_fonts():
            stage.risk("it starts another process")
    elif name == "sqlite3.connect":
        stage.risk("it opens a database: the next run finds what this one has written")
    elif name == "open" and arguments[1] is None and arguments[2] & _WRITES and arguments[0] != os.devnull:
        stage.risk("it writes files by os.open: the next run finds them changed")


def _is_of_fonts() -> bool:
    frame = sys._getframe(1)
    for _ in range(_FRAMES):
        if frame.f_globals.get("__name__") == _FONTS:
            return True
        if frame.f_back is None:
            break
        frame = frame.f_back
    return False
