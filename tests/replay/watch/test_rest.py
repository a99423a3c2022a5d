"""What is paused is drawn once: a window counts its pictures. And what was closed is forgotten."""

import weakref

import pygame
import pytest
from lists import settle
from patience import PATIENCE_SECONDS

from replay.read.markers import append_marker
from replay.watch.app import App
from replay.watch.browser import Browser
from replay.watch.viewer import Viewer
from replay.watch.window import Window


def drawn(look, monkeypatch, frames=60, seconds=1 / 60):
    """How many of these frames are drawn."""
    pictures, draw = [], look.watch.draw
    with monkeypatch.context() as patch:
        patch.setattr(look.watch, "draw", lambda surface: (pictures.append(1), draw(surface)))
        look.frame(frames, seconds)
    return len(pictures)


@pytest.fixture
def still(look):
    look.frame(5)
    return look


def test_a_paused_picture_is_not_drawn_again(still, monkeypatch):
    assert drawn(still, monkeypatch) == 0


def test_a_playing_one_is_drawn_every_frame(still, monkeypatch):
    still.press("Space")
    assert drawn(still, monkeypatch) == 60


def test_it_is_drawn_for_an_event_and_once_more(still, monkeypatch):
    pygame.event.post(pygame.event.Event(pygame.WINDOWEXPOSED))
    assert drawn(still, monkeypatch) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda watch: watch.transport.jump(900),
        lambda watch: watch.desk.say("a word"),
        lambda watch: setattr(watch.survey, "verification", None),
        lambda watch: (append_marker(watch.session.path, 9, "here"), watch.session.recording.refresh()),
    ],
)
def test_what_changes_by_itself_is_drawn(still, monkeypatch, change):
    change(still.watch)
    assert drawn(still, monkeypatch) == 2


def test_a_word_that_was_said_goes_away_again(still, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    still.desk.say("a word")
    still.frame(5)
    shown = still.picture().copy()
    now[0] += PATIENCE_SECONDS + 1
    still.frame()
    assert (still.picture() != shown).any()


def test_the_camera_comes_where_it_wants_to_be_while_the_match_is_paused(still, monkeypatch):
    story, director = still.watch.session.story, still.desk.director
    story.world = (4000, 2000)
    story.place = lambda state, player: (2600.0, 900.0)
    still.press("PageDown")
    assert 20 < drawn(still, monkeypatch, 200) < 200
    assert director.x == pytest.approx(2600, abs=0.5)
    assert drawn(still, monkeypatch) == 0


def test_a_list_of_recordings_is_drawn_when_there_is_news_of_one(recording, installed, monkeypatch):
    with Window("test", (800, 600)) as window:
        browser = Browser(recording.parent)
        window.show(browser)
        settle(window)
        for _ in range(3):
            window.frame(1 / 60)
        pictures, draw = [], browser.draw
        monkeypatch.setattr(browser, "draw", lambda surface: (pictures.append(1), draw(surface)))
        for _ in range(20):
            window.frame(1 / 60)
        assert not pictures
        browser._appraiser.news += 1
        for _ in range(20):
            window.frame(1 / 60)
        assert len(pictures) == 2
        window.show(None)


def test_viewers_that_were_closed_are_forgotten(recording, installed):
    """All but the last one, whose frame is not over when the next screen is shown."""
    closed = []
    with Window("test", (320, 240)) as window:
        App(window)
        browser = Browser(recording.parent)
        window.show(browser)
        browser.light(recording)
        for _ in range(4):
            window.screen.open()
            window.frame(0.0)
            assert isinstance(window.screen, Viewer)
            moments = window.screen.session.moments
            moments.itself = moments  # a circle, as there may be some
            closed.append(weakref.ref(moments))
            del moments
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_q, mod=pygame.KMOD_CTRL, unicode=""))
            window.frame(0.0)
            assert isinstance(window.screen, Browser)
        assert [ref() for ref in closed[:-1]] == [None] * 3
        window.show(None)
