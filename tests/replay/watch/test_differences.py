"""Where two recordings differ and which moments belong together: no window needed."""

import pytest
from pairs import BANK, amounts, variant
from toys import COUNTER, random_inputs

from replay import Playback, Recorder, Recording
from replay.core.errors import UsageError
from replay.prove.diff import compare
from replay.watch.model.alignment import END, TICK, Alignment
from replay.watch.model.contrast import what_differs
from replay.watch.model.differences import Differences, Run
from replay.watch.model.marks import Marks
from replay.watch.model.pairing import Pairing
from replay.watch.model.session import Session


def compared(a, b, game=COUNTER):
    differences = Differences((a, b), game)
    differences.start()
    differences.wait()
    assert differences.is_done
    return differences


def states_that_differ(a, b, game):
    """Tick by tick, from the start."""
    with Recording(a) as ours, Recording(b) as theirs:
        left, right = Playback(game, ours, use_snapshots=False), Playback(game, theirs, use_snapshots=False)
        ticks = []
        while True:
            if left.match.save() != right.match.save():
                ticks.append(left.tick)
            if left.at_end or right.at_end:
                return ticks
            left.step()
            right.step()


@pytest.fixture
def pairing(recording, tmp_path):
    """The recording beside one in which the third player presses more from tick 700 to 709, and which ends earlier."""
    other = variant(recording, tmp_path / "other.replay", COUNTER, range(700, 710), ticks=1500)
    with Session(recording, COUNTER) as a, Session(other, COUNTER) as b:
        pairing = Pairing(a, b)
        yield pairing
        pairing.close()


# --- differences ---


@pytest.mark.parametrize("changed", [(0,), (1,), (59,), (60,), (61,), (899, 1200), (1799,)])
def test_the_first_difference_is_the_one_that_going_tick_by_tick_finds(recording, tmp_path, changed):
    other = variant(recording, tmp_path / "other.replay", COUNTER, changed)
    differences, expected = compared(recording, other), states_that_differ(recording, other, COUNTER)
    assert differences.first == min(changed) and differences.state_runs == [Run(expected[0], expected[-1] + 1)]
    with Recording(recording) as a, Recording(other) as b:
        comparison = compare(a, b, COUNTER)
    assert (comparison.input_tick, comparison.state_tick) == (min(changed), expected[0])


def test_the_same_match_has_none(recording, tmp_path):
    differences = compared(recording, variant(recording, tmp_path / "other.replay", COUNTER, ticks=1000))
    assert differences.first is None and not differences.note and differences.span == (0, 1000)
    assert differences.progress == 1.0 and differences.starts() == []


def test_states_that_are_equal_again_end_a_difference(tmp_path):
    a = amounts(tmp_path / "a.replay", {10: 5, 300: 1})
    b = amounts(tmp_path / "b.replay", {10: 5, 100: 7, 130: -7, 300: 1})
    differences = compared(a, b, BANK)
    assert states_that_differ(a, b, BANK) == [*range(101, 131)]
    assert differences.input_runs == [Run(100, 131)]  # less than a second apart: one difference
    assert differences.state_runs[0].first == 101 and len(differences.state_runs) == 1
    assert differences.state_runs[0].stop <= 131 + BANK.ticks_per_second


def test_from_difference_to_difference(recording, tmp_path):
    differences = compared(recording, variant(recording, tmp_path / "other.replay", COUNTER, (300, 310, 900)))
    assert differences.input_runs == [Run(300, 311), Run(900, 901)]
    assert [run.first for run in differences.state_runs] == [301, 901]
    assert differences.starts() == [300, 900]  # what follows from an input within a second belongs to it
    assert [differences.neighbour(tick, 1) for tick in (0, 300, 301, 900)] == [300, 900, 900, None]
    assert [differences.neighbour(tick, -1) for tick in (1800, 900, 301, 300)] == [900, 300, 300, None]


def test_a_difference_that_is_gone_before_the_second_ends_is_one(recording, tmp_path):
    other = variant(recording, tmp_path / "other.replay", COUNTER, (300, 310))
    expected = states_that_differ(recording, other, COUNTER)
    with Recording(recording) as a, Recording(other) as b:
        assert compare(a, b, COUNTER).state_tick == expected[0] == 301
    (run,) = compared(recording, other).state_runs
    assert run.first == 301 and expected[-1] < run.stop


@pytest.mark.parametrize(
    ("header", "note"),
    [
        ({"seed": 6}, "not the same match: seed 5 | 6"),
        ({"players": ["Ann", "Ben", "Dora"]}, "not the same match: other players"),
        ({"config": {"words": "x" * 200}}, "not the same match: other config"),
    ],
)
def test_what_makes_two_matches_different_is_said(recording, tmp_path, header, note):
    differences = compared(recording, variant(recording, tmp_path / "other.replay", COUNTER, **header))
    assert differences.note == note


