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


def headline(found: Verification, width: int = 0) -> str:
    """One line: the verdict, the file, and why or how much."""
    head = f"{found.verdict:<13}{escape(str(found.path)):<{width}}"
    if found.is_ok:
        rate = (found.ticks - found.start_tick) / max(found.seconds, 1e-9)
        text = f"{found.ticks - found.start_tick:>9,} ticks  {found.hashes_compared:>6,} hashes  {rate:>12,.0f} ticks/s"
        return f"{head}  {text}  {found.message}".rstrip()
    return f"{head}  {escape(found.message)}"


def report(found: Verification) -> Iterator[str]:
    """The lines under a recording that is not ok: what a person needs to go on. Every text in them is escaped."""
    if found.hint:
        yield escape(found.hint)
    if found.first_bad_tick is None:
        return
    yield f"last good tick   {_moment(found, found.last_good_tick or 0)}"
    yield f"first bad tick   {_moment(found, found.first_bad_tick)}"
    yield from _differences(found)
    if found.random_draws:
        yield from _draws(found)
    yield from _around(found, "inputs that changed around it", found.inputs)
    yield from _around(found, "events around it, as computed here", found.events)
    yield from commands(found)


def commands(found: Verification) -> Iterator[str]:
    """The commands that show a divergence, ready to paste."""
    file = shell_word(str(found.path))
    bad = found.first_bad_tick or 0
    yield "look at it:"
    yield f"  replay show {file} --at {bad}"
    yield f"  replay watch {file}@{max(bad - found.ticks_per_second, 0)}"
    yield "find out why:"
    yield f"  replay verify {file} --reference OLD_PYTHON    compare with the environment that recorded it"
    yield f"  replay shrink {file}    make it short enough for a bug report"
    yield f"  replay check {escape(found.game)}    is the game deterministic at all?"
    yield f"if the rules were changed on purpose: give {escape(found.game)} a new `rules` number, then"
    yield f"  replay migrate {file}    or, for all the recordings that are tests: pytest --replay-update=all"


def shell_word(text: str) -> str:
    """`text` as one word of a shell command. What cannot be shown plainly is written in `$'...'`."""
    shown = escape(text)
    return shlex.quote(text) if shown == text else "$'" + shown.replace("\\#", "#").replace("'", "\\'") + "'"


def as_data(found: Verification) -> dict[str, Any]:
    """Plain data, JSON-able; the two states are left out."""
    left_out = ("recorded_state", "computed_state", *(() if found.receipt else ("receipt",)))
    data = {name: value for name, value in vars(found).items() if name not in left_out}
    data.update(path=str(found.path), verdict=found.verdict.value, seconds=round(found.seconds, 6))
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


def _moment(found: Verification, tick: int) -> str:
    return f"{tick}  {clock(tick, found.ticks_per_second)}"


def _differences(found: Verification) -> Iterator[str]:
    if found.reference_tick is not None:
        yield f"against the reference, first different at tick {_moment(found, found.reference_tick)}:"
        yield from field_lines(found.reference_fields, ("reference", "here"))
    if found.reference_note:
        yield escape(found.reference_note)
    if found.field_tick is None:
        yield "no snapshot follows in the recording, so that no field can be named without --reference"
    elif found.fields:
        yield f"fields that differ at the snapshot of tick {_moment(found, found.field_tick)}:"
        yield from field_lines(found.fields)
    elif found.recorded_state == found.computed_state:
        yield f"at the snapshot of tick {_moment(found, found.field_tick)} the states agree again"
    else:
        yield f"the states differ at the snapshot of tick {_moment(found, found.field_tick)}; the game names no fields"


def _draws(found: Verification) -> Iterator[str]:
    drawn = found.random_draws
    parts = []
    if "first_bad_tick" in drawn:
        parts.append(f"{drawn['first_bad_tick']} by the step into the first bad tick")
    if "recorded" in drawn and "computed" in drawn:
        same = "the same" if drawn["recorded"] == drawn["computed"] else "not the same"
        parts.append(f"up to the snapshot recorded {drawn['recorded']}, computed {drawn['computed']} ({same})")
    if parts:
        yield f"random numbers drawn: {'; '.join(parts)}"


def _around(found: Verification, title: str, lines: list[dict[str, Any]]) -> Iterator[str]:
    bad = found.first_bad_tick or 0
    near = sorted(sorted(lines, key=lambda line: abs(line["tick"] - bad + 1))[:LINES_SHOWN], key=lambda line: line["tick"])
    if near:
        yield f"{title}:"
    for line in near:
        parts = "  ".join(f"{name} {value}" for name, value in line.items() if name not in ("tick", "kind"))
        yield escape(f"  {line['tick']:>8}  {line.get('kind', 'input'):<10}  {parts}")
