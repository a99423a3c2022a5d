"""A recording as text that `git diff` compares: what it says of itself, then a line a second, so that the first second that changed
shows, and whether its inputs changed or only what follows from them.

    git config diff.replay.textconv "replay info --text"        and in .gitattributes: *.replay binary diff=replay
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from replay.cli.common import escape
from replay.cli.facts import describe, fact_lines
from replay.core.errors import ReplayError
from replay.core.plain import pack_sorted
from replay.core.recording import Recording, Span
from replay.read.timecode import clock


def recording_text(path: Path) -> Iterator[str]:
    """Lines that are the same for the same bytes, wherever they lie. What cannot be read says why: git compares that, too."""
    try:
        with Recording(path) as recording:
            rate = recording.header.ticks_per_second
            facts = describe(recording)
            del facts["file"]  # git gives one of the two in a temporary file
            yield from fact_lines(facts, rate)
            for span in recording.spans(recording.start_tick):
                yield _span_line(span, rate)
            if recording.damage is not None:
                yield _problem(recording.damage)
    except ReplayError as error:
        yield _problem(error)


def _problem(error: ReplayError) -> str:
    return f"{'problem':12}{escape(str(error))}; {escape(error.hint)}"


def _span_line(span: Span, ticks_per_second: int) -> str:
    """When the span ends, how many input events it holds and what they are, and the state that they lead to."""
    inputs = blake2b(span.rows.tobytes(), digest_size=4)
    for command in span.commands:
        inputs.update(pack_sorted(command))
    count = "" if span.input_events is None else f"{span.input_events:>5}"
    state = "-" if span.hash is None else f"{span.hash:016x}"
    return f"{clock(span.stop_tick, ticks_per_second)}  inputs {count} {inputs.hexdigest()}  state {state}"
