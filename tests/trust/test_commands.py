"""Commands and snapshots as bombs: by strangers for those who read, and by a game for its own recorder."""

import contextlib

import pytest
from damage import put_together
from memory import most_added
from patience import within
from talk import TALK

from replay import Playback, Recorder, Recording, ReplayError, UsageError, verify
from replay.core import format as fmt
from replay.core.plain import pack_plain
from replay.core.records import InputChunk, Snapshot
from replay.core.setup import header_for


def read_all(path):
    with Recording(path) as recording:
        recording.inputs(recording.start_tick, recording.ticks)
        Playback(TALK, recording).seek(recording.ticks)


@pytest.mark.parametrize("group_ticks", [1, 3, fmt.MAX_GROUP_TICKS])
def test_a_file_full_of_commands_takes_neither_minutes_nor_gigabytes(path, group_ticks):
    header = header_for(TALK, 1, ["a"], {})._replace(chunk_ticks=1, group_ticks=group_ticks)
    many = pack_plain([[0, 0, []]] * 32_767)
    chunks = [(fmt.KIND_INPUTS, InputChunk(tick, 1, b"", input_events=32_767, commands=many).pack()) for tick in range(20)]
    path.write_bytes(put_together([(fmt.KIND_HEADER, header.pack()), *chunks]))

    def read() -> None:
        with contextlib.suppress(ReplayError):
            read_all(path)
        assert not verify(path, TALK).is_ok

    assert most_added(lambda: within(15, read)) < 150e6  # a fault of this kind took minutes


def test_a_file_full_of_snapshots_that_are_no_states_does_not_hang_a_seek(path):
    header = header_for(TALK, 1, ["a"], {})._replace(chunk_ticks=1, group_ticks=1)
    chunks, zeros = [(fmt.KIND_HEADER, header.pack())], fmt.deflate(bytes(fmt.MAX_STATE_BYTES))
    for tick in range(40):
        chunks.append((fmt.KIND_SNAPSHOT, Snapshot(tick, fmt.MAX_STATE_BYTES, 0 if tick else None, zeros).pack()))
        chunks.append((fmt.KIND_INPUTS, InputChunk(tick, 1, b"", input_events=0).pack()))
    path.write_bytes(put_together(chunks))
    within(1.5, lambda: read_all(path))


TOO_MUCH = {
    "too many in a tick": (100_000, {"say": "a"}),
    "too many in a second": (4_000, {"say": "a"}),
    "a list too long": (1, {"say": "a", "list": [0] * 70_000}),
    "too many lists": (1, {"say": "a", "lists": [[[]] * 300] * 300}),
    "too much text in a second": (1, {"say": "a" * 500_000}),
    "too many bytes at once": (1, {"say": "a", "bytes": bytes(9_000_000)}),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_commands_that_no_file_can_hold_are_refused_at_once_and_what_was_stepped_is_readable(path, what):
    count, data = TOO_MUCH[what]
    with Recorder(path, TALK, seed=1, players=["a"], snapshots=False) as recorder:
        for _ in range(7):
            recorder.step(commands=[(0, {"say": "hello"})])
        refused = None
        for _ in range(40):
            before = recorder.match.save()
            try:
                recorder.step(commands=[(0, data)] * count)
            except UsageError as error:
                refused = error
                assert recorder.match.save() == before, "refused, and stepped all the same"
                break
        stepped = recorder.tick
        recorder.step(commands=[(0, {"say": "bye"})]) if refused and stepped % 20 else None
    assert refused is not None
    with Recording(path) as recording:
        assert recording.damage is None and recording.ticks >= stepped
    assert verify(path, TALK).is_ok


@pytest.mark.parametrize(
    "data", [{"say": "a", "bytes": bytes(300_000)}, {"say": "a", "lists": [[]] * 5000}], ids=["bytes", "lists"]
)
def test_a_crash_by_commands_that_fit_into_no_end_keeps_what_was_stepped(path, data):
    with pytest.raises((ReplayError, ZeroDivisionError)), Recorder(path, TALK, seed=1, players=["a"]) as recorder:
        for _ in range(7):
            recorder.step(commands=[(0, {"say": "hello"})])
        recorder.step(commands=[(0, data), (0, {"say": "boom"})])
    with Recording(path) as recording:
        assert recording.ticks == 7 and recording.end is not None
    assert verify(path, TALK).is_ok
