import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from damage import record
from patience import PATIENCE_SECONDS, soon
from talk import DRIFT, TALK, record_talk
from toys import BANK, COUNTER, Counter, CounterMatch, random_inputs

from replay import CutError, FormatError, Playback, Recorder, Recording, ReplayError, UsageError
from replay.core.events import event_dicts
from replay.find.edit import clip
from replay.find.follow import BEGIN, Position, follow, subscribe

HERE = Path(__file__).parents[1]
RECORD_FOREVER = """
import sys, time
from toys import COUNTER, random_inputs
from replay import Recorder
rows = random_inputs(COUNTER, 100_000, 2, int(sys.argv[2]))
recorder = Recorder(sys.argv[1], COUNTER, seed=5, players=["a", "b"], config={})
for row in rows:
    recorder.step(row)
    if recorder.tick % 60 == 0:
        time.sleep(0.002)
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(sys.modules["replay.find.growing"], "STILL_SECONDS", 0.2)


def all_events(path, game=COUNTER):
    with Recording(path) as recording:
        return list(event_dicts(game, Playback(game, recording, use_snapshots=False).step(recording.ticks)))


def without_position(events):
    return [{key: value for key, value in event.items() if key != "position"} for event in events]


def start_recorder(path, seed=1):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    process = subprocess.Popen([sys.executable, "-c", RECORD_FOREVER, str(path), str(seed)], env=environment)
    while not (path.exists() and path.stat().st_size > 1000):
        time.sleep(0.01)
        assert process.poll() is None
    return process


def test_every_event_comes_once_in_order_with_a_position_of_its_own(path):
    record(path, COUNTER, ticks=700)
    events = list(follow(path, game=COUNTER))
    assert without_position(events) == all_events(path)
    positions = [Position.parse(event["position"]) for event in events]
    assert positions == sorted(set(positions))
    assert all(position.tick == event["tick"] for position, event in zip(positions, events, strict=True))
    assert any(position.index for position in positions)


def test_from_any_position_the_rest_follows(path):
    record(path, COUNTER, ticks=130)
    events = list(follow(path, game=COUNTER))
    for number, event in enumerate(events):
        assert list(follow(path, game=COUNTER, after=event["position"])) == events[number + 1 :]
    assert list(follow(path, game=COUNTER, after="99999:0")) == []


def test_an_event_has_the_same_position_whatever_kinds_are_followed(path):
    record(path, COUNTER, ticks=700)
    events = list(follow(path, game=COUNTER))
    luck = list(follow(path, game=COUNTER, kinds=["luck"]))
    assert luck == [event for event in events if event["kind"] == "luck"] != []


@pytest.mark.parametrize("text", ["", "5", ":", "5:", ":5", "-1:0", "1:2:3", "a:b", "1.5:0", "²:1", "9" * 30 + ":1"])
def test_what_is_not_a_position_is_refused(text):
    with pytest.raises(UsageError, match="not a position"):
        Position.parse(text)


def test_a_kind_that_the_game_has_not_is_refused(path):
    record(path, COUNTER)
    with pytest.raises(UsageError, match="has no event"):
        next(follow(path, game=COUNTER, kinds=["pres"]))


def test_a_match_is_followed_while_it_is_recorded(path):
    rows = random_inputs(COUNTER, 600, 2)
    seen, done = [], threading.Event()

    def consume():
        seen.extend(follow(path, game=COUNTER, poll_seconds=0.005))
        done.set()

    with Recorder(path, COUNTER, seed=1, players=["a", "b"], config={}) as recorder:
        consumer = threading.Thread(target=consume)
        consumer.start()
        for row in rows[:300]:
            recorder.step(row)
        assert soon(lambda: seen)  # before the match is over
        time.sleep(0.4)  # a pause does not end it: the recorder still holds its lock
        assert not done.is_set()
        for row in rows[300:]:
            recorder.step(row)
    consumer.join(PATIENCE_SECONDS)
    assert without_position(seen) == all_events(path)


def test_a_copy_that_pauses_is_followed_to_its_end(path, tmp_path):
    record(path, COUNTER, ticks=400)
    data, copy, seen = path.read_bytes(), tmp_path / "copy.replay", []
    copy.write_bytes(b"")

    def consume():
        seen.extend(follow(copy, game=COUNTER, poll_seconds=0.01, still_seconds=3600.0))

    consumer = threading.Thread(target=consume)
    consumer.start()
    with copy.open("ab") as file:
        for start in range(0, len(data), len(data) // 3):
            file.write(data[start : start + len(data) // 3])
            file.flush()
            time.sleep(0.3)
    consumer.join(PATIENCE_SECONDS)
    assert without_position(seen) == all_events(path) != []


def test_another_recording_that_takes_its_place_ends_it(path, tmp_path):
    record(path, ticks=150, seed=1)
    record(tmp_path / "other.replay", ticks=150, seed=2)
    path.write_bytes(path.read_bytes()[:-100])
    following = follow(path, game=BANK, poll_seconds=0.01, still_seconds=3600.0)
    next(following)
    (tmp_path / "other.replay").rename(path)
    with pytest.raises(ReplayError, match="another recording has taken its place"):
        list(following)


def test_a_reader_that_is_not_live_stops_at_what_is_there(path):
    with Recorder(path, COUNTER, seed=1, players=["a", "b"], config={}) as recorder:
        for row in random_inputs(COUNTER, 150, 2):
            recorder.step(row)
        events = list(follow(path, game=COUNTER, live=False))
        assert without_position(events) == all_events(path)
        assert events
        assert max(event["tick"] for event in events) < 120


@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(3))
def test_the_recorder_is_killed_and_readers_come_and_go_and_every_flushed_event_comes_once(path, attempt):
    random = np.random.default_rng(attempt)
    process = start_recorder(path, seed=attempt)
    seen, killed_at = [], time.monotonic() + 0.3
    try:
        while True:
            after = seen[-1]["position"] if seen else BEGIN
            patience = int(random.integers(20, 500))
            for event in follow(path, game=COUNTER, after=after, poll_seconds=0.01):
                seen.append(event)
                patience -= 1
                if not patience:  # this reader dies here, and another one takes over
                    break
                if time.monotonic() > killed_at:
                    process.send_signal(signal.SIGKILL)
            else:
                break
    finally:
        process.kill()
        process.wait()
    assert without_position(seen) == all_events(path)
    with Recording(path) as recording:
        assert isinstance(recording.damage, CutError)


def test_damage_is_told_after_the_events_of_what_is_whole(path):
    record(path, COUNTER, ticks=700)
    data = bytearray(path.read_bytes())
    data[-200] ^= 1
    path.write_bytes(data)
    seen = []
    with pytest.raises(FormatError, match="chunk"):
        for event in follow(path, game=COUNTER):
            seen.append(event)  # noqa: PERF402 - what came before the error counts
    assert without_position(seen) == all_events(path)


def test_a_subscriber_gets_everything_in_a_thread_of_its_own(path):
    record(path, BANK, ticks=700)
    threads, seen = set(), []

    def take(event):
        threads.add(threading.current_thread())
        seen.append(event)

    with subscribe(path, take, game=BANK) as follower:
        assert follower.join(PATIENCE_SECONDS)
    assert without_position(seen) == all_events(path, BANK)
    assert threading.current_thread() not in threads
    assert (follower.error, str(follower.position)) == (None, seen[-1]["position"])


def test_a_subscriber_that_raises_is_ended_and_another_one_goes_on_where_it_was(path):
    record(path, BANK, ticks=700)
    seen = []

    def fragile(event):
        if len(seen) == 10:
            raise RuntimeError("full")
        seen.append(event)

    follower = subscribe(path, fragile, game=BANK)
    assert follower.join(PATIENCE_SECONDS)
    assert isinstance(follower.error, RuntimeError)
    again = subscribe(path, seen.append, game=BANK, after=follower.position)
    assert again.join(PATIENCE_SECONDS)
    assert without_position(seen) == all_events(path, BANK)


def test_a_slow_subscriber_does_not_slow_the_match(path):
    over, taken = threading.Event(), []

    def take(event):
        taken.append(over.wait(PATIENCE_SECONDS))  # the first event keeps it until the match is over

    with Recorder(path, COUNTER, seed=1, players=["a", "b"], config={}) as recorder:
        follower = subscribe(path, take, game=COUNTER)
        for row in random_inputs(COUNTER, 600, 2):
            recorder.step(row)
        assert not taken
    over.set()
    assert soon(lambda: taken)
    follower.cancel()
    assert all(taken)


def test_listed_events_of_a_match_with_commands_are_followed(path):
    record_talk(path, crash=True)
    events = list(follow(path, game=TALK))
    assert without_position(events) == all_events(path, TALK)
    assert [event["kind"] for event in events] == ["said"] * len(events)
    for number, event in enumerate(events):
        assert list(follow(path, game=TALK, after=event["position"])) == events[number + 1 :]
    assert list(follow(path, game=TALK, kinds=["said"])) == events
    with pytest.raises(UsageError, match="has no event"):
        next(follow(path, game=TALK, kinds=["sad"]))


class PlacedMatch(CounterMatch):
    """Its events have a field called `position`, as records."""

    def advance(self, inputs):
        events = super().advance(inputs)
        placed = np.zeros(len(events), Placed.event_dtype)
        placed["tick"], placed["kind"], placed["position"] = events["tick"], events["kind"], 7
        return placed


class Placed(Counter):
    event_dtype = np.dtype([("position", "<i4"), ("tick", "<i4"), ("kind", "i1")])
    match = PlacedMatch


class OwnTicksMatch(type(TALK.new_match(1, 2, {}))):
    """Its events have fields called `position` and `tick`, as maps."""

    def advance(self, rows, commands):
        return [(tick, kind, {**data, "tick": -5, "position": 7}) for tick, kind, data in super().advance(rows, commands)]


class OwnTicks(type(TALK)):
    def new_match(self, seed, players, config):
        return OwnTicksMatch(seed, players, config)


@pytest.mark.parametrize(("game", "make"), [(Placed(), record), (OwnTicks(), record_talk)], ids=["records", "maps"])
def test_fields_that_are_called_like_the_engine_s_own_give_way_to_them(path, game, make):
    make(path, game=game, ticks=130)
    events = list(follow(path, game=game))
    places = [Position.parse(event["position"]) for event in events]
    assert len(events) > 5 and places == sorted(set(places))
    assert [event["tick"] for event in events] == [place.tick for place in places]
    assert all(next(iter(event)) == "position" for event in events)
    assert list(follow(path, game=game, after=events[3]["position"])) == events[4:]
    seen = []
    with subscribe(path, seen.append, game=game) as follower:
        assert follower.join(PATIENCE_SECONDS)
    assert seen == events and follower.position == places[-1]


def test_a_clip_is_followed_from_its_start(path, tmp_path):
    record(path, COUNTER, ticks=400)
    with Recording(path) as source:
        clip(source, tmp_path / "clip", 100, 333, COUNTER)
    whole = list(follow(path, game=COUNTER))
    inside = [event for event in whole if 100 <= event["tick"] < 333]
    assert list(follow(tmp_path / "clip", game=COUNTER)) == inside != []
    for after in ("0:0", "99:9", inside[3]["position"], inside[-1]["position"]):
        rest = [event for event in inside if Position.parse(event["position"]) > Position.parse(after)]
        assert list(follow(tmp_path / "clip", game=COUNTER, after=after)) == rest


@pytest.mark.parametrize("name", ["counter1-bare", "counter1-snapshots"])
def test_format_1_is_followed(name):
    path = HERE.parent / "trust" / "landed" / f"format1-{name}.replay"
    assert without_position(list(follow(path, game=COUNTER))) == all_events(path) != []


def test_events_of_another_match_are_not_published(path):
    record(path, COUNTER, ticks=400)
    seen = []
    with pytest.raises(ReplayError, match=r"differs from the recording since tick 10[12]"):
        for event in follow(path, game=DRIFT):
            seen.append(event)  # noqa: PERF402 - what came before the error counts
    assert len(seen) > 0
    assert without_position(seen) == [event for event in all_events(path) if event["tick"] <= seen[-1]["tick"]]
    assert seen[-1]["tick"] <= 101


def test_nobody_to_follow_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        next(follow(tmp_path / "none.replay", game=COUNTER))
