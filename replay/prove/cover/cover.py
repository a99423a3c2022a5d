"""What a set of recordings reaches together, what none of them does, and which of them are enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from replay.core.game import Game, abilities_of
from replay.prove.cover.reach import CELL_PIXELS, Branch, Line, Reach
from replay.read.readmodel import Grid


@dataclass
class Cover:
    """Of the recordings that are ok: what they reach of what there is.

    enough: the smallest set that was found to reach the same, the one that adds most first; with each, how much it adds.
    idle: those that reach nothing that the others together do not.
    """

    lines: set[Line]
    of_lines: set[Line]
    branches: set[Branch]
    of_branches: set[Branch]
    kinds: Counter[str]
    missing_kinds: list[str]
    inputs: set[str]
    missing_inputs: list[str]
    commands: Counter[str]
    enough: list[tuple[Path, int]]
    idle: list[Path]
    places: Grid | None


def covered(reaches: Sequence[Reach], game: Game) -> Cover:
    """What these recordings of one game reach together."""
    sound = [reach for reach in reaches if not reach.problem]
    kinds: Counter[str] = sum((reach.kinds for reach in sound), Counter())
    inputs = set[str]().union(*(reach.inputs for reach in sound))
    of_inputs = set[str]().union(*(reach.of_inputs for reach in sound))
    return Cover(
        lines=set[Line]().union(*(reach.lines for reach in sound)),
        of_lines=set[Line]().union(*(reach.of_lines for reach in sound)),
        branches=set[Branch]().union(*(reach.branches for reach in sound)),
        of_branches=set[Branch]().union(*(reach.of_branches for reach in sound)),
        kinds=kinds,
        missing_kinds=[kind for kind in abilities_of(game).event_kinds if kind not in kinds],
        inputs=inputs,
        missing_inputs=sorted(of_inputs - inputs),
        commands=sum((reach.commands for reach in sound), Counter()),
        enough=_enough(sound),
        idle=_idle(sound),
        places=_places(sound),
    )


def _enough(reaches: Sequence[Reach]) -> list[tuple[Path, int]]:
    """Greedy: always the one that adds most; of equals the shortest."""
    left = {reach.path: set(reach.facts) for reach in reaches}
    ticks = {reach.path: reach.ticks for reach in reaches}
    chosen: list[tuple[Path, int]] = []
    while left:
        path = max(left, key=lambda path: (len(left[path]), -ticks[path], str(path)))
        facts = left.pop(path)
        if not facts:
            break
        chosen.append((path, len(facts)))
        for other in left.values():
            other -= facts
    return chosen


def _idle(reaches: Sequence[Reach]) -> list[Path]:
    times: Counter[Any] = Counter()
    for reach in reaches:
        times.update(reach.facts)
    return [reach.path for reach in reaches if all(times[fact] > 1 for fact in reach.facts)]


def _places(reaches: Sequence[Reach]) -> Grid | None:
    counts: Counter[tuple[int, int]] = sum((reach.places for reach in reaches), Counter())
    if not counts:
        return None
    columns = max(max(reach.world[0] for reach in reaches) // CELL_PIXELS, 1)
    rows = max(max(reach.world[1] for reach in reaches) // CELL_PIXELS, 1)
    cells = [[counts[column, row] for column in range(columns)] for row in range(rows)]
    return Grid({"places": cells}, cell_pixels=CELL_PIXELS)


def ranges(numbers: Sequence[int]) -> str:
    """Sorted line numbers, briefly: "3-5, 9"."""
    runs = [list(run) for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{run[0][1]}" if len(run) == 1 else f"{run[0][1]}-{run[-1][1]}" for run in runs)
