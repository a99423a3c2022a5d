"""A verification in words for people, and as plain data for programs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from replay.core.divergence import FieldDifference
from replay.core.text import escape
from replay.core.timecode import clock
from replay.core.verify import Verification

FIELDS_SHOWN = 12
LINES_SHOWN = 8
INDENT = " " * 13


def headline(verification: Verification, width: int = 0) -> str:
    """One line: the verdict, the file, and why or how much."""
    head = f"{verification.verdict:<13}{escape(str(verification.path)):<{width}}"
    if verification.is_ok:
        ticks = verification.ticks - verification.start_tick
        rate = ticks / max(verification.seconds, 1e-9)
        text = f"{ticks:>9,} ticks  {verification.hashes_compared:>6,} hashes  {rate:>12,.0f} ticks/s"
        return f"{head}  {text}  {verification.message}".rstrip()
    return f"{head}  {escape(verification.message)}"


def report(verification: Verification) -> Iterator[str]:
    """The lines under a recording that is not ok: what a person needs to go on. Every text in them is escaped."""
    if verification.hint:
        yield escape(verification.hint)
    if verification.first_bad_tick is None:
        return
    yield f"last good tick   {_moment(verification, verification.last_good_tick or 0)}"
    yield f"first bad tick   {_moment(verification, verification.first_bad_tick)}"
    yield from _differences(verification)
    if verification.random_draws:
        yield from _draws(verification)
    yield from _around(verification, "inputs that changed around it", verification.inputs)
    yield from _around(verification, "events around it, as computed here", verification.events)
    yield from commands(verification)


def commands(verification: Verification) -> Iterator[str]:
    """The commands that show a divergence, ready to paste."""
    file = shell_word(str(verification.path))
    bad = verification.first_bad_tick or 0
    yield "look at it:"
    yield f"  replay show {file} --at {bad}"
    yield f"  replay watch {file}@{max(bad - verification.ticks_per_second, 0)}"
    yield "find out why:"
    yield f"  replay verify {file} --reference OLD_PYTHON    compare with the environment that recorded it"
    yield f"  replay shrink {file}    make it short enough for a bug report"
    yield f"  replay check {escape(verification.game)}    is the game deterministic at all?"
    yield f"if the rules were changed on purpose: give {escape(verification.game)} a new `rules` number, then"
    yield f"  replay migrate {file}    or, for all the recordings that are tests: pytest --replay-update=all"


def shell_word(text: str) -> str:
    """`text` as one word of a shell command. What cannot be shown plainly is written in `$'...'`."""
    shown = escape(text)
    return shlex.quote(text) if shown == text else "$'" + shown.replace("\\#", "#").replace("'", "\\'") + "'"


def as_data(verification: Verification) -> dict[str, Any]:
    """Plain data, JSON-able; the two states are left out."""
    left_out = ("recorded_state", "computed_state", *(() if verification.receipt else ("receipt",)))
    data = {name: value for name, value in vars(verification).items() if name not in left_out}
    data.update(path=str(verification.path), verdict=verification.verdict.value, seconds=round(verification.seconds, 6))
    for name in ("fields", "reference_fields"):
        data[name] = [vars(part) for part in data[name]]
    return data


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


def _moment(verification: Verification, tick: int) -> str:
    return f"{tick}  {clock(tick, verification.ticks_per_second)}"


def _differences(verification: Verification) -> Iterator[str]:
    if verification.reference_tick is not None:
        yield f"against the reference, first different at tick {_moment(verification, verification.reference_tick)}:"
        yield from field_lines(verification.reference_fields, ("reference", "here"))
    if verification.reference_note:
        yield escape(verification.reference_note)
    if verification.field_tick is None:
        yield "no snapshot follows in the recording, so that no field can be named without --reference"
        return
    moment = _moment(verification, verification.field_tick)
    if verification.fields:
        yield f"fields that differ at the snapshot of tick {moment}:"
        yield from field_lines(verification.fields)
    elif verification.recorded_state == verification.computed_state:
        yield f"at the snapshot of tick {moment} the states agree again"
    else:
        yield f"the states differ at the snapshot of tick {moment}; the game names no fields"


def _draws(verification: Verification) -> Iterator[str]:
    drawn = verification.random_draws
    parts = []
    if "first_bad_tick" in drawn:
        parts.append(f"{drawn['first_bad_tick']} by the step into the first bad tick")
    if "recorded" in drawn and "computed" in drawn:
        same = "the same" if drawn["recorded"] == drawn["computed"] else "not the same"
        parts.append(f"up to the snapshot recorded {drawn['recorded']}, computed {drawn['computed']} ({same})")
    if parts:
        yield f"random numbers drawn: {'; '.join(parts)}"


def _around(verification: Verification, title: str, lines: list[dict[str, Any]]) -> Iterator[str]:
    bad = verification.first_bad_tick or 0
    near = sorted(sorted(lines, key=lambda line: abs(line["tick"] - bad + 1))[:LINES_SHOWN], key=lambda line: line["tick"])
    if near:
        yield f"{title}:"
    for line in near:
        parts = "  ".join(f"{name} {value}" for name, value in line.items() if name not in ("tick", "kind"))
        yield escape(f"  {line['tick']:>8}  {line.get('kind', 'input'):<10}  {parts}")
