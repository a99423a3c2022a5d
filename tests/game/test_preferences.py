"""The screen of options: everything changed and remapped by keys and by mouse, at once and for later."""

import pygame
import pytest
from playing import SIZES, click, overlaps, place, press, resize, show, write

from game.match import ARENA
from game.play.app import ArenaApp
from game.play.commands import DEVICES, MATCH, MOUSE, PAD, default_keys
from game.play.options import Options
from game.play.preferences import GENERAL, Preferences
from game.play.screen import start_match
from game.play.setup import Setup
from game.play.start import StartScreen
from replay import verify
from replay.watch.control.keys import post_key
from replay.watch.model.legibility import TEXT_SIZES


def preferences(window, tab=GENERAL, **kwargs):
    screen = Preferences(Options(**kwargs))
    show(window, screen)
    while screen.tab != tab:
        press(window, "Tab")
    return screen


def light(screen, row):
    screen.menu.chosen = screen.menu.items.index(row)


def test_every_option_is_changed_by_keys_and_by_mouse_and_remembered(window):
    screen = preferences(window)
    for row in ("mute", "shake", "kill_cam", "hints", "contrast", "volume", "text"):
        before = Options.load()
        light(screen, row)
        press(window, "Left")
        changed = Options.load()
        assert changed != before and getattr(changed, row) != getattr(before, row), row
        rect = place(screen, row)
        click(window, (rect.left + 20, rect.centery))
        assert screen.menu.item == row and Options.load() == changed
        click(window, (rect.right - 18, rect.centery))
        assert Options.load() == before, row
    assert window.paint.zoom == 1.0 and not window.paint.contrast
    light(screen, "contrast")
    press(window, "Right")
    assert window.paint.contrast


def test_volume_is_heard_at_once_and_has_an_end(window):
    screen = preferences(window)
    light(screen, "volume")
    press(window, *["Right"] * 9)
    assert screen.options.volume == 100 and screen._sounds.volume == 1.0
    press(window, *["Left"] * 12)
    assert screen.options.volume == 0 and screen._sounds.volume == 0.0


def test_one_s_own_name_is_typed(window):
    screen = preferences(window)
    light(screen, "name")
    press(window, "Space", letter=" ")
    write(window, "Zoë")
    press(window, "Enter")
    assert Options.load().name == "Zoë" and window.screen is screen
    press(window, "Enter")
    press(window, *["Backspace"] * 3)
    write(window, "  ")
    click(window, place(screen, "volume").midleft)
    assert Options.load().name == "" and screen.field is None


def test_a_key_is_remapped_swapped_refused_cleared_and_brought_back(window):
    screen = preferences(window, MOUSE)
    light(screen, "reload")
    press(window, "Enter", "Q")
    assert Options.load().label(MOUSE, "reload") == "Q"
    press(window, "Enter", "W")
    options = Options.load()
    assert (options.label(MOUSE, "reload"), options.label(MOUSE, "up")) == ("W", "Q") and "Q" in screen.message
    press(window, "Backspace")
    assert Options.load().label(MOUSE, "reload") == "R"
    press(window, "Delete")
    assert Options.load().keys_of(MOUSE)["reload"] == () and "no key" in screen.message
    light(screen, "up")
    press(window, "Delete")
    assert Options.load().label(MOUSE, "up") == "Q" and "must have a key" in screen.message
    light(screen, "reload")
    press(window, "Enter", "A")  # which is the only one for left
    assert Options.load().label(MOUSE, "left") == "A" and "only key" in screen.message
    press(window, "Enter", "Escape")
    assert window.screen is screen and screen.waits is None
    light(screen, "dash")
    press(window, "Enter")
    click(window, (5, 5), 2)
    assert Options.load().label(MOUSE, "dash") == "middle button"
    light(screen, "reset")
    press(window, "Enter")
    assert all(Options.load().keys_of(device) == default_keys(device) for device in DEVICES)


def test_the_mouse_alone_remaps_and_leaves(window):
    screen = preferences(window)
    click(window, next(rect for rect, tab in screen._tabs if tab == MATCH).center)
    assert screen.tab == MATCH
    click(window, place(screen, "look_back").center)
    assert screen.waits == "look_back"
    click(window, place(screen, "mute").center)  # a click elsewhere asks for that one
    assert screen.waits == "mute"
    press(window, "U")
    assert Options.load().label(MATCH, "mute") == "U" and Options.load().label(MATCH, "look_back") == "V"
    click(window, place(screen, "back").center)
    assert window.screen is None


