"""What searches ask of numbers, answered from their columns: which matches it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any, NamedTuple, Self

import numpy as np
import sqlalchemy as sa

from replay.find.library.blocks import Numbers, Searchable
from replay.find.library.columns import Array, Flags, Whole, distinct, in_order
from replay.find.library.tables import players, recordings
from replay.find.search import COMPARE

Ids = sa.Select[Any] | sa.CompoundSelect[Any]  # a statement that gives the numbers of matches
PAIR = 2**16  # of a match and a seat one number is made
FEW = 2000  # matches that a statement names one by one


class Number(NamedTuple):
    """A comparison of a number. names: the numbers of the words that it is called by."""

    names: list[int]
    operator: str
    value: float


class Counted(NamedTuple):
    """Of a player for whom the condition holds, all these numbers; without one, the only number, of anybody."""

    numbers: list[Number]
    player: sa.ColumnElement[bool] | None
    is_negated: bool


@dataclass(frozen=True)
class Sieve:
    """allowed: the matches that may fit, in order; None: all may. refused: those that do not."""

    allowed: Whole | None = None
    refused: tuple[Whole, ...] = ()

    @classmethod
    def of(cls, connection: sa.Connection, counted: Sequence[Counted], narrow: Sequence[Ids] = ()) -> Self:
        """narrow: statements that give all matches which may fit, or more: they help if these are few."""
        sieve, there = cls(), Searchable(connection)
        for statement in narrow:
            few = connection.scalars(statement.limit(FEW + 1)).all()
            if len(few) <= FEW:
                sieve = sieve.only(np.unique(np.array(few, np.int64)))
        for each in counted:
            if each.is_negated:
                sieve = sieve._without_those(connection, there, each.numbers[0])
            elif each.player is None:
                sieve = sieve.only(_matches(there, each.numbers[0]))
            else:
                pairs = reduce(partial(np.intersect1d, assume_unique=True), (_pairs(there, number) for number in each.numbers))
                sieve = sieve.only(distinct(pairs // PAIR))
                seats = _seats(connection, each.player, sieve.allowed if sieve.is_few() else None)
                sieve = sieve.only(distinct(pairs[_is_in(pairs, seats)] // PAIR))
        return sieve

    def _without_those(self, connection: sa.Connection, there: Searchable, number: Number) -> Self:
        """Without the matches that have such a number: the others are given by name where all have one, as they may be few."""
        having, fitting = list[Whole](), list[Whole]()
        for recording, value in there.numbers_in_parts(number.names, ("recording", "value")):
            having.append(distinct(recording))
            fitting.append(distinct(recording[_fits(value, number)]))
        all_having, ids = in_order(having), in_order(fitting)
        is_all = len(all_having) == connection.scalar(sa.select(sa.func.count()).select_from(recordings))
        return self.only(all_having[~_is_in(all_having, ids)]) if is_all else self.without(ids)

    @property
    def is_open(self) -> bool:
        """Whether every match fits."""
        return self.allowed is None and not self.refused

    def only(self, ids: Whole) -> Self:
        """Of what it lets through, these. ids: in order."""
        return replace(self, allowed=ids if self.allowed is None else np.intersect1d(self.allowed, ids, assume_unique=True))

    def without(self, ids: Whole) -> Self:
        return replace(self, refused=(*self.refused, ids))

    def is_few(self) -> bool:
        return self.allowed is not None and len(self.allowed) <= FEW

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """For a statement that need not read more than it has to; `fitting` says which of its rows fit."""
        return [recordings.c.id.in_(self.allowed.tolist())] if self.allowed is not None and self.is_few() else []

    def fitting(self, ids: Sequence[int]) -> list[bool]:
        """Which of these matches fit."""
        asked = np.array(ids, np.int64)
        fits = np.ones(len(asked), np.bool_)
        if self.allowed is not None:
            fits &= _is_in(asked, self.allowed)
        for refused in self.refused:
            fits &= ~_is_in(asked, refused)
        return fits.tolist()


def _is_in(asked: Whole, held: Whole) -> Flags:
    """held: in order. Quicker than numpy's own where little is asked."""
    if not len(held):
        return np.zeros(len(asked), np.bool_)
    at = np.minimum(np.searchsorted(held, asked), len(held) - 1)
    flags: Flags = held[at] == asked
    return flags


def _fits(value: Array, number: Number) -> Flags:
    fits: Flags = COMPARE[number.operator](value, number.value)
    return fits


def _matches(there: Searchable, number: Number) -> Whole:
    """Those in which anybody's number is as asked for, in order."""
    parts = there.numbers_in_parts(number.names, ("recording", "value"))
    return in_order(distinct(recording[_fits(value, number)]) for recording, value in parts)


def _pairs(there: Searchable, number: Number) -> Whole:
    """Matches and seats whose number is as asked for, in order."""
    found = []
    for recording, seat, value in there.numbers_in_parts(number.names, Numbers._fields):
        fits = _fits(value, number)
        found.append(recording[fits] * PAIR + seat[fits])
    return in_order(found)


def _seats(connection: sa.Connection, is_named: sa.ColumnElement[bool], ids: Whole | None) -> Whole:
    """Matches and seats of the players for whom the condition holds, in order. ids: only of these few matches."""
    pair = sa.cast(players.c.recording_id, sa.BigInteger) * PAIR + players.c.seat
    together = sa.func.aggregate_strings(sa.cast(pair, sa.Text), " ")  # one row: as many, each takes longer than finding it
    are_these = [] if ids is None else [players.c.recording_id.in_(ids.tolist())]
    text = connection.scalar(sa.select(together).where(is_named, *are_these))
    return np.sort(np.fromstring(text or "", np.int64, sep=" "))
