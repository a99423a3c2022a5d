"""Gold, pickups, the config, the end."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from stage import Stage, kinds, new_match, random_inputs

from game.match import ARENA
from game.rules import (
    AMMUNITION,
    ARMOUR,
    COIN,
    EVENT,
    FIRE,
    FULL,
    INPUT,
    LAUNCHER,
    MATCH_END,
    MEDKIT,
    NOBODY,
    PICKUPS,
    PRICES,
    RESERVE,
    RIFLE,
    SHOTGUN,
    SUBPIXELS,
    USE,
)
from game.ways import TABLES, is_clear
from replay.core.errors import UnverifiableError


@pytest.fixture
def stage():
    stage = Stage()
    stage.put(0, 400, 48)
    stage.put(1, 80, 464)
    return stage


def lay(stage: Stage, item: int, x: int, y: int, amount: int = 0) -> None:
    stage.clear()
    stage.state["pickup_count"] = 1
    stage.state["pickups"][0] = (x, y, item, amount)


@pytest.mark.parametrize("item", [SHOTGUN, RIFLE, LAUNCHER, ARMOUR])
def test_a_purchase_is_paid_in_gold(stage, item):
    stage.players[0]["gold"] = 100
    assert "purchase" in kinds(stage.press(0, USE, item=item))
    assert stage.players[0]["gold"] == 100 - PRICES[item]
    assert stage.players[0]["armour"] > 0 if item == ARMOUR else stage.players[0]["weapon"] == item


def test_what_cannot_be_paid_is_refused_and_says_so(stage):
    stage.players[0]["gold"] = PRICES[RIFLE] - 1
    events = stage.press(0, USE, item=RIFLE)
    assert kinds(events) == ["refused"]
    assert (events[0]["actor"], events[0]["item"], events[0]["amount"]) == (0, RIFLE, PRICES[RIFLE])
    assert stage.players[0]["gold"] == PRICES[RIFLE] - 1
    assert not stage.players[0]["owned"][RIFLE]


def test_what_would_do_nothing_is_refused(stage):
    stage.players[0]["gold"] = 999
    for item in (MEDKIT, AMMUNITION):
        assert kinds(stage.press(0, USE, item=item)) == ["refused"]
    stage.players[0]["health"] = 10
    stage.arm(0, RIFLE)
    for item in (MEDKIT, AMMUNITION):
        assert kinds(stage.press(0, USE, item=item)) == ["purchase"]
    assert stage.players[0]["health"] == 60
    assert stage.players[0]["reserve"][RIFLE] == 2 * RESERVE[RIFLE]


@pytest.mark.parametrize("item", [0, COIN, 9, 200, 255])
def test_items_that_nobody_sells_are_ignored(stage, item):
    before = stage.players[0]["gold"].copy()
    assert kinds(stage.press(0, USE, item=item)) == []
    assert stage.players[0]["gold"] == before


@pytest.mark.parametrize(
    ("item", "field", "value"), [(COIN, "gold", 57), (MEDKIT, "health", 60), (ARMOUR, "armour", 50), (AMMUNITION, "", 0)]
)
def test_what_lies_about_is_picked_up_by_who_can_use_it(stage, item, field, value):
    stage.players[0]["health"], stage.players[0]["gold"] = 10, 50
    stage.arm(0, SHOTGUN)
    lay(stage, item, 405, 50, amount=7 if item == COIN else 0)
    assert "pickup" in kinds(stage.run(4))
    assert not field or stage.players[0][field] == value


def test_who_has_no_use_for_a_pickup_leaves_it(stage):
    lay(stage, MEDKIT, 400, 48)
    assert "pickup" not in kinds(stage.run(8))


def test_pickups_appear_by_the_seed_and_never_overflow():
    places = []
    for seed in (1, 2):
        match = new_match(players=2, seed=seed)
        match.advance(np.zeros((9000, 2), INPUT))
        assert 6 < match.state["pickup_count"][0] <= PICKUPS
        rows = match.state["pickups"][0]
        assert len({(row["x"], row["y"]) for row in rows if row["item"]}) == match.state["pickup_count"][0]
        places.append(rows.tobytes())
    assert places[0] != places[1]


@pytest.mark.parametrize("seed", [1, 2])
def test_seeds_give_other_matches(seed):
    assert new_match(seed=seed).save() != new_match(seed=seed + 1).save()


def test_the_score_limit_ends_the_match_and_everything_but_the_clock_stands_still():
    stage = Stage(score_limit=1)
    stage.put(0, 300, 464)
    stage.put(1, 400, 464)
    stage.players[1]["health"] = 1
    stage.hold(0, FIRE, at=(400, 464))
    events = stage.run(30)
    assert kinds(events)[-1] == "match_end"
    assert (events[-1]["actor"], events[-1]["amount"]) == (0, 1)
    result = stage.match.result()
    assert (result["ended"], result["reason"], result["winners"]) == (True, "score", [0])
    before = stage.match.save()
    assert len(stage.match.advance(random_inputs(200, 2))) == 0
    after = np.frombuffer(stage.match.save(), stage.match.state_dtype).copy()
    after["tick"] -= 200
    assert after.tobytes() == before


def test_the_time_limit_ends_the_match_and_a_draw_has_no_winner():
    match = new_match(seconds=2)
    events = match.advance(np.zeros((130, 2), INPUT))
    assert (events[-1]["kind"], events[-1]["tick"], events[-1]["actor"]) == (MATCH_END, 119, NOBODY)
    assert match.result()["reason"] == "time"
    assert match.result()["winners"] == [0, 1]


def test_a_match_that_goes_on_says_so():
    result = new_match(players=3).result()
    assert (result["ended"], result["reason"], result["winners"], len(result["players"])) == (False, "", [], 3)


def test_events_carry_the_tick_whose_inputs_caused_them():
    match = new_match()
    events = match.advance(np.zeros((3, 2), INPUT))
    assert events.dtype == EVENT
    assert [(int(event["tick"]), int(event["actor"])) for event in events] == [(0, 0), (0, 1)]
    assert match.state["players"][0, 0]["health"] == FULL


@pytest.mark.parametrize(
    "change",
    [
        {"map": "nowhere"}, {"map": 3}, {"mode": "chess"}, {"mode": 0}, {"score_limit": 0}, {"score_limit": 1000},
        {"score_limit": "9"}, {"score_limit": True}, {"seconds": -1}, {"seconds": 10**9}, {"colour": "red"},
    ],
)  # fmt: skip
def test_a_config_that_the_rules_do_not_know_is_refused(change):
    with pytest.raises(ValueError, match=r"expected|no map"):
        ARENA.new_match(1, 2, ARENA.default_config() | change)


@pytest.mark.parametrize("players", [-1, 0, 1, 9, 65, True])
def test_a_number_of_players_that_the_rules_do_not_know_is_refused(players):
    with pytest.raises(ValueError, match="2 to 8 players"):
        ARENA.new_match(1, players, ARENA.default_config())


def test_a_map_of_another_hash_is_unverifiable_and_no_hash_is_fine():
    config = ARENA.default_config(map="duel")
    with pytest.raises(UnverifiableError, match="another version of the map 'duel'"):
        ARENA.new_match(1, 2, config | {"map_hash": "0" * 16})
    del config["map_hash"]
    ARENA.new_match(1, 2, config)


def test_the_config_in_words():
    assert ARENA.config_text(ARENA.default_config(map="duel", score_limit=7, seconds=90)) == "duel, ffa, first to 7, 1:30"


@pytest.mark.parametrize(("map", "players", "most"), [("plaza", 2, 3), ("corridors", 4, 2)])
def test_who_appears_does_so_out_of_sight_where_that_can_be(map, players, most):
    """By distance alone it would be 8 and 6 of 60."""
    seen = 0
    for seed in range(60):
        match = new_match(players=players, map=map, seed=seed)
        match.advance(np.zeros((1, players), INPUT))
        walls = SimpleNamespace(walls=match.arena.tables.array(TABLES, (1,))["walls"][0])
        *others, last = [(int(row["x"]), int(row["y"])) for row in match.state["players"][0, :players]]
        seen += any(is_clear(walls, *last, *other) for other in others)
    assert seen <= most


def test_who_appears_does_so_far_from_enemies():
    apart = []
    for seed in range(40):
        match = new_match(players=2, map="plaza", seed=seed)
        match.advance(np.zeros((1, 2), INPUT))
        one, other = match.state["players"][0, :2]
        apart.append(max(abs(int(one["x"]) - int(other["x"])), abs(int(one["y"]) - int(other["y"]))) / SUBPIXELS)
    assert np.mean(apart) > 600
