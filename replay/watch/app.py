"""The app: the one place that knows all screens. It makes the screen that another one wishes for, and knows the way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from replay.core.errors import ReplayError, UsageError
from replay.watch.browser import Browser
from replay.watch.model.files import reason
from replay.watch.model.plugins import load_plugin
from replay.watch.model.wish import Back, Browse, Open, TakeOver, Wish
from replay.watch.viewer import Viewer
from replay.watch.window import Screen, Window

TakeOverScreen = Callable[[Window, Path, int, int | None], Screen]


class App:
    """Serves the wishes of a window's screens. A game's app serves kinds of its own besides. leads_back: the kinds after which one
    comes back to the screen that wished for them."""

    leads_back: tuple[type[Wish], ...] = (Open, Browse)

    def __init__(self, window: Window) -> None:
        self.window = window
        self._way_back: list[Screen] = []
        window.serve, window.closed = self.serve, self.abandon

    def run(self, screen: Screen) -> None:
        """Until the window is closed."""
        self.window.run(screen)

    def serve(self, screen: Screen, wish: Wish) -> Screen | None:
        """The screen that `screen` wishes for; the same one, told why, if there is none; None to close the window."""
        if isinstance(wish, Back):
            return self._way_back.pop() if self._way_back else None
        try:
            following = self.make(wish)
        except (ReplayError, OSError, ValueError) as error:
            screen.say(self.refusal(wish, error))
            return screen
        if screen.returns and isinstance(wish, self.leads_back):
            self._way_back.append(screen)
        elif not isinstance(wish, Open):  # a recording that is dropped on a viewer takes its place
            self._way_back.clear()
        return following

    def abandon(self) -> None:
        """The window has closed: nobody comes back."""
        while self._way_back:
            self._way_back.pop().abandon()

    def make(self, wish: Wish) -> Screen:
        """A new screen. Raises ReplayError, OSError or ValueError if it cannot be."""
        if isinstance(wish, Open):
            viewer = Viewer(wish.path, at=wish.at)
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
