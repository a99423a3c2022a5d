"""Projections: folds over the events of a match, recorded or running, into what someone wants to know, a read model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import msgpack
import numpy as np

from replay.core.checkpoints import Checkpoints
from replay.core.errors import UsageError
from replay.core.game import Abilities, Events, Game, Match, abilities_of
from replay.core.happened import joined, no_events
from replay.core.playback import Playback
from replay.read.readmodel import Table

SAVED_BUDGET_BYTES = 16 * 2**20
_SAVE_EVERY_SECONDS = 10
_EVENTS_AT_ONCE = 4096


class Projection(Protocol):
    """One read model. Fold order is the tick order; nothing else may influence it: how the events are cut into calls must not.

    name, version: identify what `result()` means; bump the version when the same events fold to something else.
    An attribute `is_sampling = False` says that it looks at the match only for what the events have changed: then it is called once
    in a while, with the events of many seconds, which is quicker. `state_at_events = True` says that it looks at the match as it
    was at each event: then it is called after every tick that had some, with these, and where the folding stops, which is slower.
    """

    name: str
    version: int

    def observe(self, events: Events, match: Match) -> None:
        """Fold the next events; `match` is at the tick after them, and only to be read. Called at every second of match time, even
        without events, and wherever else someone stopped to look, unless the projection says otherwise (see above): what samples
        the match does so at ticks of its own."""
        ...

    def result(self) -> Any:
        """The read model as it stands: one of those in `replay.read.readmodel`, or any plain data (JSON-able). Always of the same
        type, also before anything was observed: that is how others see what this projection is good for."""
        ...


@runtime_checkable
class Resumable(Projection, Protocol):
    """A projection that, like the match itself, goes on from a saved state as if it had folded everything before."""

    def save(self) -> bytes: ...

    def load(self, saved: bytes) -> None:
        """Become what `save()` of a projection of the same match gave these bytes. They never come from a file."""
        ...


class Fold:
    """Base of a projection whose attributes are all plain data (lists, dicts, numbers, text) or numpy arrays: it is resumable."""

    def save(self) -> bytes:
        return bytes(msgpack.packb(vars(self), default=_pack_array))

    def load(self, saved: bytes) -> None:
        vars(self).update(msgpack.unpackb(saved, ext_hook=_unpack_array, strict_map_key=False))


def _pack_array(value: Any) -> msgpack.ExtType:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"a projection's attribute holds a {type(value).__name__}; only plain data and arrays can be saved")
    return msgpack.ExtType(1, msgpack.packb([value.dtype.str, value.shape, value.tobytes()]))


def _unpack_array(code: int, data: bytes) -> Any:
    dtype, shape, raw = msgpack.unpackb(data)
    return np.frombuffer(bytearray(raw), dtype).reshape(shape)


Factory = Callable[[Match, Sequence[str]], Projection]


def projections_of(game: Game) -> Mapping[str, Factory]:
    """The game's projections by name; each is for a match, from whose tick on it counts, and the players' names."""
    return abilities_of(game).projections


def make_projections(playback: Playback[Any], names: Sequence[str] | None = None) -> list[Projection]:
    """The projections of the playback's game by these names (None: all). They count from the tick at which its match stands.

    Raises UsageError for a name that the game does not have.
    """
    factories = projections_of(playback.game)
    wanted = list(factories) if names is None else list(names)
    for name in wanted:
        if name not in factories:
            known = ", ".join(factories) or "none"
            raise UsageError(f"{playback.game.name} has no projection {name!r}", f"it has: {known}")
    players = [player.name for player in playback.recording.header.players]
    return [factories[name](playback.match, players) for name in wanted]


def first_projection(playback: Playback[Any], is_wanted: Callable[[Any], bool]) -> Projection | None:
    """The first projection of the playback's game with such a result: of that type, say. None if the game has none."""
    return next((projection for projection in make_projections(playback) if is_wanted(projection.result())), None)


def has_moments(result: Any) -> bool:
    """Whether a result is a table of moments worth seeing: one with a title and a tick in each row."""
    return isinstance(result, Table) and bool(result.title and result.tick)


def highlights(playback: Playback[Any], until: int | None = None) -> Table | None:
    """The moments worth seeing: the rows of the game's first table with a title and a tick in each. Runs `playback` on to `until`
    (default: its end). None if the game has no such table."""
    projection = first_projection(playback, has_moments)
    if projection is None:
        return None
    fold(playback, [projection], until)
    table: Table = projection.result()
    return table


