"""How long the viewer takes, in software rendering under SDL's dummy driver. Run: python tests/benchmarks/viewer.py [RECORDING]

Without a recording it first plays an hour of eight bots. Every line is a bar of the viewer: what was measured, and its limit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests"))

FRAMES = 600


def play_an_hour(folder: Path) -> Path:
    path = folder / "hour.replay"
    options = "--players 8 --seconds 3600 --score-limit 999 --seed 7"
    subprocess.run([sys.executable, "-m", "game", "bots", *options.split(), "-o", str(path)], cwd=ROOT, check=True, stdout=2)
    return path


def timed(work, count: int = 1) -> np.ndarray:
    """Milliseconds of each of `count` calls, shape (count, 2): by the clock, and this thread's own (they differ when busy)."""
    times = []
    for _ in range(count):
        wall, own = time.perf_counter(), time.thread_time()
        work()
        times.append(((time.perf_counter() - wall) * 1000, (time.thread_time() - own) * 1000))
    return np.array(times)


def line(what: str, found, bar: float, unit: str = "ms") -> None:
    wall, own = np.atleast_1d(found)[0], np.atleast_1d(found)[-1]
    print(f"{'ok  ' if wall <= bar else 'OVER'}  {what:<64} {wall:7.2f} {unit:<2}  bar {bar:<6.4g} thread time {own:6.2f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        path = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else play_an_hour(Path(folder))
        environment = os.environ | {"RECORDING": str(path)}
        command = [sys.executable, "-c", FIRST_FRAME]
        runs = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment) for _ in range(4)]
        if failed := next((run for run in runs if run.returncode), None):
            sys.exit(f"no window opens here: {failed.stderr.strip().splitlines()[-1]}")
        # The first run fills the caches.
        line("window open to first frame, cached", float(np.median([float(run.stdout) for run in runs[1:]])), 1.5, "s")
        measure(path)
        measure_pair(path, Path(folder))
        measure_rest(path, environment)
        measure_memory(path)


FIRST_FRAME = """
import os, time
start = time.perf_counter()
from game.match import ARENA
from replay.watch.viewer import Viewer
from replay.watch.window import Window
with Window("benchmark", (1280, 720)) as window:
    window.show(Viewer(os.environ["RECORDING"], ARENA))
    window.frame(0.0)
    print(time.perf_counter() - start)
    window.show(None)
"""


def measure(path: Path) -> None:
    from game.match import ARENA
    from replay.watch.control.keys import post_key
    from replay.watch.viewer import Viewer
    from replay.watch.window import Window

    for size, bars in (((1280, 720), (8, 16)), ((1920, 1080), (14, None))):
        name = f"{size[0]}x{size[1]}"
        with Window("benchmark", size) as window:
            watch = Viewer(path, ARENA, at="50%")
            window.show(watch)
            watch.survey.wait(300)

            def frame(window=window):
                window.frame(1 / 60)

            timed(frame, 60)
            times = timed(frame, FRAMES)
            line(f"frame, 8 players, {name}, median", np.median(times, axis=0), bars[0])
            if bars[1]:
                line(f"frame, 8 players, {name}, p99", np.percentile(times, 99, axis=0), bars[1])
            post_key("F3")
            timed(frame, 10)
            times = timed(frame, FRAMES)
            line(f"... with the inspector open, {name}, median", np.median(times, axis=0), bars[0] + 1)
            post_key("F3")
            post_key("Shift+Space")
            times = timed(frame, FRAMES)
            line(f"backwards at 1x, {name}, worst of {FRAMES} frames", times.max(axis=0), 1000 / 60)
            line("... frames that were late", (times > 1000 / 60).sum(axis=0), 0, "")
            watch.transport.playing = False
            ticks = np.random.default_rng(1).integers(0, watch.transport.ticks, 100)
            times = []
            for tick in ticks.tolist():
                watch.transport.jump(tick)
                times.append(timed(frame)[0])
            line(f"jump to any of {watch.transport.ticks:,} ticks, {name}, worst of 100", np.max(times, axis=0), 20)
            watch.thumbnail(0, (256, 144))
            times = [timed(lambda tick=tick, watch=watch: watch.thumbnail(tick, (256, 144)))[0] for tick in ticks.tolist()]
            line("hover thumbnail, worst of 100", np.max(times, axis=0), 20)
            window.show(None)


