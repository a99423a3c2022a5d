"""Recordings that are watched one after the other."""

import gc
import shutil
import weakref

import pygame
import pytest
from patience import soon

from replay.watch.app import App
from replay.watch.browser import Browser
from replay.watch.model.playlist import Playlist
from replay.watch.model.session import Session
from replay.watch.viewer import Viewer
from replay.watch.window import Window


@pytest.fixture
def paths(recording, tmp_path):
    """Seven of the same match; the third is no recording and the fifth is not there."""
    paths = [tmp_path / f"{number}.replay" for number in range(1, 8)]
    for number, path in enumerate(paths, 1):
        if number == 3:
            path.write_text("nothing")
        elif number != 5:
            shutil.copy(recording, path)
    recording.unlink()
    return paths


@pytest.fixture
def listed(installed, paths, looking):
    """A window that shows the first one, paused."""
    with Window("test", (1280, 720)) as window:
        App(window)
        playlist = Playlist.of(paths)
        window.show(Viewer(paths[0], playlist=playlist))
        yield looking(window, window.screen).pause()
        window.show(None)


def name(listed):
    return listed.window.screen.session.path.name


# --- the list ---


def test_what_cannot_be_watched_is_passed_over(paths):
    playlist = Playlist.of(paths)
    ways = []
    while (index := playlist.neighbour(1)) is not None:
        playlist.at = index
        ways.append(playlist.text)
    assert ways == ["2 of 7", "4 of 7", "6 of 7", "7 of 7"]
    while (index := playlist.neighbour(-1)) is not None:
        playlist.at = index
        ways.append(playlist.text)
    assert ways[4:] == ["6 of 7", "4 of 7", "2 of 7", "1 of 7"]
    assert playlist.files[4].problem == "No such file or directory"


def test_a_single_file_is_no_list(paths):
    assert Playlist.of(paths[:1]).text == "" and Playlist.of(paths[:1]).neighbour(1) is None


@pytest.mark.parametrize(("at", "rows", "shown"), [(0, 3, [0, 1, 2]), (3, 3, [2, 3, 4]), (6, 3, [4, 5, 6]), (3, 99, [*range(7)])])
def test_the_current_one_is_in_view(paths, at, rows, shown):
    playlist = Playlist.of(paths)
    playlist.at = at
    assert [*playlist.shown(rows)] == shown


# --- keys ---


def test_next_and_previous(listed):
    for word, expected in (("Shift+N", "2"), ("Shift+N", "4"), ("Shift+P", "2"), ("Shift+P", "1")):
        listed.press(word)
        assert name(listed) == f"{expected}.replay" and listed.window.screen.transport.playing
    listed.press("Shift+P")
    assert listed.window.screen.desk.toast == "no recording before this one"


def test_where_one_is_in_the_list_is_always_visible(listed, monkeypatch):
    assert any(text.startswith("1 of 7   1.replay") for text in listed.texts(monkeypatch))


def test_at_the_end_the_next_one_begins_at_the_same_speed(listed):
    listed.press("]")
    listed.transport.jump(1790)
    listed.press("Space")
    listed.frame(12)
    assert name(listed) == "2.replay"
    assert listed.window.screen.transport.speed == 2 and listed.window.screen.transport.playing


def test_at_the_end_of_the_last_one_it_stays(listed):
    listed.press("Shift+P")
    playlist = listed.desk.playlist
    listed.window.show(Viewer(playlist.files[6].path, playlist=playlist, at=1795))
    playlist.go_to(playlist.files[6].path)
    listed.frame(30)
    assert name(listed) == "7.replay" and listed.window.screen.transport.position == 1800


@pytest.mark.parametrize("stays", ["loop", "end"])
def test_a_loop_stays_and_so_does_who_jumps_to_the_end(listed, stays):
    if stays == "loop":
        listed.press("R")
        listed.transport.jump(1790)
        listed.press("Space")
    else:
        listed.press("End")
    listed.frame(30)
    assert name(listed) == "1.replay"


def test_one_that_cannot_be_opened_is_passed_over_at_the_end(listed, monkeypatch):
    """Its header is sound, but its rules are others."""
    opened = Session.__init__

    def refuse(session, path, *args, **kwargs):
        if path.name == "2.replay":
            raise OSError(5, "Input/output error")
        opened(session, path, *args, **kwargs)

    monkeypatch.setattr(Session, "__init__", refuse)
    listed.transport.jump(1795)
    listed.press("Space")
    listed.frame(12)
    assert name(listed) == "4.replay" and listed.desk.playlist.files[1].problem == "Input/output error"


def test_keys_of_a_list_say_so_where_there_is_none(look):
    for word in ("Shift+N", "Shift+P", "Q"):
        look.desk.say("")
        look.press(word)
        assert look.desk.toast == "one recording is open: replay watch FOLDER/*.replay lists several"


