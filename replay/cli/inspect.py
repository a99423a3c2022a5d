"""`replay info`, `show`, `cat`: what is in a recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import click
import numpy as np

from replay.cli.common import FINDING, OK, UNREADABLE, Command, complain, emit, escape, naming
from replay.cli.complete import moments, times
from replay.cli.facts import describe, fact_lines, space_lines
from replay.cli.textconv import recording_text
from replay.core.events import event_dicts
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.url import path_of
from replay.read.paths import rows_of
from replay.read.space import space_of
from replay.read.story import tell_fields
from replay.read.timecode import clock, resolve, split_moment

TIME = "1204 (tick), 20.07s, 1:20.5, 50%, start, end-5s, @marker, death:3, v:100 (after input event 100)"
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object, or one per line.")


@contextmanager
def opened(argument: str) -> Iterator[tuple[Recording, str | None]]:
    """The recording that FILE or FILE@TIME names, and TIME. What is wrong with its end goes to stderr."""
    file, moment = split_moment(argument)
    path = path_of(file)
    with naming(path), Recording(path) as recording:
        if recording.damage is not None:
            complain("replay", f"{path}: {recording.damage}", recording.damage.hint)
        yield recording, moment


@click.command(
    cls=Command,
    examples=[
        "replay info match.replay",
        "replay info --json match.replay",
        "replay info --space match.replay    # what the bytes are",
        "replay info --text match.replay     # what git diff compares",
    ],
)
@click.argument("file", shell_complete=moments)
@click.option("--text", "as_text", is_flag=True, help="For git diff: a line a second, too; exit code 0 whatever the file is.")
@click.option("--space", "as_space", is_flag=True, help="What the bytes are: truth, or what can be computed again from it.")
@JSON
def info(file: str, as_text: bool, as_space: bool, as_json: bool) -> int:
    """What a recording holds: game, players, length, result.

    Reads the file only; whether the claimed result is true, `replay verify` tells. With `*.replay binary diff=replay` in
    .gitattributes, git diff shows how recordings differ, after

    \b
    git config diff.replay.textconv "replay info --text"
    """
    if as_text:
        emit(None, False, lambda: recording_text(path_of(file)))
        return OK
    with opened(file) as (recording, _):
        if as_space:
            parts = space_of(recording)
            emit({part.name: part.bytes for part in parts}, as_json, partial(space_lines, parts))
        else:
            facts = describe(recording)
            emit(facts, as_json, partial(fact_lines, facts, recording.header.ticks_per_second))
        return OK if recording.damage is None else UNREADABLE


@click.command(
    cls=Command,
    examples=[
        "replay show match.replay --at 20s",
        "replay show match.replay@death:3 --image x.png",
        "replay show match.replay --at v:100 --json",
    ],
)
@click.argument("file", shell_complete=moments)
@click.option("--at", "moment", metavar="TIME", shell_complete=times, help=f"{TIME}. Default: end.")
@click.option("--image", metavar="OUT.png", help="Draw the moment into this picture instead; needs no display.")
@click.option("--size", default="1280x720", show_default=True, metavar="WxH", help="Size of the picture.")
@click.option("--force", is_flag=True, help="Write over a picture.")
@JSON
def show(file: str, moment: str | None, image: str | None, size: str, force: bool, as_json: bool) -> int:
    """The state at one moment, by field names, or as a picture.

    Fields that are zero are left out, but not with --json.
    """
    if image is not None:
        from replay.cli.watch import draw_one

        return draw_one(file, moment, image, size, force)
    with opened(file) as (recording, named):
        game = find_game(recording.header.game)
        tick = resolve(moment or named or "end", recording, game)
        playback = Playback(game, recording)
        playback.seek(tick)
        saved, version = playback.simulation.save(), recording.version_at(tick)
        state = playback.simulation.record(saved)
        fields = plain(state) if state is not None else saved
        shown = {"file": str(recording.path), "tick": tick, "version": version, "state": fields}
        emit(shown, as_json, partial(_state_lines, playback, version, state, saved))
        return doubted(playback)


def _state_lines(playback: Playback[Any], version: int, state: Any, saved: bytes | None) -> Iterator[str]:
    game = playback.game
    yield f"tick {playback.tick}  {clock(playback.tick, game.ticks_per_second)}  version {version}"
    if saved is None:
        yield f"{game.name} does not save its state; that it is the recorded one was proved"
    elif state is None:
        yield f"{game.name} names no fields; its state has {len(saved):,} bytes"
    else:
        yield from path_lines(state) if isinstance(state, dict) else field_lines(state)


def path_lines(fields: dict[str, Any]) -> Iterator[str]:
    """The fields that are not zero, by their paths: an object is one line, as is a list or an array of values."""
    for owner, cells in rows_of(fields).items():
        if any(value for _, value in cells):
            texts = (f"{label} {value}".lstrip() for label, value in cells if value or not label)
            yield escape(f"{owner:14}{'  '.join(texts)}")


def doubted(playback: Playback[Any]) -> int:
    """Says on stderr what the file contradicts of what was shown; the exit code."""
    path = playback.recording.path
    if playback.divergence is not None:
        complain("replay", f"{path}: differs from the recording since tick {playback.divergence}", f"see replay verify {path}")
        return FINDING
    if playback.warning:
        complain("replay", f"{path}: {playback.warning}")
    return OK


def plain(value: Any) -> Any:
    """A record as dicts, lists and numbers."""
    if isinstance(value, dict):
        return value
    if value.shape:
        return [plain(item) for item in value]
    if value.dtype.names:
        return {name: plain(value[name]) for name in value.dtype.names}
    return value.item()


def field_lines(value: Any, path: str = "") -> Iterator[str]:
    """The fields that are not zero. An array of numbers is one line, a record in an array one line with all its fields."""
    if not any(bytes(value.tobytes())):
        return
    if value.dtype.names and not value.shape:
        flat = {name: value[name] for name in value.dtype.names if not value[name].dtype.names}
        if path:
            texts = (f"{name} {_number(item)}" for name, item in flat.items() if any(item.tobytes()))
            yield f"{path:14}{'  '.join(texts)}"
        for name in value.dtype.names:
            if not path or name not in flat:
                yield from field_lines(value[name], f"{path}.{name}" if path else name)
    elif value.dtype.names:
        for index in np.ndindex(value.shape):
            yield from field_lines(value[index], f"{path}[{','.join(map(str, index))}]")
    else:
        yield f"{path:14}{_number(value)}"


def _number(value: Any) -> str:
    return " ".join(map(str, value.ravel().tolist())) if value.shape else str(value.item())


@click.command(
    cls=Command,
    examples=["replay cat match.replay | head", "replay cat --inputs match.replay", "replay cat --json match.replay | grep death"],
)
@click.argument("file", shell_complete=moments)
@click.option("--events/--inputs", "derived", default=True, help="The events that follow (default), or the recorded input events.")
@JSON
def cat(file: str, derived: bool, as_json: bool) -> int:
    """The input events, or the events that follow from them, a line each: time, tick, kind, and all fields by name.

    An input event has the stream's version before it: `replay show FILE@v:N` is the state right after it. Players are named; -1 is
    nobody. For programs there is --json, which has seats.
    """
    with opened(file) as (recording, moment):
        game = find_game(recording.header.game) if derived else None
        start = resolve(moment or "start", recording, game)
        rate, names = recording.header.ticks_per_second, [player.name for player in recording.header.players]
        playback = Playback(game, recording) if game is not None else None
        for fields in _inputs(recording, start) if playback is None else _events(playback, start):
            emit(fields, as_json, partial(_field_line, fields, names, rate))
        doubt = doubted(playback) if playback is not None else OK
        return doubt if recording.damage is None else UNREADABLE


def _field_line(fields: dict[str, Any], names: list[str], ticks_per_second: int) -> str:
    version = f"{fields.pop('version'):>8}  " if "version" in fields else ""
    return f"{version}{clock(fields['tick'], ticks_per_second)} {fields['tick']:>8}  {fields_text(fields, names)}"


def fields_text(fields: dict[str, Any], names: Sequence[str]) -> str:
    """An event or an input for one line: its kind, in a column, and all fields but the tick; players by their names."""
    kind = f"{fields['kind']:<10}" if "kind" in fields else ""
    text = "".join(part.text for part in tell_fields(fields, names))
    return escape(f"{kind}{text}" if kind else text.removeprefix("  "))


def _events(playback: Playback[Any], start: int) -> Iterator[dict[str, Any]]:
    playback.seek(start)
    while not playback.at_end:
        yield from event_dicts(playback.game, playback.step(playback.game.ticks_per_second))


def _inputs(recording: Recording, start: int) -> Iterator[dict[str, Any]]:
    """The input events from a tick on, each with the version of the stream that it makes."""
    for version, (tick, player, data) in enumerate(recording.input_events(start), recording.version_at(start) + 1):
        values = plain(data) if isinstance(data, np.void) else {"command": data}
        yield {"version": version, "tick": tick, "player": player, **values}
