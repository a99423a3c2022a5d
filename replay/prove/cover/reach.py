"""What one recording reaches: run under coverage.py, by the interpreter, in a process that is there for it."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from replay.core.errors import MachineError, ReplayError
from replay.core.extras import optional
from replay.core.game import Game, abilities_of, state_record
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.url import path_of
from replay.core.verify import verify
from replay.prove.batch import AnyPath, spread
from replay.prove.cover.rules import lines_of_functions
from replay.read.story import Story, story_of

BY_THE_INTERPRETER = {"REPLAY_ENGINE": "interpreter"}
CELL_PIXELS = 16
_SAMPLES_PER_SECOND = 6  # of places
_WORD_LETTERS = 40
_measuring = Lock()  # what threads of one process run cannot be told apart

Line = tuple[str, int]  # a file, and the number of a line
Branch = tuple[str, int, int]  # a file, and the lines that a jump leads from and to; below 0: out of the function


@dataclass
class Reach:
    """What a recording reaches; or why that cannot be told: `problem`.

    of_lines, of_branches: all that there are in the rules. inputs: what a player ever held, of what can be held, in the words of
    the game's story. places: how often a player stood in each cell of the world, by column and row, where the story tells places.
    world: its width and height in pixels.
    """

    path: Path
    problem: str = ""
    ticks: int = 0
    lines: set[Line] = field(default_factory=set)
    of_lines: set[Line] = field(default_factory=set)
    branches: set[Branch] = field(default_factory=set)
    of_branches: set[Branch] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    inputs: set[str] = field(default_factory=set)
    of_inputs: set[str] = field(default_factory=set)
    commands: Counter[str] = field(default_factory=Counter)
    places: Counter[tuple[int, int]] = field(default_factory=Counter)
    world: tuple[int, int] = (0, 0)

    @property
    def facts(self) -> set[Any]:
        """All that it reaches, as one set."""
        kinds = {("event", kind) for kind in self.kinds}
        said = {("command", name) for name in self.commands}
        return self.lines | self.branches | kinds | said | {("input", name) for name in self.inputs}


def reaches(paths: Sequence[Path], sources: Sequence[Path], jobs: int = 1, executor: Executor | None = None) -> Iterator[Reach]:
    """What each recording reaches of these source files, in order. executor: where to run instead of in `jobs` processes; its
    workers need `BY_THE_INTERPRETER` in their environment, and the same source files. Raises MachineError without coverage.py."""
    with optional():
        import coverage  # noqa: F401
    if executor is not None:
        yield from spread(partial(_reach, sources=list(sources)), paths, None, jobs=jobs, executor=executor)
        return
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_by_the_interpreter)
    try:
        yield from pool.map(_reach, paths, [list(sources)] * len(paths))
    finally:
        pool.shutdown(cancel_futures=True)


def _by_the_interpreter() -> None:
    """Of machine code nobody sees the lines."""
    os.environ.update(BY_THE_INTERPRETER)


def _reach(path: AnyPath, sources: list[Path]) -> Reach:
    """In a process where nothing has run by machine code."""
    with _measuring:
        return _measured(path_of(path), sources)


def _measured(path: Path, sources: list[Path]) -> Reach:
    reach = Reach(path)
    if not BY_THE_INTERPRETER.items() <= os.environ.items():
        raise MachineError("a worker runs machine code, of which nobody sees the lines", "start it with REPLAY_ENGINE=interpreter")
    try:
        with Recording(path) as recording:
            game = find_game(recording.header.game)
    except (ReplayError, OSError) as error:
        reach.problem = str(error)
        return reach
    import coverage

    measured = coverage.Coverage(data_file=None, branch=True, include=list(map(str, sources)), config_file=False, messages=False)
    measured.start()
    try:
        verification = verify(path, game)
    finally:
        measured.stop()
    if not verification.is_ok:
        reach.problem = f"{verification.verdict}: {verification.message}"
        return reach
    reach.ticks = verification.ticks - verification.start_tick
    _take_lines(reach, measured, sources)
    _take_happenings(reach, path, game)
    return reach


def _take_lines(reach: Reach, measured: Any, sources: list[Path]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        measured.json_report([str(source) for source in sources], outfile=str(report), ignore_errors=True)
        files = json.loads(report.read_text("utf-8"))["files"]
    for name, found in files.items():
        file = str(Path(name).absolute())
        inside = lines_of_functions(Path(file).read_text("utf-8"))
        lines, missing = ([line for line in found[key] if line in inside] for key in ("executed_lines", "missing_lines"))
        taken, untaken = ([(a, b) for a, b in found[key] if a in inside] for key in ("executed_branches", "missing_branches"))
        reach.lines |= {(file, line) for line in lines}
        reach.of_lines |= {(file, line) for line in [*lines, *missing]}
        reach.branches |= {(file, *branch) for branch in taken}
        reach.of_branches |= {(file, *branch) for branch in [*taken, *untaken]}


def _take_happenings(reach: Reach, path: Path, game: Game) -> None:
    """Events, inputs, commands and places: of a second run, because what is measured is slow."""
    with Recording(path) as recording:
        story = story_of(game, recording.header)
        start, stop, seats = recording.start_tick, recording.ticks, len(recording.header.players)
        reach.commands.update(_word(said) for _, _, said in recording.commands(start, stop))
        reach.world = story.world
        if abilities_of(game).input_dtype is not None:
            rows = np.unique(recording.inputs(start, stop))
            reach.inputs = {label for row in rows for label, is_lit in _labels(story, row) if is_lit}
            reach.of_inputs = reach.inputs | {label for label, _ in _labels(story, np.zeros((), rows.dtype)[()])}
        playback = Playback(game, recording, use_snapshots=False)
        while playback.tick < stop:
            reach.kinds.update(map(story.kind, playback.step(max(game.ticks_per_second // _SAMPLES_PER_SECOND, 1))))
            if (state := _state_of(playback.match)) is not None:
                places = (story.place(state, seat) for seat in range(seats))
                reach.places.update((int(x) // CELL_PIXELS, int(y) // CELL_PIXELS) for x, y in filter(None, places))


def _state_of(match: Any) -> Any:
    return state_record(match, match.save()) if hasattr(match, "save") else None


def _labels(story: Story, row: Any) -> Iterator[tuple[str, bool]]:
    """What a player can hold, in the game's words, and whether it is held in `row`; the names of fields, if it has no words."""
    if type(story).inputs is Story.inputs:
        yield from ((name, bool(np.any(row[name] != 0))) for name in row.dtype.names or ())
    else:
        yield from ((label, is_lit) for label, is_lit in story.inputs(row) if any(map(str.isalpha, label)))


def _word(said: Any) -> str:
    """What kind of command it is: the first text in a list or a dict, which most games name it by."""
    values = list(said.values()) if isinstance(said, dict) else said
    if isinstance(values, list | tuple):
        values = next((value for value in values if isinstance(value, str)), f"{len(values)} values")
    return str(values)[:_WORD_LETTERS]
