"""Where everything lies in the list of recordings, and how far it is scrolled: folders are low lines, files are high cards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from replay.watch.model.listing import Entry, ListedFolder, Listing
from replay.watch.model.places import Rect

PICTURE = (176, 99)
EDGE, GAP = 24, 9
_CARD, _FOLDER, _HEAD, _BAR = 116, 44, 136, 9
_SHORTEST_THUMB = 28


class Box(NamedTuple):
    """A part of the screen, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def collidepoint(self, point: tuple[int, int], /) -> bool:
        return self.left <= point[0] < self.right and self.top <= point[1] < self.bottom


_NOWHERE = Box(0, 0, 0, 0)


@dataclass
class Shelf:
    """Where everything lies, for a list in a window of some size. heads: what can be clicked to sort. scroll: pixels from the top
    of the lines to the top of what is seen, kept in its bounds by `lay_out`."""

    scroll: int = 0
    area: Box = _NOWHERE
    search: Box = _NOWHERE
    bar: Box = _NOWHERE
    heads: dict[str, Rect] = field(default_factory=dict)
    picture: tuple[int, int] = PICTURE
    height: int = 0
    _folders: int = 0
    _card: int = 1
    _folder: int = 1
    _count: int = 0

    def lay_out(self, px: Callable[[float], int], size: tuple[int, int], listing: Listing) -> None:
        edge, items = px(EDGE), listing.menu.items
        self.area = Box(0, px(_HEAD), size[0], max(size[1] - px(_HEAD), 1))
        self.search = Box(edge, px(64), max(size[0] - 2 * edge, 1), px(30))
        self.picture = (px(PICTURE[0]), px(PICTURE[1]))
        self._folders = sum(isinstance(entry, ListedFolder) for entry in items)
        self._card, self._folder, self._count = px(_CARD), px(_FOLDER), len(items)
        self.height = self._folders * self._folder + (len(items) - self._folders) * self._card
        self.scroll = min(max(self.scroll, 0), self.most)
        bar = Box(size[0] - px(_BAR) - px(6), self.area.top, px(_BAR), self.area.height - px(6))
        self.bar = bar if self.most else _NOWHERE

    @property
    def most(self) -> int:
        """How far the lines can be scrolled."""
        return max(self.height - self.area.height, 0)

    @property
    def page(self) -> int:
        """How many cards are seen at once."""
        return max(self.area.height // self._card, 1)

    def place(self, index: int) -> Box:
        """Where a line lies, with the gap below it."""
        folders = min(index, self._folders)
        top = self.area.top - self.scroll + folders * self._folder + (index - folders) * self._card
        return Box(self.area.left, top, self.area.width, self._folder if index < self._folders else self._card)

    def seen(self) -> range:
        """The lines of which something is seen."""
        first, last = self._at(self.scroll), self._at(self.scroll + self.area.height - 1)
        return range(max(first, 0), min(last + 1, self._count))

    def _at(self, y: int) -> int:
        """The line at so many pixels below the top of the first one."""
        folders = self._folders * self._folder
        return y // self._folder if y < folders else self._folders + (y - folders) // self._card

    def show(self, index: int) -> None:
        """Scroll as little as makes a line seen whole."""
        place, up = self.place(index), self.scroll - self.area.top
        self.scroll = min(max(self.scroll, place.bottom + up - self.area.height), place.top + up)

    @property
    def thumb(self) -> Box:
        """The part of the scroll bar that is dragged."""
        height = min(max(self.bar.height * self.area.height // max(self.height, 1), _SHORTEST_THUMB), self.bar.height)
        top = self.bar.top + (self.bar.height - height) * self.scroll // max(self.most, 1)
        return Box(self.bar.left, top, self.bar.width, height)

    def scroll_to(self, top: int) -> None:
        """Scroll so that the thumb begins at this height of the window."""
        room = self.bar.height - self.thumb.height
        self.scroll = min(max((top - self.bar.top) * self.most // max(room, 1), 0), self.most)

    def near(self, listing: Listing) -> list[Entry]:
        """What is seen, and what will be with the next page."""
        seen = self.seen()
        return [*listing.menu.items[seen.start : seen.stop], *listing.menu.items[seen.stop : seen.stop + self.page]]
