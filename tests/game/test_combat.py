"""Shots and what they do."""

from __future__ import annotations

from math import isqrt

import pytest
from stage import Stage, kinds

from game.rules import (
    ARMOUR,
    BLASTER,
    CRITICAL,
    CROWN,
    CROWN_POINTS,
    DAMAGE,
    DASH,
    DEATH,
    ENDLESS,
    EXPLOSION,
    FIRE,
    FULL,
    HIT,
    LAUNCHER,
    MAGAZINE,
    PELLETS,
    PROTECTION_TICKS,
    RELOAD,
    RELOAD_KEY,
    RESERVE,
    RESPAWN_TICKS,
    RIFLE,
    RIGHT,
    SHOT,
    SHOTGUN,
    SPLASH_RADIUS,
    STREAKING,
    SUBPIXELS,
    TICKS_PER_SECOND,
    USE,
)

US, THEM = (300, 464), (460, 464)  # in the open, further apart than a blast reaches


@pytest.fixture
def stage():
    return duel()


def duel(players=2, **config) -> Stage:
    stage = Stage(players, **config)
    stage.put(0, *US)
    stage.put(1, *THEM)
    for other in range(2, players):
        stage.put(other, 48 + 40 * other, 48)
    return stage


def kill(stage: Stage):
    """Player 0 shoots at player 1, who is nearly dead, until it is."""
    stage.players[1]["health"] = 1
    stage.hold(0, FIRE, at=THEM)
    events = stage.run(30)
    stage.hold(0)
    assert "death" in kinds(events)
    return events


@pytest.mark.parametrize("weapon", [BLASTER, SHOTGUN, RIFLE, LAUNCHER])
def test_each_weapon_fires_at_the_point_and_hurts(stage, weapon):
    stage.arm(0, weapon)
    events = stage.press(0, FIRE, at=THEM)
    assert stage.state["bullet_count"] == PELLETS[weapon]
    events = [*events, *stage.run(30)]
    assert [event["kind"] for event in events if event["kind"] == SHOT and event["item"] == weapon] == [SHOT]
    hits = [event for event in events if event["kind"] in (HIT, CRITICAL)]
    assert hits and all(event["actor"] == 0 and event["target"] == 1 and event["item"] == weapon for event in hits)
    assert FULL - stage.players[1]["health"] == sum(event["amount"] for event in hits)
    assert stage.players[0]["magazine"][weapon] == MAGAZINE[weapon] - 1
    assert stage.state["bullet_count"] == 0
    assert not stage.state["bullets"].tobytes().strip(b"\0")


def test_walls_stop_bullets(stage):
    stage.put(0, 5 * 32 + 16, 240)
    stage.put(1, 12 * 32, 240)
    stage.hold(0, FIRE, at=(12 * 32, 240))
    assert not {"hit", "critical"} & set(kinds(stage.run(60)))


def test_a_rocket_goes_off_above_the_point_and_hurts_its_owner_too(stage):
    stage.arm(0, LAUNCHER)
    events = stage.press(0, FIRE, at=(US[0] + 30, US[1]))
    events = [*events, *stage.run(30)]
    explosion = next(event for event in events if event["kind"] == EXPLOSION)
    assert abs(explosion["x"] - US[0] - 30) < 16
    assert stage.players[0]["health"] < FULL
    assert stage.players[0]["vx"] < 0 or stage.at(0)[0] < US[0]


def test_to_kill_oneself_costs_a_point(stage):
    stage.arm(0, LAUNCHER)
    stage.players[0]["health"] = 1
    stage.hold(0, FIRE, at=US)
    stage.run(3)
    assert (stage.players[0]["score"], stage.players[0]["deaths"], stage.players[0]["kills"]) == (-1, 1, 0)


def test_armour_takes_half_while_it_lasts(stage):
    stage.players[1]["armour"] = FULL
    stage.hold(0, FIRE, at=THEM)
    stage.run(20)
    lost, worn = FULL - int(stage.players[1]["health"]), FULL - int(stage.players[1]["armour"])
    assert 0 < worn <= lost <= worn + 4


