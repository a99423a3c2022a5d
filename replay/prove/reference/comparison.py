"""Where the states that a reference computes and those computed here part."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from replay.core.divergence import FIELDS_NAMED, FieldDifference, differences
from replay.core.errors import ReplayError
from replay.core.game import Game, abilities_of
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.verify import Verification
from replay.prove.jsonable import jsonable
from replay.prove.reference.reference import Reference
from replay.prove.reference.remote import event_facts
from replay.prove.reference.revision import Asked, opened
from replay.read.story import story_of


@dataclass(frozen=True)
class ReferenceComparison:
    """tick, fields: the first tick at which the states differ, and where; `recorded` is the reference, `computed` is here. The tick
    is None where none differs, or where they could not be compared; then `note` says so. events: those that led to that tick, the
    reference's and ours, where they differ. inputs: what the players did in the step to that tick, in words. state: the reference's
    at that tick, by field names or as bytes. names: of the players. has_same_state: only the
    events differ."""

    tick: int | None = None
    fields: list[FieldDifference] = field(default_factory=list)
    note: str = ""
    events: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    inputs: list[str] = field(default_factory=list)
    state: Any = field(default=None, repr=False, compare=False)
    names: list[str] = field(default_factory=list)
    has_same_state: bool = False

    def other_events(self) -> list[tuple[str, dict[str, Any]]]:
        """The events that only one of the two has, and which: "recorded only", "computed only". Where both have the same ones, in
        another order, those from the first place on that differs: "recorded order", "computed order"."""
        theirs, ours = self.events
        sides = (("recorded", missing_events(theirs, ours)), ("computed", missing_events(ours, theirs)))
        if only := [(f"{name} only", event) for name, events in sides for event in events]:
            return only
        first = next((number for number, pair in enumerate(zip(theirs, ours, strict=True)) if pair[0] != pair[1]), len(ours))
        return [
            (f"{name} order", event)
            for name, events in zip(("recorded", "computed"), self.events, strict=True)
            for event in events[first:]
        ]


def named_events(game: Game, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events as `event_facts` gives them, with what the game calls the numbers in them (see `Game.event_names`)."""
    names_of = abilities_of(game).event_names

    def named(field: str, value: Any) -> Any:
        names = names_of.get(field, ())
        return names[value] if isinstance(value, int) and 0 <= value < len(names) else value

    return [{field: named(field, value) for field, value in event.items()} for event in events]


def missing_events(events: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that are not among the others, as often as they are more."""
    rest, missing = list(others), []
    for event in events:
        if event in rest:
            rest.remove(event)
        else:
            missing.append(event)
    return missing


def compare(verification: Verification, asked: Asked, game: Game | None = None) -> ReferenceComparison:
    """Compare what the reference and this code compute from the inputs of a diverged recording, up to its first bad tick.

    asked: the interpreter or revision (see `open_reference`), or what is open already.
    Whatever goes wrong is said in the `note`.
    """
    if verification.first_bad_tick is None:
        return ReferenceComparison()
    try:
        with ExitStack() as stack:
            recording = stack.enter_context(Recording(verification.path))
            rules = find_game(recording.header.game) if game is None else game
            reference = stack.enter_context(opened(asked, recording, rules))
            # Digests after the last full hash that agreed may have agreed by chance.
            found = _first_difference(recording, reference, rules, verification.ticks, verification.first_bad_tick)
            names = [player.name for player in recording.header.players]
            inputs = _inputs_in_words(recording, rules, found.tick - 1) if found.tick else []
            theirs, ours = found.events
            events = named_events(rules, theirs), named_events(rules, ours)
            return replace(found, inputs=inputs, names=names, events=events)
    except ReplayError as error:
        return ReferenceComparison(note=f"{error}. {error.hint}" if error.hint else str(error))


def _inputs_in_words(recording: Recording, game: Game, tick: int) -> list[str]:
    """What each player held and said at a tick, by the game's own labels."""
    names = [player.name for player in recording.header.players]
    lines: list[list[str]] = [[] for _ in names]
    try:
        story = story_of(game, recording.header)
        rows = recording.inputs(tick, tick + 1)
        for player, row in enumerate(rows[0] if rows.dtype.names else ()):
            lines[player] += [label for label, is_lit in story.inputs(row) if is_lit]
    except ReplayError:
        raise
    except Exception:  # the game's own words, and its own fault
        lines = [[] for _ in names]
    for _, player, data in recording.commands(tick, tick + 1):
        lines[player].append(f"says {jsonable(data)}")
    return [f"{name}: {', '.join(map(str, labels)) or 'nothing'}" for name, labels in zip(names, lines, strict=True)]


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
                return ReferenceComparison(tick, events=events, state=theirs)
        elif fields := list(islice(differences(theirs, ours), FIELDS_NAMED)):
            return ReferenceComparison(tick, fields, events=events, state=theirs)
        if events[0] != events[1]:
            note = "the states agree there; the events that led to it differ"
            return ReferenceComparison(tick, note=note, events=events, state=theirs, has_same_state=True)
    note = f"the reference computes the same states and events as this code up to tick {stop}: it did not make this recording"
    return ReferenceComparison(note=note)
