"""Every command of the key table, by key presses posted to a real window."""

import time

import pygame
import pytest
from toys import COUNTER

from replay import Recording, verify
from replay.core.divergence import Divergence
from replay.watch.control.commands import BACK, HANDLERS
from replay.watch.control.keys import key_word, post_key
from replay.watch.model import moments
from replay.watch.model.commands import BY_KEY, COMMANDS, SPOTS, TIPS, key_file
from replay.watch.model.transport import MAX
from replay.watch.viewer import Viewer
from replay.watch.window import SIZE


def test_no_two_commands_share_a_key():
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys)) == len(BY_KEY)


def test_every_key_of_the_table_can_be_pressed_and_is_told_apart(look):
    pygame.event.clear()
    for key in BY_KEY:
        post_key(key, up=False)
    pressed = [key_word(event) for event in pygame.event.get(pygame.KEYDOWN)]
    assert [BY_KEY[word].name for word in pressed] == [BY_KEY[key].name for key in BY_KEY]


def test_every_command_has_a_handler_and_the_key_file_names_it():
    assert set(HANDLERS) == {command.name for command in COMMANDS} | {
        "verdict",
        "clock",
        "speed",
        "sort_fields",
        "only_differences",
    }
    assert set(BACK) <= {spot.name for spot in SPOTS}
    for command in COMMANDS:
        assert command.name in key_file() and command.help in key_file()


@pytest.mark.parametrize(
    ("key", "start", "expected"),
    [
        (",", 600, 599),
        (".", 600, 601),
        ("Left", 600, 300),
        ("Right", 600, 900),
        ("J", 900, 300),
        ("L", 600, 1200),
        ("Shift+Left", 600, 540),
        ("Shift+Right", 600, 660),
        ("Home", 600, 0),
        ("End", 600, 1800),
        ("0", 600, 0),
        ("3", 600, 540),
        ("9", 600, 1620),
    ],
)
def test_keys_that_go_somewhere(look, key, start, expected):
    look.transport.position = start
    look.press(key)
    assert look.transport.position == expected


def test_space_and_k_play_and_pause(look):
    for key in ("Space", "K"):
        look.press(key)
        assert look.transport.playing
        look.press(key)
        assert not look.transport.playing


def test_reverse_play_runs_backwards_a_tick_a_frame(look):
    look.transport.position = 600
    look.press("Shift+Space")
    assert look.transport.position == 599
    look.frame(100)
    assert look.transport.position == pytest.approx(499)


def test_speed_keys(look):
    for key in ("Up", "]"):
        look.press(key)
    assert look.transport.speed == 4
    for key in ("Down", "[", "["):
        look.press(key)
    assert look.transport.speed == 0.5
    look.press("Backspace")
    assert look.transport.speed == 1


def test_a_held_key_repeats_and_a_released_one_stops(look, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    look.transport.position = 600
    look.press(".", up=False)
    now[0] += 1
    look.frame(3)
    held = look.transport.position
    assert held > 601
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=pygame.K_PERIOD, mod=0, unicode="."))
    look.frame()
    now[0] += 1
    released = look.transport.position
    look.frame(3)
    assert look.transport.position == released


def test_a_jump_can_be_undone(look):
    look.transport.position = 700
    look.press("Home")
    look.press("Shift+Backspace")
    assert look.transport.position == 700


def test_go_to_takes_a_time_and_says_what_it_did_not_understand(look):
    look.press("G")
    pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text="g"))  # what a real keyboard sends along
    pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text="12x"))
    look.frame()
    look.press("Enter")
    assert "12x" in look.desk.toast and look.desk.prompt == "12x"
    look.press("Backspace")
    pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=".5s"))
    look.frame()
    look.press("Enter")
    assert look.transport.position == 750 and look.desk.prompt is None
    look.press("G")
    look.press("Escape")
    assert look.desk.prompt is None


def test_a_bookmark_is_appended_to_the_file_and_the_recording_still_verifies(look):
    look.transport.position = 777
    look.press("B")
    with Recording(look.watch.session.path) as again:
        assert [(marker.tick, marker.text) for marker in again.markers] == [(777, "bookmark 1")]
    assert verify(look.watch.session.path, COUNTER).is_ok