# --- the panel ---


def test_a_click_on_the_list_goes_there(listed, monkeypatch):
    assert "Recordings" not in listed.texts(monkeypatch)
    listed.press("Q")
    assert soon(lambda: {"Recordings", "1 of 7", "cannot be watched"} <= set(listed.texts(monkeypatch)))
    listed.click(listed.desk.playlist.places[5][0].center)
    assert name(listed) == "6.replay"


def test_a_right_click_on_the_list_puts_that_one_beside_this_one(listed):
    listed.press("Q")
    listed.click(listed.desk.playlist.places[5][0].center, button=3)
    screen = listed.window.screen
    assert (screen.session.path.name, screen.pairing.b.path.name) == ("1.replay", "6.replay")
    listed.press("Shift+N")
    assert name(listed) == "2.replay" and listed.window.screen.desk.pairing is None


def test_the_list_stays_open_from_one_to_the_next(listed, monkeypatch):
    listed.press("Q")
    listed.press("Shift+N")
    listed.watch = listed.window.screen
    listed.frame()
    assert "Recordings" in listed.texts(monkeypatch) and "2 of 7" in listed.texts(monkeypatch)


def test_what_was_found_out_of_a_recording_stays_in_the_list(listed):
    listed.watch.survey.wait()
    listed.press("Shift+N")
    assert listed.desk.playlist.files[0].verdict == "ok"


def test_while_the_list_is_seen_all_are_checked_and_it_is_drawn_again(listed, monkeypatch):
    listed.watch.survey.wait()
    listed.press("Q")
    assert soon(lambda: listed.desk.playlist._appraiser.is_done)
    assert [file.verdict for file in listed.desk.playlist.files] == ["ok", "ok", "", "ok", "", "ok", "ok"]
    listed.frame(5)
    drawn = []
    monkeypatch.setattr(listed.watch, "draw", lambda surface: drawn.append(1))
    listed.frame(5)
    assert not drawn
    listed.desk.playlist.files[6].checked = "diverged"
    listed.frame(2)
    assert drawn


def test_nothing_is_checked_for_a_list_that_nobody_sees(listed):
    files = listed.desk.playlist.files
    listed.frame(5)
    assert not any(file.verdict for file in files)
    listed.press("Q")
    listed.press("Q")
    assert listed.desk.playlist._appraiser is None
    listed.press("Q")
    listed.window.show(None)
    assert listed.desk.playlist._appraiser is None


def test_the_wheel_moves_a_long_list(listed):
    playlist = listed.desk.playlist
    playlist.files = playlist.files * 10
    listed.press("Q")
    listed.mouse("MOUSEMOTION", playlist.places[1][0].center)
    zoom = listed.desk.director.zoom
    listed.mouse("MOUSEWHEEL", (0, 0), y=-3)
    assert playlist.places[0][1] == 3 and listed.desk.director.zoom == zoom


@pytest.mark.parametrize("size", [(320, 240), (800, 600), (2560, 1440)])
def test_the_list_fits_into_any_window(listed, size):
    listed.window.paint.resize(size)
    surface = pygame.Surface(size)
    listed.desk.playlist.is_shown = True
    listed.watch.draw(surface)
    assert all(surface.get_rect().contains(place) for place, _ in listed.desk.playlist.places)


# --- where lists come from ---


def test_several_files_that_are_dropped_are_a_list(listed, paths):
    for path in paths[5:]:
        pygame.event.post(pygame.event.Event(pygame.DROPFILE, file=str(path)))
    listed.frame()
    assert name(listed) == "6.replay" and listed.window.screen.desk.playlist.text == "1 of 2"


def test_what_is_opened_from_a_folder_has_its_neighbours_but_does_not_go_on(installed, paths):
    with Window("test", (1280, 720)) as window:
        App(window)
        browser = Browser(paths[0].parent)
        window.show(browser)
        window.frame(0.0)
        files = [file.path for file in browser.menu.items]
        browser.menu.chosen = next(index for index, path in enumerate(files) if path.name == "1.replay")
        browser.open()
        window.frame(0.0)
        viewer = window.screen
        assert viewer.desk.playlist.current.path == viewer.session.path == paths[0]
        viewer.transport.jump(1795)
        for _ in range(30):
            window.frame(1 / 60)
        assert window.screen is viewer and viewer.transport.position == 1800
        window.show(None)


def test_of_those_that_were_left_nothing_stays(listed):
    left = []
    for _ in range(2):
        for word in ("Shift+N", "Shift+P"):
            left.append(weakref.ref(listed.window.screen.session))
            listed.press(word)
    listed.watch = listed.desk = listed.transport = listed.places = None
    listed.frame()
    gc.collect()
    assert [ref() is None for ref in left] == [True] * 4
