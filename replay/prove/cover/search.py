"""Matches that notice a change of the rules which the recordings do not: found among others, or played by a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from replay.core.errors import ReplayError
from replay.core.game import Game
from replay.core.names import SUFFIX, free_path
from replay.core.recorder import Recorder
from replay.core.recording import Recording
from replay.prove.cover.mutants import Mutant
from replay.prove.cover.trial import KILLED, Trial
from replay.prove.machine import machine_inputs

_AFTER_SECONDS = 1  # that a new recording goes on after the tick which differs
Try = Callable[[Mutant, Sequence[Path]], Trial]


def machine_matches(game: Game, samples: Sequence[Path], count: int, folder: Path) -> Iterator[Path]:
    """So many matches played by a machine, with players, settings and length of these recordings in turn."""
    for number in range(count):
        path = folder / f"machine-{number}{SUFFIX}"
        with Recording(samples[number % len(samples)]) as sample:
            header, ticks = sample.header, sample.ticks - sample.start_tick
        with Recorder(path, game, seed=number, players=header.players, config=dict(header.config)) as recorder:
            for row, commands in machine_inputs(recorder, ticks):
                recorder.step(row, commands)
                if getattr(recorder.match, "ended", None):
                    break
        yield path


def found(
    survivors: Sequence[Mutant], candidates: Sequence[Path], game: Game, try_on: Try, folder: Path
) -> Iterator[tuple[Mutant, Path]]:
    """For each change that a candidate notices a new recording in `folder`, up to the tick after; one that notices several is
    offered once."""
    folder.mkdir(parents=True, exist_ok=True)
    offered: list[Path] = []
    for mutant in survivors:
        trial = try_on(mutant, [*offered, *candidates])
        if trial.outcome != KILLED or not trial.by:
            continue
        golden = next((path for path in offered if str(path.absolute()) == trial.by), None)
        if golden is None:
            golden = free_path(folder, f"{mutant.file.stem}-{mutant.line}-{mutant.kind}", SUFFIX)
            _cut(Path(trial.by), golden, game, trial.tick)
            if trial.tick is not None and try_on(mutant, [golden]).outcome != KILLED:  # it shows later than that
                golden.unlink()
                _cut(Path(trial.by), golden, game, None)
            offered.append(golden)
        yield mutant, golden


def _cut(path: Path, new: Path, game: Game, tick: int | None) -> None:
    """Play a recording once more by the rules as they are, up to a second after `tick`."""
    with Recording(path) as recording:
        header, stop = recording.header, recording.ticks
        if recording.start_tick:
            raise ReplayError(f"{path}: begins in the middle of a match", "a whole one is needed to cut from")
        if tick is not None:
            stop = min(stop, tick + _AFTER_SECONDS * game.ticks_per_second)
        rows = recording.inputs(0, stop)
        said: dict[int, list[tuple[int, object]]] = {}
        for at, player, data in recording.commands(0, stop):
            said.setdefault(at, []).append((player, data))
    with Recorder(new, game, seed=header.seed, players=header.players, config=dict(header.config)) as recorder:
        for at in range(stop):
            recorder.step(rows[at] if rows.dtype.names else None, said.get(at, ()))