def test_next_and_previous_marker_land_a_little_before(look):
    look.transport.position = 777
    look.press("B")
    look.transport.position = 1200
    look.press("B")
    look.transport.position = 0
    everything = look.desk.marks.all
    look.desk.marks.all = lambda: [mark for mark in everything() if not mark.kind]  # the toy's events crowd
    for key, expected in (("N", 777), ("Ctrl+Right", 1200), ("P", 777)):
        look.press(key)
        assert look.transport.position == expected - 90, key
    look.press("Ctrl+Left")
    assert look.desk.toast == "no marker before"


def test_in_out_and_loop(look):
    look.transport.position = 600
    look.press("I")
    look.transport.position = 660
    look.press("O")
    look.press("R")
    assert look.transport.position == 600 and look.transport.range == (600, 660)
    look.press("Space")
    look.frame(70)
    assert 600 <= look.transport.position < 660
    look.press("R")
    assert not look.transport.looping


def test_a_clip_of_the_range_is_a_recording_that_verifies(look):
    look.transport.loop_in, look.transport.loop_out = 600, 720
    look.press("Ctrl+S")
    look.desk.saving.join()
    look.frame()
    path = look.watch.session.path.with_name("counter-600-720.replay")
    assert look.desk.toast == f"saved {path.name}"
    assert verify(path, COUNTER).is_ok


def test_a_page_of_a_game_that_no_browser_runs_is_not_promised(look):
    look.press("W")
    look.desk.saving.join()
    look.frame()
    assert look.desk.toast == "not saved: no browser can run this game"
    assert not list(look.watch.session.path.parent.glob("*.html"))


def test_take_over_says_that_this_game_has_none(look):
    look.press("T")
    assert "cannot be played" in look.desk.toast


def test_cameras(look):
    director = look.desk.director
    look.press("PageDown")
    assert (director.mode, director.player) == ("follow", 0)
    look.press("PageUp")
    assert director.player == 2
    look.press("Escape")
    assert (director.mode, director.player) == ("free", None)
    look.press("Escape")
    assert director.mode == "all"
    look.press("D")
    assert director.mode == "auto"
    look.press("D")
    assert director.mode == "all"
    look.press("+", unicode="+")
    assert director.zoom > 1 and director.mode == "free"
    look.press("-")
    assert director.zoom == 1
    look.mouse("MOUSEWHEEL", None, y=2)
    assert director.zoom > 1.2


def test_dragging_the_picture_pans(look):
    look.mouse("MOUSEWHEEL", None, y=4)
    x = look.places.camera.x
    look.mouse("MOUSEBUTTONDOWN", (500, 300))
    look.mouse("MOUSEMOTION", (400, 300))
    look.mouse("MOUSEBUTTONUP", (400, 300))
    assert look.desk.director.mode == "free" and look.places.camera.x > x


def test_what_can_be_shown_and_hidden(look):
    plain = look.picture().copy()
    for key in ("F2", "F3", "F6", "H"):
        look.press(key)
        assert (look.picture() != plain).any(), key
        look.press(key)
    assert not look.desk.switches.hidden and not look.desk.switches.inputs
    for key in ("?", "F1"):
        look.press(key)
        assert look.desk.switches.help
        look.press("Space")
        assert not look.desk.switches.help and not look.transport.playing
    look.press("M")
    assert look.desk.switches.muted
    look.press("F4")
    assert not look.desk.switches.shake
    look.press("F11")
    look.press("F11")
    assert not look.window.fullscreen


def test_the_scoreboard_shows_while_tab_is_held(look):
    look.press("Tab", up=False)
    assert "Tab" in look.window.held
    pygame.event.post(pygame.event.Event(pygame.WINDOWFOCUSLOST))
    look.frame()
    assert not look.window.held


def test_a_screenshot_is_saved_beside_the_recording(look):
    look.transport.position = 42
    look.press("S")
    assert look.watch.session.path.with_name("counter-42.png").stat().st_size > 1000


def test_a_click_on_the_bar_jumps_and_a_drag_scrubs_live(look):
    bar = look.places.bar
    look.desk.marks.all = list  # the toy's marks would catch the click
    y = bar.rect.centery
    look.mouse("MOUSEBUTTONDOWN", (round(bar.tick_to_x(900)), y))
    assert abs(look.transport.position - 900) < 3
    for tick in (1000, 1100, 400):
        look.mouse("MOUSEMOTION", (round(bar.tick_to_x(tick)), y))
        assert abs(look.transport.position - tick) < 3
    look.press("Escape")
    assert look.transport.position == 1 and not look.watch.pointer.is_dragging


