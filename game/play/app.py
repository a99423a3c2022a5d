"""The app of arena: the one place that knows all its screens, and the viewer's besides."""

from __future__ import annotations

from pathlib import Path

from replay.core.errors import ReplayError
from replay.watch.app import App
from replay.watch.model.settings import recordings_folder
from replay.watch.model.wish import TakeOver, Wish
from replay.watch.window import Screen, Window

from .result import ResultScreen
from .screen import PlayScreen, branch_match, start_match
from .start import StartScreen
from .wishes import Finished, Play, ToStart


class ArenaApp(App):
    """Serves the wishes of arena's screens."""

    def make(self, wish: Wish) -> Screen:
        if isinstance(wish, Play):
            return start_match(wish.setup)
        if isinstance(wish, Finished):
            return ResultScreen(wish.path, wish.live, wish.setup)
        if isinstance(wish, ToStart):
            return StartScreen(wish.setup)
        return super().make(wish)

    def take_over(self, wish: TakeOver) -> Screen:
        return branch_match(wish.path, wish.tick, wish.player)

    def refusal(self, wish: Wish, error: Exception) -> str:
        if isinstance(wish, Play) and isinstance(error, OSError):
            return f"cannot record into {recordings_folder()}: {error.strerror or error}"
        if isinstance(wish, Play) and isinstance(error, ReplayError) and error.hint:
            return f"{error}; {error.hint}"
        return super().refusal(wish, error)


def take_over(window: Window, path: Path, tick: int, player: int | None) -> PlayScreen:
    """What the entry point in the group `replay.takeovers` names: a viewer's window goes on with arena's screens."""
    screen = branch_match(path, tick, player)
    ArenaApp(window)
    return screen
