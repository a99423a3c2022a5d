"""Records the golden matches again: `python tests/golden.py`, after a change of the rules, with a new rules number. Without one it
refuses where a state differs; the old ones are kept under tests/trust/landed.

Each is a match of bots (or of nobody, of nonsense, of tests/actors.py) that shows what its name says; tests/game/test_golden.py
holds them to it. The last ones are there for changes of the rules that no other would notice: `replay mutate`, .ci/mutants.toml.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).parent.parent
RECORDINGS, LANDED = ROOT / "recordings", ROOT / "tests" / "trust" / "landed"
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from actors import ACTORS  # noqa: E402

from game.bots import TEMPERAMENTS, Bots  # noqa: E402
from game.match import ARENA  # noqa: E402
from replay import Player, Recorder, Recording, verify  # noqa: E402

NAMES = ("Ada", "Bo", "Cleo", "Dax", "Edda", "Finn", "Gus", "Zoë 東京")


class Golden(NamedTuple):
    map: str = "plaza"
    players: int = 4
    seed: int = 1
    seconds: int = 40
    score_limit: int = 99
    mode: str = "ffa"
    countdown: int = 0
    inputs: str = "bots"  # or "nobody", "nonsense", or who of ACTORS
    bots: tuple[str, ...] = TEMPERAMENTS


GOLDEN = {
    "plaza": Golden(),
    "corridors": Golden("corridors", seed=2),
    "duel": Golden("duel", players=2, seed=3, seconds=57, countdown=3),
    "teams": Golden("corridors", players=6, seed=4, mode="teams"),
    "eight-players": Golden(players=8, seed=5),
    "every-weapon": Golden("corridors", players=8, seed=34, seconds=45),
    "score-limit": Golden("duel", players=4, seed=7, seconds=60, score_limit=5),
    "long-idle": Golden(players=2, seed=8, seconds=60, inputs="nobody"),
    "nonsense": Golden("corridors", players=8, seed=9, seconds=15, inputs="nonsense"),
    "reckless": Golden("duel", players=8, seed=3, seconds=61, inputs="reckless"),
    "volley": Golden(players=8, seed=3, seconds=49, mode="teams", inputs="volley"),
    "own-goals": Golden("duel", seed=1, seconds=30, inputs="desperate"),
    "cornered-across": Golden("duel", players=8, seed=166, seconds=13, inputs="cornered"),
    "cornered-along": Golden("duel", players=8, seed=108, seconds=10, inputs="cornered"),
    "edge-of-a-blast": Golden("corridors", players=8, seed=139, seconds=19, bots=("bomber",)),
    "close-call": Golden(players=8, seed=124, seconds=14, bots=("bomber", "hunter")),
    "late-help": Golden(players=8, seed=149, seconds=10, bots=("bomber", "hunter")),
}


def inputs_of(golden: Golden, recorder: Recorder) -> Iterator[np.ndarray]:
    """The players' inputs, tick by tick, for as long as anyone asks."""
    if golden.inputs == "nonsense":
        rng = np.random.default_rng(golden.seed)
        while True:  # every bit at random, held for a while so that something comes of it
            rows = np.frombuffer(rng.bytes(golden.players * ARENA.input_dtype.itemsize), ARENA.input_dtype)
            for _ in range(int(rng.integers(1, 30))):
                yield rows
    if golden.inputs in ACTORS:
        yield from ACTORS[golden.inputs](recorder.match, golden.seed)
    bots = Bots(recorder.match, [golden.bots[index % len(golden.bots)] for index in range(golden.players)], golden.seed)
    nobody = np.zeros(golden.players, ARENA.input_dtype)
    while True:
        yield nobody if golden.inputs == "nobody" else bots.inputs(recorder.match)


