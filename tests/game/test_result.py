"""After the match: the moments and the graph lead into the replay, and a film is saved beside the recording."""

from __future__ import annotations

import re
import sys

import pygame
import pytest
from playing import frames, mouse, play, press, resize, texts_of

from game.play import film
from game.play.film import FilmJob, clips_of, film_path
from game.play.graph import ScoreGraph
from game.play.live import LiveMatch
from game.play.result import ResultScreen
from game.play.save import paragraph
from game.play.web_page import WebPage
from replay.core.cache import Bounded
from replay.core.errors import MachineError
from replay.read.readmodel import Series, Table
from replay.watch.viewer import Viewer

MOMENTS = [
    {"tick": 200, "kind": "multi_kill", "title": "Ada: triple kill", "player": "Ada", "seat": 1},
    {"tick": 60, "kind": "revenge", "title": "Bo takes revenge on Ada", "player": "Bo", "seat": 2},
    {"tick": 300, "kind": "comeback", "title": "team 1 is 5 points behind, and will win", "player": "", "seat": -1},
]
MANY = [{**MOMENTS[0], "title": f"moment {number}", "tick": 10 * number} for number in range(40)]


@pytest.fixture
def rows():
    return MOMENTS


@pytest.fixture
def result(window, monkeypatch, rows):
    """The result of a match of five seconds and more, with these moments."""
    monkeypatch.setattr(LiveMatch, "highlights", lambda self: Table(rows, tick="tick", title="title"))
    screen = play(window, seconds=5)
    for _ in range(200):
        if window.screen is not screen:
            break
        window.frame(0.15)
    window.frame(0.0)
    assert isinstance(window.screen, ResultScreen)
    return window.screen


@pytest.fixture
def small_films(monkeypatch):
    monkeypatch.setattr(film, "SIZE", (160, 90))
    monkeypatch.setattr(film, "FRAMES_PER_SECOND", 10.0)


def watched(window):
    """The tick at which the viewer has just begun."""
    assert isinstance(window.screen, Viewer) and window.screen.transport.playing
    return window.screen.transport.position


# --- into the replay ---


def test_a_click_on_a_moment_opens_the_replay_a_little_before_it_and_leads_back(window, result):
    for place, moment in list(result.moments.menu.places):
        mouse(window, pygame.MOUSEBUTTONDOWN, place.center)
        assert watched(window) == pytest.approx(max(moment["tick"] - 90, 0), abs=2)
        press(window, "Ctrl+W")
        assert window.screen is result
    assert len(result.moments.menu.places) == 3


def test_moments_are_reached_by_keys_alone(window, result):
    press(window, "Down", "Down", "Enter")
    assert watched(window) == pytest.approx(0, abs=2)
    press(window, "Ctrl+W", "1")
    assert watched(window) == pytest.approx(110, abs=2)
    press(window, "Ctrl+W", "Right", "Left", "Enter")  # back with the buttons
    assert watched(window) == pytest.approx(0, abs=2)


@pytest.mark.parametrize("rows", [MANY])
def test_more_moments_than_there_is_room_for_are_scrolled(window, result, rows):
    shown = len(result.moments.menu.places)
    assert 3 < shown < len(MANY)
    for _ in range(shown + 3):
        press(window, "Down")
    titles = [moment["title"] for _, moment in result.moments.menu.places]
    assert len(titles) == shown and result.moments.chosen["title"] == f"moment {shown + 2}" == titles[-1]
    pygame.event.post(pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=100))
    window.frame(0.0)
    assert result.moments.menu.places[0][1]["title"] == "moment 0"


def test_a_click_on_the_graph_opens_the_replay_at_that_time(window, result):
    tick = result.live.tick // 2
    at = (round(result.graph._strip.tick_to_x(tick)), result.graph._strip.rect.centery)
    mouse(window, pygame.MOUSEBUTTONDOWN, at)
    assert watched(window) == pytest.approx(tick, abs=4)


def test_the_graph_is_gone_along_by_keys(window, result, monkeypatch):
    press(window, ".", ".", ".", ",", ".")
    assert any("Enter to watch" in text for text in texts_of(window, monkeypatch))
    press(window, "Enter")
    assert watched(window) == pytest.approx(360, abs=2)
    press(window, "Ctrl+W", "Down")
    assert result.graph.hovered is None and result.moments.is_lit


