"""A recording is the same from wherever it is opened; from elsewhere by few requests, and nothing there is written."""

import io
import os
import pickle
import sys
from pathlib import Path

import pytest
from bucket import MemoryFileSystem, bucket
from damage import record
from toys import COUNTER

from replay import Playback, Recording, UsageError, verify
from replay.core import format as fmt
from replay.core import url as remote
from replay.core.errors import EmptyFileError, FormatError, MachineError
from replay.core.paths import told
from replay.core.url import BLOCK_BYTES, Url, local_path, path_of
from replay.find.edit import clip
from replay.find.follow import follow
from replay.find.streams import follow_all
from replay.prove.batch import verify_many, verify_one
from replay.read.space import space_of


@pytest.fixture
def elsewhere(monkeypatch):
    with bucket(monkeypatch) as (put, requests):
        yield put, requests


@pytest.fixture
def sound(path):
    record(path, COUNTER, ticks=400)
    return path


def test_a_recording_is_the_same_from_a_path_bytes_a_file_and_a_url(sound, elsewhere):
    url = elsewhere[0]("a.replay", sound)
    identities = set()
    with open(sound, "rb") as file:
        for source in (
            sound,
            str(sound),
            sound.read_bytes(),
            file,
            io.BytesIO(sound.read_bytes()),
            url,
            path_of(url),
            f"file://{sound}",
        ):
            with Recording(source) as recording:
                identities.add((recording.identity(), recording.state, sum(part.bytes for part in space_of(recording))))
        assert not file.closed
    assert len(identities) == 1


def test_a_file_that_is_no_file_of_bytes_is_refused(sound):
    with open(sound, encoding="latin-1") as text, pytest.raises(UsageError, match="file of bytes") as error:
        Recording(text)
    read, write = os.pipe()
    with os.fdopen(read, "rb") as pipe, os.fdopen(write, "wb"), pytest.raises(UsageError, match="sought in"):
        Recording(pipe)
    assert "'rb'" in error.value.hint


def test_a_small_recording_is_one_request_whatever_is_done_with_it(sound, elsewhere):
    put, requests = elsewhere
    url = put("a.replay", sound)
    with Recording(url) as recording:
        playback = Playback(COUNTER, recording)
        for tick in (400, 30, 200):
            playback.seek(tick)
        recording.identity()
    assert (requests["cat_file"], requests["info"]) == (1, 0)
    requests.clear()
    assert verify(url, COUNTER).is_ok
    assert requests["cat_file"] <= 2 and not requests["info"]  # one, where compiled rules decide at once


