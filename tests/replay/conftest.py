import pytest
from damage import record
from installed import install
from xserver import x_server

from replay.core.fingerprint import Fingerprint


@pytest.fixture
def path(tmp_path):
    return tmp_path / "match.replay"


@pytest.fixture
def of_this_process(monkeypatch):
    """Other tests have loaded modules that they made: what this process runs is still what its files say."""
    monkeypatch.setattr(Fingerprint, "is_of_this_process", lambda self: True)


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
    with x_server() as name:
        yield name
