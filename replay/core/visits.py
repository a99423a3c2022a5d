"""Many ticks simulated in one call, and yet the match stands at any of them: put into the states that the call has written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from replay.core.commands import Command, commands_of
from replay.core.game import Events, Match
from replay.core.simulation import Checkpoint, Simulation, Trace, joined_traces

Every = Literal["event", "tick"] | int  # at which ticks one looks: those of a step with events, all, or every n-th
_AT_ONCE = 200  # ticks: of more the states would leave the processor's cache


class Piece(NamedTuple):
    """States of ticks one after the other. first: the tick of the first of them. events: those of the steps to them, in order.
    states: as saved, shape (ticks, bytes), uint8; None if the match writes none, and is where the piece is instead."""

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

    def visits(self, simulation: Simulation[Any], every: Every) -> Iterator[tuple[int, Events]]:
        """The wanted ticks, each with the events of the step to it. `simulation` is at the end of the piece; its match stands at
        the tick meanwhile, and what is done to it there is undone."""
        ticks = self.wanted(every)
        if self.states is None:
            yield from ((tick, self.events) for tick in ticks)
        elif ticks:
            end, events = simulation.checkpoint(), self.events_by_tick()
            assert end is not None
            for tick in ticks:
                simulation.restore(Checkpoint(tick, 0, 0, self.states[tick - self.first].tobytes(), 0))
                yield tick, events(tick)
            simulation.restore(end)


def pieces_of(
    simulation: Simulation[Any], rows: npt.NDArray[np.void], commands: Sequence[Command]
) -> Iterator[tuple[Piece, Trace]]:
    """Run ticks of one group, as many at once as can be visited: one where the match writes no states."""
    keeps, at = loads_states(simulation), 0
    step = _AT_ONCE if keeps and not commands else 1
    while at < len(rows):
        tick, ticks = simulation.tick, min(step, len(rows) - at)
        trace = simulation.traced(rows[at : at + ticks], commands_of(commands, tick, tick + ticks) if commands else ())
        yield Piece(tick + 1, ticks, trace.events, trace.states if keeps else None), trace
        at += ticks


def trace_at_events(
    simulation: Simulation[Any],
    rows: npt.NDArray[np.void],
    commands: Sequence[Command],
    look: Callable[[Events, Match], object],
) -> Trace:
    """`Simulation.trace` of ticks of one group; `look(events, match)` is called at the state after each step that had events."""
    traces = []
    for piece, trace in pieces_of(simulation, rows, commands):
        for _, events in piece.visits(simulation, "event"):
            look(events, simulation.match)
        traces.append(trace)
    return joined_traces(traces, simulation.abilities)


def loads_states(simulation: Simulation[Any]) -> bool:
    """Whether the match writes its states, and takes a saved one for a checkpoint, as one that is a plain record does."""
    if not simulation.writes_states or (checkpoint := simulation.checkpoint()) is None:
        return False
    return isinstance(checkpoint.handle, bytes) and checkpoint.handle == simulation.save()
