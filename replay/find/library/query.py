"""A search text (see `replay.find.search`) as conditions in SQL, and what matches are sorted by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from replay.core.errors import UsageError
from replay.core.text import meant
from replay.core.verdict import Verdict
from replay.find.library.counted import Counted, Ids, Number
from replay.find.library.tables import files, players, recordings, settings, words
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
    text_key,
    whole,
)

STALE = "stale"
WITH_FACTS = (Verdict.OK.value, Verdict.INCOMPLETE.value)  # verdicts on matches that agree as far as they go
VERDICTS = (*(verdict.value for verdict in Verdict), STALE)


class Where(NamedTuple):
    """conditions: on `recordings` joined to `files`. counted: what numbers have to be beside. narrow: statements that give, by an
    index, the numbers of all matches that may fit: worth asking first, as they may be few."""

    conditions: list[sa.ColumnElement[bool]]
    counted: list[Counted]
    narrow: list[Ids]


def where(terms: list[Term], known: Vocabulary, here: Here | None = None) -> Where:
    """What the terms ask for. here: which verdicts hold here and now; by default all do.

    Raises UsageError for values that their fields cannot have, and for names that no match has, with the one that may be meant."""
    asked = Where([], [], [])
    here = here or Here({})
    for term in terms:
        _expect(term, known)
    for first, *counted in grouped(terms):
        if first.is_number:
            asked.counted.append(Counted([_number(first, known)], None, first.is_negated))
            continue
        condition = _equals(first, here.verdict()) if first.field == "verdict" else _condition(first, known)
        asked.conditions.append(sa.not_(condition) if first.is_negated else condition)
        asked.narrow.extend([] if first.is_negated or first.operator == "!=" else _narrow(first, known, here))
        if counted:
            asked.counted.append(Counted([_number(term, known) for term in counted], _player(first), False))
    return asked


def _number(term: Term, known: Vocabulary) -> Number:
    return Number(known.like("number", term.field), term.operator, finite(term))


@dataclass(frozen=True)
class Here:
    """Which verdicts hold here and now. verified_by: of each game that is here, by its number and rules, the number of the
    fingerprint by which it verifies."""

    verified_by: Mapping[tuple[int, int], int]

    def verdict(self) -> sa.ColumnElement[Any]:
        """The verdict of a file: an `ok` by rules or an environment that have changed since is `stale`."""
        of_game = [
            sa.and_(recordings.c.game_id == game, recordings.c.rules == rules, files.c.verified_by_id != number)
            for (game, rules), number in self.verified_by.items()
        ]
        return sa.case((sa.and_(files.c.verdict == Verdict.OK.value, sa.or_(sa.false(), *of_game)), STALE), else_=files.c.verdict)

    def matches(self, verdict: str) -> list[Ids]:
        """Statements that give all matches which may have a verdict, by the indexes of files and games."""
        of_files = sa.select(files.c.recording_id).where(files.c.recording_id.is_not(None))
        if verdict not in (Verdict.OK.value, STALE):
            return [of_files.where(files.c.verdict == verdict)]
        is_ok, is_by_them = files.c.verdict == Verdict.OK.value, files.c.verified_by_id.in_(list(self.verified_by.values()))
        if verdict == STALE:
            return [of_files.where(is_ok, sa.not_(is_by_them))] if len(self.verified_by) < 2 else [of_files.where(is_ok)]
        game_and_rules = sa.tuple_(recordings.c.game_id, recordings.c.rules)
        is_elsewhere = sa.select(recordings.c.id).where(game_and_rules.not_in(list(self.verified_by)))
        return [of_files.where(is_ok, is_by_them).union_all(is_elsewhere)]


def _expect(term: Term, known: Vocabulary) -> None:
    field, names = term.field, (known.of("number"), known.of("setting"))
    if known and field not in FIELDS and not any(field in there for there in names):
        raise UsageError(f"no match here has {field!r}", meant(field, {*FIELDS, *names[0], *names[1]}))
    if field == "verdict" and "*" not in term.value and term.value.lower() not in VERDICTS:
        raise UsageError(f"no verdict is {term.value!r}", meant(term.value, VERDICTS))


def _narrow(term: Term, known: Vocabulary, here: Here) -> list[Ids]:
    """Statements that give by an index all matches that may fit a term; none where there is no index that helps."""
    if term.field in PLAYERS:
        return [sa.select(players.c.recording_id).where(_player(term))]
    if term.field == "verdict":
        return here.matches(term.value.lower()) if "*" not in term.value else []
    if term.field == "length":
        return [sa.select(recordings.c.id).where(_compared(term, recordings.c.seconds, length_seconds(term.value)))]
    if term.field == "match":
        return [sa.select(recordings.c.id).where(_condition(term, known))]
    if term.field in FIELDS:
        return []
    return [sa.select(recordings.c.id).where(recordings.c.config_id.in_(_configs(term, known)))]


def _configs(term: Term, known: Vocabulary) -> sa.Select[tuple[int]]:
    """The configurations in which a setting is as the term says."""
    is_value = is_word(settings.c.value_id, text_key(term))
    is_such = sa.not_(is_value) if term.operator == "!=" else is_value
    return sa.select(settings.c.config_id).where(settings.c.name_id.in_(known.like("setting", term.field)), is_such)


def unindexed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A number for a condition that is looked at match by match. SQLite, which knows no better, would go through the index of a
    column, and sort what it finds, where going through matches in the order that is wanted ends soon."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _condition(term: Term, known: Vocabulary) -> sa.ColumnElement[bool]:
    field, value = term.field, term.value
    if field in _TEXTS:
        return _equals(term, _TEXTS[field])
    if field in _WORDS:
        is_equal = unindexed(_WORDS[field]).in_(known.like(field, text_key(term)))
        return sa.not_(is_equal) if term.operator == "!=" else is_equal
    if field in PLAYERS:
        return _somebody(_player(term))
    if field in _DATES:
        return _DATES[field](recordings.c.created_ms, *day_ms(value))
    if field == "rules":
        return _compared(term, recordings.c.rules, whole(value))
    if field == "length":
        return _compared(term, unindexed(recordings.c.seconds), length_seconds(value))
    if field == "":
        contains = f"*{value.casefold()}*"
        return sa.or_(_like(files.c.path_key, contains), _somebody(is_word(players.c.key_id, contains)))
    return unindexed(recordings.c.config_id).in_(_configs(term, known))


_TEXTS: dict[str, sa.ColumnElement[Any]] = {"match": recordings.c.match_identity, "file": files.c.path_key}
_WORDS: dict[str, sa.ColumnElement[Any]] = {"game": recordings.c.game_id, "outcome": recordings.c.outcome_id}
_DATES: dict[str, Callable[[Any, int, int], sa.ColumnElement[bool]]] = {
    "after": lambda column, start, stop: column >= start,
    "before": lambda column, start, stop: column < start,
    "on": lambda column, start, stop: sa.and_(column >= start, column < stop),
}


def _player(term: Term) -> sa.ColumnElement[bool]:
    if term.field == "bot":
        return is_word(players.c.kind_id, f"bot:{term.value.casefold()}")
    if term.field == "player_id":
        is_it = players.c.player_id.in_(sa.select(words.c.id).where(words.c.text == exact(term)))
        return sa.or_(players.c.player_id.is_(None), ~is_it) if term.operator == "!=" else is_it
    is_named = is_word(players.c.key_id, text_key(term))
    named = sa.not_(is_named) if term.operator == "!=" else is_named
    return sa.and_(named, players.c.is_winner) if term.field == "winner" else named


def is_word(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """Whether the word of this number is `text`, in which * stands for anything."""
    its = words.alias()
    return column.in_(sa.select(its.c.id).where(_like(its.c.text, text)))


def _somebody(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return _exists(players, players.c.recording_id == recordings.c.id, *conditions)


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
    """What matches are sorted by; files decide between equals. value: in the rows of matches; None for a number, see `number`.

    number: the one by whose best in each match they are sorted; those that have none come last.
    """

    value: sa.ColumnElement[Any]
    is_descending: bool = False
    number: int | None = None

    def by(self) -> tuple[sa.ColumnElement[Any], ...]:
        return self.value.desc() if self.is_descending else self.value.asc(), files.c.path.asc()

    def after(self, value: Any, path: str) -> sa.ColumnElement[bool]:
        """What comes after the match with this value in this file."""
        if value is None:
            return sa.and_(self.value.is_(None), files.c.path > path)
        further = self.value < value if self.is_descending else self.value > value
        return sa.or_(further, sa.and_(self.value == value, files.c.path > path), self.value.is_(None))


BY_FILE = Order(files.c.path)


def order(sort: str, known: Vocabulary) -> Order:
    """`date`, `length`, `file`, or the best of a number; `-` for descending. Raises UsageError for what is none of these."""
    name, is_descending = sort.removeprefix("-"), sort.startswith("-")
    columns = {"date": recordings.c.created_ms, "length": recordings.c.seconds, "file": files.c.path_key}
    if name in columns:
        return Order(columns[name], is_descending)
    number = known.of("number").get(name.lower(), -1)
    if number < 0 and known:
        raise UsageError(f"matches cannot be sorted by {name!r}", meant(name, {*columns, *known.of("number")}))
    return Order(files.c.path, is_descending, number)
