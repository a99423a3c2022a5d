"""Derived events on their way out: subscribers receive what the simulation emits, and the simulation does not know of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from replay.core.errors import UsageError
from replay.core.game import Abilities, Events, Game, abilities_of, ability
from replay.core.text import nearest

logger = logging.getLogger("replay")


class Subscription:
    """One subscriber. `cancel()` ends it. One that raises is ended and keeps the exception in `error`; nothing else notices."""

    def __init__(self, kinds: Sequence[int | str] | None, callback: Callable[[Events], object]) -> None:
        self._kinds = kinds
        self._callback = callback
        self.active = True
        self.error: Exception | None = None

    def cancel(self) -> None:
        self.active = False

    def _deliver(self, events: Events) -> None:
        if self._kinds is not None:
            events = of_kinds(events, self._kinds)
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
        self._abilities = abilities_of(game)
        self._all: list[Subscription] = []

    def subscribe(self, kinds: Iterable[str] | None, callback: Callable[[Events], object]) -> Subscription:
        """Call `callback(events)` with the events of these kinds (None: all), in order, never with none.

        Raises UsageError for a kind that the game does not have.
        """
        wanted = None if kinds is None else [kind_value(self._game, self._abilities, kind) for kind in kinds]
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


def of_kinds(events: Events, kinds: Sequence[int | str]) -> Events:
    """Those of these kinds, as events name them: by number in records, by name in lists."""
    if isinstance(events, np.ndarray):
        return events[np.isin(events["kind"], kinds)]
    return [event for event in events if event[1] in kinds]


def kind_value(game: Game, abilities: Abilities, kind: str) -> int | str:
    """What stands for an event kind in the events. Raises UsageError, with a suggestion, if the game has none of that name."""
    known = abilities.event_kinds
    if kind in known:
        return known.index(kind) if abilities.event_dtype is not None else kind
    if not known and abilities.event_dtype is None:
        return kind
    raise UsageError(f"{game.name} has no event {kind!r}", f"{nearest(kind, known)} It has: {', '.join(known)}".lstrip())


def event_columns(game: Game, events: Events) -> dict[str, list[Any]]:
    """Events as plain data, a list for each field; the kind by its name, and what `Game.event_names` has names for by those. The
    fields of a listed event are those of its data if that is a map, else `data`; where it has none of a field, there is None.

    A number without a name stays a number. This is the only translator of events into data.
    """
    if isinstance(events, np.ndarray) and events.dtype.hasobject:  # listed ones, as records that keep their data
        kinds = ability(game, "event_kinds", ())
        events = [(tick, kinds[kind], data) for tick, kind, data in events[["tick", "kind", "data"]].tolist()]
    if not isinstance(events, np.ndarray):
        each = [data if isinstance(data, dict) else {"data": data} for _, _, data in events]
        fields = dict.fromkeys(name for data in each for name in data)
        listed = {"tick": [event[0] for event in events], "kind": [event[1] for event in events]}
        return listed | {name: [data.get(name) for data in each] for name in fields if name not in listed}
    names_of = {"kind": ability(game, "event_kinds", ()), **ability(game, "event_names", {})}
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
