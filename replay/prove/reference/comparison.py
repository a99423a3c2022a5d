"""Where the states that a reference computes and those computed here part."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from replay.core.divergence import FIELDS_NAMED, FieldDifference, differences
from replay.core.errors import ReplayError
from replay.core.game import Game
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.verify import Verification
from replay.prove.jsonable import jsonable
from replay.prove.reference.reference import Reference
from replay.prove.reference.remote import event_facts


@dataclass(frozen=True)
class ReferenceComparison:
    """tick, fields: the first tick at which the states differ, and where; `recorded` is the reference, `computed` is here. The tick
    is None where none differs, or where they could not be compared; then `note` says so. events: those that led to that tick, the
    reference's and ours, where they differ."""

    tick: int | None = None
    fields: list[FieldDifference] = field(default_factory=list)
    note: str = ""
    events: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])


def compare(
    verification: Verification, python: str | os.PathLike[str] | Reference, game: Game | None = None
) -> ReferenceComparison:
    """Compare what the reference and this code compute from the inputs of a diverged recording, up to its first bad tick.

    python: the interpreter, or a `Reference` that is open already, to be asked about many recordings.
    Whatever goes wrong is said in the `note`.
    """
    if verification.first_bad_tick is None:
        return ReferenceComparison()
    try:
        with ExitStack() as stack:
            recording = stack.enter_context(Recording(verification.path))
            reference = python if isinstance(python, Reference) else stack.enter_context(Reference(python))
            rules = find_game(recording.header.game) if game is None else game
            # Digests after the last full hash that agreed may have agreed by chance.
            return _first_difference(recording, reference, rules, verification.ticks, verification.first_bad_tick)
    except ReplayError as error:
        return ReferenceComparison(note=f"{error}. {error.hint}" if error.hint else str(error))


def whole_state(match: Any) -> bytes:
    """What a match saves; of one that does not save, its proof."""
    save = getattr(match, "save", None) or match.proof
    return bytes(save())


def _first_difference(recording: Recording, reference: Reference, game: Game, start: int, stop: int) -> ReferenceComparison:
    playback = Playback(game, recording, use_snapshots=False)
    start = max(start, recording.start_tick)
    playback.seek(start)
    for tick, (theirs, their_events) in enumerate(reference.states(recording.path, start, stop), start):
        our_events = jsonable(event_facts(game, playback.step())) if tick > start else []
        their_events = jsonable(their_events)
        events = ([], []) if our_events == their_events else (their_events, our_events)
        ours = playback.simulation.record()
        if isinstance(theirs, bytes) and isinstance(ours, dict):
            theirs = playback.simulation.record(theirs) or theirs
        if isinstance(theirs, bytes) or ours is None:
            if whole_state(playback.match) != (theirs if isinstance(theirs, bytes) else theirs.tobytes()):
                return ReferenceComparison(tick, events=events)
        elif fields := list(islice(differences(theirs, ours), FIELDS_NAMED)):
            return ReferenceComparison(tick, fields, events=events)
        if events[0] != events[1]:
            return ReferenceComparison(tick, note="the states agree there; the events that led to it differ", events=events)
    note = f"the reference computes the same states and events as this code up to tick {stop}: it did not make this recording"
    return ReferenceComparison(note=note)
