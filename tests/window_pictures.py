"""Makes the pictures of the window again: `python tests/window_pictures.py`. It needs the extra `test`, and no display.

The real screens, with golden recordings and with matches that are played for it; keys are posted. Names in Chinese need a font.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
ROOT = Path(__file__).parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

import pygame  # noqa: E402
from page_pictures import FOLDER, small  # noqa: E402
from PIL import Image  # noqa: E402

from game.match import ARENA  # noqa: E402
from replay import Recorder, Recording  # noqa: E402
from replay.core.installed import load_game  # noqa: E402
from replay.docs.examples import chess_game  # noqa: E402
from replay.watch.app import App  # noqa: E402
from replay.watch.browser import Browser  # noqa: E402
from replay.watch.control.keys import post_key  # noqa: E402
from replay.watch.model.wish import Compare  # noqa: E402
from replay.watch.pair import open_pair  # noqa: E402
from replay.watch.viewer import Viewer  # noqa: E402
from replay.watch.window import Screen, Window  # noqa: E402

SIZE = (1280, 720)
MATCH = ROOT / "recordings" / "eight-players.replay"
CHESS = "replay.docs.examples.chess_game:Chess"
HOUR_SECONDS, LISTED = 3600, 300
PATIENCE_FRAMES = 3000


def run(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", *map(str, arguments)], cwd=ROOT, check=True)


def played_otherwise(path: Path, at: int) -> Path:
    """The match with other inputs of one player for half a second."""
    with Recording(MATCH) as recording:
        header, rows = recording.header, recording.inputs(0, recording.ticks).copy()
    rows["buttons"][at : at + 30, 2] ^= 1
    with Recorder(path, ARENA, seed=header.seed, players=header.players, config=header.config) as recorder:
        for row in rows:
            recorder.step(row)
    return path


def folder_of_many(folder: Path) -> Path:
    golden = sorted((ROOT / "recordings").glob("*.replay"))
    (folder / "season 1").mkdir(parents=True)
    shutil.copy(golden[0], folder / "season 1")
    for number in range(LISTED):
        path = folder / f"{('evening', 'cup', 'league', 'training')[number % 4]}-{number:03}.replay"
        shutil.copy(golden[number % len(golden)], path)
        os.utime(path, (1.79e9 + 5000 * number,) * 2)
    return folder


def known(window: Window) -> None:
    """Frames until all is known that is found out in the background."""
    screen = window.screen
    for _ in range(PATIENCE_FRAMES):
        window.frame(1 / 60)
        if screen.knows_all if isinstance(screen, Browser) else screen.survey.verification is not None:
            return
        time.sleep(0.02)
    raise SystemExit("what is found out in the background takes too long")


def take(name: str, make: Callable[[], Screen], keys: Sequence[str] = (), mouse: tuple[int, int] | None = None) -> None:
    with Window("pictures", SIZE) as window:
        App(window)
        window.show(make())
        known(window)
        for key in keys:
            post_key(key)
            window.frame(1 / 60)
        if mouse is not None:
            pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=mouse, rel=(0, 0), buttons=(0, 0, 0)))
        window.screen.say("")
        window.frame(1 / 60)
        window.frame(1 / 60)
        window.redraw()
        picture = Image.frombytes("RGB", SIZE, pygame.image.tobytes(window.surface, "RGB"))
        window.show(None)
    small(picture).save(FOLDER / name, optimize=True)
    print(f"{FOLDER / name}  {(FOLDER / name).stat().st_size:,} bytes")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = name
        hour, opera = folder / "hour.replay", folder / "opera.replay"
        run("game", "bots", "--players", 8, "--seed", 7, "--seconds", HOUR_SECONDS, "--score-limit", 999, "-o", hour)
        chess_game.main(opera, plies=33)
        other = played_otherwise(folder / "other.replay", 1000)
        take("window.png", lambda: Viewer(MATCH, at=1500, paused=True), mouse=(961, 619))
        take("window-fields.png", lambda: Viewer(MATCH, at=1500, paused=True), keys=["F3", "Shift+F3"])
        take("window-foreign.png", lambda: Viewer(opera, load_game(CHESS), at=25, paused=True))
        take("window-two.png", lambda: open_pair(Compare(MATCH, other=other, at=1120, is_paused=True)))
        take("window-list.png", lambda: Browser(folder_of_many(folder / "evenings")))
        take("window-hour.png", lambda: Viewer(hour, at=100_000, paused=True), keys=["V", "Shift+H"])


if __name__ == "__main__":
    main()
