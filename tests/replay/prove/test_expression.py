import re

import numpy as np
import pytest

from replay import UsageError
from replay.prove.columns import Condition
from replay.prove.expression import MAX_DEPTH, MAX_LENGTH, compile_expression

PLAYER = np.dtype([("health", "<i2"), ("ammo", "<i2", (3,)), ("max", "<u8"), ("name", "S4")])
STATE = np.dtype([("tick", "<i8"), ("any_flag", "?"), ("players", PLAYER, (3,)), ("grid", "i1", (2, 2)), ("none", "i1", (0,))])
WITH_FLOATS = np.dtype([("x", ">f8"), ("parts", "<f4", (2,)), ("gold", "<u8")])


@pytest.fixture
def state():
    record = np.zeros(1, STATE)
    record["tick"] = 70
    record["players"]["health"] = [[100, 0, -5]]
    record["players"]["ammo"] = [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]
    record["players"]["max"] = [[0, 2**64 - 1, 7]]
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
        ("007", 7),
        ("10 - 3 - 2", 5),
        ("  tick\n", 70),
        ("players.0.health", 100),
        ("players[2].health", -5),
        ("players . 2 . health", -5),
        ("players[1].ammo[2]", 6),
        ("grid[1][0] * 10 + grid.0.1", 32),
        ("grid[1,0]", 3),
        ("grid[ 1 , 0 ]", 3),
        ("any_flag == 0", True),
        ("any_flag + any_flag", 0),
        ("1 < 2 < 3", True),
        ("1 < 3 < 2", False),
        ("tick == 70 and not players.0.health <= 0", True),
        ("not not tick", True),
        ("not tick == 70 or not tick", False),
        ("tick < 0 or players.2.health < 0", True),
        ("tick<0 or players.2.health<0", True),
        ("any(players.*.health < 0)", True),
        ("all(players.*.health < 0)", False),
        ("sum(players.*.health)", 95),
        ("min(players.*.health) + max(players.*.health)", 95),
        ("count(players.*.health)", 2),
        ("sum(players.*.health * 2 + 1)", 193),
        ("any(tick)", True),
        ("1" + " + 1" * 124, 125),
        ("-" * MAX_DEPTH + "1", 1),
        ("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH, 1),
    ],
)
def test_expressions_mean_what_they_mean_in_python(text, value, state):
    result = compile_expression(text, STATE)(state)
    assert result == value and type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("any(players.*.health > 50 and tick > 20)", True),
        ("any(players.*.health > 50 and tick > 70)", False),
        ("any(0 < players.*.health < 50)", False),
        ("any(-10 < players.*.health < 50)", True),
        ("count(0 <= players.*.health <= 100)", 2),
        ("count(players.*.health > 0 or players.*.health < 0)", 2),
        ("count(not players.*.health)", 1),
        ("all(not players.*.health < -5)", True),
        ("sum((players.*.health < 0) + (players.*.health < 50))", 3),
        ("sum(-players.*.health)", -95),
        ("sum(players.*.health // 2)", 47),
        ("sum(players.*.health % 7)", 4),
        ("sum(players.*.health * players.*.ammo.1)", 160),
        ("sum(players.1.ammo.*)", 15),
        ("sum(players.*.ammo[2])", 18),
        ("sum(players.*.ammo.*)", 45),
        ("max(grid[*,1])", 4),
        ("sum(grid[0,*])", 3),
        ("sum(grid.*.* - grid[*][*])", 0),
        ("count(players.*.health * 3 > sum(players.*.health))", 1),
        ("count(players.*.health and 100 // players.*.health < 0)", 1),
        ("sum(none.*)", 0),
    ],
)
def test_every_operator_works_on_lists_item_by_item(text, value, state):
    assert compile_expression(text, STATE)(state) == value


@pytest.mark.parametrize("text", ["players.*.health", "players.*.health > 5000 and tick > 20", "0 < grid.*.* < 5", "not none.*"])
def test_a_list_is_not_an_answer_and_that_is_said_before_any_state_is_looked_at(text):
    with pytest.raises(UsageError, match="is a list of") as error:
        compile_expression(text, STATE)
    assert error.value.hint == "say any(...) or all(...)"


