"""A window and its loop: screens draw into it, are told of events, and say what they wish for. No screen touches the display."""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, distribution

os.environ.setdefault("SDL_WINDOWS_DPI_AWARENESS", "permonitorv2")  # real pixels on high-DPI screens
os.environ.setdefault("SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", "0")

import pygame

from replay.core.errors import MachineError
from replay.watch.control.keys import key_word
from replay.watch.model.legibility import Legibility
from replay.watch.model.settings import load_settings, remember
from replay.watch.model.wish import Contrast, FullScreen, Screenshot, TextSize, Wish
from replay.watch.view.paint import Paint

logger = logging.getLogger("replay")

SIZE = (1280, 720)
SMALLEST = (320, 240)
_BLIND_DRIVERS = ("dummy", "offscreen")
_BARS = 64  # pixels of a screen's height that its bars and a window's title take
_LONGEST_FRAME_SECONDS = 0.25


class Screen:
    """What a window shows: told of events, then once a frame `update` and `draw`. Set `wish` for what shall come next.

    caption: of the window. shows_mouse: the system's pointer. message: what the user was told last.
    """

    window: Window
    wish: Wish | None = None
    caption = "replay"
    shows_mouse = True
    message = ""

    def enter(self) -> None:
        """The window shows this screen from now on (again)."""

    def leave(self) -> None:
        """The window no longer shows this screen."""

    def way_back(self) -> Screen | Wish:
        """What leads back here from the screen that it gave way to: itself, or a wish for another like it."""
        return self

    def abandon(self) -> None:
        """This screen was left, one was to come back to it, and the window has closed."""

    def say(self, text: str) -> None:
        """Tell the user something: a wish that cannot be fulfilled, a file that was saved."""
        self.message = text

    def handle(self, event: pygame.event.Event) -> None:
        """One event: posted or real, they are the same."""

    def update(self, seconds: float) -> None:
        """Act on what was asked; `seconds` since the last frame."""

    def is_at_rest(self) -> bool:
        """Whether the picture drawn last still holds: then it is not drawn again until an event comes. Asked after `update`."""
        return False

    def draw(self, surface: pygame.Surface) -> None:
        raise NotImplementedError


Serve = Callable[[Screen, Wish], Screen | None]


def close_at_any_wish(screen: Screen, wish: Wish) -> Screen | None:
    """What a window does that has no app."""
    return None


