"""Running a game where it cannot do harm: under a time limit, and in processes that differ from this one."""

from __future__ import annotations

import ctypes
import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from replay.core.errors import ReplayError
from replay.core.game import Config, Game, Inputs

T = TypeVar("T")
_START_SECONDS = 60.0

# Unpickles what this process itself sent, runs the match tick by tick, and writes every state.
_CHILD = """
import os, pickle, sys
out = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
game, seed, players, config, rows = pickle.load(sys.stdin.buffer)
match = game.new_match(seed, players, config)
out.write(match.save())
for tick in range(len(rows)):
    match.advance(rows[tick : tick + 1])
    out.write(match.save())
out.flush()
"""


class StalledError(Exception):
    """It did not come back in time."""


def within(seconds: float, work: Callable[..., T], *arguments: Any) -> T:
    """`work(*arguments)`, or StalledError, saying where it is stuck. Stuck Python code is ended; compiled code cannot be."""
    done: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work(*arguments))
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name="replay-check", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive() and thread.ident is not None:
        frame = sys._current_frames().get(thread.ident)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        where = f"; it was at {Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_name}" if frame else ""
        raise StalledError(f"it takes longer than {seconds:g} s{where}")
    if raised:
        raise raised[0]
    return done[0]


def in_other_processes(
    game: Game, seed: int, players: int, config: Config, rows: Inputs, seconds: float
) -> Iterator[tuple[str, list[bytes]]]:
    """Run the match in processes unlike this one. Gives what is different about each, and its states 0..ticks.

    Raises ReplayError if the game cannot be sent to another process, or does not live there.
    """
    if type(game).__module__ == "__main__":
        raise ReplayError("the game is defined in the main program, which another process cannot import")
    try:
        task = pickle.dumps((game, seed, players, dict(config), np.asarray(rows)))
    except Exception as error:
        raise ReplayError(f"the game cannot be sent to another process: {error}") from error
    limit = _START_SECONDS + seconds * max(len(rows) / game.ticks_per_second, 1)
    with ExitStack() as stack:
        running = [(name, stack.enter_context(_Child(task, extra, flags))) for name, extra, flags in _environments()]
        for name, child in running:
            data, said = child.finish(limit)
            if not data:
                raise ReplayError(f"a process with {name} did not get to its first state: {said}")
            size = len(data) // (len(rows) + 1)
            if child.process.returncode or size * (len(rows) + 1) != len(data):
                raise StalledError(f"a process with {name} does not get through the match: {said}")
            yield name, [data[start : start + size] for start in range(0, len(data), size)]


class _Child:
    """A process that runs a match and writes its states. A context manager."""

    def __init__(self, task: bytes, environment: dict[str, str], flags: list[str]) -> None:
        self._files = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115 - closed on exit; pipes could block
        given, self._output, self._errors = self._files
        given.write(task)
        given.seek(0)
        self.process = subprocess.Popen(
            [sys.executable, *flags, "-c", _CHILD],
            stdin=given,
            stdout=self._output,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        for file in self._files:
            file.close()

    def finish(self, seconds: float) -> tuple[bytes, str]:
        """What it wrote, and its last word."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for file in (self._output, self._errors):
            file.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return self._output.read(), lines[-1] if lines else f"exit code {self.process.returncode}"


def _environments() -> Iterator[tuple[str, dict[str, str], list[str]]]:
    yield "hash seed 1", {"PYTHONHASHSEED": "1"}, []
    elsewhere = {"PYTHONHASHSEED": "2", "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    if features := _cpu_features():
        elsewhere["NPY_DISABLE_CPU_FEATURES"] = " ".join(features)
    yield "hash seed 2, another time zone and locale, -O, a plainer CPU", elsewhere, ["-O"]


def _cpu_features() -> list[str]:
    """What numpy found in this CPU beyond its baseline: switched off, it computes as on a plainer one."""
    umath = getattr(getattr(np, "_core", None), "_multiarray_umath", None)
    found = getattr(umath, "__cpu_features__", {})
    return [name for name in getattr(umath, "__cpu_dispatch__", []) if found.get(name)]
