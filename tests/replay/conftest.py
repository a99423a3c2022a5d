import os
import subprocess

import pytest
from damage import record
from installed import install


@pytest.fixture
def path(tmp_path):
    return tmp_path / "match.replay"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The toy games are found by entry point, as an installed game is."""
    games = "counter = toys:COUNTER\nbank = toys:BANK\nleaky = toys:LEAKY\nbroken = toys:NOTHING\n"
    monkeypatch.syspath_prepend(install(tmp_path / "site", f"[replay.games]\n{games}"))


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The bytes of a small recording of two and a half seconds: full chunks, a short one, a snapshot, the end."""
    path = tmp_path_factory.mktemp("small") / "small.replay"
    record(path)
    return path.read_bytes()


@pytest.fixture
def display():
    """A real X server of its own; needs Xvfb."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)
