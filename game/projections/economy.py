"""Who got and spent how much gold, and on what."""

from __future__ import annotations

from typing import Any

import numpy as np

from replay.core.readmodel import Table

from .. import rules
from .base import ArenaFold, Names, gold_flow


class Economy(ArenaFold):
    """A row for each player: name, gold, earned, spent, lost, coins, refused, and bought, how often by item.
    Coins are the gold that was picked up, lost is what dying cost."""

    name = "economy"

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        count = len(self.names)
        self.gold = self.players(match.state[0])["gold"].astype(np.int64)
        self.totals = {key: np.zeros(count, np.int64) for key in ("earned", "spent", "lost", "coins", "refused")}
        self.bought = np.zeros((count, len(rules.ITEMS)), np.int64)

    def fold(self, events: np.ndarray, state: np.void) -> None:
        kinds = events["kind"]
        coins = events[(kinds == rules.PICKUP) & (events["item"] == rules.ITEMS.index("coin"))]
        bought = events[kinds == rules.PURCHASE]
        spent, lost, self.gold, earned = gold_flow(self, events, state, self.gold)
        flows = {"spent": spent, "lost": lost, "earned": earned}
        flows["coins"] = self.count(coins["actor"], coins["amount"])
        flows["refused"] = self.count(events["actor"][kinds == rules.REFUSED])
        for key, values in flows.items():
            self.totals[key] += values
        np.add.at(self.bought, (bought["actor"], bought["item"]), 1)

    def result(self) -> Table:
        return Table([self._row(seat) for seat in range(len(self.names))], player="name")

    def _row(self, seat: int) -> dict[str, Any]:
        return {
            "name": self.names[seat],
            "gold": int(self.gold[seat]),
            **{key: int(values[seat]) for key, values in self.totals.items()},
            "bought": {rules.ITEMS[item]: int(self.bought[seat, item]) for item in np.flatnonzero(self.bought[seat]).tolist()},
        }
