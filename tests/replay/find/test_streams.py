"""Followers over many recordings: every event once, in order, under one position; the end, a cut and a pause are told apart."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from damage import record
from patience import PATIENCE_SECONDS, soon
from streamed import read
from toys import BANK, COUNTER, DriftingGame

from replay import Playback, Recording, UsageError
from replay.core.events import event_dicts
from replay.core.lock import lock
from replay.find.follow import Position
from replay.find.library import Library
from replay.find.library.following import follow
from replay.find.streams import Place, follow_all, parse_places

HERE = Path(__file__).parents[1]


def all_events(path, game=COUNTER):
    with Recording(path) as recording:
        return list(event_dicts(game, Playback(game, recording, use_snapshots=False).step(recording.ticks)))


def bare(records):
    own = ("record", "stream", "position", "consumer")
    return [{key: value for key, value in each.items() if key not in own} for each in records if each["record"] == "event"]


def all_of(folder, **options):
    return list(follow_all([folder], live=False, still_seconds=0, game=COUNTER, **options))


@pytest.fixture
def folder(tmp_path):
    """Two whole recordings, one of which is in a folder below, and one that is cut."""
    (tmp_path / "x;y=z").mkdir()
    record(tmp_path / "a.replay", COUNTER, ticks=130, seed=1)
    record(tmp_path / "x;y=z" / "b.replay", COUNTER, ticks=130, seed=2)
    record(tmp_path / "c.replay", COUNTER, ticks=130, seed=3)
    cut = tmp_path / "c.replay"
    cut.write_bytes(cut.read_bytes()[:-90])
    os.utime(cut, (1, 1))
    return tmp_path


def test_a_folder_is_followed_and_each_recording_says_what_it_is_and_how_it_ends(folder):
    records = all_of(folder)
    names = ["a.replay", "c.replay", "x;y=z/b.replay"]
    for name, end in zip(names, ("ended", "cut", "ended"), strict=True):
        of_one = [each for each in records if each.get("stream") == name]
        assert [of_one[0]["record"], of_one[-1]["record"]] == ["begin", end]
        assert bare(of_one) == all_events(folder / name) != []
    begin = records[0]
    assert (begin["game"], begin["rules"], begin["players"]) == ("counter", 1, ["player 0", "player 1"])
    assert begin["schema"]["kinds"] == ["press", "luck"] and begin["schema"]["fields"]["amount"] == "<i4"
    assert [each["record"] for each in records[-2:]] == ["ended", "caught-up"]
    assert next(each for each in records if each["record"] == "ended")["result"]["sums"]


def test_from_any_position_the_rest_follows_and_nothing_twice(folder):
    records = all_of(folder)
    for number in [*range(0, len(records) - 1, 11), len(records) - 2]:
        assert all_of(folder, after=records[number]["position"]) == records[number + 1 :]
    assert [each["record"] for each in all_of(folder, after=records[-1]["position"])] == ["caught-up"]
    assert all_of(folder) == records  # whoever forgets the position gets all again


def test_kinds_are_followed_alone_and_without_any_nothing_is_simulated(folder, monkeypatch):
    events = [each for each in all_of(folder) if each["record"] == "event" and each["kind"] == "luck"]
    assert bare(all_of(folder, kinds=["luck"])) == bare(events) != []
    with pytest.raises(UsageError, match="has no event"):
        all_of(folder, kinds=["lick"])
    monkeypatch.setattr("replay.find.streams.EventStream", None)
    ends = [each["record"] for each in all_of(folder, kinds=[])]
    assert ends == ["begin", "ended", "begin", "cut", "begin", "ended", "caught-up"]


def test_a_cut_recording_that_grows_goes_on(folder, tmp_path):
    path = folder / "a.replay"
    whole = path.read_bytes()
    path.write_bytes(whole[:-200])
    os.utime(path, (1, 1))
    records = all_of(path.parent)
    assert [each["record"] for each in records if each.get("stream") == "a.replay"][-1] == "cut"
    again = all_of(folder, after=records[-1]["position"])
    assert [each["record"] for each in again] == ["caught-up"]
    path.write_bytes(whole)
    more = all_of(folder, after=records[-1]["position"])
    assert [more[0]["record"], more[-2]["record"]] == ["resumed", "ended"]
    before = [each for each in records if each.get("stream") == "a.replay"]
    assert bare(before + more) == all_events(path)


@pytest.mark.parametrize("how", ["renamed", "rewritten"])
def test_another_recording_that_takes_the_place_of_one_is_refused_and_none_of_it_is_given(folder, how):
    path, other = folder / "a.replay", (folder / "x;y=z" / "b.replay").read_bytes()
    expected = all_events(path)
    path.write_bytes(path.read_bytes()[:-200])
    records, seen = follow_all([path], game=COUNTER, poll_seconds=0.01, still_seconds=3600.0), []
    for each in records:
        seen.append(each)
        if each["record"] == "caught-up":
            (folder / "new").write_bytes(other)
            (folder / "new").rename(path) if how == "renamed" else path.write_bytes(other)
    assert seen[-1]["record"] == "refused" and seen[-1]["message"] == "another recording has taken its place"
    assert bare(seen) == expected[: len(bare(seen))] and "begin anew" in seen[-1]["hint"]


def test_a_newer_copy_of_the_same_recording_in_its_place_goes_on(folder):
    path, whole, seen = folder / "a.replay", (folder / "a.replay").read_bytes(), []
    path.write_bytes(whole[:-200])
    for each in follow_all([folder], game=COUNTER, poll_seconds=0.01, still_seconds=0.05):
        seen.append(each)
        if each["record"] == "caught-up":  # as programs do that fetch a file again as it grows
            (folder / "new").write_bytes(whole)
            (folder / "new").rename(path)
        if each["record"] == "ended" and each["stream"] == "a.replay":
            break
    assert not [each for each in seen if each["record"] == "refused"]
    assert bare([each for each in seen if each.get("stream") == "a.replay"]) == all_events(path)


def test_another_recording_in_the_place_of_a_cut_one_does_not_go_on_as_that(folder):
    path, other, seen = folder / "c.replay", (folder / "x;y=z" / "b.replay").read_bytes(), []
    assert len(other) > path.stat().st_size
    for each in follow_all([folder], game=COUNTER, poll_seconds=0.01, still_seconds=0):
        seen.append(each)
        if each["record"] == "caught-up":
            assert "cut" in [each["record"] for each in seen]
            (folder / "new").write_bytes(other)
            (folder / "new").rename(path)
        if each["record"] in ("refused", "resumed"):
            break
    assert (seen[-1]["record"], seen[-1]["stream"]) == ("refused", "c.replay") and "taken its place" in seen[-1]["message"]


def test_a_copy_that_pauses_is_neither_ended_nor_cut_while_it_may_go_on(folder, tmp_path):
    whole = (folder / "a.replay").read_bytes()
    copy = tmp_path / "copied" / "copy.replay"
    copy.parent.mkdir()
    copy.write_bytes(whole[:700])
    seen, over = [], threading.Event()
    options = {"game": COUNTER, "poll_seconds": 0.01, "still_seconds": 3600.0, "is_cancelled": over.is_set}

    def consume():
        for each in follow_all([copy.parent], **options):
            seen.append(each)
            if each["record"] in ("ended", "cut"):
                over.set()

    consumer = threading.Thread(target=consume)
    consumer.start()
    assert soon(lambda: any(each["record"] == "caught-up" for each in seen))
    with copy.open("ab") as file:
        file.write(whole[700:1000])
        file.flush()
        assert soon(lambda: len(bare(seen)))
        assert not over.is_set()
        file.write(whole[1000:])
    consumer.join(PATIENCE_SECONDS)
    assert seen[-1]["record"] == "ended" and bare(seen) == all_events(folder / "a.replay")


def test_a_recorder_that_dies_is_told_from_one_that_pauses_without_waiting(folder):
    path, seen = folder / "c.replay", []
    follower = follow_all([path], game=COUNTER, poll_seconds=0.01, still_seconds=3600.0)
    os.utime(path)
    with path.open("ab") as recorder:
        lock(recorder.fileno())  # as one that is recording, and pauses
        for each in follower:
            seen.append(each)
            if each["record"] == "caught-up":
                break
    seen += follower  # with the process the lock is gone
    assert [each["record"] for each in seen[-2:]] == ["caught-up", "cut"]
    assert bare(seen) == all_events(path) != []


def test_what_cannot_be_followed_is_a_record_and_holds_up_nobody(folder):
    record(folder / "b.replay", DriftingGame(), ticks=150)
    record(folder / "d.replay", BANK, ticks=60)
    (folder / "e.replay").write_bytes(b"")
    (folder / "f.replay").write_bytes(b"something else")
    records = all_of(folder)
    refused = {each["stream"]: each["message"] for each in records if each["record"] == "refused"}
    assert sorted(refused) == ["b.replay", "d.replay", "e.replay", "f.replay"]
    assert "differs from the recording" in refused["b.replay"] and "bank" in refused["d.replay"]
    assert sum(each["record"] in ("ended", "cut") for each in records) == 3


@pytest.mark.parametrize("text", ["a", "a=", "=1:0", "a=1", "a=1:0;b", "a=-1:0", "a=1:0..", "a=²:1"])
def test_what_is_not_a_position_is_refused(text, tmp_path):
    with pytest.raises(UsageError, match="not a position"):
        list(follow_all([tmp_path], after=text, live=False))


def test_a_position_is_read_as_it_was_written():
    places = {"a;=b": Place(), "ü": Place(Position(4, 1)), "c": Place(Position(4, 1), True), "d": Place(cut_ticks=60)}
    assert parse_places("a%3B%3Db=-;%C3%BC=4:1;c=4:1.;d=-!60") == places


def test_a_library_enters_what_has_ended_or_is_cut_once_and_what_comes_later(folder):
    over = threading.Event()
    with Library(folder / "library.sqlite", find_game=lambda name: COUNTER) as library:
        options = {"poll_seconds": 0.01, "still_seconds": 0.0, "is_cancelled": over.is_set}
        outcomes = follow(library, [folder], options)
        first = {outcome.path.name: outcome.verdict for outcome in (next(outcomes) for _ in range(3))}
        assert first == {"a.replay": "ok", "b.replay": "ok", "c.replay": "incomplete"}
        record(folder / "later.replay", COUNTER, ticks=70, seed=9)
        assert next(outcomes)[:2] == (folder / "later.replay", "new")
        over.set()
        assert list(outcomes) == []
        assert [entry.path.name for entry in library.find("verdict:ok", sort="file")] == ["a.replay", "later.replay", "b.replay"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")
def test_of_twenty_live_recordings_every_event_comes_once_whoever_is_killed(tmp_path):
    folder, journal = tmp_path / "recordings", tmp_path / "journal"
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    script = [sys.executable, str(HERE / "streamed.py")]
    recorders = subprocess.Popen([*script, "record", str(folder), "20", "3"], env=environment)
    try:
        consumers = [*script, "consume", str(folder), str(journal), "20", "20", "4"]
        subprocess.run(consumers, env=environment, check=True, timeout=PATIENCE_SECONDS)
    finally:
        recorders.kill()
        recorders.wait()
    records = read(journal)
    assert len({each["consumer"] for each in records}) > 10
    for number in range(20):
        of_one = [each for each in records if each["stream"] == f"{number}.replay"]
        path = folder / f"{number}.replay"
        with Recording(path) as recording:
            assert (recording.end is None) == bool(number % 2)
        assert bare(of_one) == all_events(path) != []
        ends = [each["record"] for each in of_one if each["record"] != "event"]
        assert ends == ["begin", "cut" if number % 2 else "ended"]
