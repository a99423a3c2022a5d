"""What players ask for at the press of a button: go there, dash, reload, use an item."""

from __future__ import annotations

from typing import Any

from .. import rules
from ..fixed import COSINE, ONE, SINE, angle_of
from ..kernels import kernel
from ..numbers import SUBPIXELS
from ..ways import ACROSS, ALONG, tile_at
from .combat import draw_weapon, start_reload
from .log import emit

_PRESSES = rules.DASH | rules.RELOAD_KEY | rules.USE | rules.ORDER


@kernel
def obey_inputs(state: Any, inputs: Any, tables: Any, log: Any) -> None:
    """Take over what everyone holds, and do what was pressed in this tick."""
    for index in range(int(state.player_count)):
        player, row = state.players[index], inputs[index]
        buttons = int(row.buttons) & (rules.BUTTONS if state.tick >= state.starts_at else rules.USE)
        pressed = buttons & ~int(player.buttons)
        player.buttons = buttons
        player.aim_x, player.aim_y = row.x, row.y
        if player.health == 0:
            continue
        if buttons & rules.MOVES:
            player.order_x = player.order_y = 0
        if pressed & _PRESSES:
            obey_presses(state, tables, log, index, pressed, int(row["item"]))


@kernel
def obey_presses(state: Any, tables: Any, log: Any, index: int, pressed: int, item: int) -> None:
    player = state.players[index]
    if pressed & rules.ORDER and not int(player.buttons) & rules.MOVES:
        accept_order(player, tables)
    if pressed & rules.DASH and state.tick >= player.can_dash_at:
        dash(state, log, index)
    if pressed & rules.RELOAD_KEY:
        start_reload(state, log, index)
    if pressed & rules.USE:
        use(state, log, index, item)


@kernel
def accept_order(player: Any, tables: Any) -> None:
    """Remember the point as where to go. A point in a wall or outside the map is no order."""
    x, y = int(player.aim_x), int(player.aim_y)
    if 0 <= x < rules.WIDTH and 0 <= y < rules.HEIGHT and not tables.walls[tile_at(x * SUBPIXELS, y * SUBPIXELS)]:
        player.order_x, player.order_y = x, y


@kernel
def dash(state: Any, log: Any, index: int) -> None:
    """A burst of speed where the keys point, or towards the aim if none is held."""
    player = state.players[index]
    keys = int(player.buttons) & rules.MOVES
    dx, dy = ACROSS[keys], ALONG[keys]
    if dx == 0 and dy == 0:
        dx, dy = int(player.aim_x) * SUBPIXELS - int(player.x), int(player.aim_y) * SUBPIXELS - int(player.y)
    angle = angle_of(dx, dy)
    player.vx = rules.DASH_SPEED * COSINE[angle] // ONE
    player.vy = rules.DASH_SPEED * SINE[angle] // ONE
    player.dashing_until = int(state.tick) + rules.DASH_TICKS
    player.can_dash_at = int(state.tick) + rules.DASH_COOLDOWN
    emit(state, log, rules.DASHED, index, rules.NOBODY, rules.NOTHING, 0, int(player.x), int(player.y))


@kernel
def use(state: Any, log: Any, index: int, item: int) -> None:
    """Take a weapon one owns into the hand; buy anything else."""
    player = state.players[index]
    if item == rules.NOTHING or item >= rules.COIN:
        return
    if item <= rules.LAUNCHER and player.owned[item]:
        if item != player.weapon:
            draw_weapon(state, player, item)
        return
    x, y, price = int(player.x), int(player.y), rules.PRICES[item]
    if player.gold < price or not is_useful(player, item):
        emit(state, log, rules.REFUSED, index, rules.NOBODY, item, price, x, y)
        return
    player.gold -= price
    emit(state, log, rules.PURCHASE, index, rules.NOBODY, item, price, x, y)
    receive(player, item)
    if item <= rules.LAUNCHER:
        draw_weapon(state, player, item)


@kernel
def is_useful(player: Any, item: int) -> bool:
    """Whether `receive` would change anything: nobody takes, or pays for, what they have no room for."""
    room = True
    if item == rules.MEDKIT:
        room = player.health < rules.FULL
    elif item == rules.ARMOUR:
        room = player.armour < rules.FULL
    elif item == rules.AMMUNITION:
        room = False
        for weapon in range(rules.SHOTGUN, rules.LAUNCHER + 1):
            if player.owned[weapon] and player.reserve[weapon] < 2 * rules.RESERVE[weapon]:
                room = True
    return room


@kernel
def receive(player: Any, item: int) -> None:
    """What an item does to who bought it or picked it up."""
    if item == rules.MEDKIT:
        player.health = min(rules.FULL, int(player.health) + rules.MEDKIT_HEALTH)
    elif item == rules.ARMOUR:
        player.armour = min(rules.FULL, int(player.armour) + rules.ARMOUR_POINTS)
    elif item == rules.AMMUNITION:
        for weapon in range(rules.SHOTGUN, rules.LAUNCHER + 1):
            if player.owned[weapon]:
                player.reserve[weapon] = min(2 * rules.RESERVE[weapon], int(player.reserve[weapon]) + rules.RESERVE[weapon])
    elif item <= rules.LAUNCHER:
        player.owned[item] = 1
        player.magazine[item] = rules.MAGAZINE[item]
        player.reserve[item] = rules.RESERVE[item]
