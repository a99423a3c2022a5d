"""The whole match at a glance, found out in the background: marks, how busy it is, the score over time, and the verdict.

A thread with a `Recording` of its own runs once through the match for the marks and once more to verify it (the verifier believes
nothing that the first pass may have taken from a snapshot). What the window reads is only ever appended to or replaced whole.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from replay.core.errors import ReplayError
from replay.core.game import Events, Game, abilities_of
from replay.core.lock import is_being_recorded
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.verify import Verdict, Verification, verify
from replay.read.projection import Folding, Projection, first_projection, has_moments
from replay.read.readmodel import Series, Table
from replay.read.story import Story
from replay.watch.model.background import Background
from replay.watch.model.moments import as_records, joined

_LOOK_AGAIN_SECONDS = 0.25
_POLITE_SECONDS = 0.0005  # per second of match time: the window's thread goes first


class Survey(Background):
    """Start with `start()`, end with `close()`; read at any time.

    ticks: how far the first pass has come. events: those kinds that the story marks, so far, in order.
    busy: activity by second. timeline: the result of the game's first projection that gives a series, as far as it was last asked;
    None if the game has none. highlights: the same of its first table of moments worth seeing.
    verification: None until the second pass is through. verified_ticks: how far it has come.
    """

    def __init__(self, path: str | os.PathLike[str], game: Game, story: Story, *, follow: bool = False, check: bool = True) -> None:
        super().__init__("replay-survey")
        self.path = Path(path)
        self.ticks = 0
        self.busy: list[int] = []
        self.timeline: Series | None = None
        self.highlights: Table | None = None
        self.verification: Verification | None = None
        self.verified_ticks = 0
        self.error: ReplayError | None = None
        self.game = game
        self._follow, self._check = follow, check
        self._parts: list[Events] = []
        self._joined = joined([], game)
        self._joined_parts = 0
        self._weights = np.array([story.marks.get(kind, 0) for kind in abilities_of(game).event_kinds] or [0], np.int64)

    @property
    def events(self) -> Events:
        parts = len(self._parts)
        if parts != self._joined_parts:
            self._joined = joined([self._joined, *self._parts[self._joined_parts : parts]], self.game)
            self._joined_parts = parts
        return self._joined

    @property
    def first_bad_tick(self) -> int | None:
        return self.verification.first_bad_tick if self.verification is not None else None

    def _run(self) -> None:
        try:
            with Recording(self.path) as recording:
                self._look(recording)
                if self._check and not self._stop.is_set():
                    self.verification = verify(self.path, self.game, progress=self._progress)
        except _StoppedError:
            pass
        except ReplayError as error:
            self.error = error
        except OSError as error:
            self.error = ReplayError(f"{self.path.name}: {error.strerror or error}")

    def _look(self, recording: Recording) -> None:
        playback = Playback(self.game, recording, use_snapshots=False, checkpoint_budget_bytes=2**20)
        second = self.game.ticks_per_second
        graph = first_projection(playback, lambda result: isinstance(result, Series))
        moments = first_projection(playback, has_moments)
        folding = Folding([each for each in (graph, moments) if each is not None], playback.simulation.abilities)
        self._note(playback, folding, graph, moments)
        while not self._stop.is_set():
            while playback.tick < recording.ticks and not self._stop.is_set():
                past = (playback.tick - recording.start_tick) % second
                stepped = folding.advance(playback, min(playback.tick - past + second, recording.ticks))
                events = as_records(stepped, self.game)
                weights = self._weights[events["kind"]] if len(events) else np.zeros(0, np.int64)
                self.busy.append(int(weights.sum()))
                self._parts.append(events[weights > 0])
                self._note(playback, folding, graph, moments)
                time.sleep(_POLITE_SECONDS)
            if not self._follow or recording.end is not None:
                return
            self._stop.wait(_LOOK_AGAIN_SECONDS)
            self._follow = is_being_recorded(self.path)
            recording.refresh()

    def _note(self, playback: Playback[Any], folding: Folding, graph: Projection | None, moments: Projection | None) -> None:
        whole = max(playback.ticks, 1)
        # A result costs as much as it is long: sixteen on the way, and whenever all that there is has been seen.
        if self.ticks == 0 or playback.tick >= playback.ticks or playback.tick * 16 // whole != self.ticks * 16 // whole:
            folding.catch_up(playback.match)
            self.timeline = graph.result() if graph is not None else None
            self.highlights = moments.result() if moments is not None else None
        self.ticks = playback.tick

    def _progress(self, done: int, total: int) -> None:
        if self._stop.is_set():
            raise _StoppedError
        self.verified_ticks = done
        time.sleep(_POLITE_SECONDS)


class _StoppedError(Exception):
    """The window was closed while the verifier ran."""


def badge_of(survey: Survey) -> tuple[str, str]:
    """The verdict in a few words, and its mood: `good`, `bad`, `waiting` or `unknown`."""
    verification = survey.verification
    if survey.error is not None:
        return f"unreadable: {survey.error}", "bad"
    if verification is None:
        return "verifying", "waiting"
    if verification.verdict is Verdict.OK:
        return "verified", "good"
    if verification.verdict is Verdict.DIVERGED:
        return f"diverged at tick {verification.first_bad_tick}" if verification.first_bad_tick is not None else "diverged", "bad"
    if verification.verdict is Verdict.INCOMPLETE:
        return "no end, sound so far", "unknown"
    if verification.verdict is Verdict.UNVERIFIABLE:
        return "cannot be verified", "unknown"
    return "damaged", "bad"
