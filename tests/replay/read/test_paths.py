"""Fields by path, as rows that a person reads."""

from replay.read.paths import paths_of, rows_of


def test_an_object_is_a_row_and_so_is_a_list_and_a_dict():
    fields = {
        "tick": 4,
        "ball.x": 1,
        "ball.at.y": 2,
        "score[0]": 3,
        "score[1]": 4,
        "bank['Ann']": 5,
        "grid[1,2]": 6,
        "men[0].hp": 7,
    }
    assert rows_of(fields) == {
        "tick": [("", 4)],
        "ball": [("x", 1)],
        "ball.at": [("y", 2)],
        "score": [("", 3), ("", 4)],
        "bank": [("'Ann'", 5)],
        "grid": [("", 6)],
        "men[0]": [("hp", 7)],
    }


def test_plain_data_has_the_paths_that_fields_of_a_state_have():
    assert paths_of({"sums": [3, [5, 6]], "by": {"Ann": 1}, "none": {}, "over": True}) == {
        "sums[0]": 3,
        "sums[1][0]": 5,
        "sums[1][1]": 6,
        "by.Ann": 1,
        "over": True,
    }
