"""A diverging recording cut down to a short one that still diverges: the attachment of a bug report.

A recording diverges when two computations of the same inputs differ: the one that made its hashes, and this one. After the first
bad tick nothing is needed, so the end can always be cut. To change inputs one has to know what the other computation makes of the
new ones: it is asked, in a child process. That is either another environment (the old version), or this one in another process,
which is enough for rules that depend on the process they run in.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from replay.core.commands import Command
from replay.core.errors import ReplayError, UsageError
from replay.core.format import FORMAT_VERSION
from replay.core.game import Game, Inputs
from replay.core.names import SUFFIX
from replay.core.recording import Recording
from replay.core.records import STOPPED, End
from replay.core.verify import Verdict, verify
from replay.core.writer import ChunkWriter, Proof, new_file, new_recording, refuse_existing
from replay.prove.reference import Asked, Reference, opened

BUDGET_SECONDS = 60.0
FINEST = 48  # a finer search makes little difference to who has to read the report, and takes ever longer


@dataclass
class Shrunk:
    """The result of `shrink`. ticks: before and after; first_bad_tick: of the new one; idle_players: whose inputs are all gone;
    attempts: how many candidates were played; note: why it could not be made smaller, if it could have been."""

    target: Path
    ticks: tuple[int, int]
    first_bad_tick: int
    idle_players: list[int]
    attempts: int
    note: str = ""


def shrink(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    game: Game | None = None,
    *,
    reference: Asked | None = None,
    budget_seconds: float = BUDGET_SECONDS,
    progress: Callable[[int, int], object] | None = None,
) -> Shrunk:
    """Write to `target` the smallest recording that still diverges: inputs of players dropped, then spans of ticks.

    game: the rules that diverge; by default the installed ones. reference: the environment that computes what was recorded, as
    `compare` takes it; by default this one in a process of its own.
    progress: called with (ticks now, ticks at the start) whenever it got smaller.

    Raises UsageError if `source` does not diverge or `target` exists.
    """
    verification = verify(source, game)
    bad = verification.first_bad_tick
    if verification.verdict is not Verdict.DIVERGED or not bad:
        hint = "only a diverging recording can be shrunk"
        raise UsageError(f"{source} does not diverge at any tick: {verification.verdict}", hint)
    refuse_existing(target)
    with Recording(source) as recording, tempfile.TemporaryDirectory() as folder:
        best = _cut_end(recording, bad, Path(folder) / f"cut{SUFFIX}")
        try:
            with opened(reference, recording, game) as other:
                deadline = time.monotonic() + budget_seconds
                search = _Search(recording, other, game, Path(folder), deadline, progress, _given(recording))
                smaller = search.run(bad)
            note, attempts = search.note, search.attempts
        except ReplayError as error:
            smaller, note, attempts = None, str(error), 0
        with new_file(target) as file, open(smaller or best, "rb") as finished:
            shutil.copyfileobj(finished, file)
        before = recording.ticks
    if smaller is None:
        asked = "the reference computes" if reference else "another process of this environment computes"
        advice = "Name the environment that recorded it: --reference PYTHON"
        note = note or f"only the end was cut: {asked} what this code does. {advice}"
    return _summary(Path(target), game, before, attempts, note)


def _summary(target: Path, game: Game | None, before: int, attempts: int, note: str) -> Shrunk:
    verification = verify(target, game)
    with Recording(target) as recording:
        given = _given(recording)
        speakers = {player for _, player, _ in given.commands}
        silent = [player for player in range(given.rows.shape[1]) if player not in speakers]
        idle = [player for player in silent if not any(given.rows[:, player].tobytes())]
        return Shrunk(target, (before, recording.ticks), verification.first_bad_tick or 0, idle, attempts, note)


def _cut_end(recording: Recording, bad: int, path: Path) -> Path:
    """The recording up to the chunk with the first bad tick, with the claims that it holds; a result it does not claim. Digests of
    format 1, which have no events in them, are left out."""
    header = recording.header._replace(id=os.urandom(16), parent=(recording.header.id, bad), format=FORMAT_VERSION)
    with new_recording(path, header) as writer:
        for span in recording.spans(recording.start_tick):
            _copy_snapshot(recording, span.first_tick, writer)
            digests = span.digests if recording.header.proves_events else b""
            writer.inputs(span.rows, span.commands, Proof(digests, span.hash, span.events_hash))
            if span.stop_tick >= bad:
                _copy_snapshot(recording, span.stop_tick, writer)
                if span.hash is not None:
                    writer.end(End(span.stop_tick, writer.version, span.hash, span.events_hash, None, STOPPED), header)
                break
        else:  # a crash that does not happen: the claim is the end itself
            if recording.end is not None:
                writer.end(recording.end, header)
    return path


def _given(recording: Recording) -> Given:
    start, stop = recording.start_tick, recording.ticks
    return Given(recording.inputs(start, stop), recording.commands(start, stop))


def _copy_snapshot(recording: Recording, tick: int, writer: ChunkWriter) -> None:
    if recording.has_snapshot(tick):
        writer.snapshot(tick, recording.snapshot(tick))


class Given(NamedTuple):
    """What the players did: a row of each for every tick, and commands, whose ticks count from the first row."""

    rows: Inputs
    commands: list[Command]

    def until(self, tick: int) -> Given:
        return Given(self.rows[:tick], [command for command in self.commands if command[0] < tick])

    def without_ticks(self, start: int, stop: int) -> Given:
        """With what comes after them moved up."""
        kept = [command for command in self.commands if not start <= command[0] < stop]
        moved = [(tick - (stop - start) if tick >= stop else tick, player, data) for tick, player, data in kept]
        return Given(np.delete(self.rows, slice(start, stop), axis=0), moved)

    def without_player(self, player: int, start: int, stop: int) -> Given:
        """With nothing done by a player in these ticks."""
        rows = self.rows.copy()
        rows[start:stop, player] = np.zeros((), rows.dtype)
        commands = [command for command in self.commands if command[1] != player or not start <= command[0] < stop]
        return Given(rows, commands)

    def is_same(self, other: Given) -> bool:
        return self.commands == other.commands and self.rows.tobytes() == other.rows.tobytes()


@dataclass
class _Search:
    """Candidates recorded by the reference and verified here, as long as they get smaller and still diverge."""

    recording: Recording
    reference: Reference
    game: Game | None
    folder: Path
    deadline: float  # on the clock of time.monotonic
    progress: Callable[[int, int], object] | None
    given: Given
    best: Path | None = None
    attempts: int = 0
    note: str = ""

    def run(self, bad_tick: int) -> Path | None:
        """The smallest recording; None if the reference does not differ from this code at all."""
        if self.recording.start_tick:
            self.note = (
                f"only the end was cut: it begins at tick {self.recording.start_tick}, and only a whole match can be played again"
            )
            return None
        if not self.attempt(self.given.until(bad_tick)) and not self.attempt(self.given):
            return None
        for candidates in (self.without_players, self.without_spans, self.without_spans_of_players):
            for candidate in candidates():
                if time.monotonic() > self.deadline:
                    self.note = "stopped when its time was up; with more --budget-seconds it may get smaller"
                    return self.best
                self.attempt(candidate)
        return self.best

    def attempt(self, given: Given) -> bool:
        """Whether the match of these inputs diverges; if so, up to its first bad tick it is the best so far."""
        self.attempts += 1
        path = self.folder / f"{self.attempts}{SUFFIX}"
        self.reference.record(self.recording.header, given.rows, given.commands, path)
        verification = verify(path, self.game)
        bad = verification.first_bad_tick
        if verification.verdict is not Verdict.DIVERGED or not bad:
            path.unlink()
            return False
        self.given = given.until(bad)
        if bad < len(given.rows) and self.attempt(self.given):
            path.unlink()
            return True
        if self.best is not None:
            self.best.unlink(missing_ok=True)
        self.best = path
        if self.progress is not None:
            self.progress(len(self.given.rows), self.recording.ticks)
        return True

    def without_players(self) -> Iterator[Given]:
        for player in range(self.given.rows.shape[1]):
            yield from self.without(player, 0, len(self.given.rows))

    def without(self, player: int, start: int, stop: int) -> Iterator[Given]:
        """With nothing done by a player in a span of ticks; nothing if that is so already."""
        given = self.given.without_player(player, start, stop)
        if not given.is_same(self.given):
            yield given

    def without_spans(self) -> Iterator[Given]:
        """Halves, quarters ... down to a part in `FINEST`, the last ones first."""
        size = len(self.given.rows) // 2
        while size >= max(len(self.given.rows) // FINEST, 1):
            stop = len(self.given.rows)
            while stop > 0:
                start = max(stop - size, 0)
                if stop - start < len(self.given.rows):
                    yield self.given.without_ticks(start, stop)
                stop = min(start, len(self.given.rows))
            size //= 2

    def without_spans_of_players(self) -> Iterator[Given]:
        """What a player did in a span, undone."""
        size = max(len(self.given.rows) // 2, 1)
        while size >= max(len(self.given.rows) // FINEST, 1):
            for player in range(self.given.rows.shape[1]):
                for start in range(0, len(self.given.rows), size):
                    yield from self.without(player, start, start + size)
            size //= 2
