"""Kills a real recorder process at random instants and compares what can be read with what it had acknowledged.

`python -m tests.trust.kills --kills 500` prints the figures as JSON; exit code 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "replay")]

import numpy as np
from toys import COUNTER, random_inputs

from replay import CutError, Recorder, Recording
from replay.core.origin import made_with

TICKS = 8000
LONGEST_SECONDS = 0.12  # a match takes about as long: some children are killed when they are done
_ACKNOWLEDGED = struct.Struct("<4q")  # ticks stepped, ticks flushed, markers flushed with them, whether it is sealed


def record(path: Path, rows: np.ndarray, shared: mmap.mmap) -> None:
    """The child: record, and write into memory that outlives it what has been acknowledged."""
    with Recorder(path, COUNTER, seed=3, players=["a", "b"], config={}) as recorder:
        for row in rows:
            recorder.step(row)
            _ACKNOWLEDGED.pack_into(shared, 0, recorder.tick, recorder.flushed_ticks, 0, 0)
            if recorder.tick % 97 == 0:
                recorder.mark(f"at {recorder.tick}")
    _ACKNOWLEDGED.pack_into(shared, 0, recorder.tick, recorder.flushed_ticks, recorder.tick // 97, 1)


def killed(path: Path, rows: np.ndarray, seconds: float) -> tuple[int, int, int, bool]:
    """Start a recorder, kill it after `seconds`, and return what it had acknowledged."""
    with mmap.mmap(-1, _ACKNOWLEDGED.size) as shared:
        child = os.fork()
        if child == 0:
            try:
                record(path, rows, shared)
                time.sleep(60)  # sealed, and waiting for the kill
            finally:
                os._exit(1)
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        ticks, flushed, markers, sealed = _ACKNOWLEDGED.unpack_from(shared)
    return ticks, flushed, markers, bool(sealed)


def examine(path: Path, rows: np.ndarray, acknowledged: tuple[int, int, int, bool]) -> tuple[str, str, int]:
    """When it was killed, what is wrong with what is left (or nothing), and how many ticks of the match are gone."""
    ticks, flushed, markers, sealed = acknowledged
    when = "sealed" if sealed else "recording" if ticks else "starting"
    try:
        with Recording(path) as recording:
            if recording.ticks < flushed:
                return when, f"{flushed} ticks acknowledged, {recording.ticks} there", ticks
            if (recording.inputs(0, recording.ticks) != rows[: recording.ticks]).any():
                return when, "other inputs than were played", ticks
            if not isinstance(recording.damage, CutError | None):
                return when, f"damaged: {recording.damage}", ticks
            if sealed and (recording.end is None or len(recording.markers) < markers):
                return when, "the seal or a marker is gone", ticks
            return when, "", ticks - recording.ticks
    except (FileNotFoundError, ValueError) as error:  # killed before the header was whole
        return when, f"{flushed} ticks acknowledged, and: {error}" if flushed else "", ticks


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng, rows = random.Random(options.seed), random_inputs(COUNTER, TICKS, 2)
    faults, whens, gone, most_ticks = [], Counter[str](), 0, 0
    made_with(COUNTER)  # asks git, once: here, so that children are killed while they record
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.kills):
            path = Path(folder) / f"{number}.replay"
            short = rows[: rng.choice((600, TICKS, TICKS, TICKS))]
            acknowledged = killed(path, short, rng.random() ** 2 * LONGEST_SECONDS)
            when, fault, lost = examine(path, short, acknowledged)
            whens[when] += 1
            faults += [f"kill {number}: {fault}"] if fault else []
            gone, most_ticks = max(gone, lost), max(most_ticks, acknowledged[0])
            path.unlink(missing_ok=True)
    figures = {
        "kills": options.kills,
        "acknowledged_ticks_lost": len(faults),
        "killed_while": dict(whens),
        "most_unacknowledged_ticks_gone": gone,
        "longest_match_ticks": most_ticks,
        "seconds": round(time.monotonic() - started, 1),
        "faults": faults[:10],
    }
    print(json.dumps(figures))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
