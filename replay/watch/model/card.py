"""A list on a card over the picture: longer than there is room for, one line of it lit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from replay.watch.model.menu import LONG, Menu

T = TypeVar("T")


class ListCard(Generic[T]):
    """menu: the lines. seen: those that the last picture showed."""

    def __init__(self, items: Sequence[T]) -> None:
        self.menu: Menu[T] = Menu(items, LONG, wraps=False)
        self.seen = range(0)
        self._revealed: int | None = None

    def key(self, word: str) -> bool:
        """Move the light by a key, and the list with it. False if the key is not for that."""
        if not self.menu.key(word):
            return False
        self.reveal(self.menu.chosen)
        return True

    def reveal(self, index: int) -> None:
        """Scroll as far as it takes to see this line in the next picture."""
        self._revealed = index

    def scroll(self, lines: int) -> None:
        first = min(max(self.seen.start + lines, 0), max(len(self.menu.items) - len(self.seen), 0))
        self.seen = range(first, min(first + len(self.seen), len(self.menu.items)))

    def fit(self, room: int) -> range:
        """The lines that are seen where there is room for so many."""
        count = len(self.menu.items)
        room, first = min(max(room, 1), count), self.seen.start
        if self._revealed is not None:
            first, self._revealed = min(max(first, self._revealed - room + 1), self._revealed), None
        first = min(max(first, 0), count - room)
        self.seen = range(first, first + room)
        return self.seen
