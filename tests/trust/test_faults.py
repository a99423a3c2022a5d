"""Disks that fail while a match is recorded: the match goes on, the person is told, the file stays a valid prefix."""

import errno
import os
import random
import subprocess
import sys
import time

import pytest
from damage import record
from toys import COUNTER, random_inputs

import replay.core.sink
from game.play.live import recording_path
from game.play.place import usable_folder
from replay import FormatError, Recorder, Recording, append_marker, verify

TICKS = 400
ROWS = random_inputs(COUNTER, TICKS, 2)


def play(path):
    with Recorder(path, COUNTER, seed=3, players=["a", "b"], config={}) as recorder:
        for tick, row in enumerate(ROWS):
            recorder.step(row)
            if tick % 50 == 0:
                recorder.mark("here")
    return recorder


def state_after(ticks):
    match = COUNTER.new_match(3, 2, {})
    match.advance(ROWS[:ticks])
    return match.save()


def writes_and_syncs(path, monkeypatch):
    calls = []
    write, sync = os.write, replay.core.sink._sync
    monkeypatch.setattr("replay.core.sink.os.write", lambda *given: calls.append("write") or write(*given))
    monkeypatch.setattr("replay.core.sink._sync", lambda *given: calls.append("sync") or sync(*given))
    play(path)
    monkeypatch.undo()
    return calls


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT, errno.EINTR])
def test_each_write_in_turn_fails(tmp_path, monkeypatch, number):
    count = writes_and_syncs(tmp_path / "sound.replay", monkeypatch).count("write")
    assert count > 15
    write, sound = os.write, (tmp_path / "sound.replay").read_bytes()
    for failing in range(count):
        calls = []

        def failing_write(file, data, calls=calls, failing=failing):
            calls.append(file)
            if len(calls) > failing:
                raise OSError(number, os.strerror(number))
            return write(file, data)

        path = tmp_path / f"{failing}.replay"
        monkeypatch.setattr("replay.core.sink.os.write", failing_write)
        recorder = play(path)
        monkeypatch.undo()
        assert recorder.match.save() == state_after(TICKS)
        assert "recording stopped at tick" in str(recorder.error) and os.strerror(number) in str(recorder.error)
        assert len(calls) == failing + 1, "nothing is written behind a failed write"
        assert len(path.read_bytes()) <= len(sound)
        check_prefix(path, recorder.flushed_ticks)


def check_prefix(path, flushed_ticks):
    try:
        with Recording(path) as recording:
            assert recording.ticks == flushed_ticks
            assert (recording.inputs(0, recording.ticks) == ROWS[: recording.ticks]).all()
            assert recording.end is None
    except FormatError:
        assert flushed_ticks == 0
    assert verify(path, COUNTER).verdict in ("incomplete", "unreadable")


@pytest.mark.parametrize("failing", range(4))
def test_each_sync_in_turn_fails(path, monkeypatch, failing):
    monkeypatch.setattr("replay.core.sink.SYNC_SECONDS", 0.002)
    calls, sync = [], replay.core.sink._sync

    def failing_sync(file):
        calls.append(file)
        if len(calls) > failing:
            raise OSError(errno.EIO, "broken")
        sync(file)

    monkeypatch.setattr("replay.core.sink._sync", failing_sync)
    with Recorder(path, COUNTER, seed=3, players=["a", "b"], config={}) as recorder:
        for row in ROWS:
            recorder.step(row)
            if recorder.error is None and recorder.tick % 60 == 5:
                time.sleep(0.02)  # let the syncer come round
    assert recorder.match.save() == state_after(TICKS)
    assert "broken" in str(recorder.error) and len(calls) == failing + 1
    with Recording(path) as recording:
        assert recorder.synced_ticks <= recording.ticks
        assert (recording.inputs(0, recording.ticks) == ROWS[: recording.ticks]).all()


FULL = """
import resource, sys
from test_faults import play
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))
recorder = play(sys.argv[1])
print(recorder.tick, recorder.flushed_ticks, recorder.error)
"""


