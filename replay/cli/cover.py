"""`replay cover`: what of the rules a set of recordings reaches, and which of them are enough."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import click

from replay.cli.common import (
    FINDING,
    OK,
    Command,
    NothingToDo,
    complain,
    emit,
    escape,
    naming,
    progress,
    recordings,
)
from replay.cli.complete import recordings as complete_recordings
from replay.cli.inspect import JSON
from replay.cli.output import echo
from replay.cli.workers import By, worker_options
from replay.core.errors import ReplayError, UsageError
from replay.core.game import Game
from replay.core.installed import find_game
from replay.core.recording import Recording
from replay.core.text import counted
from replay.prove.cover.cover import Cover, covered, ranges
from replay.prove.cover.reach import BY_THE_INTERPRETER, Reach, reaches
from replay.prove.cover.rules import sources_of

RULES = click.option(
    "--rules",
    "modules",
    multiple=True,
    metavar="MODULE",
    help="A module or package of the rules; may be given several times. Default: the module of the game.",
)


@click.command(
    cls=Command,
    examples=[
        "replay cover recordings/ --rules mygame.rules",
        "replay cover recordings/ --rules game.simulation --jobs 2 --heat places.png",
        "replay cover recordings/ --rules mygame.rules --json",
    ],
)
@click.argument("paths", nargs=-1, required=True, shell_complete=complete_recordings)
@RULES
@worker_options(BY_THE_INTERPRETER)
@click.option("--heat", type=click.Path(path_type=Path), metavar="FILE", help="Draw where players were: a PNG, SVG or PDF.")
@JSON
def cover(paths: tuple[str, ...], modules: tuple[str, ...], by: By, heat: Path | None, as_json: bool) -> int:
    """What recordings reach of the rules: lines and branches, kinds of events, inputs, commands, places.

    Rules are run by the interpreter, compiled ones too, under coverage.py. Only lines inside functions count. Exit codes: 0 said,
    1 a recording is not ok, so that it counts for nothing.
    """
    files = recordings(paths)
    game = game_of(files)
    sources = sources_of(game, modules)
    found = reached([*by.paths(files)], sources, **by.options())
    result = covered(found, game)
    emit(_data(result, found), as_json, lambda: _lines(result, found))
    if heat is not None:
        _draw(heat, result, game)
    return said_problems(found)


def game_of(files: Sequence[Path]) -> Game:
    """The game of the first recording that can be read. Raises what is wrong with the first one, if none can."""
    problem: Exception = NothingToDo("no recordings")
    for file in files:
        try:
            with naming(file), Recording(file) as recording:
                return find_game(recording.header.game)
        except (ReplayError, OSError) as error:
            problem = problem if isinstance(problem, ReplayError | OSError) else error
    raise problem


def reached(files: Sequence[Path], sources: Sequence[Path], jobs: int, executor: Executor | None = None) -> list[Reach]:
    """What each reaches, with progress."""
    found = []
    with progress("running under coverage.py") as show:
        for reach in reaches(files, sources, jobs, executor):
            found.append(reach)
            show(len(found), len(files), "files")
    return found


def said_problems(found: Sequence[Reach]) -> int:
    """The exit code, after saying which recordings count for nothing."""
    problems = [reach for reach in found if reach.problem]
    for reach in problems:
        complain("replay", f"{reach.path}: counts for nothing: {reach.problem}")
    return FINDING if problems else OK


def _share(part: set[Any], whole: set[Any]) -> str:
    return f"{len(part):,} of {len(whole):,}" + (f"  {100 * len(part) / len(whole):.1f} %" if whole else "")


def _lines(result: Cover, found: Sequence[Reach]) -> Iterator[str]:
    width = max(len(str(reach.path)) for reach in found)
    for reach in found:
        if not reach.problem:
            lines, branches = _share(reach.lines, reach.of_lines), _share(reach.branches, reach.of_branches)
            yield f"{escape(str(reach.path)):<{width}}  lines {lines}  branches {branches}"
    yield f"together: lines {_share(result.lines, result.of_lines)}, branches {_share(result.branches, result.of_branches)}"
    yield from _missed(result)
    for name, words in (("event kinds", result.missing_kinds), ("inputs", result.missing_inputs)):
        if words:
            yield f"{name} that never occur: {escape(', '.join(words))}"
    if result.commands:
        said = ", ".join(f"{name} {count:,}" for name, count in result.commands.most_common())
        yield f"commands: {escape(said)}"
    yield f"as much as all {len(found)} reach {counted(len(result.enough), 'recording')}:"
    yield from (f"  {escape(str(path)):<{width}}  {count:,} more" for path, count in result.enough)
    if result.idle:
        yield f"any one of these adds nothing to the others: {escape(', '.join(path.name for path in result.idle))}"


def _missed(result: Cover) -> Iterator[str]:
    """Lines that are never run, and jumps that are never taken from lines that are."""
    for file in sorted({file for file, _ in result.of_lines}):
        lines = sorted(line for name, line in result.of_lines - result.lines if name == file)
        run = {line for name, line in result.lines if name == file}
        branches = sorted((a, b) for name, a, b in result.of_branches - result.branches if name == file and a in run)
        shown = escape(os.path.relpath(file))
        if lines:
            yield f"  {shown}: lines never run: {ranges(lines)}"
        if branches:
            yield f"  {shown}: jumps never taken: {', '.join(f'{a} to ' + (str(b) if b > 0 else 'the end') for a, b in branches)}"


def _data(result: Cover, found: Sequence[Reach]) -> dict[str, Any]:
    def by_file(places: set[Any]) -> dict[str, list[Any]]:
        files = sorted({place[0] for place in places})
        return {
            os.path.relpath(file): sorted(place[1] if len(place) == 2 else place[1:] for place in places if place[0] == file)
            for file in files
        }

    return {
        "lines": len(result.lines),
        "of_lines": len(result.of_lines),
        "branches": len(result.branches),
        "of_branches": len(result.of_branches),
        "missing_lines": by_file(result.of_lines - result.lines),
        "missing_branches": by_file(result.of_branches - result.branches),
        "event_kinds": dict(result.kinds),
        "missing_event_kinds": result.missing_kinds,
        "inputs": sorted(result.inputs),
        "missing_inputs": result.missing_inputs,
        "commands": dict(result.commands),
        "enough": [{"path": str(path), "adds": count} for path, count in result.enough],
        "idle": list(map(str, result.idle)),
        "places": None if result.places is None else result.places.as_data(),
        "recordings": [
            {
                "path": str(reach.path),
                "problem": reach.problem,
                "ticks": reach.ticks,
                "lines": len(reach.lines),
                "branches": len(reach.branches),
                "event_kinds": dict(reach.kinds),
                "inputs": sorted(reach.inputs),
                "commands": dict(reach.commands),
            }
            for reach in found
        ],
    }


def _draw(picture: Path, result: Cover, game: Game) -> None:
    from replay.watch.plot import save

    if result.places is None:
        raise UsageError(f"{game.name} tells no places", "its story has to say where players are: Story.place")
    save(result.places, picture, "where players were", game.ticks_per_second)
    echo(f"{escape(str(picture))}  {picture.stat().st_size:,} bytes", err=True)
