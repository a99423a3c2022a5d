"""Things that are dear to make and cheap to keep, up to a limit: the least recently used one goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """At most `limit` values by key."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._values: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value of `key`, made by `make()` at the first call."""
        try:  # a key that is long to look up is looked up no more often than need be
            self._values.move_to_end(key)
            return self._values[key]
        except KeyError:
            pass
        value = self._values[key] = make()
        if len(self._values) > self.limit:
            self._values.popitem(last=False)
        return value

    def pop(self, key: K) -> V | None:
        return self._values.pop(key, None)

    def values(self) -> Iterable[V]:
        return self._values.values()

    def clear(self) -> None:
        self._values.clear()
