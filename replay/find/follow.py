"""Publishing: the events of a recording as they happen, to whoever wants them, at their own pace.

The file is the queue. A follower reads what the recorder has written and re-simulates it: no consumer, however slow or broken, is
in the way of the match, and one that comes back with the position of the last event it has seen goes on after it: none is missed,
none comes twice.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from replay.core.errors import FormatError, ReplayError, UsageError
from replay.core.events import event_dicts, kind_value
from replay.core.game import Events, Game, abilities_of
from replay.core.installed import find_game
from replay.core.playback import COMPARED_TICKS, Playback
from replay.core.recording import Recording
from replay.find.growing import Growing, Growth, may_begin

logger = logging.getLogger("replay")

_OPEN_SECONDS = 2.0  # how long a new recording may take to have its header


@dataclass(frozen=True, order=True)
class Position:
    """Where an event stands in the stream of all events of its recording: `TICK:INDEX`, index counting those of one tick from 0.

    The same event has the same position in every run, whatever kinds are followed.
    """

    tick: int
    index: int

    def __str__(self) -> str:
        return f"{self.tick}:{self.index}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Raises UsageError for a text that is not a position."""
        tick, colon, index = text.partition(":")
        if not (colon and tick.isascii() and tick.isdigit() and index.isascii() and index.isdigit() and len(text) < 24):
            raise UsageError(f"{text!r} is not a position", "a position is TICK:INDEX, as printed with every event: 1204:0")
        return cls(int(tick), int(index))


BEGIN = Position(-1, 0)  # before all events


def follow(
    path: str | os.PathLike[str],
    *,
    kinds: Iterable[str] | None = None,
    after: Position | str = BEGIN,
    live: bool = True,
    game: Game | None = None,
    poll_seconds: float = 0.1,
    still_seconds: float | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[dict[str, Any]]:
    """The events of a recording after a position, of these kinds (None: all), in order, as plain data with `position`.

    live: wait for more while the match is being recorded. Ends with the recording, or when it is cut off: its recorder died, or
    nobody holds the file and it has been still for `still_seconds` (see `replay.find.growing`; by default 30). Every event that is
    in the file has been given by then. An event comes as soon as its second is in the file.

    Raises ReplayError for a damaged recording (after the events of what is whole), for another one that takes its place, for a
    match that differs from its recording (after those before that), for other rules, or a kind that the game does not have.
    """
    with _open(path, live) as recording:
        game = find_game(recording.header.game) if game is None else game
        wanted = None if kinds is None else known_kinds(game, kinds)
        growing = Growing(recording, still_seconds)
        stream = EventStream(game, recording, Position.parse(after) if isinstance(after, str) else after)
        while not is_cancelled():
            for position, event in stream.read():
                if wanted is None or event["kind"] in wanted:
                    yield {"position": ""} | event | {"position": str(position)}  # first, and the engine's own
            if not stream.at_end:
                continue
            if not live or (growth := growing.look()) in (Growth.ENDED, Growth.CUT):
                break
            if growth is Growth.WAITING:
                time.sleep(poll_seconds)
        if recording.defect is not None:
            raise recording.defect


def known_kinds(game: Game, kinds: Iterable[str]) -> set[str]:
    """Raises UsageError for a kind that the game does not have."""
    names, abilities = set(kinds), abilities_of(game)
    for kind in names:
        kind_value(game, abilities, kind)
    return names


class EventStream:
    """The events of a recording that may grow, in order, after a position. Begins at its start: other snapshots are claims."""

    def __init__(self, game: Game, recording: Recording, after: Position) -> None:
        self._playback = Playback(game, recording, use_snapshots=False, checkpoint_budget_bytes=2**20)
        self._after = after

    @property
    def at_end(self) -> bool:
        return self._playback.at_end

    def read(self) -> Iterator[tuple[Position, dict[str, Any]]]:
        """Those of up to a second more."""
        playback, after = self._playback, self._after
        if playback.tick < after.tick:
            playback.seek(min(after.tick, playback.ticks))
            if playback.tick < after.tick:
                return
        few = COMPARED_TICKS * playback.recording.header.proof_ticks  # so few that every one of them is compared
        stop = min(playback.tick + playback.game.ticks_per_second, playback.ticks)
        while playback.tick < stop:
            yield from self._proved(playback.step(min(few, stop - playback.tick)))
            if playback.divergence is not None:
                raise ReplayError(f"differs from the recording since tick {playback.divergence}", "where and why: replay verify")

    def _proved(self, events: Events) -> Iterator[tuple[Position, dict[str, Any]]]:
        """Those of whole ticks that the file does not contradict."""
        divergence, position = self._playback.divergence, BEGIN
        for event in event_dicts(self._playback.game, events):
            if divergence is not None and event["tick"] + 1 >= divergence:
                return
            index = position.index + 1 if event["tick"] == position.tick else 0
            position = Position(event["tick"], index)
            if position > self._after:
                yield position, event


def _open(path: str | os.PathLike[str], live: bool) -> Recording:
    """The recording, as soon as it has a header: a recorder creates the file first."""
    deadline = time.monotonic() + (_OPEN_SECONDS if live else 0)
    while True:
        try:
            return Recording(path)
        except FormatError as error:
            if time.monotonic() > deadline or not may_begin(error):
                raise
            time.sleep(0.02)


class Follower:
    """Calls `callback(event)` for the events of a recording, in a thread of its own: see `follow`. Use it as a context manager, or
    `cancel()` it.

    position: of the last event that the callback has taken; give it as `after` to go on from there.
    error: what ended it, or None: an exception of the callback (that event is not counted as taken) or of the recording.
    """

    def __init__(self, path: str | os.PathLike[str], callback: Callable[[dict[str, Any]], object], **options: Any) -> None:
        after = options.get("after", BEGIN)
        self.position = Position.parse(after) if isinstance(after, str) else after
        self.error: Exception | None = None
        self._cancelled = threading.Event()
        self._events = follow(path, is_cancelled=self._cancelled.is_set, **options)
        self._callback = callback
        self._thread = threading.Thread(target=self._run, name="replay-follow", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()

    def cancel(self) -> None:
        """End it and wait until it has ended. May be called from the callback."""
        self._cancelled.set()
        self.join()

    def join(self, timeout_seconds: float | None = None) -> bool:
        """Wait until all has been given. False if the time was too short."""
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            for event in self._events:
                if self._cancelled.is_set():
                    return
                self._callback(event)
                self.position = Position.parse(event["position"])
        except Exception as error:
            self.error = error
            logger.exception("a follower ended")


def subscribe(path: str | os.PathLike[str], callback: Callable[[dict[str, Any]], object], **options: Any) -> Follower:
    """Call `callback(event)` for each event of the recording `path`, also while it is recorded; options are those of `follow`.

    Runs beside the match, not inside it: unlike with `Recorder.subscribe`, a callback may be as slow as it likes.
    """
    return Follower(path, callback, **options)
