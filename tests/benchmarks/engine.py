"""What the engine and arena cost on this machine, as one table: `python tests/benchmarks/engine.py`. Takes about two minutes.

Every figure is measured here and now: medians of several runs, percentiles over all ticks or seeks. Nothing is asserted; machines
are noisy. `--quick` takes a tenth of the ticks, to try the benchmark itself.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from game.bots import TEMPERAMENTS, Bots  # noqa: E402
from game.match import ARENA  # noqa: E402
from replay import Playback, Recorder, Recording, verify  # noqa: E402
from replay.core.simulation import Simulation, digest_of  # noqa: E402
from replay.find.edit import clip  # noqa: E402
from replay.find.ring import RingRecorder  # noqa: E402

PLAYERS = 8
MINUTE = 60 * ARENA.ticks_per_second
Times = dict[Callable[[], object], float]


def row(what: str, bar: str, measured: str) -> None:
    print(f"| {what} | {bar} | {measured} |", flush=True)


def seconds_of(work: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def interleaved(works: Sequence[Callable[[], object]], rounds: int) -> tuple[Times, Times, Times]:
    """Seconds of each of `works`, which take turns, so that what else the machine does hits all alike: the best and the median by
    the clock, and the best of CPU time."""
    times: dict[Callable[[], object], list[tuple[float, float]]] = {work: [] for work in works}
    for _ in range(rounds):
        for work in works:
            times[work].append(timed(work))
    clock = {work: [each[0] for each in found] for work, found in times.items()}
    own = {work: min(each[1] for each in found) for work, found in times.items()}
    return {work: min(each) for work, each in clock.items()}, {work: statistics.median(each) for work, each in clock.items()}, own


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of this thread's CPU: they differ when the machine is busy with something else."""
    start, own = time.perf_counter(), time.thread_time()
    work()
    return time.perf_counter() - start, time.thread_time() - own


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def record_bots(path: Path, ticks: int, seed: int = 1, players: int = PLAYERS) -> list[float]:
    """Record a match of bots that outlasts `ticks`; returns the seconds of every `Recorder.step`."""
    config = ARENA.default_config(map="plaza", score_limit=999, seconds=ticks // 60 + 1)
    names = [f"bot {number}" for number in range(players)]
    costs = []
    with Recorder(path, ARENA, seed=seed, players=names, config=config) as recorder:
        bots = Bots(recorder.match, [TEMPERAMENTS[i % len(TEMPERAMENTS)] for i in range(players)], seed)
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


def resimulation(path: Path) -> npt.NDArray[np.uint64]:
    """Inputs read and decoded, match run, everything compared; opening has a row of its own. Returns every state's hash."""
    hashes: list[npt.NDArray[np.uint64]] = []
    with Recording(path) as recording:

        def every_second() -> None:
            simulation = Simulation(ARENA, recording.header)
            for span in recording.spans():
                simulation.run(span.rows)
                assert simulation.hash() == span.hash

        def every_tick() -> None:
            simulation = Simulation(ARENA, recording.header)
            hashes.clear()
            for group in recording.groups():
                trace = simulation.trace(group.rows)
                assert trace.digests().tobytes() == group.digests
                hashes.append(trace.hashes)

        def one_at_a_time() -> None:
            simulation = Simulation(ARENA, recording.header)
            for group in recording.groups():
                digests = bytearray()
                for tick in range(len(group.rows)):
                    simulation.run(group.rows[tick : tick + 1])
                    digests.append(digest_of(simulation.hash(), simulation.events_hash))
                assert digests == group.digests

        def verified() -> None:
            assert verify(path, ARENA).is_ok

        ticks, works = recording.ticks, (every_second, every_tick, one_at_a_time, verified)
        best, median, own = interleaved(works, 7)
    for work, what, bar in zip(
        works,
        (
            "re-simulation, hash of every second",
            "re-simulation, digest of every tick, events in it",
            "the same, one tick a call",
            "`verify` in a running process, opening included",
        ),
        (">= 1,000,000 ticks/s", ">= 700,000 ticks/s", "", ""),
        strict=True,
    ):
        row(
            what,
            bar,
            f"{ticks / best[work]:,.0f} ticks/s, median {ticks / median[work]:,.0f}, by CPU time {ticks / own[work]:,.0f}",
        )
    return np.concatenate(hashes)


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
            warm.append(timed(lambda tick=tick: playback.seek(tick)))
        for _ in range(1000):
            tick = targets.randrange(recording.ticks + 1)
            recording._groups.clear()
            fresh = Playback(ARENA, recording)
            cold.append(timed(lambda tick=tick, fresh=fresh: fresh.seek(tick)))
    for name, bar, times in (("after a first pass", "p99 <= 2 ms", warm), ("cold, by the file's snapshots", "p99 <= 5 ms", cold)):
        seek_row(f"1,000 random seeks, {name}", bar, times)


def seek_row(what: str, bar: str, times: list[tuple[float, float]]) -> None:
    p50, p99 = (percentile([each[0] for each in times], share) * 1e3 for share in (0.5, 0.99))
    own = percentile([each[1] for each in times], 0.99) * 1e3
    row(what, bar, f"p99 {p99:.2f} ms, median {p50:.2f}, p99 by CPU time {own:.2f}")


def versions(path: Path, hashes: npt.NDArray[np.uint64]) -> None:
    """States by version of the stream, each compared with the straight run's."""
    chance = random.Random(2)
    with Recording(path) as recording:
        last, warm, cold = recording.version, [], []
        playback = Playback(ARENA, recording)
        while not playback.at_end:
            playback.step(60)
        for times, is_cold in ((warm, False), (cold, True)):
            for _ in range(1000):
                version = chance.randrange(last + 1)
                if is_cold:
                    recording._groups.clear()
                    playback = Playback(ARENA, recording)
                times.append(timed(lambda version=version, playback=playback: playback.seek(version=version)))
                tick = playback.tick
                assert not tick or playback.simulation.hash() == int(hashes[tick - 1])
                assert not version or recording.version_at(tick - 1) < version <= recording.version_at(tick)
    seek_row(f"1,000 random versions of {last:,}, after a first pass", "p99 <= 3 ms", warm)
    seek_row("the same, cold", "", cold)


def parts(path: Path, folder: Path) -> None:
    """Ten seconds out of a long match; the last half minute of a running one."""
    seconds = []
    with Recording(path) as recording:
        middle = recording.ticks // 2
        for number in range(5):
            start = time.perf_counter()
            clip(recording, folder / f"clip{number}", middle, middle + 600, ARENA)
            seconds.append(time.perf_counter() - start)
    assert verify(folder / "clip0", ARENA).is_ok
    size = (folder / "clip0").stat().st_size / 1000
    row("a clip of ten seconds from the middle of it", "<= 10 kB", f"{size:.1f} kB, in {statistics.median(seconds):.2f} s")
    config = ARENA.default_config(map="plaza", score_limit=999, seconds=600)
    ring = RingRecorder(ARENA, seconds=30, seed=1, players=[f"bot {number}" for number in range(PLAYERS)], config=config)
    bots = Bots(ring.match, [TEMPERAMENTS[i % len(TEMPERAMENTS)] for i in range(PLAYERS)], 1)
    seconds = []
    for number in range(20):
        for _ in range(2400 if not number else 137):
            ring.step(bots.inputs(ring.match))
        start = time.perf_counter()
        ring.save(folder / f"ring{number}")
        seconds.append(time.perf_counter() - start)
        with Recording(folder / f"ring{number}") as saved:
            assert saved.ticks == ring.tick and saved.seconds >= 30
        assert verify(folder / f"ring{number}", ARENA).is_ok
    size = (folder / "ring19").stat().st_size / 1000
    measured = f"median {statistics.median(seconds) * 1e3:.0f} ms, worst of 20 {max(seconds) * 1e3:.0f}, {size:.0f} kB"
    row("saving the last 30 s of a running match", "<= 50 ms", measured)


def importing() -> None:
    """CPU of a process that imports the reader, over one that does nothing; in turns, and the best of each."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def cpu_of(code: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    code = "from replay import Recording; import sys; assert 'numpy' not in sys.modules"
    times = [(cpu_of("pass"), cpu_of(code)) for _ in range(15)]
    bare, whole = (min(each) * 1e3 for each in zip(*times, strict=True))
    median = statistics.median(each[1] - each[0] for each in times) * 1e3
    row("`from replay import Recording`, CPU over `pass`, without numpy", "<= 40 ms", f"{whole - bare:.0f} ms, median {median:.0f}")


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

    check = "import sys; from replay import verify; found = verify(sys.argv[1]); assert found.is_ok, found"
    peak = "; import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    imports = "import replay.cli.verify, game.match"
    whole = seconds_of(lambda: run("-c", "from replay.cli import main; main()", "verify", str(ten_minutes)), 7)
    bare, imported = seconds_of(lambda: run("-c", ""), 7), seconds_of(lambda: run("-c", imports), 7)
    parts = f"{whole:.2f} s, of it start {bare:.2f}, imports {imported - bare:.2f}"
    row("`replay verify` of ten minutes, whole process", "<= 1.0 s", parts)
    kilobytes = int(run("-c", check + peak, str(hour)).split()[-1])
    row("peak memory, verify of the long recording", "<= 300 MB", f"{kilobytes / 1024:.0f} MB")
    start = time.perf_counter()
    run("-c", check, str(ten_minutes), REPLAY_CACHE=str(folder / "empty"))
    row("first ever start: compile the rules and verify", "<= 20 s", f"{time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    demo = "from game.cli import main; main()"
    run("-c", demo, "demo", "--out", str(folder / "demo"), REPLAY_CACHE=str(folder / "empty too"))
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
        hashes = resimulation(hour)
        seeking(hour)
        versions(hour, hashes)
        parts(hour, folder)
        importing()
        sizes(folder, 10 * MINUTE)
        recording_cost(costs)
        processes(ten_minutes, hour, folder)


if __name__ == "__main__":
    main()
