"""Verifications as one HTML file for people: a card for each cause, with pictures, differences and what to take home.

It needs no network and runs no script. What comes out of recordings is escaped, or data in base64.
"""

from __future__ import annotations

import base64
import html
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from replay.cli.common import draw_tick
from replay.core.divergence import FieldDifference
from replay.core.errors import ReplayError
from replay.core.extras import missing
from replay.core.names import SUFFIX
from replay.core.text import counted, escape
from replay.core.verify import Verification
from replay.prove.causes import Cause, Extent
from replay.prove.ci import safe_stem
from replay.prove.report import report
from replay.read.timecode import clock

if TYPE_CHECKING:
    from replay.prove.reference import ReferenceComparison

CARDS = 50  # of causes; the rest is counted
_RICH_CARDS = 8  # those with pictures and files: each of them takes seconds and up to a megabyte
_FIELDS_SHOWN = 24
_SHRINK_SECONDS = 5.0


class HtmlReport:
    """The file at `path`, written at the end, also of a run that was cut short. A context manager.

    reference: what shrinks recordings, if one was named.
    """

    def __init__(self, path: str | os.PathLike[str], extent: Extent, reference: str | None = None) -> None:
        self.path = Path(path)
        self._extent = extent
        self._reference = reference
        self.counts: Counter[str] = Counter()
        self._cards: list[tuple[Cause, str]] = []
        self._causes = 0

    def __enter__(self) -> Self:
        self.path.touch()  # a place that cannot be written is known before the work
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        from replay.web.page import document

        counts = ", ".join(f"{count:,} {verdict}" for verdict, count in self.counts.items()) or "none"
        body = [f'<p class="cut">{_text(self._extent.shortfall)}</p>'] if self._extent.shortfall else []
        body += [f"<section>\n{_heading(cause)}{card}</section>" for cause, card in self._cards]
        if self._causes > len(self._cards):
            body.append(f"<p>and {counted(self._causes - len(self._cards), 'more cause')}</p>")
        if not self._causes:
            body.append('<p class="good">Nothing differs.</p>')
        template = Path(__file__).parent.parent / "web" / "report" / "report.html"
        text = document(template, "'none'", "\n".join(body), title="Recordings", counts=counts)
        self.path.write_text(text, encoding="utf-8")

    def add(self, verification: Verification, comparison: ReferenceComparison | None, cause: Cause | None) -> None:
        self.counts[verification.verdict.value] += 1
        if cause is not None and cause.count == 1:
            self.show(verification, comparison, cause)

    def show(self, verification: Verification, comparison: ReferenceComparison | None, cause: Cause) -> None:
        """A card for the recording that showed a cause first."""
        self._causes += 1
        if self._causes <= CARDS:
            is_rich = self._causes <= _RICH_CARDS
            self._cards.append((cause, "\n".join(_card(verification, comparison, self._reference, is_rich))))


def _text(text: object) -> str:
    return html.escape(escape(str(text)))


def _heading(cause: Cause) -> str:
    """It is made at the end, when all recordings of the cause are known."""
    others = "" if cause.count == 1 else f"<p>{counted(cause.count, 'recording')}: {html.escape(cause.names())}</p>\n"
    return f"<h2>{html.escape(str(cause.sign))}</h2>\n{others}"


def _card(
    verification: Verification, comparison: ReferenceComparison | None, reference: str | None, is_rich: bool
) -> Iterator[str]:
    yield f"<p><b>{_text(verification.path)}</b><br>{_text(verification.verdict)}: {_text(verification.message)}</p>"
    is_exact = comparison is not None and comparison.tick is not None
    bad = comparison.tick if comparison is not None and is_exact else verification.first_bad_tick
    divergence = verification.divergence
    if bad is not None and divergence is not None:
        yield _timeline(verification, bad)
        if comparison is not None and is_exact:
            yield from _fields(f"Fields that differ at tick {bad}", comparison.fields)
            yield from _events(comparison)
            yield from _inputs(comparison)
        elif divergence.fields:
            yield from _fields(f"Fields that differ at tick {divergence.field_tick}, the next snapshot", divergence.fields)
        if is_rich:
            yield from _pictures(verification, bad)
            yield from _files(verification, reference, bad)
    lines = "\n".join(report(verification, comparison))  # escaped for a terminal, not for HTML
    if lines:
        yield f"<details><summary>The whole report</summary><pre>{html.escape(lines)}</pre></details>"


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
    yield from _table(title, ("field", "recorded", "computed"), rows)
    if len(fields) > _FIELDS_SHOWN:
        yield f"<p>and {len(fields) - _FIELDS_SHOWN} more</p>"