def test_the_graph_says_when_and_how_it_stood_under_the_mouse(window, result, monkeypatch):
    mouse(window, pygame.MOUSEMOTION, result.graph._strip.rect.midright)
    mouse(window, pygame.MOUSEMOTION, (result.graph._strip.rect.right - 1, result.graph._strip.rect.centery))
    written = texts_of(window, monkeypatch)
    assert any(text.startswith("00:") and "click" in text for text in written)
    for row, name in zip(result.players, result.story.names, strict=True):
        assert f"{row['score']}  {name}" in written
    mouse(window, pygame.MOUSEMOTION, (2, 2))
    assert not any("click" in text for text in texts_of(window, monkeypatch))


def test_the_graph_of_teams_has_a_line_for_each(window, result):
    result.story.in_teams = True
    ticks, scores = [0, 60], [[0, 1], [0, 2], [0, 3], [0, 4]]
    graph = ScoreGraph(result.look, Series(result.story.names, ticks, {"score": scores}), [1, 2, 3, 4], 90)
    assert graph.standing(30) == [("Blue", 0), ("Orange", 0)] and graph.standing(90) == [("Orange", 6), ("Blue", 4)]


# --- what is there and what is not ---


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (800, 600), (1280, 720), (2560, 1440), (700, 1000)])
@pytest.mark.parametrize("zoom", [1.0, 1.5])
def test_buttons_and_moments_are_on_the_screen_and_apart(window, result, size, zoom):
    window.paint.suit(zoom, False)
    resize(window, size)
    places = [place for place, _ in [*result.menu.places, *result.moments.menu.places]]
    if result.graph._strip is not None:
        places.append(result.graph._strip.rect)
    assert len(result.menu.places) == 4 and all(pygame.Rect(0, 0, *size).contains(place) for place in places)
    assert all(not one.colliderect(other) for index, one in enumerate(places) for other in places[:index])


@pytest.mark.parametrize("rows", [[]])
def test_without_a_highlight_it_says_what_would_be_one(window, result, rows, monkeypatch):
    assert "No highlights this time." in texts_of(window, monkeypatch)
    press(window, "Down", "1")
    assert window.screen is result


def test_a_match_that_was_left_at_once_offers_nothing_to_see(window, monkeypatch):
    screen = play(window, countdown=True)
    window.frame(0.0)
    press_at_once = [pygame.K_ESCAPE, pygame.K_q]
    for key in press_at_once:
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode="", scancode=0))
        window.frame(0.0)
    result = window.screen
    assert isinstance(result, ResultScreen) and screen.live.tick == 0
    written = texts_of(window, monkeypatch)
    assert {"Match left", "No highlights.", "no time has passed"} <= set(written)
    assert [name for _, name in result.menu.places] == ["Play again", "Menu"]
    press(window, "W", "S")
    assert window.screen is result and result.card is None


def test_what_stopped_the_recording_is_said(window, result, monkeypatch):
    result.live.recorder.error = MachineError("the disk is full")
    assert "the disk is full" in texts_of(window, monkeypatch)


# --- films ---


def test_what_can_be_filmed_depends_on_how_long_the_match_was():
    assert clips_of(0, None) == []
    assert [clip.title for clip in clips_of(600, MOMENTS[0])] == ["the whole match"]
    clips = clips_of(6000, MOMENTS[0])
    assert [(clip.title, clip.start, clip.stop) for clip in clips] == [
        ("Ada: triple kill", 0, 440),
        ("the last 10 seconds", 5400, 6000),
        ("the whole match", 0, 6000),
    ]
    assert clips_of(6000, {**MOMENTS[0], "tick": 5990})[0].stop == 6000


def test_no_film_replaces_another(tmp_path):
    recording, clip = tmp_path / "a.replay", clips_of(6000, None)[0]
    first = film_path(recording, clip)
    first.touch()
    assert first.parent == tmp_path and film_path(recording, clip) not in (first, recording)


def saving(window, result):
    """The card, with a film being made."""
    press(window, "S", "Enter")
    return result.card


def test_a_film_is_saved_beside_the_recording_while_the_screen_shows_how_far_it_is(window, result, small_films, monkeypatch):
    card = saving(window, result)
    monkeypatch.setattr("game.play.save._WORK_SECONDS", 0.0)
    done = []
    while not card.job.is_over:
        done.append(card.job.done)
        assert any("pictures" in text for text in texts_of(window, monkeypatch)) or card.job.is_over
    assert len(set(done)) > 20 and done == sorted(done)
    written = texts_of(window, monkeypatch)
    assert card.job.written.path.parent == result.path.parent and card.job.written.bytes > 1000
    assert {"Saved.", card.job.written.path.name} <= set(written)
    press(window, "Enter")
    assert result.card is None and window.screen is result
    assert card.job.written.path.stat().st_size == card.job.written.bytes


