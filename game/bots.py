"""Bots: players that are programs. They see the state and press buttons; the rules and a replay know nothing of them.

A bot makes up its mind a few times a second, keeps its point moving as a hand does, and holds buttons for human lengths of time.
Its chance comes from its own stream: the same seed gives the same bots, and no bot ever touches the match's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from replay.native.engine import engine_of

from . import rules
from .kernels import KERNELS, kernel
from .rng import below, seeded
from .simulation.orders import is_useful
from .ways import ACROSS, ALONG, is_clear, keys_towards


class Temperament(NamedTuple):
    """What makes one bot unlike another. Distances in pixels, times in ticks."""

    first: int  # the weapon it saves for, and the next
    second: int
    distance: int  # that it likes to fight from
    courage: int  # flees with less health than this
    greed: int  # how far it goes for a pickup
    patience: int  # how long it lies in wait; 0 = looks for a fight
    reaction: int
    error: int  # of its aim, at 300 pixels
    clicks: int  # 1 = travels by orders instead of keys


_BY_NAME = {
    "": Temperament(0, 0, 0, 0, 0, 0, 0, 0, 0),  # a person: its row stays zero
    "hunter": Temperament(rules.RIFLE, rules.SHOTGUN, 150, 20, 200, 0, 14, 34, 0),
    "brawler": Temperament(rules.SHOTGUN, rules.LAUNCHER, 60, 10, 150, 0, 16, 40, 0),
    "camper": Temperament(rules.RIFLE, rules.LAUNCHER, 380, 35, 130, 420, 20, 26, 0),
    "collector": Temperament(rules.SHOTGUN, rules.RIFLE, 240, 45, 900, 60, 18, 38, 1),
    "bomber": Temperament(rules.LAUNCHER, rules.SHOTGUN, 260, 30, 250, 0, 14, 30, 0),
}
TEMPERAMENTS = tuple(_BY_NAME)[1:]
_FIRST, _SECOND, _DISTANCE, _COURAGE, _GREED, _PATIENCE, _REACTION, _ERROR, _CLICKS = (
    np.array(column, np.int64) for column in zip(*_BY_NAME.values(), strict=True)
)

SIGHT = 640  # pixels
LEAST_THOUGHT = 9  # ticks from one decision to the next
HAND_TICKS = 3  # the point moves every third tick
PRESS_TICKS = 4  # a key that is only pressed stays down that long
SHOTGUN_RANGE = 230  # pixels
LEAST_BLAST = 100  # nearer than that a rocket hurts whoever fired it

BRAIN = np.dtype(
    [
        ("rng", rules.RNG),
        ("temperament", "i1"),
        ("foe", "i1"),  # in sight, or NOBODY
        ("flees", "i1"),
        ("keys", "i1"),  # movement buttons
        ("presses", "<i2"),  # other buttons, until press_until
        ("wish", "i1"),  # the item it asks for
        ("goal_x", "<i4"),  # where it is going, subpixels; 0 = nowhere
        ("goal_y", "<i4"),
        ("point_x", "<i4"),  # pixels
        ("point_y", "<i4"),
        ("error_x", "<i4"),
        ("error_y", "<i4"),
        ("press_until", "<i4"),  # from here on: ticks
        ("thinks_at", "<i4"),
        ("fires_from", "<i4"),
        ("fires_until", "<i4"),
        ("rests_until", "<i4"),
    ]
)


class Bots:
    """The bots of one ArenaMatch: `inputs` is asked once before every tick."""

    def __init__(self, match: Any, temperaments: Sequence[str | None], seed: int) -> None:
        """One temperament per player; "" or None is a person. Raises ValueError for one that is not in TEMPERAMENTS."""
        players = int(match.state["player_count"][0])
        if len(temperaments) != players:
            raise ValueError(f"expected {players} temperaments of {TEMPERAMENTS}, got {list(temperaments)!r}")
        engine = engine_of(KERNELS)
        self._play = engine.entry("play")
        self._memory = engine.buffer(players * BRAIN.itemsize), engine.buffer(players * rules.INPUT.itemsize)
        self._brains, self._rows = self._memory[0].array(BRAIN, (players,)), self._memory[1].array(rules.INPUT, (players,))
        self._brains[:] = first_brains(temperaments, seed)

    def inputs(self, match: Any) -> npt.NDArray[np.void]:
        """What the bots hold in the coming tick: shape (players,), INPUT, a person's row all zero."""
        brains, rows = self._memory
        self._play(match.world.place, match.tables.place, brains.place, len(self._rows), rows.place, len(self._rows))
        return np.frombuffer(bytearray(rows.view), rules.INPUT)


