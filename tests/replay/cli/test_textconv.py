"""`replay info --text`, as git calls it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from damage import record
from talk import record_talk
from toys import COUNTER, DriftingGame

from replay import append_marker

ROOT = Path(__file__).parents[3]
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


@pytest.fixture
def git(tmp_path):
    """Run git in a repository that knows how to compare recordings."""
    folder = tmp_path / "repository"
    folder.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}

    def called(*arguments):
        who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
        done = subprocess.run(["git", *who, *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    called("init", "-q")
    called("config", "diff.replay.textconv", f"'{sys.executable}' -m replay info --text")
    (folder / ".gitattributes").write_text("*.replay binary diff=replay\n")
    called.match = folder / "match.replay"
    return called


def changes(diff):
    """The lines that went and came."""
    return [line for line in diff.splitlines() if re.match(r"[-+][^-+]", line)]


def test_a_marker_is_one_line_of_the_diff(git):
    record(git.match, COUNTER, ticks=600)
    git("add", ".")
    git("commit", "-qm", "A match")
    append_marker(git.match, 77, "first blood")
    lines = changes(git("diff"))
    assert [line for line in lines if "size" not in line] == ["+marker      00:01.28  tick 77  first blood"]


def test_other_rules_show_from_the_second_on_in_which_the_state_differs(git):
    record(git.match, COUNTER, ticks=600)
    git("add", ".")
    git("commit", "-qm", "A match")
    git.match.unlink()
    record(git.match, DriftingGame(), ticks=600)  # differs from tick 100 on
    seconds = [line.split() for line in changes(git("diff")) if "inputs " in line]
    old, new = ({words[0][1:]: words[1:] for words in seconds if words[0][0] == sign} for sign in "-+")
    assert list(old) == list(new) == [f"00:{second:02}.00" for second in range(2, 11)]
    assert all(old[at][:-1] == new[at][:-1] and old[at][-1] != new[at][-1] for at in old)  # the inputs are the same


def test_other_inputs_show_in_their_second(git):
    record_talk(git.match, ticks=100)
    git("add", ".")
    git("commit", "-qm", "A talk")
    git.match.unlink()
    record_talk(git.match, ticks=120)
    lines = [line for line in changes(git("diff")) if "inputs " in line]
    assert [line.split()[0] for line in lines] == ["+00:06.00"]


def test_another_command_shows_although_there_are_as_many(git, monkeypatch):
    record_talk(git.match, ticks=60)
    git("add", ".")
    git("commit", "-qm", "A talk")
    git.match.unlink()
    monkeypatch.setattr("talk.WORDS", ("hello", "and", "Edo", "good", "bye"))
    record_talk(git.match, ticks=60)
    old, new = [line.split() for line in changes(git("diff")) if "inputs " in line][::3][:2]
    assert old[0][1:] == new[0][1:] and old[:3] != new[:3] and old[2] == new[2] and old[3] != new[3]


def test_a_pointer_instead_of_a_recording_does_not_stop_the_diff(git):
    record(git.match, COUNTER, ticks=60)
    git("add", ".")
    git("commit", "-qm", "A match")
    git.match.write_bytes(POINTER)
    assert "+problem     is a git-lfs pointer: the recording itself was not fetched; git lfs pull" in git("diff")


def test_the_text_of_a_damaged_recording_says_where_it_is_damaged(call, path):
    record(path, COUNTER, ticks=600)
    whole = call("info", "--text", path)[1].splitlines()
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    code, out, err = call("info", "--text", path)
    assert code == 0 and err == "" and "problem" in out and len(whole) > 10
    assert "problem" not in "\n".join(whole) and str(path) not in out
