"""What is found, why it breaks replays, and the comments that allow it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

CAUSES = {
    "outlives": "a match that is loaded, rolled back or started next finds what is left there: keep it in the match, or copy it",
    "clock": "a replay runs at another time: count ticks",
    "random": "keep a small generator of integers in the state",
    "identity": "hash() of text and id() differ in every process: use an index or a number of your own",
    "set-order": "the order of a set differs from process to process: sort it, or use a dict or a list",
    "sort": "where keys are equal, the order differs from CPU to CPU: kind='stable'",
    "files": "another machine has other files in another order: load content before the match, and sort",
    "environment": "another machine, or user, has another one: what decides belongs in the match's config",
    "uninitialised": "np.empty holds what was in memory: use np.zeros",
    "narrow": "versions of numpy, and compilers, differ in what comes out of too narrow a number: use int64, or mask it",
    "float": "libraries and versions round it differently: use a table of whole numbers",
    "numpy-float": "numpy computes these differently from CPU to CPU: use a table of whole numbers",
    "fraction": "fractions invite what rounds differently elsewhere: use whole numbers, such as 1/256 pixel",
    "input": "inputs come to advance(), so that the recording has them",
    "thread": "when it runs, the machine decides: do its work inside a tick",
    "network": "another machine answers differently, or not at all: make what it says a command",
}
PROGRAM_RULES = frozenset({"identity", "set-order", "uninitialised", "thread", "network"})
ASKED_RULES = frozenset({"fraction"})  # only whoever asks for whole numbers is told

_ALLOW = re.compile(r"#\s*replay:\s*allow\s+([a-z, -]+)")


@dataclass(frozen=True, order=True)
class LintFinding:
    """A place in rules that may break a replay. `rule` is a key of `CAUSES`."""

    path: Path
    line: int
    column: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.rule}: {self.message}; {CAUSES[self.rule]}"


def allowed_by_comments(source: str) -> set[tuple[int, str]]:
    """What comments allow: (line, rule), line 0 for the whole file."""
    allowed = set()
    for number, text in enumerate(source.splitlines(), 1):
        if match := _ALLOW.search(text):
            names = [name.split()[0] for name in match[1].split(",") if name.split()]
            allowed |= {(0 if text.lstrip().startswith("#") else number, name) for name in names}
    return allowed
