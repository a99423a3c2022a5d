"""Feet: running, sliding, orders, dashes."""

from __future__ import annotations

import pytest
from stage import Stage, kinds

from game.rules import (
    DASH,
    DASH_COOLDOWN,
    DOWN,
    LEFT,
    ORDER,
    RIGHT,
    RUN_SPEED,
    UP,
    WIDTH,
)


@pytest.fixture
def stage():
    stage = Stage()
    stage.put(0, 400, 48)
    stage.put(1, 80, 460)
    return stage


def test_a_runner_speeds_up_to_the_top_speed_and_comes_to_rest(stage):
    stage.hold(0, RIGHT)
    stage.run()
    assert 0 < stage.players[0]["vx"] < RUN_SPEED
    stage.run(20)
    assert stage.players[0]["vx"] == RUN_SPEED
    stage.hold(0)
    stage.run(20)
    assert stage.players[0]["vx"] == 0


def test_a_diagonal_is_no_faster(stage):
    stage.put(0, 400, 240)
    stage.hold(0, RIGHT | DOWN)
    stage.run(12)
    vx, vy = int(stage.players[0]["vx"]), int(stage.players[0]["vy"])
    assert vx == vy
    assert abs((vx * vx + vy * vy) ** 0.5 - RUN_SPEED) < 5


def test_opposite_keys_cancel_out(stage):
    stage.hold(0, LEFT | RIGHT | UP | DOWN)
    stage.run(30)
    assert stage.at(0) == (400, 48)


def test_a_runner_slides_along_a_wall(stage):
    stage.hold(0, RIGHT | UP)
    stage.run(60)
    x, y = stage.at(0)
    assert x > 500
    assert y == 32 + 12


def test_an_order_leads_around_walls_to_the_point(stage):
    start, goal = (5 * 32 + 16, 8 * 32 + 16), (12 * 32 + 16, 6 * 32 + 16)  # both behind walls
    stage.put(0, *start)
    stage.press(0, ORDER, at=goal)
    stage.run(600)
    assert max(abs(a - b) for a, b in zip(stage.at(0), goal, strict=True)) <= 4
    assert stage.players[0]["order_x"] == 0


def test_an_order_to_a_place_too_narrow_for_a_player_still_ends(stage):
    stage.press(0, ORDER, at=(33, 33))  # the very corner
    stage.run(400)
    assert stage.players[0]["order_x"] == 0
    assert max(stage.at(0)) < 64


def test_direct_movement_cancels_an_order(stage):
    stage.press(0, ORDER, at=(600, 464))
    assert stage.players[0]["order_x"] == 600
    stage.press(0, LEFT)
    assert stage.players[0]["order_x"] == 0


@pytest.mark.parametrize("point", [(0, 0), (-5, 100), (32767, 32767), (WIDTH, 50), (7 * 32, 2 * 32)])
def test_an_order_into_a_wall_or_off_the_map_is_ignored(stage, point):
    stage.press(0, ORDER, at=point)
    stage.run(30)
    assert stage.at(0) == (400, 48)


def test_a_held_order_key_orders_only_once(stage):
    stage.hold(0, ORDER, at=(500, 48))
    stage.run(5)
    stage.hold(0, ORDER, at=(100, 48))
    stage.run(5)
    assert stage.players[0]["order_x"] == 500


def test_a_dash_is_fast_and_has_to_cool_down(stage):
    assert "dash" in kinds(stage.press(0, DASH | RIGHT))
    stage.run(20)
    assert stage.at(0)[0] > 480
    assert "dash" not in kinds(stage.press(0, DASH | LEFT))
    stage.run(DASH_COOLDOWN)
    assert "dash" in kinds(stage.press(0, DASH | LEFT))


def test_a_dash_without_keys_goes_towards_the_point(stage):
    stage.press(0, DASH, at=(100, 48))
    stage.run(20)
    assert stage.at(0)[0] < 330