def first_brains(temperaments: Sequence[str | None], seed: int) -> npt.NDArray[np.void]:
    """What the bots of a match begin with, a BRAIN for each player; "" or None is a person. Raises ValueError for a temperament
    that is not in TEMPERAMENTS."""
    if unknown := {name or "" for name in temperaments} - set(_BY_NAME):
        raise ValueError(f"expected {len(temperaments)} temperaments of {TEMPERAMENTS}, got {sorted(unknown)}")
    brains = np.zeros(len(temperaments), BRAIN)
    brains["temperament"] = [list(_BY_NAME).index(name or "") for name in temperaments]
    brains["foe"] = rules.NOBODY
    for index in range(len(brains)):
        brains[index]["rng"] = seeded(seed, f"bot {index}")
    return brains


@kernel
def play(worlds: Any, maps: Any, brains: Any, rows: Any) -> int:
    """One tick of all bots of a match."""
    play_all(worlds[0], maps[0], brains, rows)
    return len(brains)


@kernel
def play_all(world: Any, tables: Any, brains: Any, rows: Any) -> None:
    state, search = world.state, world.scratch
    tick = int(state.tick)
    for index in range(len(brains)):
        brain, player = brains[index], state.players[index]
        if brain.temperament == 0:
            continue
        if player.health == 0:
            brain.keys = brain.presses = brain.fires_until = brain.goal_x = brain.goal_y = brain.rests_until = 0
            brain.foe = rules.NOBODY
        else:
            if tick >= brain.thinks_at:
                think(state, tables, search, brain, index)
            if (tick + index) % HAND_TICKS == 0:
                move_hand(state, brain, player)
                move_feet(tables, search, brain, player)
        fill_row(tick, brain, rows[index])


@kernel
def fill_row(tick: int, brain: Any, row: Any) -> None:
    """Mind to buttons."""
    buttons = int(brain.keys)
    if brain.fires_from <= tick < brain.fires_until:
        buttons |= rules.FIRE
    row.x, row.y, row.item = brain.point_x, brain.point_y, brain.wish
    if tick < brain.press_until:
        buttons |= int(brain.presses)
        if int(brain.presses) & rules.ORDER:
            row.x, row.y = int(brain.goal_x) // rules.SUBPIXELS, int(brain.goal_y) // rules.SUBPIXELS
    row.buttons = buttons


@kernel
def press(state: Any, brain: Any, button: int) -> None:
    brain.presses = button
    brain.press_until = int(state.tick) + PRESS_TICKS


@kernel
def think(state: Any, tables: Any, search: Any, brain: Any, index: int) -> None:
    """A decision: who to fight, where to go, what to buy or to take into the hand."""
    tick, player = int(state.tick), state.players[index]
    brain.thinks_at = tick + LEAST_THOUGHT + below(brain.rng, 10)
    foe = nearest_foe(state, tables, index, True)
    if foe != rules.NOBODY and brain.foe == rules.NOBODY:
        brain.fires_from = tick + _REACTION[brain.temperament]
    brain.foe = foe
    brain.flees = player.health < _COURAGE[brain.temperament]
    distance = SIGHT
    if foe != rules.NOBODY:
        enemy = state.players[foe]
        distance = distance_between(int(player.x), int(player.y), int(enemy.x), int(enemy.y))
        if tick >= brain.fires_until:  # bursts, with a breath between
            brain.fires_from = max(int(brain.fires_from), tick + 2 + below(brain.rng, 10))
            brain.fires_until = int(brain.fires_from) + 14 + below(brain.rng, 30)
    else:
        brain.fires_until = min(int(brain.fires_until), tick + 4)
    aim_anew(brain, distance)
    choose_goal(state, tables, search, brain, index)
    if tick >= brain.press_until:
        choose_press(state, brain, player, distance)


