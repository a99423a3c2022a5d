"""What machine code brings, as one table: `python -m tests.benchmarks native`. Takes about two minutes.

Whole processes run in turns, so that what else the machine does hits all alike, and are told by their CPU time, best and median;
beside them `python -c pass` and `import numpy`, and dsda-doom where that is installed (Debian's dsda-doom, and freedm for data): a
demo of the same length for four players, drawn nowhere. Nothing is asserted; machines are noisy.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from engine import MINUTE, percentile, record_bots, row  # noqa: E402

from game.match import ARENA  # noqa: E402
from replay import Playback, Recording, verify  # noqa: E402
from replay.core.simulation import Simulation  # noqa: E402
from replay.prove.batch import verify_many  # noqa: E402

ROUNDS = 15
# Its own greatest size; what `wait` tells counts the process that it was forked from.
PEAK = """
from replay.cli import main
try:
    main()
finally:
    print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
DOOM = shutil.which("dsda-doom") or shutil.which("/usr/games/dsda-doom")
WAD = Path("/usr/share/games/doom/freedm.wad")


def cost_of(command: list[str], environment: dict[str, str]) -> float:
    """CPU milliseconds of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def demo_of(folder: Path, seconds: int) -> Path:
    """A demo of Doom for four players who run, turn and shoot."""
    chance = random.Random(1)
    tics = bytearray([109, 3, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1])
    for _ in range(35 * seconds * 4):
        keys = (
            chance.choice([25, 50, 0, 206]),
            chance.choice([0, 24, 232]),
            chance.choice([0, 2, 254]),
            int(chance.random() < 0.3),
        )
        tics += bytes(keys)
    path = folder / "demo.lmp"
    path.write_bytes(bytes(tics) + b"\x80")
    return path


def processes(ten_minutes: Path, folder: Path) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "SDL_VIDEODRIVER": "dummy",
        "SDL_AUDIODRIVER": "dummy",
        "HOME": str(folder),
    }
    environment.pop("GITHUB_ACTIONS", None)
    verifying = [sys.executable, "-c", "from replay.cli import main; main()", "verify", str(ten_minutes)]
    commands = {
        "`python -c pass`": [sys.executable, "-c", "pass"],
        "`replay verify` of ten minutes, 8 players, every tick": verifying,
        "`import numpy`": [sys.executable, "-c", "import numpy"],
    }
    if DOOM and WAD.exists():
        demo = str(demo_of(folder, 600))
        quiet = ["-nodraw", "-nosound", "-nomouse", "-nomusic"]
        commands["dsda-doom, ten minutes, 4 players, nothing proved"] = [DOOM, "-iwad", str(WAD), "-fastdemo", demo, *quiet]
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            times[name].append(cost_of(command, environment))
    for name, each in times.items():
        bar = "<= 70 ms" if name.startswith("`replay") else ""
        row(f"{name}, CPU of the process", bar, f"{min(each):.0f} ms, median {statistics.median(each):.0f}")
    status = ["-c", PEAK, "verify", str(ten_minutes)]
    peak = subprocess.run([sys.executable, *status], env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    row("memory of `replay verify`", "<= 40 MB", f"{int(peak.split()[-2]) / 1024:.0f} MB")


def rates(hour: Path) -> None:
    with Recording(hour) as recording:

        def every_tick() -> None:
            simulation = Simulation(ARENA, recording.header)
            for group in recording.groups():
                assert simulation.trace(group.rows).digests().tobytes() == group.digests

        def whole() -> None:
            assert verify(hour, ARENA).is_ok

        found = {work: seconds(work) for work in (every_tick, whole)}
        for work, what, bar in ((every_tick, "re-simulation", ">= 1,400,000 ticks/s"), (whole, "`verify`, opening included", "")):
            best, median = (recording.ticks / each for each in found[work])
            row(f"{what}, every digest, events in it, 8 players", bar, f"{best:,.0f} ticks/s, median {median:,.0f}")


def seconds(work: Callable[[], object], rounds: int = 7) -> tuple[float, float]:
    """Best and median."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times), statistics.median(times)


def microseconds(what: str, bar: str, times: list[float]) -> None:
    p50, p99 = (percentile(times, share) * 1e6 for share in (0.5, 0.99))
    row(what, bar, f"p99 {p99:.0f} us, median {p50:.0f}")


def seeking(hour: Path) -> None:
    chance = random.Random(1)

    def timed(playback: Playback, tick: int) -> float:
        start = time.perf_counter()
        playback.seek(tick)
        return time.perf_counter() - start

    with Recording(hour) as recording:
        cold = []
        for _ in range(300):
            recording._groups.clear()
            cold.append(timed(Playback(ARENA, recording), chance.randrange(recording.ticks)))
        playback = Playback(ARENA, recording)
        playback.step(recording.ticks)
        warm = best_of([chance.randrange(recording.ticks) for _ in range(5000)], lambda tick: timed(playback, tick))
        backwards = best_of(range(recording.ticks, recording.ticks - 48_000, -16), lambda tick: timed(playback, tick))
    microseconds("seek in an hour, warm", "p99 <= 40 us", warm)
    microseconds("the same, cold", "<= 500 us", cold)
    microseconds("a frame of reverse play at 16x, the engine's share", "<= 50 us", backwards)


def best_of(ticks: Sequence[int], work: Callable[[int], float], rounds: int = 3) -> list[float]:
    """Of each tick the best time: all of them are done in turns, so that what else the machine does hits each one once."""
    return [min(times) for times in zip(*([work(tick) for tick in ticks] for _ in range(rounds)), strict=True)]


def many(folder: Path) -> None:
    kinds = []
    for seed in range(10):
        kinds.append(folder / f"minute-{seed}.replay")
        record_bots(kinds[-1], MINUTE, seed, 4)
    paths = [folder / f"many-{number}.replay" for number in range(1000)]
    for number, path in enumerate(paths):
        shutil.copy(kinds[number % len(kinds)], path)
    start = time.process_time()
    assert all(verification.is_ok for verification in verify_many(paths))
    row("1,000 recordings of a minute, 4 players, one core", "<= 1.5 s", f"{time.process_time() - start:.1f} s")


def main() -> None:
    print("| what | bar | measured |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hour, ten_minutes = folder / "hour.replay", folder / "ten.replay"
        record_bots(ten_minutes, 10 * MINUTE)
        costs = record_bots(hour, 60 * MINUTE)
        processes(ten_minutes, folder)
        rates(hour)
        seeking(hour)
        many(folder)
        microseconds("`Recorder.step`, all of it", "p99 <= 25 us", costs)


if __name__ == "__main__":
    main()
