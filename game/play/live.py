"""A match while it is played: who sits where, recorder, bots, the last seconds to look back at. No window, no pygame."""

from __future__ import annotations

import re
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from replay.core.errors import UsageError
from replay.core.game import Events, Inputs
from replay.core.names import SUFFIX
from replay.core.playback import Playback
from replay.core.recorder import Recorder
from replay.core.recording import Recording
from replay.core.records import Player
from replay.read.readmodel import Series, Table

from .. import rules
from ..bots import LEVELS, TEMPERAMENTS, Bots
from ..match import ARENA, ArenaMatch
from ..projections import Course, Highlights, Scoreboard
from .place import usable_folder

LOOK_BACK_SECONDS = 8
_AFTER_END_SECONDS = 2.0
_MEMORY_TICKS = (LOOK_BACK_SECONDS + 3) * rules.TICKS_PER_SECOND

# What of a player must be as recorded, so that the recorded inputs still answer what happens.
_SAME_FIELDS = ("x", "y", "health", "armour", "gold", "weapon", "score", "deaths")


class Control(Protocol):
    """Where a person's inputs come from: asked once a tick."""

    def row(self, state: Any, index: int) -> np.void:
        """What player `index` holds in the coming tick, INPUT. state: the STATE record before it."""
        ...

    @property
    def touched(self) -> bool:
        """Whether the person has done anything since the match began."""
        ...


@dataclass
class Seat:
    """One player: a name, and which bot it is ("hunter:easy"), else what a person plays with."""

    name: str
    bot: str = ""
    control: Control | None = None

    def player(self) -> Player:
        return Player(self.name, f"bot:{self.bot}" if self.bot else "human")


def recording_path(folder: Path, map_name: str, names: Sequence[str]) -> Path:
    """A new file in `folder` whose name tells date, map and players. Makes the folder, or takes another: see `usable_folder`."""
    folder = usable_folder(folder)
    players = "-".join(re.sub(r"\W+", "", name) or "player" for name in names)[:60]
    stem = f"{datetime.now():%Y-%m-%d_%H%M%S}_{map_name}_{players}"
    number = 1
    while (path := folder / (stem + (f"_{number}" if number > 1 else "") + SUFFIX)).exists():
        number += 1
    return path


