"""Bots: players that are programs. They see the state and press buttons; the rules and a replay know nothing of them.

A bot makes up its mind a few times a second, keeps its point moving as a hand does, and holds buttons for human lengths of time.
Its chance comes from its own stream: the same seed gives the same bots, and no bot ever touches the match's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from replay.native.engine import engine_of

from . import rules
from .kernels import KERNELS, kernel
from .purchases import choose_purchase, choose_weapon
from .rng import below, seeded
from .simulation.orders import is_useful
from .simulation.standing import crowned
from .temperaments import (
    BURST,
    CLICKS,
    COURAGE,
    DISTANCE,
    DODGES,
    ERROR,
    GREED,
    HAND,
    LEADS,
    LEVELS,
    NERVE,
    PATIENCE,
    REACTION,
    REST,
    SHAKE,
    STANDS,
    TEMPERAMENTS,
    THOUGHT,
    USUAL_LEVEL,
    parsed,
)
from .ways import ACROSS, ALONG, is_clear, keys_towards

__all__ = ["BRAIN", "LEVELS", "TEMPERAMENTS", "USUAL_LEVEL", "Bots", "first_brains", "parsed"]

SIGHT = 640  # pixels
HAND_TICKS = 3  # the point and the feet move every third tick
PRESS_TICKS = 4  # a key that is only pressed stays down that long
CROWN_SHARE = 65  # percent of the distance: how near the one with the crown seems
GRACE_TICKS = 20  # of its protection that it gives up to attack
DANGER = 140  # pixels: what flies nearer than that can be dodged

BRAIN = np.dtype(
    [
        ("rng", rules.RNG),
        ("temperament", "i1"),  # 0 = a person
        ("level", "i1"),
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

    def __init__(self, match: Any, bots: Sequence[str | None], seed: int) -> None:
        """bots: for each player "hunter", or "hunter:easy"; "" or None is a person. Raises ValueError for what `parsed` does not
        know."""
        players = int(match.state["player_count"][0])
        if len(bots) != players:
            raise ValueError(f"expected {players} bots of {TEMPERAMENTS}, got {list(bots)!r}")
        engine = engine_of(KERNELS)
        self._play = engine.entry("play")
        self._memory = engine.buffer(players * BRAIN.itemsize), engine.buffer(players * rules.INPUT.itemsize)
        self._brains, self._rows = self._memory[0].array(BRAIN, (players,)), self._memory[1].array(rules.INPUT, (players,))
        self._brains[:] = first_brains(bots, seed)

    def inputs(self, match: Any) -> npt.NDArray[np.void]:
        """What the bots hold in the coming tick: shape (players,), INPUT, a person's row all zero."""
        brains, rows = self._memory
        self._play(match.world.place, match.tables.place, brains.place, len(self._rows), rows.place, len(self._rows))
        return np.frombuffer(bytearray(rows.view), rules.INPUT)


def first_brains(bots: Sequence[str | None], seed: int) -> npt.NDArray[np.void]:
    """What the bots of a match begin with, a BRAIN for each player; "" or None is a person. Raises ValueError for what `parsed`
    does not know."""
    brains = np.zeros(len(bots), BRAIN)
    for brain, bot in zip(brains, bots, strict=True):
        if bot:
            temperament, level = parsed(bot)
            brain["temperament"], brain["level"] = TEMPERAMENTS.index(temperament) + 1, LEVELS.index(level)
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
                dodge(state, brain, index)
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
    level, temperament = int(brain.level), int(brain.temperament)
    brain.thinks_at = tick + THOUGHT[level] + below(brain.rng, int(THOUGHT[level]) + 1)
    foe = nearest_foe(state, tables, index, True)
    is_new = foe != rules.NOBODY and brain.foe == rules.NOBODY
    brain.foe = foe
    brain.flees = player.health < COURAGE[temperament]
    distance = SIGHT
    if foe != rules.NOBODY:
        enemy = state.players[foe]
        distance = distance_between(int(player.x), int(player.y), int(enemy.x), int(enemy.y))
        if is_new or tick >= brain.fires_until:  # bursts, with a breath between
            wait = REACTION[level] * NERVE[temperament] // 100 if is_new else 2 + below(brain.rng, int(REST[level]))
            # Who attacks can be attacked: it makes use of the time in which nothing can hurt it.
            brain.fires_from = max(tick + int(wait), int(player.protected_until) - GRACE_TICKS)
            brain.fires_until = int(brain.fires_from) + BURST[level] + below(brain.rng, 30)
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
    """The nearest living enemy: of those in sight, or of all; the crown makes one seem nearer. NOBODY if there is none."""
    player = state.players[index]
    nearest, best = rules.NOBODY, SIGHT if in_sight else 1 << 30
    crown = crowned(state)
    for other in range(int(state.player_count)):
        enemy = state.players[other]
        if enemy.health == 0 or enemy.team == player.team or (in_sight and enemy.protected_until > state.tick):
            continue  # nobody wastes rounds on who cannot be hurt
        distance = distance_between(int(player.x), int(player.y), int(enemy.x), int(enemy.y))
        if other == crown:
            distance = distance * CROWN_SHARE // 100
        if distance < best and (not in_sight or is_clear(tables, int(player.x), int(player.y), int(enemy.x), int(enemy.y))):
            nearest, best = other, distance
    return nearest


