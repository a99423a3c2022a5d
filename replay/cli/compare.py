"""`replay diff` and `replay bisect`: where two recordings part, and when something first holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from replay.cli.common import FINDING, OK, Command, emit, escape, naming
from replay.cli.complete import moments, recordings
from replay.cli.inspect import JSON, opened
from replay.cli.languages import CONDITIONS
from replay.cli.verify import EXIT_CODES, tell
from replay.core.errors import UsageError
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.url import path_of
from replay.prove.diff import Comparison, compare, first_tick
from replay.prove.jsonable import jsonable
from replay.prove.report import field_lines, shell_word
from replay.read.timecode import clock, resolve


@click.command(
    cls=Command,
    examples=[
        "replay diff before.replay after.replay",
        "replay diff match.replay",
        "replay diff before.replay after.replay --watch",
        "replay diff match.replay --reference ../old/.venv/bin/python",
    ],
)
@click.argument("a", shell_complete=recordings)
@click.argument("b", required=False, shell_complete=recordings)
@click.option(
    "--reference",
    metavar="REVISION|PYTHON",
    help="Compare A's states with those that a git revision or another environment computes.",
)
@click.option("--watch", "is_watched", is_flag=True, help="Then watch both side by side, from shortly before they part.")
@JSON
def diff(a: str, b: str | None, reference: str | None, is_watched: bool, as_json: bool) -> int:
    """Where two recordings part: first in their inputs, then in their states, field by field.

    With A alone: where the recording and this code part. Exit codes: 0 the same, 1 they differ.
    """
    if b is None:
        if is_watched:
            raise UsageError("--watch takes two recordings", "replay watch A: a click on the verdict leads to where it diverged")
        return _against_this_code(a, reference, as_json)
    if reference is not None:
        raise click.UsageError("--reference takes one recording")
    with naming(path_of(a)), Recording(a) as ours, naming(path_of(b)), Recording(b) as theirs:
        comparison = compare(ours, theirs, find_game(ours.header.game))
        rate = ours.header.ticks_per_second
    facts = {"a": a, "b": b, "same": comparison.is_same, **_plain(comparison)}
    emit(facts, as_json, lambda: _lines(comparison, (a, b), rate))
    if is_watched:
        _watch(a, b)
    return OK if comparison.is_same else FINDING


def _against_this_code(file: str, reference: str | None, as_json: bool) -> int:
    from replay.prove.batch import verify_one
    from replay.prove.reference import compare as compare_with

    verification = verify_one(file)
    tell(verification, None if reference is None else compare_with(verification, reference), as_json=as_json)
    return EXIT_CODES[verification.verdict]


def _watch(a: str, b: str) -> None:
    from replay.cli.watch import pair_screen
    from replay.watch.app import App
    from replay.watch.window import Window

    screen = pair_screen((a,), b)
    with Window("replay") as window:
        App(window).run(screen)


def _plain(comparison: Comparison) -> dict[str, Any]:
    data = dict(vars(comparison))
    data["facts"] = {name: [str(side) for side in pair] for name, pair in comparison.facts.items()}
    data["fields"] = [{"path": part.path, "a": part.recorded, "b": part.computed} for part in comparison.fields]
    data["inputs"] = [{"player": player, "a": jsonable(ours), "b": jsonable(theirs)} for player, ours, theirs in comparison.inputs]
    return data


def _lines(comparison: Comparison, files: tuple[str, str], rate: int) -> Iterator[str]:
    if comparison.is_same:
        yield f"the same match: {comparison.ticks[0]:,} ticks, every input and every state equal"
        return
    for name, pair in comparison.facts.items():
        yield f"{name:16} {escape(str(pair[0]))}  |  {escape(str(pair[1]))}"
    if comparison.ticks[0] != comparison.ticks[1]:
        yield f"{'ticks':16} {comparison.ticks[0]}  |  {comparison.ticks[1]}"
    if comparison.note:
        yield escape(comparison.note)
    if comparison.input_tick is None:
        yield "inputs           equal as far as both go"
    else:
        yield f"inputs           differ first at tick {comparison.input_tick}  {clock(comparison.input_tick, rate)}"
        for player, ours, theirs in comparison.inputs:
            yield f"  player {player}: {_input(ours)}  |  {_input(theirs)}"
    if comparison.state_tick is None:
        yield "states           equal as far as both go"
    else:
        yield f"states           differ first at tick {comparison.state_tick}  {clock(comparison.state_tick, rate)}"
        yield from field_lines(comparison.fields, ("a", "b"))
        for file in files:
            yield f"look: replay show {shell_word(file)} --at {comparison.state_tick}"
    if comparison.re_simulated:
        yield f"watch both: replay watch {shell_word(files[0])} --with {shell_word(files[1])}"


def _input(given: dict[str, Any]) -> str:
    return escape(" ".join(f"{name} {value}" for name, value in given.items())) or "nothing"


@click.command(
    cls=Command,
    examples=[
        "replay bisect match.replay --when 'players.2.health <= 0'",
        "replay bisect match.replay --when 'any(players.*.gold > 50) and tick > 600'",
        "replay bisect match.replay@30s --when 'sum(players.*.kills) == 3' --json",
    ],
    help=f"""The first tick at which something holds. FILE@TIME: the first one from there.

    {CONDITIONS}

    Every tick is looked at, so that what holds for one tick only is found. Exit codes: 0 found, 1 at no tick.
    """,
)
@click.argument("file", shell_complete=moments)
@click.option("--when", "expression", required=True, metavar="EXPRESSION", help="Over state fields; `replay show` lists them.")
@JSON
def bisect(file: str, expression: str, as_json: bool) -> int:
    with opened(file) as (recording, moment):
        game = find_game(recording.header.game)
        start = resolve(moment, recording, game) if moment else recording.start_tick
        playback = Playback(game, recording)
        tick = first_tick(playback, expression, start)
        last, path = recording.ticks, str(recording.path)
    time = None if tick is None else clock(tick, game.ticks_per_second)
    text = f"at no tick of {start}..{last}"
    if tick is not None:
        text = f"tick {tick}  {time}\nlook: replay show {shell_word(path)} --at {tick}"
    emit({"file": path, "when": expression, "tick": tick, "time": time}, as_json, lambda: text)
    return FINDING if tick is None else OK