def test_whole_numbers_do_not_overflow(state):
    assert compile_expression("players.0.max - 1", STATE)(state) == -1
    assert compile_expression("players.1.max + 1", STATE)(state) == 2**64
    assert compile_expression("min(players.*.max - 1)", STATE)(state) == -1
    assert compile_expression("sum(players.*.max * players.*.max)", STATE)(state) == (2**64 - 1) ** 2 + 49
    assert compile_expression("-players.2.health * 1000000", STATE)(state) == 5_000_000


def test_a_field_may_be_called_like_a_function(state):
    flat = np.zeros(1, [("max", "<i4"), ("count", "<i4", (2,))])
    flat["max"], flat["count"] = 3, [[4, 5]]
    assert compile_expression("max + max(count.*)", flat.dtype)(flat[0]) == 8
    assert compile_expression("max(players.*.max)", STATE)(state) == 2**64 - 1


def test_fields_with_a_point_allow_numbers_with_one():
    state = np.array([(2.5, [0.5, 1.5], 2**63)], WITH_FLOATS)[0]
    assert compile_expression("x * 2 == 5.0 and any(parts.* > 1.25)", WITH_FLOATS)(state) is True
    assert compile_expression("gold - 1", WITH_FLOATS)(state) == 2**63 - 1
    with pytest.raises(UsageError, match="expected a whole number"):
        compile_expression("tick > 1.5", STATE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a number, a field or ( at character 1, found the end"),
        ("tick <", "expected a number, a field or ( at character 7, found the end"),
        ("tick tick", "expected an operator at character 6, found 'tick'"),
        ("(tick", "expected ')' at character 6, found the end"),
        ("tick)", "expected an operator at character 5, found ')'"),
        ("tick) or (tick", "expected an operator at character 5, found ')'"),
        ("any()", "expected a number, a field or ( at character 5, found ')'"),
        ("grid[1,0", "an index of grid: 0..1, or * at character 5, found '[1'"),
        ("grid[1,0,0]", "it is a number"),
        ("any(tick, tick)", "',' is not in the language at character 9"),
        ("health", "a field of the state (tick, any_flag, players, grid, none) at character 1, found 'health'"),
        ("1 < players.3.health", "expected an index of players: 0..2, or * at character 13, found '3'"),
        ("players.-1.health", "an index of players: 0..2, or * at character 8, found '.'"),
        ("players.0.gold", "a field of players.0 (health, ammo, max, name) at character 11, found 'gold'"),
        ("players[health]", "an index of players"),
        ("players.0[health]", "a field of players.0"),
        ("players", "an index of players: 0..2, or * at character 8, found the end"),
        ("players.0 > 1", "a field of players.0 (health, ammo, max, name) at character 11, found '>'"),
        ("players.0.ammo", "an index of players.0.ammo: 0..2, or * at character 15, found the end"),
        ("players.0.name", "players.0.name is not a number"),
        ("tick.real", "it is a number"),
        ("tick[0]", "it is a number"),
        ("any tick", "a field of the state (tick, any_flag, players, grid, none) at character 1, found 'any'"),
        ("and", "expected a number, a field or ( at character 1, found 'and'"),
        ("1 < not tick", "expected a number, a field or ( at character 5, found 'not'"),
        ("tick not in 5", "expected an operator at character 6, found 'not'"),
        ("tick & 1", "'&' is not in the language at character 6"),
        ("tick = 1", "'=' is not in the language at character 6"),
        ("'text'", "is not in the language"),
        ("tick ** 2", "expected a number, a field or ( at character 7, found '*'"),
        ("tick / 2", "'/' is not in the language"),
        ("0or 1", "'0or' is not in the language"),
        ("tick if tick else tick", "expected an operator at character 6, found 'if'"),
        ("__import__", "a field of the state"),
        ("__import__('os')", "a field of the state"),
        ("tick.__class__", "it is a number"),
        ("(lambda: 0)", "a field of the state"),
        ("tick\x00", "is not in the language"),
        ("tick + é", "'é' is not in the language at character 8"),
        ("(" * 50 + "1" + ")" * 50, "more than 40 levels deep at character 41"),
        ("-" * 50 + "1", "more than 40 levels deep"),
        ("not " * 50 + "1", "more than 40 levels deep"),
        ("-(" * 25 + "1" + ")" * 25, "more than 40 levels deep"),
        ("1+" * MAX_LENGTH + "1", f"up to {MAX_LENGTH} characters"),
        ("any(players.*.health - grid.*.0)", "a list of 3 does not go with the one of 2 at character 24"),
        ("any(players.*.health and grid.*.* > 0)", "a list of 3 does not go with the one of 2 x 2"),
        ("any(grid[0,*] < players.*.health < 5)", "a list of 2 does not go with the one of 3"),
    ],
)
def test_what_is_not_in_the_language_is_refused_and_the_message_says_where(text, message):
    with pytest.raises(UsageError) as error:
        compile_expression(text, STATE)
    assert message in str(error.value) and error.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 // 0", "divides by zero"),
        ("tick % (tick - 70)", "divides by zero"),
        ("any(100 // players.*.health > 5)", "divides by zero"),
        ("min(none.*)", "cannot be computed"),
    ],
)
def test_what_cannot_be_computed_is_an_error_and_not_a_crash(text, message, state):
    with pytest.raises(UsageError, match=message):
        compile_expression(text, STATE)(state)


