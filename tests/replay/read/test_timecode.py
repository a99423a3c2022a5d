import pytest
from damage import record
from toys import COUNTER

from replay import Playback, Recording, UnverifiableError, UsageError, append_marker
from replay.read.timecode import clock, resolve, split_moment


def test_a_moment_is_split_off_whatever_the_case_of_the_suffix():
    assert split_moment("a@b.REPLAY@death:3") == ("a@b.REPLAY", "death:3")
    assert split_moment("a@b.replay@@ace") == ("a@b.replay", "@ace")
    assert split_moment("live@20s") == ("live", "20s")


@pytest.fixture
def recording(path):
    record(path, COUNTER, ticks=3600)
    append_marker(path, 77, "first blood")
    with Recording(path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "tick"),
    [
        ("0", 0),
        ("1204", 1204),
        ("20.07s", 1204),
        ("20s", 1200),
        ("0:20.5", 1230),
        ("1:00", 3600),
        ("0:00:30", 1800),
        ("50%", 1800),
        ("0%", 0),
        ("100%", 3600),
        ("end", 3600),
        ("end-5s", 3300),
        ("end-0:10", 3000),
        ("end-1", 3599),
        ("@first blood", 77),
        (" 12 ", 12),
    ],
)
def test_a_time_names_a_tick(recording, text, tick):
    assert resolve(text, recording, COUNTER) == tick


def test_an_event_is_named_by_its_kind_and_number(recording):
    events = Playback(COUNTER, recording).step(3600)
    lucky = events["tick"][events["kind"] == 1]
    assert len(lucky) > 5
    assert [resolve(f"luck:{number}", recording, COUNTER) for number in (1, 3, len(lucky))] == [lucky[0], lucky[2], lucky[-1]]
    assert resolve("luck:3-1s", recording, COUNTER) == max(0, lucky[2] - 60)
    assert resolve("luck:3+20", recording, COUNTER) == lucky[2] + 20


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "3601",
        "61s",
        "101%",
        "abc",
        "1:2:3:4",
        "@nobody",
        "luck:0",
        "luck:99999",
        "lick:1",
        "end-2:00",
        "end+1",
        "1e3",
        "٣",
        "9" * 30,
        "nans",
    ],
)
def test_what_is_no_moment_of_this_recording_is_a_usage_error(recording, text):
    with pytest.raises(UsageError):
        resolve(text, recording, COUNTER)


def test_events_need_the_game(recording):
    with pytest.raises(UnverifiableError):
        resolve("luck:1", recording)


def test_a_file_may_be_followed_by_a_time(path, tmp_path):
    assert split_moment("a/b.replay@20s") == ("a/b.replay", "20s")
    assert split_moment("b.replay@@first blood") == ("b.replay", "@first blood")
    assert split_moment("b.replay") == ("b.replay", None)
    (tmp_path / "me@home.replay").touch()
    assert split_moment(str(tmp_path / "me@home.replay")) == (str(tmp_path / "me@home.replay"), None)


def test_a_clock_shows_hours_only_where_there_are_any():
    assert [clock(tick, 60) for tick in (0, 1, 1204, 3600)] == ["00:00.00", "00:00.02", "00:20.07", "01:00.00"]
    assert clock(216_000 + 60, 60) == "1:00:01.00"
