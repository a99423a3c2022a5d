import random
from itertools import pairwise

import numpy as np
import pytest
from damage import header_of, put_together, record, take_apart
from toys import BANK, COUNTER, Counter, CounterMatch, random_inputs

from replay import Playback, Recording, UnverifiableError, UsageError, state_hash
from replay.core import format as fmt
from replay.core.checkpoints import Checkpoints
from replay.core.records import Snapshot

TICKS = 1350


@pytest.fixture
def recording(path):
    record(path, COUNTER, ticks=TICKS, players=3)
    with Recording(path) as opened:
        yield opened


@pytest.fixture
def linear(recording):
    """The hash of every state 0..TICKS in a straight run of single ticks."""
    match = COUNTER.new_match(recording.header.seed, 3, {})
    hashes = [state_hash(match)]
    for row in recording.inputs(0, TICKS):
        match.advance(row[None])
        hashes.append(state_hash(match))
    return hashes


def visits():
    shuffled = list(range(TICKS + 1))
    random.Random(1).shuffle(shuffled)
    return {"backwards": range(TICKS, -1, -1), "forwards": range(TICKS + 1), "in random order": shuffled}


@pytest.mark.parametrize("order", visits())
@pytest.mark.parametrize("budget_bytes", [400, 4_000, 2**26])
@pytest.mark.parametrize("use_snapshots", [True, False])
def test_seek_to_every_tick_equals_the_linear_run(recording, linear, order, budget_bytes, use_snapshots):
    playback = Playback(COUNTER, recording, checkpoint_budget_bytes=budget_bytes, use_snapshots=use_snapshots)
    # With next to no memory and no snapshots every jump runs from the start: a sample of them tells as much.
    step = 29 if budget_bytes < 4_000 and not use_snapshots else 1
    for tick in list(visits()[order])[::step]:
        playback.seek(tick)
        assert playback.tick == tick and state_hash(playback.match) == linear[tick]


def test_a_checkpoint_that_is_wrong_is_noticed_said_and_not_shown(recording, linear):
    playback = Playback(COUNTER, recording)
    playback.step(TICKS)
    kept = playback._checkpoints._values
    kept[600] = (kept[600][0]._replace(handle=kept[540][0].handle), kept[600][1])
    playback.seek(640)
    assert state_hash(playback.match) == linear[640] and playback.tick == 640
    assert playback.warning and playback.divergence is None
    for tick in (600, 1300, 5, TICKS):
        playback.seek(tick)
        assert state_hash(playback.match) == linear[tick]


def test_stepping_in_pieces_of_any_size_equals_the_linear_run(recording, linear):
    for size in (1, 7, 59, 60, 61, 600, TICKS, 10 * TICKS):
        playback = Playback(COUNTER, recording)
        while not playback.at_end:
            playback.step(size)
            assert state_hash(playback.match) == linear[playback.tick]


def test_load_and_run_on_equals_the_straight_run_at_every_later_tick(recording, linear):
    rows = recording.inputs(0, TICKS)
    match = COUNTER.new_match(recording.header.seed, 3, {})
    other = COUNTER.new_match(0, 3, {})
    for tick in range(300):
        saved = match.save()
        other.load(saved)
        assert other.save() == saved
        other.advance(rows[tick:TICKS])
        assert state_hash(other) == linear[TICKS]
        match.advance(rows[tick : tick + 1])


def test_rolling_back_and_repeating_changes_nothing(recording, linear):
    playback = Playback(COUNTER, recording)
    for back in (1, 2, 7, 60):
        for tick in range(100, TICKS, 97):
            playback.seek(tick)
            playback.seek(tick - back)
            playback.step(back)
            assert state_hash(playback.match) == linear[tick]


def test_a_cold_seek_starts_from_the_nearest_snapshot_of_the_file(recording, monkeypatch):
    ran = []
    advance = CounterMatch.advance
    monkeypatch.setattr(CounterMatch, "advance", lambda match, rows: ran.append(len(rows)) or advance(match, rows))
    Playback(COUNTER, recording).seek(1210)
    assert sum(ran) == 10


def test_a_snapshot_that_is_no_state_is_passed_over(path, linear):
    chunks = take_apart(path.read_bytes())
    facts, broken = header_of(chunks), []
    for kind, payload in chunks:
        if kind == fmt.KIND_SNAPSHOT:
            payload = Snapshot(Snapshot.unpack(payload, facts).tick, 8, None, fmt.deflate(b"nonsense")).pack()
        broken.append((kind, payload))
    path.write_bytes(put_together(broken))
    with Recording(path) as recording:
        playback = Playback(COUNTER, recording)
        playback.seek(1300)
        assert state_hash(playback.match) == linear[1300]


