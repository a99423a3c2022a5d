"""How long the viewer takes, in software rendering under SDL's dummy driver. Run: python tests/benchmarks/viewer.py [RECORDING]

Without a recording it first plays an hour of eight bots. Every line is a bar of the viewer: what was measured, and its limit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
FRAMES = 600


def play_an_hour(folder: Path) -> Path:
    path = folder / "hour.replay"
    options = "--players 8 --seconds 3600 --score-limit 999 --seed 7"
    subprocess.run([sys.executable, "-m", "game", "bots", *options.split(), "-o", str(path)], cwd=ROOT, check=True, stdout=2)
    return path


def milliseconds(look, count: int = 1) -> list[float]:
    """What each of `count` frames takes, events to flip."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        look.frame(1 / 60)
        times.append((time.perf_counter() - start) * 1000)
    return times


def line(what: str, found: float, bar: float, unit: str = "ms") -> None:
    print(f"{'ok ' if found <= bar else 'OVER'}  {what:<58} {found:8.2f} {unit:<3} bar {bar:g}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else play_an_hour(Path(folder))
        environment = os.environ | {"RECORDING": str(path)}
        command = [sys.executable, "-c", FIRST_FRAME]
        runs = [subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=environment) for _ in range(4)]
        # The first run fills the caches.
        line("window open to first frame, cached", float(np.median([float(run.stdout) for run in runs[1:]])), 1.5, "s")
        measure(path)


FIRST_FRAME = """
import os, time
start = time.perf_counter()
from game.match import ARENA
from replay.viewer.watch import Watch
from replay.viewer.window import Window
with Window("benchmark", (1280, 720)) as window:
    window.show(Watch(os.environ["RECORDING"], ARENA))
    window.frame(0.0)
    print(time.perf_counter() - start)
    window.show(None)
"""


def measure(path: Path) -> None:
    import pygame

    from game.match import ARENA
    from replay.viewer.watch import Watch
    from replay.viewer.window import Window, post_key

    for size, bars in (((1280, 720), (8, 16)), ((1920, 1080), (14, 1000))):
        with Window("benchmark", size) as look:
            watch = Watch(path, ARENA, at="50%")
            look.show(watch)
            watch.survey.wait(300)
            milliseconds(look, 60)
            times = milliseconds(look, FRAMES)
            name = f"frame, 8 players, {size[0]}x{size[1]}"
            line(f"{name}, median", float(np.median(times)), bars[0])
            line(f"{name}, p99", float(np.percentile(times, 99)), bars[1])
            post_key("Shift+Space")
            times = milliseconds(look, FRAMES)
            line(f"backwards at 1x, {size[0]}x{size[1]}, worst of {FRAMES} frames", max(times), 1000 / 60)
            late = sum(time > 1000 / 60 for time in times)
            line(f"... frames that were late, of {FRAMES}", late, 0, "")
            watch.transport.playing = False
            ticks = np.random.default_rng(1).integers(0, watch.transport.ticks, 100)
            times = []
            for tick in ticks:
                watch.transport.jump(int(tick))
                times += milliseconds(look)
            line(f"jump to any of {watch.transport.ticks:,} ticks, {size[0]}x{size[1]}, worst of 100", max(times), 20)
            times = []
            for tick in ticks:
                start = time.perf_counter()
                watch.thumbnail(int(tick), (256, 144))
                times.append((time.perf_counter() - start) * 1000)
            line("hover thumbnail, worst of 100", max(times[1:]), 20)
            pygame.event.clear()
            look.show(None)


if __name__ == "__main__":
    main()
