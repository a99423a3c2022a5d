"""A library that is read-only, locked, foreign or holds nonsense; a disk that is full; a recording that is being made; Ctrl-C."""

import os
import shutil
import sqlite3
import sys

import old_library
import pytest
from damage import record
from toys import BANK, COUNTER, random_inputs

from replay import Recorder
from replay.cli import rework
from replay.cli import verify as verify_command
from replay.cli.stats import csv_lines
from replay.find.library import library as library_module
from replay.find.library.database import LibraryError
from replay.find.library.library import Library
from replay.prove.child import Child
from replay.prove.sandbox import landlock
from replay.read.projection import Table

pytestmark = pytest.mark.usefixtures("installed")


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A folder with two recordings and their library."""
    folder = tmp_path_factory.mktemp("library")
    for seed in (1, 2):
        record(folder / f"{seed}.replay", BANK, seed=seed)
    with Library(folder / "library.sqlite", find_game=lambda name: BANK) as library:
        list(library.index([folder]))
    return folder


@pytest.fixture
def folder(made, tmp_path):
    shutil.copytree(made, tmp_path / "copied")
    return tmp_path / "copied"


def sql(file, *statements):
    connection = sqlite3.connect(file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


READ = """
import sys
import replay.find.library.query, replay.find.library.registry
from replay.find.library.library import Library
with Library(sys.argv[1], to_read=True) as library: library.find()  # everything is imported
import os
from replay.prove.sandbox import landlock, seccomp
seccomp.give_up_privileges(seccomp.MACHINES[os.uname().machine])
landlock.give_up(landlock.version(), ["/"], [])
with Library(sys.argv[1], to_read=True) as library:
    found = library.find(), library.moments(kind="deposited", limit=2)
try:
    print(Library(sys.argv[1]).forget(found[0][0].path), file=sys.stderr)
except Exception as error:
    answers.write(f"{len(found[0])} {len(found[1])} {error}".encode())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux") or not landlock.version(), reason="this kernel has no Landlock")
@pytest.mark.parametrize("has_log", [False, True])
def test_a_library_is_read_where_nothing_can_be_written(folder, has_log):
    """By a process that may write nowhere, whoever runs the tests."""
    script = READ.replace("sys.argv[1]", repr(str(folder / "library.sqlite")))
    if has_log:  # as a writer that was killed leaves it
        copied = folder.with_name("killed")
        connection = sqlite3.connect(folder / "library.sqlite")
        connection.execute("UPDATE replay_files SET message = 'late'")
        connection.commit()
        shutil.copytree(folder, copied)
        connection.close()
        script = READ.replace("sys.argv[1]", repr(str(copied / "library.sqlite")))
    with Child(script, environment={"OPENBLAS_NUM_THREADS": "1"}) as child:
        answer = child.run(b"", 60).decode()
        if has_log and not answer:  # a log that cannot be opened is not passed by: something would be missing
            assert "cannot be used" in child.last_words()
        else:
            assert answer.startswith("2 2 "), child.last_words()
            assert "cannot be used" in answer


NONSENSE = {
    "a number": "UPDATE replay_recordings SET ticks_per_second = 0",
    "a date": "UPDATE replay_recordings SET created_ms = 99999999999999999",
    "a length": "UPDATE replay_recordings SET seconds = 1e999",
    "text": "UPDATE replay_words SET text = x'ff00' || id",
    "settings": "UPDATE replay_configs SET config = '{nope'",
    "other settings": "UPDATE replay_configs SET config = '[1]'",
    "a name": "UPDATE replay_words SET text = x'c3ff' WHERE id IN (SELECT name_id FROM replay_players LIMIT 1)",
    "a path": "UPDATE replay_files SET path = cast(path AS blob)",
    "a version": "UPDATE replay_meta SET value = 'many'",
    "a column": "ALTER TABLE replay_recordings DROP COLUMN outcome_id",
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_in_a_library_is_named(folder, call, what):
    sql(folder / "library.sqlite", NONSENSE[what])
    for options in ([], ["--json"]):
        code, out, err = call("ls", "--library", folder / "library.sqlite", *options)
        assert code == 6 and not out and len(err.splitlines()) <= 3, err
        assert "holds nonsense" in err or "cannot be used" in err


def test_nonsense_in_moments_and_projections_is_named(folder, call):
    sql(folder / "library.sqlite", "UPDATE replay_fresh SET data = x'00'", "UPDATE replay_facts SET data = x'00'")
    code, out, err = call("search", "--library", folder / "library.sqlite", "--kind", "deposited")
    assert code == 6 and not out and "holds nonsense" in err


def test_a_foreign_database_stays_as_it_is(folder, call):
    foreign = folder / "shop.sqlite"
    sql(foreign, "CREATE TABLE customers (name TEXT)")
    before = foreign.read_bytes()
    for command in (["ls"], ["search", "--kind", "deposited"], ["index", folder]):
        code, _, err = call(*command, "--library", foreign)
        assert code == 6 and ("holds no library" in err or "has the table 'customers'" in err), err
    assert sqlite3.connect(foreign).execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]
    assert foreign.read_bytes()[100:] == before[100:]
    (folder / "junk.sqlite").write_bytes(b"junk" * 2000)
    assert call("ls", "--library", folder / "junk.sqlite")[0] == 6