@pytest.mark.parametrize("tick", [-1, TICKS + 1])
def test_seeking_outside_is_a_usage_error_and_moves_nothing(recording, tick):
    playback = Playback(COUNTER, recording)
    playback.seek(5)
    with pytest.raises(UsageError):
        playback.seek(tick)
    assert playback.tick == 5


def test_stepping_at_the_end_stays_there(recording):
    playback = Playback(COUNTER, recording)
    playback.seek(TICKS)
    assert len(playback.step()) == 0 and playback.at_end


def test_subscribers_get_their_kinds_in_order_and_nothing_that_was_skipped(recording):
    playback = Playback(COUNTER, recording)
    everything, presses = [], []
    playback.subscribe(None, lambda events: everything.extend(events.tolist()))
    presser = playback.subscribe(["press"], lambda events: presses.extend(events.tolist()))
    playback.step(300)
    assert presses == [event for event in everything if event[1] == 0] and presses != everything
    assert all(a[0] <= b[0] for a, b in pairwise(everything))
    count = len(everything)
    playback.seek(900)
    assert len(everything) == count
    presser.cancel()
    count = len(presses)
    playback.step(300)
    assert len(presses) == count and everything[-1][0] > 900


def test_a_subscriber_that_raises_harms_nobody(recording, linear, caplog):
    playback = Playback(COUNTER, recording)
    heard = []

    def broken(events):
        raise RuntimeError("on purpose")

    def greedy(events):
        events["actor"] = 99

    subscription = playback.subscribe(None, broken)
    playback.subscribe(None, greedy)
    playback.subscribe(None, lambda events: heard.extend(events.tolist()))
    playback.step(TICKS)
    assert state_hash(playback.match) == linear[TICKS]
    assert isinstance(subscription.error, RuntimeError) and not subscription.active
    assert heard and all(event[2] != 99 for event in heard)
    assert "a subscriber raised" in caplog.text


def test_an_unknown_kind_gets_a_suggestion(recording):
    with pytest.raises(UsageError) as caught:
        Playback(COUNTER, recording).subscribe(["pres"], print)
    assert "did you mean press?" in caught.value.hint


def test_other_rules_are_unverifiable(recording):
    class Newer(Counter):
        rules = 2

    class Changed(Counter):
        input_dtype = np.dtype([("dx", "<i4"), ("buttons", "u1")])

    class Picky(Counter):
        def new_match(self, seed, players, config):
            raise KeyError("map")

    for game, message in (
        (Newer(), "needs counter rules 1"),
        (BANK, "needs counter rules 1"),
        (Changed(), "inputs"),
        (Picky(), "cannot start"),
    ):
        with pytest.raises(UnverifiableError, match=message):
            Playback(game, recording)


def test_checkpoints_double_their_spacing_when_the_budget_is_full():
    checkpoints = Checkpoints(spacing_ticks=10, budget_bytes=1000)
    for tick in range(0, 10_000, 10):
        checkpoints.add(tick, bytes(100), 100)
        assert len(checkpoints) <= 10
    assert checkpoints.spacing_ticks == 1280
    assert checkpoints.nearest(9_999) == (8960, bytes(100))
    assert checkpoints.nearest(0)[0] == 0
    assert not checkpoints.wants(8961) and checkpoints.wants(1280 * 100)


def test_checkpoints_without_a_state_that_early_say_so():
    checkpoints = Checkpoints(10, 1000)
    checkpoints.add(20, b"x", 1)
    with pytest.raises(IndexError):
        checkpoints.nearest(19)


def test_a_checkpoint_that_goes_is_released_once_and_none_is_released_while_kept():
    released = []
    checkpoints = Checkpoints(10, 1000, release=released.append)
    for tick in range(0, 2000, 10):
        checkpoints.add(tick, tick, 100)
    checkpoints.add(5, 5, 100)  # not wanted there
    assert 5 in released and len(set(released)) == len(released)
    assert len(released) + len(checkpoints) == 201 and not set(released) & set(checkpoints._values)
    checkpoints.clear()
    assert len(released) == 201 and not len(checkpoints)


def test_two_seeds_differ():
    hashes = set()
    for seed in range(20):
        match = COUNTER.new_match(seed, 2, {})
        match.advance(random_inputs(COUNTER, 10, 2))
        hashes.add(state_hash(match))
    assert len(hashes) == 20