def _events(comparison: ReferenceComparison) -> Iterator[str]:
    sides = zip(("recorded", "computed"), comparison.events, comparison.events[::-1], strict=True)
    rows = [(name, event["kind"], _facts(event)) for name, ours, others in sides for event in ours if event not in others]
    yield from _table("Events that only one of them has", ("", "event", ""), rows[:_FIELDS_SHOWN])


def _facts(event: dict[str, object]) -> str:
    return "  ".join(f"{name} {value}" for name, value in event.items() if name not in ("tick", "kind"))


def _inputs(comparison: ReferenceComparison) -> Iterator[str]:
    rows = [tuple(line.rpartition(": ")[::2]) for line in comparison.inputs]
    yield from _table("What the players did in the step to it", ("player", "held"), rows)


def _table(title: str, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    lines = ["".join(f"<td>{'(none)' if cell is None else _text(cell)}</td>" for cell in row) for row in rows]
    if lines:
        heads = "".join(f"<th>{name}</th>" for name in head)
        body = "".join(f"<tr>{line}</tr>\n" for line in lines)
        yield f'<h3>{_text(title)}</h3>\n<div class="wide"><table><tr>{heads}</tr>\n{body}</table></div>'


def _pictures(verification: Verification, bad: int) -> Iterator[str]:
    """The last tick that agreed, and the first that did not, as computed here."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for tick, says in ((bad - 1, "the last good tick"), (bad, "computed at the first bad tick")):
            picture = Path(folder) / f"{tick}.png"
            try:
                draw_tick(verification.path, picture, tick)
                data = base64.b64encode(picture.read_bytes()).decode()
            except (ImportError, ReplayError, OSError):  # no look, no pygame, no such tick
                continue
            image = f'<img alt="{says}" src="data:image/png;base64,{data}">'
            figures.append(f"<figure>{image}<figcaption>{says}, {tick}</figcaption></figure>")
    if figures:
        yield f'<h3>Pictures</h3>\n<div class="pictures">{"".join(figures)}</div>'


def _files(verification: Verification, reference: str | None, bad: int) -> Iterator[str]:
    """The recording made short, and a page that plays the moment."""
    from replay.prove.shrink import shrink
    from replay.web.made import page_of

    links, stem = [], safe_stem(verification.path)
    with suppress(ReplayError, OSError), tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / f"small{SUFFIX}"
        shrink(verification.path, small, reference=reference, budget_seconds=_SHRINK_SECONDS)
        links.append(_link(f"{stem}.small{SUFFIX}", "the recording made short", small.read_bytes()))
    try:
        page = page_of(verification.path, at=max(bad - verification.ticks_per_second, 0))
        if page is not None:
            links.append(_link(f"{stem}.html", "a page that plays the moment", page.encode(), "text/html"))
    except ImportError as error:
        if missing(error) is None:
            raise
    except (ReplayError, OSError):
        pass
    if links:
        yield f"<h3>To save</h3>\n<p>{''.join(links)}</p>"


def _link(name: str, says: str, data: bytes, kind: str = "application/octet-stream") -> str:
    size = f"{max(len(data) // 1024, 1):,} KiB"
    encoded = base64.b64encode(data).decode()
    return f'<a download="{html.escape(name)}" href="data:{kind};base64,{encoded}">{says} ({size})</a>'


def report_of_causes(path: Path, extent: Extent, causes: list[Cause], counts: Counter[str]) -> None:
    """The report of a run of which only the causes are known: the recordings that showed them first are verified again."""
    from replay.prove.batch import verify_one

    with HtmlReport(path, extent) as written:
        written.counts.update(counts)
        for cause in causes[:CARDS]:
            written.show(verify_one(cause.first), None, cause)
