"""A file that explains changes of the rules which no recording can notice, each with the reason:

[[mutant]]
file = "rules/combat.py"         # its end is enough
line = "if health <= 0:"         # as it stands in the source
change = "0 -> 1"                # one of the changes of that line; without it all of them
why = "damage is a multiple of 5"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from replay.core.errors import UsageError
from replay.prove.cover.mutants import Mutant

_NEEDED, _ALL = ("file", "line", "why"), ("file", "line", "change", "why")


@dataclass(frozen=True)
class Explanation:
    file: str
    line: str
    why: str
    change: str = ""

    def fits(self, mutant: Mutant, line: str) -> bool:
        """line: the text of the line of the mutant."""
        is_file = f"/{mutant.file.as_posix()}".endswith(f"/{self.file}")
        return is_file and line.strip() == self.line.strip() and self.change in ("", mutant.change)


def read_explanations(file: Path) -> list[Explanation]:
    """Raises UsageError for a file that does not say what it should, OSError."""
    example = 'like: [[mutant]] file = "rules.py", line = "if a < b:", change = "a < b -> (a <= b)", why = "they are never equal"'
    try:
        entries = tomllib.loads(file.read_text("utf-8")).get("mutant", [])
    except ValueError as error:
        raise UsageError(f"{file}: is not TOML: {error}", example) from error
    explanations = []
    for entry in entries if isinstance(entries, list) else [entries]:
        is_whole = isinstance(entry, dict) and set(_NEEDED) <= entry.keys() <= set(_ALL)
        if not is_whole or not all(isinstance(value, str) and value.strip() for value in entry.values()):
            raise UsageError(f"{file}: an explanation has {', '.join(_NEEDED)} and perhaps a change, all of them texts", example)
        explanations.append(Explanation(**entry))
    return explanations


def explained(explanations: Iterable[Explanation], mutant: Mutant, line: str) -> Explanation | None:
    """The first explanation of this mutant."""
    return next((each for each in explanations if each.fits(mutant, line)), None)
