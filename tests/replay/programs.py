"""Programs as tests run them: a whole game, and short ones that tell in their caption what they see."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np

from replay.games.pygame.inputs import FIELDS
from replay.games.pygame.program import PygameProgram

ROCKS = Path(__file__).parent / "games" / "rocks.py"
LEFT, RIGHT, SPACE, ESCAPE = 1073741904, 1073741903, 32, 27
NOTHING = np.zeros((1, 1), np.dtype([]))
LOOP = """
import pygame
pygame.init()
screen = pygame.display.set_mode((64, 48))
clock = pygame.time.Clock()
def show(*values):
    pygame.display.set_caption(repr(values if len(values) > 1 else values[0]))
"""


def key(name, code, text=""):
    return [name, code, 0, text, 0]


def command(kind, /, **values):
    return [kind, *(values.get(field) for field in FIELDS[kind])]


def program(folder, source, name="probe.py", **options):
    """A program of this source, after a beginning that opens a window. It calls `show` with what it sees."""
    file = folder / name
    file.write_text(LOOP + textwrap.dedent(source))
    return PygameProgram(str(file), ticks_per_second=60, folder=folder, **options)


def run(match, *ticks):
    """The caption after each of the ticks: lists of commands."""
    captions = []
    for commands in ticks:
        match.advance(NOTHING, [(match.tick, 0, command) for command in commands])
        captions.append(match.look["caption"])
    return captions


def seen(folder, source, *ticks, seed=7, **options):
    """What a program shows at its first tick and after those given."""
    match = program(folder, source, **options).new_match(seed, 1, {})
    try:
        return [match.look["caption"], *run(match, *ticks)]
    finally:
        match.close()
