"""Hands on posted events: what becomes an input, and that nothing but whole numbers does."""

import os

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"

import numpy as np
import pygame
import pytest
from playing import seated

from game.arena import load_arena
from game.match import ARENA
from game.numbers import SUBPIXELS, TILE
from game.play.commands import BY_NAME, KEYS, MATCH, MOUSE, PAD, command_of, default_keys
from game.play.controls import DEAD_ZONE, Gamepad, KeyboardMouse, SecondKeyboard, hands_of, outside_dead_zone, quantised, whole
from game.play.options import Options
from game.rules import COLUMNS, DASH, DOWN, FIRE, INPUT, LEFT, ORDER, RIFLE, RIGHT, SHOTGUN, UP, USE
from game.ways import TABLES
from replay.watch.control.keys import key_word
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


def test_the_second_keyboard_points_at_the_nearest_enemy_in_sight(state):
    players, walls = state["players"], load_arena("duel").tables.array(TABLES, (1,))["walls"][0].copy()
    hands = SecondKeyboard(walls=walls)
    hands.handle(key("left"))

    def stand(*tiles):
        for index, (column, row) in enumerate(tiles):
            players["x"][index], players["y"][index] = ((tile * TILE + TILE // 2) * SUBPIXELS for tile in (column, row))

    def points_at(index):
        row = hands.row(state, 0)
        return (row["x"], row["y"]) == (players["x"][index] // SUBPIXELS, players["y"][index] // SUBPIXELS)

    stand((1, 1), (9, 1), (1, 4))
    assert points_at(2)
    stand((5, 1), (5, 5), (9, 2))
    assert points_at(1)
    stand((5, 1), (6, 4), (9, 1))
    walls[2 * COLUMNS + 5] = walls[2 * COLUMNS + 6] = 1
    assert points_at(2)  # a wall hides the nearer one
    players["health"][2] = 0
    row = hands.row(state, 0)  # nobody left: where it goes
    assert row["buttons"] == LEFT and row["x"] == int(players["x"][0]) // SUBPIXELS - 220


def test_hands_take_their_keys_from_the_options(state):
    options = Options()
    options.assign(KEYS, "up", "I")
    options.assign(MOUSE, "fire", "Q")
    options.assign(PAD, "fire", "B")
    arena, pressed = load_arena("duel"), pygame.event.Event(pygame.JOYBUTTONDOWN, instance_id=7, button=1)
    for choice, event, button in (("mouse", key("q"), FIRE), ("keys", key("i"), UP), ("pad1", pressed, FIRE)):
        remapped = hands_of(choice, [7], options, arena)
        remapped.handle(event)
        assert remapped.row(state, 0)["buttons"] == button
    usual = hands_of("keys", [], options, arena)
    usual.handle(key("up"))
    assert usual.row(state, 0)["buttons"] == 0


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


def test_the_pause_key_is_called_as_on_keyboards():
    assert key_word(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_PAUSE, mod=0, unicode=""), plain=True) == "Pause"
    assert command_of(default_keys(MATCH), "Pause") is BY_NAME["pause"]


def test_a_hat_steps_through_the_shop_row_once_for_each_press(state):
    pad = Gamepad(7)
    for value in ((1, 0), (1, 1), (0, 0), (1, 0), (-1, 0)):  # held to the right, a diagonal presses nothing again
        pad.handle(pygame.event.Event(pygame.JOYHATMOTION, instance_id=7, hat=0, value=value))
    assert pad.chosen == 1
    pad.handle(pygame.event.Event(pygame.JOYBUTTONDOWN, instance_id=7, button=3))
    assert [int(pad.row(state, 0)["item"]) for _ in range(4)] == [SHOTGUN, SHOTGUN, 0, 0]


@pytest.mark.parametrize("is_mapped", [False, True])
def test_a_press_that_the_system_tells_twice_counts_once(window, is_mapped):
    screen = seated(window, MOUSE, "pad1")
    pad = screen.hands[1]
    pad.instance_id = 7
    screen.pads.mapped |= {7} if is_mapped else set()
    for kind, button in ((pygame.CONTROLLERBUTTONDOWN, 14), (pygame.JOYBUTTONDOWN, 14), (pygame.JOYBUTTONDOWN, 6)):
        pygame.event.post(pygame.event.Event(kind, instance_id=7, button=button))
    window.frame(0.01)
    assert (pad.chosen, screen.paused) == ((1, False) if is_mapped else (2, True))


def test_the_button_that_pauses_goes_on_again(window):
    screen = seated(window, "pad1", "hunter")
    screen.hands[0].instance_id = 7
    for paused in (True, False, True):
        for kind in (pygame.JOYBUTTONDOWN, pygame.JOYBUTTONUP):
            pygame.event.post(pygame.event.Event(kind, instance_id=7, button=6))
        window.frame(0.01)
        assert screen.paused is paused
