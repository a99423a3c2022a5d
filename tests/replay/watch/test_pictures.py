"""Pictures against what they looked like when somebody last looked at them, coarse enough to survive another font renderer.

A golden file holds a picture as a grid of mean colours, in text: a difference can be read. REPLAY_UPDATE_GOLDEN=1 writes them anew.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from replay.core.divergence import Divergence

GOLDEN = Path(__file__).parent / "golden"
TOLERANCE = 14  # of 255, for the worst cell of the grid


def grid(pixels, columns, rows):
    """Mean colours of a picture (width, height, 3) in a grid, shape (rows, columns, 3)."""
    cells = [
        [part.reshape(-1, 3).mean(axis=0) for part in np.array_split(row, columns, axis=0)]
        for row in np.array_split(pixels, rows, axis=1)
    ]
    return np.rint(np.array(cells)).astype(int)


def compare(name, pixels, columns=64, rows=4):
    """The worst difference between a picture and its golden grid."""
    found, path = grid(pixels, columns, rows), GOLDEN / f"{name}.txt"
    if os.environ.get("REPLAY_UPDATE_GOLDEN"):
        path.write_text("\n".join(" ".join(f"{r:02x}{g:02x}{b:02x}" for r, g, b in row) for row in found) + "\n")
    lines = path.read_text().splitlines()
    golden = np.array([[[int(cell[i : i + 2], 16) for i in (0, 2, 4)] for cell in line.split()] for line in lines])
    return np.abs(found - golden).max()


def settled(look, position=700):
    look.transport.position = position
    look.frame()
    return look


def test_the_seek_bar_looks_as_it_did(look):
    bar = settled(look).watch.bar
    assert compare("seekbar", look.picture()[bar.left : bar.right, bar.top : bar.bottom]) <= TOLERANCE


def test_the_status_line_looks_as_it_did(look):
    rect = settled(look).watch.status
    assert compare("status", look.picture()[rect.left : rect.right, rect.top : rect.bottom], rows=3) <= TOLERANCE


def test_the_table_of_a_game_without_a_view_looks_as_it_did(look):
    assert compare("table", settled(look).picture()[:1040, :600], 40, 24) <= TOLERANCE


@pytest.mark.parametrize("change", ["range", "divergence", "position"])
def test_the_comparison_can_fail(look, change):
    if change == "range":
        look.transport.loop_in, look.transport.loop_out = 200, 1200
    elif change == "divergence":
        look.watch.survey.verification.divergence = Divergence(1200, 1199)
    settled(look, 1500 if change == "position" else 700)
    bar = look.watch.bar
    if not os.environ.get("REPLAY_UPDATE_GOLDEN"):
        assert compare("seekbar", look.picture()[bar.left : bar.right, bar.top - 5 : bar.bottom]) > TOLERANCE
