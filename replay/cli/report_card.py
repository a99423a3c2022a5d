"""The card of a cause in the report: what differs first, then what it looks like, what led there, and what to take home.

What comes out of recordings is escaped, or data in base64.
"""

from __future__ import annotations

import base64
import html
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay.core.divergence import Divergence, FieldDifference
from replay.core.errors import ReplayError
from replay.core.extras import missing
from replay.core.names import SUFFIX
from replay.core.text import escape
from replay.core.verify import Verification
from replay.prove.ci import safe_stem
from replay.prove.report import event_words, report
from replay.read.timecode import clock

if TYPE_CHECKING:
    from replay.prove.reference import Asked, ReferenceComparison
    from replay.watch.stills import Stills
    from replay.web.embedded import Moments

SECONDS_BEFORE = 3  # of the match, that a moment is played from
_FIELDS_SHOWN = 24
_SHRINK_SECONDS = 2.0  # for a recording
_SHRINK_SECONDS_IN_ALL = 12.0  # for a report


class Extras:
    """What the cards of a report share: the player of each game, the process that shrinks recordings, and the time for it.

    asked: what computes what was recorded, if it was named.
    """

    def __init__(self, moments: Moments, asked: Asked | None) -> None:
        self.moments = moments
        self.asked = asked
        self._shrink_seconds = _SHRINK_SECONDS_IN_ALL

    def shrunk(self, path: Path) -> bytes | None:
        """The recording made short; None if there is none."""
        from replay.prove.shrink import shrink

        began, budget = time.monotonic(), max(min(_SHRINK_SECONDS, self._shrink_seconds), 0.0)
        with suppress(ReplayError, OSError), tempfile.TemporaryDirectory() as folder:
            small = Path(folder) / f"small{SUFFIX}"
            shrink(path, small, reference=self.asked, budget_seconds=budget)
            self._shrink_seconds -= time.monotonic() - began
            return small.read_bytes()
        return None


def card(verification: Verification, comparison: ReferenceComparison | None, extras: Extras | None) -> Iterator[str]:
    """The parts of a card, the quick ones first. extras: None for a card without pictures and files."""
    yield f"<p><b>{_text(verification.path)}</b><br>{_text(verification.verdict)}: {_text(verification.message)}</p>"
    exact = comparison if comparison is not None and comparison.tick is not None else None
    bad = exact.tick if exact is not None else verification.first_bad_tick
    divergence = verification.divergence
    if bad is not None and divergence is not None:
        yield _timeline(verification, bad)
        if exact is not None:
            yield '<div class="facts">'
            yield from _fields(f"Fields that differ at tick {bad}", exact.fields)
            yield from _events(exact)
            yield from _inputs(exact)
            yield "</div>"
        elif divergence.fields:
            yield from _fields(f"Fields that differ at tick {divergence.field_tick}, the next snapshot", divergence.fields)
    lines = "\n".join(report(verification, comparison))  # escaped for a terminal, not for HTML
    if lines:
        yield f"<details><summary>The whole report</summary><pre>{html.escape(lines)}</pre></details>"
    if bad is not None and divergence is not None and extras is not None:
        yield from _pictures(verification, exact, divergence, bad)
        yield from _moment(verification, extras.moments, bad)
        if small := extras.shrunk(verification.path):
            name = f"{safe_stem(verification.path)}.small{SUFFIX}"
            yield f"<p>{_link(name, 'Save the recording made short', small)}</p>"


def _text(text: object) -> str:
    return html.escape(escape(str(text)))


def _timeline(verification: Verification, bad: int) -> str:
    """The recording from its first tick to its last, and where it went wrong."""
    start, rate = verification.start_tick, verification.ticks_per_second
    stop = max(_ticks_of(verification), bad, start + 1)
    x = 1000 * (bad - start) / (stop - start)
    return (
        f'<svg viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label="first bad tick {bad} of {stop}">'
        f'<rect class="way" y="6" width="1000" height="8"/><rect class="agreed" y="6" width="{x:.1f}" height="8"/>'
        f'<rect class="mark" x="{min(x, 996):.1f}" width="4" height="20"/></svg>\n'
        f"<p>first bad tick <b>{bad}</b> ({clock(bad, rate)}) of {stop:,} ({clock(stop, rate)})</p>"
    )


def _ticks_of(verification: Verification) -> int:
    from replay.core.recording import Recording

    with suppress(ReplayError, OSError), Recording(verification.path) as recording:
        return recording.ticks
    return 0


def _fields(title: str, fields: list[FieldDifference]) -> Iterator[str]:
    rows = ((part.path, part.recorded, part.computed) for part in fields[:_FIELDS_SHOWN])
    more = f"<p>and {len(fields) - _FIELDS_SHOWN} more</p>" if len(fields) > _FIELDS_SHOWN else ""
    yield from _table(title, ("field", "recorded", "computed"), rows, "fields", more)


def _events(comparison: ReferenceComparison) -> Iterator[str]:
    rows = [(which, event["kind"], event_words(event, comparison.names)) for which, event in comparison.other_events()]
    yield from _table("Events that differ", ("", "event", ""), rows[:_FIELDS_SHOWN])


