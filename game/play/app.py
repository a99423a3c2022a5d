"""The app of arena: the one place that knows all its screens, and the viewer's besides."""

from __future__ import annotations

from pathlib import Path

from replay.core.errors import ReplayError
from replay.watch.app import App
from replay.watch.model.settings import recordings_folder
from replay.watch.model.wish import Back, TakeOver, Wish
from replay.watch.viewer import Viewer
from replay.watch.window import Screen, Window

from ..look import ArenaLook
from .options import Options
from .preferences import Preferences
from .result import ResultScreen
from .screen import PlayScreen, branch_match, start_match
from .start import StartScreen
from .wishes import Finished, Play, Prefer, ToStart


class ArenaApp(App):
    """Serves the wishes of arena's screens. options: what the user likes; remembered ones by default."""

    leads_back = (*App.leads_back, Prefer)
    begins = (*App.begins, Play, ToStart)

    def __init__(self, window: Window, options: Options | None = None) -> None:
        super().__init__(window)
        self.options = options or Options.load()
        window.suit(self.options.legibility)

    def serve(self, screen: Screen, wish: Wish) -> Screen | None:
        if isinstance(wish, Back) and isinstance(screen, ResultScreen) and not self.window.way_back:
            wish = ToStart(screen.setup)
        return super().serve(screen, wish)

    def make(self, wish: Wish) -> Screen:
        self.options.read_shared()
        if isinstance(wish, Play):
            return start_match(wish.setup, self.options)
        if isinstance(wish, Finished):
            return ResultScreen(wish.path, wish.live, wish.setup)
        if isinstance(wish, ToStart):
            return StartScreen(self.options, wish.setup)
        if isinstance(wish, Prefer):
            return Preferences(self.options)
        screen = super().make(wish)
        if isinstance(screen, Viewer):
            self._suit(screen)
        return screen

    def _suit(self, viewer: Viewer) -> None:
        """What is liked in a match is so in the viewer."""
        viewer.desk.switches.muted = self.options.is_muted
        if isinstance(viewer.look, ArenaLook):
            viewer.look.set_volume(self.options.volume / 100)

    def take_over(self, wish: TakeOver) -> Screen:
        return branch_match(wish.path, wish.tick, wish.player, self.options)

    def refusal(self, wish: Wish, error: Exception) -> str:
        if isinstance(wish, Play) and isinstance(error, OSError):
            return f"cannot record into {recordings_folder()}: {error.strerror or error}"
        if isinstance(wish, Play) and isinstance(error, ReplayError) and error.hint:
            return f"{error}; {error.hint}"
        return super().refusal(wish, error)


def take_over(window: Window, path: Path, tick: int, player: int) -> PlayScreen:
    """What the entry point in the group `replay.takeovers` names: a viewer's window goes on with arena's screens."""
    app = ArenaApp(window)
    return branch_match(path, tick, player, app.options)
