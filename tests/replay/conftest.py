import pytest
from damage import record


@pytest.fixture
def path(tmp_path):
    return tmp_path / "match.replay"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The toy games are found by entry point, as an installed game is."""
    folder = tmp_path / "site" / "toys-1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1\n")
    games = "counter = toys:COUNTER\nbank = toys:BANK\nleaky = toys:LEAKY\nbroken = toys:NOTHING\n"
    (folder / "entry_points.txt").write_text(f"[replay.games]\n{games}")
    monkeypatch.syspath_prepend(folder.parent)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The bytes of a small recording of two and a half seconds: full chunks, a short one, a snapshot, the end."""
    path = tmp_path_factory.mktemp("small") / "small.replay"
    record(path)
    return path.read_bytes()
