"""A recording opened to be looked at: file, rules, view, timeline, transport and survey belong together. No window needed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from replay.core.errors import CutError
from replay.core.game import Events, Game
from replay.core.installed import find_game
from replay.core.recording import Recording
from replay.watch.model.survey import Survey
from replay.watch.model.timeline import Timeline
from replay.watch.model.transport import Transport
from replay.watch.view.view import Camera, Scene, View, open_view

FRESH_SECONDS = 3.0  # a file without an end that changed so recently is still being written
_LOOK_AGAIN_SECONDS = 0.25


class Session:
    """Everything about one open recording. Close it, or use it as a context manager.

    game: the rules; by default the installed game that the recording names. follow: the file may still grow.

    Raises FormatError, UnverifiableError, OSError as `Recording` and `Playback` do.
    """

    def __init__(self, path: str | os.PathLike[str], game: Game | None = None, *, follow: bool = False, check: bool = True) -> None:
        self.path = Path(path)
        self.recording = Recording(self.path)
        try:
            self.game = find_game(self.recording.header.game) if game is None else game
            self.timeline = Timeline(self.game, self.recording)
            self.view: View = open_view(self.game, self.recording.header, self.timeline.playback.match)
            growing = isinstance(self.recording.damage, CutError) and (
                follow or time.time() - self.path.stat().st_mtime < FRESH_SECONDS
            )
            self.transport = Transport(self.recording.ticks, self.game.ticks_per_second, live=growing)
            self.survey = Survey(self.path, self.game, self.view, follow=growing, check=check)
        except BaseException:
            self.recording.close()
            raise
        self._looked = time.monotonic()
        self._feed_kinds = np.zeros(0, np.int64)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.survey.close()
        self.recording.close()

    @property
    def players(self) -> int:
        return len(self.recording.header.players)

    def refresh(self) -> bool:
        """Read on in a file that is still being written. True if there is more now."""
        transport, now = self.transport, time.monotonic()
        if not transport.live or now - self._looked < _LOOK_AGAIN_SECONDS:
            return False
        self._looked = now
        grew = self.recording.refresh()
        transport.ticks = self.recording.ticks
        if self.recording.damage is None or not isinstance(self.recording.damage, CutError):
            transport.live = False
        return grew

    def scene(
        self, position: float, camera: Camera | None = None, follow: int | None = None, options: Mapping[str, bool] | None = None
    ) -> Scene:
        """The picture at `position` ticks (cut to 0..ticks)."""
        position = min(max(position, 0.0), float(self.timeline.ticks))
        tick = int(position)
        if tick == self.timeline.ticks and tick > 0:
            before = after = self.timeline.state(tick)
        else:
            # The later state first: reading it may compute the earlier one on the way.
            after = self.timeline.state(min(tick + 1, self.timeline.ticks)) if position > tick else None
            before = self.timeline.state(tick)
            after = before if after is None else after
        events = self.recent(position, self.view.memory_seconds)
        camera = camera or Camera.fit((0, 0, *self.view.world), self.view.world)
        return Scene(camera, before, after, position - tick, position, events, follow, options or {})

    def recent(self, position: float, seconds: float) -> Events:
        """The events of the last `seconds` before a moment."""
        tick = int(position)
        return self.timeline.events(tick - round(seconds * self.game.ticks_per_second), tick)
