"""Running a game where it cannot do harm: under a time limit, and in processes that differ from this one."""

from __future__ import annotations

import ctypes
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from replay.core.errors import ReplayError
from replay.core.game import Config, Game, Inputs
from replay.prove.child import Child

T = TypeVar("T")
_START_SECONDS = 60.0

# Unpickles what this process itself sent, runs the match tick by tick, and answers with every state.
_SCRIPT = """
import pickle, sys
game, seed, players, config, rows = pickle.load(sys.stdin.buffer)
match = game.new_match(seed, players, config)
answers.write(match.save())
for tick in range(len(rows)):
    match.advance(rows[tick : tick + 1])
    answers.write(match.save())
answers.flush()
"""


class StalledError(Exception):
    """It did not come back in time."""


def within(seconds: float, work: Callable[..., T], *arguments: Any) -> T:
    """`work(*arguments)`, or StalledError, saying where it is stuck. Stuck Python code is ended; compiled code cannot be."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work(*arguments))
        except BaseException as error:
            outcome.set_exception(error)

    thread = threading.Thread(target=run, name="replay-check", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive() and thread.ident is not None:
        frame = sys._current_frames().get(thread.ident)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        where = f"; it was at {Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_name}" if frame else ""
        raise StalledError(f"it takes longer than {seconds:g} s{where}")
    return outcome.result()


def in_other_processes(
    game: Game, seed: int, players: int, config: Config, rows: Inputs, seconds: float
) -> Iterator[tuple[str, list[bytes]]]:
    """Run the match in processes unlike this one. Gives what is different about each, and its states 0..ticks.

    Raises ReplayError if the game cannot be sent to another process or does not run there, StalledError if it does not get through.
    """
    if type(game).__module__ == "__main__":
        raise ReplayError("the game is defined in the main program, which another process cannot import")
    try:
        task = pickle.dumps((game, seed, players, dict(config), np.asarray(rows)))
    except Exception as error:
        raise ReplayError(f"the game cannot be sent to another process: {error}") from error
    limit = _START_SECONDS + seconds * max(len(rows) / game.ticks_per_second, 1)

    def run(environment: tuple[str, dict[str, str], list[str]]) -> tuple[str, bytes, bool, str]:
        name, variables, flags = environment
        with Child(_SCRIPT, environment=variables, flags=flags) as child:
            data = child.run(task, limit)
            return name, data, child.returncode == 0, child.last_words()

    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(run, _environments()))
    for name, data, is_complete, last_words in runs:
        if not data:
            raise ReplayError(f"a process with {name} did not get to its first state: {last_words}")
        size = len(data) // (len(rows) + 1)
        if not is_complete or size * (len(rows) + 1) != len(data):
            raise StalledError(f"a process with {name} does not get through the match: {last_words}")
        yield name, [data[start : start + size] for start in range(0, len(data), size)]


def _environments() -> Iterator[tuple[str, dict[str, str], list[str]]]:
    yield "hash seed 1", {"PYTHONHASHSEED": "1"}, []
    elsewhere = {"PYTHONHASHSEED": "2", "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    if features := _cpu_features():
        elsewhere["NPY_DISABLE_CPU_FEATURES"] = " ".join(features)
    yield "hash seed 2, another time zone and locale, -O, a plainer CPU", elsewhere, ["-O"]


def _cpu_features() -> list[str]:
    """What numpy found in this CPU beyond its baseline: switched off, it computes as on a plainer one."""
    umath = getattr(getattr(np, "_core", None), "_multiarray_umath", None)
    features = getattr(umath, "__cpu_features__", {})
    return [name for name in getattr(umath, "__cpu_dispatch__", []) if features.get(name)]
