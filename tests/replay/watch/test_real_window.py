"""A window on a small real screen, where the Debian packages xvfb and xdotool are installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE_SECONDS
from xserver import NEEDS_X, x_server

ROOT = Path(__file__).parents[3]
CHILD = """
import sys
import pygame
from replay.watch.window import Screen, Window

class Plain(Screen):
    size = None
    frames = 0

    def draw(self, surface):
        self.frames += 1
        if surface.get_size() != self.size:
            self.size = surface.get_size()
            print(*self.size, flush=True)
            if self.size == (800, 520):
                pygame.event.post(pygame.event.Event(pygame.QUIT))
        if self.frames == 3:
            print(pygame.display.get_wm_info()["window"], flush=True)

with Window("small", eval(sys.argv[1])) as window:
    window.run(Plain(), frames=int(sys.argv[2]))
"""

pytestmark = NEEDS_X


@pytest.fixture
def environment(tmp_path):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SDL_VIDEO")}
    with x_server("1024x600") as display:
        yield kept | {"DISPLAY": display, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(tmp_path)}


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "deterministic-replay" / "settings.json"
    path.parent.mkdir()
    return path


def test_a_remembered_window_fits_on_a_smaller_screen_and_stays_remembered(environment, settings):
    settings.write_text(json.dumps({"window": [2560, 1440]}))
    done = subprocess.run([sys.executable, "-c", CHILD, "None", "5"], env=environment, capture_output=True, text=True, check=True)
    assert "\n952 536\n" in "\n" + done.stdout
    assert not done.stderr  # nobody asked for that size now
    assert json.loads(settings.read_text()) == {"window": [2560, 1440]}


def test_what_is_asked_for_once_is_not_remembered_but_what_is_made_by_hand(environment, settings):
    command = [sys.executable, "-c", CHILD, "(700, 500)"]
    subprocess.run([*command, "5"], env=environment, capture_output=True, check=True)
    assert not settings.exists()
    child = subprocess.Popen([*command, "3600"], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        lines = iter(child.stdout.readline, "")
        assert "700 500\n" in lines
        number = next(lines).strip()
        subprocess.run(["xdotool", "windowsize", number, "800", "520"], env=environment, check=True)
        assert "800 520\n" in lines
        assert child.wait(PATIENCE_SECONDS) == 0
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    assert json.loads(settings.read_text()) == {"window": [800, 520]}
