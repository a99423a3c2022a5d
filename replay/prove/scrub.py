"""Going to and fro in a recording must show what straight play shows: two checks, as verifications."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable
from dataclasses import replace

from replay.core.game import Game, state_hash
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.verify import Verdict, Verification, verify

JUMPS = 100
REWOUND_TICKS, STRIDE_TICKS = 600, 60


def seek_equals(path: str | os.PathLike[str], game: Game | None = None) -> Verification:
    """Verify, then jump to a hundred ticks in random order, over the recording's snapshots and own checkpoints: every state must be
    the one of the straight run."""
    return _visit(
        path, game, lambda ticks: random.Random(ticks).sample(range(ticks + 1), min(JUMPS, ticks + 1)), "after a jump to it"
    )


def rewind_equals(path: str | os.PathLike[str], game: Game | None = None) -> Verification:
    """Verify, then step backwards from the end, tick by tick, over the last 600 ticks, and over
    the rest in strides of 60."""

    def order(ticks: int) -> Iterable[int]:
        near = max(ticks - REWOUND_TICKS, 0)
        return [*range(ticks, near, -1), *range(near, -1, -STRIDE_TICKS)]

    return _visit(path, game, order, "on the way back")


def _visit(path: str | os.PathLike[str], game: Game | None, order: Callable[[int], Iterable[int]], how: str) -> Verification:
    verification = verify(path, game)
    if not verification.is_ok:
        return verification
    with Recording(path) as recording:
        rules = find_game(recording.header.game) if game is None else game
        visits = list(order(recording.ticks))
        expected = _straight(rules, recording, set(visits))
        playback = Playback(rules, recording)
        for tick in visits:
            playback.seek(tick)
            if state_hash(playback.match) != expected[tick]:
                message = f"the state of tick {tick} differs {how} from that of the straight run"
                hint = f"something outside the snapshots decides the future; see replay check {verification.game}"
                return replace(
                    verification, verdict=Verdict.DIVERGED, message=message, hint=hint, first_bad_tick=tick, last_good_tick=None
                )
    return replace(verification, hashes_compared=verification.hashes_compared + len(visits))


def _straight(game: Game, recording: Recording, ticks: set[int]) -> dict[int, int]:
    """The hashes of these states in a run without snapshots, in one direction."""
    playback, hashes = Playback(game, recording, use_snapshots=False, checkpoint_budget_bytes=0), {}
    for tick in sorted(ticks):
        while playback.tick < tick:
            playback.step(tick - playback.tick)
        hashes[tick] = state_hash(playback.match)
    return hashes
