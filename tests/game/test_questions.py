"""The twelve questions of the guide: what SQL answers is what a loop over the matches counts."""

from __future__ import annotations

import pytest
from folds import ANSWERS, STATES_EVERY, Played, questions, record_bots

from game.match import ARENA
from replay.find.tables import Questions, fill


@pytest.fixture(scope="module")
def matches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("questions")
    paths = record_bots(folder / "recordings", range(12))
    assert [filed.status for filed in fill(folder / "tables", paths, lambda name: ARENA, every=STATES_EVERY)] == ["new"] * 12
    with Questions(folder / "tables") as asked:
        yield asked, [Played(path, folder) for path in paths]


def test_the_guide_has_twelve_questions():
    assert len(questions()) == len(ANSWERS) == 12


@pytest.mark.parametrize("number", range(12), ids=[answer.__name__ for answer in ANSWERS])
def test_a_question_of_the_guide_is_answered_as_a_loop_answers_it(matches, number):
    asked, played = matches
    answer = asked.ask(questions()[number])
    rows = list(zip(*(column.to_pylist() for column in answer.columns), strict=True))
    expected = ANSWERS[number](played)
    assert len(rows) == len(expected) > 0
    for row, one in zip(rows, expected, strict=True):
        assert row == tuple(pytest.approx(each) if isinstance(each, float) else each for each in one)


@pytest.mark.parametrize("number", range(12), ids=[answer.__name__ for answer in ANSWERS])
def test_a_loop_over_other_matches_answers_otherwise(matches, number):
    _, played = matches
    assert ANSWERS[number](played) != ANSWERS[number](played[:3])
