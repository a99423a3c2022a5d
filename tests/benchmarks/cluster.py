"""Many matches by many workers: `python tests/benchmarks/cluster.py [MATCHES]`, with an S3 server (moto), PostgreSQL and Dask on
this machine. Takes about ten minutes for 2,000 matches."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent), str(ROOT / "tests" / "replay"), str(ROOT / "tests")]

import counted  # noqa: E402
import postgres  # noqa: E402
import psutil  # noqa: E402
import s3  # noqa: E402
import sqlalchemy as sa  # noqa: E402
from scanning import record  # noqa: E402
from shelf import dump  # noqa: E402

from replay.find.library import Library  # noqa: E402
from replay.find.scan import scan  # noqa: E402
from replay.find.tables import fill  # noqa: E402
from replay.find.when import When  # noqa: E402
from replay.prove.batch import verify_many  # noqa: E402

WORKERS, KILLS, UNIT_MATCHES = 4, 20, 200
BUCKET = "s3://season"


def main(matches: int) -> None:
    print(f"{matches:,} matches of arena of 20 s, {os.cpu_count()} processors\n")
    with tempfile.TemporaryDirectory() as place, s3.server() as (environment, requests), postgres.server() as server:
        os.environ.update(environment)
        folder, notes = Path(place) / "recordings", Path(place) / "notes"
        os.environ[counted.NOTES] = str(notes)
        recorded(folder, matches)
        unit_costs(sorted(folder.iterdir())[:UNIT_MATCHES], Path(place))
        uploaded(folder)
        columns = ["from S3 into PostgreSQL", "seconds", "processor seconds", "simulations", "S3 requests a match"]
        columns.append("bytes kept a match")
        print("\n| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")

        def told(what: str, work: Callable[[str], object], cluster: Any = None) -> dict[str, Any]:
            notes.unlink(missing_ok=True)
            url, asked, start, busy = new_database(server), requests(), time.perf_counter(), processor_seconds(cluster)
            said = work(url) or ""
            seconds, busy = time.perf_counter() - start, processor_seconds(cluster) - busy
            done = Counter(line.split()[1] for line in notes.read_text().splitlines())
            assert len(done) == matches, f"{matches - len(done)} matches were not looked at"
            each = [f"{(requests() - asked) / matches:.2f}", f"{bytes_in(url) / matches:,.0f}"]
            row = [f"{what} {said}", f"{seconds:.0f}", "" if said else f"{busy:.1f}", f"{done.total():,}", *each]
            print("| " + " | ".join(row) + " |", flush=True)
            with Library(url, find_game=counted.find) as library:
                return dump(library)

        alone = told("one process", lambda url: counted.index(url, BUCKET))
        with dask_cluster() as cluster:
            by_four = told(f"{WORKERS} workers of Dask", lambda url: counted.index(url, BUCKET, cluster.scheduler_address), cluster)
            killed = told("the same and a second indexer; killed:", lambda url: killing(url, cluster, notes, matches))
        held = sum(len(rows) for rows in alone.values())
        print(f"\nNothing lost, nothing twice: {by_four == alone == killed} ({held:,} rows, the same in all three libraries)")


def killing(url: str, cluster: Any, notes: Path, matches: int) -> str:
    """Two indexers, one with all workers; at random moments a worker or an indexer is killed, and the indexer begun again."""
    chance, counts = random.Random(7), Counter[str]()
    commands = [[url, BUCKET, cluster.scheduler_address], [url, BUCKET]]
    indexers = [begun(command) for command in commands]
    for moment in sorted(chance.sample(range(matches // 50, matches * 9 // 10), KILLS)):
        while simulations(notes) < moment:
            time.sleep(0.005)
        if chance.random() < 0.5:
            pids = [nanny.pid for nanny in cluster.workers.values() if nanny.pid]
            if pids:
                os.kill(chance.choice(pids), signal.SIGKILL)
                counts["workers"] += 1
                continue
        which = chance.randrange(2)
        indexers[which].kill()
        indexers[which].wait()
        counts["indexers"] += 1
        indexers[which] = begun(commands[which])
    assert [process.wait() for process in indexers] == [0, 0]
    return " and ".join(f"{count} {what}" for what, count in sorted(counts.items()))


def begun(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, counted.__file__, *arguments])


def simulations(notes: Path) -> int:
    return notes.read_bytes().count(b"\n") if notes.exists() else 0


def unit_costs(paths: list[Path], place: Path) -> None:
    """What a match costs one process, by the processor time that it takes."""
    bytes_each = sum(path.stat().st_size for path in paths) / len(paths)
    question = When("players.*.health < 10")
    library, tables = place / "unit.sqlite", place / "unit"

    def index() -> None:
        with Library(library, find_game=counted.find) as opened:
            list(opened.index(paths))

    works: dict[str, Callable[[], Any]] = {
        "verify": lambda: list(verify_many(paths)),
        "index": index,
        "tables": lambda: list(fill(tables, paths)),
        "scan": lambda: list(scan(paths, question)),
    }
    for work in (works["verify"], works["scan"]):  # once before: libraries are loaded, rules compiled
        work()
    print("| what | ms of processor time a match | matches an hour on one processor | bytes kept a match |\n|---|---|---|---|")
    for what, work in works.items():
        start = processor_seconds()
        work()
        each = (processor_seconds() - start) / len(paths)
        size = f"{kept(what, library, tables) / len(paths):,.0f}"
        print(f"| {what} | {each * 1000:.1f} | {3600 / each:,.0f} | {size} |", flush=True)
    print(f"\nA recording has {bytes_each:,.0f} bytes.")


def kept(what: str, library: Path, tables: Path) -> float:
    if what == "index":
        return sum(path.stat().st_size for path in library.parent.glob(f"{library.name}*"))
    return sum(path.stat().st_size for path in tables.rglob("*.parquet")) if what == "tables" else 0


def processor_seconds(cluster: Any = None) -> float:
    """Of this process, and of the workers of a cluster."""
    usage = getrusage(RUSAGE_SELF)
    workers = [] if cluster is None else [psutil.Process(nanny.pid).cpu_times() for nanny in cluster.workers.values()]
    return usage.ru_utime + usage.ru_stime + sum(times.user + times.system for times in workers)


def bytes_in(url: str) -> int:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        size = connection.scalar(sa.text("SELECT pg_database_size(current_database())"))
    engine.dispose()
    return int(size or 0)


def recorded(folder: Path, matches: int) -> None:
    folder.mkdir()
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(record, [folder / f"{seed:06}.replay" for seed in range(matches)], range(matches), chunksize=20))


def uploaded(folder: Path) -> None:
    import fsspec

    system = fsspec.filesystem("s3")
    system.mkdir("season")
    system.pipe({f"season/{path.name}": path.read_bytes() for path in folder.iterdir()})


def new_database(server: str) -> str:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"library_{time.monotonic_ns()}"
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


@contextmanager
def dask_cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50) as cluster:
        yield cluster


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
