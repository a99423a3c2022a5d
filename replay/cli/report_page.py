"""Verifications as one HTML file for people: a card for each cause, with pictures, differences and what to take home.

It needs no network. Its one script opens pages that play a moment, in frames without rights; without such there is none.
"""

from __future__ import annotations

import html
import os
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from replay.cli.report_card import Extras, card
from replay.core.text import counted
from replay.core.verify import Verification
from replay.prove.causes import Cause, Extent
from replay.web.embedded import Moments
from replay.web.page import document

if TYPE_CHECKING:
    from replay.prove.reference import Asked, ReferenceComparison

CARDS = 50  # of causes; the rest is counted
RICH_CARDS = 20  # those with pictures and files: each takes tenths of a second and some hundred kilobytes
TEMPLATE = Path(__file__).parent.parent / "web" / "report" / "report.html"


class HtmlReport:
    """The file at `path`, written at the end, also of a run that was cut short. A context manager.

    asked: what computes what was recorded, if it was named; it shrinks recordings. By default a process of this environment.
    """

    def __init__(self, path: str | os.PathLike[str], extent: Extent, asked: Asked | None = None) -> None:
        self.path = Path(path)
        self.counts: Counter[str] = Counter()
        self._extent = extent
        self._stack = ExitStack()
        self._moments = Moments()
        self._extras = Extras(self._moments, asked)
        self._cards: list[tuple[Cause, list[str]]] = []
        self._causes = 0

    def __enter__(self) -> Self:
        self.path.touch()  # a place that cannot be written is known before the work
        if self._extras.asked is None:
            from replay.prove.reference import References

            self._extras.asked = self._stack.enter_context(References(None))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()
        counts = ", ".join(f"{count:,} {verdict}" for verdict, count in self.counts.items()) or "none"
        parts = [f'<p class="cut">{html.escape(self._extent.shortfall)}</p>'] if self._extent.shortfall else []
        if len(self._cards) > 1:
            parts.append(self._contents())
        for cause, pieces in self._cards:
            parts += [f'<section id="cause-{cause.number}">', _heading(cause), *pieces, "</section>"]
        if self._causes > len(self._cards):
            parts.append(f"<p>and {counted(self._causes - len(self._cards), 'more cause')}</p>")
        if not self._causes:
            parts.append('<p class="good">Nothing differs.</p>')
        body, texts = "\n".join(parts), {"title": "Recordings", "counts": counts}
        if len(self._moments):
            text = self._moments.document(TEMPLATE, body, **texts)
        else:
            text = document(TEMPLATE, "'none'", body, **texts)
        self.path.write_text(text, encoding="utf-8")

    def add(self, verification: Verification, comparison: ReferenceComparison | None, cause: Cause | None) -> None:
        self.counts[verification.verdict.value] += 1
        if cause is not None and cause.count == 1:
            self.show(verification, comparison, cause)

    def show(self, verification: Verification, comparison: ReferenceComparison | None, cause: Cause) -> None:
        """A card for the recording that showed a cause first. Interrupted, it holds what there was time for."""
        self._causes += 1
        if self._causes <= CARDS:
            is_rich = self._causes <= RICH_CARDS and not self._extent.is_cut
            parts: list[str] = []
            self._cards.append((cause, parts))
            parts.extend(card(verification, comparison, self._extras if is_rich else None))

    def _contents(self) -> str:
        """The causes, for whoever looks for one."""
        rows = []
        for cause, _ in self._cards:
            tick = "" if cause.first_bad_tick is None else f", tick {cause.first_bad_tick}"
            link = f'<a href="#cause-{cause.number}">{html.escape(str(cause.sign))}</a>'
            rows.append(f"<li>{link} <small>{counted(cause.count, 'recording')}{tick}</small></li>")
        return f"<nav><ol>{''.join(rows)}</ol></nav>"


def _heading(cause: Cause) -> str:
    """It is made at the end, when all recordings of the cause are known."""
    others = "" if cause.count == 1 else f"<p>{counted(cause.count, 'recording')}: {html.escape(cause.names())}</p>\n"
    return f"<h2>{html.escape(str(cause.sign))}</h2>\n{others}"


def report_of_causes(path: Path, extent: Extent, causes: list[Cause], counts: Counter[str], asked: Asked | None = None) -> None:
    """The report of a run of which only the causes are known: the recordings that showed them first are verified again."""
    from replay.prove.batch import verify_one

    with HtmlReport(path, extent, asked) as written:
        written.counts.update(counts)
        for cause in causes[:CARDS]:
            verification, comparison = verify_one(cause.first), None
            if asked is not None:
                from replay.prove.reference import compare

                comparison = compare(verification, asked)
            written.show(verification, comparison, cause)
