"""A match of many hours: recorded, verified, opened, sought in and watched at its end, with flat memory.

`python -m tests.trust.long --hours 10` prints the figures as JSON. The players do what nobody's hands would: every input changes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "replay")]
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np

from game.match import ARENA
from replay import Playback, Recorder, Recording, state_hash, verify

PLAYERS = 8


def memory(name: str = "VmRSS:") -> int:
    """Megabytes that this process holds; `VmHWM:` the most it held."""
    return int(Path("/proc/self/status").read_text().partition(name)[2].split()[0]) // 1024


def record(path: Path, ticks: int) -> tuple[list[int], list[float]]:
    """Record, and return the memory at each tenth of the way, and the seconds of some steps."""
    rng = np.random.default_rng(1)
    config = ARENA.default_config(map="plaza", score_limit=999, seconds=min(ticks // 60 + 60, 24 * 3600))
    held, costs = [], []
    with Recorder(path, ARENA, seed=1, players=[f"p{n}" for n in range(PLAYERS)], config=config) as recorder:
        for first in range(0, ticks, 600):
            rows = np.frombuffer(rng.bytes(600 // 6 * PLAYERS * ARENA.input_dtype.itemsize), ARENA.input_dtype)
            rows = np.repeat(rows.reshape(-1, PLAYERS), 6, axis=0)[: ticks - first]
            for row in rows:
                started = time.perf_counter()
                recorder.step(row)
                costs.append(time.perf_counter() - started)
            if len(costs) > 200_000:
                del costs[: 600 * 9]
            if first % max(ticks // 10, 600) < 600:
                held.append(memory())
        assert recorder.error is None
    return held, costs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=10.0)
    options = parser.parse_args()
    ticks = round(options.hours * 3600 * 60)
    figures: dict[str, object] = {"ticks": ticks}

    def timed(name: str, since: float) -> None:
        figures[name] = round(time.monotonic() - since, 3)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.replay"
        started = time.monotonic()
        held, costs = record(path, ticks)
        timed("record_seconds", started)
        figures["recording_memory_mb"] = [held[0], held[-1]]
        figures["step_p99_microseconds"] = round(sorted(costs)[len(costs) * 99 // 100] * 1e6, 1)
        figures["file_mb"] = round(path.stat().st_size / 1e6, 1)
        started = time.monotonic()
        found = verify(path, ARENA)
        timed("verify_seconds", started)
        assert found.is_ok and found.ticks == ticks, found
        figures["after_verify_mb"] = memory()
        started = time.monotonic()
        recording = Recording(path)
        timed("open_seconds", started)
        with recording:
            playback = Playback(ARENA, recording)
            slowest = 0.0
            for share in (1.0, 0.5, 0.999, 0.001, 0.75, 0.25, 0.9):
                started = time.monotonic()
                playback.seek(int(ticks * share))
                slowest = max(slowest, time.monotonic() - started)
            figures["slowest_cold_seek_seconds"] = round(slowest, 3)
            playback.seek(ticks)
            assert recording.end is not None and state_hash(playback.match) == recording.end.hash
        figures["watched_seconds"] = watch(path)
        figures["most_memory_mb"] = memory("VmHWM:")
    print(json.dumps(figures))
    return 0


def watch(path: Path) -> float:
    """Open the viewer at the end, and draw a few pictures."""
    from replay.watch.viewer import Viewer
    from replay.watch.window import Window

    started = time.monotonic()
    with Window("long", (640, 360)) as window:
        window.run(Viewer(path, at="end-1s"), frames=30)
    return round(time.monotonic() - started, 3)


if __name__ == "__main__":
    sys.exit(main())
