"""One run with a real X server and real key events, where the Debian packages xvfb and xdotool are installed."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CHILD = """
import sys
from toys import COUNTER
from replay.watch.app import App
from replay.watch.control import commands
from replay.watch.viewer import Viewer
from replay.watch.window import Window
with Window("keys", (640, 480)) as window:
    watch = Viewer(sys.argv[1], COUNTER)
    watch.transport.playing = False
    do = commands.do
    def told(desk, name):
        do(desk, name)
        print(name, flush=True)
    commands.do = told
    import pygame
    print(pygame.display.get_wm_info()["window"], flush=True)
    App(window)
    window.run(watch, frames=1200)
"""

pytestmark = pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Debian's xvfb and xdotool")


def test_real_keys_reach_their_commands(display, recording, tmp_path):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SDL_VIDEO")}
    environment |= {"DISPLAY": display, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "replay")])}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(recording)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )

    def xdotool(*arguments):
        subprocess.run(["xdotool", *arguments], env=environment, check=True, capture_output=True)

    def said(word):
        line = child.stdout.readline().strip()
        assert line == word, (line, child.stderr.read() if child.poll() is not None else "")

    try:
        window = child.stdout.readline().strip()
        assert window.isdecimal(), child.stderr.read()
        time.sleep(0.5)
        xdotool("mousemove", "200", "200")  # without a window manager keys go to the window under the mouse
        time.sleep(0.2)
        for key, command in (
            ("space", "play"),
            ("k", "play"),
            ("shift+Left", "back_1"),
            ("Right", "on_5"),
            ("5", "percent_50"),
            ("question", "help"),
            ("question", None),  # closes the card: the Shift that comes first does not
            ("comma", "tick_back"),
            ("Prior", "follow_previous"),
            ("F3", "statistics"),
            ("shift+BackSpace", "undo_jump"),
        ):
            xdotool("key", key)
            if command is not None:
                said(command)
        xdotool("key", "ctrl+q")
        said("close")
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()
