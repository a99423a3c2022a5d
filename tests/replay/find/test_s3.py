"""Recordings in a bucket of an S3 server: what a server says that is none of ours."""

import pytest
import s3
from needs import needed
from shelf import RACE, fill, find

from replay import Recording, verify
from replay.core.errors import EmptyFileError
from replay.core.url import path_of
from replay.find.library import Library
from replay.prove.batch import verify_one

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server():
    needed("moto flask s3fs")
    with s3.server() as (environment, requests):
        yield environment, requests


@pytest.fixture
def bucket(server, monkeypatch):
    """(file system, requests) of a server with a bucket `season`."""
    import fsspec

    environment, requests = server
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    system = fsspec.filesystem("s3")
    system.makedirs("season", exist_ok=True)
    return system, requests


def test_a_bucket_is_indexed_with_a_request_a_match_and_what_is_known_with_none(bucket, tmp_path):
    system, requests = bucket
    shelf = fill(tmp_path / "shelf", 5)
    system.pipe({f"season/day/{path.name}": path.read_bytes() for path in shelf})
    with Library(tmp_path / "library.sqlite", tmp_path, find) as library:
        before = requests()
        assert [outcome.status for outcome in library.index(["s3://season/day"])] == ["new"] * 5
        assert requests() - before <= 5 + 3  # whether it is a folder, and what is in it
        assert [str(entry.path) for entry in library.find(sort="file")] == [f"s3://season/day/{path.name}" for path in shelf]
        before = requests()
        assert [outcome.status for outcome in library.index(["s3://season/day"])] == ["known"] * 5
        assert requests() - before <= 3
        system.pipe("season/day/000.replay", shelf[0].read_bytes()[:-20])
        assert sorted(outcome.status for outcome in library.index(["s3://season/day"])) == [*["known"] * 4, "updated"]
        assert [entry.path.name for entry in library.find("verdict:incomplete")] == ["000.replay"]


def test_what_is_empty_missing_or_nobodys_is_told_apart(bucket, tmp_path, monkeypatch):
    system, _ = bucket
    system.pipe("season/empty.replay", b"")
    with pytest.raises(EmptyFileError):
        Recording("s3://season/empty.replay")
    assert verify_one("s3://season/none.replay").verdict == "unreadable"
    assert verify_one("s3://nobody/none.replay").verdict == "unreadable"
    assert path_of("s3://season").is_dir() and not path_of("s3://season/none").exists()
    [path] = fill(tmp_path / "shelf", 1)
    system.pipe("season/a.replay", path.read_bytes())
    assert verify("s3://season/a.replay", RACE).is_ok
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    system.clear_instance_cache()
    verification = verify_one("s3://season/a.replay")
    assert verification.verdict == "environment" and verification.message.startswith("s3://season/a.replay: ")