def _inputs(comparison: ReferenceComparison) -> Iterator[str]:
    rows = [tuple(line.rpartition(": ")[::2]) for line in comparison.inputs]
    yield from _table("What the players did in the step to it", ("player", "held"), rows)


def _table(title: str, head: tuple[str, ...], rows: Iterable[tuple[object, ...]], kind: str = "", after: str = "") -> Iterator[str]:
    lines = ["".join(f"<td>{'(none)' if cell is None else _text(cell)}</td>" for cell in row) for row in rows]
    if lines:
        heads = "".join(f"<th>{name}</th>" for name in head)
        body = "".join(f"<tr>{line}</tr>\n" for line in lines)
        table = f'<table class="{kind}"><tr>{heads}</tr>\n{body}</table>'
        yield f'<div><h3>{_text(title)}</h3>\n<div class="wide">{table}</div>{after}</div>'


# --- what it looks like ---


def _pictures(verification: Verification, exact: ReferenceComparison | None, divergence: Divergence, bad: int) -> Iterator[str]:
    """Recorded beside computed, where the recorded state is known; else what was computed, and why there is no more."""
    figures: list[str] = []
    notes: list[str] = []
    try:
        from replay.watch.stills import Stills

        with Stills(verification.path) as stills:
            if exact is not None:
                if not _pair(figures, notes, stills, bad, exact.state, exact.events[0] == exact.events[1]):
                    figures += [_figure(stills.computed(bad), "computed", bad)]
            else:
                says = "the last good tick, recorded and computed", "computed at the first bad tick"
                figures += [_figure(stills.computed(tick), what, tick) for what, tick in zip(says, (bad - 1, bad), strict=True)]
                _of_the_snapshot(figures, notes, stills, divergence, bad)
    except (ImportError, ReplayError, OSError) as error:  # no look, no pygame, no such tick
        notes.append(f"no pictures: {error}")
    if figures:
        yield f'<h3>What it looks like</h3>\n<div class="pictures">{"".join(figures)}</div>'
    yield from (f'<p class="note">{_text(note)}</p>' for note in notes)


def _of_the_snapshot(figures: list[str], notes: list[str], stills: Stills, divergence: Divergence, bad: int) -> None:
    """The next tick whose recorded state is in the file."""
    tick, recorded = divergence.field_tick, divergence.recorded_state
    if tick is None or recorded is None:
        notes.append(f"What was recorded at tick {bad} is not in the file; --reference recorded shows it.")
    elif recorded == divergence.computed_state:
        notes.append(
            f"What was recorded at tick {bad} is not in the file, and at the next snapshot, tick {tick}, the states agree."
        )
    elif tick == bad:
        figures.clear()
        _pair(figures, notes, stills, tick, recorded)
    else:
        notes.append(f"What was recorded at tick {bad} is not in the file; that of the next snapshot, tick {tick}, is.")
        _pair(figures, notes, stills, tick, recorded, where=" at the next snapshot")


def _pair(
    figures: list[str], notes: list[str], stills: Stills, tick: int, recorded: Any, has_same_events: bool = True, where: str = ""
) -> bool:
    try:
        pair = stills.pair(tick, recorded, has_same_events)
    except ReplayError as error:
        notes.append(f"no picture of what was recorded: {error}")
        return False
    figures += [_figure(pair.recorded, f"recorded{where}", tick), _figure(pair.computed, f"computed{where}", tick)]
    notes.append("What looks different is framed." if pair.frames else "The two look alike: what differs is not in the picture.")
    return True


def _figure(picture: bytes, says: str, tick: int) -> str:
    image = f'<img alt="{says}" decoding="async" src="data:image/jpeg;base64,{base64.b64encode(picture).decode()}">'
    return f"<figure><figcaption><b>{says}</b>, tick {tick}</figcaption>{image}</figure>"


def _moment(verification: Verification, moments: Moments, bad: int) -> Iterator[str]:
    """A page that plays it, where a browser can run the game."""
    at = max(bad - SECONDS_BEFORE * verification.ticks_per_second, verification.start_tick)
    try:
        ids = moments.add(verification.path, at=at)
    except ImportError as error:
        if missing(error) is None:
            raise
        ids = None
    except (ReplayError, OSError):
        ids = None
    if ids is None:
        yield '<p class="note">No page plays the moment: this game runs in no browser, or the recording is too long.</p>'
        return
    data = f'data-player="{ids[0]}" data-moment="{ids[1]}"'
    name = html.escape(f"{safe_stem(verification.path)}.html")
    yield (
        f'<div class="moment"><button type="button" {data} aria-expanded="false">Play the moment, from tick {at}</button> '
        f'<button type="button" class="quiet" {data} data-name="{name}">Save it as a page</button></div>'
    )


def _link(name: str, says: str, data: bytes, kind: str = "application/octet-stream") -> str:
    size = f"{max(len(data) // 1024, 1):,} KiB"
    encoded = base64.b64encode(data).decode()
    return f'<a download="{html.escape(name)}" href="data:{kind};base64,{encoded}">{says} ({size})</a>'
