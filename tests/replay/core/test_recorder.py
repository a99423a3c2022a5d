import errno
import os
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from damage import record
from patience import soon
from toys import BANK, COUNTER, LEAKY, random_inputs

from replay import CutError, FormatError, Player, Recorder, Recording, UsageError, append_marker, verify


def recorder(path, **options):
    return Recorder(path, COUNTER, seed=3, players=["Ann", Player("Ben", "bot:calm")], config={}, **options)


def test_a_recorded_match_verifies_with_every_hash_compared(path):
    record(path, COUNTER, ticks=1830, players=4)
    found = verify(path, COUNTER)
    assert (found.verdict, found.ticks, found.hashes_compared, found.digests_compared) == ("ok", 1830, 32, 1830)


def test_wider_inputs_are_refused_where_the_first_edition_wrapped_them(path):
    wide = np.zeros(2, [("dx", "<i8"), ("buttons", "<i8")])
    wide["dx"] = 70_000  # does not fit the stream's 16 bits
    with recorder(path) as running:
        with pytest.raises(UsageError, match=r"dtype .*<i2.* and the shape \(2,\); got .*<i8"):
            running.step(wide)
        assert running.tick == 0
        running.step(random_inputs(COUNTER, 1, 2)[0])
    found = verify(path, COUNTER)
    assert found.is_ok and found.ticks == 1


def test_a_match_without_a_single_tick_is_a_sound_recording(path):
    with recorder(path):
        pass
    assert verify(path, COUNTER).is_ok


def test_leaving_by_an_exception_keeps_every_tick_and_seals_it_as_stopped_no_longer_whole_seconds_without_a_seal(path):
    rows = random_inputs(COUNTER, 150, 2)
    with pytest.raises(ZeroDivisionError), recorder(path) as running:
        for row in rows:
            running.step(row)
        raise ZeroDivisionError
    with Recording(path) as recording:
        assert recording.ticks == 150 and recording.state == "complete"
        assert (recording.end.how, recording.end.crash) == ("stopped", None)
        assert (recording.inputs(0, 150) == rows).all()
    assert verify(path, COUNTER).is_ok


def test_markers_name_ticks_while_recording_and_afterwards(path):
    with recorder(path) as running:
        for tick, row in enumerate(random_inputs(COUNTER, 130, 2)):
            if tick in (0, 77, 125):
                running.mark(f"at {tick}")
            running.step(row)
        running.mark("the end")
    before = path.read_bytes()
    append_marker(path, 50, "later")
    assert path.read_bytes().startswith(before)
    with Recording(path) as recording:
        assert [(m.tick, m.text) for m in recording.markers] == [
            (0, "at 0"),
            (77, "at 77"),
            (125, "at 125"),
            (130, "the end"),
            (50, "later"),
        ]
    assert verify(path, COUNTER).is_ok
    with pytest.raises(UsageError):
        append_marker(path, 131, "beyond")
    with pytest.raises(FormatError):
        append_marker(path, 1, "")


def test_a_cut_recording_is_never_appended_to(path):
    record(path)
    os.truncate(path, path.stat().st_size - 3)
    before = path.read_bytes()
    with pytest.raises(CutError):
        append_marker(path, 1, "x")
    assert path.read_bytes() == before


def test_two_writers_never_share_a_file(path):
    with recorder(path):
        with pytest.raises(FileExistsError):
            recorder(path)
        with pytest.raises(BlockingIOError):
            append_marker(path, 0, "x")
    with pytest.raises(FileExistsError):
        recorder(path)
    assert verify(path, COUNTER).is_ok


def test_a_parent_and_a_player_s_kind_are_kept(path):
    with recorder(path, parent=(b"p" * 16, 42)):
        pass
    with Recording(path) as recording:
        assert recording.header.parent == (b"p" * 16, 42)
        assert [player.is_bot for player in recording.header.players] == [False, True]


@pytest.mark.parametrize("players", [[], ["x"] * 65, ["x" * 1000], [""]])
def test_what_could_not_be_read_back_is_not_written(path, players):
    with pytest.raises((FormatError, UsageError)):
        Recorder(path, COUNTER, seed=1, players=players, config={})
    assert not path.exists()


def test_chunks_and_snapshots_can_be_longer_or_left_out(path, tmp_path):
    rows = record(path, COUNTER, ticks=700, chunk_seconds=2, snapshot_seconds=4)
    with Recording(path) as recording:
        assert recording.snapshot_ticks == [0, 240, 480]
        assert (recording.inputs(0, 700) == rows).all()
    record(tmp_path / "bare.replay", COUNTER, ticks=700, snapshots=False)
    with Recording(tmp_path / "bare.replay") as recording:
        assert recording.snapshot_ticks == []
    assert verify(path, COUNTER).is_ok and verify(tmp_path / "bare.replay", COUNTER).is_ok