def test_shift_drag_scrubs_finely(look):
    bar = look.places.bar
    look.desk.marks.all = list
    y = bar.rect.centery
    look.mouse("MOUSEBUTTONDOWN", (600, y))
    start = look.transport.position
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_LSHIFT, mod=0, unicode=""))
    look.mouse("MOUSEMOTION", (700, y))
    moved = look.transport.position - start
    assert moved == pytest.approx((bar.x_to_tick(700) - bar.x_to_tick(600)) * 0.1, abs=2)


def test_hovering_shows_a_picture_of_that_tick(look, monkeypatch):
    before = look.picture().copy()
    look.mouse("MOUSEMOTION", (640, look.watch.bar.centery))
    assert (look.picture() != before).any()
    thing = look.places.thing_at((640, look.watch.bar.centery), look.desk.marks.story)
    assert abs(thing.tick - look.places.bar.x_to_tick(640)) < 30
    monkeypatch.setattr(look.watch.session, "scene", None)  # that picture need not be drawn again
    look.watch.thumbnail(thing.tick, (256, 144))


def test_a_click_on_the_play_button_plays(look):
    look.mouse("MOUSEBUTTONDOWN", look.places.buttons["play"].center)
    assert look.transport.playing


@pytest.mark.parametrize("name", ["play", "clock", "speed", "verdict"])
def test_what_can_be_clicked_says_what_it_does_once_the_mouse_rests_on_it(look, monkeypatch, name):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    look.mouse("MOUSEMOTION", look.places.buttons[name].center)
    before = look.picture().copy()
    now[0] += 0.4
    look.frame()
    assert look.desk.tip.name == "" and (look.picture() == before).all()
    now[0] += 0.2
    look.frame()
    assert look.desk.tip.name == name and (look.picture() != before).any()
    look.mouse("MOUSEBUTTONDOWN", look.places.buttons[name].center)
    assert look.desk.tip.name == ""


def test_tooltips_speak_out_of_the_command_table(look):
    assert TIPS["play"] == ("Space, K", "play or pause")
    look.mouse("MOUSEMOTION", (5, 5))
    assert set(TIPS) >= set(look.places.buttons) and len(TIPS) == len(COMMANDS) + len(SPOTS)
    assert set(HANDLERS) >= set(look.places.buttons)


def test_no_tooltip_is_in_the_way_of_the_picture_at_the_mouse(look, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for at in (look.watch.bar.center, look.watch.area.center):
        look.mouse("MOUSEMOTION", look.places.buttons["play"].center)
        now[0] += 1
        look.mouse("MOUSEMOTION", at)
        now[0] += 1
        look.frame()
        assert look.desk.tip.name == ""


def test_a_click_on_the_verdict_goes_to_the_divergence(look):
    look.transport.position = 100
    look.mouse("MOUSEBUTTONDOWN", look.places.buttons["verdict"].center)
    assert look.desk.toast == "verified" and look.transport.position == 100
    look.watch.survey.verification.divergence = Divergence(900, 899)
    look.mouse("MOUSEBUTTONDOWN", look.places.buttons["verdict"].center)
    assert look.transport.position == 900


def test_clicks_on_the_speed_go_through_all_of_them_both_ways(look):
    speeds = []
    for button in (1, 1, 3, 3, 3):
        look.click(look.places.buttons["speed"].center, button)
        speeds.append(look.transport.speed)
    assert speeds == [2, 4, 2, 1, 0.5]


def test_clicks_on_the_clock_show_the_time_left_and_the_tick(look, monkeypatch):
    look.transport.position = 600
    shown = []
    for button in (1, 1, 1, 3):
        look.click(look.places.buttons["clock"].center, button)
        shown.append([text for text in look.texts(monkeypatch) if text in ("00:10.00", "-00:20.00", "tick 600")])
    assert shown == [["-00:20.00", "tick 600"], ["tick 600", "00:10.00"], ["00:10.00", "tick 600"], ["tick 600", "00:10.00"]]


def test_a_drag_with_the_right_button_marks_a_range_and_a_click_takes_it_away(look):
    bar, transport = look.places.bar, look.transport
    y = bar.rect.centery
    look.mouse("MOUSEBUTTONDOWN", (900, y), button=3)
    for x in (800, 400):
        look.mouse("MOUSEMOTION", (x, y))
        assert transport.range == (bar.x_to_tick(x), bar.x_to_tick(900))
    look.mouse("MOUSEBUTTONUP", (400, y), button=3)
    look.mouse("MOUSEMOTION", (500, y))
    assert transport.range == (bar.x_to_tick(400), bar.x_to_tick(900)) and transport.position == 1
    look.click((600, y), 3)
    assert (transport.loop_in, transport.loop_out) == (None, None)


def test_a_right_click_where_it_means_nothing_does_nothing(look):
    for name in ("play", "verdict"):
        look.click(look.places.buttons[name].center, 3)
    look.click(look.watch.area.center, 3)
    assert not look.transport.playing and not look.desk.toast and not look.watch.pointer.is_dragging


def test_a_held_key_that_seeks_is_one_jump(look, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    look.transport.position = 0
    look.press("Shift+Right", up=False)
    for _ in range(5):
        now[0] += 1
        look.frame()
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=pygame.K_RIGHT, mod=0, unicode=""))
    look.frame()
    assert look.transport.position == 360
    look.press("Shift+Right")
    for expected in (360, 0):
        look.press("Shift+Backspace")
        assert look.transport.position == expected
    look.press("Shift+Backspace")
    assert look.desk.toast == "no jump to undo"


