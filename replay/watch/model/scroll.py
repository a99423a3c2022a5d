"""What is longer than the screen: how far somebody has moved down in it."""

from __future__ import annotations

from dataclasses import dataclass

_KEYS = {"Up": -1, "Down": 1, "Home": -(10**6), "End": 10**6}
_WHEEL = 3


@dataclass
class Scroll:
    """first: the line that is on top. last: the furthest one that can be; page: how many are seen: noted by the picture."""

    first: int = 0
    last: int = 0
    page: int = 1

    def note(self, lines: int, page: int) -> int:
        """There are so many lines, of which so many are seen at once. Returns the first one to draw."""
        self.last, self.page = max(lines - page, 0), max(page, 1)
        self.first = min(self.first, self.last)
        return self.first

    def key(self, word: str) -> bool:
        """Move by a key. False if there is nowhere to go, or the key is not for that."""
        steps = {**_KEYS, "PageUp": -self.page, "PageDown": self.page}.get(word)
        if steps is None or not self.last:
            return False
        self.first = min(max(self.first + steps, 0), self.last)
        return True

    def wheel(self, notches: int) -> None:
        self.first = min(max(self.first - _WHEEL * notches, 0), self.last)
