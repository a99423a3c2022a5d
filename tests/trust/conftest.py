import os
import subprocess
import sys
from pathlib import Path

import pytest
from damage import record
from installed import install

ROOT = Path(__file__).parents[2]

collect_ignore_glob = ["landed/*"]  # held to by test_longevity, which knows that rules may be gone


@pytest.fixture
def path(tmp_path):
    return tmp_path / "match.replay"


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The bytes of a small recording of two and a half seconds."""
    path = tmp_path_factory.mktemp("small") / "small.replay"
    record(path)
    return path.read_bytes()


@pytest.fixture
def program():
    """`program(module, *arguments)`: what a program of the tests prints, and its exit code."""

    def run(module, *arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | environment,
            capture_output=True,
            text=True,
        )
        return done.stdout + done.stderr, done.returncode

    return run


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The toy games are found by entry point, as an installed game is; by child processes too."""
    games = "counter = toys:COUNTER\nbank = toys:BANK\nhungry = hungry:HUNGRY\nescaping = escapes:ESCAPING\n"
    monkeypatch.syspath_prepend(install(tmp_path / "site", f"[replay.games]\n{games}"))