def test_other_numbers_of_players_and_other_games_are_not_compared(recording, tmp_path):
    fewer = tmp_path / "fewer.replay"
    with Recorder(fewer, COUNTER, seed=5, players=["Ann"], config={}) as recorder:
        for row in random_inputs(COUNTER, 100, 1):
            recorder.step(row)
    bank = amounts(tmp_path / "bank.replay", {10: 5})
    for other, words in ((fewer, "other players"), (bank, "game counter | bank")):
        differences = compared(recording, other)
        assert words in differences.note and differences.first is None and not differences.tick


def test_a_file_that_is_gone_is_said(recording, tmp_path):
    assert compared(recording, tmp_path / "none.replay").note == "No such file or directory"


# --- moments that belong together ---


def test_an_alignment_goes_both_ways():
    for alignment in (Alignment((60, 60)), Alignment((60, 30), shift=7), Alignment((60, 60), END, (1800, 1500), -3)):
        for tick in (0, 100, 1800):
            assert alignment.to_a(alignment.to_b(tick)) == pytest.approx(tick)
    assert Alignment((60, 30)).to_b(120) == 60 and Alignment((60, 60), END, (1800, 1500)).to_b(1800) == 1500
    assert Alignment((60, 60), shift=1).to_b(10) == 11
    texts = [Alignment((60, rate), name, shift=shift).text for rate, name, shift in ((60, TICK, 0), (30, TICK, 2), (60, END, -1))]
    assert texts == ["same tick", "same time, B +2 ticks", "same end, B -1 ticks"]


def test_only_tick_by_tick_can_states_be_compared():
    assert Alignment((60, 60)).is_tick_by_tick and Alignment((60, 60), END, (900, 900)).is_tick_by_tick
    assert not Alignment((60, 30)).is_tick_by_tick and not Alignment((60, 60), shift=1).is_tick_by_tick


def test_by_tick_by_the_end_and_by_an_event(pairing):
    assert pairing.position(900) == 900 and pairing.position(1700) == 1500  # it has no more
    pairing.align(END)
    assert pairing.position(1800) == 1500 and pairing.position(100) == 0
    pairing.align("press:3")
    a, b = pairing.alignment.anchors
    assert pairing.position(a) == b
    with pytest.raises(UsageError, match="no press:99999"):
        pairing.align("press:99999")


def test_the_transport_reaches_as_far_as_the_longer_one(pairing):
    transport = pairing.a.transport
    pairing.suit(transport)
    assert transport.ticks == 1800
    pairing.alignment.shift = -400
    pairing.suit(transport)
    assert transport.ticks == 1900  # where B has its tick 1500


def test_an_event_that_both_have_is_found_by_its_number(pairing):
    for session in (pairing.a, pairing.b):
        session.survey.start()
        session.survey.wait()
    assert pairing.shared_mark(None)[0] == "press:1"
    marks = [mark for mark in pairing.b.survey.events if pairing.b.story.kind(mark) == "luck"]
    ours = Marks(pairing.a.story, pairing.a.recording, pairing.a.survey).all()
    name, (_, theirs) = pairing.shared_mark(next(mark for mark in ours if mark.kind == "luck"))
    assert name == "luck:1" and theirs == marks[0]["tick"]


def test_the_same_file_twice_is_refused(recording):
    with Session(recording, COUNTER) as a, Session(recording, COUNTER) as b, pytest.raises(UsageError, match="is both A and B"):
        Pairing(a, b)


# --- in words ---


def test_what_differs_is_said_of_inputs_events_and_fields(pairing):
    assert pairing.lines(500, 99) == []
    first = pairing.lines(700, 99)
    assert {line.kind for line in first} == {"input", "event"} and first[0].what == "Cléo 漢字 holds"
    assert what_differs(first).startswith("Cléo 漢字 holds: ")
    later = pairing.lines(701, 99)
    assert "Cléo 漢字  sum" in [line.what for line in later if line.kind == "field"]
    assert pairing.lines(701, 1) == later[:1]


def test_beyond_its_end_the_last_state_stands(pairing):
    lines = pairing.lines(1799, 99)
    assert "tick" in [line.what for line in lines] and any(line.b == "" for line in lines if line.kind == "input")


def test_nothing_is_said_of_two_games(recording, tmp_path):
    bank = amounts(tmp_path / "bank.replay", {10: 5})
    with Session(recording, COUNTER) as a, Session(bank, BANK) as b:
        assert Pairing(a, b).lines(10, 99) == []
