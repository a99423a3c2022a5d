"""A match being re-simulated from its recording, at some tick: step, run on, go anywhere."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable

import numpy as np

from replay.core.checkpoints import Checkpoints
from replay.core.errors import ReplayError, UnverifiableError, UsageError
from replay.core.events import Subscription, Subscriptions
from replay.core.format import Header
from replay.core.game import Events, Game, Match
from replay.core.recording import Recording

CHECKPOINT_BUDGET_BYTES = 64 * 2**20


def start_match(game: Game, header: Header) -> Match:
    """The match of a recording at tick 0. Raises UnverifiableError if these are not the rules that made it."""
    if (game.name, game.rules) != (header.game, header.rules):
        raise UnverifiableError(
            f"needs {header.game} rules {header.rules}; installed: {game.name} rules {game.rules}",
            "install the version that recorded it",
        )
    if game.input_dtype != header.input_dtype or game.ticks_per_second != header.ticks_per_second:
        raise UnverifiableError(
            f"its inputs are {header.input_dtype} at {header.ticks_per_second} ticks/s; "
            f"{game.name} rules {game.rules} take {game.input_dtype} at {game.ticks_per_second}",
            "the rules changed without a new rules number",
        )
    try:
        return game.new_match(header.seed, len(header.players), header.config)
    except UnverifiableError:
        raise
    except Exception as error:  # the config comes from a file; what a game makes of nonsense is its own affair
        raise UnverifiableError(
            f"{game.name} rules {game.rules} cannot start this match: {str(error) or type(error).__name__}",
            f"its config: {header.config}",
        ) from error


class Playback:
    """Re-simulates `recording` under `game`.

    tick: where `match` is, 0..recording.ticks.
    use_snapshots: start from the recording's own snapshots where that is nearer. They are claims; the verifier ignores them.
    checkpoint_budget_bytes: memory for states kept while playing.

    Raises UnverifiableError if the recording needs other rules.
    """

    def __init__(
        self,
        game: Game,
        recording: Recording,
        *,
        use_snapshots: bool = True,
        checkpoint_budget_bytes: int = CHECKPOINT_BUDGET_BYTES,
    ) -> None:
        self.game = game
        self.recording = recording
        self.match = start_match(game, recording.header)
        self.tick = 0
        self._subscriptions = Subscriptions(game)
        self._checkpoints = Checkpoints(recording.header.ticks_per_second, checkpoint_budget_bytes)
        self._checkpoints.add(0, self.match.save())
        self._use_snapshots = use_snapshots

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
        events = self._run(min(self.tick + ticks, self.recording.ticks))
        self._subscriptions.deliver(events)
        return events

    def seek(self, tick: int) -> None:
        """Put the match at `tick` (0..ticks), running at most one checkpoint or snapshot interval. Raises UsageError outside."""
        if not 0 <= tick <= self.recording.ticks:
            raise UsageError(f"no tick {tick}; this recording has ticks 0..{self.recording.ticks}")
        here = self.tick if self.tick <= tick else -1
        kept, state = self._checkpoints.nearest(tick)
        if not self._load_recorded(max(here, kept), tick) and kept > here:
            self.match.load(state)
            self.tick = kept
        self._run(tick)

    def _run(self, stop: int) -> Events:
        """From here to `stop`, in pieces that end where a checkpoint is wanted."""
        pieces: list[Events] = []
        spacing = self._checkpoints.spacing_ticks
        while self.tick < stop or not pieces:
            piece_stop = min(stop, self.tick - self.tick % spacing + spacing)
            rows = self.recording.inputs(self.tick, piece_stop)
            try:
                pieces.append(self.match.advance(rows))
            except Exception as error:  # inputs and config come from a file; what the rules make of nonsense is their own affair
                raise ReplayError(
                    f"the rules raised {type(error).__name__} behind tick {self.tick}: {error}", "replay verify names the tick"
                ) from error
            self.tick = piece_stop
            if self._checkpoints.wants(piece_stop):
                self._checkpoints.add(piece_stop, self.match.save())
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _load_recorded(self, after: int, until: int) -> bool:
        """Load the recording's own snapshot nearest to `until`, if one lies behind `after`. One that is no state is passed over:
        an earlier start will do, and the verifier says what is wrong with it."""
        ticks = self.recording.snapshot_ticks if self._use_snapshots else []
        for index in range(bisect_right(ticks, until) - 1, -1, -1):
            if ticks[index] <= after:
                break
            try:
                state = self.recording.snapshot(ticks[index])
                self.match.load(state)
            except ValueError:
                continue
            self.tick = ticks[index]
            self._checkpoints.add(self.tick, state)
            return True
        return False