def test_a_file_that_may_not_grow_any_more_is_a_valid_prefix(tmp_path):
    """Not simulated: the kernel writes a part of a chunk and then refuses."""
    pytest.importorskip("resource")
    record(tmp_path / "whole.replay", COUNTER, inputs=ROWS)
    whole = (tmp_path / "whole.replay").stat().st_size
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for number, limit in enumerate((10, 300, whole // 2, whole - 20)):
        path = tmp_path / f"{number}.replay"
        done = subprocess.run(
            [sys.executable, "-c", FULL, str(path), str(limit)], env=environment, capture_output=True, text=True, check=True
        )
        tick, flushed, error = done.stdout.split(maxsplit=2)
        assert int(tick) == TICKS and "File too large" in error and path.stat().st_size == limit
        check_prefix(path, int(flushed))


def test_two_processes_do_not_record_into_one_file(path):
    code = "import sys; from test_faults import play; play(sys.argv[1])"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    children = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], env=environment, stderr=subprocess.PIPE) for _ in range(3)
    ]
    errors = [child.communicate()[1] for child in children]
    assert sorted(child.returncode for child in children) == [0, 1, 1]
    assert sum(b"FileExistsError" in error for error in errors) == 2
    assert verify(path, COUNTER).is_ok


def test_a_marker_that_does_not_fit_on_the_disk_leaves_the_recording_as_it_was(path, monkeypatch):
    record(path, COUNTER, inputs=ROWS)
    before, write = path.read_bytes(), os.write

    def half(file, data):
        write(file, bytes(data)[: len(data) // 2])
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("replay.core.sink.os.write", half)
    with pytest.raises(OSError, match="full"):
        append_marker(path, 1, "x")
    assert path.read_bytes() == before
    monkeypatch.setattr("replay.core.sink.os.write", lambda file, data: write(file, bytes(data)[:3]))
    append_marker(path, 1, "y")
    assert verify(path, COUNTER).is_ok
    with Recording(path) as recording:
        assert [marker.text for marker in recording.markers] == ["y"]


# --- another place ------------------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written_is_replaced_by_one_that_can_and_named(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("REPLAY_RECORDINGS", str(tmp_path / "mine"))
    (tmp_path / "file").write_text("in the way")
    assert usable_folder(tmp_path / "good" / "new") == tmp_path / "good" / "new" and not caplog.records
    assert usable_folder(tmp_path / "file" / "below") == tmp_path / "mine"
    assert "cannot record into" in caplog.text and str(tmp_path / "mine") in caplog.text
    monkeypatch.setenv("REPLAY_RECORDINGS", str(tmp_path / "file" / "mine"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert recording_path(tmp_path / "file", "plaza", ["Ann"]).parent == tmp_path / "recordings"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with pytest.raises(OSError, match="file"):
        usable_folder(tmp_path / "file" / "below")


def test_a_full_folder_of_one_s_own_is_left_for_another(tmp_path, monkeypatch):
    monkeypatch.setenv("REPLAY_RECORDINGS", str(tmp_path / "mine"))

    def full(*given, **options):
        if str(options["dir"]).endswith("full"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return open(tmp_path / "probe", "wb")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    assert usable_folder(tmp_path / "full") == tmp_path / "mine"


# --- commands that are interrupted -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "pack {0} -o {1}.replay",
        "strip {0} -o {1}.replay",
        "clip {0} --from 0 --to end -o {1}.replay",
        "migrate {0} -o {1}.replay",
        "export {0} -o {1}.png --size 160x90",
        "index --library {1}.db {0}",
    ],
)
def test_a_command_killed_at_any_moment_leaves_its_file_whole_or_not_at_all(tmp_path, monkeypatch, command, installed, budget):
    source = tmp_path / "source.replay"
    record(source, COUNTER, ticks=3000, players=2)
    before = source.read_bytes()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "SDL_VIDEODRIVER": "dummy", "HOME": str(tmp_path)}

    def start(number):
        arguments = command.format(source, tmp_path / f"new{number}").split()
        return subprocess.Popen([sys.executable, "-m", "replay", *arguments], env=environment, stderr=subprocess.DEVNULL)

    began = time.monotonic()
    assert start(0).wait() == 0
    usual = time.monotonic() - began
    rng = random.Random(1)
    for number in range(1, budget(4) + 1):
        child = start(number)
        time.sleep(usual * rng.uniform(0.4, 1.05))
        child.kill()
        child.wait()
        assert source.read_bytes() == before
        made = tmp_path / f"new{number}.replay"
        if made.exists():
            assert verify(made, COUNTER).is_ok
        picture = tmp_path / f"new{number}.png"
        if picture.exists():
            assert picture.read_bytes().endswith(b"IEND\xaeB`\x82")
        if (tmp_path / f"new{number}.db").exists():
            again = subprocess.run(child.args, env=environment, capture_output=True)
            assert again.returncode == 0, again.stderr
