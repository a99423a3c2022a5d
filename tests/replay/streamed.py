"""Many recorders at once, and consumers that are killed: what a test starts as processes of their own, cheaply, by forking."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from toys import COUNTER, random_inputs

from replay import Recorder
from replay.find.streams import follow_all

STILL_SECONDS = 0.5


def record_all(folder: Path, count: int, seed: int) -> None:
    """Record `count` matches at once. Every other recorder is killed somewhere."""
    chance = random.Random(seed)
    pids = []
    for number in range(count):
        ticks, rows = chance.randrange(200, 900), None
        if pid := os.fork():
            pids.append(pid)
            continue
        rows = random_inputs(COUNTER, ticks, 2, number)
        recorder = Recorder(folder / f"{number}.replay", COUNTER, seed=number, players=["a", "b"], config={})
        with recorder:
            for row in rows:
                recorder.step(row)
                if recorder.tick % 60 == 0:
                    time.sleep(chance.random() * 0.1)
                if number % 2 and recorder.tick == ticks * 3 // 4 // 60 * 60 + 59:
                    os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    for pid in pids:
        os.waitpid(pid, 0)


def consume(folder: Path, journal: Path, kills: int, count: int, seed: int) -> None:
    """Consumers, one after the other, each killed but for the last, until `count` streams have ended or are cut."""
    chance = random.Random(seed)
    for attempt in range(kills + 1):
        pid = os.fork()
        if not pid:
            _consume(folder, journal, count)
            os._exit(0)
        if attempt < kills:  # in the middle of its work
            enough, latest = _bytes_of(journal) + chance.randrange(1, 6000), time.monotonic() + 1
            while _bytes_of(journal) < enough and time.monotonic() < latest:
                time.sleep(0.002)
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _bytes_of(journal: Path) -> int:
    return journal.stat().st_size if journal.exists() else 0


def _consume(folder: Path, journal: Path, count: int) -> None:
    """The effect, a line in the journal, is kept with the position that it leads to: in one write."""
    done = read(journal)
    over = {record["stream"] for record in done if record["record"] in ("ended", "cut")}
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    after = done[-1]["position"] if done else ""
    cancelled = lambda: len(over) == count  # noqa: E731
    options = {"game": COUNTER, "poll_seconds": 0.01, "still_seconds": STILL_SECONDS, "is_cancelled": cancelled}
    for record in follow_all([folder], after=after, **options):
        if record["record"] == "caught-up":
            continue
        os.write(file, json.dumps(record | {"consumer": os.getpid()}).encode() + b"\n")
        if record["record"] in ("ended", "cut"):
            over.add(record["stream"])


def read(journal: Path) -> list[dict]:
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    if what == "record":
        record_all(Path(arguments[0]), int(arguments[1]), int(arguments[2]))
    else:
        consume(Path(arguments[0]), Path(arguments[1]), *map(int, arguments[2:]))
