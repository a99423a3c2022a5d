"""What comes out of a library: entries of its catalogue, moments, and what became of a file."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from replay.core.errors import UsageError
from replay.find.library.facts import expect
from replay.find.library.indexing import absolute

_MATCH_FIELDS = ("identity", "game", "rules", "created_ms", "ticks", "ticks_per_second", "seconds", "outcome", "match_identity")


class Outcome(NamedTuple):
    """What became of one file: `new`, `updated`, `copy` (of a match that is there), `known`, `broken`, or `refused`
    (another match has one of its unique keys)."""

    path: Path
    status: str
    verdict: str = ""
    message: str = ""


@dataclass(frozen=True)
class CatalogueEntry:
    """One recording, or one file that cannot be read (then only path, verdict and message say anything)."""

    path: Path
    verdict: str
    message: str
    identity: str = ""
    game: str = ""
    rules: int = 0
    config: dict[str, int | str] | None = None
    created_ms: int = 0
    ticks: int = 0
    ticks_per_second: int = 0
    seconds: float = 0.0
    outcome: str = ""
    match_identity: str | None = None
    players: tuple[str, ...] = ()
    player_ids: tuple[str, ...] = ()  # "": not known; none at all where nobody has one
    winners: tuple[str, ...] = ()
    cursor: str = field(default="", compare=False)  # of this place in what was asked for


@dataclass(frozen=True)
class Moment:
    """Events close together: the first tick, the last, and how many."""

    path: Path
    tick: int
    last_tick: int
    count: int
    ticks_per_second: int
    player: str | None  # who has the role that was asked for

    def __str__(self) -> str:
        return f"{self.path}@{self.tick}"


def cursor_of(value: Any, path: str) -> str:
    """What `position_of` takes apart: where an entry stands in what was asked for."""
    return base64.urlsafe_b64encode(json.dumps([value, path]).encode()).decode()


def position_of(cursor: str) -> tuple[Any, str]:
    """What a cursor says: the value that is sorted by, and the file. Raises UsageError."""
    try:
        value, path = json.loads(base64.urlsafe_b64decode(cursor))
        if not isinstance(path, str) or not isinstance(value, str | int | float | None):
            raise ValueError
    except (ValueError, TypeError):
        raise UsageError(f"{cursor!r:.60} is no cursor", "the `cursor` of the last entry, with the same search and sort") from None
    return value, path


class Seat(NamedTuple):
    """Who played, whether they won, and who they are; "" if that is not known."""

    name: str
    is_winner: bool
    player_id: str


def entry_of(root: Path, row: Mapping[str, Any], seats: Sequence[Seat]) -> CatalogueEntry:
    """A row of `replay.find.library.catalogue`."""
    facts = dict(row)
    if row["id"] is not None:
        facts["config"] = json.loads(row["config"])
    expect(facts)
    path = absolute(row["path"], root)
    if row["id"] is None:
        return CatalogueEntry(path, row["verdict"], row["message"], cursor=cursor_of(row["value"], row["path"]))
    return CatalogueEntry(
        path,
        row["verdict"],
        row["message"],
        config=facts["config"],
        players=tuple(seat.name for seat in seats),
        player_ids=tuple(seat.player_id for seat in seats) if any(seat.player_id for seat in seats) else (),
        winners=tuple(seat.name for seat in seats if seat.is_winner),
        cursor=cursor_of(row["value"], row["path"]),
        **{name: row[name] for name in _MATCH_FIELDS},
    )
