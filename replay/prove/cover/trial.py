"""A change of the rules, put into a copy of their sources, against recordings. The sources themselves are never touched."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Timer
from types import ModuleType
from typing import IO, Any, NamedTuple, Self

from replay.core.entrypoints import entry_point
from replay.core.errors import MachineError, ReplayError
from replay.core.fingerprint import home_of, parts_of
from replay.core.installed import ADAPTERS, GROUP, find_game, named_here
from replay.core.verify import verify
from replay.native.engine import VARIABLE
from replay.native.interface import INTERPRETER
from replay.prove.child import Child

KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"
_OTHER_COPY = "other copy"
_BUSY = 20
_STUCK = 77  # how a process ends that saw that it was
STALLED = (_STUCK, *(-getattr(signal, name) for name in ("SIGALRM", "SIGPROF") if hasattr(signal, name)))
PLAIN = {"PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}  # the environment of processes that run copies

# The process forks for each trial, so that what the engine imports is imported once; where there is no fork, it ends after one.
_SCRIPT = """
import sys
from replay.prove.cover.trial import serve
serve(sys.stdin.buffer, answers)
"""


class Trial(NamedTuple):
    """outcome: killed (a recording is no longer ok, or the rules do not even load), survived, or timeout, which kills too.
    by: the recording that noticed; how: its verdict, or why the rules do not run; tick: the first bad one."""

    outcome: str
    by: str = ""
    how: str = ""
    tick: int | None = None


def copied(sources: Sequence[Path], modules: Sequence[str], folder: Path) -> dict[Path, Path]:
    """Copy the sources of rules into an empty folder, with all of the top packages that they are of: where each file is there.

    modules: the names by which the sources are imported. Raises MachineError for what is in no file.
    """
    places: dict[Path, Path] = {}
    for top in dict.fromkeys(module.partition(".")[0] for module in modules):
        home = home_of(top)
        if home is None:
            raise MachineError(f"the sources of {top} are in no file")
        root = home.parent
        for part in map(Path, parts_of(home)):
            place = folder / part.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(part, place)
            places[part] = place
    missing = [source for source in sources if source not in places]
    if missing:
        raise MachineError(f"{missing[0]} is not of the package of the rules")
    return places


class Copy:
    """The sources of rules in a folder of their own, in which one file at a time is changed. Only for one process at a time."""

    def __init__(self, sources: Sequence[Path], modules: Sequence[str], folder: Path) -> None:
        """modules: the names by which the sources are imported; their top packages are copied. folder: an empty one."""
        self._folder = folder
        self._child: Child | None = None
        self._places = copied(sources, modules, folder)

    def try_out(self, file: Path, source: bytes, recordings: Sequence[Path], game: str, stall_seconds: float) -> Trial:
        """Verify recordings, in this order, with `source` in the place of `file`, up to the first that is not ok.

        stall_seconds: how long, of the processor's time, ten seconds of a match may take. Raises MachineError where it was not the
        copy that ran.
        """
        place = self._places[file]
        before = place.read_bytes()
        place.write_bytes(source)
        try:
            return self._asked(file, place, recordings, game, stall_seconds)
        finally:
            place.write_bytes(before)

    def close(self) -> None:
        """End the process of the trials."""
        if self._child is not None:
            self._child.__exit__(None, None, None)
            self._child = None

    def _asked(self, file: Path, place: Path, recordings: Sequence[Path], game: str, stall_seconds: float) -> Trial:
        task = {"file": str(place), "original": str(file), "game": game, "stall": stall_seconds}
        task["recordings"] = [str(path.absolute()) for path in recordings]
        answer = self._ask(game, json.dumps(task).encode())
        trial = Trial(*json.loads(answer))
        if trial.outcome == _OTHER_COPY:
            raise MachineError(f"the rules were loaded from {trial.how}, not from the copy", "start it from another folder")
        return trial

    def _ask(self, game: str, task: bytes) -> bytes:
        if self._child is None:
            self._child = Child(_SCRIPT, environment={**PLAIN, VARIABLE: INTERPRETER})
            self._child.ask(beginning(self._folder, game))
        answer = self._child.ask(task)
        if not answer:
            problem = _ended(self._child.returncode, self._child.last_words())
            self.close()
            return json.dumps(problem).encode()
        if not hasattr(os, "fork"):
            self.close()
        return answer


def beginning(folder: Path, game: str) -> bytes:
    """The first task of a process that runs a copy. What does not depend on the rules is imported before there are forks."""
    engine = [name for name in sys.modules if name.startswith("replay.") and name.split(".")[1] not in ("cli", "watch")]
    return json.dumps({"copy": str(folder), "modules": engine, "game": game}).encode()


def begin(task: bytes) -> None:
    """In the process that runs a copy: import from there from now on."""
    given = json.loads(task)
    sys.path[:] = [given["copy"], *sys.path, ""]  # the last one, so that nobody puts it first
    for name in given["modules"]:
        with suppress(ImportError):
            import_module(name)
    for spec in named_here():
        entry_point(ADAPTERS, spec.partition(":")[0])
    entry_point(GROUP, given["game"])


def serve(tasks: IO[bytes], answers: IO[bytes]) -> None:
    """In the process of the trials: a line for each line."""
    begin(tasks.readline())
    answers.write(b"\n")
    answers.flush()
    for task in tasks:
        answers.write((in_fork(_answer, task) if hasattr(os, "fork") else _answer(task)) + b"\n")
        answers.flush()


def in_fork(answer_to: Callable[[bytes], bytes], task: bytes) -> bytes:
    """What a process forked for it answers to the task; a trial that says how it ended, if it did not answer."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.close(ours)
            with os.fdopen(theirs, "wb") as answer:
                answer.write(answer_to(task))
            code = 0
        finally:
            os._exit(code)
    os.close(theirs)
    with os.fdopen(ours, "rb") as answer:
        text = answer.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return text or json.dumps(_ended(status, f"the rules ended the process: {status}")).encode()


