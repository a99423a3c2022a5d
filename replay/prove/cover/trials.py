"""Many changes of the rules tried on several processors. What is known of earlier runs is not tried again."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from replay.core.errors import MachineError
from replay.core.fingerprint import fingerprint_of
from replay.core.game import Game
from replay.core.installed import find_game
from replay.native.interface import INTERPRETER, MACHINE_CODE
from replay.prove.batch import width_of
from replay.prove.cover.compiled import Libraries
from replay.prove.cover.mutants import Mutant
from replay.prove.cover.reach import Line, Reach
from replay.prove.cover.trial import KILLED, SURVIVED, TIMEOUT, Copy, Trial
from replay.prove.log import Log

LOG_NAME = "mutants.log"
UNREACHED = "no recording reaches it"
_DOUBTFUL = "machine code does not see it"
_LEAST_OF_A_SHARE, _SHARES_PER_WORKER = 32, 2  # each share is compiled once, which takes as long as hundreds of trials
_SLOWER, _LEAST_STALL_SECONDS = 10, 30.0  # a changed game that takes so many times as long is stuck


@dataclass(frozen=True)
class Rules:
    """What is changed, and what it is tried against. modules: the names by which the sources are imported. reaches: what each
    recording reaches of them."""

    game: Game
    modules: Sequence[str]
    sources: Sequence[Path]
    reaches: Sequence[Reach]

    def recordings_for(self, mutant: Mutant) -> list[Path]:
        """Those that reach the line, the shortest first; all, of a line that runs at the import."""
        near = [line for file, line in self._of_lines() if file == str(mutant.file) and line <= mutant.line]
        sound = sorted((reach for reach in self.reaches if not reach.problem), key=lambda reach: reach.ticks)
        if not mutant.in_function:
            return [reach.path for reach in sound]
        first: Line = (str(mutant.file), max(near, default=0))  # of the statement: only that one counts as run
        return [reach.path for reach in sound if first in reach.lines]

    def _of_lines(self) -> set[Line]:
        return set[Line]().union(*(reach.of_lines for reach in self.reaches))


class Trials:
    """A context manager: with the block the copies of the sources go.

    Changes of kernels are tried by machine code, all others by the interpreter; and so is what survives machine code where that
    does not see that a name has no value, unless it `is_explained`. jobs: trials at once. executor: where to try them instead, a
    share of the changes a task; its workers need the same recordings and sources at the same places.
    """

    def __init__(
        self,
        rules: Rules,
        jobs: int = 1,
        is_explained: Callable[[Mutant], bool] = lambda mutant: False,
        executor: Executor | None = None,
    ) -> None:
        self._rules = rules
        self._jobs = jobs
        self._executor = executor
        self._is_explained = is_explained
        sound = [reach.path for reach in rules.reaches if not reach.problem]
        self._libraries = Libraries(rules.sources, rules.modules, rules.game.name, sound, jobs)
        self._log = Log(LOG_NAME)
        self._copies: SimpleQueue[Copy] = SimpleQueue()
        self._stack = ExitStack()
        self._stall_seconds = 0.0
        fingerprint = fingerprint_of(rules.game)
        self._fingerprint = None if fingerprint is None else fingerprint.digest
        self._sha = {reach.path: sha256(reach.path.read_bytes()).hexdigest() for reach in rules.reaches}

    def __enter__(self) -> Trials:
        self._stack.enter_context(self._libraries)
        for _ in range(self._jobs):
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="replay-mutants-")))
            copy = Copy(self._rules.sources, self._rules.modules, folder)
            self._stack.callback(copy.close)
            self._copies.put(copy)
        return self

    def __exit__(self, *problem: object) -> None:
        self._stack.close()

    def expect_stalls(self, seconds: float) -> None:
        """How long, of the processor's time, ten seconds of a match may take: what `check_copy` finds out."""
        self._stall_seconds = seconds

    def check_copy(self) -> None:
        """Try the rules as they are: every recording has to be ok with the copy. Raises MachineError if one is not."""
        paths = [reach.path for reach in self._rules.reaches if not reach.problem]
        source, seconds = self._rules.sources[0], 0.0
        for reach in sorted((reach for reach in self._rules.reaches if not reach.problem), key=lambda reach: reach.ticks)[:2]:
            began = time.perf_counter()
            trial = self._try_out(source, source.read_bytes(), [reach.path], 600.0)
            if trial.outcome != SURVIVED:
                raise MachineError(f"with an unchanged copy of the rules {trial.by} is {trial.how}", "then no change can be tried")
            groups = max(reach.ticks / (10 * self._rules.game.ticks_per_second), 1)
            seconds = max(seconds, (time.perf_counter() - began) / groups)
        if not paths:
            raise MachineError("no recording is ok, so that no change can be tried")
        self._stall_seconds = max(_SLOWER * seconds, _LEAST_STALL_SECONDS)

    def run(self, mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, Trial]]:
        """What comes of each, in order."""
        new = [mutant for mutant in mutants if self._is_new(mutant)]
        if self._executor is not None:
            yield from self._run_elsewhere(self._executor, mutants, new)
            return
        self.compile(new)
        pool = ThreadPoolExecutor(self._jobs, thread_name_prefix="replay-mutants")
        try:
            for mutant, (_, trial) in zip(mutants, pool.map(self.tried, mutants), strict=True):
                yield mutant, trial
        finally:
            pool.shutdown(cancel_futures=True)

    def _run_elsewhere(
        self, executor: Executor, mutants: Sequence[Mutant], new: Sequence[Mutant]
    ) -> Iterator[tuple[Mutant, Trial]]:
        size = max(_LEAST_OF_A_SHARE, -(-len(new) // (_SHARES_PER_WORKER * width_of(executor))))
        work = partial(_try_share, Share.of(self._rules, self._stall_seconds))
        shares: dict[Mutant, tuple[Future[list[tuple[str, Trial]]], int]] = {}
        try:
            for start in range(0, len(new), size):
                share = new[start : start + size]
                task = executor.submit(work, share, [self._is_explained(mutant) for mutant in share])
                shares.update((mutant, (task, at)) for at, mutant in enumerate(share))
            for mutant in mutants:
                if mutant not in shares:
                    yield mutant, self.tried(mutant)[1]
                    continue
                task, at = shares[mutant]
                engine, trial = task.result()[at]
                yield mutant, self._learned(mutant, self._rules.recordings_for(mutant), engine, trial)
        finally:
            for task, _ in shares.values():
                task.cancel()

    def compile(self, mutants: Sequence[Mutant]) -> None:
        """Make machine code of those of these changes that stand in kernels, in which they are tried from now on."""
        self._libraries.hold(mutants)

    def tried_on(self, mutant: Mutant, recordings: Sequence[Path]) -> Trial:
        """What comes of a change with other recordings than those it is asked of."""
        if (library := self._libraries.get(mutant)) is not None:
            return library.try_out(mutant, recordings)
        return self._try_out(mutant.file, mutant.applied(mutant.file.read_bytes()), recordings, self._stall_seconds)

    def _is_new(self, mutant: Mutant) -> bool:
        recordings = self._rules.recordings_for(mutant)
        return bool(recordings) and not any(self._known(mutant, recordings, engine) for engine in (INTERPRETER, MACHINE_CODE))

    def tried(self, mutant: Mutant) -> tuple[str, Trial]:
        """What comes of one, and by which engine that was found out."""
        recordings = self._rules.recordings_for(mutant)
        if not recordings:
            return INTERPRETER, Trial(SURVIVED, how=UNREACHED)
        if known := self._known(mutant, recordings, INTERPRETER):
            return INTERPRETER, known
        quick = self._known(mutant, recordings, MACHINE_CODE)
        if quick is None and (library := self._libraries.get(mutant)) is not None:
            quick = library.try_out(mutant, recordings)
            if quick.outcome == SURVIVED and mutant in library.doubtful:
                quick = Trial(SURVIVED, how=_DOUBTFUL)
            self._learned(mutant, recordings, MACHINE_CODE, quick)
        if quick is not None and (quick.how != _DOUBTFUL or self._is_explained(mutant)):
            return MACHINE_CODE, quick
        trial = self._try_out(mutant.file, mutant.applied(mutant.file.read_bytes()), recordings, self._stall_seconds)
        return INTERPRETER, self._learned(mutant, recordings, INTERPRETER, trial)

    def _known(self, mutant: Mutant, recordings: Sequence[Path], engine: str) -> Trial | None:
        """What an earlier call found out by this engine."""
        key = self._key(mutant, recordings, engine)
        known = None if key is None else self._log.get(key)
        return Trial(*known) if known is not None and known[0] in (KILLED, SURVIVED, TIMEOUT) else None

    def _learned(self, mutant: Mutant, recordings: Sequence[Path], engine: str, trial: Trial) -> Trial:
        if (key := self._key(mutant, recordings, engine)) is not None:
            self._log.add(key, list(trial))
        return trial

    def _key(self, mutant: Mutant, recordings: Sequence[Path], engine: str) -> str | None:
        """What decides about a trial; None where that cannot be told."""
        if self._fingerprint is None:
            return None
        file = os.path.relpath(mutant.file, self._rules.sources[0].parent)
        facts = [
            self._fingerprint,
            engine,
            file,
            mutant.start,
            mutant.stop,
            mutant.after,
            *(self._sha[path] for path in recordings),
        ]
        return sha256(repr(facts).encode()).hexdigest()

    def _try_out(self, file: Path, source: bytes, recordings: Sequence[Path], stall_seconds: float) -> Trial:
        copy = self._copies.get()
        try:
            return copy.try_out(file, source, recordings, self._rules.game.name, stall_seconds)
        finally:
            self._copies.put(copy)


class Share(NamedTuple):
    """What a worker needs to know to try some of the changes."""

    game: str
    modules: Sequence[str]
    sources: Sequence[Path]
    reaches: Sequence[Reach]
    stall_seconds: float

    @classmethod
    def of(cls, rules: Rules, stall_seconds: float) -> Share:
        """Its paths are whole: workers may stand in another folder."""
        reaches = [replace(reach, path=reach.path.absolute()) for reach in rules.reaches]
        return cls(rules.game.name, rules.modules, rules.sources, reaches, stall_seconds)


def _try_share(share: Share, mutants: Sequence[Mutant], are_explained: Sequence[bool]) -> list[tuple[str, Trial]]:
    """In a worker: what comes of each of these changes."""
    explained = {mutant for mutant, is_explained in zip(mutants, are_explained, strict=True) if is_explained}
    rules = Rules(find_game(share.game), share.modules, share.sources, share.reaches)
    with Trials(rules, 1, explained.__contains__) as trials:
        trials.expect_stalls(share.stall_seconds)
        trials.compile(mutants)
        return [trials.tried(mutant) for mutant in mutants]
