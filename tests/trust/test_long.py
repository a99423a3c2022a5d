import json

import numpy as np
import pytest
from toys import COUNTER, random_inputs

from replay import FormatError, Playback, Recorder, Recording, UsageError, verify
from replay.core import format as fmt
from replay.core.records import CRASHED, STOPPED, Crash, End, Header, InputChunk, Marker, Snapshot
from replay.core.setup import header_for
from replay.core.simulation import Simulation
from replay.core.writer import Proof, new_recording


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
        recorder._simulation.tick = fmt.MAX_TICKS
        with pytest.raises(UsageError, match="2,147,483,647 ticks"):
            recorder.step(np.zeros(1, COUNTER.input_dtype))
        recorder._simulation.tick = 0
    assert verify(path, COUNTER).is_ok


HEADER = header_for(COUNTER, 1, ["a"], {})
START = HEADER._replace(start_tick=fmt.MAX_TICKS - 60)


def unpacked(record):
    return Marker.unpack(record.pack()) if isinstance(record, Marker) else type(record).unpack(record.pack(), HEADER)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (InputChunk(fmt.MAX_TICKS - 1, 2, b"", input_events=0), "first tick"),
        (InputChunk(2**31, 60, b"", input_events=0), "first tick"),
        (InputChunk(2**63, 60, b"", input_events=0), "first tick"),
        (InputChunk(0, 60, b"", input_events=2**31), "input events"),
        (InputChunk(0, fmt.MAX_CHUNK_TICKS + 1, b"", input_events=0), "tick count"),
        (Marker(2**31, "x"), "tick"),
        (Snapshot(2**31, 0, None, b""), "tick"),
        (Snapshot(7, 0, 7, b""), "base tick"),
        (Snapshot(0, fmt.MAX_STATE_BYTES + 1, None, b""), "state size"),
        (End(2**31, 0, 0, 0, None), "ticks"),
        (End(0, 2**40, 0, 0, None), "stream version"),
        (End(0, 0, None, 0, None), "hash"),
        (End(0, 0, 0, 0, None, CRASHED, Crash("E", b"1234")), "row"),
        (HEADER._replace(start_tick=2**31), "start_tick"),
        (HEADER._replace(session=bytes(65)), "session"),
    ],
)
def test_numbers_beyond_their_limit_are_refused(record, words):
    with pytest.raises(FormatError, match=words):
        Header.unpack(record.pack()) if isinstance(record, Header) else unpacked(record)


def test_numbers_at_their_limit_are_kept():
    for record in (
        InputChunk(fmt.MAX_TICKS - 60, 60, b"", b"", 2**64 - 1, 2**64 - 1, fmt.MAX_TICKS),
        Marker(fmt.MAX_TICKS, "x"),
        Snapshot(fmt.MAX_TICKS, fmt.MAX_STATE_BYTES, fmt.MAX_TICKS - 1, b""),
        End(fmt.MAX_TICKS, fmt.MAX_TICKS * fmt.MAX_PLAYERS, 2**64 - 1, 2**64 - 1, None),
        End(0, 0, None, 0, None, STOPPED),
        End(0, 0, None, 0, None, CRASHED, Crash("x" * 200, bytes(3))),
    ):
        assert unpacked(record) == record
    header = START._replace(session=bytes(64), seed=2**64 - 1, parent=(bytes(16), fmt.MAX_TICKS), created_ms=fmt.MAX_CREATED_MS)
    assert Header.unpack(header.pack()) == header


def test_a_recording_that_ends_at_the_last_tick_there_can_be_is_sought_in_and_verified(tmp_path):
    rows = random_inputs(COUNTER, 60, 1)
    match = COUNTER.new_match(1, 1, {})
    match.state["tick"] = START.start_tick
    with new_recording(tmp_path / "last.replay", START) as writer:
        writer.snapshot(START.start_tick, match.save())
        simulation = Simulation(COUNTER, START)
        simulation.load(match.save(), START.start_tick)
        trace = simulation.trace(rows)
        writer.inputs(rows, (), Proof(trace.digests().tobytes(), simulation.hash(), simulation.events_hash))
        writer.end(End(fmt.MAX_TICKS, writer.version, simulation.hash(), simulation.events_hash, simulation.result()), START)
    with Recording(tmp_path / "last.replay") as recording:
        assert recording.ticks == fmt.MAX_TICKS and recording.damage is None
        playback = Playback(COUNTER, recording)
        for tick in (fmt.MAX_TICKS, fmt.MAX_TICKS - 60, fmt.MAX_TICKS - 7):
            playback.seek(tick)
            assert playback.tick == tick and not playback.warning and playback.divergence is None
        assert recording.tick_of_version(recording.version) <= fmt.MAX_TICKS
    assert verify(tmp_path / "last.replay", COUNTER).is_ok


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
        assert recording.ticks == 3 and (recording.end.how, recording.end.result) == (STOPPED, None)
    assert verify(path, Large()).is_ok
