"""Running a game where it cannot do harm: under a time limit, and in processes that differ from this one."""

from __future__ import annotations

import ctypes
import pickle
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgpack
import numpy as np

from replay.core.errors import ReplayError
from replay.core.game import Config, Game
from replay.prove.child import Child
from replay.prove.conformance.given import Given

T = TypeVar("T")
_START_SECONDS = 60.0

# Unpickles what this process itself sent, runs the match tick by tick on another date, and answers with states and events.
_SCRIPT = """
import datetime, pickle, sys, time
import msgpack, numpy
from replay.core.game import abilities_of, result_of
from replay.core.happened import hashed_by_tick
from replay.prove.conformance.straight import state_of

def later(clock, by):
    return lambda: clock() + by

class Day(datetime.date):
    today = classmethod(lambda cls: cls(2040, 2, 29))

class Moment(datetime.datetime):
    now = classmethod(lambda cls, tz=None: cls(2040, 2, 29, 23, 59, 58, tzinfo=tz))
    utcnow = today = classmethod(lambda cls: cls(2040, 2, 29, 23, 59, 58))

time.time, time.time_ns = later(time.time, 5e8), later(time.time_ns, 5 * 10**17)
datetime.date, datetime.datetime = Day, Moment
game, seed, players, config, rows, commands = pickle.load(sys.stdin.buffer)
match = game.new_match(seed, players, config)
answers.write(msgpack.packb([state_of(match), []]))
rows.flags.writeable = False
for tick in range(len(rows)):
    said = [command for command in commands if command[0] == tick]
    events = match.advance(rows[tick : tick + 1], *([said] if abilities_of(game).takes_commands else []))
    answers.write(msgpack.packb([state_of(match), [] if events is None else list(hashed_by_tick(events))]))
answers.write(msgpack.packb(result_of(match)))
answers.flush()
"""


class Run(NamedTuple):
    """What another process computed: states 0..ticks, (tick, hash) of the events, the result."""

    states: list[bytes]
    events: list[tuple[int, int]]
    result: dict[str, Any]


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
    game: Game, seed: int, players: int, config: Config, given: Given, seconds: float, reference: Mapping[str, str]
) -> Iterator[tuple[str, Run]]:
    """Run the match in processes unlike this one. Gives what is different about each, and what it computed.

    reference: variables with which one more runs the rules by their reference; none if there is no such thing.

    Raises ReplayError if the game cannot be sent to another process or does not run there, StalledError if it does not get through.
    """
    if type(game).__module__ == "__main__":
        raise ReplayError("the game is defined in the main program, which another process cannot import")
    try:
        task = pickle.dumps((game, seed, players, dict(config), np.asarray(given.rows), given.commands))
    except Exception as error:
        raise ReplayError(f"the game cannot be sent to another process: {error}") from error
    limit = _START_SECONDS + seconds * max(len(given.rows) / game.ticks_per_second, 1)

    def run(environment: tuple[str, dict[str, str], list[str]]) -> tuple[str, bytes, bool, str]:
        name, variables, flags = environment
        with tempfile.TemporaryDirectory() as folder, Child(_SCRIPT, environment=variables, flags=flags, folder=folder) as child:
            data = child.run(task, limit)
            return name, data, child.returncode == 0, child.last_words()

    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(run, _environments(reference)))
    for name, data, is_complete, last_words in runs:
        if not data:
            raise ReplayError(f"a process with {name} did not get to its first state: {last_words}")
        run_there = _read(data, len(given.rows))
        if not is_complete or run_there is None:
            raise StalledError(f"a process with {name} does not get through the match: {last_words}")
        yield name, run_there


def _read(data: bytes, ticks: int) -> Run | None:
    """The answers of a process; None if some are missing."""
    unpacker = msgpack.Unpacker(strict_map_key=False, max_buffer_size=0)
    unpacker.feed(data)
    answers = list(unpacker)
    if len(answers) != ticks + 2:
        return None
    events = [(tick, event_hash) for _, of_tick in answers[:-1] for tick, event_hash in of_tick]
    return Run([state for state, _ in answers[:-1]], events, answers[-1])


def _environments(reference: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    if reference:
        yield "the rules interpreted", dict(reference), []
    yield "hash seed 1", {"PYTHONHASHSEED": "1"}, []
    elsewhere = {"PYTHONHASHSEED": "2", "TZ": "Asia/Kolkata", "LC_ALL": "C", "HOME": "/nowhere", "USER": "nobody", "LANG": "C"}
    if features := _cpu_features():
        elsewhere["NPY_DISABLE_CPU_FEATURES"] = " ".join(features)
    yield "hash seed 2, another time zone and locale, -O, a plainer CPU", elsewhere, ["-O"]


def _cpu_features() -> list[str]:
    """What numpy found in this CPU beyond its baseline: switched off, it computes as on a plainer one."""
    umath = getattr(getattr(np, "_core", None), "_multiarray_umath", None)
    features = getattr(umath, "__cpu_features__", {})
    return [name for name in getattr(umath, "__cpu_dispatch__", []) if features.get(name)]
