"""What commands and pointer work on: where the match is, where the camera is, what is switched on, and what is wished for next."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from replay.watch.model.director import Director
from replay.watch.model.inspector import Inspector
from replay.watch.model.marks import MarkAt, Marks
from replay.watch.model.menu import Menu
from replay.watch.model.pairing import Pairing
from replay.watch.model.playlist import Playlist
from replay.watch.model.scroll import Scroll
from replay.watch.model.session import Session
from replay.watch.model.settings import load_settings, remember
from replay.watch.model.timeline import Timeline
from replay.watch.model.transport import Transport
from replay.watch.model.wish import Wish

_TOAST_SECONDS = 2.5
_REST_SECONDS = 0.5
CLOCKS = ("time", "left", "tick")  # what the clock can show


@dataclass
class Switches:
    """What is on. hidden: nothing but the picture. help: the card of all keys. clock: one of `CLOCKS`. muted and shake are
    remembered."""

    muted: bool = False
    shake: bool = True
    hidden: bool = False
    help: bool = False
    inputs: bool = False
    inspector: bool = False
    statistics: bool = False
    clock: str = CLOCKS[0]

    @classmethod
    def remembered(cls) -> Switches:
        settings = load_settings()
        return cls(muted=bool(settings.get("mute", False)), shake=bool(settings.get("shake", True)))

    def remember_mute(self) -> None:
        remember(mute=self.muted)

    def remember_shake(self) -> None:
        remember(shake=self.shake)


@dataclass
class Tip:
    """What the mouse rests on: a command or spot of the table."""

    at: tuple[int, int] = (0, 0)
    _over: str = ""
    _since: float = 0.0

    def point(self, over: str, at: tuple[int, int] = (0, 0)) -> None:
        """The mouse is over this command or spot, or over nothing that needs words ("")."""
        if over != self._over:
            self._over, self._since = over, time.monotonic()
        self.at = at

    @property
    def name(self) -> str:
        """What to explain now: it takes a moment of rest. "" for nothing."""
        return self._over if time.monotonic() - self._since >= _REST_SECONDS else ""


@dataclass
class Question:
    """Whom to take over, asked while the match waits. menu: of the players. was_playing: the match goes on if nobody is chosen."""

    menu: Menu[int]
    was_playing: bool


@dataclass
class Desk:
    """timeline: what the seek bar shows. prompt: the moment that is being typed, or None. question: the one that is open, or None.
    wish: what the screen shall do next. bar_at: where the mouse is over the seek bar, or None. last_mark: the mark that was gone
    to last. saving: the thread that writes a clip or a page. pairing: the recording beside this one, if there is one. playlist:
    what is watched one after the other. help: how far the card of all keys is moved."""

    session: Session
    transport: Transport
    director: Director
    marks: Marks
    timeline: Timeline
    inspector: Inspector
    switches: Switches = field(default_factory=Switches.remembered)
    tip: Tip = field(default_factory=Tip)
    help: Scroll = field(default_factory=Scroll)
    prompt: str | None = None
    question: Question | None = None
    wish: Wish | None = None
    bar_at: tuple[int, int] | None = None
    last_mark: MarkAt | None = None
    saving: threading.Thread | None = None
    pairing: Pairing | None = None
    playlist: Playlist | None = None
    _toast: tuple[str, float] = ("", 0.0)

    @classmethod
    def of(cls, session: Session) -> Desk:
        marks = Marks(session.story, session.recording, session.survey)
        director, inspector = Director(session.story), Inspector(session.moments, session.survey, session.story)
        return cls(session, session.transport, director, marks, Timeline(session, marks, director), inspector)

    def say(self, text: str) -> None:
        """Tell the user something for a moment. May be called by any thread."""
        self._toast = (text, time.monotonic() + _TOAST_SECONDS)

    @property
    def toast(self) -> str:
        """What the user is being told."""
        text, until = self._toast
        return text if time.monotonic() < until else ""
