"""Every command that writes or reads a file says what is wrong with its place, and what to do next."""

import os
from pathlib import Path

import pytest

from replay.core.paths import told

GOLDEN = Path(__file__).parents[2] / "recordings" / "duel.replay"
WRITING = (
    ("arena", "bots", "--seconds", "1"),
    ("replay", "clip", GOLDEN, "--from", "1s", "--to", "2s"),
    ("replay", "strip", GOLDEN),
    ("replay", "pack", GOLDEN),
)


@pytest.mark.parametrize("command", WRITING, ids=lambda command: command[1])
def test_a_folder_that_is_not_there(call, command):
    code, out, err = call(*command, "-o", "missing/x.replay")
    assert code == 3 and not out
    assert err.splitlines() == [
        f"{command[0]}: missing: there is no such folder",
        "        look for its name, or make it: mkdir -p missing",
    ]
    assert not Path("missing").exists()


@pytest.mark.parametrize("command", WRITING, ids=lambda command: command[1])
def test_a_file_in_the_place_of_a_folder(call, command):
    Path("file").write_text("mine")
    code, out, err = call(*command, "-o", "file/x.replay")
    assert code == 3 and not out
    assert err.splitlines() == [f"{command[0]}: file: is a file, not a folder", "        name another place"]
    assert Path("file").read_text() == "mine"


@pytest.mark.parametrize("command", [("replay", "info"), ("replay", "cat"), ("replay", "show"), ("replay", "stats")])
def test_a_recording_that_is_not_there(call, command):
    code, out, err = call(*command, "nowhere/x.replay")
    assert code == 3 and not out and "nowhere" in err and len(err.splitlines()) == 2, err


@pytest.mark.parametrize("command", WRITING, ids=lambda command: command[1])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_there_already(call, command, kind):
    there = Path("there.replay")
    there.write_text("mine") if kind == "file" else there.mkdir()
    code, out, err = call(*command, "-o", there)
    assert code == 2 and not out and len(err.splitlines()) == 2, err
    assert "there.replay" in err and ("exists" in err or "is a directory" in err)
    assert there.read_text() == "mine" if kind == "file" else not list(there.iterdir())


def test_verify_says_for_each_file_what_to_do(call):
    code, out, _ = call("replay", "verify", "nowhere.replay", "missing/x.replay")
    assert code == 3
    first, first_hint, second, second_hint = (" ".join(line.split()) for line in out.splitlines()[:4])
    assert first == "unreadable nowhere.replay No such file or directory" and first_hint == "look for its name: ls ."
    assert second == "unreadable missing/x.replay No such file or directory"
    assert second_hint == "look for its name, or make it: mkdir -p missing"


@pytest.fixture
def locked(tmp_path):
    """A folder that this process may not look into; root gives up its rights for that time."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    folder.chmod(0o700)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="folders are locked in another way here")
def test_a_folder_that_one_may_not_look_into(locked):
    for path, mode in ((locked / "x.replay", "rb"), (locked / "x.replay", "xb"), (locked / "below" / "x.replay", "rb")):
        with pytest.raises(PermissionError) as refused:
            path.open(mode)
        assert told(refused.value) == (
            f"{path}: Permission denied",
            f"look who may use it: ls -ld {path.parent}, or name another place",
        )
