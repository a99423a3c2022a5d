"""Records the golden matches again: `python tests/golden.py`. Only after a change of the rules, with a new rules number.

Each is a match of bots (or of nobody, or of nonsense) that shows what its name says; tests/game/test_golden.py holds them to it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).parent.parent
RECORDINGS = ROOT / "recordings"
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from game.bots import TEMPERAMENTS, Bots  # noqa: E402
from game.match import ARENA  # noqa: E402
from replay import Player, Recorder  # noqa: E402

NAMES = ("Ada", "Bo", "Cleo", "Dax", "Edda", "Finn", "Gus", "Zoë 東京")


class Golden(NamedTuple):
    map: str = "plaza"
    players: int = 4
    seed: int = 1
    seconds: int = 40
    score_limit: int = 99
    mode: str = "ffa"
    inputs: str = "bots"  # or "nobody", "nonsense"


GOLDEN = {
    "plaza": Golden(),
    "corridors": Golden("corridors", seed=2),
    "duel": Golden("duel", players=2, seed=3, seconds=60),
    "teams": Golden("corridors", players=6, seed=4, mode="teams"),
    "eight-players": Golden(players=8, seed=5),
    "every-weapon": Golden("corridors", players=8, seed=6, seconds=45),
    "score-limit": Golden("duel", players=4, seed=7, seconds=60, score_limit=5),
    "long-idle": Golden(players=2, seed=8, seconds=60, inputs="nobody"),
    "nonsense": Golden("corridors", players=8, seed=9, seconds=15, inputs="nonsense"),
}


def inputs_of(golden: Golden, recorder: Recorder) -> Iterator[np.ndarray]:
    """The players' inputs, tick by tick, for as long as anyone asks."""
    if golden.inputs == "nonsense":
        rng = np.random.default_rng(golden.seed)
        while True:  # every bit at random, held for a while so that something comes of it
            rows = np.frombuffer(rng.bytes(golden.players * ARENA.input_dtype.itemsize), ARENA.input_dtype)
            for _ in range(int(rng.integers(1, 30))):
                yield rows
    bots = Bots(recorder.match, [TEMPERAMENTS[index % len(TEMPERAMENTS)] for index in range(golden.players)], golden.seed)
    nobody = np.zeros(golden.players, ARENA.input_dtype)
    while True:
        yield nobody if golden.inputs == "nobody" else bots.inputs(recorder.match)


def record(golden: Golden, path: Path) -> None:
    config = ARENA.default_config(golden.map, golden.mode, golden.score_limit, golden.seconds)
    kinds = [
        f"bot:{TEMPERAMENTS[index % len(TEMPERAMENTS)]}" if golden.inputs == "bots" else "human" for index in range(golden.players)
    ]
    seats = [Player(name, kind) for name, kind in zip(NAMES, kinds, strict=False)]
    with Recorder(path, ARENA, seed=golden.seed, players=seats, config=config) as recorder:
        ended_at = None
        for rows in inputs_of(golden, recorder):
            if ended_at is None and recorder.match.state["ended"][0]:
                ended_at = recorder.tick
                recorder.mark("the end")
            if ended_at is not None and recorder.tick >= ended_at + 60:
                break
            recorder.step(rows)


if __name__ == "__main__":
    RECORDINGS.mkdir(exist_ok=True)
    for name, golden in GOLDEN.items():
        path = RECORDINGS / f"{name}.replay"
        path.unlink(missing_ok=True)
        record(golden, path)
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")
