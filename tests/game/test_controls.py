"""Hands on posted events: what becomes an input, and that nothing but whole numbers does."""

import os

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"

import numpy as np
import pygame
import pytest

from game.match import ARENA
from game.play.controls import DEAD_ZONE, Gamepad, KeyboardMouse, SecondKeyboard, outside_dead_zone, quantised, whole
from game.rules import DASH, DOWN, FIRE, INPUT, LEFT, ORDER, RIFLE, RIGHT, SHOTGUN, UP, USE
from replay.watch.model.scene import Camera


@pytest.fixture
def state():
    match = ARENA.new_match(1, 3, ARENA.default_config(map="duel"))
    match.advance(np.zeros((2, 3), INPUT))
    return match.state[0]


@pytest.fixture(autouse=True)
def display():
    pygame.display.init()
    yield
    pygame.display.quit()


def key(name, down=True):
    return pygame.event.Event(pygame.KEYDOWN if down else pygame.KEYUP, key=pygame.key.key_code(name), mod=0, unicode="")


def mouse(kind, at, button=1):
    return pygame.event.Event(kind, pos=at, button=button, rel=(0, 0), buttons=(0, 0, 0))


def test_held_keys_come_from_events_alone(state):
    hands = KeyboardMouse()
    for name in ("w", "d"):
        hands.handle(key(name))
    assert hands.row(state, 0)["buttons"] == UP | RIGHT
    hands.handle(key("w", down=False))
    assert hands.row(state, 0)["buttons"] == RIGHT
    hands.release()
    assert hands.row(state, 0)["buttons"] == 0


def test_a_tap_between_two_ticks_is_one_tick_long(state):
    hands = KeyboardMouse()
    hands.handle(key("space"))
    hands.handle(key("space", down=False))
    assert [int(hands.row(state, 0)["buttons"]) for _ in range(2)] == [DASH, 0]


def test_the_mouse_points_where_the_picture_shows_it(state):
    hands = KeyboardMouse()
    hands.camera = Camera((0, 0, 800, 400), 600.0, 300.0, 0.5)
    hands.handle(mouse(pygame.MOUSEMOTION, (401, 203)))
    row = hands.row(state, 0)
    assert (row["x"], row["y"]) == (602, 306) and not hands.touched
    hands.handle(mouse(pygame.MOUSEBUTTONDOWN, (0, 0), 3))
    assert hands.row(state, 0)["buttons"] == ORDER
    hands.handle(mouse(pygame.MOUSEBUTTONDOWN, (0, 0), 1))
    assert hands.row(state, 0)["buttons"] == ORDER | FIRE and hands.touched


def test_number_keys_press_and_let_go_for_each_item(state):
    hands = KeyboardMouse()
    for name in ("2", "3"):
        hands.handle(key(name))
    rows = [hands.row(state, 0) for _ in range(7)]
    assert [int(row["buttons"]) for row in rows] == [USE, USE, 0, USE, USE, 0, 0]
    assert [int(row["item"]) for row in rows[:4]] == [SHOTGUN, SHOTGUN, 0, RIFLE]


def test_the_second_keyboard_points_at_the_nearest_enemy(state):
    hands = SecondKeyboard()
    hands.handle(key("left"))
    row = hands.row(state, 0)
    players = state["players"]
    places = [(int(players["x"][index]) // 256, int(players["y"][index]) // 256) for index in (1, 2)]
    assert row["buttons"] == LEFT
    assert (row["x"], row["y"]) in places or abs(int(row["x"]) - int(players["x"][0]) // 256) == 220


def axis(number, value, pad=7):
    return pygame.event.Event(pygame.JOYAXISMOTION, instance_id=pad, axis=number, value=value)


@pytest.mark.parametrize(
    ("x", "y", "buttons"),
    [(1.0, 0.0, RIGHT), (-0.8, -0.8, LEFT | UP), (0.0, 0.9, DOWN), (0.1, 0.1, 0), (0.9, 0.2, RIGHT), (0.3, -0.9, UP)],
)
def test_a_stick_becomes_one_of_eight_ways(state, x, y, buttons):
    pad = Gamepad(7)
    pad.handle(axis(0, x))
    pad.handle(axis(1, y))
    assert pad.row(state, 0)["buttons"] == buttons


def test_axes_are_whole_numbers_before_they_are_inputs(state):
    assert [quantised(value) for value in (-1.0, 0.0, 0.5, 1.0, 32767, -32768, 16384)] == [-127, 0, 64, 127, 127, -127, 64]
    assert outside_dead_zone(DEAD_ZONE, 0) == (0, 0) and outside_dead_zone(DEAD_ZONE, 9) != (0, 0)
    assert [whole(value) for value in (1.5, 1e30, -1e30)] == [2, 4000, -4000]
    pad = Gamepad(7)
    pad.handle(axis(2, 0.70710678))
    pad.handle(axis(3, -0.70710678))
    first = pad.row(state, 0)
    pad.handle(axis(2, 0.70710679))  # a difference that no other machine would see either
    assert pad.row(state, 0) == first
    assert isinstance(pad.point(state, 0, 0)[0], int)


def test_a_gamepad_hears_only_its_own_device(state):
    pad = Gamepad(7)
    pad.handle(axis(0, 1.0, pad=8))
    assert pad.row(state, 0)["buttons"] == 0 and not pad.touched
    pad.handle(axis(5, 1.0))
    assert pad.row(state, 0)["buttons"] == FIRE
    pad.handle(pygame.event.Event(pygame.JOYBUTTONDOWN, instance_id=7, button=0))
    assert pad.row(state, 0)["buttons"] == FIRE | DASH
