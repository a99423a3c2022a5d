"""What a library costs, a match of twenty seconds, and how long searches take in one of 100,000 matches.

2,000 matches of four bots are recorded, indexed and counted. The rows are then multiplied by 50, each time under other names and on
another day: that is searched. All times are CPU; of several runs the best.
"""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]

from game.cli.bots import play_bots  # noqa: E402
from game.match import ARENA  # noqa: E402
from replay import verify  # noqa: E402
from replay.find.library import FILE_NAME, Library, blocks  # noqa: E402
from replay.find.library.database import writing  # noqa: E402
from replay.find.library.tables import files, players, recordings  # noqa: E402
from replay.find.library.words import Vocabulary, insert_tuples  # noqa: E402
from replay.find.tables import fill  # noqa: E402

MATCHES, SECONDS, TIMES = 2000, 20, 50
DAY_MS = 86_400_000
LIMIT = 20
FINDS = (
    ("", {}),
    ("map:duel", {}),
    ("player:Ada", {}),
    ("-player:Ada", {}),
    ("player:nobody", {}),
    ("winner:Bo", {}),
    ("kills>=2", {}),
    ("kills>=9", {}),
    ("-kills>=1", {}),
    ("player:Ada kills>=5", {}),
    ("verdict:ok", {}),
    ("verdict:stale", {}),
    ("verdict:diverged", {}),
    ("length>=1:00", {}),
    ("", {"sort": "-kills"}),
    ("map:duel", {"sort": "-damage_dealt"}),
)
MOMENTS = (
    {"kind": "death"},
    {"kind": "streak"},
    {"kind": "death", "player": "Ada", "role": "actor", "within_seconds": 5, "at_least": 3},
    {"kind": "death", "item": "blaster", "at_least": 4},
    {"kind": "death", "role": "actor", "within_seconds": 1, "at_least": 4},
)


