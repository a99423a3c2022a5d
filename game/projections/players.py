"""Who did how well, and who got and spent how much gold: tables with a row for each player."""

# replay: allow float, fraction - read models, after the rules

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from replay.read.readmodel import Table

from .. import rules
from .base import ArenaFold, Names


class PlayerFold(ArenaFold):
    """A fold into a row for each player: `totals` by TOTALS, and `gold`, what everyone has."""

    TOTALS: tuple[str, ...] = ()

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        self.gold = self.players(match.state[0])["gold"].astype(np.int64)
        self.totals = {name: np.zeros(len(self.names), np.int64) for name in self.TOTALS}

    def fold_gold(self, events: npt.NDArray[np.void], state: np.void) -> dict[str, npt.NDArray[np.int64]]:
        """Gold spent, lost by dying, and earned since the last call: whatever is there and was not there must be earned."""
        kinds = events["kind"]
        bought, dropped = events[kinds == rules.PURCHASE], events[kinds == rules.DROP]
        spent, lost = self.count(bought["actor"], bought["amount"]), self.count(dropped["target"], dropped["amount"])
        before, self.gold = self.gold, self.players(state)["gold"].astype(np.int64)
        return {"spent": spent, "lost": lost, "earned": self.gold - before + spent + lost}

    def totals_of(self, seat: int) -> dict[str, int]:
        return {name: int(values[seat]) for name, values in self.totals.items()}

    def result(self) -> Table:
        return Table([self.row(seat) for seat in range(len(self.names))], player="name")

    def row(self, seat: int) -> dict[str, Any]:
        raise NotImplementedError


class Scoreboard(PlayerFold):
    """A row for each player: name, team, score, kills, ...; the fact `tick`. Accuracy: hits by bullets fired, 0 to 1. Crowns: the
    points that came from crowns."""

    name = "scoreboard"
    TOTALS = ("kills", "deaths", "assists", "crowns", "suicides", "damage_dealt", "damage_taken", "gold_earned", "gold_spent")

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        players = self.players(match.state[0])
        count = len(self.names)
        self.teams = players["team"].tolist()
        self.fired = np.zeros((count, len(rules.ITEMS)), np.int64)  # bullets, by item
        self.hits = np.zeros((count, len(rules.ITEMS)), np.int64)
        self.streak = [0] * count
        self.best_streak = [0] * count
        self.alive_since = [self.tick if health > 0 else -1 for health in players["health"].tolist()]  # -1: dead
        self.alive_ticks = [0] * count

    def fold(self, events: npt.NDArray[np.void], state: np.void) -> None:
        kinds = events["kind"]
        self._fold_damage(events[(kinds == rules.HIT) | (kinds == rules.CRITICAL)])
        shots = events[kinds == rules.SHOT]
        np.add.at(self.fired, (shots["actor"], shots["item"]), rules.PELLETS[shots["item"]])
        self.totals["assists"] += self.count(events["actor"][kinds == rules.ASSIST])
        crowns = events[kinds == rules.CROWN]
        self.totals["crowns"] += self.count(crowns["actor"], crowns["amount"])
        for tick, kind, actor, target in events[(kinds == rules.SPAWN) | (kinds == rules.DEATH) | (kinds == rules.MATCH_END)][
            ["tick", "kind", "actor", "target"]
        ].tolist():
            if kind == rules.SPAWN:
                self.alive_since[actor] = tick
            elif kind == rules.DEATH:
                self._fold_death(tick, actor, target)
            else:
                for seat in range(len(self.names)):
                    self._leave(seat, tick)
        gold = self.fold_gold(events, state)
        self.totals["gold_spent"] += gold["spent"]
        self.totals["gold_earned"] += gold["earned"]

    def _fold_damage(self, hits: npt.NDArray[np.void]) -> None:
        others = hits[hits["actor"] != hits["target"]]
        self.totals["damage_dealt"] += self.count(others["actor"], others["amount"])
        self.totals["damage_taken"] += self.count(hits["target"], hits["amount"])
        # One rocket that hits three is one hit.
        bullets = others[others["item"] != rules.LAUNCHER]
        rockets = others[others["item"] == rules.LAUNCHER]
        np.add.at(self.hits, (bullets["actor"], bullets["item"]), 1)
        shooters = np.unique(rockets["tick"] * rules.PLAYERS + rockets["actor"]) % rules.PLAYERS
        np.add.at(self.hits[:, rules.LAUNCHER], shooters, 1)

    def _fold_death(self, tick: int, killer: int, victim: int) -> None:
        self.totals["deaths"][victim] += 1
        self.streak[victim] = 0
        self._leave(victim, tick)
        if killer == victim:
            self.totals["suicides"][victim] += 1
            return
        self.totals["kills"][killer] += 1
        self.streak[killer] += 1
        self.best_streak[killer] = max(self.best_streak[killer], self.streak[killer])

    def _leave(self, seat: int, tick: int) -> None:
        if self.alive_since[seat] >= 0:
            self.alive_ticks[seat] += tick - self.alive_since[seat]
            self.alive_since[seat] = -1

    def result(self) -> Table:
        return replace(super().result(), facts={"tick": self.tick})

    def row(self, seat: int) -> dict[str, Any]:
        totals = self.totals_of(seat)
        since = self.alive_since[seat]
        alive_ticks = self.alive_ticks[seat] + (self.tick - since if since >= 0 else 0)
        fired, hits = self.fired[seat], self.hits[seat]
        return {
            "name": self.names[seat],
            "team": self.teams[seat],
            "score": totals["kills"] + totals["crowns"] - totals["suicides"],
            **totals,
            "accuracy": _ratio(hits.sum(), fired.sum()),
            "best_streak": self.best_streak[seat],
            "seconds_alive": round(alive_ticks / rules.TICKS_PER_SECOND, 1),
            "accuracy_by_weapon": {rules.ITEMS[item]: _ratio(hits[item], fired[item]) for item in np.flatnonzero(fired).tolist()},
        }


class Economy(PlayerFold):
    """A row for each player: name, gold, earned, spent, lost, coins, refused, and bought, how often by item.
    Coins are the gold that was picked up, lost is what dying cost."""

    name = "economy"
    TOTALS = ("earned", "spent", "lost", "coins", "refused")

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        self.bought = np.zeros((len(self.names), len(rules.ITEMS)), np.int64)

    def fold(self, events: npt.NDArray[np.void], state: np.void) -> None:
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


def _ratio(part: int, whole: int) -> float:
    return round(float(min(part / whole, 1.0)), 3) if whole else 0.0
