"""The language of searches: `map:duel player:Ann kills>=10 -verdict:ok after:2026-01-01`. All of it must hold.

    player:Ann         somebody of this name played; * stands for anything: player:An*
    winner:Ann         and won                                    bot:hunter   a bot of this temperament played
    player_id:7656     somebody of this id, which stays whatever the name; exactly as it is written
    kills>=10          a number that projections count, of the player named before it, or of anybody
    map:duel           a setting of the game, by its name         game:arena   rules:1
    outcome:time       how it ended                               verdict:ok   file:*final*
    match:8e1b*        the same match, under whatever names (`replay info` says which one it is)
    length>=1:30       also 90s, 2m
    after:2026-01-31   before: on: too; also 2026-01, today, yesterday, 7d (the last seven days), 2026-01-31T20:15; UTC
    word               part of a file's name or a player's
    -anything          must not hold                              "quotes"     around what has spaces in it

Case does not matter, but in ids.

Two answer it: the library, with SQL, and a list of recordings, with what it knows of each file (`replay.find.sieve`).
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from replay.core.errors import UsageError

_TERM = re.compile(
    r'(?P<minus>-?)(?:(?P<field>[^\W\d]\w*(?:\.\w+)?)(?P<operator>:|!=|>=|<=|=|>|<))?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))(?=\s|\Z)'
)
_LENGTH = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,4}):(\d{1,4}(?:\.\d{1,6})?)|(\d{1,9}(?:\.\d{1,6})?)([smh]?))\Z", re.ASCII)
_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_BACK = re.compile(r"(\d{1,5})([dhw])\Z", re.ASCII)
_UNIT_HOURS = {"h": 1, "d": 24, "w": 168}
_DAYS = ("today", "yesterday")
_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?\Z", re.ASCII)
_HINT = "like: map:duel player:Ann kills>=10 after:2026-01-01"

PLAYERS = ("player", "winner", "bot", "player_id")
TEXTS = ("game", "outcome", "match", "verdict", "file")
DATES = ("after", "before", "on")
FIELDS = ("", "rules", "length", *PLAYERS, *TEXTS, *DATES)  # all that are neither numbers nor settings of a game
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ":": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Term:
    """One condition: `field operator value`; a bare word has the field ""."""

    field: str
    operator: str
    value: str
    is_negated: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it asks for a number that projections count."""
        return self.operator not in (":", "!=") and self.field not in FIELDS


def parse(text: str) -> list[Term]:
    """The terms of a search. Raises UsageError for text that is not a search."""
    terms, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TERM.match(text, at)
        if match is None or (match["field"] is None and (match["plain"] or "").endswith((":", "=", "<", ">"))):
            raise UsageError(f"cannot read {text[at:]!r} in the search", _HINT)
        value = match["plain"] if match["quoted"] is None else match["quoted"]
        terms.append(Term((match["field"] or "").lower(), match["operator"] or ":", value, bool(match["minus"])))
        at = match.end()
    return terms


def grouped(terms: list[Term]) -> list[list[Term]]:
    """The terms, those together that one player has to fulfil: `player:Ann kills>=10`."""
    groups: list[list[Term]] = []
    for term in terms:
        first = groups[-1][0] if groups else None
        if term.is_number and not term.is_negated and first and first.field in PLAYERS and not first.is_negated:
            groups[-1].append(term)
        else:
            groups.append([term])
    return groups


# --- values; all raise UsageError for what their field cannot have ---


def text_key(term: Term) -> str:
    """What a text has to be equal to, in small letters; * stands for anything."""
    if term.operator not in (":", "=", "!="):
        raise UsageError(f"{term.field}{term.operator}{term.value!r}: {term.field} has no order", "use : or = or !=")
    return term.value.casefold()


def exact(term: Term) -> str:
    """What a text has to be equal to, as it is written."""
    text_key(term)
    return term.value


def finite(term: Term) -> float:
    try:
        value = float(term.value)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{term.field}{term.operator}{term.value!r}: expected a number", _HINT)
    return value


def whole(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise UsageError(f"{value!r} is not a whole number", _HINT)
    return int(value)


def length_seconds(value: str) -> float:
    """`1:30`, `90`, `90s`, `1.5m` or `2h` in seconds."""
    match = _LENGTH.match(value)
    if match is None:
        raise UsageError(f"{value!r} is not a length", "like 1:30, 90s, 2m")
    hours, minutes, seconds, amount, unit = match.groups()
    if amount:
        return float(amount) * _UNIT_SECONDS[unit]
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)


def day_ms(value: str, now: datetime | None = None) -> tuple[int, int]:
    """The moments at which a date begins and ends, in ms since 1970, UTC: `2026-01-31`, `2026-01` (the month), `2026`, `today`,
    `yesterday`, `7d`, `12h` (up to now), or a date and time and the day from then on."""
    now = datetime.now(UTC) if now is None else now
    try:
        if back := _BACK.match(value):
            start, stop = now - timedelta(hours=int(back[1]) * _UNIT_HOURS[back[2]]), now
        elif value.lower() in _DAYS:
            start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=_DAYS.index(value.lower()))
            stop = start + timedelta(days=1)
        elif part := _MONTH.match(value):
            year, month = int(part[1]), int(part[2] or 1)
            start = datetime(year, month, 1, tzinfo=UTC)
            stop = datetime(year + (month == 12 or not part[2]), month % 12 + 1 if part[2] else 1, 1, tzinfo=UTC)
        else:
            start = datetime.fromisoformat(value)
            start = start if start.tzinfo else start.replace(tzinfo=UTC)
            stop = start + timedelta(days=1)
        return int(start.timestamp() * 1000), int(stop.timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{value!r} is not a date", "like 2026-01-31, 2026-01, today, 7d, or 2026-01-31T20:15") from None
