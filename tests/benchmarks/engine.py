"""What the engine and arena cost on this machine, as one table: `python tests/benchmarks/engine.py`. Takes about two minutes.

Every figure is measured here and now: medians of several runs, percentiles over all ticks or seeks. Nothing is asserted; machines
are noisy. `--quick` takes a tenth of the ticks, to try the benchmark itself.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xxhash

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from game.bots import TEMPERAMENTS, Bots  # noqa: E402
from game.match import ARENA  # noqa: E402
from replay import Playback, Recorder, Recording, state_hash, verify  # noqa: E402

PLAYERS = 8
MINUTE = 60 * ARENA.ticks_per_second
ROWS: list[tuple[str, str, str]] = []


def row(what: str, bar: str, measured: str) -> None:
    ROWS.append((what, bar, measured))
    print(f"| {what} | {bar} | {measured} |", flush=True)


def seconds_of(work: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def record_bots(path: Path, ticks: int, seed: int = 1) -> list[float]:
    """Record a match of eight bots that outlasts `ticks`; returns the seconds of every `Recorder.step`."""
    config = ARENA.default_config(map="plaza", score_limit=999, seconds=ticks // 60 + 1)
    names = [f"bot {number}" for number in range(PLAYERS)]
    costs = []
    with Recorder(path, ARENA, seed=seed, players=names, config=config) as recorder:
        bots = Bots(recorder.match, [TEMPERAMENTS[i % len(TEMPERAMENTS)] for i in range(PLAYERS)], seed)
        for _ in range(ticks):
            inputs = bots.inputs(recorder.match)
            start = time.perf_counter()
            recorder.step(inputs)
            costs.append(time.perf_counter() - start)
    return costs


def reference_rows(ticks: int) -> np.ndarray:
    """What eight people do with keyboard and mouse, made from a seed: held buttons, and an angle that moves as a mouse does."""
    rng = np.random.default_rng(1)
    rows = np.zeros((ticks, PLAYERS), ARENA.input_dtype)
    for player in range(PLAYERS):
        for bits, low, high, chance in (((0, 1), 5, 40, 0.7), ((2, 3), 5, 40, 0.7), ((4,), 3, 25, 0.45)):
            tick = 0
            while tick < ticks:
                length = int(rng.integers(low, high))
                if rng.random() < chance:
                    rows["buttons"][tick : tick + length, player] |= np.uint16(1 << int(rng.choice(bits)))
                tick += length
        for bit, every in ((5, 240), (6, 300), (7, 900), (8, 200)):
            rows["buttons"][rng.random(ticks) < 1 / every, player] |= np.uint16(1 << bit)
        velocity = np.zeros(ticks)
        for tick in range(1, ticks):
            velocity[tick] = 0.85 * velocity[tick - 1] + rng.normal(0, 2.2)
        moving = np.repeat(rng.random(ticks // 12 + 1) < 0.6, 12)[:ticks]
        rows["x"][:, player] = np.cumsum(np.where(moving, velocity, 0)).astype(np.int64) & 1023
    return rows


def resimulation(path: Path) -> None:
    """Inputs read and decoded, match run, hashes compared; opening the file has a row of its own."""
    with Recording(path) as recording:

        def every_second() -> None:
            playback = Playback(ARENA, recording)
            for span in recording.spans():
                playback.step(len(span.rows))
                assert state_hash(playback.match) == span.hash

        def every_tick() -> None:
            match = Playback(ARENA, recording).match
            advance, save, digest_of = match.advance, match.save, xxhash.xxh3_64_intdigest
            for span in recording.spans():
                rows, digests = span.rows, bytearray()
                for index in range(len(rows)):
                    advance(rows[index : index + 1])
                    digests.append(digest_of(save()) & 0xFF)
                assert digests == span.digests

        ticks = recording.ticks
        row("re-simulation, hash of every second", ">= 1,000,000 ticks/s", f"{ticks / seconds_of(every_second, 7):,.0f} ticks/s")
        row("re-simulation, digest of every tick", ">= 300,000 ticks/s", f"{ticks / seconds_of(every_tick, 7):,.0f} ticks/s")
    row("`verify` in a running process", "", f"{ticks / seconds_of(lambda: verify(path), 3):,.0f} ticks/s")


def seeking(path: Path) -> None:
    row("open a recording of this length", "<= 200 ms", f"{seconds_of(lambda: Recording(path).close(), 7) * 1e3:.0f} ms")
    targets = random.Random(1)
    with Recording(path) as recording:
        playback = Playback(ARENA, recording)
        while not playback.at_end:
            playback.step(60)
        warm, cold = [], []
        for _ in range(1000):
            tick = targets.randrange(recording.ticks + 1)
            start = time.perf_counter()
            playback.seek(tick)
            warm.append(time.perf_counter() - start)
        for _ in range(1000):
            tick = targets.randrange(recording.ticks + 1)
            recording._groups.clear()
            fresh = Playback(ARENA, recording)
            start = time.perf_counter()
            fresh.seek(tick)
            cold.append(time.perf_counter() - start)
    for name, bar, times in (("after a first pass", "p99 <= 2 ms", warm), ("cold, by the file's snapshots", "p99 <= 5 ms", cold)):
        p50, p99 = (percentile(times, share) * 1e3 for share in (0.5, 0.99))
        row(f"1,000 random seeks, {name}", bar, f"p99 {p99:.2f} ms, median {p50:.2f}")


def sizes(folder: Path, ticks: int) -> None:
    rows = reference_rows(ticks)
    config = ARENA.default_config(map="plaza", score_limit=999, seconds=ticks // 60 + 1)
    for name, bar, snapshots in (("inputs and hashes", "<= 3.3 kB", False), ("with snapshots", "<= 4.2 kB", True)):
        path = folder / f"reference-{snapshots}.replay"
        with Recorder(path, ARENA, seed=1, players=["x"] * PLAYERS, config=config, snapshots=snapshots) as recorder:
            for each in rows:
                recorder.step(each)
        size = path.stat().st_size / (ticks / MINUTE) / PLAYERS
        row(f"size per player-minute, {name}", bar, f"{size / 1000:.2f} kB")


def recording_cost(costs: list[float]) -> None:
    p50, p99, p999 = (percentile(costs, share) * 1e6 for share in (0.5, 0.99, 0.999))
    row("`Recorder.step`, all of it", "p99 <= 50 us", f"p99 {p99:.0f} us, median {p50:.1f}, p99.9 {p999:.0f}")


def processes(ten_minutes: Path, hour: Path, folder: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def run(*arguments: str, **extra: str) -> str:
        return subprocess.run(
            [sys.executable, *arguments], env=environment | extra, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout

    check = "import sys, replay; found = replay.core.verify(sys.argv[1]); assert found.is_ok, found"
    peak = "; import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    imports = "import replay.cli.verify, game.match"
    whole = seconds_of(lambda: run("-c", "from replay.cli import main; main()", "verify", str(ten_minutes)), 7)
    bare, imported = seconds_of(lambda: run("-c", ""), 7), seconds_of(lambda: run("-c", imports), 7)
    parts = f"{whole:.2f} s, of it start {bare:.2f}, imports {imported - bare:.2f}"
    row("`replay verify` of ten minutes, whole process", "<= 1.0 s", parts)
    kilobytes = int(run("-c", check + peak, str(hour)).split()[-1])
    row("peak memory, verify of the long recording", "<= 300 MB", f"{kilobytes / 1024:.0f} MB")
    start = time.perf_counter()
    run("-c", check, str(ten_minutes), NUMBA_CACHE_DIR=str(folder / "empty"))
    row("first ever start: compile the rules and verify", "<= 20 s", f"{time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    demo = "from game.cli import main; main()"
    run("-c", demo, "demo", "--out", str(folder / "demo"), NUMBA_CACHE_DIR=str(folder / "empty too"))
    row("first ever `arena demo`: rules and bots", "<= 20 s", f"{time.perf_counter() - start:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the ticks")
    scale = 10 if parser.parse_args().quick else 1
    print("| what | bar | measured |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hour, ten_minutes = folder / "hour.replay", folder / "ten.replay"
        record_bots(folder / "warm.replay", 120)
        record_bots(ten_minutes, 10 * MINUTE // scale)
        costs = record_bots(hour, 60 * MINUTE // scale)
        resimulation(hour)
        seeking(hour)
        sizes(folder, 10 * MINUTE)
        recording_cost(costs)
        processes(ten_minutes, hour, folder)


if __name__ == "__main__":
    main()
