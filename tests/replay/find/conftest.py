"""Databases to make libraries in."""

import postgres
import pytest
import sqlalchemy as sa

from replay.find.library.tables import metadata


@pytest.fixture(autouse=True)
def verdicts_hold(of_this_process):
    """Wherever a library is looked at."""


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