MANY = np.zeros(40, STATE)
MANY["tick"] = np.arange(40)
MANY["any_flag"] = np.arange(40) % 3 == 0
for name in ("health", "max"):
    MANY["players"][name] = np.random.default_rng(5).integers(0, 200, (40, 3))
MANY["players"]["ammo"] = np.random.default_rng(6).integers(-9, 9, (40, 3, 3))
MANY["grid"] = np.random.default_rng(7).integers(-2, 2, (40, 2, 2))


@pytest.mark.parametrize(
    ("text", "is_vectorised"),
    [
        ("tick > 20", True),
        ("players.*.health < 100", True),
        ("players.*.ammo.1 % 4 == 3", True),
        ("any(players.*.ammo.* * 3 - 1 > 20) and not any_flag", True),
        ("-players.*.health // 7 < -10 or tick // 5 == 2", True),
        ("sum(players.*.health) > min(players.*.health) * 5 + max(grid.*.1)", True),
        ("count(players.*.ammo.0) == 3", True),
        ("0 < players.*.health < 100 < players.*.health + 90", True),
        ("any(5) and all(players.*.health > -1)", True),
        ("(players.*.health < 100) + any_flag == 2", True),
        ("players.*.health", True),
        ("players.*.max > 100", False),  # 64 bits without a sign
        ("tick + 1 > 5", False),  # may be more than 64 bits
        ("any_flag and tick // any_flag > 3", False),  # Python divides by nothing here
        ("tick > 3 and players.*.health // players.*.ammo.0 > 1 or tick < 3", False),
        ("count(none.*)", False),
    ],
)
def test_over_many_states_at_once_it_is_what_it_is_state_by_state(text, is_vectorised):
    condition = Condition(text, STATE)
    assert condition.is_vectorised is is_vectorised
    arrays = condition.values({name: MANY[name] for name in condition.names})
    items = [(0,)] if not condition.shape else [(seat,) for seat in range(3)]
    try:
        expected = [[bool(compile_expression(of_one(text, *item), STATE)(state)) for item in items] for state in MANY]
    except UsageError:
        with pytest.raises(UsageError, match=r"divides by zero|cannot be computed"):
            condition.holds(arrays, len(MANY))
        return
    assert condition.holds(arrays, len(MANY)).tolist() == expected
    assert len({tuple(row) for row in expected}) > 1 or "none" in text or "any(5)" in text


def of_one(text, seat):
    """The same, of one player."""
    inside = re.sub(r"\w+\([^()]*\)", lambda match: match[0].replace("*.", "%."), text)
    return inside.replace("players.*", f"players.{seat}").replace("%.", "*.")


@pytest.mark.parametrize(
    "text", ["x > 1.5", "any(parts.* * 2 > 1.0)", "x == gold", "sum(parts.*) > 1.0", "max(parts.*) > 0.1", "-x < 0.0"]
)
def test_numbers_with_a_point_are_compared_as_python_compares_them(text):
    states = np.zeros(30, WITH_FLOATS)
    random = np.random.default_rng(8)
    states["x"], states["parts"], states["gold"] = random.normal(1, 2, 30), random.normal(0, 1, (30, 2)), random.integers(0, 3, 30)
    states["x"][:3], states["x"][5] = states["gold"][:3], np.nan
    condition = Condition(text, WITH_FLOATS)
    expected = [[bool(compile_expression(text, WITH_FLOATS)(state))] for state in states]
    assert condition.holds(condition.values({name: states[name] for name in condition.names}), 30).tolist() == expected
    assert len({tuple(row) for row in expected}) == 2
