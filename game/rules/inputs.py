"""What a player does in a tick: buttons, a point, an item."""

from __future__ import annotations

import numpy as np

LEFT, RIGHT, UP, DOWN, FIRE, DASH, RELOAD_KEY, USE, ORDER = (1 << bit for bit in range(9))
MOVES = LEFT | RIGHT | UP | DOWN
BUTTONS = (1 << 9) - 1  # all other bits are ignored

INPUT = np.dtype([("buttons", "<u2"), ("x", "<i2"), ("y", "<i2"), ("item", "u1")])  # x, y: the point, in map pixels
