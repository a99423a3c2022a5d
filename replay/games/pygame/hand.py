"""A person who presses anything: random keys, clicks and movements for a program, so that a machine can play it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from replay.games.pygame.inputs import command_of

_USUAL = ("K_LEFT", "K_RIGHT", "K_UP", "K_DOWN", "K_SPACE", "K_RETURN")
_NEVER = ("K_ESCAPE", "K_q")  # most programs leave by them
_MOST_FILES = 200


def keys_named_in(files: Iterable[Path]) -> list[str]:
    """The names of pygame's keys that sources speak of, like K_LEFT, in order of their names; the usual ones if there are none."""
    names: set[str] = set()
    for file, _ in zip(files, range(_MOST_FILES), strict=False):
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, ValueError, SyntaxError):
            continue
        words = (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in ast.walk(tree))
        names.update(word for word in words if word.startswith("K_"))
    return sorted(names - set(_NEVER)) or list(_USUAL)


class Hand:
    """keys: names of those that it presses. A key is held for a while; the mouse moves now and then, and clicks."""

    def __init__(self, keys: list[str]) -> None:
        from pygame import constants

        self._keys = [code for name in keys if isinstance(code := getattr(constants, name, None), int)]
        self._held: set[int] = set()
        self._at = (0, 0)
        self._button = False

    def events(self, rng: np.random.Generator, size: tuple[int, int]) -> list[list[Any]]:
        """What it does in a tick, as commands. size: of the program's window."""
        commands = []
        if self._keys and rng.random() < 0.15:
            key = self._keys[int(rng.integers(len(self._keys)))]
            name = "KEYUP" if key in self._held else "KEYDOWN"
            self._held ^= {key}
            text = chr(key) if 32 <= key < 127 and name == "KEYDOWN" else ""
            commands.append(command_of(name, {"key": key, "mod": 0, "unicode": text, "scancode": 0}))
        if rng.random() < 0.2:
            at = int(rng.integers(max(size[0], 1))), int(rng.integers(max(size[1], 1)))
            rel, self._at = (at[0] - self._at[0], at[1] - self._at[1]), at
            commands.append(command_of("MOUSEMOTION", {"pos": at, "rel": rel, "buttons": (int(self._button), 0, 0)}))
        if rng.random() < 0.06:
            self._button = not self._button
            name = "MOUSEBUTTONDOWN" if self._button else "MOUSEBUTTONUP"
            commands.append(command_of(name, {"pos": self._at, "button": 1}))
        return commands
