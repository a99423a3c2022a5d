"""Searches without an index: whether what is known of a recording fits a search text (`replay.find.search`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from replay.core.errors import UsageError
from replay.core.text import meant
from replay.find.search import (
    COMPARE,
    DATES,
    FIELDS,
    PLAYERS,
    TEXTS,
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


@dataclass(frozen=True)
class KnownPlayer:
    """numbers: by name in small letters."""

    name: str
    kind: str = "human"
    is_winner: bool = False
    numbers: Mapping[str, float] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class Known:
    """What is known of a recording without simulating it. path: seen from the folder that is searched. texts: of the fields of the
    language that are texts. settings: by name in small letters. created_ms: since 1970."""

    path: str
    texts: Mapping[str, str] = field(default_factory=dict)
    players: Sequence[KnownPlayer] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    rules: int = 0
    seconds: float = 0.0
    created_ms: int = 0


Sieve = Callable[[Known], bool]
_Test = Callable[[Known], bool]


def sieve(text: str, names: Collection[str] = ()) -> Sieve:
    """What lets through the recordings that fit a search text. names: of the settings and numbers that there are.

    Raises UsageError for text that is no search, for a value that its field cannot have, and for a field that there is not, with
    the one that may be meant."""
    terms = parse(text)
    for term in terms:
        if term.field not in FIELDS and term.field not in names:
            raise UsageError(f"no recording here has {term.field!r}", meant(term.field, {*names, *FIELDS}))
    tests = [_group(group) for group in grouped(terms)]
    return lambda known: all(test(known) for test in tests)


def _group(group: list[Term]) -> _Test:
    first, *counted = group
    if first.field in PLAYERS:
        named, numbers = _player(first), [_number(term) for term in counted]
        test: _Test = lambda known: any(  # noqa: E731 - one of three kinds of test
            named(player) and all(number(player) for number in numbers) for player in known.players
        )
    elif first.is_number:
        number = _number(first)
        test = lambda known: any(number(player) for player in known.players)  # noqa: E731
    else:
        test = _condition(first)
    return (lambda known: not test(known)) if first.is_negated else test


def _condition(term: Term) -> _Test:
    name, compare = term.field, COMPARE[term.operator]
    if name in DATES:
        start, stop = day_ms(term.value)
        return {
            "after": lambda known: known.created_ms >= start,
            "before": lambda known: known.created_ms < start,
            "on": lambda known: start <= known.created_ms < stop,
        }[name]
    if name == "rules":
        rules = whole(term.value)
        return lambda known: bool(compare(known.rules, rules))
    if name == "length":
        seconds = length_seconds(term.value)
        return lambda known: bool(compare(known.seconds, seconds))
    if name == "":
        word = _pattern(f"*{term.value.casefold()}*")
        return lambda known: any(word(each.casefold()) for each in (known.path, *(player.name for player in known.players)))
    is_equal = _equals(term)
    if name == "file":
        return lambda known: is_equal(known.path)
    if name in TEXTS:
        return lambda known: name in known.texts and is_equal(known.texts[name])
    return lambda known: name in known.settings and is_equal(known.settings[name])


def _player(term: Term) -> Callable[[KnownPlayer], bool]:
    if term.field == "bot":
        kind = _pattern(f"bot:{term.value.casefold()}")
        return lambda player: kind(player.kind.casefold())
    if term.field == "player_id":
        wanted = exact(term)
        return lambda player: (player.id == wanted) != (term.operator == "!=")
    is_equal, must_win = _equals(term), term.field == "winner"
    return lambda player: is_equal(player.name) and (player.is_winner or not must_win)


def _number(term: Term) -> Callable[[KnownPlayer], bool]:
    value, compare = finite(term), COMPARE[term.operator]
    return lambda player: term.field in player.numbers and bool(compare(player.numbers[term.field], value))


def _equals(term: Term) -> Callable[[str], bool]:
    fits, wanted = _pattern(text_key(term)), term.operator != "!="
    return lambda text: fits(text.casefold()) == wanted


def _pattern(key: str) -> Callable[[str], bool]:
    """Whether a text equals `key`, in which * stands for anything. Linear in the text, whatever the key is."""
    parts = key.split("*")
    if len(parts) == 1:
        return lambda text: text == key
    first, *between, last = parts

    def fits(text: str) -> bool:
        if not (text.startswith(first) and text.endswith(last) and len(text) >= len(first) + len(last)):
            return False
        at, stop = len(first), len(text) - len(last)
        for part in between:
            at = text.find(part, at, stop) + len(part)
            if at < len(part):
                return False
        return True

    return fits
