"""A search text (see `replay.find.search`) as SQL, and the statements of the library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from replay.core.errors import UsageError
from replay.core.format import MAX_CREATED_MS
from replay.core.text import meant
from replay.core.verdict import Verdict
from replay.find.library.tables import events, files, numbers, players, recordings, settings, words
from replay.find.library.words import Vocabulary
from replay.find.search import (
    COMPARE,
    FIELDS,
    PLAYERS,
    Term,
    day_ms,
    exact,
    finite,
    grouped,
    length_seconds,
    parse,
    text_key,
    whole,
)

STALE = "stale"
WITH_FACTS = (Verdict.OK.value, Verdict.INCOMPLETE.value)  # verdicts on matches that agree as far as they go
_FIRST_WINDOW = 256  # matches
VERDICTS = (*(verdict.value for verdict in Verdict), STALE)


def where(terms: list[Term], known: Vocabulary, verdict: sa.ColumnElement[Any] = files.c.verdict) -> list[sa.ColumnElement[bool]]:
    """The terms as conditions on `recordings` joined to `files`. verdict: what counts as one, see `verdict_here`.

    Raises UsageError for values that their fields cannot have, and for names that no match has, with the one that may be meant."""
    conditions: list[sa.ColumnElement[bool]] = []
    for term in terms:
        _expect(term, known)
    for first, *counted in grouped(terms):
        if counted:
            seat = sa.tuple_(players.c.recording_id, players.c.seat)
            has_numbers = (seat.in_(_with_number(term, known, numbers.c.seat)) for term in counted)
            conditions.append(_somebody(_player(first), *has_numbers))
        else:
            condition = _equals(first, verdict) if first.field == "verdict" else _condition(first, known)
            conditions.append(sa.not_(condition) if first.is_negated else condition)
    return conditions


def verdict_here(verified_by: dict[tuple[int, int], int]) -> sa.ColumnElement[Any]:
    """The verdict of a file: an `ok` by rules or an environment that have changed since is `stale`.

    verified_by: of each game that is here, by its number and rules, the number of the fingerprint by which it verifies."""
    of_game = [
        sa.and_(recordings.c.game_id == game, recordings.c.rules == rules, files.c.verified_by_id != number)
        for (game, rules), number in verified_by.items()
    ]
    return sa.case((sa.and_(files.c.verdict == Verdict.OK.value, sa.or_(sa.false(), *of_game)), STALE), else_=files.c.verdict)


def _expect(term: Term, known: Vocabulary) -> None:
    field, names = term.field, (known.of("number"), known.of("setting"))
    if known and field not in FIELDS and not any(field in there for there in names):
        raise UsageError(f"no match here has {field!r}", meant(field, {*FIELDS, *names[0], *names[1]}))
    if field == "verdict" and "*" not in term.value and term.value.lower() not in VERDICTS:
        raise UsageError(f"no verdict is {term.value!r}", meant(term.value, VERDICTS))


def _condition(term: Term, known: Vocabulary) -> sa.ColumnElement[bool]:
    field, value = term.field, term.value
    if field in _TEXTS:
        return _equals(term, _TEXTS[field])
    if field in _WORDS:
        is_equal = _WORDS[field].in_(known.like(field, text_key(term)))
        return sa.not_(is_equal) if term.operator == "!=" else is_equal
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
        return sa.or_(_like(files.c.path_key, contains), _somebody(_is_word(players.c.key_id, contains)))
    if term.is_number:
        return recordings.c.id.in_(_with_number(term, known))
    is_value = _is_word(settings.c.value_id, text_key(term))
    is_such = sa.select(settings.c.config_id).where(
        settings.c.name_id.in_(known.like("setting", field)), sa.not_(is_value) if term.operator == "!=" else is_value
    )
    return recordings.c.config_id.in_(is_such)


_TEXTS: dict[str, sa.ColumnElement[Any]] = {"match": recordings.c.match_identity, "file": files.c.path_key}
_WORDS: dict[str, sa.ColumnElement[Any]] = {"game": recordings.c.game_id, "outcome": recordings.c.outcome_id}
_DATES: dict[str, Callable[[Any, int, int], sa.ColumnElement[bool]]] = {
    "after": lambda column, start, stop: column >= start,
    "before": lambda column, start, stop: column < start,
    "on": lambda column, start, stop: sa.and_(column >= start, column < stop),
}


def _player(term: Term) -> sa.ColumnElement[bool]:
    if term.field == "bot":
        return _is_word(players.c.kind_id, f"bot:{term.value.casefold()}")
    if term.field == "player_id":
        is_it = players.c.player_id.in_(sa.select(words.c.id).where(words.c.text == exact(term)))
        return sa.or_(players.c.player_id.is_(None), ~is_it) if term.operator == "!=" else is_it
    is_named = _is_word(players.c.key_id, text_key(term))
    named = sa.not_(is_named) if term.operator == "!=" else is_named
    return sa.and_(named, players.c.is_winner) if term.field == "winner" else named


def _is_word(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """Whether the word of this number is `text`, in which * stands for anything."""
    its = words.alias()
    return column.in_(sa.select(its.c.id).where(_like(its.c.text, text)))


def _somebody(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return _exists(players, players.c.recording_id == recordings.c.id, *conditions)


def _with_number(term: Term, known: Vocabulary, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The recordings, and what else is asked for, where a number is as the term says."""
    is_named = numbers.c.name_id.in_(known.like("number", term.field))
    return sa.select(numbers.c.recording_id, *columns).where(is_named, _compared(term, numbers.c.value, finite(term)))


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


