"""`replay clip`, `strip`, `pack`, `mark`: new recordings from old ones, and names for moments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from replay.cli.common import OK, Command, emit, escape, naming
from replay.cli.complete import moments, times
from replay.cli.inspect import JSON, TIME, opened
from replay.cli.output import echo
from replay.core.errors import ReplayError, UsageError
from replay.core.installed import find_game
from replay.core.plain import MAX_TEXT
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.records import Marker
from replay.find.edit import clip as clip_recording
from replay.find.edit import pack as pack_recording
from replay.find.edit import strip as strip_recording
from replay.read.markers import append_marker
from replay.read.projection import highlights
from replay.read.timecode import clock, resolve

OUTPUT = click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="New file; never an existing one.")


@click.command(
    cls=Command,
    examples=[
        "replay clip match.replay --from 1:20 --to 1:32 -o triple.replay",
        "replay clip match.replay@death:3 --to end -o last.replay",
        "replay clip match.replay --from @ace --to 50% --whole -o ace.replay",
    ],
)
@click.argument("file", shell_complete=moments)
@click.option(
    "--from",
    "start",
    metavar="TIME",
    shell_complete=times,
    help=f"Where the clip begins: {TIME}. Default: the TIME of FILE@TIME, or start.",
)
@click.option("--to", "stop", metavar="TIME", shell_complete=times, default="end", show_default=True, help="Where the clip ends.")
@click.option("--whole", is_flag=True, help="Keep all inputs before --from: larger, and verified from the seed.")
@OUTPUT
def clip(file: str, start: str | None, stop: str, whole: bool, output: Path) -> int:
    """Cut out a moment: the inputs from --from to --to, the markers, and the state that they begin with.

    The clip is verified from that state on; `replay verify --parent FULL` proves that it is one of the match. With --whole it is
    verified from the seed, and a viewer begins at --from.
    """
    with opened(file) as (recording, moment), _compared(recording, output):
        first, last = resolve(start or moment or "start", recording), resolve(stop, recording)
        clip_recording(recording, output, first, last, whole=whole)
    return OK


@click.command(
    cls=Command,
    examples=[
        "replay strip match.replay -o small.replay",
        "replay strip match.replay -o small.replay && replay verify small.replay",
        "replay pack small.replay -o whole.replay",
    ],
)
@click.argument("file", shell_complete=moments)
@OUTPUT
def strip(file: str, output: Path) -> int:
    """Leave out all that can be computed again: snapshots but one that it begins with, and hashes but the last.

    The same match, to the library too. `replay pack` computes it again.
    """
    with opened(file) as (recording, _), _compared(recording, output):
        strip_recording(recording, output)
    return OK


@click.command(
    cls=Command,
    examples=[
        "replay pack match.replay -o archive.replay",
        "replay pack stripped.replay -o whole.replay",
        "replay pack cut.replay -o sealed.replay",
    ],
)
@click.argument("file", shell_complete=moments)
@OUTPUT
def pack(file: str, output: Path) -> int:
    """Verify, then compute snapshots and hashes anew and compress as well as the format can.

    The same match, to the library too. A recording that was cut off comes out sealed, with the ticks that are whole; one of
    format 1 comes out in format 2, its events proved.
    """
    with opened(file) as (recording, _), _compared(recording, output):
        pack_recording(recording, output)
        if not recording.header.proves_events:
            echo(f"{escape(recording.path.name)} was of format 1: its events were not proved; now they are")
    return OK


@contextmanager
def _compared(source: Recording, output: Path) -> Iterator[None]:
    """Afterwards the size of the new file is compared with that of the old one."""
    yield
    before, after = source.path.stat().st_size, output.stat().st_size
    share = f"{after / before:.0%}" if after * 10 > before else f"{after / before:.1%}"
    echo(f"{escape(str(output))}  {after:,} bytes, {share} of {escape(source.path.name)}")


@click.command(
    cls=Command,
    examples=[
        'replay mark match.replay --at 1:20.5 "what a shot"',
        "replay mark match.replay --auto",
        "replay mark match.replay --list",
    ],
)
@click.argument("file", shell_complete=moments)
@click.argument("text", required=False)
@click.option("--at", "moment", metavar="TIME", shell_complete=times, help=f"{TIME}.")
@click.option("--auto", is_flag=True, help="Mark the highlights that the game finds.")
@click.option("--list", "listed", is_flag=True, help="List the markers.")
@JSON
def mark(file: str, text: str | None, moment: str | None, auto: bool, listed: bool, as_json: bool) -> int:
    """Name a moment; markers are appended to the file, and nothing else in it changes."""
    with opened(file) as (recording, named):
        moment = moment or named
        if sum((text is not None, auto, listed)) != 1:
            raise click.UsageError("give a TEXT, or --auto, or --list")
        if text is not None and moment is None:
            raise click.UsageError("give --at TIME, or FILE@TIME")
        if listed:
            marks = sorted(recording.markers, key=lambda marker: marker.tick)
        elif auto:
            marks = _highlights(recording)
        else:
            marks = [Marker(resolve(moment or "start", recording), text or "")]
        rate = recording.header.ticks_per_second
    for marker in marks:
        if not listed:
            with naming(recording.path):
                _append(recording.path, marker)
        emit({"tick": marker.tick, "text": marker.text}, as_json, partial(_line, marker, rate))
    return OK


def _append(path: Path, marker: Marker) -> None:
    try:
        append_marker(path, marker.tick, marker.text)
    except BlockingIOError:
        raise UsageError(f"{path} is being recorded, or marked by somebody else", "mark it when that has ended") from None


def _line(marker: Marker, ticks_per_second: int) -> str:
    return f"{clock(marker.tick, ticks_per_second)}  tick {marker.tick}  {escape(marker.text)}"


def _highlights(recording: Recording) -> list[Marker]:
    """The highlights that are not markers yet: the rows of the game's first table with a title and a tick in each.

    Raises UsageError if the game has no such projection.
    """
    game = find_game(recording.header.game)
    playback = Playback(game, recording, use_snapshots=False)
    table = highlights(playback)
    if table is None or not (table.tick and table.title):
        raise UsageError(f"{game.name} has no projection that finds highlights", "mark one yourself: --at TIME TEXT")
    if playback.divergence is not None:
        raise ReplayError(f"differs from the recording since tick {playback.divergence}", "see replay verify")
    markers = [Marker(row[table.tick], row[table.title][:MAX_TEXT]) for row in table.rows]
    return [marker for marker in markers if marker not in recording.markers]
