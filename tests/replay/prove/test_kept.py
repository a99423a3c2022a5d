"""The files of revisions in the cache: a bound, and none goes that is in use."""

import os
import time

import pytest

from replay.core.errors import ReplayError
from replay.prove.reference.kept import MOST_DAYS, MOST_KEPT, hold


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REPLAY_CACHE", str(tmp_path))
    return tmp_path / "references"


def make(folder):
    (folder / "rules.py").write_text("GOLD = 5\n")


def test_the_latest_ones_are_kept_and_what_is_held_stays(cache):
    held = hold("held", make)
    os.utime(held.folder, (1, 1))
    names = [f"name{number}" for number in range(MOST_KEPT + 3)]
    for name in names:
        one = hold(name, make)
        assert (one.folder / "rules.py").is_file()
        one.release()
        time.sleep(0.01)  # a file system may tell time in steps
    assert {each.name for each in cache.iterdir()} == {"held", *names[-MOST_KEPT:]}
    held.release()
    hold(names[-1], make).release()
    assert {each.name for each in cache.iterdir()} == set(names[-MOST_KEPT:])


def test_one_that_was_not_used_for_long_goes_and_is_made_anew(cache):
    old = hold("old", make)
    old.release()
    then = time.time() - (MOST_DAYS + 1) * 86400
    os.utime(old.folder, (then, then))
    hold("new", make).release()
    assert [each.name for each in cache.iterdir()] == ["new"]
    again = hold("old", make)
    assert (again.folder / "rules.py").is_file()
    again.release()


def test_what_cannot_be_made_leaves_nothing(cache):
    def fail(folder):
        raise ReplayError("git does not give the files")

    with pytest.raises(ReplayError, match="does not give"):
        hold("name", fail)
    assert not list(cache.iterdir())