@kernel
def distance_between(x: int, y: int, to_x: int, to_y: int) -> int:
    """In pixels, near enough: the longer side and half of the shorter."""
    dx, dy = abs(to_x - x), abs(to_y - y)
    return (max(dx, dy) + min(dx, dy) // 2) // rules.SUBPIXELS


@kernel
def nearest_foe(state: Any, tables: Any, index: int, in_sight: bool) -> int:
    """The nearest living enemy: of those in sight, or of all. NOBODY if there is none."""
    player = state.players[index]
    nearest, best = rules.NOBODY, SIGHT if in_sight else 1 << 30
    for other in range(int(state.player_count)):
        enemy = state.players[other]
        if enemy.health == 0 or enemy.team == player.team:
            continue
        distance = distance_between(int(player.x), int(player.y), int(enemy.x), int(enemy.y))
        if distance < best and (not in_sight or is_clear(tables, int(player.x), int(player.y), int(enemy.x), int(enemy.y))):
            nearest, best = other, distance
    return nearest


@kernel
def aim_anew(brain: Any, distance: int) -> None:
    """Draw another error of the aim: it grows with the distance."""
    reach = _ERROR[brain.temperament] * distance // 300 + 4
    brain.error_x = below(brain.rng, 2 * reach + 1) - reach
    brain.error_y = below(brain.rng, 2 * reach + 1) - reach


@kernel
def choose_goal(state: Any, tables: Any, search: Any, brain: Any, index: int) -> None:
    """Where to go: to a pickup that is worth it, out of danger, to a fight, or to lie in wait."""
    player, temperament, tick = state.players[index], int(brain.temperament), int(state.tick)
    greed = _GREED[temperament] if brain.foe == rules.NOBODY else _GREED[temperament] // 3
    pickup = nearest_pickup(state, player, 900 if brain.flees else greed)
    if pickup != rules.NOBODY:
        set_goal(brain, int(state.pickups[pickup].x) * rules.SUBPIXELS, int(state.pickups[pickup].y) * rules.SUBPIXELS)
    elif brain.flees or _PATIENCE[temperament] > 0:
        if brain.goal_x == 0 and (tick >= brain.rests_until or brain.flees):
            spot = below(brain.rng, int(tables.spot_count))
            set_goal(brain, int(tables.spots[spot, 0]), int(tables.spots[spot, 1]))
            brain.rests_until = tick + _PATIENCE[temperament] // 2 + below(brain.rng, 1 + _PATIENCE[temperament])
    else:
        prey = nearest_foe(state, tables, index, False)
        if prey != rules.NOBODY:
            set_goal(brain, int(state.players[prey].x), int(state.players[prey].y))
    if brain.foe != rules.NOBODY and not brain.flees and pickup == rules.NOBODY:
        circle(state, tables, search, brain, player)


@kernel
def set_goal(brain: Any, x: int, y: int) -> None:
    brain.goal_x, brain.goal_y = x, y


@kernel
def nearest_pickup(state: Any, player: Any, reach: int) -> int:
    """The nearest pickup within `reach` pixels that this player has a use for, or NOBODY."""
    nearest, best = rules.NOBODY, reach
    for index in range(int(state.pickup_count)):
        pickup = state.pickups[index]
        x, y = int(pickup.x) * rules.SUBPIXELS, int(pickup.y) * rules.SUBPIXELS
        distance = distance_between(int(player.x), int(player.y), x, y)
        if distance < best and is_useful(player, int(pickup["item"])):
            nearest, best = index, distance
    return nearest


@kernel
def circle(state: Any, tables: Any, search: Any, brain: Any, player: Any) -> None:
    """Fight on the move: to the distance it likes, and to one side or the other of the line of fire."""
    enemy = state.players[int(brain.foe)]
    x, y, to_x, to_y = int(player.x), int(player.y), int(enemy.x), int(enemy.y)
    wanted = _DISTANCE[brain.temperament]
    brain.goal_x = brain.goal_y = 0
    towards = keys_towards(tables, search, player, to_x, to_y)
    distance = distance_between(x, y, to_x, to_y)
    cornered = brain.keys != 0 and player.vx == 0 and player.vy == 0
    if distance > wanted + 60 or cornered:
        brain.keys = towards
        return
    side = 1 - 2 * below(brain.rng, 2)
    across, along = -ALONG[towards] * side, ACROSS[towards] * side
    if distance < wanted - 60:
        across, along = across - ACROSS[towards], along - ALONG[towards]
    brain.keys = (rules.RIGHT if across > 0 else rules.LEFT if across < 0 else 0) | (
        rules.DOWN if along > 0 else rules.UP if along < 0 else 0
    )


@kernel
def choose_press(state: Any, brain: Any, player: Any, distance: int) -> None:
    """At most one thing at a time: buy, change the weapon, dash, reload, order."""
    wanted = choose_weapon(brain, player, distance)
    item = choose_purchase(brain, player)
    if item == rules.NOTHING and wanted != player.weapon and player.reloaded_at == 0:
        item = wanted
    if item != rules.NOTHING:
        brain.wish = item
        press(state, brain, rules.USE)
    elif state.tick >= player.can_dash_at and below(brain.rng, 100) < (30 if brain.flees else 8):
        press(state, brain, rules.DASH)
    elif brain.foe == rules.NOBODY and 2 * player.magazine[player.weapon] < rules.MAGAZINE[player.weapon]:
        press(state, brain, rules.RELOAD_KEY)
    elif _CLICKS[brain.temperament] and brain.goal_x != 0 and player.order_x == 0:
        brain.keys = 0
        press(state, brain, rules.ORDER)


@kernel
def choose_weapon(brain: Any, player: Any, distance: int) -> int:
    """The one in its possession that suits the distance best and still has rounds."""
    best, best_worth = rules.BLASTER, 1
    for weapon in range(rules.SHOTGUN, rules.LAUNCHER + 1):
        if not player.owned[weapon] or (player.magazine[weapon] == 0 and player.reserve[weapon] == 0):
            continue
        worth = 4 if weapon == _FIRST[brain.temperament] else 3
        if (weapon == rules.SHOTGUN and distance > SHOTGUN_RANGE) or (weapon == rules.LAUNCHER and distance < LEAST_BLAST):
            worth = 0
        if worth > best_worth:
            best, best_worth = weapon, worth
    return best


@kernel
def choose_purchase(brain: Any, player: Any) -> int:
    """What it needs most and can pay, or NOTHING."""
    first: int = _FIRST[brain.temperament]
    second: int = _SECOND[brain.temperament]
    gold = player.gold
    if not player.owned[first] and gold >= rules.PRICES[first]:
        return first
    if player.health < rules.FULL // 3 and player.owned[first] and gold >= rules.PRICES[rules.MEDKIT]:
        return rules.MEDKIT
    if player.owned[first] and player.reserve[first] == 0 and gold >= rules.PRICES[rules.AMMUNITION]:
        return rules.AMMUNITION
    if player.owned[first] and not player.owned[second] and gold >= rules.PRICES[second]:
        return second
    if player.owned[first] and player.armour < rules.FULL // 2 and gold >= rules.PRICES[rules.ARMOUR]:
        return rules.ARMOUR
    return rules.NOTHING


@kernel
def move_hand(state: Any, brain: Any, player: Any) -> None:
    """The point goes a part of the way to where it should be: ahead of the foe, or else ahead of the bot."""
    if brain.foe != rules.NOBODY:
        foe = state.players[int(brain.foe)]
        speed = max(1, rules.SPEED[player.weapon])
        flight = distance_between(int(player.x), int(player.y), int(foe.x), int(foe.y)) * rules.SUBPIXELS // speed
        x = (int(foe.x) + int(foe.vx) * flight) // rules.SUBPIXELS + int(brain.error_x)
        y = (int(foe.y) + int(foe.vy) * flight) // rules.SUBPIXELS + int(brain.error_y)
    elif abs(int(player.vx)) + abs(int(player.vy)) > 300:
        x = (int(player.x) + 40 * int(player.vx)) // rules.SUBPIXELS
        y = (int(player.y) + 40 * int(player.vy)) // rules.SUBPIXELS
    else:
        return
    dx, dy = x - int(brain.point_x), y - int(brain.point_y)
    if abs(dx) + abs(dy) > (6 if brain.foe != rules.NOBODY else 60):
        brain.point_x += dx * 2 // 5
        brain.point_y += dy * 2 // 5


@kernel
def move_feet(tables: Any, search: Any, brain: Any, player: Any) -> None:
    """On the way to its goal by keys; who travels by orders keeps the keys up until there is someone to fight."""
    clicks = _CLICKS[brain.temperament] and brain.foe == rules.NOBODY
    if brain.goal_x == 0:
        if brain.foe == rules.NOBODY:
            brain.keys = 0
        return
    keys = keys_towards(tables, search, player, int(brain.goal_x), int(brain.goal_y))
    brain.keys = 0 if clicks or player.order_x != 0 else keys
    if keys == 0 and player.vx == 0 and player.vy == 0:
        brain.goal_x = brain.goal_y = 0
