"""A change of the rules, put into a copy of their sources, against recordings. The sources themselves are never touched."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
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
from replay.prove.child import Child

KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"
_OTHER_COPY = "other copy"
_STALLED = 77  # how a process ends that was stuck

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


class Copy:
    """The sources of rules in a folder of their own, in which one file at a time is changed. Only for one process at a time."""

    def __init__(self, sources: Sequence[Path], modules: Sequence[str], folder: Path) -> None:
        """modules: the names by which the sources are imported; their top packages are copied. folder: an empty one."""
        self._folder = folder
        self._child: Child | None = None
        self._places: dict[Path, Path] = {}
        for top in dict.fromkeys(module.partition(".")[0] for module in modules):
            home = home_of(top)
            if home is None:
                raise MachineError(f"the sources of {top} are in no file")
            root = home.parent
            for part in map(Path, parts_of(home)):
                place = folder / part.relative_to(root)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(part, place)
                self._places[part] = place
        missing = [source for source in sources if source not in self._places]
        if missing:
            raise MachineError(f"{missing[0]} is not of the package of the rules")

    def try_out(self, file: Path, source: bytes, recordings: Sequence[Path], game: str, stall_seconds: float) -> Trial:
        """Verify recordings, in this order, with `source` in the place of `file`, up to the first that is not ok.

        stall_seconds: how long ten seconds of a match may take. Raises MachineError where it was not the copy that ran.
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
            variables = {"REPLAY_ENGINE": "interpreter", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
            self._child = Child(_SCRIPT, environment=variables)
            # What does not depend on the rules is imported before there are forks.
            engine = [name for name in sys.modules if name.startswith("replay.") and name.split(".")[1] not in ("cli", "watch")]
            begin = {"copy": str(self._folder), "modules": engine, "game": game}
            self._child.ask(json.dumps(begin).encode())
        answer = self._child.ask(task)
        if not answer:
            problem = _ended(self._child.returncode, self._child.last_words())
            self.close()
            return json.dumps(problem).encode()
        if not hasattr(os, "fork"):
            self.close()
        return answer


def serve(tasks: IO[bytes], answers: IO[bytes]) -> None:
    """In the process of the trials: a line for each line."""
    begin = json.loads(tasks.readline())
    sys.path[:] = [begin["copy"], *sys.path, ""]  # the last one, so that nobody puts it first
    for name in begin["modules"]:
        with suppress(ImportError):
            import_module(name)
    for spec in named_here():
        entry_point(ADAPTERS, spec.partition(":")[0])
    entry_point(GROUP, begin["game"])
    answers.write(b"\n")
    answers.flush()
    for task in tasks:
        answers.write((_in_fork(task) if hasattr(os, "fork") else _answer(task)) + b"\n")
        answers.flush()


def _in_fork(task: bytes) -> bytes:
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.close(ours)
            with os.fdopen(theirs, "wb") as answer:
                answer.write(_answer(task))
            code = 0
        finally:
            os._exit(code)
    os.close(theirs)
    with os.fdopen(ours, "rb") as answer:
        text = answer.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return text or json.dumps(_ended(status, f"the rules ended the process: {status}")).encode()


def _ended(code: int | None, words: str) -> Trial:
    return Trial(TIMEOUT, how="it does not come back") if code == _STALLED else Trial(KILLED, how=words)


def _answer(task: bytes) -> bytes:
    given: dict[str, Any] = json.loads(task)
    with _Watch(given["stall"]) as watch:
        trial = _outcome(given, watch)
    modules = list(sys.modules.values())
    if any(_is_file(module, given["original"]) for module in modules):
        trial = Trial(_OTHER_COPY, how=given["original"])
    elif trial.outcome == SURVIVED and not any(_is_file(module, given["file"]) for module in modules):
        trial = Trial(SURVIVED, how="the game never loads it")
    return json.dumps(trial).encode()


def _outcome(given: dict[str, Any], watch: _Watch) -> Trial:
    by = ""
    try:
        game = find_game(given["game"])
        for by in given["recordings"]:
            verification = verify(by, game, progress=watch.reset)
            if not verification.is_ok:
                return Trial(KILLED, by, f"{verification.verdict}: {verification.message}", verification.first_bad_tick)
    except (ReplayError, OSError) as error:  # they do not even load
        return Trial(KILLED, by, str(error))
    return Trial(SURVIVED)


class _Watch:
    """Ends the process when nothing is heard for so long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer = self._begun()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._timer.cancel()

    def reset(self, *_: int) -> None:
        self._timer.cancel()
        self._timer = self._begun()

    def _begun(self) -> Timer:
        timer = Timer(self._seconds, os._exit, [_STALLED])
        timer.daemon = True
        timer.start()
        return timer


def _is_file(module: ModuleType, file: str) -> bool:
    own = getattr(module, "__file__", None)
    return isinstance(own, str) and os.path.realpath(own) == os.path.realpath(file)