def best_of(work: Callable[[], object], runs: int = 5) -> float:
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def process_seconds(*command: str) -> float:
    """CPU of a whole process."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is imported is compiled once, as it is for users

    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    times = []
    for _ in range(5):
        before = used()
        subprocess.run([sys.executable, *command], env=environment, capture_output=True)
        times.append(used() - before)
    return min(times)


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def row(what: str, bar: str, measured: str) -> None:
    print(f"| {what} | {bar} | {measured} |", flush=True)


def measure_costs(folder: Path, paths: list[Path]) -> None:
    verifying = best_of(lambda: [verify(path, ARENA) for path in paths[:200]], 3) / 200
    with Library(folder / FILE_NAME, find_game=lambda name: ARENA) as library:
        start = time.process_time()
        assert {outcome.status for outcome in library.index(paths)} == {"new"}
        indexing = (time.process_time() - start) / len(paths)
    verifying = min(verifying, best_of(lambda: [verify(path, ARENA) for path in paths[:200]], 3) / 200)
    what = f"index {len(paths):,} recordings of {SECONDS} s, one process, a match"
    row(what, "<= 6 ms", f"{1000 * indexing:.1f} ms, where verify alone takes {1000 * verifying:.1f}")
    sizes = (folder / FILE_NAME).stat().st_size, 0
    start = time.process_time()
    list(fill(folder / "tables", paths, lambda name: ARENA))
    row("tables of them, a match", "", f"{1000 * (time.process_time() - start) / len(paths):.1f} ms")
    sizes = sizes[0], size_of(folder / "tables")
    told = f"{sum(sizes) / len(paths):,.0f} ({sizes[0] / len(paths):,.0f} and {sizes[1] / len(paths):,.0f})"
    row("bytes of library and tables, a match", "<= 3,000", told)


def multiply(library: Library, times: int) -> int:
    """How many matches there are then. Copies have the same players, numbers and events, each a day before the last."""
    with writing(library._engine) as connection:
        there, known = blocks.Searchable(connection), Vocabulary.read(connection)
        matches, of_files, of_players = (
            [tuple(each) for each in connection.execute(sa.select(table))] for table in (recordings, files, players)
        )
        held: dict[tuple[int, int], list[np.ndarray]] = {}
        held |= {(blocks.NUMBER, name): list(there.numbers([name])) for name in known.of("number").values()}
        held |= {(blocks.EVENT, kind): list(there.events([kind])) for kind in known.of("kind").values()}
        step = max(match[0] for match in matches)
        created = recordings.c.keys().index("created_ms")
        for number in range(1, times):
            offset = number * step
            insert_tuples(connection, recordings, [_older(match, created, number, offset) for match in matches])
            moved = [
                (one + offset, f"{number:04}/{path}", f"{number:04}/{key}", of + offset, *rest)
                for one, path, key, of, *rest in of_files
            ]
            insert_tuples(connection, files, moved)
            insert_tuples(connection, players, [(match + offset, *rest) for match, *rest in of_players])
        ids = np.array(sorted(match[0] for match in matches))
        together = max(1, blocks.BLOCK_MATCHES // len(matches))  # as many as gathering them would put into a block
        for first in range(1, times, together):
            numbers = range(first, min(first + together, times))
            part = {
                key: [
                    np.concatenate([arrays[0] + number * step for number in numbers]),
                    *(np.tile(each, len(numbers)) for each in arrays[1:]),
                ]
                for key, arrays in held.items()
            }
            blocks.write(connection, np.concatenate([ids + number * step for number in numbers]), part)
    return len(matches) * times


def _older(match: tuple[object, ...], created: int, number: int, offset: int) -> tuple[object, ...]:
    its: list[object] = list(match)
    its[0] = match[0] + offset  # type: ignore[operator]
    for at in (1, 2):
        its[at] = hashlib.blake2b(f"{match[at]} {number}".encode(), digest_size=16).hexdigest()
    its[created] = match[created] - number * DAY_MS  # type: ignore[operator]
    return tuple(its)


def measure_searches(location: Path) -> None:
    with Library(location, find_game=lambda name: ARENA, to_read=True) as library:
        for search, options in FINDS:
            found = len(library.find(search, limit=LIMIT, **options))
            milliseconds = 1000 * best_of(lambda: library.find(search, limit=LIMIT, **options))  # noqa: B023
            row(
                f"`{' '.join([search, *(f'--sort {each}' for each in options.values())]).strip() or 'ls'}`, {found} shown",
                "<= 20 ms",
                f"{milliseconds:.1f} ms",
            )
        for options in MOMENTS:
            found = len(library.moments(limit=LIMIT, **options))
            milliseconds = 1000 * best_of(lambda: library.moments(limit=LIMIT, **options))  # noqa: B023
            row(
                f"moments, {' '.join(f'{name} {value}' for name, value in options.items())}, {found} shown",
                "",
                f"{milliseconds:.1f} ms",
            )
    given = ["--limit", str(LIMIT), "--library", str(location)]
    alone = process_seconds("-c", "import sqlalchemy, numpy")
    for command in (["ls", "kills>=2"], ["search", "--kind", "death"]):
        told = (
            f"{process_seconds('-m', 'replay', *command, *given):.2f} s, of which importing SQLAlchemy and numpy takes {alone:.2f}"
        )
        row(f"`replay {' '.join(command)}`, whole process", "<= 0.35 s", told)


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        paths = [folder / f"{('duel', 'plaza')[seed % 2]}-{seed:04}.replay" for seed in range(MATCHES)]
        for seed, path in enumerate(paths):
            play_bots(path, ARENA.default_config(map=path.name.partition("-")[0], seconds=SECONDS), 4, seed)
        print("| what | bar | measured |\n|---|---|---|")
        measure_costs(folder, paths)
        with Library(folder / FILE_NAME, find_game=lambda name: ARENA) as library:
            count = multiply(library, TIMES)
        print(f"\n| in a library of {count:,} | bar | measured |\n|---|---|---|")
        measure_searches(folder / FILE_NAME)


if __name__ == "__main__":
    main()