@kernel
def aim_anew(brain: Any, distance: int) -> None:
    """Draw another error of the aim: it grows with the distance."""
    reach = ERROR[brain.level] * SHAKE[brain.temperament] * distance // 30000 + 4
    brain.error_x = below(brain.rng, 2 * reach + 1) - reach
    brain.error_y = below(brain.rng, 2 * reach + 1) - reach


@kernel
def choose_goal(state: Any, tables: Any, search: Any, brain: Any, index: int) -> None:
    """Where to go: to a pickup that is worth it, out of danger, to a fight, or to lie in wait."""
    player, temperament, tick = state.players[index], int(brain.temperament), int(state.tick)
    greed = GREED[temperament] if brain.foe == rules.NOBODY else GREED[temperament] // 3
    pickup = nearest_pickup(state, player, 900 if brain.flees else greed)
    if pickup != rules.NOBODY:
        set_goal(brain, int(state.pickups[pickup].x) * rules.SUBPIXELS, int(state.pickups[pickup].y) * rules.SUBPIXELS)
    elif brain.flees or PATIENCE[temperament] > 0:
        if brain.goal_x == 0 and (tick >= brain.rests_until or brain.flees):
            spot = below(brain.rng, int(tables.spot_count))
            set_goal(brain, int(tables.spots[spot, 0]), int(tables.spots[spot, 1]))
            brain.rests_until = tick + PATIENCE[temperament] // 2 + below(brain.rng, 1 + PATIENCE[temperament])
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
    wanted = DISTANCE[brain.temperament]
    brain.goal_x = brain.goal_y = 0
    towards = keys_towards(tables, search, player, to_x, to_y)
    distance = distance_between(x, y, to_x, to_y)
    cornered = brain.keys != 0 and player.vx == 0 and player.vy == 0
    if distance > wanted + 60 or cornered:
        brain.keys = towards
        return
    if below(brain.rng, 100) < STANDS[brain.level]:
        brain.keys = 0
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
    elif CLICKS[brain.temperament] and brain.goal_x != 0 and player.order_x == 0:
        brain.keys = 0
        press(state, brain, rules.ORDER)


@kernel
def move_hand(state: Any, brain: Any, player: Any) -> None:
    """The point goes a part of the way to where it should be: ahead of the foe, or else ahead of the bot."""
    if brain.foe != rules.NOBODY:
        foe = state.players[int(brain.foe)]
        speed = max(1, rules.SPEED[player.weapon])
        flight = distance_between(int(player.x), int(player.y), int(foe.x), int(foe.y)) * rules.SUBPIXELS // speed
        leads = LEADS[brain.level]
        x = (int(foe.x) + int(foe.vx) * flight * leads // 100) // rules.SUBPIXELS + int(brain.error_x)
        y = (int(foe.y) + int(foe.vy) * flight * leads // 100) // rules.SUBPIXELS + int(brain.error_y)
    elif abs(int(player.vx)) + abs(int(player.vy)) > 300:
        x = (int(player.x) + 40 * int(player.vx)) // rules.SUBPIXELS
        y = (int(player.y) + 40 * int(player.vy)) // rules.SUBPIXELS
    else:
        return
    dx, dy = x - int(brain.point_x), y - int(brain.point_y)
    if abs(dx) + abs(dy) > (6 if brain.foe != rules.NOBODY else 60):
        brain.point_x += dx * HAND[brain.level] // 100
        brain.point_y += dy * HAND[brain.level] // 100


@kernel
def move_feet(tables: Any, search: Any, brain: Any, player: Any) -> None:
    """On the way to its goal by keys; who travels by orders keeps the keys up until there is someone to fight."""
    clicks = CLICKS[brain.temperament] and brain.foe == rules.NOBODY
    if brain.goal_x == 0:
        if brain.foe == rules.NOBODY:
            brain.keys = 0
        return
    keys = keys_towards(tables, search, player, int(brain.goal_x), int(brain.goal_y))
    brain.keys = 0 if clicks or player.order_x != 0 else keys
    if keys == 0 and player.vx == 0 and player.vy == 0:
        brain.goal_x = brain.goal_y = 0


@kernel
def dodge(state: Any, brain: Any, index: int) -> None:
    """Dash out of the way of what comes near, as often as its level does."""
    player, tick = state.players[index], int(state.tick)
    if tick < player.can_dash_at or tick < brain.press_until or DODGES[brain.level] == 0 or not is_shot_at(state, index):
        return
    if below(brain.rng, 100) < DODGES[brain.level]:
        press(state, brain, rules.DASH)


@kernel
def is_shot_at(state: Any, index: int) -> bool:
    """Whether a bullet of somebody else is near this player and comes nearer."""
    player = state.players[index]
    for number in range(int(state.bullet_count)):
        bullet = state.bullets[number]
        dx, dy = int(player.x) - int(bullet.x), int(player.y) - int(bullet.y)
        near = abs(dx) < DANGER * rules.SUBPIXELS and abs(dy) < DANGER * rules.SUBPIXELS
        if near and bullet.owner != index and dx * int(bullet.vx) + dy * int(bullet.vy) > 0:
            return True
    return False