def measure_pair(path: Path, folder: Path) -> None:
    """The recording beside a copy of it in which one player does otherwise for half a second, in the middle."""
    from game.match import ARENA
    from replay import Recorder, Recording
    from replay.watch.model.pairing import GHOST, SIDES
    from replay.watch.model.session import Session
    from replay.watch.pair import Pair
    from replay.watch.window import Window

    with Recording(path) as source:
        header, rows, middle = source.header, source.inputs(0, source.ticks).copy(), source.ticks // 2
    rows["buttons"][middle : middle + 30, 0] ^= 1
    other = folder / "other.replay"
    with Recorder(other, ARENA, seed=header.seed, players=header.players, config=header.config) as recorder:
        for row in rows:
            recorder.step(row)
    with Window("benchmark", (1280, 720)) as window:
        pair = Pair(path, Session(other, ARENA), ARENA, at=middle + 60)
        window.show(pair)
        start = time.perf_counter()
        pair.pairing.differences.wait(300)
        line("two recordings compared, beside two surveys", time.perf_counter() - start, 30, "s")
        pair.survey.wait(300)
        pair.pairing.b.survey.wait(300)
        for view in (SIDES, GHOST):
            pair.pairing.view, pair.pairing.has_stopped, pair.transport.playing = view, True, True
            timed(lambda: window.frame(1 / 60), 60)
            times = timed(lambda: window.frame(1 / 60), FRAMES)
            line(f"frame of two recordings, {view}, 1280x720, median", np.median(times, axis=0), 12)
        window.show(None)


PAUSED = """
import os, threading, time
from game.match import ARENA
from replay.watch.viewer import Viewer
from replay.watch.window import Window
with Window("benchmark", (1280, 720)) as window:
    watch = Viewer(os.environ["RECORDING"], ARENA, at="50%", paused=True)
    def look():
        while watch.survey.verification is None:
            time.sleep(0.1)
        time.sleep(3)
        start, before = time.perf_counter(), time.process_time()
        time.sleep(8)
        print((time.process_time() - before) / (time.perf_counter() - start) * 100, flush=True)
        os._exit(0)
    threading.Thread(target=look, daemon=True).start()
    window.run(watch)
"""


def measure_rest(path: Path, environment: dict[str, str]) -> None:
    """What a paused window takes of a core, under a real X server if there is one."""
    from xserver import x_server

    with x_server("1400x900") if shutil.which("Xvfb") else nullcontext("") as display:
        real = {key: value for key, value in environment.items() if key != "SDL_VIDEODRIVER"} | {"DISPLAY": display}
        command = [sys.executable, "-c", PAUSED]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=real if display else environment, check=True)
    line(f"paused, 1280x720{', under Xvfb' if display else ''}, of a core", float(done.stdout.split()[-1]), 2, "%")


def resident() -> float:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure_memory(path: Path) -> None:
    """What fifty viewers, opened and closed one after the other, leave behind: some are needed to have loaded everything."""
    from replay.watch.app import App
    from replay.watch.browser import Browser
    from replay.watch.model.wish import Open
    from replay.watch.window import Window

    with Window("benchmark", (1280, 720)) as window:
        app, browser = App(window), Browser(path.parent / "none")
        window.show(browser)
        sizes = []
        for _ in range(55):
            window.show(app.serve(browser, Open(path, at="50%")))
            for _ in range(10):
                window.frame(1 / 60)
            window.show(window.way_back.pop())
            sizes.append(resident())
        window.show(None)
    line("memory after 50 more recordings", sizes[-1] - sizes[4], 10, "MB")


if __name__ == "__main__":
    main()
