"""Does a recording still happen? Re-simulated from its start. Nothing derived is believed: digests, hashes, snapshots and result
are claims, and every one of them is compared: the digest of every tick, events in it, and the 64-bit hashes."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay.core.errors import CutError, FormatError, MachineError, ReplayError, UsageError
from replay.core.game import Game
from replay.core.proof import proved
from replay.core.url import path_of
from replay.core.verdict import Verdict, Verification

if TYPE_CHECKING:
    from replay.core.game import Events, Match
    from replay.core.recording import Recording

    Look = Callable[[Events, Match], object]
    Watch = Callable[[Match], tuple[Look, Look | None]]


def verify(
    path: str | os.PathLike[str],
    game: Game | None = None,
    *,
    every_tick: bool = True,
    start: int | None = None,
    stop: int | None = None,
    budget_ticks: int | None = None,
    budget_seconds: float | None = None,
    claimed_result: bool = True,
    progress: Callable[[int, int], object] | None = None,
) -> Verification:
    """Re-simulate a recording and compare every tick's digest, every hash, every snapshot but the one it begins with, the seal and
    the result.

    game: the rules to use; by default the game of this name that is here.
    every_tick: False compares only the hash of every second; then a divergence that heals within a second passes.
    start: begin at the recording's own snapshot at or before this tick, and believe it. stop: end with the chunk that holds it.
    budget_ticks, budget_seconds: give up beyond this much work (looked at once per chunk): for files of strangers.
    claimed_result: compare the result that the recorder sealed with the computed one.
    progress: called with (ticks done, ticks in all) about once per ten seconds of match time; on the way, the second
    may be an estimate by the bytes read.

    Raises OSError if the file cannot be opened, UsageError for a start or stop outside of it; everything else is in the
    returned value.
    """
    path, began = path_of(path), time.perf_counter()
    asked_for_all = every_tick and claimed_result and (start, stop, budget_ticks, budget_seconds) == (None,) * 4
    if asked_for_all and (proof := proved(path, game, progress)) is not None:
        header, *facts = proof
        known: dict[str, Any] = dict(zip(proof._fields[1:], facts, strict=True))
        known |= {"game": header.game, "rules": header.rules, "ticks_per_second": header.ticks_per_second}
        return Verification(path, Verdict.OK, **known, seconds=time.perf_counter() - began)
    from replay.core.recording import Recording

    def run() -> Verification:
        with Recording(path) as recording:
            return _run(recording, game, every_tick, progress, start, stop, budget_ticks, budget_seconds, claimed_result)

    return _judged(path, began, run)


def verify_open(recording: Recording, game: Game | None = None, watch: Watch | None = None) -> Verification:
    """`verify` of an open recording, and of all of it. watch: called with the match before its first tick, gives what is called
    with the events of each chunk (of each second, by default) and the match after them, once they have been compared; and what is
    called with the events of each tick that has some and the match after it, before they are compared, or None."""
    return _judged(recording.path, time.perf_counter(), lambda: _run(recording, game, True, None, watch=watch))


def _run(
    recording: Recording,
    game: Game | None,
    every_tick: bool,
    progress: Callable[[int, int], object] | None,
    start: int | None = None,
    stop: int | None = None,
    budget_ticks: int | None = None,
    budget_seconds: float | None = None,
    claimed_result: bool = True,
    watch: Watch | None = None,
) -> Verification:
    from replay.core.verifier import Verifier

    verifier = Verifier(recording, game, every_tick, progress)
    verifier.limit(start, stop, budget_ticks, budget_seconds)
    verifier.claimed_result = claimed_result
    if watch is not None:
        verifier.watched, verifier.looked = watch(verifier.simulation.match)
    return verifier.run()


def _judged(path: Path, began: float, run: Callable[[], Verification]) -> Verification:
    """What `run` finds, or the verdict on what kept it from finding anything."""
    try:
        verification = run()
    except UsageError:
        raise
    except CutError as error:
        verification = Verification(path, Verdict.INCOMPLETE, str(error), error.hint)
    except FormatError as error:
        verification = Verification(path, Verdict.UNREADABLE, str(error), error.hint)
    except MachineError as error:
        verification = Verification(path, Verdict.ENVIRONMENT, str(error), error.hint, errno=_number_of(error.__cause__))
    except ReplayError as error:  # other rules, or a game that is not here
        verification = Verification(path, Verdict.UNVERIFIABLE, str(error), error.hint)
    verification.seconds = time.perf_counter() - began
    return verification


def _number_of(cause: BaseException | None) -> int:
    return errno.ENOMEM if isinstance(cause, MemoryError) else (cause.errno or 0) if isinstance(cause, OSError) else 0


__all__ = ["Verdict", "Verification", "verify", "verify_open"]
