"""A match re-simulated from its recording, at some tick: step, run on, go anywhere. Nothing is shown that the file contradicts.

Every arrival is compared with the file, if it has digests: those of the last eight ticks of the way, or the 64-bit hash where a
saved state is the end of it (one digest alone lets a wrong state pass once in 256 times). Without them no state in it is believed.
Where they differ after a jump, the way there is not trusted: the match is run again from the start, and no jump is trusted any
more. Where they differ on the straight way from the start, the match has diverged from its recording: `divergence` says since
when, and playback goes on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from replay.core.checkpoints import Checkpoints
from replay.core.commands import Command
from replay.core.errors import FormatError, RulesError, UsageError
from replay.core.events import Subscription, Subscriptions
from replay.core.game import Events, GameOf, Inputs, Match
from replay.core.happened import joined, no_events
from replay.core.recording import Recording
from replay.core.simulation import Checkpoint, Simulation, Trace

CHECKPOINT_BUDGET_BYTES = 64 * 2**20
COMPARED_TICKS = 8

M = TypeVar("M", bound=Match)


class Playback(Generic[M]):
    """Re-simulates `recording` under `game`.

    tick: where `match` is, recording.start_tick..ticks.
    divergence: the first tick known to differ from the recording on the straight way, or None.
    warning: why jumps are not trusted, in words; empty as long as they are.
    use_snapshots: start from the recording's own snapshots where that is nearer. They are claims; the verifier ignores them.
    checkpoint_budget_bytes: memory for states kept while playing; by default as the match says, or 64 MiB.

    Raises UnverifiableError if the recording needs other rules.
    """

    def __init__(
        self,
        game: GameOf[M],
        recording: Recording,
        *,
        use_snapshots: bool = True,
        checkpoint_budget_bytes: int | None = None,
    ) -> None:
        self.game = game
        self.recording = recording
        self.simulation = Simulation(game, recording.header)
        self.divergence: int | None = None
        self.warning = ""
        self._subscriptions = Subscriptions(game)
        header = recording.header
        second = header.ticks_per_second
        match: Any = self.simulation.match
        spacing = getattr(match, "checkpoint_ticks", second)
        spacing = -(-spacing // header.proof_ticks) * header.proof_ticks
        if checkpoint_budget_bytes is None:
            checkpoint_budget_bytes = getattr(match, "checkpoint_budget_bytes", CHECKPOINT_BUDGET_BYTES)
        if self.simulation.proves_at_once:  # and a state is a copy of a record
            spacing = max(second // 4, 1)
        self._checkpoints: Checkpoints[Checkpoint] = Checkpoints(
            spacing, checkpoint_budget_bytes, recording.start_tick, self.simulation.release
        )
        self._use_snapshots = (
            use_snapshots and self.simulation.can_load and not recording.lacks_digests
        )  # else nothing would prove them
        self._jumped_to: int | None = None  # where a state was loaded on the way here; None on the straight way from the start
        self._begin()

    @property
    def match(self) -> M:
        return self.simulation.match

    @property
    def tick(self) -> int:
        return self.simulation.tick

    @property
    def ticks(self) -> int:
        return self.recording.ticks

    @property
    def at_end(self) -> bool:
        return self.tick >= self.recording.ticks

    def subscribe(self, kinds: Iterable[str] | None, callback: Callable[[Events], object]) -> Subscription:
        """`callback(events)` for the events of every tick that is stepped, in order. Ticks skipped by `seek` are silent."""
        return self._subscriptions.subscribe(kinds, callback)

    def step(self, ticks: int = 1) -> Events:
        """Run up to `ticks` ticks, at most to the end, and return their events in order."""
        if self.simulation.is_lost:
            self.seek(self.tick)
        if self._jumped_to == self.tick < self.recording.ticks:  # the next tick would be proved by one digest alone
            self._approach(self.tick)
        here, stop = self.tick, min(self.tick + ticks, self.recording.ticks)
        events = self._run(stop, keeps_events=True)
        if events is None:  # the way here had not been the straight one; now it is
            self._go_straight(here)
            events = self._run(stop, keeps_events=True)
        self._subscriptions.deliver(events)
        return events

    def seek(self, tick: int | None = None, *, version: int | None = None) -> None:
        """Put the match at `tick` (start_tick..ticks), or at the first state that contains input event `version`; running at most
        one checkpoint or snapshot interval. Raises UsageError outside."""
        if (tick is None) == (version is None):
            raise UsageError("seek takes a tick or a version", "one of them")
        tick = self.recording.tick_of_version(version) if version is not None else tick
        assert tick is not None
        self.recording.check_ticks(tick)
        if self.warning or not self.simulation.can_return or not len(self._checkpoints):
            self._go_straight(tick)
            return
        if self.tick == tick and not self.simulation.is_lost:
            return
        nearest, checkpoint = self._checkpoints.nearest(tick)
        if nearest == tick:  # exactly the state that was proved there
            if not self._restore(checkpoint):
                self._go_straight(tick)
        elif not self._lands_on_snapshot(tick):
            self._approach(tick)

    def _approach(self, tick: int) -> None:
        """Go to `tick` by a way that is long enough to be proved."""
        far = max(tick - COMPARED_TICKS * self.recording.header.proof_ticks, self.recording.start_tick)
        here = self.tick if self.tick <= tick and not self.simulation.is_lost else -1
        if self._jumped_to is not None and self._jumped_to > far:
            here = -1
        nearest, checkpoint = self._checkpoints.nearest(far)
        if not self._load_recorded(max(here, nearest), far) and nearest > here:
            compares = not self.recording.lacks_digests and (self.divergence is None or tick < self.divergence)
            if not self._restore(checkpoint, compares and tick - nearest >= COMPARED_TICKS * self.recording.header.proof_ticks):
                self._go_straight(tick)
                return
        if self._run(tick) is None:
            self._go_straight(tick)

    def _restore(self, checkpoint: Checkpoint, comes_on: bool = False) -> bool:
        """False if the game's load() raises: then only the straight way is left. comes_on: the digests of enough ticks will be
        compared from here on; else the state has to be the one that it was."""
        try:
            self.simulation.restore(checkpoint)
        except RulesError as error:
            self._checkpoints.clear()
            self.warning = f"load() raised {error.kind}: the match runs again from the start; see replay check {self.game.name}"
            self._go_straight(checkpoint.tick)
            return False
        self._jumped_to = self.tick if self.tick > self.recording.start_tick else None
        if not comes_on and self.simulation.hash() != checkpoint.hash:
            self._distrust(self.tick)
            return False
        return True

    def _lands_on_snapshot(self, tick: int) -> bool:
        """Whether the file has a snapshot of exactly this tick, and the hash before it proves it."""
        if not self._use_snapshots or not self.recording.has_snapshot(tick) or self.recording.hash_at(tick) is None:
            return False
        return self._load_recorded(tick - 1, tick) and self._agrees_here()

    # --- the ways there ---

    def _begin(self) -> None:
        """At the start, as it was never left."""
        if self.recording.start_tick:
            state = self.recording.start_state
            assert state is not None
            self.simulation.load(state, self.recording.start_tick)
        self._jumped_to = None
        self._keep()

    def _go_straight(self, tick: int) -> None:
        """Run from the start to `tick`, if need be; nothing is loaded on the way."""
        if self._jumped_to is not None or self.tick > tick or self.simulation.is_lost:
            self.simulation.restart()
            self._begin()
        self._run(tick)

    def _run(self, stop: int, keeps_events: bool = False) -> Events | None:
        """From here to `stop`, in pieces that end where a checkpoint is wanted. None if the file contradicts what a jump led to."""
        header = self.recording.header
        pieces: list[Events] = []
        while self.tick < stop:
            group = header.group_ticks  # what its commands take has a limit
            to_border = group - (self.tick - header.start_tick) % group if self.recording.has_commands else group
            limit = min(stop, self.tick + to_border)
            wanted = self._checkpoints.next_wanted(self.tick, limit)
            compared = self._compared_from(self.tick, wanted)
            piece_stop = limit if self.simulation.proves_at_once and compared < wanted else wanted
            every = self._checkpoints.spacing_ticks if wanted < piece_stop and not self.warning else 0
            try:
                wrong = self._run_piece(compared, piece_stop, every, pieces)
            except RulesError:  # perhaps of a state that is none
                if self._jumped_to is None:
                    raise
                wrong = piece_stop
            if wrong is not None:
                if self._jumped_to is not None and wrong != self.divergence:
                    self._distrust(wrong)
                    return None
                self.divergence = min(wrong, self.divergence or wrong)
            self._keep()
            if not keeps_events:
                pieces.clear()
        return joined(pieces, self.simulation.abilities) if pieces else no_events(self.simulation.abilities)

    def _run_piece(self, compared: int, stop: int, every: int, pieces: list[Events]) -> int | None:
        """Run on to `stop`, comparing from `compared` on, and add the events to `pieces`. Keeps a checkpoint of every `every`-th
        tick on the way. Returns the first compared tick that differs."""
        if compared > self.tick:
            pieces.append(self._advance(compared))
        if compared == stop:
            return None
        trace = self.simulation.trace(*self._given(compared, stop), every)
        pieces.append(trace.events)
        wrong = self._contradiction(compared, trace)
        for checkpoint in trace.checkpoints if wrong is None else ():
            self._checkpoints.add(checkpoint.tick, checkpoint, checkpoint.cost)
        return wrong

    def _compared_from(self, start: int, stop: int) -> int:
        """From where on the ticks to `stop` are compared one by one; on a multiple of the ticks that are proved."""
        if not self.recording.has_digests or (self.divergence is not None and start >= self.divergence):
            return stop
        if self.simulation.proves_at_once:
            return start
        step, base = self.recording.header.proof_ticks, self.recording.start_tick
        last = stop - (stop - base) % step
        return max(start, last - COMPARED_TICKS * step)

    def _advance(self, stop: int) -> Events:
        start = self.tick
        return self.simulation.run(*self._given(start, stop))

    def _given(self, start: int, stop: int) -> tuple[Inputs, list[Command]]:
        return self.recording.inputs(start, stop), self.recording.commands(start, stop)

    def _contradiction(self, start: int, trace: Trace) -> int | None:
        """The first of the ticks traced from `start` on whose digest in the file is another."""
        if not len(trace.hashes) or (self.divergence is not None and start >= self.divergence):
            return None
        computed = trace.digests().tobytes()
        if not self.recording.lacks_digests and computed == self.recording.digests(start, self.tick):
            return None
        wrong = self.recording.compared_with(computed, start)
        step, base = self.recording.header.proof_ticks, self.recording.start_tick
        return None if wrong is None else start - (start - base) % step + (wrong + 1) * step

    def _agrees_here(self) -> bool:
        """Whether the state that was loaded is the one that the file has hashed."""
        return self.recording.hash_at(self.tick) == self.simulation.hash()

    def _distrust(self, tick: int) -> None:
        """What a jump led to is not what the file proves: from now on only the straight way is trusted, unless the straight way
        differs too; then it is the recording that diverges."""
        if self.divergence is not None and tick >= self.divergence:
            return
        self._checkpoints.clear()
        self.simulation.restart()
        self._begin()
        self._run(tick)
        if self.divergence is None:
            self.warning = (
                f"after a jump, the state of tick {tick} differs from that of the straight run: something outside save() decides "
                f"the future; see replay check {self.game.name}"
            )

    def _keep(self) -> None:
        if self._checkpoints.wants(self.tick) and not self.warning:
            checkpoint = self.simulation.checkpoint()
            if checkpoint is not None:
                self._checkpoints.add(self.tick, checkpoint, checkpoint.cost)

    def _load_recorded(self, after: int, until: int) -> bool:
        """Load the recording's own snapshot nearest to `until`, if one lies after `after` and begins a group, so that its events
        can be proved. One that is not a state is the last that is tried; the verifier says what is wrong."""
        recording = self.recording
        ticks = recording.snapshot_ticks if self._use_snapshots else []
        for index in range(bisect_right(ticks, until) - 1, -1, -1):
            tick = ticks[index]
            if tick <= after:
                break
            if (tick - recording.start_tick) % recording.header.group_ticks or tick >= (self.divergence or tick + 1):
                continue
            try:
                self.simulation.load(recording.snapshot(tick), tick)
            except FormatError:
                self._use_snapshots = False  # a file full of them would hold up every seek
                return False
            self._jumped_to = tick if tick > recording.start_tick else None  # not proved yet, and therefore not kept
            return True
        return False
