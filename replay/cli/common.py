"""What all commands share: exit codes, messages, arguments, progress."""

from __future__ import annotations

import errno
import glob
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from replay.cli.output import colours, echo, is_dumb, stdout_for_data
from replay.core.errors import FormatError, MachineError, ReplayError, UnverifiableError, UsageError
from replay.core.extras import missing
from replay.core.names import recordings_below
from replay.core.paths import told
from replay.core.text import escape as escape
from replay.core.url import Url, path_of
from replay.prove.jsonable import jsonable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

OK, FINDING, USAGE, UNREADABLE, UNVERIFIABLE, NOTHING, ENVIRONMENT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130
_MACHINE_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EIO}
_PROGRESS_AFTER_SECONDS = 1.0


class NothingToDo(click.ClickException):
    exit_code = NOTHING


class Command(click.Command):
    """A command whose help ends with worked examples, and which takes `--game`."""

    def __init__(self, *args: Any, examples: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        if not isinstance(self, click.Group):
            help_text = "Rules to use beside the installed ones: MODULE:ATTR, from the current folder, FILE.py or PREFIX:NAME."
            self.params.append(
                click.Option(
                    ["--game", "named_game"],
                    metavar="GAME",
                    expose_value=False,
                    is_eager=True,
                    callback=_use,
                    help=help_text,
                    shell_complete=_games,
                )
            )

    def invoke(self, ctx: click.Context) -> Any:
        if isinstance(self, click.Group):  # it parses the rest, and may print a help
            return super().invoke(ctx)
        with stdout_for_data():
            return super().invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


def _games(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
    from replay.cli.complete import games

    return games(ctx, param, incomplete)


def _use(ctx: click.Context, option: click.Parameter, spec: str | None) -> None:
    """Name a game for this command and its child processes. A recording never does."""
    if spec is None:
        return
    from replay.core.installed import VARIABLE, is_program, is_spec

    if not is_spec(spec):
        raise click.BadParameter(f"{spec!r} is not MODULE:ATTR, like mygame.rules:GAME, nor FILE.py", ctx, option)
    spec = str(Path(spec).absolute()) if is_program(spec) and Path(spec).is_file() else spec  # child processes stand elsewhere
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = spec

    def restore() -> None:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before

    ctx.call_on_close(restore)


class LazyGroup(Command, click.Group):
    """Commands that are imported when they are called. `table`: name -> (module in `package`, attribute, one line of help)."""

    def __init__(self, *args: Any, table: dict[str, tuple[str, str, str]], package: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        self.package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.table:
            return None
        module, attribute, _ = self.table[name]
        command: click.Command = getattr(import_module(module, self.package), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in self.table.items()])


def run(command: click.Command, program: str) -> int:
    """Run a command line and return its exit code. What went wrong is said on stderr, in at most three lines."""
    if os.environ.get(f"_{program.upper()}_COMPLETE"):
        from replay.cli.complete import register

        register()
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    try:
        result = command.main(prog_name=program, standalone_mode=False, color=colours())
        return result if isinstance(result, int) else OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain(program, "interrupted")
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        echo(error.format_message(), err=True)
        return USAGE
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else program
        complain(program, error.format_message(), f"see {where} --help")
        return USAGE
    except click.ClickException as error:
        complain(program, error.format_message())
        return error.exit_code
    except ReplayError as error:
        complain(program, str(error), error.hint)
        return exit_code(error)
    except ImportError as error:
        if (lacking := missing(error)) is None:
            raise
        complain(program, str(lacking), lacking.hint)
        return ENVIRONMENT
    except SystemExit:  # click's answer to a pipe that was closed: `| head` has seen enough. That of rules is a RulesError
        return OK
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        complain(program, *told(error))
        return ENVIRONMENT if error.errno in _MACHINE_ERRNOS else UNREADABLE
    except MemoryError:
        complain(program, "not enough memory")
        return ENVIRONMENT


def exit_code(error: ReplayError) -> int:
    if isinstance(error, UsageError):
        return USAGE
    if isinstance(error, UnverifiableError):
        return UNVERIFIABLE
    if isinstance(error, MachineError):
        return ENVIRONMENT
    return UNREADABLE if isinstance(error, FormatError) else FINDING


def complain(program: str, message: str, hint: str = "") -> None:
    echo(f"{program}: {escape(message)}", err=True)
    if hint:
        echo(f"{'':8}{escape(hint)}", err=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Errors raised inside say which file they are about."""
    try:
        yield
    except ReplayError as error:
        if str(error).startswith(str(path)) or isinstance(error, UsageError):
            raise
        error.args = (f"{path}: {error}",)  # the same error: some take other arguments
        raise


def recordings(arguments: tuple[str, ...]) -> list[Path]:
    """The files that paths, folders and globs name, in order and once each. Raises NothingToDo if there are none."""
    files: dict[Path, None] = {}
    for argument in arguments:
        path = path_of(argument)
        if path.is_dir():
            files.update(dict.fromkeys(recordings_below(path)))
        elif not isinstance(path, Url) and not path.exists() and glob.has_magic(argument):
            files.update(dict.fromkeys(map(Path, sorted(glob.glob(argument, recursive=True)))))
        else:
            files[path] = None
    if not files:
        raise NothingToDo(f"no recordings in {', '.join(arguments)}")
    return list(files)


def print_json(value: Any) -> None:
    """`value` on a line; bytes as hexadecimal digits, numbers that JSON does not know (inf, nan) as text."""
    try:
        text = json.dumps(value, ensure_ascii=True, separators=(", ", ": "), allow_nan=False, default=jsonable)
    except ValueError:  # numbers that JSON does not know
        text = json.dumps(jsonable(value), ensure_ascii=True, separators=(", ", ": "))
    echo(text)


def emit(value: Any, as_json: bool, lines: Callable[[], str | Iterable[str]], *, err: bool = False) -> None:
    """One result: `value` as a JSON object on stdout, or `lines()`, which is not called for JSON, as text; `err`: on stderr."""
    if as_json:
        print_json(value)
        return
    text = lines()
    for line in [text] if isinstance(text, str) else text:
        echo(line, err=err)


def draw_tick(recording: Path, picture: Path, tick: int) -> None:
    """Draw a tick, as computed here, over an older picture. Raises ImportError, ReplayError or OSError where it cannot."""
    from replay.watch.export import export

    export(recording, picture, start=str(tick), size=(1280, 720), force=True)


def refused_under_ci(what: str) -> None:
    """Raises UsageError under CI."""
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        raise UsageError(f"{what} is refused under CI: golden recordings change only where someone looks at them")


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGTERM, with which CI ends a job that takes too long, ends what is inside as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def progress(title: str) -> Iterator[Any]:
    """Gives a function `(done, total, unit)`. On a terminal it shows rate and time left, once the work has taken a second."""
    start, bar, task = time.monotonic(), None, None

    def report(done: int, total: int, unit: str = "ticks") -> None:
        nonlocal bar, task
        if bar is None:
            if time.monotonic() - start < _PROGRESS_AFTER_SECONDS or not sys.stderr.isatty() or is_dumb():
                return
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
            bar = Progress(*columns, console=Console(stderr=True), transient=True)
            bar.start()
            task = bar.add_task(escape(title), total=total, rate="")
        rate = done / (time.monotonic() - start)
        bar.update(task, completed=done, total=total, rate=f"{rate:,.0f} {unit}/s")

    try:
        yield report
    finally:
        if bar is not None:
            bar.stop()
