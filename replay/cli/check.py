"""`replay check` and `replay lint`: is a game deterministic, by running it and by reading it?"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from replay.cli.common import FINDING, OK, Command, emit, escape, naming
from replay.cli.complete import games, recordings
from replay.cli.inspect import JSON
from replay.cli.output import echo
from replay.core.errors import UsageError
from replay.core.game import Game, abilities_of
from replay.core.installed import find_game, is_spec, load_game, named_here
from replay.core.recording import Recording
from replay.core.text import counted
from replay.prove.conformance import STALL_SECONDS, TICKS, check_game
from replay.prove.conformance.lint import CAUSES, files_of, lint_files
from replay.prove.conformance.promises import CHECKS, Conformance

COLOURS = {"ok": "green", "FAILED": "red", "skipped": "yellow", "note": "yellow", "untried": "cyan"}


@click.command(
    cls=Command,
    examples=[
        "replay check arena",
        "replay check my_game.rules:GAME --ticks 200 --players 4",
        "replay check arena --inputs recordings/duel.replay --json",
    ],
)
@click.argument("game", required=False, shell_complete=games)
@click.option("--ticks", type=click.IntRange(2), default=TICKS, show_default=True, help="Length of the match that is run.")
@click.option("--players", type=click.IntRange(1, 64), help="Default: as many as the game takes.")
@click.option("--seed", type=click.IntRange(0, 2**64 - 2), default=1, show_default=True)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting of the match; may be given several times.")
@click.option("--inputs", metavar="FILE", shell_complete=recordings, help="Use inputs, players, seed and settings of a recording.")
@click.option("--stall-seconds", type=click.FloatRange(0.01), default=STALL_SECONDS, show_default=True)
@click.option(
    "--search",
    "search_lines",
    type=click.IntRange(0),
    metavar="LINES",
    help="How many lines of the rules the search for other inputs may run. [default: 1000 for each tick]",
)
@click.option("--only", "checks", multiple=True, metavar="CHECK", help="This check alone; may be given several times.")
@JSON
def check(
    game: str | None,
    ticks: int,
    players: int | None,
    seed: int,
    settings: tuple[str, ...],
    inputs: str | None,
    stall_seconds: float,
    search_lines: int | None,
    checks: tuple[str, ...],
    as_json: bool,
) -> int:
    """Hold every promise of a deterministic game against it, by running it in many ways, and say what was not tried.

    GAME is an installed game, or MODULE:ATTRIBUTE; by default what --game or the project one stands in names. Exit codes: 0 all
    hold, 1 one is broken.
    """
    rules = _rules(game)
    config: dict[str, int | str] | None = None
    rows, commands = None, []
    if inputs is not None:
        with naming(Path(inputs)), Recording(inputs) as recording:
            first = recording.start_tick
            rows = recording.inputs(first, min(first + ticks, recording.ticks))
            commands = [(tick - first, *said) for tick, *said in recording.commands(first, first + ticks)]
            seed, config = recording.header.seed, recording.header.config
    if settings:
        config = {**(config if config is not None else _default_config(rules)), **setting_pairs(settings)}
    report = check_game(
        rules,
        rows,
        ticks,
        commands=commands,
        players=players,
        seed=seed,
        config=config,
        stall_seconds=stall_seconds,
        search_lines=search_lines,
        checks=checks or tuple(CHECKS),
    )
    emit(_plain(report), as_json, lambda: map(_coloured, report.lines()))
    return OK if report.is_ok else FINDING


def _rules(game: str | None) -> Game:
    """Raises UsageError if nothing, or more than one thing, is named."""
    if game is None:
        named = named_here()
        if len(named) != 1:
            several = f"; the project here names {', '.join(named)}" if named else ""
            raise UsageError(
                f"which game?{several}", "replay check GAME, an installed one, MODULE:ATTR or FILE.py; see replay check --help"
            )
        game = named[0]
    return load_game(game) if ":" in game or is_spec(game) else find_game(game)


def _default_config(game: Game) -> dict[str, int | str]:
    default = abilities_of(game).default_config
    return {} if default is None else default()


def setting_pairs(settings: tuple[str, ...]) -> dict[str, int | str]:
    """`KEY=VALUE` texts as a config; a value that is a whole number becomes one."""
    pairs: dict[str, int | str] = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"{text!r} is not KEY=VALUE")
        pairs[key] = int(value) if value.removeprefix("-").isdecimal() else value
    return pairs


def _coloured(line: str) -> str:
    word = line.split(" ", 1)[0]
    return click.style(word, fg=COLOURS.get(word), bold=word in COLOURS) + escape(line[len(word) :])


def _plain(report: Conformance) -> dict[str, Any]:
    data = dict(vars(report))
    data["findings"] = [
        {**vars(finding), "promise": CHECKS[finding.check][0], "cause": finding.cause} for finding in report.findings
    ]
    data["not_tried"] = [missing._asdict() for missing in report.not_tried]
    return {"ok": report.is_ok, **data}


@click.command(
    cls=Command,
    examples=["replay lint arena", "replay lint my_game/rules.py", "replay lint --program rocks.py"],
)
@click.argument("targets", metavar="PACKAGE...", nargs=-1, required=True)
@click.option("--program", "is_program", is_flag=True, help="An unmodified pygame program: its clocks and inputs are recorded.")
@click.option("--whole-numbers", is_flag=True, help="Name every number that is not whole, too.")
@JSON
def lint(targets: tuple[str, ...], is_program: bool, whole_numbers: bool, as_json: bool) -> int:
    """What in the source of rules breaks replays: state that outlives the match, clocks, inputs, randomness, the order of sets,
    rounding. Nothing is imported or run.

    PACKAGE is an installed game (its module and what that imports of its package), a module, a package, a file or a folder.
    A comment `# replay: allow NAME` silences a rule for its line; on a line of its own, for the file.
    Exit codes: 0 nothing found, 1 findings.
    """
    files = dict.fromkeys(file for target in targets for file in files_of(target))
    findings = lint_files(files, is_program=is_program, whole_numbers=whole_numbers)
    for finding in findings:
        facts = {**vars(finding), "path": str(finding.path), "cause": CAUSES[finding.rule]}
        emit(facts, as_json, partial(escape, str(finding)))
    echo(f"{counted(len(files), 'file')}, {counted(len(findings), 'finding')}", err=True)
    return FINDING if findings else OK
