"""Another Python environment with its own version of the game `counter`, as far as the library can tell."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import toys
from installed import install

import replay

OLD_RULES = """
import numpy as np
from toys import Counter, CounterMatch


class OldMatch(CounterMatch):
    def advance(self, inputs):
        parts = [super().advance(inputs[:0])]
        for row in inputs:
            parts.append(super().advance(row[None]))
            tick, buttons = int(self.state["tick"][0]), row["buttons"]
            {rule}
        return np.concatenate(parts)


class Old(Counter):
    match = OldMatch


GAME = Old()
"""


def make_environment(folder: Path, rule: str) -> Path:
    """The path of an interpreter in which the game `counter` has one more `rule` (statements over `self`, `tick`, `buttons`)."""
    site = install(folder / "old_site", "[replay.games]\ncounter = old_rules:GAME\n")
    (site / "old_rules.py").write_text(OLD_RULES.replace("{rule}", rule))
    places = [site, Path(replay.__file__).parent.parent, Path(toys.__file__).parent]
    python = folder / "old_python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={os.pathsep.join(map(str, places))} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return python


def old_game(folder: Path):
    """The game of that environment, in this process: to record with."""
    space: dict = {}
    exec(compile((folder / "old_site" / "old_rules.py").read_text(), "old_rules.py", "exec"), space)
    return space["GAME"]