def test_a_gamepad_s_buttons_are_remapped_with_and_without_one(window):
    screen = preferences(window, PAD)
    light(screen, "reload")
    press(window, "Enter")
    assert "no gamepad" in screen.message
    press(window, "X")  # a key, no button
    pygame.event.post(pygame.event.Event(pygame.JOYDEVICEREMOVED, instance_id=3))
    window.frame(0.01)
    assert screen.waits == "reload" and Options.load().keys == {}
    pygame.event.post(pygame.event.Event(pygame.JOYBUTTONDOWN, instance_id=3, button=1))
    window.frame(0.01)
    assert Options.load().label(PAD, "reload") == "B button"
    press(window, "Enter")
    pygame.event.post(pygame.event.Event(pygame.JOYAXISMOTION, instance_id=3, axis=5, value=0.9))
    window.frame(0.01)
    options = Options.load()
    assert options.label(PAD, "reload") == "Right Trigger" and options.keys_of(PAD)["fire"] == ("Right Shoulder",)
    press(window, "Enter")
    pygame.event.post(pygame.event.Event(pygame.JOYHATMOTION, instance_id=3, hat=0, value=(0, 1)))
    window.frame(0.01)
    assert Options.load().label(PAD, "reload") == "Pad Up"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", TEXT_SIZES)
def test_every_row_of_every_tab_can_be_reached_at_every_size(window, size, text):
    resize(window, size)
    window.paint.suit(text / 100, False)
    screen = show(window, Preferences(Options(text=text)))
    whole = pygame.Rect(0, 0, *size)
    for tab in (GENERAL, *DEVICES):
        screen.show(tab)
        seen = set()
        for _ in screen.menu.items:
            press(window, "Down")
            rects = [rect for rect, _ in screen.menu.places]
            assert screen.menu.item in [name for _, name in screen.menu.places]
            assert all(whole.contains(rect) for rect in rects)
            assert not overlaps(rects)
            seen |= {name for _, name in screen.menu.places}
        assert seen == set(screen.menu.items)
        assert all(whole.contains(rect) for rect, _ in screen._tabs) and [name for _, name in screen._tabs] == [GENERAL, *DEVICES]


def test_options_are_reached_from_everywhere_and_lead_back(window):
    start = show(window, StartScreen(window.serve.__self__.options, Setup()))
    press(window, "O")
    assert isinstance(window.screen, Preferences)
    press(window, "Escape")
    assert window.screen is start
    click(window, place(start, "options").center)
    assert isinstance(window.screen, Preferences)
    press(window, "Escape")
    assert window.screen is start


def test_options_hold_at_once_in_a_match_that_waits(window):
    options = window.serve.__self__.options
    match = show(window, start_match(Setup(map="duel"), options, seed=1))
    for _ in range(200):
        window.frame(1 / 60)
    press(window, "Escape", "O")
    screen, tick = window.screen, match.live.tick
    assert isinstance(screen, Preferences) and match.live.recorder.state == "recording"
    light(screen, "text")
    press(window, "Right")
    press(window, "Tab")
    light(screen, "up")
    press(window, "Enter", "I")
    for _ in range(20):
        window.frame(1 / 60)
    press(window, "Escape")
    assert window.screen is match and match.paused and match.live.tick == tick and window.paint.zoom == 1.25
    press(window, "Enter")
    y = int(match.live.state["players"]["y"][0])
    post_key("I", up=False)
    for _ in range(20):
        window.frame(1 / 60)
    assert match.live.tick > tick and int(match.live.state["players"]["y"][0]) != y


def test_a_window_that_closes_over_options_seals_the_match_that_waits(window):
    match = show(window, start_match(Setup(map="duel"), Options(), seed=1))
    for _ in range(60):
        window.frame(1 / 60)
    press(window, "Escape", "O")
    assert isinstance(window.screen, Preferences)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.frame(0.01)
    assert window.screen is None and verify(match.live.recorder.path, ARENA).is_ok


def test_remembered_size_and_contrast_hold_from_the_start(window):
    ArenaApp(window, Options(text=150, contrast=True))
    assert (window.paint.zoom, window.paint.contrast) == (1.5, True)


def test_keys_of_the_window_change_the_rows_too(window):
    app = ArenaApp(window, Options())
    screen = Preferences(app.options)
    window.show(screen)
    for key in ("Ctrl+=", "Ctrl+H"):
        post_key(key)
        window.frame(0.0)
    window.frame(0.0)
    assert {row.name: row.value for row in screen.rows()}["text"] == "125 %" and app.options.contrast
    assert Options.load().legibility == app.options.legibility == window.legibility
