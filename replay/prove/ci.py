"""Verifications for continuous integration: a JUnit file, GitHub's annotations and step summary, artifacts of failures."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

from replay.core.errors import ReplayError
from replay.core.text import counted, escape
from replay.core.verify import Verdict, Verification
from replay.prove.causes import Cause, Extent, sign_of
from replay.prove.report import as_data, headline, repeated, report

if TYPE_CHECKING:
    from replay.prove.reference import ReferenceComparison

ANNOTATIONS = 9  # GitHub shows ten per step: nine, and a tenth that counts the rest
SUMMARY_ROWS = 100
Draw = Callable[[Path, Path, int], None]  # draws (recording, new file, tick)


class JUnit:
    """A JUnit file, written as results come: only the counts wait for the end. A context manager.

    A run that is not whole has an error of its own, so that nobody takes it for green.
    """

    def __init__(self, path: str | os.PathLike[str], extent: Extent) -> None:
        self.path = Path(path)
        self._extent = extent
        self._cases = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed on exit
        self._counts: Counter[str] = Counter()
        self._seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if shortfall := self._extent.shortfall:
            self._counts["error"] += 1
            said = f'<error type="interrupted" message={quoteattr(shortfall)}/>'
            self._cases.write(f'<testcase classname="replay" name="all recordings" time="0">{said}</testcase>\n')
        with self._cases, open(self.path, "w", encoding="utf-8") as file:
            counts = f'tests="{self._counts.total()}" failures="{self._counts["failure"]}" errors="{self._counts["error"]}"'
            file.write('<?xml version="1.0" encoding="utf-8"?>\n')
            file.write(f'<testsuites><testsuite name="replay verify" {counts} time="{self._seconds:.3f}">\n')
            self._cases.seek(0)
            while block := self._cases.read(2**20):
                file.write(block)
            file.write("</testsuite></testsuites>\n")

    def add(self, verification: Verification, comparison: ReferenceComparison | None, cause: Cause | None) -> None:
        """A divergence is a failure; what could not be judged is an error."""
        outcome = "ok" if verification.is_ok else "failure" if verification.verdict is Verdict.DIVERGED else "error"
        self._counts[outcome] += 1
        self._seconds += verification.seconds
        name = quoteattr(escape(str(verification.path)))
        case = [f'<testcase classname="replay" name={name} time="{verification.seconds:.3f}"><properties>']
        facts = properties(verification, comparison)
        case += [f'<property name="{name}" value={quoteattr(escape(value))}/>' for name, value in facts.items()]
        case.append("</properties>")
        if cause is not None:
            text = xml_escape("\n".join(report(verification, comparison)) if cause.count == 1 else repeated(verification, cause))
            case.append(
                f'<{outcome} type="{verification.verdict}" message={quoteattr(escape(verification.message))}>{text}</{outcome}>'
            )
        self._cases.write("".join(case) + "</testcase>\n")


def properties(verification: Verification, comparison: ReferenceComparison | None = None) -> dict[str, str]:
    """What a test report says of every recording."""
    ticks = max(verification.ticks, verification.first_bad_tick or 0) - verification.start_tick
    facts = {
        "verdict": verification.verdict.value,
        "ticks": str(verification.ticks),
        "ticks_per_second": str(round(max(ticks, 0) / max(verification.seconds, 1e-9))),
        "hashes_compared": str(verification.hashes_compared),
        "digests_compared": str(verification.digests_compared),
    }
    if verification.divergence is not None:
        facts["what"] = verification.divergence.what
    if verification.first_bad_tick is not None:
        facts["first_bad_tick"] = str(verification.first_bad_tick)
    if not verification.is_ok:
        facts["cause"] = sign_of(verification, comparison).to_text()
    return facts


class GitHub:
    """At the end, an annotation on `stream` for each cause, and a table of them in the step summary. A context manager.

    summary: the file that `$GITHUB_STEP_SUMMARY` names, or None.
    """

    def __init__(self, stream: IO[str], summary: str | os.PathLike[str] | None, extent: Extent) -> None:
        self._stream = stream
        self._extent = extent
        self._summary = summary
        self._counts: Counter[str] = Counter()
        self._texts: list[tuple[Cause, str]] = []
        self._causes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for line in cause_annotations(self._texts, self._causes):
            print(line, file=self._stream)
        shortfall = self._extent.shortfall
        if shortfall:
            print(annotation(shortfall, title="replay verify"), file=self._stream)
        if self._summary:
            counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self._counts.items())) or "none"
            lines = [f"### Recordings: {counts}", "", *[f"**{shortfall}**", ""] * bool(shortfall)]
            lines += cause_table([cause for cause, _ in self._texts], self._causes)
            with open(self._summary, "a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")

    def add(self, verification: Verification, comparison: ReferenceComparison | None, cause: Cause | None) -> None:
        self._counts[verification.verdict.value] += 1
        if cause is None or cause.count > 1:
            return
        self._causes += 1
        if self._causes <= SUMMARY_ROWS:
            self._texts.append((cause, "\n".join([verification.message, *report(verification, comparison)])))


def cause_annotations(texts: list[tuple[Cause, str]], causes: int) -> Iterator[str]:
    """A line for each of the first causes and its text, and one that counts the rest. causes: how many there are."""
    for cause, text in texts[:ANNOTATIONS]:
        title = f"{cause.verdict}: {Path(cause.first).name}"
        if cause.count > 1:
            title += f" and {counted(cause.count - 1, 'more recording')}"
            text = f"{cause}: {cause.names()}\n{text}"
        yield annotation(text, file=cause.first, title=title)
    if causes > ANNOTATIONS:
        yield annotation(f"and {counted(causes - ANNOTATIONS, 'more cause')}; see the summary", title="replay verify")


def cause_table(listed: list[Cause], causes: int) -> list[str]:
    """The causes as a table in Markdown. causes: how many there are."""
    if not listed:
        return []
    lines = ["| recordings | verdict | first bad tick | why |", "|---|---|---|---|"]
    for cause in listed[:SUMMARY_ROWS]:
        bad = "" if cause.first_bad_tick is None else str(cause.first_bad_tick)
        name = f"{cause.count} of one cause: {cause.names()}" if cause.count > 1 else cause.first
        lines.append(f"| {' | '.join(markdown(cell) for cell in (name, cause.verdict.value, bad, str(cause.sign)))} |")
    return lines + ["", f"and {counted(causes - SUMMARY_ROWS, 'more cause')}"] * (causes > SUMMARY_ROWS)


def annotation(text: str, **place: str) -> str:
    """A line that GitHub's runner turns into an annotation. `place`: file and title."""
    where = ",".join(f"{key}={_property(value)}" for key, value in place.items())
    return f"::error {where}::{_data(text)}"


