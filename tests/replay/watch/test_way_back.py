"""Opening anywhere plays, and closing leads back to where one came from; whatever becomes of the file meanwhile."""

import os
import shutil

import pygame
import pytest
from installed import install
from takeover import ENTRY_POINTS, Played
from toys import COUNTER, random_inputs

from replay import Recorder
from replay.watch.app import App
from replay.watch.browser import Browser
from replay.watch.control.keys import post_key
from replay.watch.viewer import Viewer
from replay.watch.window import Window


@pytest.fixture
def window(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(install(tmp_path / "site", ENTRY_POINTS))
    monkeypatch.setattr("replay.watch.model.session._LOOK_AGAIN_SECONDS", 0.0)
    with Window("test", (640, 480)) as window:
        App(window)
        yield window
        window.show(None)


@pytest.fixture
def other(tmp_path):
    """Ten seconds of somebody else."""
    path = tmp_path / "elsewhere" / "other.replay"
    path.parent.mkdir()
    with Recorder(path, COUNTER, seed=8, players=["Zoe"], config={}) as recorder:
        for row in random_inputs(COUNTER, 600, 1):
            recorder.step(row)
    return path


def press(window, *words):
    """As if a frame took no time: what a key opens begins with such a one."""
    for word in words:
        post_key(word)
        window.frame(0.0)


def frames(window, count=5):
    for _ in range(count):
        window.frame(1 / 60)


def show(window, screen):
    window.show(screen)
    window.frame(0.0)
    return screen


def plays(window, path):
    """Whether a viewer of this recording runs."""
    before = window.screen.transport.position
    frames(window)
    return window.screen.session.path == path and window.screen.transport.position == pytest.approx(before + 5)


# --- opening ---


@pytest.mark.parametrize("how", ["Enter", "Space", "click", "drop"])
def test_what_is_opened_from_the_list_plays(window, recording, how):
    browser = show(window, Browser(recording.parent))
    browser.light(recording)
    if how == "click":
        place = next(place for place, entry in browser.menu.places if entry.path == recording).center
        pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=place, button=1))
        window.frame(0.0)
    elif how == "drop":
        pygame.event.post(pygame.event.Event(pygame.DROPFILE, file=str(recording)))
        window.frame(0.0)
    else:
        press(window, how)
    assert plays(window, recording)


@pytest.mark.parametrize("options", [{}, {"at": "10s"}, {"at": 600}, {"at": 99999}])
def test_a_viewer_plays_from_where_it_is_told_to(window, recording, options):
    viewer = show(window, Viewer(recording, **options))
    assert viewer.transport.position == {"10s": 600, 99999: 1800}.get(options.get("at"), options.get("at", 0))
    assert viewer.transport.position == 1800 or plays(window, recording)


def test_backwards_from_nowhere_begins_at_the_end(window, recording):
    viewer = show(window, Viewer(recording, speed=-1))
    frames(window)
    assert viewer.transport.position == pytest.approx(1795) and viewer.transport.playing


# --- back ---


def test_a_replay_leads_back_to_the_list_and_that_to_the_replay_it_was_called_from(window, recording, other):
    show(window, Viewer(recording))
    frames(window, 30)
    press(window, "F5")
    browser = window.screen
    assert isinstance(browser, Browser)
    assert browser.light(other.parent)
    press(window, "Enter")
    assert browser.folder == other.parent and browser.light(other)
    press(window, "Enter")
    assert plays(window, other)
    press(window, "Ctrl+Q")
    assert window.screen is browser and browser.menu.item.path == other
    press(window, "Escape")
    assert window.screen.transport.tick == 30 and plays(window, recording)
    press(window, "Ctrl+W")
    assert window.screen is None


def test_the_list_one_came_from_is_the_list_that_is_shown_again(window, recording):
    browser = show(window, Browser(recording.parent))
    browser.light(recording)
    for _ in range(3):
        press(window, "Enter", "F5")
        assert window.screen is browser
    assert window.way_back == []


def test_a_dropped_recording_takes_the_place_of_the_one_that_is_shown(window, recording, other):
    browser = show(window, Browser(recording.parent))
    browser.light(recording)
    press(window, "Enter")
    pygame.event.post(pygame.event.Event(pygame.DROPFILE, file=str(other)))
    window.frame(0.0)
    assert plays(window, other)
    press(window, "Ctrl+W")
    assert window.screen is browser


def test_from_a_game_s_own_screen_one_comes_back_to_the_moment_one_left(window, recording):
    viewer = show(window, Viewer(recording, at="5s", paused=True))
    press(window, "T", "Down", "Enter")
    assert window.screen.taken == ("counter.replay", 300, 1)
    press(window, "Q")
    assert window.screen is not viewer and window.screen.transport.tick == 300 and not window.screen.transport.playing


def test_a_replay_that_is_gone_by_then_is_named_and_passed_over(window, recording):
    show(window, Viewer(recording))
    press(window, "T", "1")
    recording.unlink()
    press(window, "Q")
    assert isinstance(window.screen, Played) and window.screen.message == "counter.replay: No such file or directory"
    press(window, "Q")
    assert window.screen is None