class Window:
    """The one window of the process. Use it as a context manager.

    held: words of the keys that are down, from events alone. frame_seconds: the time that the last frames took. legibility: how
    text is drawn.
    serve: fulfils the wish of a screen: the screen to show next (the same one if it cannot be fulfilled), None to close.
    way_back: what leads back to the screens one came from, the last one last; whichever app serves.
    closed: called when the last screen has gone.

    Raises MachineError where there is no display.
    """

    def __init__(self, title: str, size: tuple[int, int] | None = None, *, fullscreen: bool = False, frames: int = 0) -> None:
        remembered = load_settings().get("window")
        self._is_asked_for = size is not None
        if size is None and isinstance(remembered, list) and len(remembered) == 2 and all(isinstance(n, int) for n in remembered):
            size = (max(remembered[0], SMALLEST[0]), max(remembered[1], SMALLEST[1]))
        self._size = size or SIZE
        self._windowed = self._size
        self._is_sized_by_hand = False
        self.fullscreen = fullscreen
        self.frames_per_second = frames or 60
        self.held: set[str] = set()
        self.frame_seconds: list[float] = []
        self.title = title
        self.screen: Screen | None = None
        self.way_back: list[Screen | Wish] = []
        self._rests: Screen | None = None  # the one that said before the last picture that the one before it holds
        self._is_frozen = False
        self.serve: Serve = close_at_any_wish
        self.closed: Callable[[], None] = lambda: None
        check_pygame()
        self.surface = self._open()
        self.paint = Paint(self.surface.get_size())
        self.suit(Legibility.remembered())
        self.clock = pygame.time.Clock()
        if not frames:
            refresh = getattr(pygame.display, "get_current_refresh_rate", None)
            self.frames_per_second = min(max(int(refresh() or 60) if refresh else 60, 60), 240)

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if pygame.display.get_init():
            if self._is_sized_by_hand:  # what a command line asked for once is not remembered
                remember(window=list(self._windowed))
            pygame.display.quit()

    def _open(self) -> pygame.Surface:
        asked = os.environ.get("SDL_VIDEODRIVER")
        try:
            pygame.display.init()
            if not asked and pygame.display.get_driver() in _BLIND_DRIVERS:
                pygame.display.quit()
                raise pygame.error("no video device")
            pygame.font.init()
            pygame.display.set_caption(self.title)
            fitting = self._on_screen(self._windowed)
            if fitting != self._windowed and self._is_asked_for and not self.fullscreen:
                logger.warning("the screen has no room for %dx%d: the window is %dx%d", *self._windowed, *fitting)
            self._windowed = fitting
            return self._set_mode()
        except pygame.error as error:
            raise MachineError(
                f"no display ({error})", "Headless: replay export m.replay -o m.gif, or replay show m.replay --at 20s --image m.png"
            ) from error

    def _on_screen(self, size: tuple[int, int]) -> tuple[int, int]:
        """A size of the same shape that the screen has room for, its own bars and the window's included. Windows open on the first
        screen, whatever others there are."""
        if pygame.display.get_driver() in _BLIND_DRIVERS or not hasattr(pygame.display, "get_desktop_sizes"):
            return size
        width, height = pygame.display.get_desktop_sizes()[0]
        share = min(1.0, width / size[0], (height - _BARS) / size[1])
        return max(int(size[0] * share), SMALLEST[0]), max(int(size[1] * share), SMALLEST[1])

    def _set_mode(self) -> pygame.Surface:
        if self.fullscreen:
            return pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
        return pygame.display.set_mode(self._windowed, pygame.RESIZABLE)

    def toggle_fullscreen(self) -> None:
        self.fullscreen = not self.fullscreen
        try:
            self.surface = self._set_mode()
        except pygame.error:
            self.fullscreen = not self.fullscreen
            self.surface = self._set_mode()
        self.paint.resize(self.surface.get_size())

    def suit(self, legibility: Legibility) -> None:
        """Draw text so from now on."""
        self.legibility = legibility
        self.paint.suit(legibility.text / 100, legibility.contrast)

    def run(self, screen: Screen, frames: int | None = None) -> None:
        """Show `screen` and what follows it until the last one is done, the window is closed, or `frames` are drawn."""
        self.show(screen)
        before, drawn = time.perf_counter(), 0
        try:
            while self.screen is not None and (frames is None or drawn < frames):
                now = time.perf_counter()
                self.frame(min(now - before, _LONGEST_FRAME_SECONDS))
                before, drawn = now, drawn + 1
                self.clock.tick(self.frames_per_second)
        finally:
            if self.screen is not None:
                self.show(None)

    def show(self, screen: Screen | None) -> None:
        if self.screen is not None:
            self.screen.leave()
        self.screen = screen
        self.redraw()
        if screen is None:
            self.closed()
        else:
            screen.window, screen.wish = self, None
            pygame.display.set_caption(screen.caption)
            pygame.mouse.set_visible(screen.shows_mouse)
            screen.enter()
            if not self._is_frozen:
                # What is loaded by now stays: looking through it for garbage, again and again, would cost whole frames. Once:
                # what a screen holds would stay as well.
                self._is_frozen = True
                gc.freeze()
            else:
                gc.collect()  # what the screen before held; of what is not frozen there is little to look through

    def frame(self, seconds: float) -> None:
        """Events, update, drawing: one frame of `seconds`. It is not drawn if it would be the same as the last one."""
        start = time.perf_counter()
        events = pygame.event.get()
        for event in events:
            self._take(event)
        screen = self.screen
        if screen is None:
            return
        screen.update(seconds)
        if screen.wish is not None:
            self.redraw()
            self._fulfil(screen, screen.wish)
            if self.screen is None:
                return
            if self.screen is not screen:
                screen = self.screen
                screen.update(0.0)
        if events or not screen.is_at_rest():
            self.redraw()
        elif self._rests is screen:
            return
        else:  # what came to rest in this frame is drawn once more
            self._rests = screen
        screen.draw(self.surface)
        pygame.display.flip()
        self.frame_seconds = [*self.frame_seconds[-239:], time.perf_counter() - start]

    def redraw(self) -> None:
        """Draw the next frame, whatever the screen says of the last picture."""
        self._rests = None

    def _fulfil(self, screen: Screen, wish: Wish) -> None:
        screen.wish = None
        if isinstance(wish, FullScreen):
            self.toggle_fullscreen()
        elif isinstance(wish, TextSize):
            self.suit(self.legibility.resized(wish.step))
            self.legibility.remember()
            screen.say(f"text {self.legibility.text} %")
        elif isinstance(wish, Contrast):
            self.suit(replace(self.legibility, contrast=not self.legibility.contrast))
            self.legibility.remember()
            screen.say("more contrast" if self.legibility.contrast else "contrast as usual")
        elif isinstance(wish, Screenshot):
            try:
                pygame.image.save(self.surface, wish.path)
            except (pygame.error, OSError) as error:
                screen.say(f"no screenshot: {error}")
            else:
                screen.say(f"saved {wish.path.name}")
        else:
            following = self.serve(screen, wish)
            if following is not screen:
                self.show(following)

    def _take(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            if self.screen is not None:
                self.show(None)
            return
        if event.type == pygame.VIDEORESIZE and not self.fullscreen:
            before, self._windowed = self._windowed, (max(event.w, SMALLEST[0]), max(event.h, SMALLEST[1]))
            self._is_sized_by_hand = self._is_sized_by_hand or self._windowed != before
            if self.surface.get_size() != self._windowed:
                self.surface = self._set_mode()
            self.surface = pygame.display.get_surface() or self.surface
            self.paint.resize(self.surface.get_size())
        elif event.type == pygame.KEYDOWN:
            self.held.add(key_word(event, plain=True))
        elif event.type == pygame.KEYUP:
            self.held.discard(key_word(event, plain=True))
        elif event.type == pygame.WINDOWFOCUSLOST:
            self.held.clear()
        if self.screen is not None:
            self.screen.handle(event)


def open_nowhere() -> None:
    """Make drawing possible where there is no window, and make sure that none appears."""
    if not pygame.display.get_init() or pygame.display.get_surface() is None:
        os.environ["SDL_VIDEODRIVER"] = "dummy"
        pygame.display.init()
        pygame.display.set_mode((1, 1))
    pygame.font.init()


def check_pygame() -> str:
    """A warning when two pygames share one folder, else nothing. Raises MachineError if what is there does not work."""
    installed = [name for name in ("pygame", "pygame-ce") if _installed(name)]
    cure = "keep one: pip uninstall -y pygame pygame-ce, then pip install pygame"
    missing = [name for name in ("display", "font", "event", "draw", "transform") if getattr(pygame, name, None) is None]
    if missing or "MissingModule" in type(pygame.font).__name__:
        raise MachineError(f"the installed pygame is broken: it lacks {', '.join(missing) or 'font'}", cure)
    return f"pygame and pygame-ce are both installed and overwrite each other's files; {cure}" if len(installed) == 2 else ""


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
