"""Workers of Dask say what this process says; one that is killed loses nothing."""

import gc
import os
import signal
import sys
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import crew
import pytest
from damage import record
from needs import needed
from patience import PATIENCE_SECONDS, soon
from shelf import dump, fill
from toys import COUNTER

from replay.core.errors import MachineError, UsageError
from replay.core.installed import VARIABLE
from replay.find.library import Library, LibraryError
from replay.find.library.working import _BATCH
from replay.find.scan import scan
from replay.find.tables import Questions
from replay.find.tables import fill as fill_tables
from replay.find.when import When
from replay.prove import workers
from replay.prove.batch import spread, verify_many
from replay.prove.cover.reach import BY_THE_INTERPRETER, reaches
from replay.prove.workers import dask_workers

pytestmark = pytest.mark.slow
HERE = Path(__file__).parents[1]
KILLED = 1


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """The file that simulations leave a line in, in all workers."""
    with pytest.MonkeyPatch.context() as patched:
        path = tmp_path_factory.mktemp("notes") / "notes"
        patched.setenv(crew.NOTES, str(path))
        patched.setenv(VARIABLE, "toys:COUNTER")  # as --game does
        yield path


@pytest.fixture(scope="module")
def executor(notes):
    needed("distributed")
    import dask
    import distributed  # noqa: F401 - whose settings have to be there before one is changed

    once = {"distributed.scheduler.allowed-failures": 1}  # of what ends a worker: each that is begun again takes a second
    with dask.config.set(once), dask_workers(2, BY_THE_INTERPRETER) as executor:
        yield executor


@pytest.fixture
def shelf(tmp_path, notes):
    notes.unlink(missing_ok=True)
    return fill(tmp_path / "shelf", 40, ticks=30)


def test_they_say_of_files_what_this_process_says_in_the_same_order(executor, shelf, tmp_path):
    shelf = shelf[:18]  # more than two tasks
    shelf[3].write_bytes(b"not a recording")
    shelf[9].write_bytes(shelf[9].read_bytes()[:-30])
    here = [(found.path, found.verdict, found.final_hash) for found in verify_many(shelf, crew.NOTED)]
    there = [(found.path, found.verdict, found.final_hash) for found in verify_many(shelf, crew.NOTED, executor=executor)]
    assert there == here and len({verdict for _, verdict, _ in here}) == 3
    question, refused = When("players.*.sum > 50"), []
    hits = list(scan(shelf, question, game=crew.NOTED, executor=executor, refused=refused.append))
    assert hits == list(scan(shelf, question, game=crew.NOTED, refused=refused.append)) and len(refused) == 2
    rows = []
    for name, by in (("here", {}), ("there", {"executor": executor})):
        filed = [each[:2] for each in fill_tables(tmp_path / name, [*shelf, shelf[0]], crew.find, **by)]
        with Questions(tmp_path / name) as asked:
            rows.append((sorted(filed), asked.ask("select * exclude (file) from players order by all").to_pylist()))
    assert rows[0] == rows[1] and {status for _, status in rows[0][0]} == {"new", "copy", "skipped"}


def test_what_is_done_is_remembered_and_done_by_nobody(executor, shelf, notes):
    known = dict.fromkeys(shelf[::3], "known")
    found = list(spread(Path.stat, shelf, None, jobs=1, executor=executor, known=known.get))
    assert [each == "known" for each in found] == [path in known for path in shelf]
    assert [each.st_size for each in found if each != "known"] == [path.stat().st_size for path in shelf if path not in known]


def test_a_library_that_they_index_is_that_of_one_process_though_workers_are_killed(executor, shelf, tmp_path, notes):
    with Library(tmp_path / "alone.sqlite", tmp_path, crew.find) as library:
        assert {outcome.status for outcome in library.index(shelf)} == {"new"}
        alone = dump(library)
    notes.unlink()
    with Library(tmp_path / "shared.sqlite", tmp_path, crew.find) as library:
        outcomes, statuses = library.index(shelf, executor=executor), Counter()
        for number in range(KILLED):
            statuses[next(outcomes).status] += 1
            crew.kill_the_one_at_work(5 + 10 * number)
        statuses.update(outcome.status for outcome in outcomes)
        assert dump(library) == alone and sum(statuses.values()) == 40
    seeds = Counter(seed for _, seed in crew.notes())
    assert set(seeds) == set(range(40)) and seeds.total() <= 40 + _BATCH * KILLED  # twice only what was not yet written
    assert statuses["new"] >= 40 - _BATCH * KILLED and set(statuses) <= {"new", "known"}


