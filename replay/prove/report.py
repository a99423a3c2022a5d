"""A verification in words for people, and as plain data for programs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from replay.core.divergence import Divergence, FieldDifference
from replay.core.installed import VARIABLE, program_of
from replay.core.text import escape, proved_line
from replay.core.verify import Verdict, Verification
from replay.prove.jsonable import jsonable
from replay.read.story import tell_fields
from replay.read.timecode import clock

if TYPE_CHECKING:
    from replay.prove.causes import Cause
    from replay.prove.reference import ReferenceComparison

FIELDS_SHOWN = 12
LINES_SHOWN = 8
INDENT = " " * 13
WHAT_DIFFERS = {
    "state": "the state differs",
    "events": "the events differ",
    "rules": "the rules raise",
    "seal": "what the seal claims differs",
}


def headline(verification: Verification, width: int = 0) -> str:
    """One line: the verdict, the file, and why or how much."""
    if verification.is_ok:
        ticks = verification.ticks - verification.start_tick
        seconds = None if verification.unchanged else verification.seconds
        return proved_line(str(verification.path), ticks, verification.hashes_compared, seconds, verification.message, width)
    return f"{verification.verdict:<13}{escape(str(verification.path)):<{width}}  {escape(verification.message)}"


def report(verification: Verification, comparison: ReferenceComparison | None = None) -> Iterator[str]:
    """The lines under a recording: what a person needs to go on. Every text in them is escaped.

    comparison: how this code compares to a reference, if one was asked.
    """
    if verification.hint:
        yield escape(verification.hint)
    yield from (f"note: {escape(note)}" for note in verification.notes)
    if verification.verdict is Verdict.ENVIRONMENT:
        yield "that is this machine's affair: it says nothing about the recording"
    if verification.verdict is Verdict.UNVERIFIABLE and "replay migrate" in verification.hint:
        yield f"  replay migrate {shell_word(str(verification.path))}    its inputs by the rules that are here, as a new recording"
        yield "  replay accept RECORDINGS    review, one at a time, what changes, and replace those you accept"
        yield "  pytest --replay-update=new    in place, all the recordings that are tests and in which no state or event changes"
        yield "  pytest --replay-update=all    those that change, too"
    divergence = verification.divergence
    if divergence is None or divergence.first_bad_tick is None:
        return
    rate = verification.ticks_per_second
    if comparison is not None and comparison.tick is not None:
        yield from _against_reference(comparison, rate)
        yield from commands(verification, is_compared=True)
        return
    if divergence.first_bad_tick > 0:
        yield f"last good tick   {_moment(divergence.last_good_tick, rate)}"
    yield f"first bad tick   {_moment(divergence.first_bad_tick, rate)}: {WHAT_DIFFERS[divergence.what]}"
    yield from _exactness(divergence)
    if comparison is not None and comparison.note:
        yield escape(comparison.note)
    yield from _differences(divergence, rate, is_compared=comparison is not None)
    if divergence.random_draws:
        yield from _draws(divergence.random_draws)
    yield from _around(divergence, "inputs that changed around it", divergence.inputs)
    yield from _around(divergence, "events around it, as computed here", divergence.events)
    yield from commands(verification, is_compared=comparison is not None)


def _exactness(divergence: Divergence) -> Iterator[str]:
    """How far the first bad tick can be trusted."""
    bad, good = divergence.first_bad_tick or 0, divergence.last_good_tick
    if divergence.what == "rules" or divergence.field_tick == bad:  # where whole states were compared, it is exact
        return
    if bad - good > 1:
        yield f"{'':17}it is one of the ticks {good + 1}-{bad}: none of those between was compared"
    else:
        yield f"{'':17}a tick's digest has 8 bits: exact in 255 of 256 cases, else one later"


def repeated(verification: Verification, cause: Cause) -> str:
    """What is said of a recording instead of a report that has been given already."""
    tick = verification.first_bad_tick
    at = "" if tick is None else f"first bad tick {_moment(tick, verification.ticks_per_second)}; "
    return f"{at}as {escape(cause.first)} (cause {cause.number})"


def commands(verification: Verification, is_compared: bool = False) -> Iterator[str]:
    """The commands that show a divergence, ready to paste. is_compared: with a reference, which need not be advised."""
    named = os.environ.get(VARIABLE, "")  # what --game said, the next command needs too
    file = shell_word(str(verification.path)) + (f" --game {shell_word(named)}" if named else "")
    rules = shell_word(named) if named else escape(verification.game)
    bad = verification.first_bad_tick or 0
    yield "look at it:"
    yield f"  replay show {file} --at {bad}"
    yield f"  replay watch {file} --at {max(bad - verification.ticks_per_second, 0)}"
    yield "find out why:"
    if not is_compared:
        yield f"  replay verify {file} --reference recorded    fields and events of that very tick, by the commit that recorded it"
        yield f"  replay verify {file} --reference OLD_PYTHON    or by a tag, by HEAD~1, by an environment with the old rules"
    yield f"  replay shrink {file}    make it short enough for a bug report"
    if (program := program_of(verification.game)) is not None:
        yield f"  replay lint --program {shell_word(program)}    what in its source differs from run to run?"
    yield f"  replay check {rules}    is the game deterministic at all?"
    yield f"if the rules were changed on purpose: give {escape(verification.game)} a new `rules` number, then"
    yield f"  replay migrate {file}    or, for all the recordings that are tests: pytest --replay-update=all"


def shell_word(text: str) -> str:
    """`text` as one word of a shell command. What cannot be shown plainly is written in `$'...'`."""
    shown = escape(text)
    return shlex.quote(text) if shown == text else "$'" + shown.replace("\\#", "#").replace("'", "\\'") + "'"


def as_data(verification: Verification, comparison: ReferenceComparison | None = None) -> dict[str, Any]:
    """Plain data, JSON-able and flat; the two states are left out."""
    left_out = ("divergence", "errno", *(() if verification.receipt else ("receipt",)))
    data = {name: value for name, value in vars(verification).items() if name not in left_out}
    data.update(path=str(verification.path), verdict=verification.verdict.value, seconds=round(verification.seconds, 6))
    data |= _divergence_data(verification.divergence)
    data["reference_tick"] = comparison.tick if comparison else None
    data["reference_fields"] = [vars(part) for part in comparison.fields] if comparison else []
    data["reference_inputs"] = comparison.inputs if comparison else []
    data["reference_note"] = comparison.note if comparison else ""
    data["reference_events"] = dict(zip(("reference", "here"), comparison.events, strict=True)) if comparison else {}
    plain: dict[str, Any] = jsonable(data)
    return plain


def _divergence_data(divergence: Divergence | None) -> dict[str, Any]:
    if divergence is None:
        nothing = dict.fromkeys(("first_bad_tick", "last_good_tick", "what", "field_tick", "is_repeatable"))
        return {**nothing, "fields": [], "inputs": [], "events": [], "random_draws": {}}
    data = {name: value for name, value in vars(divergence).items() if not name.endswith("_state")}
    return {**data, "fields": [vars(part) for part in divergence.fields]}


def divergence_of(data: dict[str, Any]) -> Divergence | None:
    """What `as_data` told of the divergence, taken out of `data`. Raises KeyError or TypeError for other data."""
    values = {part.name: data.pop(part.name) for part in fields(Divergence) if not part.name.endswith("_state")}
    if values["what"] is None:
        return None
    return Divergence(**{**values, "fields": [FieldDifference(**part) for part in values["fields"]]})


def field_lines(fields: list[FieldDifference], names: tuple[str, str] = ("recorded", "computed")) -> Iterator[str]:
    """Differing fields as lines of a table."""
    for part in fields[:FIELDS_SHOWN]:
        values = [
            f"{name} {'(none)' if value is None else escape(str(value)):<14}"
            for name, value in zip(names, (part.recorded, part.computed), strict=True)
        ]
        yield f"  {part.path:<32} {'  '.join(values)}".rstrip()
    if len(fields) > FIELDS_SHOWN:
        yield f"  and {len(fields) - FIELDS_SHOWN} more (--json names up to 64)"


def _moment(tick: int, rate: int) -> str:
    return f"{tick}  {clock(tick, rate)}"


def _against_reference(comparison: ReferenceComparison, rate: int) -> Iterator[str]:
    """What differs at the very tick; nothing more has to be said after it."""
    tick = comparison.tick or 0
    yield f"first bad tick   {_moment(tick, rate)}: against the reference, which computes what was recorded up to there"
    if comparison.fields:
        yield from field_lines(comparison.fields, ("recorded", "computed"))
    elif not comparison.note:
        yield "  the states differ; the game names no fields"
    if comparison.note:
        yield f"  {escape(comparison.note)}"
    others = comparison.other_events()
    yield from (escape(f"  event {which}:  {event_line(event, comparison.names)}") for which, event in others[: 2 * LINES_SHOWN])
    if len(others) > 2 * LINES_SHOWN:
        yield f"  and {len(others) - 2 * LINES_SHOWN} more events"
    if comparison.inputs:
        yield f"in the step to it, from tick {tick - 1}:"
        yield from (f"  {escape(line)}" for line in comparison.inputs[:LINES_SHOWN])


def _differences(divergence: Divergence, rate: int, is_compared: bool) -> Iterator[str]:
    if divergence.what == "rules":
        return
    if divergence.field_tick is None:
        yield "no snapshot follows in the recording, so that no field can be named" + " without --reference" * (not is_compared)
        return
    moment = _moment(divergence.field_tick, rate)
    if divergence.fields:
        yield f"fields that differ at the snapshot of tick {moment}:"
        yield from field_lines(divergence.fields)
    elif divergence.recorded_state == divergence.computed_state:
        yield f"at the snapshot of tick {moment} the states agree{'' if divergence.what == 'events' else ' again'}"
    else:
        yield f"the states differ at the snapshot of tick {moment}; the game names no fields"


def _draws(drawn: dict[str, int]) -> Iterator[str]:
    parts = []
    if "first_bad_tick" in drawn:
        parts.append(f"{drawn['first_bad_tick']} by the step into the first bad tick")
    if "recorded" in drawn and "computed" in drawn:
        same = "the same" if drawn["recorded"] == drawn["computed"] else "not the same"
        parts.append(f"up to the snapshot recorded {drawn['recorded']}, computed {drawn['computed']} ({same})")
    if parts:
        yield f"random numbers drawn: {'; '.join(parts)}"


def _around(divergence: Divergence, title: str, lines: list[dict[str, Any]]) -> Iterator[str]:
    bad = divergence.first_bad_tick or 0
    near = sorted(sorted(lines, key=lambda line: abs(line["tick"] - bad + 1))[:LINES_SHOWN], key=lambda line: line["tick"])
    if near:
        yield f"{title}:"
    for line in near:
        yield escape(f"  {line['tick']:>8}  {line.get('kind', 'input'):<10}  {_facts(line, 'tick', 'kind')}")


def event_line(event: Mapping[str, Any], names: Sequence[str], with_tick: bool = False) -> str:
    """An event's kind and what it says. names: of the players, who stand for their seats."""
    tick = f"tick {event['tick']}  " if with_tick else ""
    return f"{tick}{event['kind']}  {event_words(event, names)}"


def event_words(event: Mapping[str, Any], names: Sequence[str]) -> str:
    """What an event says beside its kind."""
    data = event.get("data")
    facts = {name: value for name, value in event.items() if name != "data" or not (value is None or isinstance(value, dict))}
    facts |= data if isinstance(data, dict) else {}
    return "".join(part.text for part in tell_fields(facts, names)).strip()


def _facts(line: dict[str, Any], *left_out: str) -> str:
    return "  ".join(f"{name} {value}" for name, value in line.items() if name not in left_out)