def test_an_empty_magazine_reloads_and_takes_from_the_reserve(stage):
    stage.arm(0, RIFLE)
    stage.players[0]["magazine"][RIFLE] = 1
    assert "reload" in kinds(stage.press(0, FIRE, at=(US[0], 400)))
    stage.run(RELOAD[RIFLE])
    assert stage.players[0]["magazine"][RIFLE] == MAGAZINE[RIFLE]
    assert stage.players[0]["reserve"][RIFLE] == RESERVE[RIFLE] - MAGAZINE[RIFLE]


def test_the_reload_key_reloads_and_no_shot_leaves_meanwhile(stage):
    stage.players[0]["magazine"][BLASTER] = 3
    assert "reload" in kinds(stage.press(0, RELOAD_KEY))
    stage.hold(0, FIRE, at=THEM)
    assert "shot" not in kinds(stage.run(RELOAD[BLASTER] - 2))
    stage.run(3)
    assert stage.players[0]["magazine"][BLASTER] == MAGAZINE[BLASTER] - 1
    assert stage.players[0]["reserve"][BLASTER] == ENDLESS


def test_without_rounds_the_blaster_is_drawn(stage):
    stage.arm(0, RIFLE)
    stage.players[0]["magazine"][RIFLE] = stage.players[0]["reserve"][RIFLE] = 0
    stage.hold(0, FIRE, at=THEM)
    stage.run(2)
    assert stage.players[0]["weapon"] == BLASTER


def test_an_owned_weapon_is_drawn_and_costs_nothing(stage):
    stage.arm(0, RIFLE)
    gold = int(stage.players[0]["gold"])
    stage.press(0, USE, item=BLASTER)
    assert (stage.players[0]["weapon"], stage.players[0]["gold"]) == (BLASTER, gold)


def test_loss_of_health_is_death_and_pays_the_killer(stage):
    gold = int(stage.players[0]["gold"])
    stage.players[1]["gold"] = 50
    stage.arm(1, RIFLE)
    stage.arm(1, SHOTGUN)
    death = next(event for event in kill(stage) if event["kind"] == DEATH)
    assert (death["actor"], death["target"], death["item"]) == (0, 1, BLASTER)
    assert stage.players[0]["gold"] > gold
    assert stage.players[0]["score"] == stage.players[0]["kills"] == stage.state["scores"][0] == 1
    assert stage.players[1]["gold"] == 25
    assert stage.state["pickups"]["amount"][0] == 25


def test_who_dies_keeps_the_weapon_in_hand_and_loses_the_others(stage):
    stage.arm(1, RIFLE)
    stage.arm(1, SHOTGUN)
    stage.players[1]["magazine"][SHOTGUN] = 2
    kill(stage)
    player = stage.players[1]
    assert (player["weapon"], player["owned"][SHOTGUN], player["magazine"][SHOTGUN]) == (SHOTGUN, 1, 2)
    assert (player["owned"][RIFLE], player["magazine"][RIFLE], player["reserve"][RIFLE]) == (0, 0, 0)


@pytest.mark.parametrize(("scores", "points"), [((0, 1, 0), 2), ((0, 1, 1), 1), ((0, 0, 1), 1), ((2, 1, 0), 1)])
def test_who_kills_the_one_that_leads_alone_takes_the_crown(scores, points):
    stage = duel(players=3)
    stage.players["score"][:3] = stage.state["scores"][:3] = scores
    events = kill(stage)
    crowns = [(int(event["actor"]), int(event["target"]), int(event["amount"])) for event in events if event["kind"] == CROWN]
    assert crowns == ([(0, 1, CROWN_POINTS)] if points > 1 else [])
    assert stage.players[0]["score"] == stage.state["scores"][0] == scores[0] + points
    assert stage.players[0]["kills"] == 1


def test_in_teams_nobody_wears_a_crown():
    stage = duel(mode="teams")
    stage.players[1]["score"] = stage.state["scores"][1] = 3
    assert CROWN not in kill(stage)["kind"]
    assert stage.players[0]["score"] == 1


