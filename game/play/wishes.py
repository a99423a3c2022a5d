"""What the screens of arena wish for, besides what any viewer's screen may."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from replay.watch.model.wish import Wish

from .live import LiveMatch
from .setup import Setup


@dataclass(frozen=True)
class Play(Wish):
    """A new match as it was set up."""

    setup: Setup


@dataclass(frozen=True)
class Prefer(Wish):
    """The screen of options; it leads back to the one that asked."""


@dataclass(frozen=True)
class ToStart(Wish):
    """The start screen. setup: what it offers; None for what was chosen last."""

    setup: Setup | None


@dataclass(frozen=True)
class Finished(Wish):
    """The result of a match that is over or was left. path: its recording. setup: what to play again; None for a branch."""

    path: Path
    live: LiveMatch
    setup: Setup | None