def die(path):
    os.kill(os.getpid(), signal.SIGKILL)


def test_work_that_ends_every_worker_is_given_up_and_said(executor, shelf):
    with pytest.raises(MachineError, match="several workers died"):
        list(spread(die, shelf[:1], None, jobs=1, executor=executor))
    assert next(verify_many(shelf[:1], crew.NOTED, executor=executor)).is_ok  # there are new ones


def test_what_a_worker_cannot_import_is_said(executor, tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("def work(path): return path")
    monkeypatch.syspath_prepend(str(tmp_path))
    import only_here

    with pytest.raises(MachineError, match="cannot import") as error:
        list(spread(only_here.work, ["a"], None, jobs=1, executor=executor))
    assert "only_here" in str(error.value)


def test_what_is_not_wanted_any_more_is_not_begun(executor, shelf, notes):
    results = verify_many(shelf * 20, crew.NOTED, executor=executor)
    assert next(results).is_ok
    results.close()
    future = executor.submit(time.sleep, 0)
    assert isinstance(future, Future) and future.result(PATIENCE_SECONDS) is None
    assert len(crew.notes()) < 200


def test_a_result_that_was_given_back_is_let_go_of(executor, shelf):
    """Or Dask makes it again when the worker dies that made it."""
    gc.disable()  # which would let go of it some time
    try:
        assert len(list(verify_many(shelf, crew.NOTED, executor=executor))) == len(shelf)
        assert soon(lambda: executor._pool._client.run_on_scheduler(kept_results) == 0)
    finally:
        gc.enable()


def kept_results(dask_scheduler):
    return sum(task.state == "memory" for task in dask_scheduler.tasks.values())


def test_they_reach_of_the_rules_what_this_process_does_if_they_interpret(executor, tmp_path):
    needed("coverage")
    paths = [tmp_path / f"{number}.replay" for number in range(3)]
    for number, path in enumerate(paths):
        record(path, COUNTER, ticks=40, seed=number)
    there = list(reaches(paths, [HERE / "toys.py"], executor=executor))
    assert there == list(reaches(paths, [HERE / "toys.py"])) and all(reach.lines and not reach.problem for reach in there)
    with ThreadPoolExecutor(1) as pool, pytest.raises(MachineError, match="machine code"):
        list(reaches(paths, [HERE / "toys.py"], executor=pool))


def test_a_file_that_workers_elsewhere_do_not_have_is_no_library(executor, shelf, tmp_path):
    with Library(tmp_path / "library.sqlite", tmp_path, crew.find) as library:
        for part in tmp_path.glob("library.sqlite*"):
            part.rename(tmp_path / f"moved-{part.name}")
        with pytest.raises(LibraryError, match="a worker has no file"):
            list(library.index(shelf, executor=executor))


def test_addresses_at_which_nobody_works_are_said(monkeypatch):
    needed("distributed")
    for address in ("tcp://127.0.0.1", "nonsense", "nowhere://a:1"):
        with pytest.raises(UsageError, match="not the address"), dask_workers(address):
            pass
    with pytest.raises(MachineError, match="no scheduler of Dask answers"), dask_workers("tcp://127.0.0.1:1"):
        pass


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MachineError) as error, dask_workers(2):
        pass
    assert "[cluster]" in error.value.hint


@pytest.mark.parametrize("where", ["run", "run_on_scheduler"])
def test_a_worker_or_a_scheduler_without_this_library_is_said_before_any_work(where):
    class Bare:
        def run(self, import_module, name, on_error):
            assert on_error == "return"
            dead = {"tcp://a": OSError("a worker that has just died")}
            return dead | ({"tcp://b": ImportError(f"no {name}")} if where == "run" else {})

        def run_on_scheduler(self, import_module, name):
            if where == "run_on_scheduler":
                raise ImportError(f"no {name}")

    with pytest.raises(MachineError, match="cannot import") as error:
        workers._expect_here(Bare())
    assert "no replay.prove.workers" in str(error.value)
