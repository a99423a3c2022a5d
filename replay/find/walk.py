"""One way through a recording, from its start to its end, that stands at every tick: each is proved before anyone looks at it.

What is compared is what a playback compares: the digest of every tick, and where a group of seconds ends the whole hashes of the
state and of the events; at the end the sealed ones. The claimed result and the snapshots are left to `replay verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from replay.core.errors import ReplayError, UnverifiableError
from replay.core.game import Events, Game
from replay.core.happened import no_events
from replay.core.recording import Recording
from replay.core.simulation import Simulation, Trace
from replay.core.visits import Every, Piece, pieces_of


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

    def pieces(self) -> Iterator[Piece]:
        """All states from the first to the last, many of them at once. Raises ReplayError at the first tick that the file
        contradicts, UnverifiableError at the end if there was nothing to compare with."""
        recording, simulation = self.recording, self.simulation
        yield Piece(simulation.tick, 1, no_events(simulation.abilities), None)
        for group in recording.groups(recording.start_tick):
            for piece, trace in pieces_of(simulation, group.rows, group.commands):
                self._compare_digests(piece.first - 1, trace)
                yield piece
            self._compare("events", group.spans[-1].events_hash, simulation.events_hash)
            self._compare("state", group.spans[-1].hash, simulation.hash)
        if (end := recording.end) is not None:
            self._compare("events", end.events_hash, simulation.events_hash)
            self._compare("state", end.hash, simulation.hash)
        if not self._compared:
            raise UnverifiableError("holds no hash to compare with", "nothing proves what would be said of it")

    def visits(self, every: Every) -> Iterator[tuple[int, Events]]:
        """The wanted ticks, each with the events of the step to it; the match stands there. What is done to the match is undone."""
        for piece in self.pieces():
            yield from piece.visits(self.simulation, every)

    def _compare_digests(self, tick: int, trace: Trace) -> None:
        """tick: where the trace begins."""
        recording = self.recording
        computed = trace.digests().tobytes()
        recorded = recording.digests(tick, self.simulation.tick)
        self._compared += len(recorded)
        if computed != recorded and (wrong := recording.compared_with(computed, tick)) is not None:
            step, base = recording.header.proof_ticks, recording.start_tick
            raise _differs(tick - (tick - base) % step + (wrong + 1) * step)

    def _compare(self, what: str, recorded: int | None, computed: int | Callable[[], int]) -> None:
        if recorded is None:
            return
        self._compared += 1
        if recorded != (computed() if callable(computed) else computed):
            raise _differs(self.simulation.tick, what)


def _differs(tick: int, what: str = "state") -> ReplayError:
    return ReplayError(f"differs from the recording: the {what} of tick {tick}", "where and why: replay verify")
