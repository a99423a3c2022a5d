"""Who indexes the same folder shares it: every file is done, by one of them, whoever is killed."""

import os
import threading
import time
from collections import Counter

import crew
import pytest
from patience import PATIENCE_SECONDS
from shelf import dump, fill

from replay import UsageError
from replay.find.library import Library, claims, working
from replay.find.library.database import writing
from replay.find.library.tables import claims as table
from replay.find.library.tables import meta


@pytest.fixture
def notes(tmp_path, monkeypatch):
    monkeypatch.setenv(crew.NOTES, str(tmp_path / "notes"))


@pytest.fixture
def shelf(tmp_path):
    return fill(tmp_path / "shelf", 40, ticks=30)


@pytest.fixture
def library(location, tmp_path):
    with Library(location, tmp_path, crew.find) as library:
        yield library


def took(library, paths, holder, now_ms=0):
    with writing(library._engine) as connection:
        return claims.take(connection, paths, holder, now_ms)


def test_what_one_is_at_no_other_gets_until_it_is_given_back_or_the_lease_is_over(library):
    one, other = "here 1 a", "there 1 b"
    assert took(library, ["a", "b"], one) == {"a", "b"} == took(library, ["a", "b"], one)
    assert took(library, ["a", "b", "c"], other) == {"c"}
    lease_ms = round(claims.LEASE_SECONDS * 1000)
    assert took(library, ["a"], other, now_ms=lease_ms) == set()
    with writing(library._engine) as connection:
        claims.give_back(connection, one, ["a"])
        claims.renew(connection, one, now_ms=1000)
    assert took(library, ["a", "b"], other, now_ms=lease_ms + 1) == {"a"}
    assert took(library, ["b"], other, now_ms=lease_ms + 1001) == {"b"}
    with writing(library._engine) as connection:
        claims.give_back(connection, other)
        assert not connection.execute(table.select()).all()


def test_what_a_process_of_this_machine_left_that_has_ended_is_free_at_once(library):
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    machine, _, token = claims.new_holder().split(" ")
    assert took(library, ["a", "b"], f"{machine} {child} {token}") == {"a", "b"}
    assert took(library, ["a"], f"elsewhere {child} {token}") == {"a"}
    assert took(library, ["a", "b"], claims.new_holder()) == {"b"}  # nobody here knows what runs elsewhere
    assert took(library, ["b"], "nonsense") == set()


def test_a_lease_is_renewed_for_as_long_as_somebody_is_at_it(monkeypatch):
    monkeypatch.setattr(claims, "LEASE_SECONDS", 0.01)
    renewals, is_enough = [], threading.Event()

    def renewed():
        renewals.append(None)
        if len(renewals) == 3:
            is_enough.set()

    with claims.kept(renewed):
        assert is_enough.wait(PATIENCE_SECONDS)
    count = len(renewals)
    time.sleep(0.02)
    assert len(renewals) == count


@pytest.mark.slow
def test_three_who_index_the_same_folder_share_it_though_one_is_killed_at_work(shelf, tmp_path, notes):
    """On SQLite; how two race on either database: `test_of_two_processes_one_is_killed_at_a_random_moment`."""
    folder, location = tmp_path / "shelf", tmp_path / "library.sqlite"
    with Library(tmp_path / "alone.sqlite", tmp_path, crew.find) as library:
        assert {outcome.status for outcome in library.index([folder])} == {"new"}
        alone = dump(library)
    (tmp_path / "notes").unlink()
    indexers = [crew.indexer(location, tmp_path, folder) for _ in range(3)]
    killed = crew.kill_the_one_at_work(12)
    next(process for process in indexers if process.pid == killed).wait(PATIENCE_SECONDS)  # until then it is there
    said = {process.pid: process.communicate(timeout=PATIENCE_SECONDS)[0].split() for process in indexers}
    assert [process.returncode for process in indexers].count(0) == 2
    with Library(location, tmp_path, crew.find) as library:
        assert dump(library) == alone
    done = crew.notes()
    assert {seed for _, seed in done} == set(range(40))
    assert len(done) <= 40 + working._BATCH  # but for those that were not yet written when somebody was killed, each once
    assert len(Counter(process for process, _ in done)) == 3
    survivors = [statuses for process, statuses in said.items() if process != killed]
    assert all(len(statuses) == 40 and {*statuses} == {"new", "known"} for statuses in survivors)


def test_a_file_that_somebody_else_is_at_is_waited_for_and_done_if_that_one_does_not(library, shelf, monkeypatch):
    monkeypatch.setattr(working, "_PAUSE_SECONDS", 0.001)
    names = [f"shelf/{path.name}" for path in shelf[:3]]
    assert took(library, names, "elsewhere 1 a", now_ms=round(time.time() * 1000)) == set(names)
    outcomes = library.index(shelf[:5])
    assert [next(outcomes).path for _ in range(2)] == shelf[3:5]  # first what is free
    with writing(library._engine) as connection:
        claims.give_back(connection, "elsewhere 1 a")
    assert [(outcome.path, outcome.status) for outcome in outcomes] == [(path, "new") for path in shelf[:3]]
    with writing(library._engine) as connection:
        assert not connection.execute(table.select()).all()


def test_who_stops_in_the_middle_leaves_nothing_claimed(library, shelf):
    outcomes = library.index(shelf)
    next(outcomes)
    with library._engine.connect() as connection:
        assert len(connection.execute(table.select()).all()) == working._BATCH
    outcomes.close()
    with library._engine.connect() as connection:
        assert not connection.execute(table.select()).all()


def test_who_finds_nothing_new_writes_nothing(library, shelf, monkeypatch):
    list(library.index(shelf))
    monkeypatch.setattr(Library, "_written", lambda *_: pytest.fail("written"))
    assert {outcome.status for outcome in library.index(shelf)} == {"known"}


def test_a_library_in_memory_is_shared_with_nobody(shelf, tmp_path):
    with Library("sqlite://", tmp_path, crew.find) as library:
        with pytest.raises(UsageError, match="this process alone"):
            list(library.index(shelf, jobs=2))
        assert {outcome.status for outcome in library.index(shelf[:2])} == {"new"}


def test_a_library_of_before_there_were_claims_gets_them(library, location, shelf, tmp_path):
    assert {outcome.status for outcome in library.index(shelf[:2])} == {"new"}
    with writing(library._engine) as connection:
        table.drop(connection)
        connection.execute(meta.update().where(meta.c.key == "schema version").values(value="3"))
    with Library(location, tmp_path, crew.find) as again:
        assert [outcome.status for outcome in again.index(shelf[:3])] == ["known", "known", "new"]
