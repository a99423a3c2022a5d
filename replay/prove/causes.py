"""Which recordings fail for one cause: one constant that was changed may break twenty of them, and is one thing to read.

A `Sign` is what a failure looks like at its first bad tick; signs that are alike are taken for one cause. It is a guess, and only
what is shown once instead of twenty times depends on it: verdicts, exit codes and counts do not.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self

from replay.core.text import counted, escape
from replay.core.verdict import Verdict, Verification

if TYPE_CHECKING:
    from replay.prove.reference import ReferenceComparison

NAMES_KEPT = 24  # of signs, and of the recordings that a cause names
_NAMES_SHOWN = 4
_WHAT = {"state": "the state differs", "events": "the events differ", "seal": "a claim differs"}


class Sign(NamedTuple):
    """kind: what failed, in words. names: the fields that differ, with their indices left out; where none does or none is known,
    the kinds of events at the first bad tick."""

    kind: str
    names: tuple[str, ...] = ()

    def is_like(self, other: Self) -> bool:
        """Whether both are taken for one cause: of the shorter list of names, at least half is in the other."""
        shared = len({*self.names} & {*other.names})
        return self.kind == other.kind and 2 * shared >= min(len(self.names), len(other.names))

    def __str__(self) -> str:
        more = len(self.names) - _NAMES_SHOWN
        names = ", ".join(self.names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return escape(f"{self.kind}: {names}" if names else self.kind)

    def to_text(self) -> str:
        """For a test report, and back by `from_text`."""
        return json.dumps([self.kind, *self.names])

    @classmethod
    def from_text(cls, text: str) -> Self:
        kind, *names = json.loads(text)
        return cls(str(kind), tuple(map(str, names)))


def sign_of(verification: Verification, comparison: ReferenceComparison | None = None) -> Sign:
    """What the failure of a recording looks like. comparison: with a reference, what differs is known at the very tick."""
    divergence = verification.divergence
    if divergence is None or divergence.what not in _WHAT:  # not judged, or the rules raised: the message says it
        said = re.sub(r"\d+", "#", verification.message) if divergence else verification.message
        if verification.verdict is Verdict.UNREADABLE and verification.hint:  # each is told what to do
            said += f"; {verification.hint}"
        return Sign(f"{verification.verdict}: {said}")
    what, game = _WHAT[divergence.what], verification.game
    if comparison is not None and comparison.tick is not None:
        kinds = _kinds([event for _, event in comparison.other_events()])
        fields, what = comparison.fields, _WHAT["events" if comparison.has_same_state else "state"]
    else:
        kinds = _kinds([event for event in divergence.events if event["tick"] == (divergence.first_bad_tick or 0) - 1])
        fields = divergence.fields
    if fields:
        paths = dict.fromkeys(re.sub(r"\[[\d,]*\]", "[]", part.path) for part in fields)
        return Sign(f"{game}: {what}, in fields", tuple(paths)[:NAMES_KEPT])
    return Sign(f"{game}: {what}, with events" if kinds else f"{game}: {what}", kinds)


def _kinds(events: list[dict[str, object]]) -> tuple[str, ...]:
    return tuple(sorted({str(event["kind"]) for event in events}))[:NAMES_KEPT]


@dataclass
class Cause:
    """number: from 1. first: the recording that showed it first, whose report stands for all. others: more of them, the first
    `NAMES_KEPT`; count: all of them."""

    number: int
    sign: Sign
    verdict: Verdict
    first: str
    first_bad_tick: int | None = None
    others: list[str] = field(default_factory=list)
    count: int = 1

    def names(self) -> str:
        """The recordings, as far as they are kept, escaped."""
        more = self.count - 1 - len(self.others)
        return ", ".join(map(escape, [self.first, *self.others])) + (f" and {more:,} more" if more else "")

    def __str__(self) -> str:
        return f"{counted(self.count, 'recording')}, {self.sign}"


class Causes:
    """The causes seen so far, in the order in which they came; memory does not grow with the recordings."""

    def __init__(self) -> None:
        self.all: list[Cause] = []

    def __len__(self) -> int:
        return len(self.all)

    @property
    def shared(self) -> list[Cause]:
        """Those that broke more than one recording."""
        return [cause for cause in self.all if cause.count > 1]

    def add(self, path: str, verdict: Verdict, sign: Sign, first_bad_tick: int | None = None) -> Cause:
        """The cause of a recording that is not ok: a new one where `count` is 1."""
        for cause in self.all:
            if cause.verdict is verdict and cause.sign.is_like(sign):
                cause.count += 1
                if len(cause.others) < NAMES_KEPT:
                    cause.others.append(path)
                return cause
        self.all.append(Cause(len(self.all) + 1, sign, verdict, path, first_bad_tick))
        return self.all[-1]


@dataclass
class Extent:
    """How far a run has come. total: recordings in all; None for a list whose end is not known. is_cut: it was stopped."""

    total: int | None = None
    done: int = 0
    is_cut: bool = False

    @property
    def shortfall(self) -> str:
        """What reports say of a run that is not whole; empty of one that is."""
        if self.total is not None and self.done < self.total:
            return f"not all: {self.done:,} of {counted(self.total, 'recording')} verified"
        return f"not all: stopped after {counted(self.done, 'recording')}" if self.is_cut else ""
