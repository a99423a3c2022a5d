"""What it costs to ask old matches something new: `python tests/benchmarks/scanning.py`. Takes about half a minute."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]

from game.bots import TEMPERAMENTS, Bots  # noqa: E402
from game.match import ARENA  # noqa: E402
from replay import Player, Recorder  # noqa: E402
from replay.find.scan import Look, scan  # noqa: E402
from replay.find.when import When  # noqa: E402

MATCHES, SECONDS, RUNS = 40, 20, 5
CAST = ("Ann", "Ben", "Cem", "Dee")


def record(path: Path, seed: int) -> None:
    config = ARENA.default_config(map=("plaza", "duel", "corridors")[seed % 3], score_limit=999, seconds=SECONDS)
    with Recorder(path, ARENA, seed=seed, players=[Player(name, "bot") for name in CAST], config=config) as recorder:
        bots = Bots(recorder.match, [TEMPERAMENTS[seat % len(TEMPERAMENTS)] for seat in range(len(CAST))], seed)
        for _ in range(SECONDS * ARENA.ticks_per_second):
            recorder.step(bots.inputs(recorder.match))


def low(match: Any, events: Any, tick: int) -> int | None:
    health = int(match.state["players"]["health"][0, : match.players].min())
    return health if health < 10 else None


def main() -> None:
    print("| what | bar | measured |\n|---|---|---|")
    ticks = MATCHES * SECONDS * ARENA.ticks_per_second
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{seed}.replay" for seed in range(MATCHES)]
        for seed, path in enumerate(paths):
            record(path, seed)
        questions: list[tuple[str, str, Look | When]] = [
            ("a Python function at every event", ">= 100 matches/s", low),
            ("a condition at every tick", ">= 100 matches/s, >= 500,000 ticks/s", When("players.*.health < 10")),
            ("the same, then who won", "", When("players.*.health < 10", then="winner.*")),
        ]
        for jobs in (1, 2):
            for what, bar, question in questions:
                times = []
                for _ in range(RUNS):
                    start = time.perf_counter()
                    hits = sum(1 for _ in scan(paths, question, jobs=jobs))
                    times.append(time.perf_counter() - start)
                seconds = statistics.median(times)
                rates = f"{MATCHES / seconds:,.0f} matches/s, {ticks / seconds:,.0f} ticks/s, {hits:,} hits"
                print(f"| {what}, {jobs} worker{'s' * (jobs > 1)} | {bar} | {rates} |", flush=True)


if __name__ == "__main__":
    main()