def test_an_older_library_is_brought_up_to_date_by_who_reads_it(folder):
    file = folder / "library.sqlite"
    with Library(file) as library:
        old_library.remake(library, 1)
    with Library(file, to_read=True) as library:
        assert len(library.find()) == 2


def test_a_locked_library_is_named(folder, monkeypatch):
    monkeypatch.setattr("replay.find.library.database._PATIENCE_SECONDS", 0.1)
    file = folder / "library.sqlite"
    sql(file, "PRAGMA journal_mode = DELETE")
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    for to_read in (True, False):
        with pytest.raises(LibraryError, match="locked"):
            Library(file, to_read=to_read)
    holder.close()


def test_cells_that_a_spreadsheet_would_run_are_text():
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "Ann", "a=b"]
    lines = csv_lines({"scores": Table([{"player": name, "score": -5} for name in names])})
    assert lines[1:4] == ["'=1+1,-5", "'+1,-5", "'-1,-5"] and lines[-2:] == ["Ann,-5", "a=b,-5"]
    assert all(line[0] in "'Aa" for line in lines[1:])


def test_a_marker_for_a_recording_that_is_being_made_is_refused_in_words(tmp_path, call):
    with Recorder(tmp_path / "live.replay", COUNTER, seed=1, players=["a"], config={}) as recorder:
        for row in random_inputs(COUNTER, 130, 1):
            recorder.step(row)
        code, out, err = call("mark", tmp_path / "live.replay", "here", "--at", "1s")
        assert code == 2 and not out and "is being recorded" in err and "Errno" not in err


def test_a_full_disk_is_named_and_leaves_no_half_key(tmp_path, call, monkeypatch):
    pytest.importorskip("cryptography")

    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, data):
            raise OSError(28, os.strerror(28))

    monkeypatch.setattr("replay.prove.sandbox.receipt.os.fdopen", lambda file, mode: os.close(file) or Full())
    code, _, err = call("receipt", "key", tmp_path / "k.pem")
    assert code == 6 and "No space left" in err and "make room" in err and "Errno" not in err
    assert not list(tmp_path.glob("k.*"))


def test_a_batch_that_is_interrupted_says_how_many_of_how_many(folder, call, monkeypatch):
    def tell(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(verify_command, "tell", tell)
    code, _, err = call("verify", folder)
    assert code == 130 and "1 of 2 recordings in" in err and "interrupted" in err


def test_an_index_that_is_interrupted_says_how_many_of_how_many(folder, call, monkeypatch):
    real, calls = library_module.examine, []

    def examine(path, *arguments):
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(path, *arguments)

    monkeypatch.setattr(library_module, "examine", examine)
    monkeypatch.setattr("replay.find.library.working._BATCH", 1)
    code, _, err = call("index", folder, "--library", folder / "new.sqlite")
    assert code == 130 and "1 of 2 files: 1 new" in err, err


def test_a_migration_that_is_interrupted_says_how_many_of_how_many(folder, call, monkeypatch):
    real, calls = rework.migrate_file, []

    def migrate(path, *arguments, **options):
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(path, *arguments, **options)

    monkeypatch.setattr(rework, "migrate_file", migrate)
    code, out, err = call("migrate", "--dry-run", folder)
    assert code == 130 and "1 of 2 recordings done" in err and "1.replay" in out and "2.replay" not in out