# --- whom to take over ---


def test_it_is_asked_whom_to_take_over_while_the_match_waits(window, recording):
    viewer = show(window, Viewer(recording, at="5s"))
    press(window, "PageDown", "PageDown", "T")
    question = viewer.desk.question
    assert question.menu.item == 1 and not viewer.transport.playing  # whom one follows
    frames(window)
    assert viewer.transport.tick == 300
    press(window, "X", "9")  # nobody
    assert viewer.desk.question is question
    press(window, "Escape")
    assert viewer.desk.question is None and plays(window, recording)
    press(window, "T", "3")
    assert window.screen.taken[2] == 2


@pytest.mark.parametrize("is_on_a_name", [True, False])
def test_the_mouse_chooses_whom_to_take_over(window, recording, is_on_a_name):
    viewer = show(window, Viewer(recording))
    press(window, "T")
    place, player = viewer.desk.question.menu.places[2]
    at = place.center if is_on_a_name else (3, 3)
    for kind in (pygame.MOUSEMOTION, pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
        pygame.event.post(pygame.event.Event(kind, pos=at, button=1, rel=(0, 0), buttons=(0, 0, 0)))
        window.frame(0.0)
    if is_on_a_name:
        assert window.screen.taken[2] == player == 2
    else:
        assert window.screen is viewer and viewer.desk.question is None and viewer.transport.playing


def test_who_is_meant_is_marked_in_the_picture(window, recording):
    viewer = show(window, Viewer(recording, paused=True))
    viewer.session.story.place = lambda state, player: (100.0, 100.0 + 200 * player)
    rings = {}
    for key in ("T", "Down", "Down"):
        press(window, key)
        lit = viewer.desk.question.menu.item
        x, y = viewer.places.camera.to_screen(100, 100 + 200 * lit)
        around = pygame.surfarray.array3d(window.surface)[int(x) - 30 : int(x) + 30, int(y) - 30 : int(y) + 30]
        colours = around.reshape(-1, 3)
        rings[lit] = int((colours == viewer.look.colour(lit)).all(axis=1).sum())
    assert sorted(rings) == [0, 1, 2] and min(rings.values()) > 40


def test_nobody_is_asked_where_there_is_one_player_or_no_way_to_play(window, other, recording, monkeypatch):
    show(window, Viewer(other))
    press(window, "T")
    assert window.screen.taken[2] == 0
    monkeypatch.setattr("replay.watch.control.commands.has_plugin", lambda group, game: False)
    viewer = show(window, Viewer(recording))
    press(window, "T")
    assert viewer.desk.question is None


# --- a file that changes ---


def test_a_recording_that_another_one_is_copied_over_is_opened_again(window, recording, other):
    show(window, Viewer(recording, at="5s"))
    shutil.copyfile(other, recording)
    frames(window, 3)
    assert window.screen.session.story.names == ["Zoe"] and "has changed" in window.screen.desk.toast
    assert 300 <= window.screen.transport.tick < 310 and plays(window, recording)


def test_so_is_one_that_another_one_is_moved_over(window, recording, other):
    show(window, Viewer(recording, at="20s", paused=True))
    other.replace(recording)
    frames(window, 3)
    assert window.screen.session.story.names == ["Zoe"]
    assert window.screen.transport.position == 600 and not window.screen.transport.playing  # as far as it goes


@pytest.mark.parametrize("size", [0, 20, 10_000])
@pytest.mark.parametrize("speed", [1, 64])
def test_of_a_file_that_is_cut_off_the_window_stays_and_says_so(window, recording, size, speed):
    whole = recording.read_bytes()
    viewer = show(window, Viewer(recording, at="1s", speed=speed))
    os.truncate(recording, size)
    said = []
    for _ in range(300):
        window.frame(0.1)
        said.append(window.screen.desk.toast)
    assert any("counter.replay" in text for text in said)
    if window.screen is viewer:  # nothing of it can be read
        assert size < 10_000 and viewer.session.is_outdated
        viewer.transport.jump(1500)
        frames(window, 3)
    recording.write_bytes(whole)
    frames(window, 5)
    assert window.screen is not viewer and window.screen.transport.ticks == 1800


def test_a_copy_that_is_not_yet_whole_is_waited_for(window, recording, other):
    viewer = show(window, Viewer(recording))
    data = other.read_bytes()
    with open(recording, "wb") as file:
        for at in range(0, len(data), 1500):
            file.write(data[at : at + 1500])
            file.flush()
            window.frame(1 / 60)
            assert window.screen is viewer
    frames(window, 4)
    assert window.screen.transport.ticks == 600 and window.screen.session.recording.damage is None


def test_a_bookmark_of_somebody_else_shows_and_is_no_change(window, recording):
    from replay.read.markers import append_marker

    viewer = show(window, Viewer(recording))
    append_marker(recording, 77, "look")
    frames(window, 4)
    assert window.screen is viewer and [marker.text for marker in viewer.session.recording.markers] == ["look"]
