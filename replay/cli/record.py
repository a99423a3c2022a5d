"""`replay record`: a match of any game, played by a person in a program's own window, or by a machine that presses anything."""

from __future__ import annotations

import secrets
import shlex
import signal
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from replay.cli.common import FINDING, OK, Command, complain, escape, progress
from replay.cli.complete import games
from replay.cli.output import echo
from replay.core.errors import RulesError, UsageError
from replay.core.game import Game, abilities_of
from replay.core.installed import find_game, is_program, is_spec, load_game
from replay.core.names import SUFFIX
from replay.core.recorder import Recorder
from replay.core.records import Player
from replay.core.text import counted
from replay.games.pygame.program import PygameProgram
from replay.prove.conformance.lint import CAUSES, lint_source
from replay.prove.machine import machine_inputs
from replay.prove.report import shell_word
from replay.read.timecode import clock

_MOST_FINDINGS = 3


@click.command(
    cls=Command,
    examples=[
        "replay record rocks.py -o a.replay",
        "replay record -m pygame.examples.aliens --random 600 --seed 7 --headless -o a.replay",
        "replay record gymnasium:CartPole-v1 --random 500 -o pole.replay",
    ],
)
@click.argument("program", metavar="[PROGRAM]", required=False, shell_complete=games)
@click.argument("arguments", metavar="[-- ARGUMENTS]...", nargs=-1)
@click.option("-m", "module", metavar="MODULE", help="A pygame program by its module, as for python -m.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="The new recording; never overwritten.")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="Of all chance in it (default: any).")
@click.option(
    "--random", "ticks", type=click.IntRange(1), metavar="TICKS", help="A machine plays so many ticks: any keys, any inputs."
)
@click.option("--headless", is_flag=True, help="Without a window, which takes --random.")
@click.option("--player", "players", multiple=True, metavar="NAME", help="Repeat it for each one (default: as many as it needs).")
def record(
    program: str | None,
    arguments: tuple[str, ...],
    module: str | None,
    output: Path | None,
    seed: int | None,
    ticks: int | None,
    headless: bool,
    players: tuple[str, ...],
) -> int:
    """Record a pygame program as it is, not one line changed; or any other game, played by a machine.

    PROGRAM is a file that ends in .py, or a game: an installed one, MODULE:ATTR or PREFIX:NAME. A program runs in a process of its
    own, in the window that opens here; its sounds are silent, and files that it writes are not kept.
    Exit codes: 0 recorded, 1 the program raised.
    """
    game, words = _named(program, arguments, module)
    path = output or Path(f"{game.name.rpartition('.')[2]}_{datetime.now():%Y-%m-%d_%H%M%S}{SUFFIX}")
    default = abilities_of(game).default_config
    config = default() if default is not None else {}
    if words:
        config["arguments"] = shlex.join(words)
    is_shown = isinstance(game, PygameProgram) and not headless
    if ticks is None and not is_shown:
        raise UsageError("nobody can play it without a window", "a machine plays so many ticks: --random 600")
    if is_shown:
        from replay.games.pygame.window import pads_here

        config["pads"] = pads_here()
    seats = [Player(name, "human" if ticks is None else "bot") for name in players or _names(game)]
    seed = secrets.randbits(32) if seed is None else seed
    problem: RulesError | None = None
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what ends a job in CI keeps the recording, as Ctrl-C does
    with Recorder(path, game, seed=seed, players=seats, config=config) as recorder:
        try:
            _play(recorder, ticks, is_shown)
        except RulesError as error:
            problem = error
    return _told(recorder, f"pygame:{module}" if module else program or "", problem)


def _named(program: str | None, arguments: tuple[str, ...], module: str | None) -> tuple[Game, tuple[str, ...]]:
    """The game, and what its program is to be started with."""
    if module is not None:
        return PygameProgram(module, talks=True), arguments if program is None else (program, *arguments)
    if program is None:
        raise UsageError("which program?", "replay record rocks.py, or -m MODULE; see replay record --help")
    if is_program(program):
        return PygameProgram(program, talks=True), arguments
    if arguments:
        raise UsageError(f"{program} takes no arguments: {shlex.join(arguments)}", "they are for a program, FILE.py or -m MODULE")
    return load_game(program) if is_spec(program) else find_game(program), ()


def _names(game: Game) -> list[str]:
    """For as many players as the game says that it has, if it says a number."""
    count = getattr(game, "players", 1)
    return [f"player {number}" for number in range(1, count + 1)] if isinstance(count, int) and count > 1 else ["player"]


def _play(recorder: Recorder[Any], ticks: int | None, is_shown: bool) -> None:
    """To the end of the program, or so many ticks by a machine."""
    show: Callable[[], object] = int  # nothing
    with ExitStack() as stack:
        if is_shown:
            from replay.games.pygame.window import ProgramWindow

            window = stack.enter_context(closing(ProgramWindow(recorder)))
            show = window.show
            if ticks is None:
                window.run()
                return
        assert ticks is not None
        report = stack.enter_context(progress("recording"))
        for tick, (row, commands) in enumerate(machine_inputs(recorder, ticks)):
            recorder.step(row, commands)
            show()
            report(tick + 1, ticks)
            if getattr(recorder.match, "ended", None):
                break


def _risks(recorder: Recorder[Any]) -> list[str]:
    """What may come out differently the next time: as the match saw it, and as its source reads."""
    risks = list(getattr(recorder.match, "risks", list)())
    if isinstance(recorder.game, PygameProgram):
        source = recorder.game.source
        findings = lint_source(source.read_text("utf-8"), source, is_program=True)
        risks += [f"{source.name}:{each.line}: {each.message}; {CAUSES[each.rule]}" for each in findings[:_MOST_FINDINGS]]
    return risks


def _told(recorder: Recorder[Any], spec: str, error: RulesError | None) -> int:
    """Say what there is now, and what comes next. spec: as the game was named."""
    path, name = recorder.path, shell_word(str(recorder.path))
    game = f" --game {shell_word(spec)}" if is_spec(spec) else ""
    size, time = path.stat().st_size, clock(recorder.tick, recorder.game.ticks_per_second)
    echo(f"recorded  {escape(str(path))}: {counted(recorder.tick, 'tick')}, {time}, {size:,} bytes")
    for risk in _risks(recorder) if error is None else ():
        echo(f"risk      {escape(risk)}", err=True)
    if error is not None:
        complain("replay", str(error), "the recording holds what led there: replay verify makes it raise again")
    echo(f"next      replay verify {name}{game}\n          replay watch {name}{game}", err=True)
    return OK if error is None else FINDING
