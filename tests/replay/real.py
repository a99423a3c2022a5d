"""A window under a real X server, and the real keys and mouse that reach it: the program `watch/keyed.py`, asked by lines."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from installed import install
from patience import PATIENCE_SECONDS
from takeover import ENTRY_POINTS

# X's names where they are not the letter.
X_KEYS = {
    "Space": "space",
    "Backspace": "BackSpace",
    "PageDown": "Next",
    "PageUp": "Prior",
    "[": "bracketleft",
    "]": "bracketright",
    ",": "comma",
    ".": "period",
    "+": "plus",
    "/": "slash",
    "Enter": "Return",
    "=": "equal",
    "-": "minus",
    "?": "question",
}
Facts = dict[str, Any]


def x_key(key: str) -> str:
    """A key of the table as xdotool takes it."""
    *mods, name = re.split(r"\+(?=.)", key)
    return "+".join([*(mod.lower() for mod in mods), X_KEYS.get(name, name.lower() if len(name) == 1 else name)])


class Shown:
    """The program `keyed.py`, and the keys and the mouse that reach it."""

    def __init__(self, display: str, path: Path, site: str) -> None:
        unwanted = ("SDL_", "XDG_", "REPLAY_")
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
        self.environment |= {
            "DISPLAY": display,
            "SDL_AUDIODRIVER": "dummy",
            "XDG_CONFIG_HOME": site,
            "XDG_DATA_HOME": site,
            "PYTHONPATH": site,
        }
        command = [sys.executable, str(Path(__file__).parent / "watch" / "keyed.py"), str(path)]
        self.child = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.point(200, 200)  # without a window manager keys go to the window under the mouse

    @classmethod
    def in_folder(cls, folder: Path, display: str, recording: bytes) -> Self:
        """With a folder of recordings in it, which has this one."""
        path = folder / "recordings" / "counter.replay"
        path.parent.mkdir()
        path.write_bytes(recording)
        return cls(display, path, install(folder / "site", ENTRY_POINTS))

    def x(self, *arguments: Any) -> None:
        subprocess.run(["xdotool", *map(str, arguments)], env=self.environment, check=True, capture_output=True)

    def point(self, x: float, y: float, *then: Any) -> None:
        """Move the mouse to a place of the window, and do more."""
        self.x("mousemove", "--window", self.ask()["window"], round(x), round(y), *then)

    def ask(self, line: str = "facts") -> Facts:
        print(line, file=self.child.stdin, flush=True)
        answer = self.child.stdout.readline()
        assert answer, self.child.stderr.read()
        return json.loads(answer)

    def until(self, is_so: Callable[[Facts], bool]) -> Facts:
        """The facts once it is so; the last ones if it does not become so."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_so(facts := self.ask()) and time.monotonic() < end:
            time.sleep(0.02)
        return facts

    def close(self) -> None:
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            pipe.close()
