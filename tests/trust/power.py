"""Power cuts: what a disk may hold of a recording when the power fails at any instant, and what the reader makes of it.

What was written before the last sync is there. Of what came later any sector may be there, zero, torn, old, or at another's place,
and the file may end anywhere. `python -m tests.trust.power --images 20000` prints the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from unittest import mock

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "replay")]

import numpy as np
from toys import COUNTER, random_inputs

import replay.core.sink
from replay import FormatError, Recorder, Recording

SECTOR_BYTES = 512
TICKS = 900


class Instant(NamedTuple):
    """A moment of a recording: after a write, before the next."""

    written_bytes: int
    durable_bytes: int  # that a sync has seen, and come back
    promised_ticks: int  # `synced_ticks` as the recorder had it


class Trace(NamedTuple):
    rows: np.ndarray
    data: bytes
    instants: list[Instant]


def trace(path: Path, seed: int) -> Trace:
    """Record a match, and note after every write what had been synced."""
    rng, rows = random.Random(seed), random_inputs(COUNTER, TICKS, 2, seed)
    written, durable, instants, running = bytearray(), [0], [], []
    write = replay.core.sink.os.write

    def noted_write(file: int, data: bytes) -> int:
        before = durable[0]  # read first: the syncer runs beside us, and may only have made more of it durable since
        promised = running[0].synced_ticks if running else 0
        count = write(file, data)
        written.extend(bytes(data[:count]))
        instants.append(Instant(len(written), before, min(promised, running[0].synced_ticks if running else 0)))
        return count

    def noted_sync(file: int) -> None:
        reached = len(written)
        time.sleep(rng.random() * 0.002)  # more is written meanwhile, and is not durable
        durable[0] = reached

    with (
        mock.patch("replay.core.sink.os.write", noted_write),
        mock.patch("replay.core.sink._sync", noted_sync),
        mock.patch("replay.core.sink.SYNC_SECONDS", 0.001),
        Recorder(path, COUNTER, seed=seed, players=["a", "b"], config={}) as recorder,
    ):
        running.append(recorder)
        for row in rows:
            recorder.step(row)
            has_just_ended_a_chunk = recorder.tick % 60 < 2  # and writes it over the next few ticks
            if rng.random() < (0.5 if has_just_ended_a_chunk else 0.03):
                time.sleep(rng.random() * 0.004)
            if rng.random() < 0.01:
                recorder.mark("here")
    return Trace(rows, path.read_bytes(), instants)


def image(rng: random.Random, trace: Trace, instant: Instant) -> bytes:
    """What the disk may hold after the power fails at `instant`."""
    written = instant.written_bytes
    if rng.random() < 0.3:  # in the middle of the next write
        written = min(written + rng.randrange(SECTOR_BYTES), len(trace.data))
    disk = bytearray(trace.data[:written])
    durable = instant.durable_bytes
    sectors = range(durable - durable % SECTOR_BYTES, written, SECTOR_BYTES)
    weights = rng.choice(((8, 1, 1, 1, 1), (1, 1, 0, 0, 0), (20, 1, 0, 0, 0), (3, 0, 0, 0, 1), (3, 0, 1, 1, 0)))
    for start in sectors:
        first, stop = max(start, durable), min(start + SECTOR_BYTES, written)
        fate = rng.choices(("there", "zero", "torn", "noise", "misplaced"), weights)[0]
        if fate == "zero":
            disk[first:stop] = bytes(stop - first)
        elif fate == "torn":
            at = rng.randrange(first, stop)
            disk[at:stop] = bytes(stop - at)
        elif fate == "noise":
            disk[first:stop] = rng.randbytes(stop - first)
        elif fate == "misplaced":
            other = rng.choice(sectors) + first - start
            disk[first:stop] = trace.data[other : other + stop - first].ljust(stop - first, b"\0")
    length = rng.randint(durable, written) if rng.random() < 0.3 else written
    del disk[length:]
    if rng.random() < 0.2:  # the file had grown already, its data had not come
        disk += bytes(rng.randrange(3 * SECTOR_BYTES))
    return bytes(disk)


def examine(path: Path, disk: bytes, trace: Trace, instant: Instant) -> str:
    """What is wrong with what the reader makes of it; nothing if nothing is."""
    path.write_bytes(disk)
    try:
        with Recording(path) as recording:
            if recording.ticks < instant.promised_ticks:
                return f"{instant.promised_ticks} ticks synced, {recording.ticks} there"
            if recording.ticks > len(trace.rows) or (recording.inputs(0, recording.ticks) != trace.rows[: recording.ticks]).any():
                return "other inputs than were played"
            if recording.damage is None and disk != trace.data:
                return "damage without a word"
    except FormatError as error:
        return f"{instant.promised_ticks} ticks synced, and: {error}" if instant.promised_ticks else ""
    return ""


def run(images: int, seed: int, folder: Path) -> dict[str, object]:
    """Examine `images` images; returns the figures."""
    rng, faults, promising, started = random.Random(seed), [], 0, time.monotonic()
    count = 0
    while count < images:
        one = trace(folder / f"{count}.replay", rng.randrange(2**32))
        for _ in range(min(2000, images - count)):
            instant = rng.choice(one.instants)
            promising += instant.promised_ticks > 0
            fault = examine(folder / "image.replay", image(rng, one, instant), one, instant)
            faults += [f"image {count}: {fault}"] if fault else []
            count += 1
    return {
        "images": count,
        "of_them_with_synced_ticks": promising,
        "synced_ticks_lost_or_wrong_data": len(faults),
        "seconds": round(time.monotonic() - started, 1),
        "faults": faults[:10],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(options.images, options.seed, Path(folder))
    print(json.dumps(figures))
    return 1 if figures["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
