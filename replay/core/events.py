"""Derived events on their way out: subscribers receive what the simulation emits, and the simulation does not know of them."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from replay.core.errors import UsageError
from replay.core.game import Events, Game

logger = logging.getLogger("replay")


class Subscription:
    """One subscriber. `cancel()` ends it. One that raises is ended and keeps the exception in `error`; nothing else notices."""

    def __init__(self, kinds: np.ndarray[tuple[int], np.dtype[np.int64]] | None, callback: Callable[[Events], object]) -> None:
        self._kinds = kinds
        self._callback = callback
        self.active = True
        self.error: Exception | None = None

    def cancel(self) -> None:
        self.active = False

    def _deliver(self, events: Events) -> None:
        if self._kinds is not None:
            events = events[np.isin(events["kind"], self._kinds)]
        if not len(events):
            return
        try:
            self._callback(events.copy())  # a copy: what one subscriber does to its array is nobody else's business
        except Exception as error:
            self.active, self.error = False, error
            logger.exception("a subscriber raised and gets no more events")


class Subscriptions:
    """The subscribers of one running match."""

    def __init__(self, game: Game) -> None:
        self._game = game
        self._all: list[Subscription] = []

    def subscribe(self, kinds: Iterable[str] | None, callback: Callable[[Events], object]) -> Subscription:
        """Call `callback(events)` with the events of these kinds (None: all), in order, never with none.

        Raises UsageError for a kind that the game does not have.
        """
        wanted = None if kinds is None else np.array([kind_index(self._game, kind) for kind in kinds], np.int64)
        subscription = Subscription(wanted, callback)
        self._all.append(subscription)
        return subscription

    def deliver(self, events: Events) -> None:
        if not self._all or not len(events):
            return
        for subscription in self._all:
            if subscription.active:
                subscription._deliver(events)
        self._all = [subscription for subscription in self._all if subscription.active]


def kind_index(game: Game, kind: str) -> int:
    """The number of an event kind. Raises UsageError, with a suggestion, if the game has none of that name."""
    try:
        return game.event_kinds.index(kind)
    except ValueError:
        near = difflib.get_close_matches(kind, game.event_kinds, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"{game.name} has no event {kind!r}", f"{hint}It has: {', '.join(game.event_kinds)}") from None


def event_columns(game: Game, events: Events) -> dict[str, list[Any]]:
    """Events as plain data, a list for each field; the kind by its name, and what `Game.event_names` has names for by those.

    A number without a name stays a number. This is the only translator of an event record into data.
    """
    names_of = {"kind": game.event_kinds, **getattr(game, "event_names", {})}
    columns: dict[str, list[Any]] = {}
    for field in events.dtype.names or ():
        values = events[field].tolist()
        names = names_of.get(field, ())
        columns[field] = [names[value] if 0 <= value < len(names) else value for value in values] if names else values
    return columns


def event_dicts(game: Game, events: Events) -> Iterator[dict[str, Any]]:
    """Events as plain data, one by one: what `event_columns` gives, as a mapping for each event."""
    columns = event_columns(game, events)
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))
