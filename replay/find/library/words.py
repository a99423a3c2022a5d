"""Texts that many rows share, kept once and known by a number; and those among them that can be asked for by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Self

import sqlalchemy as sa

from replay.core.errors import UsageError
from replay.core.text import meant
from replay.find.library.facts import DICTIONARY_BYTES, expect, squeeze
from replay.find.library.tables import configs, dictionaries, vocabulary, words

_AT_ONCE = 500


def insert_missing(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that are not there yet; what another process has inserted at the same time is left as it is. All have the same
    columns."""
    statement = f"{_insert(table.name, tuple(rows[0]), _mark(connection))} ON CONFLICT DO NOTHING"
    connection.exec_driver_sql(statement, [tuple(row.values()) for row in rows])


def insert_tuples(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows that have a value for each column, in order: straight through the driver, as there are many."""
    if rows:
        connection.exec_driver_sql(_insert(table.name, tuple(table.c.keys()), _mark(connection)), list(rows))


def enter(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> int:
    """Insert a row into a table that numbers its rows, straight through the driver; its number."""
    statement = f"{_insert(table.name, tuple(row), _mark(connection))} RETURNING id"
    return int(connection.exec_driver_sql(statement, tuple(row.values())).scalar_one())


@cache
def _insert(table: str, columns: tuple[str, ...], mark: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"


def _mark(connection: sa.Connection) -> str:
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"


class Words:
    """The numbers of texts, and what else is kept once. What was learnt in a transaction counts once it is committed."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._configs: dict[str, int] = {}
        self._dictionaries: dict[int, bytes] = {}
        self._named: dict[tuple[str, str], None] = {}
        self._learnt: list[tuple[dict[Any, Any], dict[Any, Any]]] = []

    def committed(self) -> None:
        for known, learnt in self._learnt:
            known.update(learnt)
        self._learnt.clear()

    def rolled_back(self) -> None:
        self._learnt.clear()

    def numbers(self, connection: sa.Connection, texts: Iterable[str]) -> dict[str, int]:
        """The number of each text; new ones are entered."""
        wanted = dict.fromkeys(texts)
        found = {text: self._known[text] for text in wanted if text in self._known}
        if missing := sorted(wanted.keys() - found.keys()):  # in one order, so that two processes do not wait for each other
            learnt = numbers_of(connection, missing)
            if new := [text for text in missing if text not in learnt]:
                insert_missing(connection, words, [{"text": text} for text in new])
                learnt |= numbers_of(connection, new)
            self._learnt.append((self._known, learnt))
            found |= learnt
        return found

    def name(self, connection: sa.Connection, what: str, texts: Iterable[str]) -> dict[str, int]:
        """`numbers` of what from now on can be asked for: a `number`, `setting`, `kind`, `item`, `game` or `outcome`."""
        number = self.numbers(connection, texts)
        if new := [text for text in sorted(number) if (what, text) not in self._named]:
            insert_missing(connection, vocabulary, [{"what": what, "word_id": number[text]} for text in new])
            self._learnt.append((self._named, dict.fromkeys((what, text) for text in new)))
        return number

    def config(self, connection: sa.Connection, config: str) -> tuple[int, bool]:
        """The number of a match's settings, and whether it is new."""
        if config in self._configs:
            return self._configs[config], False
        is_it = sa.select(configs.c.id).where(configs.c.config == config)
        number, is_new = connection.scalar(is_it), False
        if number is None:
            insert_missing(connection, configs, [{"config": config}])
            number, is_new = connection.scalar(is_it), True
        self._learnt.append((self._configs, {config: number}))
        assert number is not None
        return number, is_new

    def squeezed(self, connection: sa.Connection, folded_by: int, plain: bytes) -> bytes:
        """Facts, compressed with the dictionary of all that are folded so: the first ones are it."""
        data = self._dictionaries.get(folded_by)
        if data is None or len(data) + len(plain) <= DICTIONARY_BYTES:
            is_it = dictionaries.c.folded_by_id == folded_by
            held = connection.scalar(sa.select(dictionaries.c.data).where(is_it).with_for_update())
            if held is None:
                insert_missing(connection, dictionaries, [{"folded_by_id": folded_by, "data": plain}])
                data = connection.scalar(sa.select(dictionaries.c.data).where(is_it)) or b""
            elif len(held) + len(plain) <= DICTIONARY_BYTES:
                data = (
                    plain + held
                )  # before it, so that what was compressed with the dictionary as it was is read with this one too
                connection.execute(sa.update(dictionaries).where(is_it).values(data=data))
            else:
                data = held
            self._learnt.append((self._dictionaries, {folded_by: bytes(data)}))
        return squeeze(plain, data)


class Vocabulary:
    """What can be asked for by name, of everything in a library."""

    def __init__(self, numbers: Mapping[str, Mapping[str, int]]) -> None:
        """numbers: by what it is, the words and their numbers."""
        self._numbers = numbers

    @classmethod
    def read(cls, connection: sa.Connection) -> Self:
        """Raises ValueError for nonsense."""
        numbers: dict[str, dict[str, int]] = {}
        statement = sa.select(vocabulary.c.what, words.c.text, words.c.id).join(words, words.c.id == vocabulary.c.word_id)
        for what, text, number in connection.execute(statement):
            expect({"name": text})
            numbers.setdefault(what, {})[text] = number
        return cls(numbers)

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def of(self, what: str) -> Mapping[str, int]:
        """The words of one sort, with their numbers."""
        return self._numbers.get(what, {})

    def like(self, what: str, text: str) -> list[int]:
        """The numbers of the words that are `text`, in which * stands for anything: as it is written, or else whatever the case."""
        words = self.of(what)
        if text in words:
            return [words[text]]
        pattern = re.compile(".*".join(map(re.escape, text.casefold().split("*"))), re.DOTALL)
        return [number for word, number in words.items() if pattern.fullmatch(word.casefold())]

    def expect(self, what: str, text: str) -> list[int]:
        """`like`. Raises UsageError if there is none, with the one that may be meant."""
        numbers = self.like(what, text)
        if not numbers and self:
            raise UsageError(f"no match here has the {what} {text!r}", meant(text, self.of(what)))
        return numbers


def numbers_of(connection: sa.Connection, texts: list[str]) -> dict[str, int]:
    """Of those that are there."""
    found: dict[str, int] = {}
    for start in range(0, len(texts), _AT_ONCE):
        which = words.c.text.in_(texts[start : start + _AT_ONCE])
        found.update((text, number) for text, number in connection.execute(sa.select(words.c.text, words.c.id).where(which)))
    return found
