"""A search text as SQL: `map:duel player:Ann kills>=10 -verdict:ok after:2026-01-01`. All of it must hold.

    player:Ann         somebody of this name played; * stands for anything: player:An*
    winner:Ann         and won                                    bot:hunter   a bot of this temperament played
    kills>=10          a number that projections count, of the player named before it, or of anybody
    map:duel           a setting of the game, by its name         game:arena   rules:1
    outcome:time       how it ended                               verdict:ok   file:*final*
    match:8e1b*        the same match, under whatever names (`replay info` says which one it is)
    length>=1:30       also 90s, 2m                               after: before: on: a date such as 2026-01-31, UTC
    word               part of a file's name or a player's
    -anything          must not hold                              "quotes"     around what has spaces in it

Case does not matter.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from replay.core.errors import UsageError
from replay.find.library.tables import events, files, numbers, players, recordings, settings

_TERM = re.compile(
    r'(?P<minus>-?)(?:(?P<field>[^\W\d]\w*(?:\.\w+)?)(?P<operator>:|!=|>=|<=|=|>|<))?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))(?=\s|\Z)'
)
_LENGTH = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,4}):(\d{1,4}(?:\.\d{1,6})?)|(\d{1,9}(?:\.\d{1,6})?)([smh]?))\Z", re.ASCII)
_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_HINT = "like: map:duel player:Ann kills>=10 after:2026-01-01"

_COMPARE: dict[str, Callable[[Any, Any], sa.ColumnElement[bool]]] = {
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


def where(terms: list[Term]) -> list[sa.ColumnElement[bool]]:
    """The terms as conditions on `recordings` joined to `files`. Raises UsageError for values that their fields cannot have."""
    conditions: list[sa.ColumnElement[bool]] = []
    named: list[sa.ColumnElement[bool]] = []  # of the player named last, and the numbers that belong to them
    for term in terms:
        if _is_number(term) and named and not term.is_negated:
            named.append(_number(term, numbers.c.seat == players.c.seat))
            continue
        if named:
            conditions.append(_somebody(*named))
            named = []
        if term.field in _PLAYERS and not term.is_negated:
            named = [_player(term)]
        else:
            condition = _condition(term)
            conditions.append(sa.not_(condition) if term.is_negated else condition)
    return [*conditions, _somebody(*named)] if named else conditions


def _condition(term: Term) -> sa.ColumnElement[bool]:
    field, value = term.field, term.value
    if field in _TEXTS:
        return _equals(term, _TEXTS[field])
    if field in _PLAYERS:
        return _somebody(_player(term))
    if field in _DATES:
        return _DATES[field](recordings.c.created_ms, *_day_ms(value))
    if field == "rules":
        return _COMPARE[term.operator](recordings.c.rules, _whole(value))
    if field == "length":
        return _COMPARE[term.operator](recordings.c.seconds, length_seconds(value))
    if field == "":
        contains = f"*{value.casefold()}*"
        return sa.or_(_like(files.c.path_key, contains), _somebody(_like(players.c.name_key, contains)))
    if _is_number(term):
        return _number(term, sa.true())
    is_such = (settings.c.name == field, settings.c.recording_id == recordings.c.id, _equals(term, settings.c.value_key))
    return _exists(settings, *is_such)


_PLAYERS = ("player", "winner", "bot")
_TEXTS: dict[str, sa.ColumnElement[Any]] = {
    "game": sa.func.lower(recordings.c.game),
    "outcome": sa.func.lower(recordings.c.outcome),
    "match": recordings.c.match_identity,
    "verdict": files.c.verdict,
    "file": files.c.path_key,
}
_DATES: dict[str, Callable[[Any, int, int], sa.ColumnElement[bool]]] = {
    "after": lambda column, start, stop: column >= start,
    "before": lambda column, start, stop: column < start,
    "on": lambda column, start, stop: sa.and_(column >= start, column < stop),
}


_FIELDS = {"", "rules", "length", *_PLAYERS, *_TEXTS, *_DATES}  # all that are neither numbers nor settings of a game


def _is_number(term: Term) -> bool:
    return term.operator not in (":", "!=") and term.field not in _FIELDS


def _player(term: Term) -> sa.ColumnElement[bool]:
    if term.field == "bot":
        return _like(players.c.kind, f"bot:{term.value.casefold()}")
    named = _equals(term, players.c.name_key)
    return sa.and_(named, players.c.is_winner) if term.field == "winner" else named


def _somebody(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return _exists(players, players.c.recording_id == recordings.c.id, *conditions)


def _number(term: Term, of_seat: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    try:
        value = float(term.value)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{term.field}{term.operator}{term.value!r}: expected a number", _HINT)
    is_compared = _COMPARE[term.operator](numbers.c.value, value)
    return _exists(numbers, numbers.c.recording_id == recordings.c.id, numbers.c.name == term.field, is_compared, of_seat)


def _exists(table: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether there is a row; every other table in the conditions is that of the statement around it."""
    return sa.exists(sa.select(sa.literal(1)).select_from(table).where(*conditions).correlate_except(table))


