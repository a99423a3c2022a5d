"""What comes out of the process behind the wall is data: of the form it must have, or nothing."""

import json
from pathlib import Path

import pytest
from damage import record
from toys import BANK

from replay import verify
from replay.prove.report import as_data
from replay.prove.sandbox.answer import Answer, NonsenseError

WORD = "5f3a"
FACTS = {"game": "bank", "rules": 1, "start_tick": 0, "ticks": 150, "ticks_per_second": 60}


def lines(*said, word=WORD):
    return b"".join(word.encode() + json.dumps(each).encode() + b"\n" for each in said)


def answer_of(verification, facts=FACTS):
    return Answer(lines({"facts": facts, "missing": []}, {"loaded": True}, {"verification": verification}), WORD)


@pytest.fixture
def said(path):
    record(path, BANK)
    return json.loads(json.dumps(as_data(verify(path, BANK))))


def test_what_a_verification_says_comes_out_as_it_went_in(said, path):
    out = answer_of(said).verification(path)
    assert out.is_ok and out.ticks == 150 and out.result == said["result"] and out.path == path
    diverged = {**said, "verdict": "diverged", "what": "state", "first_bad_tick": 7, "last_good_tick": 6}
    assert answer_of(diverged).verification(path).first_bad_tick == 7


def test_lines_without_the_word_say_nothing(said):
    forged = lines({"facts": {**FACTS, "game": "other"}}, {"verification": said}, word="")
    answer = Answer(forged + lines({"facts": FACTS}), WORD)
    assert answer.facts == FACTS and answer.verification(Path("x")) is None


def test_whose_match_it_is_the_rules_cannot_say_again(said):
    again = lines({"facts": FACTS}, {"facts": {**FACTS, "game": "other", "ticks": 1}}, {"verification": {**said, "game": "other"}})
    assert Answer(again, WORD).verification(Path("x")).game == "bank"


@pytest.mark.parametrize(
    "change",
    [
        {"ticks": 149},
        {"ticks": "150"},
        {"ticks": True},
        {"final_hash": None},
        {"final_hash": 2**64},
        {"verdict": "splendid"},
        {"message": ["x"]},
        {"hint": None},
        {"notes": "x"},
        {"notes": [1]},
        {"notes": ["x"] * 5000},
        {"result": []},
        {"result": {"deep": json.loads("[" * 50 + "]" * 50)}},
        {"what": "weather"},
        {"what": "state", "last_good_tick": "x"},
        {"what": "state", "last_good_tick": 1, "events": [{"kind": 1}]},
        {"what": "state", "last_good_tick": 1, "fields": [{"path": 1, "recorded": 1, "computed": 1}]},
        {"seconds": "soon"},
        {"seconds": float("nan")},
        {"result": {"score": float("inf")}},
    ],
    ids=str,
)
def test_nonsense_is_refused(said, change):
    with pytest.raises(NonsenseError):
        answer_of({**said, **change}).verification(Path("x"))


def test_a_long_message_is_cut_and_what_is_no_json_is_passed_by(said):
    assert len(answer_of({**said, "message": "x" * 10**5}).verification(Path("x")).message) < 5000
    bad = WORD.encode() + b"[" * 10**5 + b"\n" + WORD.encode() + b"\xff\n" + WORD.encode() + b"[]\n"
    assert answer_of(said).verification(Path("x")).is_ok
    assert Answer(bad + lines({"facts": FACTS}, {"verification": said}), WORD).verification(Path("x")).is_ok


def test_a_file_without_a_header_cannot_be_ok(said):
    with pytest.raises(NonsenseError):
        answer_of(said, facts=None).verification(Path("x"))
