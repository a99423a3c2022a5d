"""One way through a recording, from its start to its end, that stands at every tick: each is proved before anyone looks at it.

What is compared is what a playback compares: the digest of every tick, and where a group of seconds ends the whole hashes of the
state and of the events; at the end the sealed ones. The claimed result and the snapshots are left to `replay verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from replay.core.commands import commands_of
from replay.core.errors import ReplayError, UnverifiableError
from replay.core.game import Events, Game
from replay.core.happened import no_events
from replay.core.recording import Group, Recording
from replay.core.simulation import Checkpoint, Simulation

Every = Literal["event", "tick"] | int  # at which ticks one looks: those of a step with events, all, or every n-th
_AT_ONCE = 200  # ticks: of more the states would leave the processor's cache


class Piece(NamedTuple):
    """States of ticks one after the other, proved. first: the tick of the first of them. events: those of the steps to them, in
    order. states: as saved, shape (ticks, bytes), uint8; None if the match writes none, and is where the piece is instead."""

    first: int
    ticks: int
    events: Events
    states: npt.NDArray[np.uint8] | None

    def wanted(self, every: Every) -> list[int]:
        """Those of its ticks at which one looks."""
        if every == "event":
            before = self.events["tick"] if isinstance(self.events, np.ndarray) else [event[0] for event in self.events]
            return (np.unique(np.asarray(before, np.int64)) + 1).tolist()  # type: ignore[no-any-return]
        step = every if isinstance(every, int) else 1
        return list(range(-(-self.first // step) * step, self.first + self.ticks, step))

    def events_by_tick(self) -> Callable[[int], Events]:
        """A function that gives the events of the step to a tick."""
        events, first = self.events, self.first
        if not isinstance(events, np.ndarray):
            return lambda tick: [event for event in events if event[0] == tick - 1]
        borders = np.searchsorted(events["tick"], np.arange(first - 1, first + self.ticks)).tolist()
        return lambda tick: events[borders[tick - first] : borders[tick - first + 1]]


class Walk:
    """`recording` under `game`. Raises UnverifiableError if these are not its rules; see `Simulation` for what else may be raised.

    simulation: at the end of the last piece.
    """

    def __init__(self, game: Game, recording: Recording) -> None:
        self.recording = recording
        self.simulation = Simulation(game, recording.header)
        self._compared = 0
        if recording.start_tick:
            state = recording.start_state
            assert state is not None
            self.simulation.load(state, recording.start_tick)
        self._loads_states = _loads_states(self.simulation)

    def pieces(self) -> Iterator[Piece]:
        """All states from the first to the last, many of them at once. Raises ReplayError at the first tick that the file
        contradicts, UnverifiableError at the end if there was nothing to compare with."""
        recording, simulation = self.recording, self.simulation
        yield Piece(simulation.tick, 1, no_events(simulation.abilities), None)
        for group in recording.groups(recording.start_tick):
            at, step = 0, _AT_ONCE if self._loads_states and not group.commands else 1
            while at < len(group.rows):
                yield self._piece(group, at, min(at + step, len(group.rows)))
                at += step
            self._compare("events", group.spans[-1].events_hash, simulation.events_hash)
            self._compare("state", group.spans[-1].hash, simulation.hash)
        if (end := recording.end) is not None:
            self._compare("events", end.events_hash, simulation.events_hash)
            self._compare("state", end.hash, simulation.hash)
        if not self._compared:
            raise UnverifiableError("holds no hash to compare with", "nothing proves what would be said of it")

    def visits(self, every: Every) -> Iterator[tuple[int, Events]]:
        """The wanted ticks, each with the events of the step to it; the match stands there. What is done to the match is undone."""
        simulation = self.simulation
        for piece in self.pieces():
            ticks = piece.wanted(every)
            if piece.states is None:
                for tick in ticks:
                    yield tick, piece.events
                continue
            end = simulation.checkpoint()
            assert end is not None
            events = piece.events_by_tick()
            for tick in ticks:
                simulation.restore(Checkpoint(tick, 0, 0, piece.states[tick - piece.first].tobytes(), 0))
                yield tick, events(tick)
            simulation.restore(end)

    def _piece(self, group: Group, start: int, stop: int) -> Piece:
        recording, simulation, tick = self.recording, self.simulation, self.simulation.tick
        commands = commands_of(group.commands, tick, tick + stop - start) if group.commands else ()
        trace = simulation.traced(group.rows[start:stop], commands)
        computed = trace.digests().tobytes()
        recorded = recording.digests(tick, simulation.tick)
        self._compared += len(recorded)
        if computed != recorded and (wrong := recording.compared_with(computed, tick)) is not None:
            step, base = recording.header.proof_ticks, recording.start_tick
            raise _differs(tick - (tick - base) % step + (wrong + 1) * step)
        return Piece(tick + 1, stop - start, trace.events, trace.states if self._loads_states else None)

    def _compare(self, what: str, recorded: int | None, computed: int | Callable[[], int]) -> None:
        if recorded is None:
            return
        self._compared += 1
        if recorded != (computed() if callable(computed) else computed):
            raise _differs(self.simulation.tick, what)


def _differs(tick: int, what: str = "state") -> ReplayError:
    return ReplayError(f"differs from the recording: the {what} of tick {tick}", "where and why: replay verify")


def _loads_states(simulation: Simulation[Any]) -> bool:
    """Whether the match writes its states, and takes a saved one for a checkpoint, as one that is a plain record does."""
    if not simulation.writes_states or (checkpoint := simulation.checkpoint()) is None:
        return False
    return isinstance(checkpoint.handle, bytes) and checkpoint.handle == simulation.save()