class Folding:
    """Projections that observe one match together. Those that do not sample it are told of many events at once.

    is_looking: whether some see the match at each event. Then `look` is called after every tick that had some.
    """

    def __init__(self, projections: Sequence[Projection], abilities: Abilities) -> None:
        self._looking = [each for each in projections if getattr(each, "state_at_events", False)]
        rest = [each for each in projections if not getattr(each, "state_at_events", False)]
        self._sampling = [each for each in rest if getattr(each, "is_sampling", True)]
        self._others = [each for each in rest if not getattr(each, "is_sampling", True)]
        self.is_looking = bool(self._looking)
        self._abilities = abilities
        self._waiting: list[Events] = []
        self._count = 0

    def look(self, events: Events, match: Match) -> None:
        """After a tick that had events, with these; before `observe` is told of them."""
        for projection in self._looking:
            projection.observe(events, match)

    def observe(self, events: Events, match: Match) -> None:
        """At every second of match time, with the events since."""
        for projection in self._sampling:
            projection.observe(events, match)
        if len(events):
            self._waiting.append(events)
            self._count += len(events)
            if self._count > _EVENTS_AT_ONCE:
                self.catch_up(match)

    def catch_up(self, match: Match) -> None:
        """Tell all of what was observed: `match` is at the last tick of it."""
        events = joined(self._waiting, self._abilities) if self._waiting else no_events(self._abilities)
        self._waiting, self._count = [], 0
        for projection in self._others:
            projection.observe(events, match)
        self.look(no_events(self._abilities), match)

    def advance(self, playback: Playback[Any], stop: int) -> Events:
        """Run `playback` on to tick `stop`, at most to the end of a second, and observe it. Returns the events on the way."""
        if self.is_looking:
            steps = []
            while playback.tick < stop:
                steps.append(playback.step())
                if len(steps[-1]):
                    self.look(steps[-1], playback.match)
            events = joined(steps, self._abilities)
        else:
            events = playback.step(stop - playback.tick)
        self.observe(events, playback.match)
        return events


def fold(playback: Playback[Any], projections: Sequence[Projection], until: int | None = None) -> None:
    """Run `playback` on to tick `until` (default: its end) and let all `projections` observe it, in this one pass."""
    second = playback.game.ticks_per_second
    stop = playback.ticks if until is None else min(until, playback.ticks)
    if playback.tick >= stop:
        return
    folding = Folding(projections, playback.simulation.abilities)
    while playback.tick < stop:
        folding.advance(playback, min(playback.tick - playback.tick % second + second, stop))
    folding.catch_up(playback.match)


class ProjectedPlayback:
    """A playback and read models that go wherever it goes: after any `seek` they are what folding from the start would give.

    On the way the projections are saved like checkpoints, so that going anywhere a second time folds at most one spacing.
    `playback` stands at its first tick and from now on moves only by `seek` and `step` of this object; `projections` are fresh.
    """

    def __init__(self, playback: Playback[Any], projections: Sequence[Resumable], budget_bytes: int = SAVED_BUDGET_BYTES) -> None:
        self.playback = playback
        self.projections = list(projections)
        self._start_tick = playback.recording.start_tick
        spacing = _SAVE_EVERY_SECONDS * playback.game.ticks_per_second
        self._saved: Checkpoints[bytes] = Checkpoints(spacing, budget_bytes, self._start_tick)
        self._save()

    @property
    def tick(self) -> int:
        return self.playback.tick

    def step(self, ticks: int = 1) -> None:
        """On by up to `ticks` ticks, at most to the end."""
        self._fold(min(self.tick + ticks, self.playback.ticks))

    def seek(self, tick: int) -> None:
        """To `tick`, start_tick..ticks. Raises UsageError outside."""
        self.playback.recording.check_ticks(tick)
        saved_tick, states = self._saved.nearest(tick)
        if not saved_tick <= self.tick <= tick:
            self.playback.seek(saved_tick)
            for projection, state in zip(self.projections, msgpack.unpackb(states), strict=True):
                projection.load(state)
        self._fold(tick)

    def _fold(self, stop: int) -> None:
        while self.tick < stop:
            fold(self.playback, self.projections, self._saved.next_wanted(self.tick, stop))
            self._save()

    def _save(self) -> None:
        if self._saved.wants(self.tick):
            saved = msgpack.packb([projection.save() for projection in self.projections])
            self._saved.add(self.tick, saved, len(saved))
