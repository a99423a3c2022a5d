"""Any field over the whole match: a thread with a `Recording` of its own runs once through it and keeps states, as many as a chart
has room for. What is asked of them is read out there as well, so that no picture waits for it."""

from __future__ import annotations

import math
import os
import threading
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from replay.core.errors import ReplayError
from replay.core.game import Game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.watch.model.background import Background

MOST_POINTS = 600
_GROWTH = 0.1  # of a live recording, before it is run through again
_MOST_BYTES = 32 * 2**20  # of the states that are kept
_POLITE_SECONDS = 0.0005  # per second of match time: the window's thread goes first

Read = Callable[[Any, Any], list[float]]  # of the match and what was kept of it: the numbers of a chart's lines


class Lines:
    """Lines of a chart, as far as they are known: values[i][n] at tick ticks[n]. NaN: no number."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.values: list[array[float]] = []
        self.points = 0  # how many each has: raised last


class Samples(Background):
    """Start with `start()`, end with `close()`; ask at any time. take: what is kept of a match, by default its saved state.

    ticks: of the points there are, every `step`-th. done: how far the run has come; is_over: it is through. error: why it
    came no further.
    """

    def __init__(self, path: str | os.PathLike[str], game: Game, take: Callable[[Any], Any] | None = None) -> None:
        super().__init__("replay-samples")
        self.path, self.game = Path(path), game
        self._take = take
        self.ticks: list[int] = []
        self.step, self.done, self.is_over = 1, 0, False
        self.error = ""
        self._states: list[Any] = []
        self._asked: Lines | None = None
        self._wake = threading.Event()

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        super().close()

    def ask(self, read: Read) -> Lines:
        """Lines that fill while the run goes on; those asked for before stay as they are."""
        self._asked = lines = Lines(read)
        self._wake.set()
        return lines

    def misses(self, ticks: int) -> bool:
        """Whether a recording of so many ticks has grown by a good part since it was run through."""
        return self.is_over and bool(self.ticks) and ticks - self.ticks[-1] > (self.ticks[-1] - self.ticks[0]) * _GROWTH + self.step

    def wait_for(self, lines: Lines, seconds: float = 60.0) -> None:
        """Until they are whole; for programs."""
        until = time.monotonic() + seconds
        while (lines.points < len(self.ticks) or (self._thread.is_alive() and not self.is_over)) and time.monotonic() < until:
            time.sleep(0.005)

    def _run(self) -> None:
        try:
            with Recording(self.path) as recording:
                playback = Playback(self.game, recording, use_snapshots=False, checkpoint_budget_bytes=2**20)
                self._look(playback)
                self.is_over = True
                while not self._stop.is_set():  # all is there, but more may be asked of it
                    self._read_out(playback.match)
                    self._wake.wait()
                    self._wake.clear()
        except (ReplayError, OSError) as error:
            self.error = str(error)

    def _look(self, playback: Playback[Any]) -> None:
        start, ticks = playback.tick, playback.ticks
        size = 1 if self._take is not None else max(len(playback.simulation.save() or b""), 1)
        points = max(2, min(MOST_POINTS, _MOST_BYTES // size))
        self.step = max(1, math.ceil((ticks - start) / points))
        while not self._stop.is_set():
            self._states.append(self._take(playback.match) if self._take is not None else playback.simulation.save() or b"")
            self.ticks.append(playback.tick)
            self.done = playback.tick
            self._read_out(playback.match)
            if playback.tick >= ticks:
                return
            self._run_on(playback, min(playback.tick + self.step, ticks))

    def _run_on(self, playback: Playback[Any], tick: int) -> None:
        while playback.tick < tick and not self._stop.is_set():
            playback.step(min(self.game.ticks_per_second, tick - playback.tick))
            time.sleep(_POLITE_SECONDS)

    def _read_out(self, match: Any) -> None:
        """What is asked, of all states that there are."""
        lines = self._asked
        while lines is not None and lines.points < len(self._states) and not self._stop.is_set():
            row = lines.read(match, self._states[lines.points])
            while len(lines.values) < len(row):  # a list may grow
                lines.values.append(array("d", [math.nan]) * lines.points)
            for index, values in enumerate(lines.values):
                values.append(row[index] if index < len(row) else math.nan)
            lines.points += 1
            if lines is not self._asked:
                return
