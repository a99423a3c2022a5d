"""TAB: what the shell is told to offer, and a real bash that completes."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from damage import record
from installed import install
from patience import PATIENCE_SECONDS
from toys import COUNTER

from replay import append_marker

ROOT = Path(__file__).parents[3]


@pytest.fixture
def place(tmp_path):
    """A folder with recordings, a folder and other files, where two games and an adapter are installed."""
    record(tmp_path / "match.replay", COUNTER, ticks=130)
    append_marker(tmp_path / "match.replay", 77, "first blood")
    shutil.copy(tmp_path / "match.replay", tmp_path / "MORE.REPLAY")
    (tmp_path / "matches").mkdir()
    shutil.copy(tmp_path / "match.replay", tmp_path / "matches" / "one.replay")
    (tmp_path / "match.txt").write_text("no recording\n")
    (tmp_path / "pyproject.toml").write_text('[tool.replay]\ngame = "mygame.rules:GAME"\n')
    points = "[replay.games]\ncounter = toys:COUNTER\nbank = toys:BANK\n[replay.adapters]\ngymnasium = nowhere:game\n"
    install(tmp_path / "site", points)
    command = tmp_path / "bin" / "replay"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -S -m replay \"$@\"\n")
    command.chmod(0o755)
    return tmp_path


@pytest.fixture
def environment(place):
    import click

    places = [place / "site", ROOT, ROOT / "tests" / "replay", Path(click.__file__).parents[1]]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("REPLAY", "COMP", "PYTEST"))}
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return clean | {"PYTHONPATH": os.pathsep.join(map(str, places)), "PATH": path, "PS1": "", "TERM": "dumb"}


@pytest.fixture
def offered(place, environment):
    """What zsh would be told for a line whose last word is to be completed: the values."""

    def called(line):
        words = line.split(" ")
        asked = {"_REPLAY_COMPLETE": "zsh_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
        done = subprocess.run(["replay"], cwd=place, env=environment | asked, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and not done.stderr, done.stderr
        lines = done.stdout.strip("\n").splitlines()
        return [value for kind, value in zip(lines[::3], lines[1::3], strict=True) if kind == "plain"]

    return called


def test_recordings_are_offered_and_no_other_files(offered):
    assert offered("replay info ") == ["MORE.REPLAY", "match.replay"]
    assert offered("replay verify matches/") == ["matches/one.replay"]


def test_after_an_at_the_moments_of_that_recording_are_offered(offered):
    moments = offered("replay show match.replay@")
    kinds = [f"match.replay@{kind}:1" for kind in COUNTER.event_kinds]
    assert moments == [*kinds, "match.replay@@first blood", *(f"match.replay@{time}" for time in ("start", "end", "50%"))]
    assert offered("replay show match.replay@e") == [moment for moment in moments if moment.startswith("match.replay@e")]


def test_times_are_those_of_the_recording_on_the_line(offered):
    assert "@first blood" in offered("replay clip match.replay --from ")
    assert offered("replay clip nothing.replay --from ") == []
    assert offered("replay verify match.replay --to en") == ["end"]


def test_games_are_installed_ones_and_those_of_the_project(offered):
    assert {"bank", "counter", "mygame.rules:GAME", "gymnasium:"} <= set(offered("replay check "))
    assert offered("replay check ba") == ["bank"]
    assert offered("replay info match.replay --game my") == ["mygame.rules:GAME"]
    assert offered("replay info match.replay --game coun") == []  # an installed game needs no naming


class Bash:
    """An interactive bash with the completion in it."""

    def __init__(self, place, environment):
        self.primary, secondary = pty.openpty()
        command = ["bash", "--norc", "--noprofile", "-i"]
        self.process = subprocess.Popen(
            command, cwd=place, env=environment, stdin=secondary, stdout=secondary, stderr=secondary, start_new_session=True
        )
        os.close(secondary)
        self.send('eval "$(_REPLAY_COMPLETE=bash_source replay)"; echo rea""dy\n')
        self.read_until("ready")

    def send(self, text):
        os.write(self.primary, text.encode())

    def read_until(self, word):
        text, end = "", time.monotonic() + PATIENCE_SECONDS
        while word not in text and time.monotonic() < end:
            if select.select([self.primary], [], [], 0.2)[0]:
                text += os.read(self.primary, 65536).decode(errors="replace")
        assert word in text, text
        return text

    def completed(self, line):
        """The line as it is after TAB: it is sent off as what `printf` prints, a word a line."""
        self.send(f"{line}\t")
        self.send("\x01printf '<%s>' \x05; echo do''ne\n")
        text = self.read_until("done")
        return re.findall(r"<([^<>]*)>", re.sub(r"\r|\n", "", text).rpartition("; echo do''ne")[2])

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.primary)


@pytest.fixture
def bash(place, environment):
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    shell = Bash(place, environment)
    yield shell
    shell.close()


def test_a_real_bash_completes_recordings_moments_and_times(bash):
    kind = COUNTER.event_kinds[0]
    assert bash.completed("replay show MO") == ["replay", "show", "MORE.REPLAY"]
    assert bash.completed("replay verify matches/o") == ["replay", "verify", "matches/one.replay"]
    assert bash.completed(f"replay show match.replay@{kind[:3]}") == ["replay", "show", f"match.replay@{kind}:1"]
    assert bash.completed("replay show match.replay@@fi") == ["replay", "show", "match.replay@@first blood"]
    assert bash.completed("replay clip match.replay --from @fi") == ["replay", "clip", "match.replay", "--from", "@first blood"]
    assert bash.completed("replay show match.replay --at=50") == ["replay", "show", "match.replay", "--at=50%"]
    assert bash.completed("replay check myg") == ["replay", "check", "mygame.rules:GAME"]
    assert bash.completed("replay veri") == ["replay", "verify"]
