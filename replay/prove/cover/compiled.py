"""Changes of compiled rules, all in one library: a trial selects one of them, which takes milliseconds instead of a compilation.

Nothing that holds changes is believed before every recording is ok with it while none is selected.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Self

from replay.core.folders import CACHE_VARIABLE
from replay.native import engine
from replay.native.interface import MACHINE_CODE
from replay.prove.child import Child
from replay.prove.cover.mutants import Mutant
from replay.prove.cover.schemata import schemata_of
from replay.prove.cover.trial import PLAIN, SURVIVED, Trial, Watch, begin, beginning, copied, in_fork, outcome

_STALL_SECONDS = 3.0  # for ten seconds of a match, which take a millisecond or two: a change that takes longer is stuck
_SCRIPT = """
import sys
from replay.prove.cover.compiled import serve
serve(sys.stdin.buffer, answers)
"""


class Library:
    """Rules that hold changes, loaded by as many processes as are to try them at once.

    numbers: the changes it holds, and by which number each is selected. doubtful: those of them that may leave a name without a
    value, which only the interpreter sees.
    """

    def __init__(self, sources: Sequence[Path], modules: Sequence[str], mutants: Sequence[Mutant], folder: Path) -> None:
        """modules: the names by which the sources are imported. folder: an empty one."""
        self._folder = folder
        self._children: SimpleQueue[Child] = SimpleQueue()
        self._stack = ExitStack()
        self.numbers: dict[Mutant, int] = {}
        self.doubtful: set[Mutant] = set()
        places, numbers = copied(sources, modules, folder), {mutant: number for number, mutant in enumerate(mutants, 1)}
        for file in sources:
            of_file = {mutant: number for mutant, number in numbers.items() if mutant.file == file}
            schemata = schemata_of(file.read_bytes(), of_file)
            places[file].write_text(schemata.text, "utf-8")
            self.numbers.update((mutant, of_file[mutant]) for mutant in schemata.placed)
            self.doubtful |= schemata.doubtful

    def begin(self, game: str, recordings: Sequence[Path], processes: int) -> str:
        """Compile it; or why it cannot be used: it does not compile, or a recording is not ok though no change is selected."""
        variables = {**PLAIN, engine.VARIABLE: MACHINE_CODE, CACHE_VARIABLE: str(self._folder / "cache")}
        variables["NUMBA_BOUNDSCHECK"] = "1"  # an index out of bounds ends the tick, as it does for the interpreter
        task = json.dumps({"game": game, "recordings": [str(path.absolute()) for path in recordings]}).encode()
        for _ in range(processes):
            child = self._stack.enter_context(Child(_SCRIPT, environment=variables))
            child.ask(beginning(self._folder, game))
            answer = child.ask(task)
            trial = Trial(*json.loads(answer)) if answer else Trial("", how=child.last_words())
            if trial.outcome != SURVIVED:
                return f"{trial.by} {trial.how}".strip()
            self._children.put(child)
        return ""

    def try_out(self, mutant: Mutant, recordings: Sequence[Path]) -> Trial:
        """Verify recordings, in this order, with a change that it holds, up to the first that is not ok."""
        child = self._children.get()
        try:
            task = {"number": self.numbers[mutant], "recordings": [str(path.absolute()) for path in recordings]}
            return Trial(*json.loads(child.ask(json.dumps(task).encode())))
        finally:
            self._children.put(child)

    def close(self) -> None:
        self._stack.close()


class Libraries:
    """Libraries that hold changes, mostly one: where a change does not compile, or alters the types of what is around it, the
    changes are divided until it is alone, and that one is left out. A context manager: with the block they go."""

    def __init__(self, sources: Sequence[Path], modules: Sequence[str], game: str, recordings: Sequence[Path], jobs: int) -> None:
        """recordings: those that are ok with the rules as they are. jobs: trials at once."""
        self._sources, self._modules, self._game, self._recordings, self._jobs = sources, modules, game, recordings, jobs
        self._stack = ExitStack()
        self._of: dict[Mutant, Library] = {}
        self._is_sound = False  # whether rules without changes are known to compile
        self.problem = "" if hasattr(os, "fork") and find_spec("numba") is not None else "no compiler"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._stack.close()

    def get(self, mutant: Mutant) -> Library | None:
        """The library that holds a change; None for one that has to be tried in another way."""
        return self._of.get(mutant)

    def hold(self, mutants: Sequence[Mutant]) -> None:
        """Compile those of these changes that stand in kernels."""
        new = [mutant for mutant in mutants if mutant not in self._of]
        if self.problem or not new:
            return
        with ExitStack() as stack:
            library = self._library(new, stack)
            held = list(library.numbers)
            problem = library.begin(self._game, self._recordings, self._jobs) if held else ""
            if not problem:
                self._is_sound = True
                self._of.update(dict.fromkeys(held, library))
                self._stack.enter_context(stack.pop_all())
                return
        if not self._is_sound:  # is it a change that is wrong, or all?
            self._is_sound = True
            with ExitStack() as stack:
                self.problem = self._library([], stack).begin(self._game, self._recordings, 1)
        if len(held) > 1:
            held.sort()
            self.hold(held[: len(held) // 2])
            self.hold(held[len(held) // 2 :])

    def _library(self, mutants: Sequence[Mutant], stack: ExitStack) -> Library:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="replay-mutants-"))
        library = Library(self._sources, self._modules, mutants, Path(folder))
        stack.callback(library.close)
        return library


def serve(tasks: IO[bytes], answers: IO[bytes]) -> None:
    """In a process that has a library: open it, with no change selected; then a trial for each line."""
    begin(tasks.readline())
    answers.write(b"\n")
    answers.flush()
    given = json.loads(tasks.readline())
    answers.write(json.dumps(outcome(given["game"], given["recordings"], lambda *_: None)).encode() + b"\n")
    answers.flush()
    for task in tasks:
        answers.write(in_fork(partial(_answer, given["game"]), task) + b"\n")
        answers.flush()


def _answer(game: str, task: bytes) -> bytes:
    given = json.loads(task)
    engine.select(given["number"])
    with Watch(_STALL_SECONDS) as watch:
        return json.dumps(outcome(game, given["recordings"], watch.reset)).encode()
