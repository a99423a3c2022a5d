"""Who got and spent how much gold, and on what."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import rules
from .base import Names, PlayerFold


class Economy(PlayerFold):
    """A row for each player: name, gold, earned, spent, lost, coins, refused, and bought, how often by item.
    Coins are the gold that was picked up, lost is what dying cost."""

    name = "economy"
    TOTALS = ("earned", "spent", "lost", "coins", "refused")

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        self.bought = np.zeros((len(self.names), len(rules.ITEMS)), np.int64)

    def fold(self, events: np.ndarray, state: np.void) -> None:
        kinds = events["kind"]
        coins = events[(kinds == rules.PICKUP) & (events["item"] == rules.ITEMS.index("coin"))]
        bought = events[kinds == rules.PURCHASE]
        flows = self.fold_gold(events, state)
        flows["coins"] = self.count(coins["actor"], coins["amount"])
        flows["refused"] = self.count(events["actor"][kinds == rules.REFUSED])
        for key, values in flows.items():
            self.totals[key] += values
        np.add.at(self.bought, (bought["actor"], bought["item"]), 1)

    def row(self, seat: int) -> dict[str, Any]:
        return {
            "name": self.names[seat],
            "gold": int(self.gold[seat]),
            **self.totals_of(seat),
            "bought": {rules.ITEMS[item]: int(self.bought[seat, item]) for item in np.flatnonzero(self.bought[seat]).tolist()},
        }
