"""What searches ask of numbers, answered from their columns: which matches it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, NamedTuple, Self

import numpy as np
import sqlalchemy as sa

from replay.find.library.blocks import Numbers, Searchable
from replay.find.library.columns import Flags, Whole, distinct
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
    """allowed: the matches that may fit, in order; None: all may. refused: those that do not. pairs: of a player for whom the
    condition holds, one of these has to be the match and seat."""

    allowed: Whole | None = None
    refused: tuple[Whole, ...] = ()
    pairs: tuple[tuple[sa.ColumnElement[bool], Whole], ...] = ()

    @classmethod
    def of(cls, connection: sa.Connection, counted: Sequence[Counted], narrow: Sequence[Ids] = ()) -> Self:
        """narrow: statements that give all matches which may fit, or more: they help if these are few."""
        sieve, there = cls(), Searchable(connection)
        for statement in narrow:
            few = connection.scalars(statement.limit(FEW + 1)).all()
            if len(few) <= FEW:
                sieve = sieve.only(np.unique(np.array(few, np.int64)))
        for each in counted:
            held = [there.numbers(number.names) for number in each.numbers]
            pairs = reduce(np.intersect1d, map(_pairs, held, each.numbers))
            ids = distinct(pairs // PAIR)
            if each.is_negated:
                having = distinct(held[0].recording)
                is_all = len(having) == connection.scalar(sa.select(sa.func.count()).select_from(recordings))
                sieve = sieve.only(np.setdiff1d(having, ids, assume_unique=True)) if is_all else sieve.without(ids)
                continue
            sieve = sieve.only(ids)
            if each.player is not None:
                sieve = replace(sieve, pairs=(*sieve.pairs, (each.player, pairs)))
        return sieve

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

    def fitting(self, connection: sa.Connection, ids: Sequence[int]) -> list[bool]:
        """Which of these matches fit."""
        asked = np.array(ids, np.int64)
        fits = np.ones(len(asked), np.bool_)
        if self.allowed is not None:
            fits &= _is_in(asked, self.allowed)
        for refused in self.refused:
            fits &= ~_is_in(asked, refused)
        for is_named, pairs in self.pairs:
            seats = _seats(connection, is_named, asked[fits].tolist())
            fits &= np.isin(asked, seats[np.isin(seats, pairs)] // PAIR)
        return fits.tolist()


def _is_in(asked: Whole, held: Whole) -> Flags:
    """held: in order. Quicker than numpy's own where little is asked."""
    if not len(held):
        return np.zeros(len(asked), np.bool_)
    at = np.minimum(np.searchsorted(held, asked), len(held) - 1)
    flags: Flags = held[at] == asked
    return flags


def _pairs(held: Numbers, number: Number) -> Whole:
    """Matches and seats whose number is as asked for, in order."""
    fits = COMPARE[number.operator](held.value, number.value)
    return distinct(held.recording[fits] * PAIR + held.seat[fits])


def _seats(connection: sa.Connection, is_named: sa.ColumnElement[bool], ids: Sequence[int]) -> Whole:
    """Matches and seats of the players for whom the condition holds."""
    pairs: list[int] = []
    for start in range(0, len(ids), FEW):
        of_these = players.c.recording_id.in_(ids[start : start + FEW])
        rows = connection.execute(sa.select(players.c.recording_id, players.c.seat).where(of_these, is_named))
        pairs += [recording_id * PAIR + seat for recording_id, seat in rows]
    return np.array(pairs, np.int64)
