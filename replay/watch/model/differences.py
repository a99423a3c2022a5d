"""Where two recordings of one game differ, found out in the background: whose inputs, and in which ticks their states.

A thread with files of its own goes through both, a second at a time. What the window reads is only ever appended to, or replaced.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

from replay.core.errors import ReplayError
from replay.core.game import Game
from replay.core.lock import is_being_recorded
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.prove.diff import are_comparable, are_equal, first_other_state, other_facts, other_input_ticks, overlap
from replay.watch.model.background import Background

_POLITE_SECONDS = 0.0005  # per second of match time: the window's thread goes first
_BUDGET_BYTES = 2**22  # for states of each: it goes back a second at most
_LOOK_AGAIN_SECONDS = 0.25


class Run(NamedTuple):
    """Ticks first..stop-1, in which something differs."""

    first: int
    stop: int


class Differences(Background):
    """Start with `start()`, end with `close()`; read at any time.

    span: the ticks that both have. tick: how far they are compared. input_runs: where inputs differ, those less than a second apart
    as one. state_runs: where states differ; they may be equal again up to a second before its end. note: why ticks cannot be
    compared, or what makes the two different matches, "" if nothing does. is_done: there is nothing more to compare.
    """

    def __init__(self, paths: tuple[Path, Path], game: Game, *, follow: bool = False) -> None:
        super().__init__("replay-differences")
        self._paths, self._game, self._follow = paths, game, follow
        self.span = (0, 0)
        self.tick = 0
        self.input_runs: list[Run] = []
        self.state_runs: list[Run] = []
        self.note = ""
        self.is_done = False

    @property
    def first(self) -> int | None:
        """The first tick at which inputs or states differ, as far as is known."""
        return next(iter(self.starts()), None)

    def starts(self) -> list[int]:
        """The ticks at which something begins to differ, in order. What begins less than a second after another does is part of
        that: most often it follows from it."""
        starts: list[int] = []
        for first in sorted(run.first for run in (*self.input_runs, *self.state_runs)):
            if not starts or first - starts[-1] >= self._game.ticks_per_second:
                starts.append(first)
        return starts

    def neighbour(self, tick: float, direction: int) -> int | None:
        """The next (1) or previous (-1) tick at which something begins to differ."""
        starts = self.starts()
        if direction > 0:
            return next((start for start in starts if start > tick), None)
        return next((start for start in reversed(starts) if start < tick), None)

    @property
    def progress(self) -> float:
        """How much of it is compared, 0..1."""
        return (self.tick - self.span[0]) / max(self.span[1] - self.span[0], 1)

    # --- the thread's ---

    def _run(self) -> None:
        try:
            with Recording(self._paths[0]) as a, Recording(self._paths[1]) as b:
                self._compare(a, b)
        except ReplayError as error:
            self.note = str(error)
        except OSError as error:
            self.note = error.strerror or str(error)
        self.is_done = not self._stop.is_set()

    def _compare(self, a: Recording, b: Recording) -> None:
        facts = other_facts(a.header, b.header)
        self.note = facts_text(facts)
        if not are_comparable(a.header, b.header) or "game" in facts:
            return
        playbacks = self._played(a), self._played(b)
        self.span = overlap(a, b)
        self.tick = self.span[0]
        if self.span[0] > self.span[1]:
            self.note = self.note or "they have no tick in common"
            return
        for playback in playbacks:
            playback.seek(self.tick)
        self._note_states(playbacks, self.tick)
        while not self._stop.is_set():
            while self.tick < self.span[1] and not self._stop.is_set():
                self._compare_second(playbacks, min(self.tick + a.header.ticks_per_second, self.span[1]))
                time.sleep(_POLITE_SECONDS)
            if not self._follow or (a.end is not None and b.end is not None):
                return
            self._stop.wait(_LOOK_AGAIN_SECONDS)
            self._follow = any(map(is_being_recorded, self._paths))  # before reading: what was written last must not be missed
            for recording in (a, b):
                recording.refresh()
            self.span = overlap(a, b)

    def _played(self, recording: Recording) -> Playback[Any]:
        return Playback(self._game, recording, use_snapshots=False, checkpoint_budget_bytes=_BUDGET_BYTES)

    def _compare_second(self, playbacks: tuple[Playback[Any], Playback[Any]], stop: int) -> None:
        a, b = (playback.recording for playback in playbacks)
        for tick in other_input_ticks(a, b, self.tick, stop):
            _note(self.input_runs, tick, tick + 1, a.header.ticks_per_second)
        self._note_states(playbacks, stop)
        self.tick = stop

    def _note_states(self, playbacks: tuple[Playback[Any], Playback[Any]], stop: int) -> None:
        a, b = playbacks
        if are_equal(a, b):
            if (tick := first_other_state(a, b, stop)) is None:
                return
            self.state_runs.append(Run(tick, tick + 1))
        elif not self.state_runs:  # from the very start
            self.state_runs.append(Run(a.tick, a.tick + 1))
        for playback in playbacks:
            playback.step(stop - playback.tick)
        last = self.state_runs[-1]
        self.state_runs[-1] = Run(last.first, max(last.stop, stop if are_equal(a, b) else stop + 1))


def _note(runs: list[Run], first: int, stop: int, gap: int) -> None:
    """Add ticks to the runs: to the last one, unless it is `gap` ticks away."""
    if runs and first - runs[-1].stop < gap:
        runs[-1] = Run(runs[-1].first, stop)
    else:
        runs.append(Run(first, stop))


def facts_text(facts: dict[str, tuple[Any, Any]]) -> str:
    """Which facts of two headers differ, in words. They come from files: only short values are told."""
    if not facts:
        return ""
    values = {name: tuple(str(side) for side in pair) for name, pair in facts.items() if name not in ("players", "input_dtype")}
    told = [f"{name.replace('_', ' ')} {a} | {b}" if len(a) + len(b) < 40 else f"other {name}" for name, (a, b) in values.items()]
    told += ["other players"] if "players" in facts else []
    told += ["other inputs"] if "input_dtype" in facts else []
    return f"not the same match: {', '.join(told)}"
