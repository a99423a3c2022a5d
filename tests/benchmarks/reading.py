"""What the read side costs on this machine, as one table: `python tests/benchmarks/reading.py`. Takes about two minutes.

A thousand recordings are forty matches of bots, each under twenty-five ids and casts of its own: a thousand matches to the library.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "replay")]

from damage import put_together, take_apart  # noqa: E402

from game.bots import TEMPERAMENTS, Bots  # noqa: E402
from game.match import ARENA  # noqa: E402
from replay import Playback, Player, Recorder, Recording, fold  # noqa: E402
from replay.core.records import Header  # noqa: E402
from replay.find.edit import pack, strip  # noqa: E402
from replay.find.library import FILE_NAME, Library  # noqa: E402
from replay.read.projection import ProjectedPlayback, make_projections  # noqa: E402

CAST = ("Ann", "Ben", "Cem", "Dee", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon")
MATCHES, COPIES = 40, 25
SEARCH = "--player Ann --kind death --as actor --within 5s --at-least 3"
FIRST_MS = 1_767_225_600_000  # 2026-01-01


def row(what: str, bar: str, measured: str) -> None:
    print(f"| {what} | {bar} | {measured} |", flush=True)


def seconds_of(work: Callable[[], object], runs: int = 1) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def replay(*arguments: str) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-m", "replay", *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def record_bots(path: Path, players: int, seconds: int, seed: int) -> None:
    config = ARENA.default_config(map=("plaza", "duel", "corridors")[seed % 3], score_limit=999, seconds=seconds)
    seats = [Player(CAST[seat], "bot") for seat in range(players)]
    with Recorder(path, ARENA, seed=seed, players=seats, config=config) as recorder:
        bots = Bots(recorder.match, [TEMPERAMENTS[seat % len(TEMPERAMENTS)] for seat in range(players)], seed)
        for _ in range(seconds * ARENA.ticks_per_second):
            recorder.step(bots.inputs(recorder.match))


def fill(folder: Path) -> None:
    chance = random.Random(3)
    for seed in range(MATCHES):
        path = folder / "match"
        record_bots(path, 4, 60, seed)
        (kind, payload), *rest = take_apart(path.read_bytes())
        path.unlink()
        for copy in range(COPIES):
            header = Header.unpack(payload)
            seats = tuple(Player(name, seat.kind) for name, seat in zip(chance.sample(CAST, 4), header.players, strict=True))
            created_ms = FIRST_MS + chance.randrange(300 * 86_400_000)
            header = header._replace(id=chance.randbytes(16), players=seats, created_ms=created_ms)
            (folder / f"{seed:02}-{copy:02}.replay").write_bytes(put_together([(kind, header.pack()), *rest]))


def measure_library(folder: Path) -> None:
    fill(folder)
    what = f"index {MATCHES * COPIES:,} one-minute recordings of 4 bots, 2 jobs, SQLite"
    row(what, "<= 40 s", f"{seconds_of(lambda: replay('index', str(folder), '--jobs', '2')):.1f} s")
    row("a second run that finds nothing new", "<= 2 s", f"{seconds_of(lambda: replay('index', str(folder), '--jobs', '2')):.2f} s")
    location = str(folder / FILE_NAME)
    seconds = seconds_of(lambda: replay("search", *SEARCH.split(), "--library", location), 7)
    row("search for moments over them, whole process", "<= 0.5 s", f"{seconds:.2f} s")
    with Library(location) as library:
        seconds = seconds_of(lambda: library.moments(kind="death", player="Ann", role="actor", within_seconds=5, at_least=3), 7)
    row("the same, in the database", "<= 50 ms", f"{seconds * 1e3:.0f} ms")


def measure_projections(folder: Path) -> None:
    path = folder / "ten minutes"
    record_bots(path, 8, 600, 7)
    with Recording(path) as recording:

        def one_pass() -> None:
            playback = Playback(ARENA, recording)
            projections = make_projections(playback)
            fold(playback, projections)
            for projection in projections:
                projection.result()

        row("every projection over 10 minutes of 8 players", "<= 1.5 s", f"{seconds_of(one_pass, 5):.2f} s")
        playback = Playback(ARENA, recording)
        there = ProjectedPlayback(playback, make_projections(playback))
        there.seek(recording.ticks)
        chance = random.Random(1)
        seeks = [seconds_of(lambda: there.seek(chance.randrange(recording.ticks))) for _ in range(200)]
        typical, worst = statistics.median(seeks) * 1e3, max(seeks) * 1e3
        row("seek with every projection right, median / worst of 200", "", f"{typical:.1f} / {worst:.1f} ms")
        strip(recording, folder / "stripped")
        pack(recording, folder / "packed", ARENA)
        sizes = [(folder / name).stat().st_size / 1000 for name in ("ten minutes", "stripped", "packed")]
        row("its size as recorded / stripped / packed", "", " / ".join(f"{size:.0f} kB" for size in sizes))


def main() -> None:
    print("| what | bar | measured |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        measure_projections(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        measure_library(Path(folder))


if __name__ == "__main__":
    main()
