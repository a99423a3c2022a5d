"""What tables cost, and how long the guide's questions take over 20,000 matches.

200 matches of bots are recorded, indexed and counted. Their rows are then multiplied by 100, each time under other names of matches
and on another day: the questions are asked of that. Each answer over the 200 is held against a plain loop first.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "game")]

from folds import ANSWERS, Played, questions, record_bots  # noqa: E402

from game.match import ARENA  # noqa: E402
from replay.find.library import Library  # noqa: E402
from replay.find.tables import Questions, fill  # noqa: E402
from replay.find.tables.schema import TABLES  # noqa: E402
from replay.find.tables.store import Store, Writer  # noqa: E402

MATCHES, TIMES = 200, 100
STATES_EVERY = 60  # of the many: every second
ROUNDS = 5


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def cpu(run: object) -> float:
    began = time.process_time()
    run()  # type: ignore[operator]
    return time.process_time() - began


def costs(folder: Path, paths: list[Path]) -> None:
    def index() -> None:
        with Library(folder / "library.sqlite", folder, lambda name: ARENA) as library:
            assert {outcome.status for outcome in library.index(paths)} == {"new"}

    list(fill(folder / "warm", paths[:1], lambda name: ARENA))
    indexing = cpu(index)
    counting = cpu(lambda: list(fill(folder / "tables", paths, lambda name: ARENA)))
    events = sum(pq.ParquetFile(path).metadata.num_rows for path in Store(folder / "tables").files("events"))
    print("| of a match of 4 bots, 60 s | index | tables |\n|---|---|---|")
    print(f"| CPU, ms | {1000 * indexing / len(paths):.1f} | {1000 * counting / len(paths):.1f} |")
    sizes = (folder / "library.sqlite").stat().st_size, size_of(folder / "tables")
    print(f"| bytes | {sizes[0] / len(paths):,.0f} | {sizes[1] / len(paths):,.0f} |")
    print(f"\nA recording has {size_of(folder / 'recordings') / len(paths):,.0f} bytes, and {events / len(paths):,.0f} events.\n")


def multiplied(source: Path, target: Path) -> None:
    """The tables, as often as TIMES, with other matches on other days."""
    parts = {name: pa.concat_tables([pq.ParquetFile(path).read() for path in Store(source).files(name)]) for name in TABLES}
    with Writer(target) as writer:
        for time_number in range(TIMES):
            for name, table in parts.items():
                match = pc.binary_join_element_wise(f"{time_number:02}", pc.utf8_slice_codeunits(table["match"], 2), "")
                date = pa.array([day - timedelta(days=time_number) for day in table["date"].to_pylist()], pa.date32())
                columns = {"match": match, "date": date}
                writer.add({name: pa.table([columns.get(each, table[each]) for each in table.column_names], table.column_names)})
            writer.commit()


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        paths = record_bots(folder / "recordings", range(MATCHES))
        costs(folder, paths)
        list(fill(folder / "with-states", paths, lambda name: ARENA, every=STATES_EVERY))
        list(fill(folder / "few", paths, lambda name: ARENA, every=15))
        played = [Played(path, folder) for path in paths]
        with Questions(folder / "few") as asked:
            for question, answer in zip(questions(), ANSWERS, strict=True):
                rows = [tuple(row.values()) for row in asked.ask(question).to_pylist()]
                expected = answer(played)
                assert len(rows) == len(expected) and all(map(alike, rows, expected)), answer.__name__
        multiplied(folder / "with-states", folder / "many")
        began = time.perf_counter()
        with Questions(folder / "many") as asked:
            opening = time.perf_counter() - began
            counts = {name: asked.ask(f"select count(*) as n from {name}").to_pylist()[0]["n"] for name in TABLES}
            told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
            print(f"{told}: {size_of(folder / 'many') / 1e6:,.0f} MB. Opening takes {opening:.2f} s. {os.cpu_count()} cores.\n")
            print("| question | median, s |\n|---|---|")
            for question, answer in zip(questions(), ANSWERS, strict=True):
                seconds = []
                for _ in range(ROUNDS):
                    began = time.perf_counter()
                    asked.ask(question)
                    seconds.append(time.perf_counter() - began)
                print(f"| {answer.__name__.replace('_', ' ')} | {statistics.median(seconds):.3f} |", flush=True)


def alike(row: tuple[object, ...], expected: tuple[object, ...]) -> bool:
    return all(abs(a - b) < 1e-9 if isinstance(b, float) else a == b for a, b in zip(row, expected, strict=True))  # type: ignore[operator]


if __name__ == "__main__":
    main()
