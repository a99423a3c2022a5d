"""Publishing of many: the events of all recordings in a folder as they come, under one position.

Records are plain data. `record` says what one is, `stream` of which recording (its path below the folder; `file` is all of it), and
`position` where all streams are once it has been dealt with. Whoever keeps the position of the last record together with what they
made of it, and comes back with it, gets every event once, and those of a recording in order, whatever was killed in between.

    begin      a recording: its game, rules, ticks_per_second, players, and the schema of its events, if any are followed
    event      what happened, as `replay.find.follow` gives it
    ended      the recording is sealed: how it ended, its ticks, the claimed result
    cut        it has no seal, and nobody writes it any more: its ticks
    resumed    it was cut, and has grown
    refused    it cannot be followed (damage, other rules, another in its place): message, hint. A later run tries again
    caught-up  once in a run: everything that was there has been given

A position is `NAME=PLACE;NAME=PLACE`, a place for each recording: `-` before its first event, else TICK:INDEX of the last one; then
`.` if it has ended, `!TICKS` if it was cut there. Its length grows with the number of recordings in the folder.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from replay.core.errors import FormatError, ReplayError, UsageError
from replay.core.game import Game, abilities_of
from replay.core.installed import find_game
from replay.core.names import recordings_below
from replay.core.paths import told
from replay.core.recording import Recording
from replay.core.url import local_path
from replay.find.follow import BEGIN, EventStream, Position, known_kinds
from replay.find.growing import STILL_SECONDS, Growing, Growth, may_begin, replaced

Record = dict[str, Any]
_PLACE = re.compile(r"(-|\d{1,12}:\d{1,9})(?:(\.)|!(\d{1,12}))?", re.ASCII)
_DISCOVERY_SECONDS = 0.5  # between two looks for new files


class Place(NamedTuple):
    """Where a stream is: after the event at `position`; and whether it `has_ended`, or was cut after so many ticks."""

    position: Position = BEGIN
    has_ended: bool = False
    cut_ticks: int | None = None

    def __str__(self) -> str:
        text = "-" if self.position == BEGIN else str(self.position)
        return text + ("." if self.has_ended else "" if self.cut_ticks is None else f"!{self.cut_ticks}")


def parse_places(text: str) -> dict[str, Place]:
    """A position of many streams, taken apart. Raises UsageError for a text that is none."""
    places = {}
    for part in text.split(";") if text else ():
        name, equals, place = part.rpartition("=")
        match = _PLACE.fullmatch(place)
        if not (name and equals and match):
            raise UsageError(
                f"{part[:80]!r} is not a position", "a position is NAME=PLACE;NAME=PLACE, as printed with every record"
            )
        position = BEGIN if match[1] == "-" else Position.parse(match[1])
        places[unquote(name)] = Place(position, bool(match[2]), None if match[3] is None else int(match[3]))
    return places


def follow_all(
    paths: Iterable[str | os.PathLike[str]],
    *,
    kinds: Iterable[str] | None = None,
    after: str = "",
    live: bool = True,
    game: Game | None = None,
    poll_seconds: float = 0.1,
    still_seconds: float | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Record]:
    """The records of all recordings in these files and folders after a position.

    kinds: of the events; None: all. With none at all nothing is simulated, and what remains is what becomes of the files.
    live: go on, with new files too; for ever if there is a folder among the paths, else until each file has ended or is cut.
    still_seconds: see `replay.find.growing`; by default 30.

    Raises UsageError for a position that is none. A recording that cannot be followed is a record.
    """
    desk = _Desk([local_path(path) for path in paths], None if kinds is None else list(kinds), after, game, still_seconds)
    is_endless = live and any(path.is_dir() for path in desk.paths)
    has_caught_up = False
    try:
        while not is_cancelled():
            desk.discover()
            is_open = False
            for stream in desk.streams:
                yield from stream.records(live)
                is_open = is_open or stream.is_open
            desk.streams = [stream for stream in desk.streams if not stream.is_over]
            if not has_caught_up:
                has_caught_up = True
                yield {"record": "caught-up", "position": desk.position()}
            if not live or not (is_endless or is_open):
                return
            time.sleep(poll_seconds)
    finally:
        for stream in desk.streams:
            stream.close()


class _Desk:
    """All streams, and where they are."""

    def __init__(
        self, paths: list[Path], kinds: list[str] | None, after: str, game: Game | None, still_seconds: float | None
    ) -> None:
        self.paths, self.kinds, self.game = paths, kinds, game
        self.still_seconds = STILL_SECONDS if still_seconds is None else still_seconds
        self.places = parse_places(after)
        self._texts = {name: _text_of(name, place) for name, place in self.places.items()}
        self.streams: list[_FollowedFile] = []
        self._known: set[Path] = set()
        self._looked: float | None = None

    def discover(self) -> None:
        now = time.monotonic()
        if self._looked is not None and now - self._looked < _DISCOVERY_SECONDS:
            return
        self._looked = now
        root = self.paths[0] if len(self.paths) == 1 and self.paths[0].is_dir() else None
        for given in self.paths:
            for path in recordings_below(given) if given.is_dir() else [given]:
                if path not in self._known:
                    self._known.add(path)
                    name = (path if root is None else path.relative_to(root)).as_posix()
                    self.streams.append(_FollowedFile(self, name, path))

    def place(self, name: str, place: Place) -> None:
        self.places[name] = place
        self._texts[name] = _text_of(name, place)

    def position(self) -> str:
        return ";".join(self._texts.values())


def _text_of(name: str, place: Place) -> str:
    return f"{quote(name, errors='surrogateescape')}={place}"


class _FollowedFile:
    """One recording among many. It is open only while there may be more in it."""

    def __init__(self, desk: _Desk, name: str, path: Path) -> None:
        self._desk, self._name, self._path = desk, name, path
        self._recording: Recording | None = None
        self._events: EventStream | None = None
        self._growing: Growing | None = None
        self._id: bytes | None = None  # of the recording that was open last
        self._size = -1  # of a file that is not open: as it was when there was no more in it
        self._is_refused = False

    @property
    def is_over(self) -> bool:
        """Whether nothing will come of it in this run."""
        place = self._desk.places.get(self._name)
        return self._is_refused or (place is not None and place.has_ended)

    @property
    def is_open(self) -> bool:
        """Whether it waits for more."""
        place = self._desk.places.get(self._name)
        return not self.is_over and (place is None or place.cut_ticks is None)

    def records(self, live: bool) -> Iterator[Record]:
        """Those of what is in the file by now."""
        if self.is_over:
            return
        place = self._desk.places.get(self._name)
        try:
            if self._recording is None and not (yield from self._opened(place, live)):
                return
            yield from self._followed()
        except UsageError:
            raise
        except (ReplayError, OSError) as error:
            self.close()
            self._is_refused = True
            message, hint = (str(error), error.hint) if isinstance(error, ReplayError) else told(error)
            yield self._notice("refused", message=message, hint=hint)
        finally:
            if not live:
                self.close()

    def _opened(self, place: Place | None, live: bool) -> Generator[Record, None, bool]:
        """Open the file, unless it has no header yet, or is cut as it was. Gives whether it is open."""
        size = self._path.stat().st_size
        if size == self._size:
            return False
        try:
            recording = Recording(self._path)
        except FormatError as error:
            if (
                live
                and may_begin(error)
                and time.time() - self._path.stat().st_mtime <= max(self._desk.still_seconds, STILL_SECONDS)
            ):
                return False
            raise
        if self._id not in (None, recording.header.id):
            recording.close()
            raise replaced()
        if place is not None and place.cut_ticks is not None:
            if recording.ticks <= place.cut_ticks and recording.end is None and recording.defect is None:
                recording.close()
                self._size = size
                return False
            place = self._put(place._replace(cut_ticks=None))
            yield self._notice("resumed")
        header = recording.header
        self._id = header.id
        self._recording, self._growing = recording, Growing(recording, self._desk.still_seconds)
        facts: Record = {"game": header.game, "rules": header.rules, "ticks_per_second": header.ticks_per_second}
        facts["players"] = [player.name for player in header.players]
        if self._desk.kinds is None or self._desk.kinds:
            game = self._desk.game or find_game(header.game)
            known_kinds(game, self._desk.kinds or ())
            self._events = EventStream(game, recording, BEGIN if place is None else place.position)
            facts["schema"] = schema_of(game)
        if place is None:
            self._put(Place())
            yield self._notice("begin", **facts)
        return True

    def _followed(self) -> Iterator[Record]:
        recording, growing, kinds = self._recording, self._growing, self._desk.kinds
        assert recording is not None and growing is not None
        while True:
            for position, event in self._events.read() if self._events is not None else ():
                if kinds is None or event["kind"] in kinds:
                    self._put(Place(position))
                    own = self._record("event")
                    yield own | event | own  # first, and the engine's own
            if self._events is not None and not self._events.at_end:
                continue
            growth = growing.look()
            if growth is Growth.WAITING:
                return
            if growth is Growth.GREW:
                continue
            if recording.defect is not None:
                raise recording.defect
            place = self._desk.places[self._name]
            if growth is Growth.ENDED and recording.end is not None:
                self._put(place._replace(has_ended=True))
                yield self._notice("ended", ticks=recording.ticks, how=recording.end.how, result=recording.end.result)
            else:
                self._put(place._replace(cut_ticks=recording.ticks))
                self._size = -1 if recording.has_changed() else self._path.stat().st_size
                yield self._notice("cut", ticks=recording.ticks)
            self.close()
            return

    def _put(self, place: Place) -> Place:
        self._desk.place(self._name, place)
        return place

    def _record(self, record: str, **facts: Any) -> Record:
        return {"record": record, "stream": self._name, "position": self._desk.position(), **facts}

    def _notice(self, record: str, **facts: Any) -> Record:
        return self._record(record, file=str(self._path), **facts)

    def close(self) -> None:
        if self._recording is not None:
            self._recording.close()
        self._recording = self._events = self._growing = None


def schema_of(game: Game) -> dict[str, Any]:
    """What its events are: kinds, the fields and types of structured ones, and the fields whose numbers have names."""
    abilities = abilities_of(game)
    dtype = abilities.event_dtype
    fields = {} if dtype is None else {name: dtype[name].str for name in dtype.names or ()}
    named = {name: list(names) for name, names in abilities.event_names.items()}
    return {"kinds": list(abilities.event_kinds), "fields": fields, "names": named}