@pytest.mark.parametrize("how", ["Escape", "close"])
def test_a_film_that_is_given_up_leaves_nothing(window, result, small_films, how, monkeypatch):
    monkeypatch.setattr("game.play.save._WORK_SECONDS", 0.0)
    card = saving(window, result)
    frames(window, 5)
    assert 0 < card.job.done < card.job.total
    if how == "close":
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        window.frame(0.0)
        assert window.screen is None
    else:
        press(window, how)
        assert window.screen is result
    assert card.job.is_over and result.card is None
    assert [path.name for path in result.path.parent.iterdir()] == [result.path.name]


def test_without_an_encoder_it_says_what_to_install(window, result, small_films, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    card = saving(window, result)
    frames(window, 3)
    assert card.job.is_over and card.job.written is None
    assert "PyAV" in card.job.problem and "pip install" in card.job.problem
    written = texts_of(window, monkeypatch)
    assert "The film could not be saved." in written
    mouse(window, pygame.MOUSEBUTTONDOWN, (5, 5))
    assert result.card is None


def test_a_recording_that_is_gone_is_no_film(window, result, small_films):
    result.path.unlink()
    job = FilmJob(result.path, clips_of(result.live.tick, None)[0])
    job.work(1.0)
    assert job.is_over and job.written is None and job.problem


def test_a_click_chooses_what_to_save(window, result, small_films):
    press(window, "S")
    place, clip = result.card.menu.places[0]
    mouse(window, pygame.MOUSEBUTTONDOWN, place.center)
    assert result.card.job.clip == clip
    press(window, "Escape")


def without_rules(monkeypatch, module_of=lambda kernels: b"\0asm"):
    """Pages are made without the compiler, and none of them is kept for others."""
    monkeypatch.setattr("replay.web.page.module_of", module_of)
    monkeypatch.setattr("replay.web.made._scripts", Bounded(1))


def test_a_web_page_is_saved_beside_the_recording(window, result, monkeypatch):
    without_rules(monkeypatch)
    press(window, "S", "Up", "Enter")
    job = result.card.job
    assert job.title in texts_of(window, monkeypatch) or job.is_over
    for _ in range(2000):
        if job.is_over:
            break
        window.frame(0.0)
    page = result.path.with_suffix(".html")
    assert {"Saved.", page.name, job.gist} <= set(texts_of(window, monkeypatch)) and job.written.bytes == page.stat().st_size
    assert result.path.name in page.read_text("utf-8")
    press(window, "Enter")
    assert result.card is None


def test_why_there_is_no_web_page_is_said(window, result, monkeypatch):
    def no_linker(kernels):
        raise MachineError("no WebAssembly for arena: there is no linker", "install lld, which has wasm-ld")

    without_rules(monkeypatch, no_linker)
    press(window, "S", "Up", "Enter")
    job = result.card.job
    job._thread.join()
    assert job.is_over and job.written is None and "install lld" in job.problem
    assert "The page could not be saved." in texts_of(window, monkeypatch)
    assert not list(result.path.parent.glob("*.html"))


def test_a_page_that_is_given_up_leaves_nothing(window, result, monkeypatch):
    without_rules(monkeypatch)
    job = WebPage().job(result.path)
    job.cancel()
    job._thread.join()
    assert job.is_over and job.written is None and not list(result.path.parent.glob("*.html*"))


def test_the_window_of_a_replay_saves_the_page_too_and_it_begins_there(window, result, monkeypatch):
    without_rules(monkeypatch)
    press(window, "W")
    desk = window.screen.desk
    desk.transport.jump(7)
    desk.transport.playing = False
    window.frame(0.0)
    press(window, "W")
    desk.saving.join()
    page = result.path.with_suffix(".html")
    assert desk.toast == f"saved {page.name}"
    assert re.findall(r'"at":(\d+)', page.read_text("utf-8")) == ["7"]


def test_long_words_are_broken_into_lines_that_fit(window):
    text = "cannot write /a/very/long/path/without/any/space/in/it.mp4 there"
    lines = paragraph(window.paint, text, 14, 120)
    assert all(window.paint.label(line, 14).get_width() <= 120 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
