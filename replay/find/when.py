"""When conditions on the fields of a state begin to hold, in one way through a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from replay.core.errors import UsageError
from replay.core.visits import Every, Piece
from replay.find.walk import Walk
from replay.prove.columns import Condition

WINNER = "winner"
_AT_ONCE = 4096  # states
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class When:
    """A question in words: when does a condition on state fields begin to hold?

    condition: see `replay.prove.expression`. A list is asked player by player: its `*` is the seat. then: another one that holds at
    a later tick, of the same player where it is a list, at most `within_seconds` later (None: by the end of the match).
    `winner.*`, which is no field of a state, is 1 for each player who won, in the last state of a match, and else 0.
    """

    condition: str
    then: str | None = None
    within_seconds: float | None = None


class Held(NamedTuple):
    """A condition begins to hold at `tick`. seat, player: of whom; None for a condition that is a single value. then: the tick at
    which the other condition first holds after it; None if there is none."""

    tick: int
    seat: int | None
    player: str | None
    then: int | None
    ticks_per_second: int


def beginnings(walk: Walk, when: When, every: Every) -> list[Held]:
    """Where the condition holds at a tick at which one looks, and did not at the one before. In order of ticks, then of seats.

    Raises UsageError for what cannot be asked of these states.
    """
    question = _Question(walk, when)
    first = walk.recording.start_tick
    looked = list[int]()
    for piece in walk.pieces():
        looked += piece.wanted(every)
        states = question.states(piece)
        for each in question.asked:
            each.take(states, piece.ticks)
    ticks = np.array(looked, np.int64)
    held, *then = [each.flags()[:, : len(walk.recording.header.players)] for each in question.asked]
    flags = held[ticks - first]
    begins = flags.copy()
    begins[1:] &= ~flags[:-1]
    after = _next_true(then[0], question.within_ticks) if then else None
    names, rate = [player.name for player in walk.recording.header.players], walk.recording.header.ticks_per_second
    found = []
    for index, seat in np.argwhere(begins).tolist():
        tick = looked[index]
        second = None if after is None else int(after[tick - first, min(seat, after.shape[1] - 1)])
        if second == 0:
            continue
        who = (seat, names[seat]) if question.condition.shape else (None, None)
        found.append(Held(tick, who[0], who[1], None if second is None else tick + second, rate))
    return found


def _next_true(flags: Flags, within: int | None) -> npt.NDArray[np.int64]:
    """For each tick, in how many more the flag is next set, 0 if it is not within so many; shape (ticks, players)."""
    ticks = len(flags)
    far = 2 * ticks
    indices = np.where(flags, np.arange(ticks)[:, None], far)
    following = np.vstack([np.minimum.accumulate(indices[::-1])[::-1][1:], np.full((1, flags.shape[1]), far)])
    distance = following - np.arange(ticks)[:, None]
    distance[(following == far) | (distance > (ticks if within is None else within))] = 0
    return distance


@lru_cache(16)  # of a few games; each of many matches asks again
def _condition(text: str, dtype: np.dtype[Any], seats: int) -> Condition:
    if WINNER not in (dtype.names or ()):
        dtype = np.dtype([*((name, dtype[name]) for name in dtype.names or ()), (WINNER, np.bool_, (seats,))])
    return Condition(text, dtype)


class _Asked:
    """A condition, asked of the states of a match in their order. Many are computed at once: a call costs as much as 100 states."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self._waiting: list[dict[int, npt.NDArray[Any]]] = []
        self._count = 0
        self._flags: list[Flags] = []

    def take(self, states: dict[str, npt.NDArray[Any]], count: int) -> None:
        self._waiting.append(self._condition.values(states))
        self._count += count
        if self._count >= _AT_ONCE:
            self._compute()

    def _compute(self) -> None:
        values = {column: np.concatenate([each[column] for each in self._waiting]) for column in self._waiting[0]}
        self._flags.append(self._condition.holds(values, self._count))
        self._waiting.clear()
        self._count = 0

    def flags(self) -> Flags:
        """Where it holds, of all states: shape (states, items)."""
        if self._waiting:
            self._compute()
        return self._flags[0] if len(self._flags) == 1 else np.concatenate(self._flags)


class _Question:
    """The conditions of `when`, compiled for the states of a match."""

    def __init__(self, walk: Walk, when: When) -> None:
        self._walk, header = walk, walk.recording.header
        dtype = walk.simulation.state_dtype
        if dtype is None:
            raise UsageError(f"{header.game} names no state fields", "a match with a `state_dtype` has them")
        if when.then is None and when.within_seconds is not None:
            raise UsageError("within what time? there is nothing that is to hold then", "say it: --then CONDITION")
        self._players = len(header.players)
        self._seats = _seats(dtype, self._players)
        self._dtype = dtype
        self.condition = self._compiled(when.condition)
        self.then = None if when.then is None else self._compiled(when.then)
        if self.then is not None and self.then.shape and not self.condition.shape:
            raise UsageError(f"{when.then!r} is a list, and {when.condition!r} names no player", "say any(...) or all(...)")
        self.asked = [_Asked(condition) for condition in (self.condition, self.then) if condition is not None]
        seconds = when.within_seconds
        self.within_ticks = None if seconds is None else round(seconds * header.ticks_per_second)

    def _compiled(self, text: str) -> Condition:
        condition = _condition(text, self._dtype, self._seats)
        if condition.shape and (len(condition.shape) > 1 or condition.shape[0] < self._players):
            shape = " x ".join(map(str, condition.shape))
            raise UsageError(f"{text!r} is a list of {shape}, not one of {self._players} players", "say any(...) or all(...)")
        return condition

    def states(self, piece: Piece) -> dict[str, npt.NDArray[Any]]:
        """The fields that the conditions read."""
        walk, simulation = self._walk, self._walk.simulation
        data = piece.states
        if data is None:
            data = np.frombuffer(simulation.save() or b"", np.uint8)
        records = data.reshape(-1).view(self._dtype)
        names = self.condition.names | (self.then.names if self.then is not None else set())
        fields = {name: records[name] for name in names if name in (self._dtype.names or ())}
        if WINNER in names - fields.keys():
            won = np.zeros((piece.ticks, self._seats), np.bool_)
            if simulation.tick == walk.recording.ticks:
                won[-1, _winners(simulation.result(), self._players)] = True
            fields[WINNER] = won
        return fields


def _seats(dtype: np.dtype[Any], players: int) -> int:
    """How many players a state has room for: the length of its first list of records that is long enough."""
    lists = [dtype[name].shape[0] for name in dtype.names or () if len(dtype[name].shape) == 1 and dtype[name].base.names]
    return next((length for length in lists if length >= players), players)


def _winners(result: dict[str, Any], players: int) -> Sequence[int]:
    winners = result.get("winners")
    return [seat for seat in winners if isinstance(seat, int) and 0 <= seat < players] if isinstance(winners, list | tuple) else []
