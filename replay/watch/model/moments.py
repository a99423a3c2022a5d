"""Any moment of a recording, at once and in any order: states and events by tick, in memory for the seconds around which one looks.

Going forward computes one tick a tick. Going backward into a second computes that second once and then reads it from memory, which
is what makes reverse play and single steps back as cheap as going forward, whatever the game.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from replay.core.cache import Bounded
from replay.core.errors import UnverifiableError
from replay.core.game import Events, Game, abilities_of, ability, result_of, state_record
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.read.paths import paths_of

_MOST_SECONDS = 24
_MOST_BYTES = 48 * 2**20
_SCREENS_BACK = 16  # ticks: going back, so many pictures are made in one run


class _Second:
    """States first_tick, first_tick + 1 ... as far as somebody asked, and the events between them."""

    def __init__(self, first_tick: int, state: bytes) -> None:
        self.first_tick = first_tick
        self.states = [state]
        self.events: list[Events] = []


class Moments:
    """Reads of a match at any tick. All in one thread; it has a `Playback` of its own and touches nothing else.

    Raises UnverifiableError if the recording needs other rules.
    """

    def __init__(self, game: Game, recording: Recording) -> None:
        self.game = game
        self.recording = recording
        self.playback = Playback(game, recording)
        self.state_dtype = getattr(self.playback.match, "state_dtype", None)
        self.has_screen = hasattr(self.playback.match, "screen")
        self._span = game.ticks_per_second
        self._base = recording.start_tick
        size = max(len(self._state()), 1) * self._span
        self._seconds: Bounded[int, _Second] = Bounded(max(3, min(_MOST_SECONDS, _MOST_BYTES // size)))
        self._events: Bounded[int, Events] = Bounded(_MOST_SECONDS)
        self._screens: Bounded[int, Any] = Bounded(_MOST_SECONDS)
        self._facts: Bounded[int, dict[str, Any]] = Bounded(_MOST_SECONDS)
        self._shown = self._base
        self._tells_events = bool(abilities_of(game).event_kinds)

    @property
    def ticks(self) -> int:
        return self.recording.ticks

    @property
    def ticks_in_memory(self) -> int:
        """How many states can be had without computing."""
        return sum(len(second.states) for second in self._seconds.values())

    def saved(self, tick: int) -> bytes:
        """State `tick` (start_tick..ticks) as the match saves it. Raises UsageError outside."""
        second = self._second((tick - self._base) // self._span)
        self._extend(second, tick)
        return second.states[tick - second.first_tick]

    def compute(self, tick: int, until: float) -> bool:
        """Compute towards state `tick`, one tick at least, until a moment of `time.perf_counter`. Whether it is in memory now."""
        second = self._second((tick - self._base) // self._span)
        while (last := second.first_tick + len(second.states) - 1) < tick:
            self._extend(second, last + 1)
            if time.perf_counter() >= until:
                return last + 1 == tick
        return True

    def state(self, tick: int) -> Any:
        """State `tick` by field names: a read-only record, or a dict by paths; the saved bytes if the game names no fields."""
        saved = self.saved(tick)
        state = state_record(self.playback.match, saved)
        return saved if state is None else state

    def events(self, start: int, stop: int) -> Events:
        """The events of ticks start..stop-1 (cut to what there is), in order."""
        start, stop = max(start, self._base), min(stop, self.ticks) if self._tells_events else start
        parts: list[Events] = []
        while start < stop:
            first = start - (start - self._base) % self._span
            upto = min(stop, first + self._span)
            if upto == first + self._span:
                whole = self._whole_second(first)
                parts.append(whole[whole["tick"].searchsorted(start) :])
            else:
                second = self._second((first - self._base) // self._span)
                self._extend(second, upto)
                parts += second.events[start - first : upto - first]
            start = upto
        return joined(parts, self.game)

    def screen(self, tick: int) -> Any:
        """The game's own picture of state `tick`; None if it has none. Raises UsageError outside."""
        if not self.has_screen:
            return None
        if tick not in self._screens and tick < self._shown <= tick + _SCREENS_BACK:
            for earlier in range(max(tick - _SCREENS_BACK, self._base), tick):
                self._screen(earlier)
        self._shown = tick
        return self._screen(tick)

    def facts(self, tick: int) -> dict[str, Any]:
        """What the match says at a tick has come out so far, by paths: all that there is to see of a game that names no fields."""

        def ask() -> dict[str, Any]:
            self._go(tick)
            return paths_of(result_of(self.playback.match))

        return self._facts.get(tick, ask)

    def has_facts(self, tick: int) -> bool:
        """Whether they need no computing."""
        return tick in self._facts

    def run(self, position: float, stop: int, seconds: float) -> int:
        """Run on from a position towards tick `stop`, second by second of the match, for so many seconds of time; at least one step
        of it. Returns where it has come to. The events of what it passes are kept, as far as a picture tells of them."""
        until, tick = time.perf_counter() + seconds, int(position)
        while tick < stop:
            upto = min(tick - (tick - self._base) % self._span + self._span, stop)
            self._pass(tick, upto)
            tick = upto
            if time.perf_counter() >= until:
                break
        return tick

    def _pass(self, first: int, stop: int) -> None:
        self._go(first)
        events = as_records(self.playback.step(stop - first), self.game)
        if stop - first == self._span:
            self._events.get(first, lambda: events)

    def _screen(self, tick: int) -> Any:
        def draw() -> Any:
            self._go(tick)
            return self.playback.simulation.screen()

        return self._screens.get(tick, draw)

    def _whole_second(self, first_tick: int) -> Events:
        """The events of a second. If nobody asked for all of its states: in one call, which is what makes a jump cheap."""

        def find() -> Events:
            for second in self._seconds.values():
                if second.first_tick == first_tick and len(second.events) == self._span:
                    return joined(second.events, self.game)
            self._go(first_tick)
            return as_records(self.playback.step(self._span), self.game)

        return self._events.get(first_tick, find)

    def _second(self, index: int) -> _Second:
        def begin() -> _Second:
            self._go(self._base + index * self._span)
            return _Second(self.playback.tick, self._state())

        return self._seconds.get(index, begin)

    def _extend(self, second: _Second, tick: int) -> None:
        """Compute as far as state `tick`. The state at the end of a second is kept with it: its last events lead there."""
        while second.first_tick + len(second.states) - 1 < tick:
            self._go(second.first_tick + len(second.states) - 1)
            second.events.append(as_records(self.playback.step(), self.game))
            second.states.append(self._state())

    def _state(self) -> bytes:
        saved = self.playback.simulation.save()
        if saved is None and self.has_screen:
            return b""
        if saved is None:
            raise UnverifiableError(f"{self.game.name} saves no states, so that there is nothing to look at", "replay verify works")
        return saved

    def _go(self, tick: int) -> None:
        if self.playback.tick != tick:
            self.playback.seek(tick)


def joined(parts: list[Events], game: Game) -> Events:
    """Events one after the other, as records."""
    dtype = ability(game, "event_dtype")
    if dtype is None:
        return np.concatenate([np.zeros(0, _LISTED), *(as_records(part, game) for part in parts)])
    # Through bytes: numpy compares every field of every part, which costs more than a whole frame.
    return np.frombuffer(b"".join([part.tobytes() for part in parts if len(part)]), dtype)


_LISTED = np.dtype([("tick", "<i4"), ("kind", "<i2"), ("actor", "<i2"), ("target", "<i2"), ("data", "O")])


def as_records(events: Events, game: Game) -> Events:
    """Listed events as records of what every picture needs: tick, kind by number, who, and data; without those of unnamed kinds."""
    if isinstance(events, np.ndarray):
        return events
    kinds = abilities_of(game).event_kinds
    rows = []
    for tick, kind, data in events:
        if kind in kinds:
            seats = [data.get(name, -1) if isinstance(data, dict) else -1 for name in ("actor", "target")]
            actor, target = (seat if isinstance(seat, int) else -1 for seat in seats)
            rows.append((tick, kinds.index(kind), actor, target, data))
    return np.array(rows, _LISTED)
