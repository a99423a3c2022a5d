import json

import numpy as np
import pytest
from toys import COUNTER

from replay import FormatError, Recorder, Recording, UsageError
from replay.core import format as fmt


@pytest.mark.slow
def test_a_long_match_is_recorded_verified_sought_in_and_watched_with_flat_memory(program, budget):
    """Half an hour of eight players; ten hours with `--budget 20`."""
    said, code = program("tests.trust.long", "--hours", budget(50) / 100)
    assert code == 0, said
    figures = json.loads(said.splitlines()[-1])
    first, last = figures["recording_memory_mb"]
    assert last - first <= 8
    assert figures["after_verify_mb"] - last <= 60
    assert figures["open_seconds"] < 1.0 + figures["ticks"] / 1e6


def test_a_recorder_refuses_the_tick_that_no_file_can_number(path):
    with Recorder(path, COUNTER, seed=1, players=["a"], config={}) as recorder:
        recorder.tick = fmt.MAX_TICKS
        with pytest.raises(UsageError, match="2,147,483,647 ticks"):
            recorder.step(np.zeros(1, COUNTER.input_dtype))
        recorder.tick = 0


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (fmt.InputChunk(fmt.MAX_TICKS - 1, 2, b""), "first tick"),
        (fmt.InputChunk(2**31, 60, b""), "first tick"),
        (fmt.InputChunk(2**63, 60, b""), "first tick"),
        (fmt.Marker(2**31, "x"), "tick"),
        (fmt.Snapshot(2**31, b""), "tick"),
        (fmt.End(2**31, 0, 0, None), "ticks"),
        (fmt.End(0, 2**40, 0, None), "stream version"),
    ],
)
def test_numbers_beyond_their_limit_are_refused(record, words):
    with pytest.raises(FormatError, match=words):
        type(record).unpack(record.pack())


def test_numbers_at_their_limit_are_kept():
    for record in (
        fmt.InputChunk(fmt.MAX_TICKS - 60, 60, b"", b"", 2**64 - 1),
        fmt.Marker(fmt.MAX_TICKS, "x"),
        fmt.Snapshot(fmt.MAX_TICKS, b""),
        fmt.End(fmt.MAX_TICKS, fmt.MAX_TICKS * fmt.MAX_PLAYERS, 2**64 - 1, None),
    ):
        assert type(record).unpack(record.pack()) == record


def test_a_state_and_a_result_that_no_file_can_hold_are_refused_before_they_are_written(path, tmp_path):
    class Large(type(COUNTER)):
        class match(COUNTER.match):  # noqa: N801
            def save(self):
                return bytes(fmt.MAX_STATE_BYTES + 1)

            def result(self):
                return {"all": list(range(fmt.MAX_RESULT_ITEMS + 1))}

    with pytest.raises(FormatError, match="a state of 16,777,217 bytes"):
        Recorder(path, Large(), seed=1, players=["a"], config={})
    assert not path.exists()
    recorder = Recorder(path, Large(), seed=1, players=["a"], config={}, snapshots=False)
    for _ in range(3):
        recorder.step(np.zeros(1, COUNTER.input_dtype))
    with pytest.raises(FormatError):
        recorder.finish()
    with Recording(path) as recording:
        assert recording.ticks == 3 and recording.end is None
