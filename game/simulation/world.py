"""What the arena does by itself: players and pickups appear, pickups are taken, the match ends."""

from __future__ import annotations

from typing import Any

from .. import rules
from ..kernels import kernel
from ..numbers import SUBPIXELS
from ..rng import below
from ..ways import is_clear
from .log import emit
from .orders import is_useful, receive

_SPAWN_CHOICES = 8
_SEEN = 3  # an enemy in sight is as bad as one that is so many times nearer
_PICKUP_SHARE = 4  # a quarter of the pickups looks around in each tick: nobody can tell, and it costs a quarter


@kernel
def respawn_players(state: Any, tables: Any, log: Any) -> None:
    """Whose time has come appears, safe for a moment. At tick 0 that is everyone."""
    tick = int(state.tick)
    for index in range(int(state.player_count)):
        player = state.players[index]
        if player.health > 0 or tick < player.respawns_at:
            continue
        spawn = choose_spawn(state, tables, index)
        player.x, player.y = tables.spawns[spawn, 0], tables.spawns[spawn, 1]
        player.health = rules.FULL
        player.protected_until = max(tick, int(state.starts_at)) + rules.PROTECTION_TICKS
        player.magazine[rules.BLASTER] = rules.MAGAZINE[rules.BLASTER]
        emit(state, log, rules.SPAWN, index, rules.NOBODY, rules.NOTHING, 0, int(player.x), int(player.y))


@kernel
def choose_spawn(state: Any, tables: Any, index: int) -> int:
    """Of a few spawns drawn at random the one that is furthest from all enemies; one that an enemy sees counts as near."""
    best, best_distance = 0, -1
    for _ in range(_SPAWN_CHOICES):
        spawn = below(state.rng, int(tables.spawn_count))
        nearest = 1 << 30
        for other in range(int(state.player_count)):
            enemy = state.players[other]
            if enemy.health > 0 and enemy.team != state.players[index].team:
                x, y = int(tables.spawns[spawn, 0]), int(tables.spawns[spawn, 1])
                distance = max(abs(int(enemy.x) - x), abs(int(enemy.y) - y))
                if is_clear(tables, x, y, int(enemy.x), int(enemy.y)):
                    distance //= _SEEN
                nearest = min(nearest, distance)
        if nearest > best_distance:
            best, best_distance = spawn, nearest
    return best


@kernel
def collect_pickups(state: Any, log: Any) -> None:
    """Who stands on something useful takes it."""
    index = int(state.tick) % _PICKUP_SHARE
    while index < int(state.pickup_count):
        taker = taker_of(state, state.pickups[index])
        if taker != rules.NOBODY:
            take(state, log, taker, index)
        index += _PICKUP_SHARE


@kernel
def taker_of(state: Any, pickup: Any) -> int:
    x, y = int(pickup.x) * SUBPIXELS, int(pickup.y) * SUBPIXELS
    for index in range(int(state.player_count)):
        player = state.players[index]
        if (
            abs(int(player.x) - x) < rules.TAKE_RADIUS * SUBPIXELS
            and abs(int(player.y) - y) < rules.TAKE_RADIUS * SUBPIXELS
            and player.health > 0
            and is_useful(player, int(pickup["item"]))
        ):
            return index
    return rules.NOBODY


@kernel
def take(state: Any, log: Any, taker: int, index: int) -> None:
    """Give the pickup to the taker. The last one takes its row: the ones that lie about stay together."""
    player, pickup = state.players[taker], state.pickups[index]
    item, amount = int(pickup["item"]), int(pickup.amount)
    emit(state, log, rules.PICKUP, taker, rules.NOBODY, item, amount, int(player.x), int(player.y))
    if item == rules.COIN:
        player.gold = min(rules.GOLD_LIMIT, int(player.gold) + amount)
    else:
        receive(player, item)
    state.pickup_count -= 1
    last = state.pickups[int(state.pickup_count)]
    pickup.x, pickup.y, pickup.item, pickup.amount = last.x, last.y, last["item"], last.amount
    last.x = last.y = last.item = last.amount = 0


@kernel
def place_pickups(state: Any, tables: Any) -> None:
    """Now and then something appears on one of the map's spots, if nothing lies there."""
    if int(state.tick) % rules.PICKUP_TICKS != 0 or state.pickup_count >= rules.PICKUPS - rules.DROP_ROOM:
        return
    spot = below(state.rng, int(tables.spot_count))
    x, y = int(tables.spots[spot, 0]) // SUBPIXELS, int(tables.spots[spot, 1]) // SUBPIXELS
    for index in range(int(state.pickup_count)):
        if state.pickups[index].x == x and state.pickups[index].y == y:
            return
    pickup = state.pickups[int(state.pickup_count)]
    state.pickup_count += 1
    chance = below(state.rng, 100)
    pickup.x, pickup.y = x, y
    pickup.item = rules.COIN if chance < 56 else rules.AMMUNITION if chance < 72 else rules.ARMOUR if chance < 86 else rules.MEDKIT
    pickup.amount = rules.COIN_GOLD if chance < 56 else 0


@kernel
def end_match(state: Any, log: Any) -> None:
    """The last tick of the match says who won."""
    if state.ended == rules.RUNNING and int(state.tick) + 1 >= state.tick_limit:
        state.ended = rules.ENDED_BY_TIME
    if state.ended == rules.RUNNING:
        return
    winner, best = rules.NOBODY, -(1 << 30)
    for index in range(int(state.player_count)):
        team = int(state.players[index].team)
        score = int(state.scores[team])
        if score > best:
            winner, best = team, score
        elif score == best and team != winner:
            winner = rules.NOBODY
    emit(state, log, rules.MATCH_END, winner, rules.NOBODY, rules.NOTHING, best, 0, 0)
