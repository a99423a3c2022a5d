"""What a film costs: CPU seconds of the whole process, on one core. Run: python tests/benchmarks/films.py

A minute of eight bots at 1280x720; if nothing else is said with sound, and 60 pictures a second.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The bar is that of a film of a minute; the options are beside the size.
FILMS = (
    ("film.mp4", "", 20.0),
    ("film.mp4", "--fps 30", 20.0),
    ("film.mp4", "--no-sound", 20.0),
    ("film.webm", "", 40.0),
)


def cpu_seconds(*arguments: str) -> float:
    """Of a command, with all its threads."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # then encoders have one thread
    with tempfile.TemporaryDirectory() as folder:
        match = str(Path(folder, "match.replay"))
        cpu_seconds("game", *"bots --players 8 --seconds 60 --seed 7 -o".split(), match)
        for name, options, bar in FILMS:
            film = Path(folder, name)
            found = cpu_seconds("replay", "export", match, "-o", str(film), "--force", "--size", "1280x720", *options.split())
            what = f"{name} {options}, 61 s at 720p, {film.stat().st_size / 1e6:.1f} MB"
            print(f"{'ok  ' if found <= bar else 'OVER'}  {what:<48} {found:6.1f} s of CPU  bar {bar:g}", flush=True)


if __name__ == "__main__":
    main()
