"""Whether bytes from a file can be the state of a match: they may come from a stranger, and no other kernel checks bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import rules
from .kernels import kernel
from .ways import tile_at

SOUND, IN_A_WALL = -1, -2

# For every field of the state: where its first value is, its bytes, its least and greatest value, how many rows of the record and
# the bytes of one, how many values in a row.
_FIELDS = np.array(rules.field_table(), np.int64)


@kernel
def first_wrong(state: Any, memory: Any, tables: Any) -> int:
    """What is wrong with a state of these bytes: the number of a field that holds what the rules never put there, IN_A_WALL if a
    player or a bullet is where walls could no longer hold it, else SOUND."""
    for field in range(len(_FIELDS)):
        first, size, low, high = _FIELDS[field, 0], _FIELDS[field, 1], _FIELDS[field, 2], _FIELDS[field, 3]
        for row in range(_FIELDS[field, 4]):
            for index in range(_FIELDS[field, 6]):
                value = number_at(memory, first + row * _FIELDS[field, 5] + index * size, size)
                if value < low or value > high:
                    return field
    for index in range(int(state.bullet_count)):
        if is_wall(tables, int(state.bullets[index].x), int(state.bullets[index].y)):
            return IN_A_WALL
    for index in range(int(state.player_count)):
        player = state.players[index]
        for corner in range(4):
            x = int(player.x) + (rules.RADIUS if corner & 1 else -rules.RADIUS)
            y = int(player.y) + (rules.RADIUS if corner & 2 else -rules.RADIUS)
            if player.health > 0 and is_wall(tables, x, y):
                return IN_A_WALL
    return SOUND


@kernel
def number_at(memory: Any, at: int, size: int) -> int:
    """The signed number of `size` bytes."""
    value = int(memory[at + size - 1])
    if value >= 128:
        value -= 256
    for byte in range(size - 2, -1, -1):
        value = value * 256 + int(memory[at + byte])
    return value


@kernel
def is_wall(tables: Any, x: int, y: int) -> bool:
    """Whether a point in subpixels, which may be beyond the map, is in a wall."""
    solid: bool = tables.walls[min(max(tile_at(x, y), 0), rules.COLUMNS * rules.ROWS - 1)] != 0
    return solid
