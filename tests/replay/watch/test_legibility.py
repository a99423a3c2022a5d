"""Larger text and more contrast: by keys on every screen, remembered, and the same for all."""

import pygame
import pytest

from replay.watch.browser import Browser
from replay.watch.control.keys import post_key
from replay.watch.model.legibility import TEXT_SIZES, Legibility
from replay.watch.model.settings import load_settings, remember
from replay.watch.window import Window


def press(window, *keys):
    for key in keys:
        post_key(key)
        window.frame(0.0)


@pytest.mark.parametrize("screen", ["viewer", "list"])
def test_keys_make_text_larger_and_brighter_on_every_screen_and_that_is_remembered(look, tmp_path, screen):
    window = look.window
    if screen == "list":
        window.show(Browser(tmp_path))
    scale = window.paint.scale
    press(window, "Ctrl+=", "Ctrl++", "Ctrl+H")
    assert window.legibility == Legibility(150, True) and window.paint.scale == 1.5 * scale and window.paint.contrast
    assert load_settings()["text"] == 150 and load_settings()["contrast"] is True
    press(window, "Ctrl+=")  # there is nothing larger
    press(window, "Ctrl+-", "Ctrl+H")
    assert window.legibility == Legibility(125, False) == Legibility.remembered()
    press(window, "Ctrl+0")
    assert window.legibility == Legibility() and window.paint.scale == scale
    press(window, *["Ctrl+-"] * 9)
    assert window.legibility.text == TEXT_SIZES[0]


def test_what_was_written_before_is_written_anew(look):
    """Lines are kept by what was asked for: that is the same, and the letters are others."""
    paint, surface = look.window.paint, pygame.Surface((400, 60))

    def written():
        surface.fill((0, 0, 0))
        place = paint.text(surface, "Ann bought armour", (5, 5), 15, (90, 98, 110))
        return place.size, int(pygame.surfarray.array3d(surface).max())

    usual = written()
    paint.suit(1.5, False)
    larger = written()
    paint.suit(1.5, True)
    brighter = written()
    assert larger[0] > usual[0] and larger[0] == brighter[0] and brighter[1] > larger[1]


def test_a_window_opens_as_it_was_left():
    remember(text=125, contrast=True)
    with Window("test", (1280, 720)) as window:
        assert window.paint.zoom == 1.25 and window.paint.contrast


@pytest.mark.parametrize(
    "settings", [{"text": 99}, {"text": 100.0}, {"text": True}, {"text": [100]}, {"contrast": 1}, {"contrast": None}]
)
def test_what_makes_no_sense_is_as_usual(settings):
    remember(**settings)
    assert Legibility.remembered() == Legibility()


def test_the_user_is_told(look):
    look.press("Ctrl+=")
    assert look.desk.toast == "text 125 %"
    look.press("Ctrl+H")
    assert look.desk.toast == "more contrast"
