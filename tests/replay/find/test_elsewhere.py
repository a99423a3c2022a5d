"""A library, tables and the command line over recordings that lie at URLs."""

from pathlib import Path

import pytest
from bucket import MemoryFileSystem, bucket
from shelf import RACE, fill, find

from replay import verify
from replay.core.errors import MachineError
from replay.find.library import Library
from replay.find.library.following import follow
from replay.find.scan import scan
from replay.find.tables import Questions
from replay.find.tables import fill as fill_tables


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """As the folder of the same recordings: (put, requests, files)."""
    files = fill(tmp_path / "shelf", 6)
    with bucket(monkeypatch) as (put, requests):
        for file in files:
            put(f"shelf/{file.name}", file)
        yield put, requests, files


@pytest.fixture
def library(location, tmp_path):
    with Library(location, tmp_path, find) as library:
        yield library


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


def test_a_library_keeps_urls_as_they_are_and_looks_at_nothing_twice(library, elsewhere):
    put, requests, files = elsewhere
    assert statuses(library.index(["memory://bucket/shelf"])) == ["new"] * 6
    assert [str(entry.path) for entry in library.find(sort="file")] == [f"memory://bucket/shelf/{file.name}" for file in files]
    assert (requests["find"], requests["cat_file"]) == (1, 6)  # and no more
    requests.clear()
    assert statuses(library.index(["memory://bucket/shelf"])) == ["known"] * 6
    assert requests["cat_file"] == 0 and requests["info"] <= 1  # of the folder
    put("shelf/000.replay", files[0])  # another object now, as far as one can tell without reading it
    assert statuses(library.index(["memory://bucket/shelf"])) == ["known"] * 6
    assert requests["cat_file"] == 1
    assert statuses(library.index([files[1]])) == ["copy"]
    assert [hit.path for hit in scan([entry.path for entry in library.find("file:*003*")], at_the_end, game=RACE)]


def at_the_end(match, events, tick):
    return tick if tick > 150 else None


def test_what_is_gone_elsewhere_is_forgotten_and_what_cannot_be_reached_is_not(library, elsewhere, monkeypatch):
    list(library.index(["memory://bucket/shelf"]))
    MemoryFileSystem().rm("/bucket/shelf/002.replay")
    with monkeypatch.context() as patched:
        patched.setattr(MemoryFileSystem, "info", unreachable)
        patched.setattr(MemoryFileSystem, "cat_file", unreachable)
        with pytest.raises(MachineError):
            library.prune()
        assert statuses(library.index([f"memory://bucket/shelf/00{number}.replay" for number in range(6)])) == ["known"] * 6
    assert len(library.find()) == 6 and {entry.verdict for entry in library.find()} == {"ok"}
    assert list(map(str, library.prune())) == ["memory://bucket/shelf/002.replay"]
    assert len(library.find()) == 5


def unreachable(*arguments, **options):
    raise TimeoutError("no answer")


def test_a_file_that_could_not_be_reached_is_looked_at_again(library, elsewhere, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(MemoryFileSystem, "cat_file", unreachable)
        outcomes = list(library.index(["memory://bucket/shelf"]))
        assert {outcome.verdict for outcome in outcomes} == {"environment"}
    assert not [entry for entry in library.find() if entry.identity]
    assert statuses(library.index(["memory://bucket/shelf"])) == ["updated"] * 6
    assert {entry.verdict for entry in library.find()} == {"ok"} and len(library.find()) == 6


def test_following_a_url_is_refused(library, elsewhere):
    with pytest.raises(ValueError, match="not on this machine"):
        next(follow(library, ["memory://bucket/shelf"]))


def test_tables_of_recordings_elsewhere_are_those_of_the_files(elsewhere, tmp_path):
    _, _, files = elsewhere
    from replay.core.url import path_of

    urls = [path_of(f"memory://bucket/shelf/{file.name}") for file in files]
    rows = {}
    for name, paths in (("here", files), ("elsewhere", urls)):
        assert {filed.status for filed in fill_tables(tmp_path / name, paths, find)} == {"new"}
        with Questions(tmp_path / name) as asked:
            rows[name] = asked.ask("select match, player, presses from players order by all").to_pylist()
            kept = asked.ask("select distinct file from matches").to_pylist()
    assert rows["here"] == rows["elsewhere"] and {"file": str(urls[0])} in kept
    assert {filed.status for filed in fill_tables(tmp_path / "elsewhere", urls, find)} == {"known"}


def test_a_recording_of_the_bucket_verifies_as_its_copy(elsewhere):
    for file in elsewhere[2]:
        here, there = verify(file, RACE), verify(f"memory://bucket/shelf/{Path(file).name}", RACE)
        assert (there.verdict, there.final_hash, there.result) == (here.verdict, here.final_hash, here.result)


def test_a_name_that_would_open_another_url_spoils_nothing_but_itself(library, elsewhere):
    put, _, files = elsewhere
    put("shelf/zip::memory:/bucket/a.replay", files[0])
    outcomes = {outcome.path.name: outcome for outcome in library.index(["memory://bucket"])}
    assert sorted(outcome.status for outcome in outcomes.values()) == ["broken", *["new"] * 6]
    assert "chain of URLs" in outcomes["a.replay"].message
