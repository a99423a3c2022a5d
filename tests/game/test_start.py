"""The start screen: chosen and typed with keys and mouse, remembered."""

import pygame
import pytest
from playing import SIZES, click, overlaps, place, point, press, resize, show, write

from game.arena import arena_names
from game.play.options import MOST_LETTERS, Options
from game.play.screen import PlayScreen
from game.play.setup import EMPTY, Setup
from game.play.start import StartScreen
from replay import Recording
from replay.watch.model.legibility import TEXT_SIZES


def test_a_click_selects_and_only_the_arrows_change(window):
    screen = show(window, StartScreen(Options(), Setup()))
    before = Setup()
    for row in [name for name in screen.menu.items if name not in ("start", "recordings", "options")]:
        rect = place(screen, row)
        arrows = [area for area, (name, _) in screen._arrows if name == row]
        assert len(arrows) == 2 and all(rect.contains(area.clip(rect)) for area in arrows)
        names = [area for area, seat in screen._names if row == f"seat {seat}"]
        free = next(
            x for x in range(rect.left, rect.right) if not any(area.collidepoint(x, rect.centery) for area in arrows + names)
        )
        click(window, (free, rect.centery))
        assert screen.menu.item == row and screen.setup == before and screen.field is None
    rect = place(screen, "level")
    click(window, (rect.right - 18, rect.centery))
    assert screen.setup.level == "fair"


def test_the_mouse_does_all_that_the_arrow_keys_do(window):
    screen = show(window, StartScreen(Options(), Setup()))
    for area, (row, way) in list(screen._arrows):
        before = Setup(**{**vars(screen.setup), "seats": list(screen.setup.seats)})
        click(window, area.center)
        assert screen.setup != before, row
        screen.change(row, -way)
        assert screen.setup == before
    for rect, name in list(screen._maps):
        click(window, rect.center)
        assert screen.setup.map == name
    assert {name for _, name in screen._maps} == set(arena_names())


def test_a_first_match_is_easy_and_the_level_is_remembered_and_recorded(window):
    screen = show(window, StartScreen(Options()))
    assert screen.setup.level == "easy" and screen.setup.config()["countdown"] == 3
    screen.menu.chosen = screen.menu.items.index("level")
    press(window, "Left", "Enter")
    assert isinstance(window.screen, PlayScreen)
    path = window.screen.live.finish()
    with Recording(path) as recording:
        kinds = [player.kind for player in recording.header.players]
    assert kinds == ["human", "bot:hunter:merciless", "bot:brawler:merciless", "bot:collector:merciless"]
    assert StartScreen(Options()).setup.level == "merciless"


@pytest.mark.parametrize(("opener", "letter"), [("F2", None), ("N", "n")])
def test_a_name_is_typed_without_the_letter_that_asked_for_it(window, opener, letter):
    screen = show(window, StartScreen(Options(), Setup()))
    screen.menu.chosen = screen.menu.items.index("seat 1")
    press(window, opener, letter=letter)
    write(window, "née 漢字 مرحبا" + "x" * 30)
    assert len(screen.field.text) == MOST_LETTERS
    press(window, *["Backspace"] * 12)
    write(window, "!")
    press(window, "Enter")
    assert screen.field is None and screen.setup.names()[1] == "née 漢字 م!" and window.screen is screen
    assert screen.setup.names()[2] == "Bo"
    press(window, "F2")
    write(window, "other")
    press(window, "Escape")
    assert screen.setup.names()[1] == "née 漢字 م!" and window.screen is screen
    window.show(None)
    assert StartScreen(Options()).setup.names()[1] == "née 漢字 م!"


def test_a_name_is_typed_where_one_clicked_wherever_the_mouse_goes_meanwhile(window):
    screen = show(window, StartScreen(Options(), Setup()))
    click(window, next(area for area, seat in screen._names if seat == 2).center)
    write(window, "Zoe")
    for row in ("start", "seat 0", "map"):
        point(window, place(screen, row).center)
    write(window, "y")
    click(window, place(screen, "map").midtop)
    assert screen.field is None and screen.setup.called == ["", "", "Zoey", *[""] * 5]
    click(window, next(area for area, seat in screen._names if seat == 2).center)
    press(window, *["Backspace"] * 4)
    write(window, "   ")
    click(window, place(screen, "start").center)  # a click elsewhere ends it, and does what it does
    assert isinstance(window.screen, PlayScreen) and [seat.name for seat in window.screen.live.seats][1:] == ["Ada", "Bo", "Cleo"]


def test_nobody_names_an_empty_seat(window):
    screen = show(window, StartScreen(Options(), Setup()))
    screen.menu.chosen = screen.menu.items.index("seat 7")
    press(window, "F2")
    assert screen.field is None and screen.setup.seats[7] == EMPTY


def test_names_are_never_the_same():
    made = Setup(called=["Bo", "Bo", "Bo", *[""] * 5])
    assert made.names() == ["Bo", "Bo 2", "Bo 3", "Cleo"]
    assert Setup().names("Zoe")[0] == "Zoe"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", TEXT_SIZES)
def test_nothing_of_the_start_screen_lies_over_another_or_outside(window, size, text):
    resize(window, size)
    window.paint.suit(text / 100, False)
    screen = show(window, StartScreen(Options(text=text), Setup(seats=["mouse", "keys", *["hunter"] * 6])))
    rects = [rect for rect, _ in screen.menu.places]
    assert {name for _, name in screen.menu.places} == set(screen.menu.items)
    whole = pygame.Rect(0, 0, *size)
    assert all(whole.contains(rect) and rect.height > 7 for rect in rects)
    assert not overlaps(rects)
    assert all(place(screen, "map").collidelist([rect]) == -1 for rect, _ in screen._maps)
