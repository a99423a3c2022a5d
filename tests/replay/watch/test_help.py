"""The help card: everything of it is there, in windows of every size, with text of every size."""

import pygame
import pytest
from lists import settle

from replay.watch.browser import _HELP, Browser
from replay.watch.control.keys import post_key
from replay.watch.model.commands import COMMANDS, SPOTS
from replay.watch.model.legibility import TEXT_SIZES
from replay.watch.model.list_commands import LIST_COMMANDS, LIST_SPOTS
from replay.watch.model.scroll import Scroll
from replay.watch.view.help import VIEWER_LINES, draw_help
from replay.watch.view.paint import Paint
from replay.watch.window import Window

SIZES = [(320, 240), (640, 360), (800, 600), (1280, 720), (720, 1280), (1920, 1080), (2560, 1440), (3840, 2160)]


def written(monkeypatch, size, text, lines, scroll):
    """What a picture of the card writes and where, by the text."""
    pygame.font.init()
    places, write = {}, Paint.text

    def noted(paint, surface, text, *args, **kwargs):
        place = places[text] = write(paint, surface, text, *args, **kwargs)
        short = paint.shortened(text, kwargs.get("width") or size[0], args[1], kwargs.get("bold", False))
        assert short == text, f"{text!r} is cut to {short!r}"
        return place

    paint = Paint(size)
    paint.suit(text / 100, False)
    with monkeypatch.context() as patch:
        patch.setattr(Paint, "text", noted)
        draw_help(pygame.Surface(size), paint, lines, scroll)
    return places


@pytest.mark.parametrize("text", TEXT_SIZES)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("lines", [VIEWER_LINES, _HELP], ids=["viewer", "list"])
def test_every_line_of_the_card_is_seen_whole(monkeypatch, size, text, lines):
    scroll, seen = Scroll(), set()
    while True:
        places = written(monkeypatch, size, text, lines, scroll)
        screen = pygame.Rect((0, 0), size)
        assert all(screen.contains(place) for place in places.values())
        seen |= places.keys()
        if scroll.first == scroll.last:
            break
        assert scroll.key("PageDown")
    assert {line.text for line in lines} | {line.keys for line in lines} <= seen | {""}


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (3840, 2160)], ids=str)
def test_where_there_is_room_all_of_it_is_seen_at_once(monkeypatch, size):
    scroll = Scroll()
    written(monkeypatch, size, 100, VIEWER_LINES, scroll)
    assert scroll.last == 0 and not scroll.key("Down")


def test_no_two_lines_lie_on_one_another(monkeypatch):
    for size in SIZES:
        places = [place for text, place in written(monkeypatch, size, 150, VIEWER_LINES, Scroll()).items() if text]
        assert all(place.collidelist(places[:at]) < 0 for at, place in enumerate(places)), size


def test_a_card_that_is_cut_is_noticed(monkeypatch):
    long = (VIEWER_LINES[0], VIEWER_LINES[1]._replace(text="x" * 400), *VIEWER_LINES[2:])
    with pytest.raises(AssertionError, match="is cut"):
        written(monkeypatch, (800, 600), 100, long, Scroll())


def test_all_commands_and_spots_are_on_the_cards():
    for lines, commands, spots in ((VIEWER_LINES, COMMANDS, SPOTS), (_HELP, LIST_COMMANDS, LIST_SPOTS)):
        texts = {line.text for line in lines}
        assert {command.help for command in commands if not command.name.startswith("percent")} <= texts
        assert {spot.help for spot in spots} <= texts


def test_keys_and_wheel_move_a_long_card_and_any_other_key_closes_it(look):
    pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, w=320, h=240, size=(320, 240)))
    look.press("F1")
    help = look.desk.help
    assert help.last > 0
    look.press("PageDown")
    assert look.desk.switches.help and help.first == help.page
    look.press("Home")
    look.mouse("MOUSEWHEEL", (5, 5), y=-1)
    assert look.desk.switches.help and help.first == 3
    look.press("X")
    assert not look.desk.switches.help


def test_the_card_of_the_list_is_closed_by_any_key(tmp_path):
    with Window("test", (800, 600)) as window:
        browser = Browser(tmp_path)
        window.show(browser)
        settle(window)
        for key in ("?", "X", "F1", "Escape"):
            post_key(key)
            window.frame(0.0)
            assert (browser.help is not None) == (key in ("?", "F1"))
        assert window.screen is browser and browser.listing.search == ""
        window.show(None)
