import numpy as np
import pytest

from replay import UsageError
from replay.prove.expression import MAX_LENGTH, compile_expression

PLAYER = np.dtype([("health", "<i2"), ("ammo", "<i2", (3,))])
STATE = np.dtype([("tick", "<i8"), ("any_flag", "u1"), ("players", PLAYER, (3,)), ("grid", "i1", (2, 2))])


@pytest.fixture
def state():
    record = np.zeros(1, STATE)
    record["tick"] = 70
    record["players"]["health"] = [[100, 0, -5]]
    record["players"]["ammo"][0, 1] = [1, 2, 3]
    record["grid"] = [[[1, 2], [3, 4]]]
    return record[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("tick", 70),
        ("2 + 3 * 4 - 5", 9),
        ("(2 + 3) * 4", 20),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("--7", 7),
        ("10 - 3 - 2", 5),
        ("players.0.health", 100),
        ("players[2].health", -5),
        ("players.*.health", [100, 0, -5]),
        ("players[1].ammo[2]", 3),
        ("players.1.ammo.*", [1, 2, 3]),
        ("grid[1][0] * 10 + grid.0.1", 32),
        ("grid[1,0]", 3),
        ("grid[*,1]", [2, 4]),
        ("any_flag == 0", True),
        ("1 < 2 < 3", True),
        ("1 < 3 < 2", False),
        ("tick == 70 and not players.0.health <= 0", True),
        ("not not tick", True),
        ("tick < 0 or players.2.health < 0", True),
        ("any(players.*.health < 0)", True),
        ("all(players.*.health < 0)", False),
        ("sum(players.*.health)", 95),
        ("min(players.*.health) + max(players.*.health)", 95),
        ("count(players.*.health)", 2),
        ("sum(players.*.health * 2 + 1)", 193),
        ("players.*.health - players.*.health", [0, 0, 0]),
        ("any(tick)", True),
    ],
)
def test_expressions_mean_what_they_mean_in_python(text, value, state):
    assert compile_expression(text, STATE)(state) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected a number, a field or ( at character 1, found the end"),
        ("tick <", "found the end"),
        ("tick tick", "expected an operator"),
        ("(tick", "expected ')'"),
        ("grid[1,0", "expected ']'"),
        ("grid[1,0,0]", "it is a number"),
        ("any(tick, tick)", "it is a number"),
        ("health", "a field of the state (tick, any_flag, players, grid)"),
        ("players.3.health", "an index of players: 0..2, or *"),
        ("players.0.gold", "a field of players.0 (health, ammo)"),
        ("players", "players is a list of 3"),
        ("players.0", "players.0 is a record of health, ammo"),
        ("players.0.ammo", "is a list of 3"),
        ("tick.real", "it is a number"),
        ("any tick", "expected '('"),
        ("and", "expected a number"),
        ("tick & 1", "'&' is not in the language"),
        ("'text'", "is not in the language"),
        ("tick ** 2", "expected a number"),
        ("__import__", "a field of the state"),
        ("tick.__class__", "it is a number"),
        ("(lambda: 0)", "a field of the state"),
        ("1.5", "expected an operator"),
        ("(" * 50 + "1" + ")" * 50, "levels deep"),
        ("1+" * MAX_LENGTH + "1", f"up to {MAX_LENGTH} characters"),
    ],
)
def test_what_is_not_in_the_language_is_refused_and_the_message_says_where(text, words):
    with pytest.raises(UsageError) as error:
        compile_expression(text, STATE)
    assert words in str(error.value) and error.value.hint


@pytest.mark.parametrize("text", ["1 // 0", "tick % (tick - 70)", "players.*.health - grid.*.0"])
def test_what_cannot_be_computed_is_an_error_and_no_crash(text, state):
    with pytest.raises(UsageError):
        compile_expression(text, STATE)(state)