class LiveMatch:
    """A match being played and recorded.

    recorder: whose match this is. seats: who plays. states, events: of the last seconds, for drawing and looking back;
    `states[-1]` is now, and `events[-1]` led there.
    """

    def __init__(self, recorder: Recorder[ArenaMatch], seats: Sequence[Seat], *, bot_seed: int) -> None:
        self.recorder = recorder
        self.seats = list(seats)
        self.parent: Parent | None = None
        self._bots = Bots(recorder.match, [seat.bot or None for seat in seats], bot_seed)
        self._ended_at: int | None = None
        self.states: deque[bytes] = deque([recorder.match.save()], _MEMORY_TICKS + 1)
        self.events: deque[Events] = deque(maxlen=_MEMORY_TICKS)
        names = [seat.name for seat in seats]
        self._scoreboard, self._timeline = Scoreboard(recorder.match, names), Course(recorder.match, names)
        self._highlights = Highlights(recorder.match, names)
        self._folded_tick = recorder.tick

    @classmethod
    def new(cls, folder: Path, config: dict[str, int | str], seats: Sequence[Seat], seed: int | None = None) -> LiveMatch:
        """A new match from its first tick, recorded into a new file of `folder`. Raises OSError if that cannot be written."""
        seed = secrets.randbits(32) if seed is None else seed
        path = recording_path(folder, str(config["map"]), [seat.name for seat in seats])
        recorder = Recorder(path, ARENA, seed=seed, players=[seat.player() for seat in seats], config=config)
        return cls(recorder, seats, bot_seed=seed)

    @classmethod
    def branch(cls, folder: Path, source: Path, tick: int, player: int, control: Control, name: str = "") -> LiveMatch:
        """The match of a recording played on from `tick` by a person as `player`. The others do as recorded until that person
        has made a difference to one of them; from then on they are bots.

        Raises UsageError for a player or tick that the recording does not have or a match that is over by then.
        """
        with Recording(source) as parent:
            header = parent.header
            if not 0 <= tick <= parent.ticks or not 0 <= player < len(header.players):
                raise UsageError(f"{source.name} has players 1..{len(header.players)} and ticks 0..{parent.ticks}")
            if header.game != ARENA.name:
                raise UsageError(f"{source.name} is a recording of {header.game!r}, not of arena")
            seats = [Seat(seat.name, _bot(seat.kind, index)) for index, seat in enumerate(header.players)]
            seats[player] = Seat(name or header.players[player].name, "", control)
            playback = Playback(ARENA, parent)
            playback.seek(tick)
            if playback.match.state["ended"][0]:
                raise UsageError(f"the match is over at tick {tick}", "take over at an earlier moment")
            path = recording_path(folder, str(header.config["map"]), [seat.name for seat in seats])
            recorder = Recorder(
                path,
                ARENA,
                seed=header.seed,
                players=[seat.player() for seat in seats],
                config=header.config,
                parent=(header.id, tick),
            )
            rows = parent.inputs(0, tick)
            live = cls(recorder, seats, bot_seed=secrets.randbits(32))
            for row in rows:
                live._advance(row)
            live.parent = Parent(Recording(source.read_bytes()), tick, player)  # whatever becomes of the file
        return live

    # --- the tick ---

    @property
    def tick(self) -> int:
        return self.recorder.tick

    @property
    def state(self) -> Any:
        """Now: a STATE record. Not to be written."""
        return self.recorder.match.state[0]

    @property
    def is_over(self) -> bool:
        """The match has ended, and everybody had a moment to see it."""
        return self._ended_at is not None and self.tick >= self._ended_at + _AFTER_END_SECONDS * rules.TICKS_PER_SECOND

    def step(self) -> Events:
        """One tick: ask persons and bots, record, run. Returns its events."""
        rows = self._bots.inputs(self.recorder.match)
        if self.parent is not None:
            rows = self.parent.rows(self, rows)
        for index, seat in enumerate(self.seats):
            if seat.control is not None and (self.parent is None or self.parent.person_plays(seat.control)):
                rows[index] = seat.control.row(self.state, index)
        events = self._advance(rows)
        if self.parent is not None:
            self.parent.follow(self)
        return events

    def _advance(self, rows: Inputs) -> Events:
        events = self.recorder.step(rows)
        self.states.append(self.recorder.match.save())
        self.events.append(events)
        if self.tick % rules.TICKS_PER_SECOND == 0:
            self._fold()
        if self._ended_at is None and self.state["ended"]:
            self._ended_at = self.tick
        return events

    # --- looking back ---

    @property
    def oldest_tick(self) -> int:
        return self.tick - len(self.states) + 1

    def state_at(self, tick: int) -> Any:
        """A state of the last seconds, oldest_tick..tick."""
        return np.frombuffer(self.states[tick - self.oldest_tick], rules.STATE)[0]

    def events_until(self, tick: int, seconds: float) -> Events:
        """The events of the `seconds` before a tick, as far as they are remembered."""
        stop = len(self.events) - (self.tick - tick)
        start = max(0, stop - round(seconds * rules.TICKS_PER_SECOND))
        parts = [self.events[index].tobytes() for index in range(start, max(stop, 0)) if len(self.events[index])]
        return np.frombuffer(b"".join(parts), ARENA.event_dtype)

    # --- what it comes to ---

    def _fold(self) -> None:
        """Show the projections what they have not seen: at every second, and when somebody asks."""
        if self.tick == self._folded_tick:
            return
        events = self.events_until(self.tick, (self.tick - self._folded_tick) / rules.TICKS_PER_SECOND)
        self._folded_tick = self.tick
        for projection in (self._scoreboard, self._timeline, self._highlights):
            projection.observe(events, self.recorder.match)

    def scoreboard(self) -> Table:
        """The projection `scoreboard` as it stands."""
        self._fold()
        return self._scoreboard.result()

    def timeline(self) -> Series:
        """The projection `timeline` as it stands."""
        return self._timeline.result()

    def highlights(self) -> Table:
        """The projection `highlights` as it stands."""
        self._fold()
        return self._highlights.result()

    # --- the end ---

    def finish(self) -> Path:
        """Seal the recording. A match that has not ended is sealed as it stands."""
        self.recorder.finish()
        if self.parent is not None:
            self.parent.close()
        return self.recorder.path


class Parent:
    """The recording a branch follows. `matters`: the branch has left it: somebody else is no longer where they were."""

    def __init__(self, recording: Recording, tick: int, player: int) -> None:
        self.recording = recording
        self.player = player
        self.matters = False
        self._touched = False
        self._playback = Playback(ARENA, recording)
        self._playback.seek(tick)

    def close(self) -> None:
        self.recording.close()

    @property
    def is_touched(self) -> bool:
        """The person has taken over."""
        return self._touched

    def person_plays(self, control: Control) -> bool:
        """Until the person touches something, their recorded hands go on."""
        self._touched = self._touched or control.touched or self.matters
        return self._touched

    def rows(self, live: LiveMatch, bots: Inputs) -> Inputs:
        """The recorded inputs of the coming tick, while they still make sense; then those of the bots."""
        if self.matters or live.tick >= self.recording.ticks:
            self.matters = True
            return bots
        recorded: Inputs = self.recording.inputs(live.tick, live.tick + 1)[0]
        return recorded.copy()

    def follow(self, live: LiveMatch) -> None:
        """Has the tick just made brought anyone else off their recorded way?"""
        if self.matters:
            return
        self._playback.step()
        there, here = self._playback.match.state[0]["players"], live.state["players"]
        others = [index for index in range(len(live.seats)) if index != self.player]
        self.matters = any((there[name][others] != here[name][others]).any() for name in _SAME_FIELDS)


def _bot(kind: str, index: int) -> str:
    """The bot that plays on for a recorded player."""
    name, _, level = kind.removeprefix("bot:").partition(":")
    temperament = name if name in TEMPERAMENTS else TEMPERAMENTS[index % len(TEMPERAMENTS)]
    return f"{temperament}:{level}" if level in LEVELS else temperament
