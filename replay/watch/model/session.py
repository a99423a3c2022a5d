"""A recording opened to be looked at: file, rules, story, moments, transport and survey belong together. No window needed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from replay.core.errors import CutError, UsageError
from replay.core.game import Events, Game
from replay.core.installed import find_game
from replay.core.lock import is_being_recorded
from replay.core.recording import Recording
from replay.core.records import Player
from replay.read.story import Story, story_of
from replay.watch.model.moments import Moments
from replay.watch.model.scene import Camera, Scene
from replay.watch.model.survey import Survey
from replay.watch.model.transport import Transport

_LOOK_AGAIN_SECONDS = 0.25
_RUN_SECONDS = 0.02  # of a picture's time at the highest speed: what is left is for drawing


class Session:
    """Everything about one open recording. Close it, or use it as a context manager.

    game: the rules; by default the installed game that the recording names. check: verify it in the background. is_outdated: the
    file is no longer the one that was opened.

    Raises FormatError, UnverifiableError, OSError as `Recording` and `Playback` do.
    """

    def __init__(self, path: str | os.PathLike[str], game: Game | None = None, *, check: bool = True) -> None:
        self.path = Path(path)
        self.recording = Recording(self.path)
        try:
            self.game = find_game(self.recording.header.game) if game is None else game
            self.moments = Moments(self.game, self.recording)
            self.story: Story = story_of(self.game, self.recording.header)
            if self.moments.has_screen and self.story.world == Story.world:
                height, width, _ = self.moments.screen(
                    min(self.recording.start_tick + 1, self.recording.ticks)
                ).shape  # the first may be blank
                self.story.world = width, height
            growing = isinstance(self.recording.damage, CutError) and is_being_recorded(self.path)
            start = self.recording.start_tick
            self.transport = Transport(self.recording.ticks, self.game.ticks_per_second, float(start), start=start, live=growing)
            self.survey = Survey(self.path, self.game, self.story, follow=growing, check=check)
        except BaseException:
            self.recording.close()
            raise
        self._looked = time.monotonic()
        self._known = self._seen = self._stamp()  # of the file as it was read, and as it was at the last look
        self.is_outdated = False

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.survey.close()
        self.recording.close()

    def refresh(self) -> bool:
        """Look at the file, a few times a second, and read on in one that is still being written. True, once, if it is another one
        than was opened, or a longer one: then it has to be opened again. That is said when nobody writes to it any more."""
        now = time.monotonic()
        if now - self._looked < _LOOK_AGAIN_SECONDS:
            return False
        self._looked = now
        if self.transport.live and not self.recording.has_changed():
            self._read_on()
            return False
        before, self._seen = self._seen, self._stamp()
        if self._seen is None or self._seen == self._known or self._seen != before:
            return False
        self._known, ticks = self._seen, self.recording.ticks
        changed = self.recording.has_changed()
        if not changed:
            self.recording.refresh()  # somebody's bookmark, perhaps
        self.is_outdated = self.is_outdated or changed or self.recording.ticks != ticks
        return self.is_outdated

    def _read_on(self) -> None:
        is_recorded = is_being_recorded(self.path)  # before reading: what the recorder wrote last must not be missed
        self.recording.refresh()
        self.transport.ticks = self.recording.ticks
        self.transport.live = is_recorded and isinstance(self.recording.damage, CutError)
        self._known = self._seen = self._stamp()

    def _stamp(self) -> tuple[int, ...] | None:
        """What tells that somebody has written to the file; None if there is none."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_size, stat.st_mtime_ns

    def run(self, position: float, stop: int) -> int:
        """Run on from `position` towards tick `stop`, as far as one gets in the time for a picture. Returns where."""
        return self.moments.run(position, stop, _RUN_SECONDS)

    def scene(
        self, position: float, camera: Camera | None = None, follow: int | None = None, options: Mapping[str, bool] | None = None
    ) -> Scene:
        """The picture at `position` ticks (cut to what there is)."""
        position = min(max(position, float(self.recording.start_tick)), float(self.moments.ticks))
        tick = int(position)
        if tick == self.moments.ticks or self.moments.has_screen:  # a picture has nothing between it and the next
            before = after = self.moments.state(tick)
        else:
            # The later state first: reading it may compute the earlier one on the way.
            after = self.moments.state(min(tick + 1, self.moments.ticks)) if position > tick else None
            before = self.moments.state(tick)
            after = before if after is None else after
        events = self.recent(position, self.story.memory_seconds)
        camera = camera or Camera.fit((0, 0, *self.story.world), self.story.world)
        return Scene(camera, before, after, position - tick, position, events, follow, options or {}, self.moments.screen(tick))

    def recent(self, position: float, seconds: float) -> Events:
        """The events of the last `seconds` before a moment."""
        tick = int(position)
        return self.moments.events(tick - round(seconds * self.game.ticks_per_second), tick)


def first_person(players: Sequence[Player]) -> int:
    """The first player who is no bot; 0 if all are."""
    return next((index for index, player in enumerate(players) if not player.is_bot), 0)


def player_of(name: str, players: Sequence[str]) -> int:
    """A player by name or by number (from 1). Raises UsageError, and says who there is."""
    if name in players:
        return players.index(name)
    if name.isdecimal() and 1 <= int(name) <= len(players):
        return int(name) - 1
    raise UsageError(f"there is not a player {name!r}", f"the players: {', '.join(players)}")
