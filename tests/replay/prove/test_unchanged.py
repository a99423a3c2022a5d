"""What is unchanged is not simulated again; and never is anything called ok that a run would not find ok."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys

import pytest
from damage import record
from toys import COUNTER, Counter, DriftingGame

from replay import verify
from replay.core import fingerprint
from replay.core.fingerprint import Fingerprint, fingerprint_of
from replay.prove import log, unchanged
from replay.prove.batch import shard_of
from replay.prove.unchanged import FILE_NAME, Unchanged

GAME = """
from typing import NamedTuple
from replay import PlainGame
import numbers_of

class Held(NamedTuple):
    right: bool = False

class Walk(PlainGame):
    players, Input = 1, Held

    def start(self, config):
        self.x = 0

    def step(self, inputs):
        self.x += numbers_of.STEP * inputs[0].right + int(open("level.txt").read())
"""


@pytest.fixture
def counted():
    """A check that counts how often it has run."""

    def check(path, game=None):
        check.runs += 1
        return verify(path, game)

    check.runs = 0
    return check


@pytest.fixture
def known(tmp_path, of_this_process):
    """A memory that holds `match.replay`, found ok."""
    path = tmp_path / "match.replay"
    record(path, COUNTER, ticks=150)
    assert not Unchanged(tmp_path / "cache").checked(verify, path, COUNTER).unchanged
    return path


def test_what_has_not_changed_is_known_and_says_what_a_run_says(known, tmp_path, counted):
    memory = Unchanged(tmp_path / "cache")
    told, run = memory.checked(verify, known, COUNTER), verify(known, COUNTER)
    assert told.unchanged and told.is_ok
    for name in (
        "game",
        "rules",
        "ticks",
        "ticks_per_second",
        "hashes_compared",
        "digests_compared",
        "notes",
        "result",
        "final_hash",
    ):
        assert getattr(told, name) == getattr(run, name), name
    assert not memory.checked(counted, known, COUNTER).unchanged and counted.runs == 1  # another check is another question


def test_a_changed_recording_is_run_again(known, tmp_path):
    known.write_bytes(known.read_bytes()[:-1])
    assert Unchanged(tmp_path / "cache").checked(verify, known, COUNTER).verdict == "incomplete"


@pytest.mark.parametrize("change", ["rules", "class", "engine", "package", "file"])
def test_whatever_may_decide_makes_it_run_again(known, tmp_path, monkeypatch, change):
    game = COUNTER
    if change == "rules":
        monkeypatch.setattr(Counter, "rules", 2)
    elif change == "class":
        game = DriftingGame()
    elif change == "engine":
        monkeypatch.setattr(fingerprint, "_engine", lambda: ("another", 0))
    elif change == "package":
        monkeypatch.setattr(fingerprint, "_packages", lambda folders: ("numpy-99.dist-info",))
    else:
        (tmp_path / "more.py").write_text("")
        loaded = fingerprint._loaded() | {str(tmp_path / "more.py")}
        monkeypatch.setattr(fingerprint, "_loaded", lambda: loaded)
    found = Unchanged(tmp_path / "cache").checked(verify, known, game)
    assert not found.unchanged


def test_only_ok_is_kept(known, tmp_path):
    broken = DriftingGame()
    for _ in range(2):
        found = Unchanged(tmp_path / "cache").checked(verify, known, broken)
        assert found.verdict == "diverged" and not found.unchanged


def test_a_log_that_is_cut_or_changed_anywhere_never_says_ok(known, tmp_path):
    file = tmp_path / "cache" / FILE_NAME
    whole = file.read_bytes()
    line = whole.strip(b"\n")
    for at in range(len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = Unchanged(tmp_path / "cache").known(verify, known, COUNTER)
        assert found is None or whole[at : at + 1] == b"\n", at
    for at in range(0, len(line), 7):
        file.write_bytes(line[:at])
        assert Unchanged(tmp_path / "cache").known(verify, known, COUNTER) is None
    file.write_bytes(b"\0\xff nonsense" * 1000 + b"\n" + line[:90] + b"\n" + line + b"\n")
    assert Unchanged(tmp_path / "cache").known(verify, known, COUNTER) is not None  # after what a kill has left


def test_a_line_is_of_its_own_recording(known, tmp_path):
    other = tmp_path / "other.replay"
    record(other, DriftingGame(), ticks=150)
    file = tmp_path / "cache" / FILE_NAME
    moved = unchanged._key(verify, other).encode() + file.read_bytes().strip(b"\n")[64:]
    file.write_bytes(b"\n" + moved + b"\n")
    assert Unchanged(tmp_path / "cache").checked(verify, other, COUNTER).verdict == "diverged"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has other rights")
@pytest.mark.parametrize("name", ["cache", f"cache/{FILE_NAME}"])
def test_nothing_is_read_from_where_somebody_else_can_write(known, tmp_path, name):
    (tmp_path / name).chmod(0o777)
    assert Unchanged(tmp_path / "cache").known(verify, known, COUNTER) is None


def test_a_cache_that_cannot_be_is_done_without(tmp_path, monkeypatch):
    path = tmp_path / "match.replay"
    record(path, COUNTER, ticks=150)
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / FILE_NAME).symlink_to(tmp_path / "precious")
    (tmp_path / "folder" / FILE_NAME).mkdir(parents=True)
    for name in ("file", "link", "folder"):
        assert Unchanged(tmp_path / name).checked(verify, path, COUNTER).is_ok
    assert not (tmp_path / "precious").exists()
    monkeypatch.setattr(log, "user_cache", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert Unchanged().checked(verify, path, COUNTER).is_ok


def test_the_log_does_not_grow_for_ever(known, tmp_path, monkeypatch):
    monkeypatch.setattr(log, "MOST_BYTES", 4000)
    memory = Unchanged(tmp_path / "cache")
    for number in range(30):
        path = tmp_path / f"{number}.replay"
        record(path, COUNTER, ticks=60 + number)
        assert memory.checked(verify, path, COUNTER).is_ok
    assert (tmp_path / "cache" / FILE_NAME).stat().st_size < 5000
    assert Unchanged(tmp_path / "cache").known(verify, path, COUNTER) is not None


def _append_many(folder, number):
    for line in range(200):
        log._append(folder / FILE_NAME, b"\n" + f"{number:02}{line:04}".encode() * 100 + b"\n")


def test_lines_of_several_processes_stay_whole(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append_many, args=(tmp_path, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = [line for line in (tmp_path / FILE_NAME).read_bytes().split(b"\n") if line]
    assert len(lines) == 600 and all(line == line[:6] * 100 for line in lines)


def replay(folder, *arguments):
    environment = {**os.environ, "REPLAY_CACHE": str(folder / ".cache"), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", "from replay.cli import main; main()", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout + done.stderr


def test_a_change_anywhere_in_the_rules_verifies_everything_again(tmp_path):
    (tmp_path / "walk.py").write_text(GAME)
    (tmp_path / "numbers_of.py").write_text("STEP = 3\n")
    (tmp_path / "level.txt").write_text("0\n")
    (tmp_path / "pyproject.toml").write_text('[tool.replay]\ngame = "walk:Walk"\n')
    (tmp_path / "r").mkdir()
    for seed in "123":
        assert replay(tmp_path, "record", "walk:Walk", "--random", "90", "--seed", seed, "-o", f"r/{seed}.replay")[0] == 0
    assert "unchanged" not in replay(tmp_path, "verify", "r", "--jobs", "2")[1]
    assert "3 ok; 3 unchanged since they were verified" in replay(tmp_path, "verify", "r")[1]
    assert "unchanged" not in replay(tmp_path, "verify", "r", "--no-cache")[1]
    shares = [replay(tmp_path, "verify", "r", "--shard", f"{number}/2")[1].count("ok   ") for number in (1, 2)]
    assert sorted(shares) == [1, 2]
    assert replay(tmp_path, "verify", "r", "--shard", "4/4")[0] == 5 and replay(tmp_path, "verify", "r", "--shard", "3/2")[0] == 2
    (tmp_path / "numbers_of.py").write_text("STEP = 4\n")
    code, text = replay(tmp_path, "verify", "r")
    assert code == 1 and "3 diverged" in text
    (tmp_path / "numbers_of.py").write_text("STEP = 3\n")
    assert "3 unchanged" in replay(tmp_path, "verify", "r")[1]
    (tmp_path / "level.txt").write_text("1\n")
    assert "3 diverged" in replay(tmp_path, "verify", "r")[1]


def test_rules_of_no_file_have_no_fingerprint():
    class Typed(Counter):
        pass

    Typed.__module__ = "__main__"
    assert fingerprint_of(Typed()) is None
    assert fingerprint_of(COUNTER) == fingerprint_of(COUNTER)


def test_what_was_changed_under_a_running_process_is_not_its_own(tmp_path):
    source = tmp_path / "rules.py"
    source.write_text("")
    of_file = Fingerprint(
        "", {str(source): fingerprint._facts(str(source)), **dict.fromkeys(fingerprint._loaded(), (-1, -1, -1))}, 0
    )
    files = {name: fingerprint._facts(name) for name in of_file.files}
    assert Fingerprint("", files, 0).is_of_this_process()
    assert not Fingerprint("", files, 2**63).is_of_this_process()  # changed after the process began
    source.write_text("changed")
    assert not Fingerprint("", files, 0).is_of_this_process()


def test_shares_are_about_equal_and_hold_everything_once(tmp_path):
    files = [tmp_path / f"{number}.replay" for number in range(40)]
    for number, file in enumerate(files):
        file.write_bytes(bytes(100 * (number % 7 + 1)))
    shares = [shard_of(files, number, 3) for number in (1, 2, 3)]
    assert sorted(file for share in shares for file in share) == sorted(files)
    sizes = [sum(file.stat().st_size for file in share) for share in shares]
    assert max(sizes) - min(sizes) <= 700
    assert [set(shard_of(files[::-1], number, 3)) for number in (1, 2, 3)] == list(map(set, shares))


def test_a_recording_elsewhere_is_known_by_its_etag_and_not_read_again(known, tmp_path, monkeypatch, counted):
    from bucket import bucket

    with bucket(monkeypatch) as (put, requests):
        url = put("a.replay", known)
        for runs in (1, 1):
            assert Unchanged(tmp_path / "cache").checked(counted, url, COUNTER).is_ok
            assert counted.runs == runs
        requests.clear()
        assert Unchanged(tmp_path / "cache").checked(counted, url, COUNTER).unchanged and not requests["cat_file"]
        put("a.replay", known.read_bytes()[:-40])
        assert not Unchanged(tmp_path / "cache").checked(counted, url, COUNTER).is_ok
