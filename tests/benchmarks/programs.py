"""What it costs to record and to seek a pygame program, as one table: `python -m tests.benchmarks programs`. Takes some minutes.

A bare run is the program in a process of its own, whose clock does not wait and stops it after so many frames; the recorded one has
every tick proved and its picture taken, as a window does. Runs are interleaved; times are those of a wall clock.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from replay import Playback, Recorder, Recording
from replay.games.pygame import PygameProgram

ROUNDS = 5
SECONDS = 60
LIGHT = ("pygame.examples.stars", "pygame.examples.moveit", "tests/replay/games/rocks.py")
HEAVIER = ("pygame.examples.chimp", "pygame.examples.go_over_there")
BARE = """
import os, runpy, sys, time
os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy", PYGAME_HIDE_SUPPORT_PROMPT="1")
import pygame
program, frames = sys.argv[1], int(sys.argv[2])
class Clock:
    frame = 0
    def tick(self, rate=0):
        Clock.frame += 1
        if Clock.frame == 60:
            Clock.began = time.perf_counter()
        if Clock.frame == frames + 60:
            print((time.perf_counter() - Clock.began) / frames, flush=True)
            os._exit(0)
        return 16
    tick_busy_loop = tick
    def get_fps(self): return 60.0
pygame.time.Clock = Clock
pygame.time.wait = pygame.time.delay = lambda milliseconds: milliseconds
sys.argv = [program]
run = runpy.run_path if program.endswith(".py") else runpy.run_module
run(program, run_name="__main__")
"""


def row(what: str, bar: str, measured: str) -> None:
    print(f"| {what} | {bar} | {measured} |", flush=True)


def bare_seconds(program: str, frames: int) -> float:
    """A frame of the program by itself, with nobody at the keys."""
    done = subprocess.run([sys.executable, "-c", BARE, program, str(frames)], capture_output=True, text=True, check=True)
    return float(done.stdout.strip().rpartition("\n")[2])


def recorded_seconds(game: PygameProgram, frames: int, path: Path) -> float:
    path.unlink(missing_ok=True)
    with Recorder(path, game, seed=1, players=["Ann"]) as recorder:
        for frame in range(frames + 60):
            if frame == 60:
                began = time.perf_counter()
            recorder.step(None)
            recorder.match.pixels()
        return (time.perf_counter() - began) / frames


def overhead(program: str, folder: Path) -> None:
    game = PygameProgram(program)
    frame = 1 / game.ticks_per_second
    pairs = [(bare_seconds(program, 300), recorded_seconds(game, 300, folder / "overhead.replay")) for _ in range(ROUNDS)]
    costs = [recorded - bare for bare, recorded in pairs]
    row(
        f"{game.name}: recording, of its frame of {frame * 1e3:.1f} ms",
        "<= 15 %",
        f"{min(costs) / frame:.1%} by the best pair, median {statistics.median(costs) / frame:.1%}; "
        f"{min(bare for bare, _ in pairs) * 1e3:.2f} ms bare, {min(recorded for _, recorded in pairs) * 1e3:.2f} recorded",
    )


def seeks(program: str, bar: str, folder: Path) -> None:
    game = PygameProgram(program)
    path = folder / f"{game.name}.replay"
    rng = np.random.default_rng(1)
    with Recorder(path, game, seed=7, players=["Ann"]) as recorder:
        for _ in range(SECONDS * game.ticks_per_second):
            row_, commands = game.inputs(recorder.match, rng)
            recorder.step(row_, commands)
    with Recording(path) as recording:
        playback = Playback(game, recording)
        began = time.perf_counter()
        playback.step(recording.ticks)
        pace = (time.perf_counter() - began) / recording.ticks
        chance, times = random.Random(3), []
        for tick in [chance.randrange(recording.ticks + 1) for _ in range(300)]:
            began = time.perf_counter()
            playback.seek(tick)
            times.append(time.perf_counter() - began)
        times.sort()
        row(
            f"{game.name}: seek in {SECONDS} s of it, {recording.ticks} ticks, {pace * 1e3:.2f} ms a tick",
            bar,
            f"p99 {times[297] * 1e3:.0f} ms, median {times[150] * 1e3:.0f}, by {len(playback._checkpoints)} forks; "
            f"{path.stat().st_size / 1000:.1f} kB",
        )


def main() -> None:
    print("| what | bar | measured |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for program in (*LIGHT, *HEAVIER):
            overhead(program, Path(folder))
        for program in LIGHT:
            seeks(program, "p99 <= 60 ms below 0.8 ms a tick", Path(folder))
        for program in HEAVIER:
            seeks(program, "", Path(folder))


if __name__ == "__main__":
    main()
