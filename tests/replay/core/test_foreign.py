import gzip
import zipfile

import pytest
from damage import record
from toys import COUNTER

from replay import FormatError, Recording
from replay.core.names import bare_name, recordings_below

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


def refused(path):
    with pytest.raises(FormatError) as raised:
        Recording(path)
    return str(raised.value), raised.value.hint


def test_a_git_lfs_pointer_says_what_fetches_the_recording(path):
    path.write_bytes(POINTER)
    message, hint = refused(path)
    assert "git-lfs pointer" in message and hint == "git lfs pull"


def test_an_archive_with_a_recording_in_it_is_called_an_archive(path):
    record(path, COUNTER, ticks=60)
    archive, packed = path.with_name("archive.replay"), path.with_name("packed.replay")
    with zipfile.ZipFile(archive, "w") as file:
        file.write(path)
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert refused(archive)[0] == "is a zip archive" and "compressed by gzip" in refused(packed)[0]


def test_another_programs_file_is_not_a_damaged_recording(path):
    path.write_bytes(b"\x10\x05\x00\x00TAGame.Replay_Soccar_TA")
    message, hint = refused(path)
    assert "is not a recording: it begins with" in message and "another program's file" in hint


@pytest.mark.parametrize("damage", [lambda data: data.decode("utf-8", "replace").encode(), lambda data: b"\t" + data[1:]])
def test_a_text_mode_transfer_is_named(path, damage):
    record(path, COUNTER, ticks=60)
    path.write_bytes(damage(path.read_bytes()))
    assert "copy it as binary" in refused(path)[1]


def test_recordings_in_a_folder_are_found_whatever_the_case_of_their_suffix(tmp_path):
    for name in ("b.replay", "A.REPLAY", "c.Replay", "d.replay.bak", "e.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in recordings_below(tmp_path)] == ["A.REPLAY", "b.replay", "c.Replay"]
    assert [bare_name(name) for name in ("A.REPLAY", "b.replay", "e.txt")] == ["A", "b", "e.txt"]
