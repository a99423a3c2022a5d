"""Where the output of a command goes, in colours or not, how wide. The one place that asks the environment and the terminal.

Standard output holds nothing but data: whatever else is printed while a command runs, by a game that is loaded or by a library that
it brings, goes to stderr.

    NO_COLOR                        no colours
    FORCE_COLOR, CLICOLOR_FORCE     colours, also into a file; 0 says nothing
    TERM=dumb, CLICOLOR=0           no colours; on a dumb terminal no progress bar either
    COLUMNS                         how wide a line may be
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import TextIOWrapper
    from typing import TextIO

_STDOUT, _STDERR = 1, 2
_data: TextIO | None = None  # where data goes while `sys.stdout` is everybody else's


def data() -> TextIO:
    """The stream for data."""
    return sys.stdout if _data is None else _data


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """A line of data; `err`: of talk, on stderr."""
    import click

    click.echo(text, file=None if err else data(), err=err, nl=nl)


@contextmanager
def stdout_for_data() -> Iterator[None]:
    """Inside, only `data()` is standard output. What is printed, or written to its descriptor from C, goes to stderr."""
    global _data
    if _data is not None or sys.stdout is None or sys.stderr is None:
        yield
        return
    stdout, descriptor = sys.stdout, _moved()
    _data = stdout if descriptor is None else _stream_like(stdout, descriptor)
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        own, _data, sys.stdout = _data, None, stdout
        if descriptor is not None:
            try:
                own.close()
            finally:
                os.dup2(descriptor, _STDOUT)
                os.close(descriptor)


def _moved() -> int | None:
    """Points the descriptor of standard output to stderr, and gives a new one for what it was. None where `sys.stdout` is
    something else (a test's), or there is no stderr."""
    try:
        if sys.stdout.fileno() != _STDOUT:
            return None
        sys.stdout.flush()
        descriptor = os.dup(_STDOUT)
    except (OSError, ValueError):
        return None
    try:
        os.dup2(_STDERR, _STDOUT)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _stream_like(stream: TextIO, descriptor: int) -> TextIOWrapper:
    from io import TextIOWrapper

    return TextIOWrapper(
        open(descriptor, "wb", closefd=False),
        encoding=stream.encoding,
        errors="backslashreplace" if stream.errors == "strict" else stream.errors,  # a name in another script is no reason to end
        line_buffering=stream.isatty(),
        write_through=bool(getattr(stream, "write_through", False)),
    )


def colours() -> bool | None:
    """Whether to colour, if the environment says so; None: where the stream is a terminal."""
    said = os.environ.get
    if said("NO_COLOR"):
        return False
    if any(said(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return False if is_dumb() or said("CLICOLOR") == "0" else None


def is_dumb() -> bool:
    """Whether the terminal cannot move its cursor."""
    return os.environ.get("TERM") == "dumb"


def columns() -> int | None:
    """How wide a line of data may be; None: as wide as it wants, because it goes into a file or a pipe."""
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    try:
        return os.get_terminal_size(data().fileno()).columns or None
    except (OSError, ValueError):
        return None
