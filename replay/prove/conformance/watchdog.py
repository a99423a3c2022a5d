"""Work in a thread of its own, ended if a step of it does not come back in time."""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
_LOOK_SECONDS = 0.05


class StalledError(Exception):
    """It did not come back in time."""


class Watchdog:
    """Runs work that makes steps. A match begins and goes on in one thread, as one does in a game's own loop.

    seconds: how long a step may take. What lies between the steps is not limited.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._step: tuple[float, float] | None = None  # when the running step is due, and how long it was given

    def step(self, work: Callable[..., T], *arguments: Any, share: float = 1.0) -> T:
        """`work(*arguments)` as one step, called by the work that runs. share: how many times as long it may take."""
        allowed = self.seconds * max(share, 1.0)
        self._step = time.monotonic() + allowed, allowed
        try:
            return work(*arguments)
        finally:
            self._step = None

    def run(self, work: Callable[[], T]) -> T:
        """`work()`, or StalledError, saying where it is stuck. Stuck Python code is ended; compiled code cannot be."""
        outcome: Future[T] = Future()
        ended = threading.Event()

        def whole() -> None:
            try:
                outcome.set_result(work())
            except BaseException as error:
                outcome.set_exception(error)
            finally:
                ended.set()

        self._step = None
        thread = threading.Thread(target=whole, name="replay-check", daemon=True)
        thread.start()
        while not ended.wait(min(self.seconds, _LOOK_SECONDS)):
            step = self._step
            if step is not None and time.monotonic() > step[0] and thread.ident is not None:
                frame = sys._current_frames().get(thread.ident)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
                raise StalledError(f"it takes longer than {step[1]:g} s{_place(frame)}")
        thread.join()
        return outcome.result()


def _place(frame: Any) -> str:
    return f"; it was at {Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_name}" if frame else ""