def test_at_the_highest_speed_the_match_runs_as_far_as_the_time_allows(look, monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(moments.time, "perf_counter", lambda: next(clock) * 0.01)
    look.transport.speed_index, look.transport.playing, look.transport.position = MAX, True, 90.0
    look.watch.transport.advance(1 / 60, look.watch.session.run)
    assert look.transport.position == 180  # a look at the clock for each second; there is time for two


def test_a_dropped_file_opens_and_a_broken_one_says_why(look, tmp_path):
    broken = tmp_path / "broken.replay"
    broken.write_bytes(b"not a recording")
    pygame.event.post(pygame.event.Event(pygame.DROPFILE, file=str(broken)))
    look.frame()
    assert "is not a recording" in look.desk.toast


def test_a_window_can_be_any_size(look):
    for size in ((320, 240), (800, 600), (1920, 1080), (2560, 1440), SIZE):
        pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, w=size[0], h=size[1], size=size))
        look.frame(2)
        assert look.window.surface.get_size() == size
        for key in ("?", "Space", "F2", "F3", "F6"):
            look.press(key)


def test_a_jump_shows_the_same_picture_as_playing_there(look):
    look.transport.position = 400
    look.frame()
    look.press("Space")
    look.frame(100)
    look.transport.playing = False
    look.transport.position = 500.0
    look.frame()
    played = look.picture()[:, :600].copy()
    look.press("End")
    look.transport.jump(500)
    look.frame()
    assert (look.picture()[:, :600] == played).all()


def test_going_on_at_a_time(recording):
    watch = Viewer(recording, COUNTER, at="50%", speed=-2)
    watch.transport.advance(0)
    assert watch.transport.position == 900 and watch.transport.speed == -2
    watch.session.close()


def test_thumbnail_tooltip_and_click_mean_the_same_thing(look):
    """Wherever one points on the bar, the moment that is shown is the one that a click is about."""
    lead = 90
    for x in range(look.watch.bar.left, look.watch.bar.right, 97):
        at = (x, look.watch.bar.centery)
        look.mouse("MOUSEMOTION", at)
        thing = look.places.thing_at(at, look.desk.marks.story)
        assert thing.name == "bar" and list(look.watch._thumbs._values) == [(thing.tick, (256, 144))]
        look.mouse("MOUSEBUTTONDOWN", at)
        look.mouse("MOUSEBUTTONUP", at)
        assert look.transport.position in (thing.tick, max(thing.tick - lead, 0))


def test_what_is_hidden_cannot_be_clicked(look):
    bar = look.watch.bar.center
    look.press("H")
    assert look.places.thing_at(bar, look.desk.marks.story).name == "picture"


def test_a_cut_file_copied_just_now_is_not_live(recording, tmp_path):
    cut = tmp_path / "cut.replay"
    cut.write_bytes(recording.read_bytes()[:-40])
    watch = Viewer(cut, COUNTER, follow=True)
    assert not watch.transport.live and watch.transport.position == 0
    watch.session.close()
