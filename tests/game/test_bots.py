"""Bots play like people, and for themselves."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from stage import kinds, new_match

from game.arena import arena_names
from game.bots import GRACE_TICKS, LEVELS, TEMPERAMENTS, Bots, first_brains, parsed
from game.rules import DEATH, FIRE, INPUT, ITEMS, MOVES, PURCHASE, SHOT


def play(match, seconds=180, seed=3):
    """The inputs and the events of a match between bots."""
    players = int(match.state["player_count"][0])
    bots = Bots(match, [TEMPERAMENTS[index % len(TEMPERAMENTS)] for index in range(players)], seed)
    inputs, events = np.zeros((seconds * 60, players), INPUT), []
    for tick in range(len(inputs)):
        inputs[tick] = bots.inputs(match)
        events.append(match.advance(inputs[tick : tick + 1]))
    return inputs, np.concatenate(events)


@pytest.mark.parametrize("name", arena_names())
def test_eight_bots_fight_with_every_weapon_and_spend_their_gold(name):
    _, events = play(new_match(players=8, map=name, score_limit=999))
    assert 50 <= Counter(kinds(events))["death"] <= 200
    for kind in (SHOT, DEATH):
        assert {ITEMS[item] for item in events["item"][events["kind"] == kind]} >= set(ITEMS[1:5])
    assert len(set(events["item"][events["kind"] == PURCHASE])) >= 5
    assert set(kinds(events)) >= {"spawn", "pickup", "dash", "reload", "streak", "assist", "explosion", "critical", "drop"}


@pytest.mark.parametrize("name", arena_names())
def test_no_bot_runs_against_a_wall_for_long(name):
    match = new_match(players=4, map=name, score_limit=999)
    bots = Bots(match, ["hunter", "camper", "collector", "bomber"], seed=2)
    stuck = np.zeros(4, int)
    for _ in range(3600):
        rows = bots.inputs(match)
        before = match.state["players"][["x", "y"]][0, :4].copy()
        match.advance(rows[None])
        still = (match.state["players"][["x", "y"]][0, :4] == before) & (rows["buttons"] & MOVES != 0)
        stuck = np.where(still, stuck + 1, 0)
        assert stuck.max() < 45


def test_bots_hold_keys_and_move_the_point_as_a_hand_does():
    inputs, _ = play(new_match(players=8, map="plaza", score_limit=999), seconds=60)
    changes = (inputs[1:] != inputs[:-1]).mean()
    fire = np.diff((inputs["buttons"] & FIRE != 0).astype(int), axis=0)
    assert changes < 0.45
    assert np.abs(fire).sum() / 2 / 8 < 120  # trigger pulls of a player in a minute


def test_a_person_s_row_stays_zero():
    match = new_match(players=3)
    bots = Bots(match, ["hunter", "", None], seed=1)
    for _ in range(100):
        rows = bots.inputs(match)
        assert not rows[1:].tobytes().strip(b"\0")
        match.advance(rows[None])
    assert rows[0]["buttons"] or rows[0]["x"]


def test_the_same_seed_gives_the_same_bots_and_another_seed_others():
    first, second, third = (play(new_match(), seconds=10, seed=seed)[0] for seed in (1, 1, 2))
    assert (first == second).all()
    assert (first != third).any()


def test_bots_do_not_touch_the_match():
    match = new_match(players=4)
    bots = Bots(match, ["hunter"] * 4, seed=1)
    for _ in range(120):
        before = match.save()
        rows = bots.inputs(match)
        assert match.save() == before
        match.advance(rows[None])


@pytest.mark.parametrize(
    ("bots", "why"),
    [
        (["hunter"], "expected 2 bots"),
        (["hunter"] * 3, "expected 2 bots"),
        (["hunter", "poet"], "got 'poet'"),
        (["hunter", "hunter:hard"], "got 'hunter:hard'"),
        (["hunter", ":easy"], "got ':easy'"),
        (["hunter", "hunter:easy:easy"], "got 'hunter:easy:easy'"),
    ],
)
def test_unknown_bots_are_refused(bots, why):
    with pytest.raises(ValueError, match=why):
        Bots(new_match(), bots, seed=1)


def test_of_two_levels_the_better_one_wins():
    for worse, better, times in ((0, 1, 1.4), (1, 2, 1.4), (0, 2, 3)):
        kills = np.zeros(2)
        for seed in range(10):
            match = new_match(players=4, map="duel", seed=seed, score_limit=999, seconds=60)
            bots = Bots(match, [f"{TEMPERAMENTS[seed % 5]}:{LEVELS[worse if index % 2 else better]}" for index in range(4)], seed)
            for _ in range(3600):
                match.advance(bots.inputs(match)[None])
            kills += match.state["players"]["kills"][0, :4].reshape(2, 2).sum(0)
        assert kills[0] > times * kills[1], (LEVELS[worse], LEVELS[better], kills)


def test_a_bot_is_what_its_name_says():
    assert parsed("camper") == ("camper", "fair") == parsed("camper:fair")
    plain, named, easy = (first_brains([name], 1) for name in ("camper", "camper:fair", "camper:easy"))
    assert plain.tobytes() == named.tobytes() != easy.tobytes()


def test_no_bot_gives_up_most_of_its_protection_or_shoots_at_who_is_protected():
    match = new_match(players=8, map="duel", score_limit=999)
    bots = Bots(match, [f"hunter:{LEVELS[index % 3]}" for index in range(8)], seed=4)
    early = shots = 0
    for _ in range(7200):
        left = match.state["players"]["protected_until"][0].copy() - match.state["tick"][0]
        events = match.advance(bots.inputs(match)[None])
        for event in events[events["kind"] == SHOT]:
            shots += 1
            early += left[event["actor"]] > GRACE_TICKS
    assert shots > 500
    assert early == 0
