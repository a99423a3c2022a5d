"""In what two moments differ, in words: whose inputs, which events, which fields of the state."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from replay.core.game import state_record
from replay.prove.diff import are_comparable, other_fields
from replay.read.story import plain_text
from replay.watch.model.session import Session

_OF_PLAYER = re.compile(r"players\[(\d{1,3})\]\.?(.*)\Z", re.ASCII)
_MOST_LETTERS = 80  # of a value: it may be anything


class Line(NamedTuple):
    """What differs, and how it is in A and in B. kind: "input", "event" or "field"."""

    kind: str
    what: str
    a: str
    b: str


class Moment(NamedTuple):
    """A tick of an open recording."""

    session: Session
    tick: int


def contrast(a: Moment, b: Moment, most: int) -> list[Line]:
    """The first `most` differences of two moments: inputs and events first, then fields. What happens from a tick to the next one
    counts as of the tick. Of two games there is nothing to compare."""
    if a.session.game.name != b.session.game.name:
        return []
    lines = [*_inputs(a, b), *_events(a, b)]
    return [*lines, *_fields(a, b)][:most] if len(lines) < most else lines[:most]


def what_differs(lines: list[Line]) -> str:
    """The first difference in a few words; "" if there is none."""
    if not lines:
        return ""
    first = next((line for line in lines if line.kind == "input"), lines[0])
    return f"{first.what}: {first.a or 'nothing'} | {first.b or 'nothing'}"


def _inputs(a: Moment, b: Moment) -> list[Line]:
    if not are_comparable(a.session.recording.header, b.session.recording.header):
        return []
    names = a.session.story.names
    pairs = [(name, _given(a, player), _given(b, player)) for player, name in enumerate(names)]
    return [Line("input", f"{name} holds", *_told(ours, theirs)) for name, ours, theirs in pairs if ours != theirs]


def _given(moment: Moment, player: int) -> dict[str, Any]:
    """What a player gives from this tick to the next: values by name, what is lit in the words of the game, and the commands."""
    (session, tick), recording = moment, moment.session.recording
    if not recording.start_tick <= tick < recording.ticks:
        return {}
    row = recording.inputs(tick, tick + 1)[0, player]
    given = {name: row[name].item() for name in row.dtype.names or ()}
    given["held"] = [label for label, is_lit in session.story.inputs(row) if is_lit]
    commands = [data for _, number, data in recording.commands(tick, tick + 1) if number == player]
    return {**given, "commands": commands} if commands else given


def _told(ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[str, str]:
    """What is held, in the words of the game; where those are the same, the fields that differ."""
    if ours.get("held") != theirs.get("held"):
        return short(" ".join(ours.get("held", ()))), short(" ".join(theirs.get("held", ())))
    names = [name for name in dict.fromkeys((*ours, *theirs)) if ours.get(name) != theirs.get(name)]
    a, b = (short("  ".join(f"{name} {given[name]}" for name in names if name in given)) for given in (ours, theirs))
    return a, b


def _events(a: Moment, b: Moment) -> list[Line]:
    ours, theirs = _sentences(a), _sentences(b)
    lines = [Line("event", "event", text, "") for text in ours if text not in theirs]
    return lines + [Line("event", "event", "", text) for text in theirs if text not in ours]


def _sentences(moment: Moment) -> list[str]:
    """What happens from this tick to the next."""
    session, tick = moment
    return [short(plain_text(session.story.tell(event))) for event in session.moments.events(tick, tick + 1)]


def _fields(a: Moment, b: Moment) -> list[Line]:
    """Those of the players before the others: they are what one sees."""
    left, right = (state_record(session.moments.playback.match, session.moments.saved(tick)) for session, tick in (a, b))
    names = a.session.story.names
    told = [(_owner(field.path, names), field) for field in other_fields(left, right)]
    told.sort(key=lambda pair: pair[0] is None)
    return [Line("field", owner or field.path, short(str(field.recorded)), short(str(field.computed))) for owner, field in told]


def _owner(path: str, names: Sequence[str]) -> str | None:
    """`players[2].health` with the player's name, None for any other field."""
    found = _OF_PLAYER.match(path)
    return f"{names[int(found[1])]}  {found[2]}" if found is not None and int(found[1]) < len(names) else None


def short(text: str) -> str:
    """A value in no more letters than a line can have."""
    return text if len(text) <= _MOST_LETTERS else text[:_MOST_LETTERS] + "…"
