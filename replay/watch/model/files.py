"""A recording as a list shows it: what its file says, and what is found out about it later. Only `check` simulates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from replay.core.errors import ReplayError
from replay.core.game import Game
from replay.core.installed import find_game
from replay.core.lock import is_being_recorded
from replay.core.recording import Recording
from replay.core.records import Header
from replay.core.verify import Verdict, verify
from replay.find.sieve import Known, KnownPlayer
from replay.read.story import story_of
from replay.read.timecode import clock

EMPTY = "holds no tick"
_LONGEST_NAME = 24
_MOST_NUMBERS = 200  # of a player, in a result


@dataclass(frozen=True)
class Facts:
    """What header and seal say. known: what can be searched for. result: how it ended, in words. damage: what ends it too early.
    verdict: "no end", "damaged", "being recorded", or "" where only verifying tells."""

    known: Known
    title: str = ""
    length: str = ""
    result: str = ""
    damage: str = ""
    verdict: str = ""

    def data(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return asdict(self)

    @classmethod
    def of_data(cls, data: dict[str, Any]) -> Facts:
        known = data["known"]
        players = tuple(KnownPlayer(**player) for player in known["players"])
        return cls(**{**data, "known": Known(**{**known, "players": players})})


@dataclass
class ListedFile:
    """A file of the folder. size: in bytes. changed: seconds since 1970. Found out about it, later: facts, or the problem why it
    cannot be watched; then the verdict of verifying it. is_read: until then
    facts are those of the file before it changed, or None."""

    path: Path
    size: int = 0
    changed: float = 0.0
    facts: Facts | None = None
    problem: str = ""
    checked: str = ""
    is_read: bool = False

    def read(self) -> None:
        """Find out at once what the file says of itself, unless that is known."""
        if self.is_read:
            return
        try:
            found = self.path.stat()
            self.size, self.changed, self.facts = found.st_size, found.st_mtime, read_facts(self.path)
        except (ReplayError, OSError) as error:
            self.problem = reason(error)
        if self.facts is not None and not self.facts.known.seconds:
            self.problem = EMPTY

    @property
    def verdict(self) -> str:
        """Of `Verdict`, or of `Facts`; "" while it is not known."""
        return self.checked or (self.facts.verdict if self.facts is not None else "")

    @property
    def lines(self) -> tuple[str, ...]:
        """What to say of it under its title."""
        date = datetime.fromtimestamp(self.changed).strftime("%Y-%m-%d %H:%M")
        size = f"{self.size / 1000:,.0f} kB" if self.size < 10**7 else f"{self.size / 10**6:,.0f} MB"
        if self.problem:
            return self.problem, f"{date}   {size}"
        if self.facts is None:
            return "", f"{date}   {size}"
        names = ", ".join(_short(player.name) for player in self.facts.known.players)
        return names, f"{date}   {self.facts.length}   {size}", self.facts.damage or self.facts.result


def _short(name: str) -> str:
    """A name beside which there is room for others."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def read_facts(path: Path) -> Facts:
    """What the file says of itself. Raises ReplayError, OSError if it cannot be read."""
    with Recording(path) as recording:
        header, end, verdict = recording.header, recording.end, ""
        if recording.damage is not None:
            verdict = "damaged"
            if recording.state == "cut":
                verdict = "being recorded" if is_being_recorded(path) else "no end"
        result = end.result if end is not None and isinstance(end.result, Mapping) else {}
        title, words, kind = header.game, "", ""
        try:
            game: Game = find_game(header.game)
            title = f"{header.game}  {getattr(game, 'config_text', lambda _: '')(header.config)}".strip()
            words = story_of(game, header).result_text(result) if result else ""
            kind = str(result.get("reason") or "")
        except Exception:  # a game that is not here; what the file says may be anything
            pass
        texts = {"game": header.game, "outcome": kind, "match": recording.match_identity(), "verdict": verdict}
        settings = {str(name).lower(): str(value) for name, value in header.config.items()}
        seconds = recording.ticks / header.ticks_per_second
        known = Known("", texts, _players(header, result), settings, header.rules, seconds, header.created_ms)
        length = clock(recording.ticks, header.ticks_per_second)
        return Facts(known, title, length, words, str(recording.damage or ""), verdict)


def _players(header: Header, result: Mapping[str, Any]) -> tuple[KnownPlayer, ...]:
    """With what the result claims of each."""
    winners, rows = result.get("winners"), result.get("players")
    winners = winners if isinstance(winners, Sequence) else ()
    rows = rows if isinstance(rows, Sequence) and len(rows) == len(header.players) else [None] * len(header.players)
    return tuple(
        KnownPlayer(player.name, player.kind, seat in winners, _numbers(row), player.id)
        for seat, (player, row) in enumerate(zip(header.players, rows, strict=True))
    )


def _numbers(row: Any) -> dict[str, float]:
    items = list(row.items())[:_MOST_NUMBERS] if isinstance(row, Mapping) else []
    return {
        str(name).lower(): float(value)
        for name, value in items
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63 and math.isfinite(value)
    }


def check(path: Path) -> tuple[str, str]:
    """The verdict of verifying it, and what is wrong with it if it cannot be. Takes as long as the match takes to simulate. Raises
    OSError."""
    verification = verify(path)
    return verification.verdict.value, verification.message if verification.verdict is Verdict.UNVERIFIABLE else ""


def reason(error: Exception) -> str:
    """What an expected failure says to a user; of the system's errors without number and path."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