@pytest.mark.parametrize("failing", range(6))
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_stops_the_recording_and_not_the_match(path, monkeypatch, failing, error):
    rows, write, calls = random_inputs(COUNTER, 300, 2), os.write, []

    def failing_write(file, data):
        calls.append(len(data))
        if len(calls) > failing + 1:
            raise OSError(error, os.strerror(error))
        if len(calls) == failing + 1:
            return write(file, bytes(data)[: len(data) // 2])  # a full disk takes a part first
        return write(file, data)

    monkeypatch.setattr("replay.core.sink.os.write", failing_write)
    with recorder(path) as running:
        for row in rows:
            running.step(row)
        assert running.tick == 300 and running.match.state["tick"][0] == 300
        assert "recording stopped at tick" in str(running.error)
    monkeypatch.undo()
    try:
        with Recording(path) as recording:
            assert recording.ticks == running.flushed_ticks
            assert (recording.inputs(0, recording.ticks) == rows[: recording.ticks]).all()
    except FormatError:
        assert failing == 0


def test_a_failed_sync_is_told_and_not_retried(path, monkeypatch):
    calls = []

    def failing_sync(file):
        calls.append(file)
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr("replay.core.sink._sync", failing_sync)
    with recorder(path) as running:
        for row in random_inputs(COUNTER, 130, 2):
            running.step(row)
        assert soon(lambda: running.error is not None)
        assert "broken" in str(running.error)
    assert len(calls) == 1
    assert running.synced_ticks == 0


KILLED = """
import sys
from toys import COUNTER, random_inputs
from replay import Recorder
with Recorder(sys.argv[1], COUNTER, seed=3, players=["a", "b"], config={}) as recorder:
    for row in random_inputs(COUNTER, 100_000, 2):
        recorder.step(row)
        if recorder.tick % 60 == 0:
            print(recorder.flushed_ticks, flush=True)
"""


def test_a_kill_loses_nothing_that_was_flushed(tmp_path):
    rows = random_inputs(COUNTER, 100_000, 2)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    for number in range(6):
        path = tmp_path / f"{number}.replay"
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, env=environment)
        for _ in range(1 + 7 * number):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        flushed = int((child.stdout.read().split() or [b"0"])[-1])
        child.wait()
        child.stdout.close()
        with Recording(path) as recording:
            assert recording.ticks >= flushed
            assert (recording.inputs(0, recording.ticks) == rows[: recording.ticks]).all()


def test_subscribers_hear_a_running_match(path):
    heard = []
    with recorder(path) as running:
        running.subscribe(["press"], lambda events: heard.extend(events.tolist()))
        emitted = [event for row in random_inputs(COUNTER, 200, 2) for event in running.step(row).tolist()]
    assert heard == [event for event in emitted if event[1] == 0] != []


def test_a_leaky_game_is_caught_by_the_verifier(path):
    rows = random_inputs(LEAKY, 200, 2)
    record(path, LEAKY, inputs=rows)
    found = verify(path, LEAKY)
    assert found.verdict == "diverged" and found.first_bad_tick is not None


def test_a_bank_refuses_an_overdraft_and_its_balance_is_a_fold(path):
    orders = np.zeros((1300, 1), BANK.input_dtype)
    for tick, amount in {5: 100, 10: -30, 20: -500, 700: 50, 1250: -120}.items():
        orders[tick, 0]["amount"] = amount
    record(path, BANK, inputs=orders)
    from replay import Playback

    with Recording(path) as recording:
        ledger = []
        playback = Playback(BANK, recording)
        playback.subscribe(None, lambda events: ledger.extend(events.tolist()))
        playback.step(1300)
        assert [(tick, BANK.event_kinds[kind], amount) for tick, kind, _, amount in ledger] == [
            (5, "deposited", 100),
            (10, "withdrawn", -30),
            (20, "refused", -500),
            (700, "deposited", 50),
            (1250, "withdrawn", -120),
        ]
        # The balance at any version: a snapshot, and the events behind it. Every order is followed by a release: two versions each.
        versions = [tick for tick, _, _ in recording.input_events()]
        balances = []
        for tick in versions[::2]:
            late = Playback(BANK, recording)
            late.seek(tick + 1)
            balances.append(late.match.result()["balance"])
        assert balances == [100, 70, 70, 120, 0]
        assert recording.end.result == {"balance": 0} and recording.end.version == 10


def test_work_that_is_interrupted_ends_the_recording_and_loses_nothing(path, monkeypatch):
    rows = random_inputs(COUNTER, 300, 2)
    with pytest.raises(KeyboardInterrupt), recorder(path) as running:
        for tick, row in enumerate(rows):
            if tick == 60:  # control-C in the middle of compressing the first second
                interrupted = iter([True])
                make = zlib.compressobj

                def compressobj(*arguments, interrupted=interrupted, make=make):
                    if next(interrupted, False):
                        raise KeyboardInterrupt
                    return make(*arguments)

                monkeypatch.setattr("replay.core.encoding.zlib.compressobj", compressobj)
            running.step(row)
    assert running.error is None and 60 < running.tick < 119
    with Recording(path) as recording:
        assert recording.ticks == running.tick and recording.end.how == "stopped"
    assert verify(path, COUNTER).is_ok


def test_a_game_of_one_tick_a_second_is_recorded_tick_by_tick(path):
    class Slow(type(COUNTER)):
        ticks_per_second = 1

    rows = random_inputs(COUNTER, 25, 2)
    with Recorder(path, Slow(), seed=1, players=["a", "b"], config={}) as running:
        for tick, row in enumerate(rows, 1):
            running.step(row)
            assert running.flushed_ticks >= tick - 1
    found = verify(path, Slow())
    assert (found.verdict, found.ticks, found.hashes_compared) == ("ok", 25, 26)
