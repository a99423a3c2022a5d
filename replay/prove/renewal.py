"""A recording of older rules, and the one that could take its place: the same inputs, played by the rules that are here.

Only a new `rules` number makes a change one that was meant; without it nothing is replaced.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from replay.core.errors import ReplayError, UsageError
from replay.core.text import escape
from replay.core.writer import refuse_existing
from replay.prove.batch import verify_one
from replay.prove.migrate import Migration, migrate


@dataclass(frozen=True)
class Renewal:
    """path: the recording. aside: the new one, beside it. migration: what changes."""

    path: Path
    aside: Path
    migration: Migration

    def accept(self, keep: Path | None = None) -> None:
        """Put the new recording, which is verified first, in the place of the old one. keep: a folder for a copy of the old one.

        Raises ReplayError, UsageError if the folder has one of that name, or OSError; then the old one is still there.
        """
        verification = verify_one(self.aside)
        if not verification.is_ok:
            raise ReplayError(
                f"the new recording does not verify: {verification.message}", "is the game deterministic? replay check"
            )
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            refuse_existing(keep / self.path.name)
            shutil.copy2(self.path, keep / self.path.name)
        self.aside.replace(self.path)


@contextmanager
def proposed(path: Path) -> Iterator[Renewal]:
    """What could replace a recording; gone after the block, unless it was accepted.

    Raises ReplayError for a recording of the installed `rules` number, and as `migrate` does.
    """
    aside = path.with_name(f".{path.stem}.{os.getpid()}.new")
    try:
        migration = migrate(path, aside)
        if migration.rules[0] == migration.rules[1]:
            raise UsageError(unraised(migration.game, migration.rules[0]))
        yield Renewal(path, aside, migration)
    finally:
        aside.unlink(missing_ok=True)


def unraised(game: str, rules: int | None) -> str:
    """Why a recording of the installed rules is not replaced by what they compute now."""
    return (
        f"it was made by {game} rules {rules}, and so are the ones here called. If they were changed on purpose, "
        f"give {game} a new `rules` number first; if not, the report of replay verify says what broke"
    )


def changes_of(migration: Migration) -> str:
    """What the new rules changed in a recording, on one line."""
    changes = [f"{path}: {before} -> {after}" for path, before, after in migration.outcome]
    if migration.changed_at is not None:
        changes.append(f"states or events differ from tick {migration.changed_at} on")
    return escape("; ".join(changes)) or "every state, event and the result are the same"
