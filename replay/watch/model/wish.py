"""What a screen wishes for. Screens do not know one another: the app makes the next one, the window serves what concerns itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from replay.watch.model.alignment import TICK
from replay.watch.model.playlist import Playlist


@dataclass(frozen=True)
class Wish:
    """Anything that a screen may ask for. A game's app may serve kinds of its own."""


@dataclass(frozen=True)
class Open(Wish):
    """Watch this recording. hint: what to say first. at: the TIME to begin at, or a tick, which is cut to what there is. is_paused:
    do not play it at once. speed: of the transport. playlist: the list that it belongs to, whose current file it is then."""

    path: Path
    hint: str = ""
    at: str | int | None = None
    is_paused: bool = False
    speed: float = 1.0
    playlist: Playlist | None = None


@dataclass(frozen=True)
class Compare(Open):
    """Watch this recording with another one beside it. align, shift: as `Alignment` says. view: the one of `VIEWS`, by number."""

    other: Path = Path()
    align: str = TICK
    shift: int = 0
    view: int = 0


def open_dropped(before: Wish | None, path: Path) -> Open:
    """Watch a file that was dropped, after those that were dropped with it: `before` is what is wished for already."""
    known = before.playlist.files if isinstance(before, Open) and before.playlist is not None else []
    paths = [*(file.path for file in known), path]
    return Open(paths[0], playlist=Playlist.of(paths))


@dataclass(frozen=True)
class Browse(Wish):
    """Choose from the recordings of this folder."""

    folder: Path


@dataclass(frozen=True)
class TakeOver(Wish):
    """Play on from `tick` of a recording of `game` as `player`."""

    game: str
    path: Path
    tick: int
    player: int


@dataclass(frozen=True)
class Back(Wish):
    """To the screen one came from; without one, close the window."""


@dataclass(frozen=True)
class FullScreen(Wish):
    """Fill the screen, or no longer."""


@dataclass(frozen=True)
class Screenshot(Wish):
    """Save the picture that the window shows as this PNG file."""

    path: Path


@dataclass(frozen=True)
class TextSize(Wish):
    """Larger (1) or smaller (-1) text, or as usual (0)."""

    step: int


@dataclass(frozen=True)
class Contrast(Wish):
    """More contrast, or as usual again."""


# What every screen understands that has no other use for these keys.
KEYS: Mapping[str, Wish] = {
    "Escape": Back(),
    "Ctrl+Q": Back(),
    "Ctrl+W": Back(),
    "F11": FullScreen(),
    "Ctrl+=": TextSize(1),
    "Ctrl++": TextSize(1),
    "Ctrl+-": TextSize(-1),
    "Ctrl+0": TextSize(0),
    "Ctrl+H": Contrast(),
}
