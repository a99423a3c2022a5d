"""How long a page takes in headless Chromium, drawn in software. Run: python tests/benchmarks/pages.py

It plays three minutes and an hour of eight bots first. Every line is a bar: what was measured, and its limit. Times of opening are
the best of some runs from navigation on; those of a jump are by the page's own clock, from the wish to all of it drawn.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests"))


RUNS = 7
JUMPS = """async () => {
  const app = window.replay, {source} = app, times = {work: [], all: []};
  for (let jump = 0; jump < 400; jump++) {
    await new Promise((resume) => requestAnimationFrame(resume));
    const tick = source.start + Math.floor(Math.random() * (source.ticks - source.start + 1));
    const begun = performance.now();
    app.transport.jump(tick, false);
    app.scene(tick);
    times.work.push(performance.now() - begun);
    app.draw(0, begun);
    times.all.push(performance.now() - begun);
  }
  const of = (values, share) => values.sort((one, other) => one - other)[Math.floor(values.length * share)];
  return [of(times.work, 0.5), of(times.work, 0.99), of(times.all, 0.5), of(times.all, 0.99)];
}"""
OPENED = """() => ["picture", "proved"].map((name) => performance.getEntriesByName(name)[0].startTime)"""


def line(what: str, found: float, bar: float, unit: str = "ms") -> None:
    print(f"{'ok  ' if found <= bar else 'OVER'}  {what:<64} {found:9.2f} {unit:<2}  bar {bar:g}", flush=True)


def play(folder: Path, seconds: int, limit: int) -> Path:
    path = folder / f"{seconds}.replay"
    options = f"--players 8 --seconds {seconds} --score-limit {limit} --seed 7"
    subprocess.run([sys.executable, "-m", "game", "bots", *options.split(), "-o", str(path)], cwd=ROOT, check=True, stdout=2)
    return path


def page(recording: Path) -> Path:
    from replay.web.made import page_of

    path = recording.with_suffix(".html")
    path.write_text(page_of(recording) or "", "utf-8")
    return path


def opened(browser: Any, path: Path) -> tuple[float, float]:
    """Milliseconds to the first picture, and to the verdict: the best of some runs."""
    from browsers import Shown

    runs = []
    for _ in range(RUNS):
        with Shown(browser, path.as_uri(), reduced_motion="reduce") as shown:
            runs.append(shown.ready().ask(OPENED))
    return min(first for first, _ in runs), min(proved for _, proved in runs)


def main() -> None:
    from browsers import Shown, open_browser

    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        short, hour = (play(Path(folder), seconds, 999) for seconds in (180, 3600))
        short_page, hour_page = page(short), page(hour)
        line("size without the recording", (short_page.stat().st_size - short.stat().st_size * 4 / 3) / 1000, 150, "kB")
        for path, name in ((short_page, "3 minutes of 8"), (hour_page, "an hour of 8")):
            first, proved = opened(browser, path)
            line(f"{name}: opening to the first picture", first, 300)
            line(f"{name}: opening to every tick proved", proved, 1500 if path is short_page else 5000)
        with Shown(browser, hour_page.as_uri(), reduced_motion="reduce") as shown:
            work, work_99, drawn, drawn_99 = shown.ready().ask(JUMPS)
        line("an hour: a jump, state and events, median", work, 30)
        line("an hour: a jump, state and events, p99", work_99, 30)
        line("an hour: a jump, all of the page drawn, median", drawn, 30)
        line("an hour: a jump, all of the page drawn, p99", drawn_99, 30)


if __name__ == "__main__":
    main()
