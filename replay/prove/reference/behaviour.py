"""What the rules here do otherwise than those that made a recording, over the whole match: states by name, and every event."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from replay.core.divergence import FIELDS_NAMED, FieldDifference, differences
from replay.core.errors import ReplayError
from replay.core.game import Game
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.prove.jsonable import jsonable
from replay.prove.reference.comparison import missing_events, named_events, whole_state
from replay.prove.reference.remote import event_facts
from replay.prove.reference.revision import Asked, opened

FIRST_EVENTS = 4  # that are kept of those that vanish, and of those that appear


@dataclass
class Behaviour:
    """changed_at: the first tick at which a field that both have differs, or the events that led to it; None if there is none.
    fields: what differs there, `recorded` by the old rules. alone: names of fields that only one of the two has.
    vanished, appeared: events that only the old or only the new rules have at a tick, by kind; and the first of them.
    state: the old one at `changed_at`, by field names or as bytes. has_same_events: of the step to it. note: why there is no
    comparison; empty if there is one."""

    changed_at: int | None = None
    fields: list[FieldDifference] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    vanished: Counter[str] = field(default_factory=Counter)
    appeared: Counter[str] = field(default_factory=Counter)
    first_vanished: list[dict[str, Any]] = field(default_factory=list)
    first_appeared: list[dict[str, Any]] = field(default_factory=list)
    state: Any = field(default=None, repr=False)
    has_same_events: bool = True
    note: str = ""

    @property
    def is_same(self) -> bool:
        return not self.note and self.changed_at is None


def behaviour_of(path: Path, played: Path, asked: Asked, game: Game | None = None) -> Behaviour:
    """Compare what the reference computes from `path` and the rules here from the same inputs, as recorded in `played`. Whatever
    goes wrong is said in the `note`."""
    try:
        with ExitStack() as stack:
            old, new = stack.enter_context(Recording(path)), stack.enter_context(Recording(played))
            rules = find_game(new.header.game) if game is None else game
            reference = stack.enter_context(opened(asked, old, rules))
            stop = min(old.ticks, new.ticks)
            playback = Playback(rules, new, use_snapshots=False)
            behaviour = _compared(reference.states(path, old.start_tick, stop), playback, rules)
            behaviour.first_vanished = named_events(rules, behaviour.first_vanished)
            behaviour.first_appeared = named_events(rules, behaviour.first_appeared)
            return behaviour
    except ReplayError as error:
        return Behaviour(note=f"{error}. {error.hint}" if error.hint else str(error))


def _compared(theirs: Iterator[tuple[Any, list[dict[str, Any]]]], playback: Playback[Any], game: Game) -> Behaviour:
    behaviour, alone = Behaviour(), None
    for tick, (their_state, events) in enumerate(theirs, playback.recording.start_tick):
        our_events = jsonable(event_facts(game, playback.step())) if tick > playback.recording.start_tick else []
        is_same_step = _count(behaviour, jsonable(events), our_events)
        if behaviour.changed_at is not None:
            continue
        state, ours = _named(their_state, playback)
        if alone is None:
            alone = _alone(state, ours)
            behaviour.alone = sorted(alone)
        fields = list(islice(_changes(state, ours, alone), FIELDS_NAMED))
        is_other = bool(fields) if ours is not None else state != whole_state(playback.match)
        if is_other or not is_same_step:
            behaviour.changed_at, behaviour.fields, behaviour.state = tick, fields, state
            behaviour.has_same_events = is_same_step
    return behaviour


def _named(theirs: Any, playback: Playback[Any]) -> tuple[Any, Any]:
    """Both states by field names; theirs as bytes, and None, where that cannot be."""
    ours = playback.simulation.record()
    if isinstance(theirs, bytes) and ours is not None:
        theirs = playback.simulation.record(theirs)
        if theirs is None:
            raise ReplayError("the two name the fields of their states in different ways", "their outcomes can be compared")
    if ours is None and not isinstance(theirs, bytes):
        theirs = theirs.tobytes()
    return theirs, ours


def _count(behaviour: Behaviour, theirs: list[dict[str, Any]], ours: list[dict[str, Any]]) -> bool:
    """Add the events of a tick that only one has. Whether they are the same, in the same order."""
    if theirs == ours:
        return True
    for events, counts, first in (
        (missing_events(theirs, ours), behaviour.vanished, behaviour.first_vanished),
        (missing_events(ours, theirs), behaviour.appeared, behaviour.first_appeared),
    ):
        counts.update(str(event["kind"]) for event in events)
        first += events[: FIRST_EVENTS - len(first)]
    return False


def _changes(theirs: Any, ours: Any, alone: set[str]) -> Iterator[FieldDifference]:
    if ours is not None:
        yield from (
            part
            for part in differences(theirs, ours)
            if None not in (part.recorded, part.computed) or _name(part.path, ours) not in alone
        )


def _alone(theirs: Any, ours: Any) -> set[str]:
    """Names of fields that one of two first states does not have at all. An attribute without parts, an empty list say, has no
    fields: where one of the two begins so, it is taken for one that is not there, and named."""
    if ours is None:
        return set()
    parts = [part.path for part in differences(theirs, ours) if None in (part.recorded, part.computed)]
    names = {_name(path, ours) for path in parts}
    if isinstance(ours, dict):
        names -= {_name(path, ours) for path in theirs} & {_name(path, ours) for path in ours}
    return names


def _name(path: str, state: Any) -> str:
    """Of a field: without indices in a record; of a game of plain attributes, the attribute."""
    return re.split(r"[.\[]", path, maxsplit=1)[0] if isinstance(state, dict) else re.sub(r"\[[\d,]*\]", "[]", path)