@dataclass(frozen=True)
class Order:
    """What matches are sorted by; those without it come last, and files decide between equals.

    highest: the best of a number in each match, to be joined; None for what is in the match's row.
    """

    value: sa.ColumnElement[Any]
    is_descending: bool
    highest: sa.Subquery | None = None

    def by(self) -> tuple[sa.ColumnElement[Any], ...]:
        value = self.value.desc() if self.is_descending else self.value.asc()
        return value if self.highest is None else value.nulls_last(), files.c.path.asc()  # an index has no nulls last

    def after(self, value: Any, path: str) -> sa.ColumnElement[bool]:
        """What comes after the match with this value in this file."""
        if value is None:
            return sa.and_(self.value.is_(None), files.c.path > path)
        further = self.value < value if self.is_descending else self.value > value
        return sa.or_(further, sa.and_(self.value == value, files.c.path > path), self.value.is_(None))


def order(sort: str, known: Vocabulary) -> Order:
    """`date`, `length`, `file`, or the highest of a number; `-` for descending. Raises UsageError for what is none of these."""
    name, is_descending = sort.removeprefix("-"), sort.startswith("-")
    columns = {"date": recordings.c.created_ms, "length": recordings.c.seconds, "file": files.c.path_key}
    if name in columns:
        return Order(columns[name], is_descending)
    number = known.of("number").get(name.lower())
    if number is None and known:
        raise UsageError(f"matches cannot be sorted by {name!r}", meant(name, {*columns, *known.of("number")}))
    highest = (
        sa.select(numbers.c.recording_id, sa.func.max(numbers.c.value).label("best"))
        .where(numbers.c.name_id == number)
        .group_by(numbers.c.recording_id)
        .subquery()
    )
    return Order(highest.c.best, is_descending, highest)


def moments(
    known: Vocabulary,
    search: str,
    kind: str,
    player: str | None,
    role: str | None,
    item: str | None,
    within_seconds: float | None,
    at_least: int,
    created_ms: tuple[int, int],
) -> sa.Select[Any]:
    """Rows (path, tick, last tick, ticks per second, seat, name): each event from which on there are enough close together.
    The newest match first; in a match in the order of ticks. Parameters: those of `Library.moments`; created_ms: only of matches
    that were made from the first on and before the second."""
    seat = events.c[role] if role else sa.cast(sa.null(), sa.Integer)
    conditions: list[sa.ColumnElement[bool]] = [events.c.kind_id.in_(known.expect("kind", kind))]
    if item is not None:
        conditions.append(events.c.item_id.in_(known.expect("item", item)))
    if player is not None:
        conditions.append(_has_player(player, [events.c[role]] if role else [events.c.actor, events.c.target]))
    made = sa.and_(recordings.c.created_ms >= created_ms[0], recordings.c.created_ms < created_ms[1])
    conditions.append(events.c.recording_id.in_(sa.select(recordings.c.id).where(made)))
    if search.strip():
        matching = (
            sa.select(recordings.c.id)
            .select_from(files.join(recordings, recordings.c.id == files.c.recording_id))
            .where(made, is_first_file(), *where(parse(search), known))
        )
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
        sa.select(files.c.path, runs.c.tick, runs.c.last_tick, recordings.c.ticks_per_second, runs.c.seat, words.c.text)
        .select_from(
            runs.join(recordings, recordings.c.id == runs.c.recording_id)
            .join(files, files.c.recording_id == recordings.c.id)
            .outerjoin(players, named)
            .outerjoin(words, words.c.id == players.c.name_id)
        )
        .where(close, is_first_file())
        .order_by(recordings.c.created_ms.desc(), files.c.path, runs.c.number)
    )


def windows(connection: sa.Connection, limit: int | None) -> Iterator[tuple[int, int]]:
    """Stretches of time that hold all matches, the newest first: few of them in the first, if not all are asked for."""
    stop, size = MAX_CREATED_MS + 1, _FIRST_WINDOW
    while limit is not None:
        older = sa.select(recordings.c.created_ms).where(recordings.c.created_ms < stop)
        start = connection.scalar(older.order_by(recordings.c.created_ms.desc()).limit(1).offset(size))
        if start is None:
            break
        yield start, stop
        stop, size = start, size * 8
    yield 0, stop


def _has_player(name: str, seats: list[Any]) -> sa.ColumnElement[bool]:
    is_seat = sa.or_(*(players.c.seat == seat for seat in seats))
    return _exists(players, players.c.recording_id == events.c.recording_id, is_seat, _is_word(players.c.key_id, name.casefold()))
