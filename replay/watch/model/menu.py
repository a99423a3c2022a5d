"""Things to choose from, one of them lit: how keys and mouse move the light. Which of them does what is the screen's matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from replay.watch.model.places import Rect

T = TypeVar("T")

UPRIGHT = {"Up": -1, "Down": 1, "Shift+Tab": -1, "Tab": 1}
ACROSS = {"Up": -1, "Left": -1, "Down": 1, "Right": 1, "Tab": 1}
LONG = {"Up": -1, "Down": 1, "PageUp": -5, "PageDown": 5, "Home": -(10**6), "End": 10**6}


class Menu(Generic[T]):
    """items: what there is. chosen: the index of the lit one. keys: how far each key goes. wraps: past the end comes the start.
    places: where each item was drawn last."""

    def __init__(self, items: Sequence[T], keys: Mapping[str, int] = UPRIGHT, *, wraps: bool = True) -> None:
        self.items = items
        self.chosen = 0
        self.places: list[tuple[Rect, T]] = []
        self._keys, self._wraps = keys, wraps

    @property
    def item(self) -> T:
        """The lit one. Raises IndexError in an empty menu."""
        return self.items[self.chosen]

    def key(self, word: str) -> bool:
        """Move the light by a key. False if the key is not for that."""
        if word in self._keys and self.items:
            self.move(self._keys[word])
        return word in self._keys

    def move(self, steps: int) -> None:
        last = len(self.items) - 1
        self.chosen = (self.chosen + steps) % (last + 1) if self._wraps else max(min(self.chosen + steps, last), 0)

    def at(self, point: tuple[int, int]) -> T | None:
        """The item at a point of the screen."""
        return item_at(self.places, point)

    def point(self, point: tuple[int, int]) -> T | None:
        """Light the item at a point of the screen, if there is one, and return it."""
        item = self.at(point)
        if item is not None and item in self.items:
            self.chosen = self.items.index(item)
        return item


def item_at(places: Sequence[tuple[Rect, T]], point: tuple[int, int]) -> T | None:
    """What lies at a point of the screen; the first one where several do."""
    return next((item for place, item in places if place.collidepoint(point)), None)
