"""The app: the one place that knows all screens. It makes the screen that another one wishes for, and knows the way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from replay.core.errors import ReplayError, UsageError
from replay.watch.browser import Browser
from replay.watch.model.files import reason
from replay.watch.model.plugins import load_plugin
from replay.watch.model.wish import Back, Browse, Compare, Open, TakeOver, Wish
from replay.watch.pair import open_pair
from replay.watch.viewer import Viewer
from replay.watch.window import Screen, Window

TakeOverScreen = Callable[[Window, Path, int, int], Screen]


class App:
    """Serves the wishes of a window's screens. A game's app serves kinds of its own besides. leads_back: the kinds after which one
    comes back to the screen that wished for them. begins: those after which there is nothing to come back to."""

    leads_back: tuple[type[Wish], ...] = (Open, Browse, TakeOver)
    begins: tuple[type[Wish], ...] = ()

    def __init__(self, window: Window) -> None:
        self.window = window
        window.serve, window.closed = self.serve, self.abandon

    def run(self, screen: Screen) -> None:
        """Until the window is closed."""
        self.window.run(screen)

    def serve(self, screen: Screen, wish: Wish) -> Screen | None:
        """The screen that `screen` wishes for; the same one, told why, if there is none; None to close the window."""
        if isinstance(wish, Back):
            return self._come_back(screen)
        way_back = self.window.way_back
        if isinstance(wish, Browse) and _lists(way_back[-1:], wish.folder):
            return self._come_back(screen)
        try:
            following = self.make(wish)
        except (ReplayError, OSError, ValueError) as error:
            screen.say(self.refusal(wish, error))
            if isinstance(wish, Open) and wish.playlist is not None:
                wish.playlist.note(wish.path, problem=reason(error))
            return screen
        if isinstance(wish, self.begins):
            way_back.clear()
        elif isinstance(wish, self.leads_back) and not (isinstance(screen, Viewer) and isinstance(wish, Open)):
            way_back.append(screen.way_back())  # but a recording that is dropped on a viewer takes its place
        return following

    def _come_back(self, screen: Screen) -> Screen | None:
        """The screen one came from; `screen`, told why, if that can no longer be had: then the next way back leads further."""
        if not self.window.way_back:
            return None
        before = self.window.way_back.pop()
        if isinstance(before, Screen):
            return before
        try:
            return self.make(before)
        except (ReplayError, OSError, ValueError) as error:
            screen.say(self.refusal(before, error))
            return screen

    def abandon(self) -> None:
        """The window has closed: nobody comes back."""
        while self.window.way_back:
            before = self.window.way_back.pop()
            if isinstance(before, Screen):
                before.abandon()

    def make(self, wish: Wish) -> Screen:
        """A new screen. Raises ReplayError, OSError or ValueError if it cannot be."""
        if isinstance(wish, Compare):
            return open_pair(wish)
        if isinstance(wish, Open):
            viewer = Viewer(wish.path, at=wish.at, speed=wish.speed, paused=wish.is_paused, playlist=wish.playlist)
            if wish.playlist is not None:
                wish.playlist.go_to(wish.path)
            viewer.say(wish.hint)
            return viewer
        if isinstance(wish, Browse):
            return Browser(wish.folder)
        if isinstance(wish, TakeOver):
            return self.take_over(wish)
        raise UsageError(f"nothing here serves {wish!r}")

    def take_over(self, wish: TakeOver) -> Screen:
        """By the entry point of the game: called with window, path, tick and player, it returns the screen on which somebody plays
        on. The app of that game serves the window from then on."""
        factory: TakeOverScreen | None = load_plugin("replay.takeovers", wish.game)
        if factory is None:
            raise UsageError(f"{wish.game} cannot be played from here")
        return factory(self.window, wish.path, wish.tick, wish.player)

    def refusal(self, wish: Wish, error: Exception) -> str:
        """Why a wish cannot be fulfilled."""
        return f"{wish.path.name}: {reason(error)}" if isinstance(wish, Open) else str(error)


def _lists(screens: list[Screen | Wish], folder: Path) -> bool:
    """Whether one of these is the list of this folder."""
    return any(isinstance(screen, Browser) and screen.folder.absolute() == folder.absolute() for screen in screens)
