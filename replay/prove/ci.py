"""Verifications for continuous integration: a JUnit file, GitHub's annotations and step summary, artifacts of failures."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

from replay.core.errors import ReplayError
from replay.core.text import counted, escape
from replay.core.verify import Verdict, Verification
from replay.prove.report import as_data, headline, report

if TYPE_CHECKING:
    from replay.prove.reference import ReferenceComparison

ANNOTATIONS = 9  # GitHub shows ten per step: nine, and a tenth that counts the rest
SUMMARY_ROWS = 100
Draw = Callable[[Path, Path, int], None]  # draws (recording, new file, tick)


class JUnit:
    """A JUnit file, written as results come: only the counts wait for the end. A context manager."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._cases = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed on exit
        self._counts: Counter[str] = Counter()
        self._seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._cases, open(self.path, "w", encoding="utf-8") as file:
            counts = f'tests="{self._counts.total()}" failures="{self._counts["failure"]}" errors="{self._counts["error"]}"'
            file.write('<?xml version="1.0" encoding="utf-8"?>\n')
            file.write(f'<testsuites><testsuite name="replay verify" {counts} time="{self._seconds:.3f}">\n')
            self._cases.seek(0)
            while block := self._cases.read(2**20):
                file.write(block)
            file.write("</testsuite></testsuites>\n")

    def add(self, verification: Verification, comparison: ReferenceComparison | None = None) -> None:
        """A divergence is a failure; what could not be judged is an error."""
        outcome = "ok" if verification.is_ok else "failure" if verification.verdict is Verdict.DIVERGED else "error"
        self._counts[outcome] += 1
        self._seconds += verification.seconds
        name = quoteattr(escape(str(verification.path)))
        case = [f'<testcase classname="replay" name={name} time="{verification.seconds:.3f}"><properties>']
        case += [f'<property name="{name}" value={quoteattr(escape(value))}/>' for name, value in properties(verification).items()]
        case.append("</properties>")
        if outcome != "ok":
            text = xml_escape("\n".join(report(verification, comparison)))
            case.append(
                f'<{outcome} type="{verification.verdict}" message={quoteattr(escape(verification.message))}>{text}</{outcome}>'
            )
        self._cases.write("".join(case) + "</testcase>\n")


def properties(verification: Verification) -> dict[str, str]:
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
    return facts


class GitHub:
    """Annotations on `stream` as results come, and a table in the step summary at the end. A context manager.

    summary: the file that `$GITHUB_STEP_SUMMARY` names, or None.
    """

    def __init__(self, stream: IO[str], summary: str | os.PathLike[str] | None) -> None:
        self._stream = stream
        self._summary = summary
        self._counts: Counter[Verdict] = Counter()
        self._bad = 0
        self._rows: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bad > ANNOTATIONS:
            self._annotate(
                title="replay verify", text=f"and {counted(self._bad - ANNOTATIONS, 'more recording')} not ok; see the summary"
            )
        if self._summary:
            with open(self._summary, "a", encoding="utf-8") as file:
                file.write("\n".join(self._table()) + "\n")

    def add(self, verification: Verification, comparison: ReferenceComparison | None = None) -> None:
        self._counts[verification.verdict] += 1
        if verification.is_ok:
            return
        self._bad += 1
        if self._bad <= ANNOTATIONS:
            text = "\n".join([verification.message, *report(verification, comparison)])
            self._annotate(file=str(verification.path), title=f"{verification.verdict}: {verification.path.name}", text=text)
        if self._bad <= SUMMARY_ROWS:
            bad = "" if verification.first_bad_tick is None else str(verification.first_bad_tick)
            cells = (str(verification.path), verification.verdict.value, bad, verification.message)
            self._rows.append(f"| {' | '.join(markdown(cell) for cell in cells)} |")

    def _annotate(self, text: str, **place: str) -> None:
        print(annotation(text, **place), file=self._stream)

    def _table(self) -> list[str]:
        counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self._counts.items())) or "none"
        lines = [f"### Recordings: {counts}", ""]
        if self._rows:
            lines += ["| recording | verdict | first bad tick | why |", "|---|---|---|---|", *self._rows]
        if self._bad > SUMMARY_ROWS:
            lines += ["", f"and {self._bad - SUMMARY_ROWS} more"]
        return lines


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
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", verification.path.stem)[:100]  # the name may be a stranger's: no `..`, no bell
    own = Path(folder) / (f"{number:03}-" * bool(number) + stem)
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
