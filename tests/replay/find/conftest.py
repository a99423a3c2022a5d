"""Databases to make libraries in."""

import postgres
import pytest
import sqlalchemy as sa

from replay.core.fingerprint import Fingerprint
from replay.find.library.tables import metadata


@pytest.fixture(autouse=True)
def of_this_process(monkeypatch):
    """Other tests have loaded modules that they made: what this process runs is still what its files say."""
    monkeypatch.setattr(Fingerprint, "is_of_this_process", lambda self: True)


@pytest.fixture(scope="session")
def postgres_url():
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request, tmp_path):
    """Where to make a library: everything below holds on both databases."""
    if request.param == "sqlite":
        return str(tmp_path / "library.sqlite")
    url = request.getfixturevalue("postgres_url")
    engine = sa.create_engine(url)
    metadata.drop_all(engine)
    engine.dispose()
    return url