def _ended(code: int | None, words: str) -> Trial:
    return Trial(TIMEOUT, how="it does not come back") if code in STALLED else Trial(KILLED, how=words)


def _answer(task: bytes) -> bytes:
    given: dict[str, Any] = json.loads(task)
    with Watch(given["stall"]) as watch:
        trial = outcome(given["game"], given["recordings"], watch.reset)
    modules = list(sys.modules.values())
    if any(_is_file(module, given["original"]) for module in modules):
        trial = Trial(_OTHER_COPY, how=given["original"])
    elif trial.outcome == SURVIVED and not any(_is_file(module, given["file"]) for module in modules):
        trial = Trial(SURVIVED, how="the game never loads it")
    return json.dumps(trial).encode()


def outcome(name: str, recordings: Sequence[str], heard: Callable[[int, int], None]) -> Trial:
    """What the rules that this process has loaded make of these recordings of a game, up to the first that is not ok. heard: is
    told of every step forward."""
    by = ""
    try:
        game = find_game(name)
        for by in recordings:
            verification = verify(by, game, progress=heard)
            if not verification.is_ok:
                return Trial(KILLED, by, f"{verification.verdict}: {verification.message}", verification.first_bad_tick)
    except (ReplayError, OSError) as error:  # they do not even load
        return Trial(KILLED, by, str(error))
    return Trial(SURVIVED)


class Watch:
    """Ends the process when nothing is heard for so long: of the processor's time, where that can be told, so that a machine that
    is busy is not taken for a change that is stuck; and of `_BUSY` times as much of any."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: Timer | None = None

    def __enter__(self) -> Self:
        self.reset()
        return self

    def __exit__(self, *problem: object) -> None:
        self._set(0)

    def reset(self, *_: int) -> None:
        """Something is heard."""
        self._set(self._seconds)

    def _set(self, seconds: float) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, seconds)
            signal.setitimer(signal.ITIMER_REAL, _BUSY * seconds)
            return
        if self._timer is not None:
            self._timer.cancel()
        if seconds:
            self._timer = Timer(_BUSY * seconds, os._exit, [_STUCK])
            self._timer.daemon = True
            self._timer.start()


def _is_file(module: ModuleType, file: str) -> bool:
    own = getattr(module, "__file__", None)
    return isinstance(own, str) and os.path.realpath(own) == os.path.realpath(file)