def _data(text: str) -> str:
    lines = [escape(line) for line in text.split("\n")]
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def markdown(text: str) -> str:
    """Text for one cell of a table: neither markup nor HTML."""
    shown = xml_escape(escape(text))
    return "".join(f"\\{letter}" if letter in "\\`*_[]|~#@!" else letter for letter in shown)


def safe_stem(path: Path) -> str:
    """A stranger's name as one for a file of ours: no `..`, no bell."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", path.stem)[:100]


def keep_artifacts(
    verification: Verification,
    folder: str | os.PathLike[str],
    number: int = 0,
    draw: Draw | None = None,
    comparison: ReferenceComparison | None = None,
) -> list[Path]:
    """Write what is known of a recording that is not ok into a folder of its own in `folder`: the report, and of a divergence
    both states and a picture of the tick. Returns the files.

    number: keeps apart recordings of the same name. draw: where it raises ImportError, ReplayError or OSError, there is no picture.
    """
    own = Path(folder) / (f"{number:03}-" * bool(number) + safe_stem(verification.path))
    own.mkdir(parents=True, exist_ok=True)
    files = [own / "report.txt", own / "report.json"]
    files[0].write_text("\n".join([headline(verification), *report(verification, comparison)]) + "\n", encoding="utf-8")
    files[1].write_text(json.dumps(as_data(verification, comparison), indent=1) + "\n", encoding="utf-8")
    if (divergence := verification.divergence) is not None:
        for name, state in (("recorded", divergence.recorded_state), ("computed", divergence.computed_state)):
            if state is not None:
                files.append(own / f"{name}-{divergence.field_tick}.state")
                files[-1].write_bytes(state)
    if verification.first_bad_tick is not None and draw is not None:
        picture = own / f"tick-{verification.first_bad_tick}.png"
        with suppress(ImportError, ReplayError, OSError):
            draw(verification.path, picture, verification.first_bad_tick)
            files.append(picture)
    return files
