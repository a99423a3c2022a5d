"""Naming a moment of a recording: `1204` (tick), `20.07s`, `1:20.5`, `50%`, `start`, `end-5s`, `@marker`, `death:3` (an event), and
`v:100`, the first state that contains input event 100. Ticks and times count from tick 0, also where a recording begins later."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from replay.core.errors import UsageError
from replay.core.events import kind_value, of_kinds
from replay.core.game import Game, abilities_of
from replay.core.installed import find_game
from replay.core.names import SUFFIX
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.url import is_url

_DURATION = re.compile(
    r"(?:(?P<ticks>\d+)|(?P<seconds>\d+(?:\.\d+)?)s|(?:(?P<h>\d+):)?(?P<m>\d+):(?P<s>\d+(?:\.\d+)?))\Z", re.ASCII
)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%\Z", re.ASCII)
_EVENT = re.compile(r"([A-Za-z_]+):(\d+)(?:([+-])(.+))?\Z", re.ASCII)
GRAMMAR = (
    "TIME is a tick (1204), 20.07s, 1:20.5, 50%, start, end, end-5s, @marker, an event (death:3, death:3-2s) or a version (v:100)"
)


def clock(tick: int, ticks_per_second: int) -> str:
    """`01:20.50`, with hours only where there are any."""
    hundredths = (tick * 100 + ticks_per_second // 2) // ticks_per_second
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}:" if hours else "") + f"{minutes:02}:{rest // 100:02}.{rest % 100:02}"


def split_moment(argument: str) -> tuple[str, str | None]:
    """`FILE@TIME` as (FILE, TIME); TIME is None if there is none. A file whose name has an `@` in it is still found."""
    if not is_url(argument) and Path(argument).exists():
        return argument, None
    place = argument.lower().find(f"{SUFFIX}@")
    at = place + len(SUFFIX) if place >= 0 else argument.find("@")
    return (argument[:at], argument[at + 1 :]) if at >= 0 else (argument, None)


def resolve(text: str, recording: Recording, game: Game | None = None) -> int:
    """The tick that TIME names in this recording, start_tick..ticks. Raises UsageError if it is none, or lies outside.

    game: the rules to find events with; by default the installed game that the recording names.
    """
    tick = _resolve(text.strip(), recording, game)
    first, last, rate = recording.start_tick, recording.ticks, recording.header.ticks_per_second
    if tick > last or tick < 0:
        raise UsageError(f"{text!r} is tick {tick}; {recording.path.name} ends at tick {last} ({clock(last, rate)})", GRAMMAR)
    if tick < first:
        raise UsageError(f"{text!r} is tick {tick}; {recording.path.name} begins at tick {first} ({clock(first, rate)})", GRAMMAR)
    return tick


def _resolve(text: str, recording: Recording, game: Game | None) -> int:
    rate = recording.header.ticks_per_second
    if text.startswith("@"):
        return _marker_tick(text[1:], recording)
    if text == "end":
        return recording.ticks
    if text.startswith("end-"):
        return recording.ticks - _ticks(text[4:], rate)
    if text == "start":
        return recording.start_tick
    if text.startswith("start+"):
        return recording.start_tick + _ticks(text[6:], rate)
    if match := _PERCENT.match(text):
        return recording.start_tick + round((recording.ticks - recording.start_tick) * min(float(match[1]), 1e6) / 100)
    if match := _EVENT.match(text):
        offset = _ticks(match[4], rate) * (-1 if match[3] == "-" else 1) if match[3] else 0
        return max(recording.start_tick, _counted_tick(match[1], match[2], recording, game) + offset)
    return _ticks(text, rate)


def _counted_tick(kind: str, number: str, recording: Recording, game: Game | None) -> int:
    if len(number) > 18:
        raise UsageError(f"no {kind}:{number}", GRAMMAR)
    if kind == "v":
        return recording.tick_of_version(int(number))
    return _event_tick(kind, int(number), recording, game or find_game(recording.header.game))


def _ticks(text: str, rate: int) -> int:
    match = _DURATION.match(text) if len(text) <= 20 else None
    if match is None:
        raise UsageError(f"{text!r} is not a time", GRAMMAR)
    if match["ticks"]:
        return int(match["ticks"])
    if match["seconds"]:
        return round(float(match["seconds"]) * rate)
    return round((int(match["h"] or 0) * 3600 + int(match["m"]) * 60 + float(match["s"])) * rate)


def _marker_tick(name: str, recording: Recording) -> int:
    for marker in recording.markers:
        if marker.text == name:
            return marker.tick
    known = ", ".join(f"@{marker.text}" for marker in recording.markers[:5]) or "none"
    raise UsageError(f"no marker {name!r} in {recording.path.name}", f"its markers: {known}")


def _event_tick(kind: str, number: int, recording: Recording, game: Game) -> int:
    wanted, seen = [kind_value(game, abilities_of(game), kind)], 0
    playback = Playback(game, recording, use_snapshots=False)
    while not playback.at_end:
        events = of_kinds(playback.step(game.ticks_per_second), wanted)
        if number >= 1 and seen + len(events) >= number:
            event = events[number - seen - 1]
            return int(event["tick"] if isinstance(event, np.void) else event[0])
        seen += len(events)
    raise UsageError(f"no {kind}:{number}; {recording.path.name} has {seen} of that kind", GRAMMAR)
