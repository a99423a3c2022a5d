"""`replay diff` and `replay bisect`: where two recordings part, and when something first came to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from replay.cli.common import FINDING, OK, Command, escape, naming, print_json
from replay.cli.inspect import JSON, opened
from replay.cli.verify import EXIT_CODES, tell
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.timecode import clock, resolve
from replay.core.verify import Verdict
from replay.prove.diff import Comparison, compare, first_tick
from replay.prove.report import field_lines, shell_word


@click.command(
    cls=Command,
    examples=[
        "replay diff before.replay after.replay",
        "replay diff match.replay",
        "replay diff match.replay --reference ../old/.venv/bin/python",
    ],
)
@click.argument("a")
@click.argument("b", required=False)
@click.option("--reference", metavar="PYTHON", help="Compare A's states with those that this other environment computes.")
@JSON
def diff(a: str, b: str | None, reference: str | None, as_json: bool) -> int:
    """Where two recordings part: first in their inputs, then in their states, field by field.

    With A alone: where the recording and this code part. Exit codes: 0 the same, 1 they differ.
    """
    if b is None:
        return _against_this_code(a, reference, as_json)
    if reference is not None:
        raise click.UsageError("--reference takes one recording")
    with naming(Path(a)), Recording(a) as ours, naming(Path(b)), Recording(b) as theirs:
        found = compare(ours, theirs, find_game(ours.header.game))
        rate = ours.header.ticks_per_second
    if as_json:
        print_json({"a": a, "b": b, "same": found.is_same, **_plain(found)})
    else:
        _show(found, a, b, rate)
    return OK if found.is_same else FINDING


def _against_this_code(file: str, reference: str | None, as_json: bool) -> int:
    from replay.prove.batch import verify_one
    from replay.prove.reference import compare as compare_with_reference

    found = verify_one(file)
    if reference is not None and found.verdict is Verdict.DIVERGED:
        compare_with_reference(found, reference)
    tell(found, 0, as_json)
    return EXIT_CODES[found.verdict]


def _plain(found: Comparison) -> dict[str, Any]:
    data = dict(vars(found))
    data["facts"] = {name: [str(side) for side in pair] for name, pair in found.facts.items()}
    data["fields"] = [{"path": part.path, "a": part.recorded, "b": part.computed} for part in found.fields]
    data["inputs"] = [{"player": player, "a": ours, "b": theirs} for player, ours, theirs in found.inputs]
    return data


def _show(found: Comparison, a: str, b: str, rate: int) -> None:
    if found.is_same:
        click.echo(f"the same match: {found.ticks[0]:,} ticks, every input and every state equal")
        return
    for name, pair in found.facts.items():
        click.echo(f"{name:16} {escape(str(pair[0]))}  |  {escape(str(pair[1]))}")
    if found.ticks[0] != found.ticks[1]:
        click.echo(f"{'ticks':16} {found.ticks[0]}  |  {found.ticks[1]}")
    if found.note:
        click.echo(escape(found.note))
    if found.input_tick is None:
        click.echo("inputs           equal as far as both go")
    else:
        click.echo(f"inputs           differ first at tick {found.input_tick}  {clock(found.input_tick, rate)}")
        for player, ours, theirs in found.inputs:
            click.echo(f"  player {player}: {_input(ours)}  |  {_input(theirs)}")
    if found.state_tick is None:
        click.echo("states           equal as far as both go")
        return
    click.echo(f"states           differ first at tick {found.state_tick}  {clock(found.state_tick, rate)}")
    for line in field_lines(found.fields, ("a", "b")):
        click.echo(line)
    for file in (a, b):
        click.echo(f"look: replay show {shell_word(file)} --at {found.state_tick}")


def _input(fields: dict[str, int] | None) -> str:
    return " ".join(f"{name} {value}" for name, value in (fields or {}).items())


@click.command(
    cls=Command,
    examples=[
        "replay bisect match.replay --when 'players.2.health <= 0'",
        "replay bisect match.replay --when 'any(players.*.gold > 50) and tick > 600'",
        "replay bisect match.replay@30s --when 'sum(players.*.kills) == 3' --json",
    ],
)
@click.argument("file")
@click.option("--when", "expression", required=True, metavar="EXPRESSION", help="Over state fields; `replay show` lists them.")
@JSON
def bisect(file: str, expression: str, as_json: bool) -> int:
    """The first tick at which something holds. FILE@TIME: the first one from there.

    \b
    fields      players.2.health, or players.*.health for all of them
    operators   < <= == != >= >  + - * // %  and or not ( )
    functions   any all sum min max count

    Every tick is looked at, so that what holds for one tick only is found. Exit codes: 0 found, 1 at no tick.
    """
    with opened(file) as (recording, moment):
        game = find_game(recording.header.game)
        start = resolve(moment, recording, game) if moment else 0
        playback = Playback(game, recording)
        tick = first_tick(playback, expression, start)
        path, rate = recording.path, game.ticks_per_second
    if as_json:
        print_json({"file": str(path), "when": expression, "tick": tick, "time": None if tick is None else clock(tick, rate)})
    elif tick is None:
        click.echo(f"at no tick of {start}..{recording.ticks}")
    else:
        click.echo(f"tick {tick}  {clock(tick, rate)}")
        click.echo(f"look: replay show {shell_word(str(path))} --at {tick}")
    return FINDING if tick is None else OK
