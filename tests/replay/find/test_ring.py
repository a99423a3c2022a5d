"""The flight recorder: what it saves at any moment is a recording like any other, of the last seconds."""

import numpy as np
import pytest
from talk import DEAR, NO_LOAD, TALK, WORDS
from toys import BANK, COUNTER, random_inputs

from replay import Playback, Recorder, Recording, UsageError, Verdict, verify
from replay.core.errors import RulesError
from replay.core.format import MAX_STATE_BYTES
from replay.find.edit import clip, pack, strip
from replay.find.ring import RingRecorder

GROUP_TICKS = 120


def ring_of(game=COUNTER, seconds=5, players=2, group_seconds=2):
    return RingRecorder(game, seconds=seconds, seed=7, players=["a", "b"][:players], group_seconds=group_seconds)


def fly(ring, rows):
    for row in rows:
        ring.step(row)


@pytest.fixture(scope="module")
def rows():
    return random_inputs(COUNTER, 1000, 2)


@pytest.fixture(scope="module")
def full(rows, tmp_path_factory):
    """The same match, all of it recorded."""
    path = tmp_path_factory.mktemp("full") / "full.replay"
    with Recorder(path, COUNTER, seed=7, players=["a", "b"]) as recorder:
        fly(recorder, rows)
    with Recording(path) as recording:
        yield recording


@pytest.mark.parametrize("ticks", [0, 1, 59, 60, 61, 119, 120, 121, 299, 300, 480, 481, 599, 600, 601, 719, 720, 725, 999])
def test_what_is_saved_at_any_tick_is_the_end_of_the_match_so_far(ticks, rows, full, path):
    ring = ring_of()
    fly(ring, rows[:ticks])
    header = ring.save(path)
    verification = verify(path, COUNTER)
    assert (verification.verdict, verification.ticks) == (Verdict.OK, ticks)
    with Recording(path) as recording:
        start = recording.start_tick
        assert recording.damage is None
        assert (recording.ticks, recording.end.how, recording.header) == (ticks, "stopped", header)
        assert start % GROUP_TICKS == 0
        assert min(ticks, 300) <= ticks - start <= 300 + 2 * GROUP_TICKS
        assert header.parent == (ring.header.id, start)
        assert (recording.inputs(start, ticks) == rows[start:ticks]).all()
        assert verification.message == (f"from tick {start}, believing the state that it begins with" if start else "")
        assert verification.digests_compared == ticks - start
        ours, theirs = Playback(COUNTER, recording), Playback(COUNTER, full)
        for tick in {start, (start + ticks) // 2, ticks}:
            ours.seek(tick)
            theirs.seek(tick)
            assert ours.match.save() == theirs.match.save()
        assert recording.version_at(ticks) == recording.version == recording.end.version


def test_it_is_saved_as_often_as_one_likes_and_the_match_goes_on(rows, full, tmp_path):
    ring = ring_of()
    for stop in range(37, 1000, 37):
        fly(ring, rows[stop - 37 : stop])
        ring.save(tmp_path / f"{stop}")
        ring.save(tmp_path / f"{stop} again")
    ids = set()
    for path in tmp_path.iterdir():
        assert verify(path, COUNTER).is_ok
        with Recording(path) as recording:
            ids.add(recording.header.id)
            assert recording.header.parent[0] == ring.header.id
    assert len(ids) == len(list(tmp_path.iterdir()))
    fly(ring, rows[ring.tick :])
    playback = Playback(COUNTER, full)
    playback.seek(1000)
    assert ring.match.save() == playback.match.save()


def test_a_step_gives_the_events_that_a_recorder_gives(rows, tmp_path):
    ring = ring_of()
    with Recorder(tmp_path / "x", COUNTER, seed=7, players=["a", "b"]) as recorder:
        for row in rows[:200]:
            assert np.array_equal(ring.step(row), recorder.step(row))


@pytest.mark.parametrize("ticks", [0, 1, 6, 100, 180, 181, 420, 601])
def test_a_proof_that_is_dear_is_made_now_and_then(ticks, path):
    ring = ring_of(DEAR)
    fly(ring, random_inputs(DEAR, ticks, 2))
    ring.save(path)
    verification = verify(path, DEAR)
    assert (verification.verdict, verification.ticks) == (Verdict.OK, ticks)


def talk(ring, ticks):
    for tick in range(ring.tick, ring.tick + ticks):
        ring.step(commands=[(tick % 2, {"say": WORDS[tick % 5]})] if tick % 7 in (2, 3) else [])


@pytest.mark.parametrize("ticks", [0, 3, 20, 39, 40, 41, 190])
def test_commands_and_states_that_grow(ticks, path):
    ring = ring_of(TALK, seconds=3)
    talk(ring, ticks)
    ring.save(path)
    assert verify(path, TALK).is_ok
    with Recording(path) as recording:
        said = [tick for tick, _, _ in recording.commands(recording.start_tick, ticks)]
        assert said == [tick for tick in range(recording.start_tick, ticks) if tick % 7 in (2, 3)]


@pytest.mark.parametrize("ticks", [0, 3, 40, 130])
def test_a_crash_is_saved_with_what_led_to_it(ticks, path):
    ring = ring_of(TALK, seconds=3)
    talk(ring, ticks)
    with pytest.raises(RulesError, match="ZeroDivisionError"):
        ring.step(commands=[(1, {"say": "boom"})])
    with pytest.raises(UsageError, match=f"ended at tick {ticks}"):
        ring.step()
    ring.save(path)
    verification = verify(path, TALK)
    assert verification.is_ok
    assert (verification.ticks, verification.first_bad_tick) == (ticks, None)
    with Recording(path) as recording:
        assert (recording.ticks, recording.end.how, recording.end.crash.kind) == (ticks, "crashed", "ZeroDivisionError")
        assert recording.end.crash.commands == [[1, {"say": "boom"}]]


def test_what_it_saves_can_be_clipped_stripped_and_packed(rows, path, tmp_path):
    ring = ring_of()
    fly(ring, rows)
    ring.save(path)
    with Recording(path) as source:
        clip(source, tmp_path / "clip", 900, 990, COUNTER)
        strip(source, tmp_path / "stripped")
        pack(source, tmp_path / "packed", COUNTER)
    for name in ("clip", "stripped", "packed"):
        assert verify(tmp_path / name, COUNTER).is_ok


def test_inputs_that_cannot_be_recorded_are_refused_and_change_nothing(rows, path):
    ring = ring_of()
    fly(ring, rows[:10])
    for wrong, commands in ((None, []), (rows[0, :1], []), (np.zeros(2, BANK.input_dtype), []), (rows[0], [(0, "x")])):
        with pytest.raises(UsageError):
            ring.step(wrong, commands)
    fly(ring, rows[10:20])
    ring.save(path)
    assert verify(path, COUNTER).is_ok
    with Recording(path) as recording:
        assert (recording.inputs(0, 20) == rows[:20]).all()


def test_what_cannot_be_is_refused(path):
    with pytest.raises(UsageError, match="saves no states"):
        ring_of(NO_LOAD)
    for options in ({"seconds": 0}, {"group_seconds": 0}):
        with pytest.raises(UsageError) as caught:
            ring_of(**options)
        assert "at least 1" in caught.value.hint
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        ring_of().save(path)
    assert path.read_text() == "mine"


def test_a_state_that_is_too_large_is_said(path, monkeypatch):
    monkeypatch.setattr("talk.TalkMatch.save", lambda match: bytes(MAX_STATE_BYTES + 1))
    with pytest.raises(UsageError, match="a snapshot holds up to"):
        ring_of(TALK).save(path)
    assert not path.exists()
