"""What players do with their feet: keys and orders become velocity, velocity becomes a way along the walls."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import rules
from ..kernels import kernel
from ..ways import ACROSS, ALONG, keys_towards

# By buttons & MOVES: the wished velocity. 181/256 is the cosine of an eighth of a turn: a diagonal is no faster.
_DIAGONAL = (ACROSS != 0) & (ALONG != 0)
RUN_X, RUN_Y = (np.where(_DIAGONAL, way * rules.RUN_SPEED * 181 // 256, way * rules.RUN_SPEED) for way in (ACROSS, ALONG))


@kernel
def move_players(state: Any, tables: Any, search: Any) -> None:
    """Everyone alive accelerates towards what they wish and slides along what is in the way."""
    tick = int(state.tick)
    for index in range(int(state.player_count)):
        player = state.players[index]
        if player.health == 0:
            continue
        keys = int(player.buttons) & rules.MOVES
        ordered = player.order_x != 0
        if ordered:
            to_x, to_y = int(player.order_x) * rules.SUBPIXELS, int(player.order_y) * rules.SUBPIXELS
            keys = keys_towards(tables, search, player, to_x, to_y)
        if tick >= player.dashing_until:
            player.vx = approach(int(player.vx), RUN_X[keys])
            player.vy = approach(int(player.vy), RUN_Y[keys])
        if player.vx != 0:
            slide_across(player, tables)
        if player.vy != 0:
            slide_along(player, tables)
        # It has arrived, or it stands against a wall that is nearer to the point than a player can be.
        if ordered and player.vx == 0 and player.vy == 0:
            player.order_x = player.order_y = 0


@kernel
def approach(velocity: int, wish: int) -> int:
    """`velocity`, changed towards `wish` by no more than the acceleration."""
    return min(velocity + rules.ACCELERATION, wish) if velocity < wish else max(velocity - rules.ACCELERATION, wish)


@kernel
def slide_across(player: Any, tables: Any) -> None:
    """Move by vx, up to the next wall."""
    vx, y = int(player.vx), int(player.y)
    x = int(player.x) + vx
    column = (x + rules.RADIUS if vx > 0 else x - rules.RADIUS) >> rules.TILE_SHIFT
    top, bottom = (y - rules.RADIUS) >> rules.TILE_SHIFT, (y + rules.RADIUS) >> rules.TILE_SHIFT
    if tables.walls[top * rules.COLUMNS + column] or tables.walls[bottom * rules.COLUMNS + column]:
        x = (column << rules.TILE_SHIFT) - rules.RADIUS - 1 if vx > 0 else (column + 1 << rules.TILE_SHIFT) + rules.RADIUS
        player.vx = 0
    player.x = x


@kernel
def slide_along(player: Any, tables: Any) -> None:
    """Move by vy, up to the next wall."""
    vy, x = int(player.vy), int(player.x)
    y = int(player.y) + vy
    row = (y + rules.RADIUS if vy > 0 else y - rules.RADIUS) >> rules.TILE_SHIFT
    left, right = (x - rules.RADIUS) >> rules.TILE_SHIFT, (x + rules.RADIUS) >> rules.TILE_SHIFT
    if tables.walls[row * rules.COLUMNS + left] or tables.walls[row * rules.COLUMNS + right]:
        y = (row << rules.TILE_SHIFT) - rules.RADIUS - 1 if vy > 0 else (row + 1 << rules.TILE_SHIFT) + rules.RADIUS
        player.vy = 0
    player.y = y
