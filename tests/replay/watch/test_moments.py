import numpy as np
import pytest
from toys import COUNTER

from replay import Playback, Recording
from replay.core.errors import UsageError
from replay.watch.model.moments import Moments


@pytest.fixture
def moments(recording):
    with Recording(recording) as opened:
        yield Moments(COUNTER, opened)


@pytest.fixture(scope="module")
def straight(counter_bytes, tmp_path_factory):
    """States and events of the straight run: what everything else has to equal."""
    path = tmp_path_factory.mktemp("straight") / "x.replay"
    path.write_bytes(counter_bytes)
    with Recording(path) as opened:
        playback = Playback(COUNTER, opened)
        states, events = [playback.match.save()], []
        while not playback.at_end:
            events.append(playback.step())
            states.append(playback.match.save())
    return states, np.concatenate(events)


def test_every_tick_backwards_equals_the_straight_run(moments, straight):
    assert all(moments.saved(tick) == straight[0][tick] for tick in reversed(range(1801)))


def test_every_tick_in_any_order_equals_the_straight_run(moments, straight):
    for tick in np.random.default_rng(1).permutation(1801)[:600]:
        assert moments.saved(int(tick)) == straight[0][tick]


def test_events_of_any_span_are_those_of_the_straight_run(moments, straight):
    for start, stop in [(0, 1800), (59, 61), (60, 120), (1799, 1800), (30, 30), (-50, 10), (1700, 9999), (7, 1333)]:
        expected = straight[1][(straight[1]["tick"] >= start) & (straight[1]["tick"] < stop)]
        assert moments.events(start, stop).tolist() == expected.tolist()


def test_events_agree_whether_states_were_asked_for_before_or_after(moments, straight):
    rng = np.random.default_rng(4)
    for _ in range(150):
        tick = int(rng.integers(0, 1801))
        if rng.random() < 0.5:
            assert moments.saved(tick) == straight[0][tick]
        expected = straight[1][(straight[1]["tick"] >= tick - 360) & (straight[1]["tick"] < tick)]
        assert moments.events(tick - 360, tick).tolist() == expected.tolist()


def test_a_second_is_computed_once_however_often_it_is_crossed_backwards(moments, monkeypatch):
    moments.saved(899)
    monkeypatch.setattr(moments.playback, "step", None)
    for tick in [*range(899, 839, -1), *range(840, 900)]:
        moments.saved(tick)


def test_reading_far_and_wide_keeps_memory_bounded(moments):
    for tick in range(0, 1800, 20):
        moments.saved(tick)
    assert len(moments._seconds) <= moments._seconds.limit


def test_a_tick_outside_is_refused(moments):
    with pytest.raises(UsageError):
        moments.saved(5000)