def test_a_large_recording_is_a_request_for_each_block(sound, elsewhere, monkeypatch):
    put, requests = elsewhere
    monkeypatch.setattr(remote, "BLOCK_BYTES", 512)
    monkeypatch.setitem(fmt.MAX_PAYLOAD, fmt.KIND_HEADER, 480)
    blocks = -(-sound.stat().st_size // 512)
    assert blocks > 4
    with Recording(put("a.replay", sound)) as recording, Recording(sound) as here:
        assert (requests["cat_file"], requests["info"]) == (blocks, 1)  # the size, once the first block is full
        assert recording.identity() == here.identity()
        assert recording.file_bytes() == sound.stat().st_size
        assert requests["cat_file"] == 2 * blocks  # read once more: the first ones are not kept any longer


@pytest.mark.parametrize("size", [0, 1, 300, BLOCK_BYTES])
def test_what_is_no_recording_says_so_from_anywhere(size, elsewhere, path):
    path.write_bytes(b"x" * size)
    for source in (elsewhere[0]("a.replay", path), path):
        with pytest.raises(FormatError) as error:
            Recording(source)
        assert isinstance(error.value, EmptyFileError) == (not size)


def test_a_folder_elsewhere_is_listed_with_one_request_and_its_files_are_asked_for_once(sound, elsewhere):
    put, requests = elsewhere
    for name in ("b.replay", "deep/a.REPLAY", "c.txt"):
        put(name, sound)
    found = sorted(path_of("memory://bucket").rglob("*.[rR][eE][pP][lL][aA][yY]"))
    assert [str(url) for url in found] == ["memory://bucket/b.replay", "memory://bucket/deep/a.REPLAY"]
    requests.clear()
    assert [each.stat().st_size for each in found] == [sound.stat().st_size] * 2 and not requests
    assert all(each.is_ok for each in verify_many(found, COUNTER)) and not requests["info"]


def test_a_url_is_a_path_that_keeps_its_slashes():
    url = path_of("s3://bucket//deep/../a b.replay?versionId=1")
    assert isinstance(url, Url) and isinstance(url, Path)
    assert str(url) == "s3://bucket//deep/../a b.replay?versionId=1" == str(pickle.loads(pickle.dumps(url)))
    assert url == path_of(str(url)) and len({url, path_of(str(url))}) == 1 and url != Path(str(url))
    near = path_of("s3://bucket/x/a.replay")
    assert [str(each) for each in (near.parent, near.parent / "b", near.with_suffix(".toml"))] == [
        "s3://bucket/x",
        "s3://bucket/x/b",
        "s3://bucket/x/a.toml",
    ]
    assert (near.name, near.absolute()) == ("a.replay", near)
    assert type(path_of("C:/a.replay")) is type(path_of("a.replay")) is type(Path())
    assert path_of("file:///tmp/a.replay") == Path("/tmp/a.replay")


@pytest.mark.parametrize("chain", ["zip://a.replay::s3://bucket/all.zip", "simplecache::s3://bucket/a.replay"])
def test_a_url_never_leads_to_another(chain):
    with pytest.raises(FormatError, match="chain"):
        Recording(chain if "://" in chain.partition("::")[0] else f"s3://{chain}")


def test_what_writes_or_waits_wants_a_file_here(sound, elsewhere, tmp_path):
    url = elsewhere[0]("a.replay", sound)
    for refused in (
        lambda: list(follow_all([url])),
        lambda: local_path(url),
        lambda: open(path_of(url), "ab"),  # noqa: SIM115
        lambda: path_of(url).unlink(),
        lambda: path_of(url).rename(tmp_path / "b"),
    ):
        with pytest.raises(UsageError, match="not on this machine") as error:
            refused()
        assert "copy it" in error.value.hint
    with pytest.raises(FileNotFoundError) as flattened:
        Path(url).read_bytes()
    assert told(flattened.value)[0].startswith(f"{url} is not on this machine")
    assert list(follow(url, game=COUNTER)) == list(follow(sound, game=COUNTER))  # it has ended: there is nothing to wait for
    with Recording(url) as recording:  # the source is only read
        clip(recording, tmp_path / "cut.replay", 60, 120, COUNTER)
    assert verify(tmp_path / "cut.replay", COUNTER).is_ok


def test_what_is_not_there_and_what_cannot_be_reached_are_two_things(elsewhere, monkeypatch):
    missing = verify_one("memory://bucket/none.replay")
    assert missing.verdict == "unreadable" and str(missing.path) == "memory://bucket/none.replay"
    assert verify_one("nowhere://bucket/a.replay").verdict == "environment"
    for error in (TimeoutError("no answer"), RuntimeError("no credentials"), ConnectionResetError()):

        def broken(*_, error=error, **__):
            raise error

        monkeypatch.setattr(MemoryFileSystem, "cat_file", broken)
        monkeypatch.setattr(MemoryFileSystem, "info", broken)
        verification = verify_one("memory://bucket/a.replay")
        assert verification.verdict == "environment" and verification.message.startswith("memory://bucket/a.replay: ")
        with pytest.raises(MachineError):
            path_of("memory://bucket").exists()


def test_without_fsspec_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    verification = verify_one("s3://bucket/a.replay")
    assert verification.verdict == "environment" and "[cluster]" in verification.hint