@pytest.mark.parametrize("victim", [0, 1])
def test_a_rocket_half_spares_who_fired_it(stage, victim):
    """Player 0 fires at its own feet; player 1 stands as near to that."""
    stage.put(0, *US)
    stage.put(1, *((US[0] + 30, US[1]) if victim else (900, 48)))
    stage.arm(0, LAUNCHER)
    stage.hold(0, FIRE, at=US)
    events = stage.run(3)
    blast = next(event for event in events if event["kind"] == EXPLOSION)
    hurt = next(event for event in events if event["target"] == victim and event["kind"] in (HIT, CRITICAL))
    x, y = US[0] + 30 * victim, US[1]
    far = isqrt((int(blast["x"]) - x) ** 2 + (int(blast["y"]) - y) ** 2)
    radius = SPLASH_RADIUS // SUBPIXELS
    whole = DAMAGE[LAUNCHER] * (radius - far) // radius
    expected = (whole if victim else whole / 2) * (2 if hurt["kind"] == CRITICAL else 1)
    assert abs(int(hurt["amount"]) - min(expected, FULL)) <= 3


def test_in_the_countdown_one_can_aim_and_buy_and_nothing_else():
    stage = Stage(countdown=1)
    stage.put(0, *US)
    stage.put(1, *THEM)
    assert kinds(stage.press(0, USE, item=ARMOUR)) == ["purchase"]
    stage.hold(0, FIRE | DASH | RIGHT | RELOAD_KEY, at=THEM)
    assert not len(stage.run(TICKS_PER_SECOND - int(stage.state["tick"])))
    assert stage.at(0) == US
    assert (stage.players[0]["aim_x"], stage.players[0]["aim_y"]) == THEM
    assert {"shot", "dash"} <= set(kinds(stage.run()))
    assert stage.state["tick_limit"] == (1 + 180) * TICKS_PER_SECOND


def test_the_dead_come_back_after_two_seconds_and_are_safe_for_one(stage):
    events = kill(stage)
    died = int(next(event["tick"] for event in events if event["kind"] == DEATH))
    ticks = RESPAWN_TICKS - int(stage.state["tick"] - died)
    assert "spawn" not in kinds(stage.run(ticks))
    assert kinds(stage.run()) == ["spawn"]
    assert stage.players[1]["health"] == FULL
    stage.put(1, *THEM)
    stage.put(0, *US)
    stage.hold(0, FIRE, at=THEM)
    assert not {"hit", "critical"} & set(kinds(stage.run(PROTECTION_TICKS - 2)))
    assert {"hit", "critical"} & set(kinds(stage.run(60)))


def test_three_kills_without_dying_are_a_streak(stage):
    for kills in (1, 2, 3):
        events = kill(stage)
        assert [int(event["amount"]) for event in events if event["kind"] == STREAKING] == ([3] if kills == 3 else [])
        stage.run(RESPAWN_TICKS)
        stage.players[1]["protected_until"] = 0
        stage.put(1, *THEM)


def test_who_helped_gets_an_assist():
    stage = duel(3)
    stage.put(2, THEM[0] + 60, THEM[1])
    stage.hold(2, FIRE, at=THEM)
    stage.run(8)
    stage.hold(2)
    assert "assist" in kinds(kill(stage))
    assert stage.players[2]["assists"] == 1


def test_a_team_does_not_shoot_its_own():
    stage = duel(4, mode="teams")
    stage.put(2, *THEM)  # of team 0, as the shooter
    stage.put(1, 60, 48)
    stage.arm(0, LAUNCHER)
    stage.hold(0, FIRE, at=THEM)
    stage.run(60)
    assert stage.players[2]["health"] == FULL
    stage.put(2, 60, 48)
    stage.put(1, *THEM)
    stage.run(60)
    assert stage.players[1]["health"] < FULL


def test_armour_is_an_item_that_can_be_shot_off(stage):
    stage.players[0]["gold"] = 100
    stage.press(0, USE, item=ARMOUR)
    worn = int(stage.players[0]["armour"])
    stage.hold(1, FIRE, at=US)
    stage.run(60)
    assert stage.players[0]["armour"] < worn
