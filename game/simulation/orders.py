"""What players ask for at the press of a button: go there, dash, reload, use an item."""

from __future__ import annotations

from game.arena import ACROSS, ALONG, tile_at
from game.compiled import kernel
from game.fixed import COSINE, ONE, SINE, SUBPIXELS, angle_of
from game.simulation.combat import draw_weapon, start_reload
from game.simulation.log import emit
from game.state import (
    AMMUNITION,
    ARMOUR,
    ARMOUR_POINTS,
    BUTTONS,
    COIN,
    DASH,
    DASH_COOLDOWN,
    DASH_SPEED,
    DASH_TICKS,
    DASHED,
    FULL,
    HEIGHT,
    LAUNCHER,
    MAGAZINE,
    MEDKIT,
    MEDKIT_HEALTH,
    MOVES,
    NOBODY,
    NOTHING,
    ORDER,
    PRICES,
    PURCHASE,
    REFUSED,
    RELOAD_KEY,
    RESERVE,
    SHOTGUN,
    USE,
    WIDTH,
)

_PRESSES = DASH | RELOAD_KEY | USE | ORDER


@kernel
def obey_inputs(state, inputs, tables, log):
    """Take over what everyone holds, and do what was pressed in this tick."""
    for index in range(int(state.player_count)):
        player, row = state.players[index], inputs[index]
        buttons = int(row.buttons) & BUTTONS
        pressed = buttons & ~int(player.buttons)
        player.buttons = buttons
        player.aim_x, player.aim_y = row.x, row.y
        if player.health == 0:
            continue
        if buttons & MOVES:
            player.order_x = player.order_y = 0
        if pressed & _PRESSES:
            obey_presses(state, tables, log, index, pressed, int(row["item"]))


@kernel
def obey_presses(state, tables, log, index, pressed, item):
    player = state.players[index]
    if pressed & ORDER and not int(player.buttons) & MOVES:
        accept_order(player, tables)
    if pressed & DASH and state.tick >= player.can_dash_at:
        dash(state, log, index)
    if pressed & RELOAD_KEY:
        start_reload(state, log, index)
    if pressed & USE:
        use(state, log, index, item)


@kernel
def accept_order(player, tables):
    """Remember the point as where to go. A point in a wall or outside the map is no order."""
    x, y = int(player.aim_x), int(player.aim_y)
    if 0 <= x < WIDTH and 0 <= y < HEIGHT and not tables.walls[tile_at(x * SUBPIXELS, y * SUBPIXELS)]:
        player.order_x, player.order_y = x, y


@kernel
def dash(state, log, index):
    """A burst of speed where the keys point, or towards the aim if none is held."""
    player = state.players[index]
    keys = int(player.buttons) & MOVES
    dx, dy = ACROSS[keys], ALONG[keys]
    if dx == 0 and dy == 0:
        dx, dy = int(player.aim_x) * SUBPIXELS - int(player.x), int(player.aim_y) * SUBPIXELS - int(player.y)
    angle = angle_of(dx, dy)
    player.vx = DASH_SPEED * COSINE[angle] // ONE
    player.vy = DASH_SPEED * SINE[angle] // ONE
    player.dashing_until = int(state.tick) + DASH_TICKS
    player.can_dash_at = int(state.tick) + DASH_COOLDOWN
    emit(state, log, DASHED, index, NOBODY, NOTHING, 0, int(player.x), int(player.y))


@kernel
def use(state, log, index, item):
    """Take a weapon one owns into the hand; buy anything else."""
    player = state.players[index]
    if item == NOTHING or item >= COIN:
        return
    if item <= LAUNCHER and player.owned[item]:
        if item != player.weapon:
            draw_weapon(state, player, item)
        return
    x, y, price = int(player.x), int(player.y), PRICES[item]
    if player.gold < price or not is_useful(player, item):
        emit(state, log, REFUSED, index, NOBODY, item, price, x, y)
        return
    player.gold -= price
    emit(state, log, PURCHASE, index, NOBODY, item, price, x, y)
    receive(player, item)
    if item <= LAUNCHER:
        draw_weapon(state, player, item)


@kernel
def is_useful(player, item):
    """Whether `receive` would change anything: nobody takes, or pays for, what they have no room for."""
    if item == MEDKIT:
        return player.health < FULL
    if item == ARMOUR:
        return player.armour < FULL
    if item == AMMUNITION:
        room = False
        for weapon in range(SHOTGUN, LAUNCHER + 1):
            if player.owned[weapon] and player.reserve[weapon] < 2 * RESERVE[weapon]:
                room = True
        return room
    return True


@kernel
def receive(player, item):
    """What an item does to who bought it or picked it up."""
    if item == MEDKIT:
        player.health = min(FULL, int(player.health) + MEDKIT_HEALTH)
    elif item == ARMOUR:
        player.armour = min(FULL, int(player.armour) + ARMOUR_POINTS)
    elif item == AMMUNITION:
        for weapon in range(SHOTGUN, LAUNCHER + 1):
            if player.owned[weapon]:
                player.reserve[weapon] = min(2 * RESERVE[weapon], int(player.reserve[weapon]) + RESERVE[weapon])
    elif item <= LAUNCHER:
        player.owned[item] = 1
        player.magazine[item] = MAGAZINE[item]
        player.reserve[item] = RESERVE[item]
