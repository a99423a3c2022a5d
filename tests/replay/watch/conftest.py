"""Real windows under SDL's dummy drivers, driven by posted events."""

from __future__ import annotations

import os

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pytest
from installed import install
from patience import PATIENCE_SECONDS
from toys import COUNTER, random_inputs

from replay import Recorder

PLAYERS = ("Ann", "Ben", "Cléo 漢字")


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REPLAY_RECORDINGS", str(tmp_path / "recordings"))


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """What the window says stays for as long as a busy machine may take to ask for it."""
    monkeypatch.setattr("replay.watch.model.desk._TOAST_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The toy game is found by entry point, as an installed game is."""
    monkeypatch.syspath_prepend(install(tmp_path / "site", "[replay.games]\ncounter = toys:COUNTER\n"))


@pytest.fixture(scope="session")
def counter_bytes(tmp_path_factory):
    path = tmp_path_factory.mktemp("counter") / "counter.replay"
    with Recorder(path, COUNTER, seed=5, players=PLAYERS, config={}) as recorder:
        for row in random_inputs(COUNTER, 1800, len(PLAYERS)):
            recorder.step(row)
    return path.read_bytes()


@pytest.fixture
def recording(tmp_path, counter_bytes):
    """Thirty seconds of the toy game `counter`, which has no view of its own."""
    path = tmp_path / "counter.replay"
    path.write_bytes(counter_bytes)
    return path


class Look:
    """A window with a viewer in it; one frame is a sixtieth of a second."""

    def __init__(self, window, watch):
        import pygame

        self.pygame, self.window, self.watch = pygame, window, watch
        self.transport, self.desk, self.places = watch.transport, watch.desk, watch.places
        self.frame()

    def frame(self, count=1, seconds=1 / 60):
        for _ in range(count):
            self.window.frame(seconds)

    def press(self, word, **kwargs):
        from replay.watch.control.keys import post_key

        post_key(word, **kwargs)
        self.frame()

    def mouse(self, kind, at, **fields):
        fields = {"MOUSEMOTION": {"rel": (0, 0), "buttons": (0, 0, 0)}, "MOUSEWHEEL": {"x": 0}}.get(kind, {"button": 1}) | fields
        if kind != "MOUSEWHEEL":
            fields["pos"] = at
        self.pygame.event.post(self.pygame.event.Event(getattr(self.pygame, kind), **fields))
        self.frame()

    def click(self, at, button=1):
        for kind in ("MOUSEBUTTONDOWN", "MOUSEBUTTONUP"):
            self.mouse(kind, at, button=button)

    def texts(self, monkeypatch):
        """What the next picture writes, in order."""
        from replay.watch.view.paint import Paint

        written, write = [], Paint.text

        def text(paint, surface, text, *args, **kwargs):
            written.append(text)
            return write(paint, surface, text, *args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(Paint, "text", text)
            self.watch.draw(self.window.surface)
        return written

    def pause(self):
        self.transport.playing = False
        return self

    def picture(self):
        return self.pygame.surfarray.array3d(self.window.surface)


@pytest.fixture
def looking():
    """Makes a `Look` of a window and its screen."""
    return Look


@pytest.fixture
def look(request, recording):
    """A paused viewer of the toy recording, survey and verification done. An indirect parameter: other rules for it."""
    from replay.watch.app import App
    from replay.watch.viewer import Viewer
    from replay.watch.window import Window

    with Window("test", (1280, 720)) as window:
        App(window)
        watch = Viewer(recording, getattr(request, "param", COUNTER))
        window.show(watch)
        watch.survey.wait()
        watch.desk.switches.inspector = False  # its plain table is a picture like any other
        yield Look(window, watch).pause()
        window.show(None)
