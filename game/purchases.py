"""What a bot takes into the hand and what it buys."""

from __future__ import annotations

from typing import Any

from . import rules
from .kernels import kernel
from .temperaments import FIRST, SECOND, THRIFT

SHOTGUN_RANGE = 230  # pixels
LEAST_BLAST = 100  # nearer than that a rocket hurts whoever fired it


@kernel
def choose_weapon(brain: Any, player: Any, distance: int) -> int:
    """The one in its possession that suits the distance best and still has rounds."""
    best, best_worth = rules.BLASTER, 1
    for weapon in range(rules.SHOTGUN, rules.LAUNCHER + 1):
        if not player.owned[weapon] or (player.magazine[weapon] == 0 and player.reserve[weapon] == 0):
            continue
        worth = 4 if weapon == FIRST[brain.temperament] else 3
        if (weapon == rules.SHOTGUN and distance > SHOTGUN_RANGE) or (weapon == rules.LAUNCHER and distance < LEAST_BLAST):
            worth = 0
        if worth > best_worth:
            best, best_worth = weapon, worth
    return best


@kernel
def choose_purchase(brain: Any, player: Any) -> int:
    """What it needs most and can pay, or NOTHING."""
    first: int = FIRST[brain.temperament]
    second: int = SECOND[brain.temperament]
    gold, thrift = player.gold, THRIFT[brain.level]
    if not player.owned[first] and gold >= rules.PRICES[first]:
        return first
    if thrift == 0:
        return rules.NOTHING
    if player.health < rules.FULL // 3 and player.owned[first] and gold >= rules.PRICES[rules.MEDKIT]:
        return rules.MEDKIT
    if player.owned[first] and player.reserve[first] == 0 and gold >= rules.PRICES[rules.AMMUNITION]:
        return rules.AMMUNITION
    if thrift > 1 and player.owned[first] and not player.owned[second] and gold >= rules.PRICES[second]:
        return second
    if player.owned[first] and player.armour < rules.FULL // 2 and gold >= rules.PRICES[rules.ARMOUR]:
        return rules.ARMOUR
    return rules.NOTHING
