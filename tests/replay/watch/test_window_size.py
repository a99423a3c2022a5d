"""How large a window opens, and what of that is remembered."""

import json
import os

os.environ["SDL_VIDEODRIVER"] = "dummy"

import pygame
import pytest

from replay.watch.model.settings import remember, settings_path
from replay.watch.window import SIZE, SMALLEST, Window


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def screen(monkeypatch):
    """Say how large the screens are."""

    def are(*sizes):
        monkeypatch.setattr(pygame.display, "get_desktop_sizes", lambda: list(sizes))
        monkeypatch.setattr(pygame.display, "get_driver", lambda: "x11")

    return are


@pytest.mark.parametrize(
    ("desktop", "asked", "opens"),
    [
        ((1920, 1080), None, SIZE),
        ((1366, 768), (2560, 1440), (1251, 704)),
        ((1024, 600), None, (952, 536)),
        ((800, 480), (1280, 720), (739, 415)),
        ((1366, 768), (400, 2000), (SMALLEST[0], 704)),
        ((320, 200), None, SMALLEST),
    ],
)
def test_a_window_opens_as_large_as_the_screen_has_room_for(screen, caplog, desktop, asked, opens):
    screen(desktop)
    with Window("test", asked, frames=1) as window:
        assert window.surface.get_size() == opens
    assert ("has no room" in caplog.text) == (asked is not None and opens != asked)
    assert not settings_path().exists()


@pytest.mark.parametrize("other", [(2560, 1440), (640, 480)])
def test_of_several_screens_the_first_counts_on_which_a_window_opens(screen, other):
    screen((1366, 768), other)
    with Window("test", (1920, 1080), frames=1) as window:
        assert window.surface.get_size() == (1251, 704)


def test_full_screen_is_not_remembered_and_nothing_is_said_of_the_window_behind_it(screen, caplog):
    screen((1366, 768))
    with Window("test", (2560, 1440), fullscreen=True, frames=1):
        pass
    assert not settings_path().exists() and not caplog.text


def test_a_remembered_size_is_fitted_and_stays_remembered(screen):
    remember(window=[2560, 1440])
    screen((1366, 768))
    with Window("test", frames=1) as window:
        assert window.surface.get_size() == (1251, 704)
    assert json.loads(settings_path().read_text())["window"] == [2560, 1440]


def test_a_size_made_by_hand_is_remembered(screen):
    screen((1920, 1080))
    with Window("test", (900, 600), frames=1) as window:
        pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, w=1000, h=650, size=(1000, 650)))
        for event in pygame.event.get():
            window._take(event)
    assert json.loads(settings_path().read_text())["window"] == [1000, 650]


@pytest.mark.parametrize("size", [(320, 240), (801, 601), (1281, 721)])
def test_every_pixel_is_drawn_with_whatever_is_open(look, size):
    """What is not drawn shows the picture before: most of a window is not filled first."""
    nowhere, surface = (255, 0, 254), pygame.Surface(size)
    look.window.paint.resize(size)
    for keys in ((), ("F3",), ("V",), ("V",), ("Z",), ("E",), ("Escape", "Shift+H"), ("Escape", "F2"), ("F6",), ("H",)):
        for key in keys:
            look.press(key)
        surface.fill(nowhere)
        look.watch.draw(surface)
        assert not (pygame.surfarray.array3d(surface) == nowhere).all(axis=2).any(), keys
