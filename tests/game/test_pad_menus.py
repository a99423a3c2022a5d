"""A gamepad alone, from the start screen to the result and back."""

from __future__ import annotations

import pygame
from playing import play

from game.play.options import Options
from game.play.preferences import Preferences
from game.play.result import ResultScreen
from game.play.screen import PlayScreen
from game.play.setup import EMPTY, Setup
from game.play.start import StartScreen

BUTTONS = {"A": 0, "B": 1, "Start": 6, "Up": 11, "Down": 12, "Left": 13, "Right": 14}
HATS = {"Up": (0, 1), "Down": (0, -1), "Left": (-1, 0), "Right": (1, 0)}


def push(window, *words, hat=False):
    """Press and let go buttons of a gamepad, or its hat."""
    for word in words:
        if hat:
            for value in (HATS[word], (0, 0)):
                pygame.event.post(pygame.event.Event(pygame.JOYHATMOTION, instance_id=7, hat=0, value=value))
        else:
            for kind in (pygame.JOYBUTTONDOWN, pygame.JOYBUTTONUP):
                pygame.event.post(pygame.event.Event(kind, instance_id=7, button=BUTTONS[word]))
        window.frame(1 / 60)


def test_a_gamepad_sets_a_match_up_and_starts_it(window):
    screen = StartScreen(Options(), Setup(seats=["pad1", "hunter", *[EMPTY] * 6]))
    window.show(screen)
    before = screen.setup.map
    push(window, "Down", "Right")
    assert screen.menu.item == "map" and screen.setup.map != before
    push(window, "Left", hat=True)
    assert screen.setup.map == before
    push(window, "B")
    assert window.screen is screen  # nobody leaves the game by mistake
    push(window, "A")
    assert isinstance(window.screen, PlayScreen)


def test_a_gamepad_goes_through_the_options_and_back(window):
    screen = StartScreen(Options(), Setup())
    window.show(screen)
    screen.prefer()
    window.frame(0.01)
    options = window.screen
    assert isinstance(options, Preferences)
    volume = options.options.volume
    push(window, "Down", "Right")
    assert options.options.volume > volume
    push(window, "B")
    assert window.screen is screen


def test_a_gamepad_chooses_on_the_pause_card_and_leads_from_the_result_to_the_menu(window):
    screen = play(window)
    for again in ("Start", "B", "A"):
        screen._pause()
        push(window, again)
        assert not screen.paused, again
    screen._pause()
    push(window, "Right", hat=True)
    assert screen.paused and screen.card.menu.chosen == 1
    push(window, "Right", "A")
    assert isinstance(window.screen, ResultScreen)
    lit = window.screen.menu.chosen
    push(window, "Right")
    assert window.screen.menu.chosen == lit + 1
    push(window, "B")
    assert isinstance(window.screen, StartScreen)