def _equals(term: Term, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    if term.operator not in (":", "=", "!="):
        raise UsageError(f"{term.field}{term.operator}{term.value!r}: {term.field} has no order", "use : or = or !=")
    is_equal = _like(column, term.value.casefold())
    return sa.not_(is_equal) if term.operator == "!=" else is_equal


def _like(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """`column` equals `text`, in which * stands for anything."""
    if "*" not in text:
        return column == text
    pattern = text.replace("/", "//").replace("%", "/%").replace("_", "/_").replace("*", "%")
    return column.like(pattern, escape="/")


def _whole(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise UsageError(f"{value!r} is not a whole number", _HINT)
    return int(value)


def length_seconds(value: str) -> float:
    """`1:30`, `90`, `90s`, `1.5m` or `2h` in seconds. Raises UsageError."""
    match = _LENGTH.match(value)
    if match is None:
        raise UsageError(f"{value!r} is not a length", "like 1:30, 90s, 2m")
    hours, minutes, seconds, amount, unit = match.groups()
    if amount:
        return float(amount) * _UNIT_SECONDS[unit]
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)


def _day_ms(value: str) -> tuple[int, int]:
    """The moment that a date (or date and time) begins, and a day later; in ms since 1970."""
    try:
        start = datetime.fromisoformat(value)
        start = start if start.tzinfo else start.replace(tzinfo=UTC)
        return int(start.timestamp() * 1000), int((start + timedelta(days=1)).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{value!r} is not a date", "like 2026-01-31, or 2026-01-31T20:15") from None


# --- statements ---


def is_first_file() -> sa.ColumnElement[bool]:
    """Whether a row of `files` is the one that stands for its match: a match that has copies counts once."""
    other = files.alias()
    return ~_exists(other, other.c.recording_id == files.c.recording_id, other.c.id < files.c.id)


def order(sort: str) -> sa.ColumnElement[Any]:
    """What to sort matches by: `date`, `length`, `file`, or the highest of a number; `-` for descending."""
    name = sort.removeprefix("-")
    columns: dict[str, sa.ColumnElement[Any]] = {
        "date": recordings.c.created_ms,
        "length": recordings.c.seconds,
        "file": files.c.path_key,
    }
    highest = sa.select(sa.func.max(numbers.c.value)).where(
        numbers.c.recording_id == recordings.c.id, numbers.c.name == name.lower()
    )
    column = columns[name] if name in columns else highest.scalar_subquery()
    return (column.desc() if sort.startswith("-") else column.asc()).nulls_last()


def moments(
    search: str, kind: str, player: str | None, role: str | None, item: str | None, within_seconds: float | None, at_least: int
) -> sa.Select[Any]:
    """Rows (path, tick, last tick, ticks per second, seat, name): each event from which on there are enough close together.
    The newest match first; in a match in the order of ticks. Parameters: those of `Library.moments`."""
    seat = events.c[role] if role else sa.cast(sa.null(), sa.Integer)
    conditions = [events.c.kind == kind.lower()]
    if item is not None:
        conditions.append(_like(events.c.item, item.lower()))
    if player is not None:
        conditions.append(_has_player(player, [events.c[role]] if role else [events.c.actor, events.c.target]))
    if search.strip():
        matching = sa.select(recordings.c.id).select_from(files.join(recordings)).where(is_first_file(), *where(parse(search)))
        conditions.append(events.c.recording_id.in_(matching))
    together = [events.c.recording_id, seat] if role else [events.c.recording_id]
    last_tick = sa.func.lead(events.c.tick, at_least - 1).over(partition_by=together, order_by=events.c.number)
    runs = (
        sa.select(events.c.recording_id, events.c.number, events.c.tick, seat.label("seat"), last_tick.label("last_tick"))
        .where(*conditions)
        .subquery()
    )
    close: sa.ColumnElement[bool] = runs.c.last_tick.is_not(None)
    if within_seconds is not None:
        close = sa.and_(close, runs.c.last_tick - runs.c.tick <= within_seconds * recordings.c.ticks_per_second)
    named = sa.and_(players.c.recording_id == runs.c.recording_id, players.c.seat == runs.c.seat)
    return (
        sa.select(files.c.path, runs.c.tick, runs.c.last_tick, recordings.c.ticks_per_second, runs.c.seat, players.c.name)
        .select_from(
            runs.join(recordings, recordings.c.id == runs.c.recording_id)
            .join(files, files.c.recording_id == recordings.c.id)
            .outerjoin(players, named)
        )
        .where(close, is_first_file())
        .order_by(recordings.c.created_ms.desc(), files.c.path, runs.c.number)
    )


def _has_player(name: str, seats: list[Any]) -> sa.ColumnElement[bool]:
    is_seat = sa.or_(*(players.c.seat == seat for seat in seats))
    is_named = _like(players.c.name_key, name.casefold())
    return _exists(players, players.c.recording_id == events.c.recording_id, is_seat, is_named)
