"""A search text (see `replay.find.search`) as SQL, and the statements of the library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from replay.find.library.tables import events, files, numbers, players, recordings, settings
from replay.find.search import COMPARE, PLAYERS, Term, day_ms, finite, grouped, length_seconds, parse, text_key, whole


def where(terms: list[Term]) -> list[sa.ColumnElement[bool]]:
    """The terms as conditions on `recordings` joined to `files`. Raises UsageError for values that their fields cannot have."""
    conditions: list[sa.ColumnElement[bool]] = []
    for first, *counted in grouped(terms):
        if counted:
            of_seat = numbers.c.seat == players.c.seat
            conditions.append(_somebody(_player(first), *(_number(term, of_seat) for term in counted)))
        else:
            condition = _condition(first)
            conditions.append(sa.not_(condition) if first.is_negated else condition)
    return conditions


def _condition(term: Term) -> sa.ColumnElement[bool]:
    field, value = term.field, term.value
    if field in _TEXTS:
        return _equals(term, _TEXTS[field])
    if field in PLAYERS:
        return _somebody(_player(term))
    if field in _DATES:
        return _DATES[field](recordings.c.created_ms, *day_ms(value))
    if field == "rules":
        return _compared(term, recordings.c.rules, whole(value))
    if field == "length":
        return _compared(term, recordings.c.seconds, length_seconds(value))
    if field == "":
        contains = f"*{value.casefold()}*"
        return sa.or_(_like(files.c.path_key, contains), _somebody(_like(players.c.name_key, contains)))
    if term.is_number:
        return _number(term, sa.true())
    is_such = (settings.c.name == field, settings.c.recording_id == recordings.c.id, _equals(term, settings.c.value_key))
    return _exists(settings, *is_such)


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


def _player(term: Term) -> sa.ColumnElement[bool]:
    if term.field == "bot":
        return _like(players.c.kind, f"bot:{term.value.casefold()}")
    named = _equals(term, players.c.name_key)
    return sa.and_(named, players.c.is_winner) if term.field == "winner" else named


def _somebody(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return _exists(players, players.c.recording_id == recordings.c.id, *conditions)


def _number(term: Term, of_seat: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    is_compared = _compared(term, numbers.c.value, finite(term))
    return _exists(numbers, numbers.c.recording_id == recordings.c.id, numbers.c.name == term.field, is_compared, of_seat)


def _exists(table: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether there is a row; every other table in the conditions is that of the statement around it."""
    return sa.exists(sa.select(sa.literal(1)).select_from(table).where(*conditions).correlate_except(table))


def _compared(term: Term, column: sa.ColumnElement[Any], value: float) -> sa.ColumnElement[bool]:
    is_compared: sa.ColumnElement[bool] = COMPARE[term.operator](column, value)
    return is_compared


def _equals(term: Term, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    is_equal = _like(column, text_key(term))
    return sa.not_(is_equal) if term.operator == "!=" else is_equal


def _like(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """`column` equals `text`, in which * stands for anything."""
    if "*" not in text:
        return column == text
    pattern = text.replace("/", "//").replace("%", "/%").replace("_", "/_").replace("*", "%")
    return column.like(pattern, escape="/")


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
