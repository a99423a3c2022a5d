"""Makes the moving picture of the README again: `python tests/pictures.py [OUT.gif]`. It needs the extra `test`, and no display.

The real viewer and the real game, driven by posted events: a match plays, the mouse looks at moments on the seek bar and drags
back, somebody takes over; then a constant of the rules is changed in a copy of them, and `replay verify` says what it says.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
ROOT = Path(__file__).parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

import matplotlib  # noqa: E402
import numpy as np  # noqa: E402
import pygame  # noqa: E402

from game.play.app import ArenaApp  # noqa: E402
from replay.watch.control.keys import post_key  # noqa: E402
from replay.watch.export import _write_animated  # noqa: E402
from replay.watch.viewer import Viewer  # noqa: E402
from replay.watch.window import Window  # noqa: E402

SIZE, CAPTION_HEIGHT = (800, 450), 30
FRAMES_PER_SECOND, PER_PICTURE = 60, 6  # a picture of the film for so many frames of the window
MATCH = ROOT / "recordings" / "plaza.replay"
BROKEN = ROOT / "recordings" / "duel.replay"
GROUND, INK, DIM, RED, GREEN = (13, 17, 23), (220, 226, 235), (139, 148, 158), (255, 110, 100), (126, 231, 135)
ARROW = ((0, 0), (0, 16), (4, 12), (7, 18), (10, 17), (7, 11), (12, 11))


class Film:
    """Pictures of a window, each with a mouse and a line of words below."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.mouse = (400.0, 200.0)
        self.pictures: list[pygame.Surface] = []
        self.words = ""
        self.font = pygame.font.Font(None, 25)

    def say(self, words: str) -> None:
        self.words = words

    def run(self, seconds: float) -> None:
        for number in range(round(seconds * FRAMES_PER_SECOND)):
            self.window.frame(1 / FRAMES_PER_SECOND)
            if number % PER_PICTURE == 0:
                self.take(self.window.surface, has_mouse=True)

    def take(self, surface: pygame.Surface, has_mouse: bool = False) -> None:
        picture = pygame.Surface((SIZE[0], SIZE[1] + CAPTION_HEIGHT))
        picture.fill(GROUND)
        picture.blit(surface, (0, 0))
        if has_mouse:
            shape = [(self.mouse[0] + x, self.mouse[1] + y) for x, y in ARROW]
            pygame.draw.polygon(picture, (255, 255, 255), shape)
            pygame.draw.polygon(picture, (0, 0, 0), shape, 1)
        words = self.font.render(self.words, True, INK)
        picture.blit(words, words.get_rect(center=(SIZE[0] // 2, SIZE[1] + CAPTION_HEIGHT // 2)))
        self.pictures.append(picture)

    def move(self, to: tuple[float, float], seconds: float) -> None:
        """The mouse goes there, slowing down."""
        start, steps = self.mouse, round(seconds * FRAMES_PER_SECOND / PER_PICTURE)
        for step in range(1, steps + 1):
            share = 1 - (1 - step / steps) ** 2
            self.mouse = (start[0] + (to[0] - start[0]) * share, start[1] + (to[1] - start[1]) * share)
            post("MOUSEMOTION", self.mouse, rel=(0, 0), buttons=(0, 0, 0))
            self.run(PER_PICTURE / FRAMES_PER_SECOND)

    def press(self, kind: str) -> None:
        post(kind, self.mouse, button=1)


def post(kind: str, at: tuple[float, float], **fields: Any) -> None:
    pygame.event.post(pygame.event.Event(getattr(pygame, kind), pos=(round(at[0]), round(at[1])), **fields))


def key(word: str, down: bool) -> None:
    kind = pygame.KEYDOWN if down else pygame.KEYUP
    pygame.event.post(pygame.event.Event(kind, key=pygame.key.key_code(word.lower()), mod=0, unicode="", scancode=0))


def watch_and_take_over(film: Film) -> None:
    viewer = film.window.screen
    assert isinstance(viewer, Viewer)
    viewer.survey.wait()
    film.say("replay watch: 40 seconds of four players, 17 kB: computed again from their inputs")
    film.run(1.2)
    bar = viewer.places.bar
    assert bar is not None
    film.say("point at any moment: its picture, before you click")
    film.move((bar.tick_to_x(1640), bar.rect.centery), 0.8)
    for tick in (1230, 480):
        film.move((bar.tick_to_x(tick), bar.rect.centery), 0.7)
        film.run(0.3)
    film.say("drag back: every tick is there at once")
    film.move((bar.tick_to_x(viewer.transport.tick), bar.rect.centery), 0.5)
    film.press("MOUSEBUTTONDOWN")
    film.move((bar.tick_to_x(690), bar.rect.centery), 1.6)
    film.press("MOUSEBUTTONUP")
    film.run(0.4)
    film.say("T: play on from here, yourself")
    post_key("T")
    film.run(0.2)
    play_on(film)


def play_on(film: Film) -> None:
    """Somebody runs about, and shoots at whoever is near."""
    screen: Any = film.window.screen
    player, hand = next(iter(screen.hands.items()))
    film.mouse = (SIZE[0] * 0.6, SIZE[1] * 0.4)
    for word in ("d", "w", "a", "s"):
        key(word, True)
        film.press("MOUSEBUTTONDOWN")
        for _ in range(7):
            film.move(nearest(screen, player, hand), PER_PICTURE / FRAMES_PER_SECOND)
        key(word, False)


def nearest(screen: Any, player: int, hand: Any) -> tuple[float, float]:
    """Where the nearest enemy is on the screen."""
    places = np.stack([screen.live.state["players"]["x"], screen.live.state["players"]["y"]], -1) / 256
    alive = screen.live.state["players"]["health"] > 0
    distances = np.where(alive, np.hypot(*(places - places[player]).T), np.inf)
    distances[player] = np.inf
    x, y = hand.camera.to_screen(*places[int(distances.argmin())])
    return min(max(x, 20), SIZE[0] - 20), min(max(y, 20), SIZE[1] - 40)


def report_of_a_change(folder: Path) -> list[str]:
    """What `replay verify` says after RUN_SPEED of the rules became 890, in a copy of them."""
    shutil.copytree(ROOT / "game", folder / "game", ignore=shutil.ignore_patterns("native", "__pycache__"))
    numbers = folder / "game" / "numbers.py"
    text = numbers.read_text()
    assert "RUN_SPEED = 1000" in text
    numbers.write_text(text.replace("RUN_SPEED = 1000", "RUN_SPEED = 990"))
    (folder / "recordings").mkdir()
    shutil.copy(BROKEN, folder / "recordings")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "REPLAY_ENGINE": "interpreter"}
    command = [sys.executable, "-m", "replay", "verify", f"recordings/{BROKEN.name}"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout.splitlines()


def show_report(film: Film, lines: list[str]) -> None:
    font = pygame.font.Font(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSansMono.ttf"), 12)
    typed = [
        ("$ sed -i 's/RUN_SPEED = 1000/RUN_SPEED = 990/' game/numbers.py", INK),
        ("$ replay verify recordings/duel.replay", INK),
    ]
    shown: list[tuple[str, tuple[int, int, int]]] = []
    film.say("somebody changes a number of the rules ...")
    for line, colour in typed:
        for end in range(4, len(line) + 1, 8):
            film.take(terminal(font, [*shown, (line[:end], colour)]))
        shown.append((line, colour))
    for _ in range(4):
        film.take(terminal(font, shown))
    film.say("... and CI names the first tick and the fields")
    for number, line in enumerate(lines[:19]):
        marked = (
            line.startswith("diverged")
            or "first bad tick" in line
            or ("recorded " in line and "computed " in line and "random" not in line)
        )
        shown.append((line[:108], RED if marked else GREEN if "last good" in line else DIM))
        if number % 4 == 3:
            film.take(terminal(font, shown))
    for _ in range(36):
        film.take(terminal(font, shown))


def terminal(font: pygame.font.Font, lines: list[tuple[str, tuple[int, int, int]]]) -> pygame.Surface:
    surface = pygame.Surface(SIZE)
    surface.fill(GROUND)
    for row, (text, colour) in enumerate(lines):
        surface.blit(font.render(text, True, colour), (14, 14 + row * 16))
    return surface


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"XDG_CONFIG_HOME": str(folder / "config"), "REPLAY_RECORDINGS": str(folder / "played")}
        lines = report_of_a_change(folder)
        pygame.init()
        with Window("replay", SIZE) as window:
            ArenaApp(window)
            window.show(Viewer(MATCH, at="30s"))
            film = Film(window)
            watch_and_take_over(film)
            show_report(film, lines)
            window.show(None)
            pictures = film.pictures
            _write_animated(iter(pictures), target, ".gif", FRAMES_PER_SECOND / PER_PICTURE)
    print(f"{target}  {len(pictures)} pictures  {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".github" / "pictures" / "arena.gif")