def record(golden: Golden, path: Path) -> None:
    config = ARENA.default_config(golden.map, golden.mode, golden.score_limit, golden.seconds, golden.countdown)
    kinds = [
        f"bot:{golden.bots[index % len(golden.bots)]}" if golden.inputs == "bots" else "human" for index in range(golden.players)
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


def differs(path: Path) -> str:
    """How what is recorded at `path` differs from what its inputs lead to now, in a line; "" if nothing does."""
    found = verify(path, ARENA)
    if found.is_ok:
        return ""
    parted = found.divergence
    if parted is None:
        return f"{found.verdict.value}: {found.message}"
    fields = ", ".join(each.path for each in parted.fields[:3])
    return f"differs from tick {parted.first_bad_tick} on" + (f": {fields}" if fields else f": {parted.what}")


def is_another(path: Path, made: Path) -> bool:
    """Whether the match recorded at `made` is not the one at `path`: other inputs, another seed, config or number of players."""
    with Recording(path) as old, Recording(made) as new:
        return old.match_identity() != new.match_identity()


def record_again(goldens: Mapping[str, Golden], folder: Path, landed: Path, say: Callable[[str], object] = print) -> int:
    """Record all of `goldens` into `folder`. What was there under older rules goes to `landed`. Returns 0, or 1 if it is refused:
    under an unchanged rules number no match may differ. Then nothing is written or removed."""
    old = {name: path for name in goldens if (path := folder / f"{name}.replay").exists()}
    rules = {}
    for name, path in old.items():
        with Recording(path) as recording:
            rules[name] = recording.header.rules
    if newer := [name for name in old if rules[name] > ARENA.rules]:
        say(f"refused: {ARENA.name} has rules {ARENA.rules}, and a number never goes back: {', '.join(newer)}")
        return 1
    with tempfile.TemporaryDirectory() as place:
        made = {name: Path(place) / f"{name}.replay" for name in goldens}
        for name, golden in goldens.items():
            record(golden, made[name])
        same = [name for name in old if rules[name] == ARENA.rules]
        if refused(old, made, same, say):
            return 1
        kept = {name: landed / f"format2-{ARENA.name}{rules[name]}-{name}.replay" for name in old if name not in same}
        lost = [path for name, path in kept.items() if path.exists() and path.read_bytes() != old[name].read_bytes()]
        for path in lost:
            say(f"{path}: holds another match")
        if lost:
            say("refused: nothing that landed is written over. Move it away first, or see why there are two.")
            return 1
        for name, path in kept.items():
            with Recording(old[name]) as recording:
                ticks, digest = recording.ticks, hashlib.blake2b(old[name].read_bytes(), digest_size=16).hexdigest()
            old[name].replace(path)
            say(f'kept; a line for LANDED in tests/trust/test_longevity.py: "{path.name}": ({ticks}, "{digest}"),')
        for name in goldens:
            if name not in same:
                shutil.move(made[name], folder / f"{name}.replay")
                say(f"{name}: recorded, {(folder / f'{name}.replay').stat().st_size:,} bytes")
    if len(same) == len(goldens):
        say(f"all {len(same)} happen as they are recorded: nothing is changed")
    return 0


def refused(old: Mapping[str, Path], made: Mapping[str, Path], same: list[str], say: Callable[[str], object]) -> bool:
    """Whether a match of today's rules number, one of `same`, differs; says where, and what to do."""
    wrong = {name: told for name in same if (told := differs(old[name]))}
    for name, told in wrong.items():
        say(f"{old[name]}: {told}")
    if wrong:
        say(f"refused: {ARENA.name} still has rules {ARENA.rules}. Raise `rules` in game/match.py if this is meant, or mend it.")
        return True
    others = [name for name in same if is_another(old[name], made[name])]
    for name in others:
        say(f"{old[name]}: happens as it is recorded, but would be another match now: bots, or the table of goldens, changed")
    if others:
        say("refused: the rules are as they were. Undo that change, or remove these files first if it is meant.")
    return bool(others)


if __name__ == "__main__":
    RECORDINGS.mkdir(exist_ok=True)
    sys.exit(record_again(GOLDEN, RECORDINGS, LANDED))
