"""Going to and fro in a recording must show what straight play shows: two checks, as verifications."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable
from dataclasses import replace

from replay.core.divergence import Divergence
from replay.core.game import Game, state_hash
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.verify import Verdict, Verification, verify

JUMPS = 100
_TICKS_PER_JUMP = 30  # about what one costs: all jumps together are no dearer than the match
REWOUND_TICKS, NEAR_STRIDE_TICKS, STRIDE_TICKS = 30, 29, 60  # the second one visits every place between two checkpoints
_NEAR_TICKS = 600


def seek_equals(path: str | os.PathLike[str], game: Game | None = None) -> Verification:
    """Verify, then jump to ticks in random order, at most a hundred, over the recording's snapshots and own checkpoints: every
    state must be the one of the straight run."""

    def order(start: int, stop: int) -> Iterable[int]:
        ticks = range(start, stop + 1)
        return random.Random(stop).sample(ticks, min(JUMPS, len(ticks) // _TICKS_PER_JUMP + 1))

    return _visit(path, game, order, "after a jump to it")


def rewind_equals(path: str | os.PathLike[str], game: Game | None = None) -> Verification:
    """Verify, then step backwards from the end: tick by tick over the last 30 ticks, in strides of 29 over the 600 before, and over
    the rest in strides of 60. Every step back costs up to a second of the match."""

    def order(start: int, stop: int) -> Iterable[int]:
        near = max(stop - REWOUND_TICKS, start)
        far = max(near - _NEAR_TICKS, start)
        return [*range(stop, near, -1), *range(near, far, -NEAR_STRIDE_TICKS), *range(far, start - 1, -STRIDE_TICKS)]

    return _visit(path, game, order, "on the way back")


def _visit(path: str | os.PathLike[str], game: Game | None, order: Callable[[int, int], Iterable[int]], how: str) -> Verification:
    verification = verify(path, game)
    if not verification.is_ok:
        return verification
    with Recording(path) as recording:
        rules = find_game(recording.header.game) if game is None else game
        visits = list(order(recording.start_tick, recording.ticks))
        expected = _straight(rules, recording, set(visits))
        playback = Playback(rules, recording)
        for tick in visits:
            playback.seek(tick)
            # A playback that notices goes the straight way from there on, and warns: its states are right, the way was wrong.
            if playback.warning or state_hash(playback.match) != expected[tick]:
                return replace(
                    verification,
                    verdict=Verdict.DIVERGED,
                    message=f"the state of tick {tick} differs {how} from that of the straight run",
                    hint=f"something outside the snapshots decides the future; see replay check {verification.game}",
                    divergence=Divergence(None, verification.ticks),
                )
    return replace(verification, hashes_compared=verification.hashes_compared + len(visits))


def _straight(game: Game, recording: Recording, ticks: set[int]) -> dict[int, int]:
    """The hashes of these states in a run without snapshots, in one direction."""
    playback = Playback(game, recording, use_snapshots=False, checkpoint_budget_bytes=0)
    hashes = {}
    for tick in sorted(ticks):
        while playback.tick < tick:
            playback.step(tick - playback.tick)
        hashes[tick] = state_hash(playback.match)
    return hashes
