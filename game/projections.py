"""What people want to know of a match of arena, each as a fold over its events: the same for the HUD, the viewer and the library.

Everyone appears by their seat (0 ...) and their name; names may be the same, seats are not. Ticks are those of the events.
"""

# replay: allow float - read models, behind the rules

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from replay.core.projection import Fold

from . import rules

CELL = rules.TILE // 2  # pixels: the side of a cell of the heat map
MULTI_KILL_TICKS = 4 * rules.TICKS_PER_SECOND  # at most that long from one kill to the next
LAST_SECONDS_TICKS = 5 * rules.TICKS_PER_SECOND
REVENGE_DEATHS = 3  # in a row by the same player, before paying back is news
MULTI_KILLS = {3: "triple kill", 4: "quadruple kill"}

Names = Sequence[str]


class _ArenaFold(Fold):
    """A fold over a match of arena: the players' names, and the tick that it has come to."""

    name = ""
    version = 1

    def __init__(self, match: Any, names: Names) -> None:
        self.names = list(names)
        self.tick = int(match.state["tick"][0])

    def observe(self, events: np.ndarray, match: Any) -> None:
        self.tick = int(match.state["tick"][0])
        self.fold(events, match.state[0])

    def fold(self, events: np.ndarray, state: np.void) -> None:
        raise NotImplementedError

    def count(self, seats: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """How often each seat occurs (or the sum of its weights); shape (players,)."""
        return np.bincount(seats, weights, len(self.names)).astype(np.int64)

    def players(self, state: np.void) -> np.ndarray:
        return state["players"][: len(self.names)]


class Scoreboard(_ArenaFold):
    """`{"tick", "players": [{"name", "team", "score", "kills", ...}, in seat order]}`. Accuracy: hits by bullets fired, 0 to 1."""

    name = "scoreboard"

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        players = self.players(match.state[0])
        count = len(self.names)
        self.teams = players["team"].tolist()
        self.totals = {
            key: np.zeros(count, np.int64)
            for key in ("kills", "deaths", "assists", "suicides", "damage_dealt", "damage_taken", "gold_earned", "gold_spent")
        }
        self.fired = np.zeros((count, len(rules.ITEMS)), np.int64)  # bullets, by item
        self.hits = np.zeros((count, len(rules.ITEMS)), np.int64)
        self.gold = players["gold"].astype(np.int64)
        self.streak = [0] * count
        self.best_streak = [0] * count
        self.alive_since = [self.tick if health > 0 else -1 for health in players["health"].tolist()]  # -1: dead
        self.alive_ticks = [0] * count

    def fold(self, events: np.ndarray, state: np.void) -> None:
        kinds = events["kind"]
        self._fold_damage(events[(kinds == rules.HIT) | (kinds == rules.CRITICAL)])
        shots = events[kinds == rules.SHOT]
        np.add.at(self.fired, (shots["actor"], shots["item"]), rules.PELLETS[shots["item"]])
        self.totals["assists"] += self.count(events["actor"][kinds == rules.ASSIST])
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
        spent, _, self.gold, earned = gold_flow(self, events, state, self.gold)
        self.totals["gold_spent"] += spent
        self.totals["gold_earned"] += earned

    def _fold_damage(self, hits: np.ndarray) -> None:
        others = hits[hits["actor"] != hits["target"]]
        self.totals["damage_dealt"] += self.count(others["actor"], others["amount"])
        self.totals["damage_taken"] += self.count(hits["target"], hits["amount"])
        # One rocket that hits three is one hit.
        bullets = others[others["item"] != rules.LAUNCHER]
        rockets = others[others["item"] == rules.LAUNCHER]
        np.add.at(self.hits, (bullets["actor"], bullets["item"]), 1)
        np.add.at(self.hits, (np.unique(rockets["tick"] * rules.PLAYERS + rockets["actor"]) % rules.PLAYERS, rules.LAUNCHER), 1)

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

    def result(self) -> dict[str, Any]:
        return {"tick": self.tick, "players": [self._row(seat) for seat in range(len(self.names))]}

    def _row(self, seat: int) -> dict[str, Any]:
        totals = {key: int(values[seat]) for key, values in self.totals.items()}
        since = self.alive_since[seat]
        alive_ticks = self.alive_ticks[seat] + (self.tick - since if since >= 0 else 0)
        fired, hits = self.fired[seat], self.hits[seat]
        return {
            "name": self.names[seat],
            "team": self.teams[seat],
            "score": totals["kills"] - totals["suicides"],
            **totals,
            "accuracy": _ratio(hits.sum(), fired.sum()),
            "best_streak": self.best_streak[seat],
            "seconds_alive": round(alive_ticks / rules.TICKS_PER_SECOND, 1),
            "accuracy_by_weapon": {rules.ITEMS[item]: _ratio(hits[item], fired[item]) for item in np.flatnonzero(fired).tolist()},
        }


def gold_flow(
    fold: _ArenaFold, events: np.ndarray, state: np.void, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gold spent, lost by dying, had now, and earned since it was `before`: whatever is there and was not there must be earned."""
    kinds = events["kind"]
    bought, dropped = events[kinds == rules.PURCHASE], events[kinds == rules.DROP]
    spent = fold.count(bought["actor"], bought["amount"])
    lost = fold.count(dropped["target"], dropped["amount"])
    now = fold.players(state)["gold"].astype(np.int64)
    return spent, lost, now, now - before + spent + lost


def _ratio(part: int, whole: int) -> float:
    return round(float(min(part / whole, 1.0)), 3) if whole else 0.0


class KillFeed(_ArenaFold):
    """`[{"tick", "killer", "victim", "item", "assists": [names], "killer_seat", "victim_seat", "x", "y"}]`, x and y in map pixels.
    Whoever dies by their own hand is killer and victim."""

    name = "kill_feed"

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        self.kills: list[dict[str, Any]] = []

    def fold(self, events: np.ndarray, state: np.void) -> None:
        self.kills += kills_of(events, self.names)

    def result(self) -> list[dict[str, Any]]:
        return [{**kill, "assists": list(kill["assists"])} for kill in self.kills]


def kills_of(events: np.ndarray, names: Names) -> list[dict[str, Any]]:
    """The kills among the events of whole ticks, as `KillFeed` lists them."""
    kinds = events["kind"]
    kills: list[dict[str, Any]] = []
    for tick, kind, actor, target, item, _, x, y in events[(kinds == rules.DEATH) | (kinds == rules.ASSIST)].tolist():
        if kind == rules.ASSIST:  # stands behind the death that it helped to
            kills[-1]["assists"].append(names[actor])
            continue
        kills.append(
            {
                "tick": tick,
                "killer": names[actor],
                "victim": names[target],
                "item": rules.ITEMS[item],
                "assists": [],
                "killer_seat": actor,
                "victim_seat": target,
                "x": x,
                "y": y,
            }
        )
    return kills


class KillMatrix(_ArenaFold):
    """`{"players": [names], "kills": [[...]]}`: row = who killed, column = whom; the diagonal is by one's own hand."""

    name = "kill_matrix"

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        self.kills = np.zeros((len(self.names), len(self.names)), np.int64)

    def fold(self, events: np.ndarray, state: np.void) -> None:
        deaths = events[events["kind"] == rules.DEATH]
        np.add.at(self.kills, (deaths["actor"], deaths["target"]), 1)

    def result(self) -> dict[str, Any]:
        return {"players": list(self.names), "kills": self.kills.tolist()}


class Timeline(_ArenaFold):
    """`{"players": [names], "ticks": [0, 60, ...], "score" | "gold" | "health": [[at each of these ticks], by seat]}`: once a
    second, and where it begins."""

    name = "timeline"
    SERIES = ("score", "gold", "health")

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        self.ticks: list[int] = []
        self.samples: list[np.ndarray] = []  # shape (series, players) each
        self._sample(match.state[0])

    def fold(self, events: np.ndarray, state: np.void) -> None:
        if self.tick % rules.TICKS_PER_SECOND == 0:
            self._sample(state)

    def _sample(self, state: np.void) -> None:
        players = self.players(state)
        self.ticks.append(self.tick)
        self.samples.append(np.array([players[name] for name in self.SERIES], np.int32))

    def save(self) -> bytes:
        stacked, self.samples = self.samples, [np.array(self.samples)]  # one array is saved much faster than thousands
        saved = super().save()
        self.samples = stacked
        return saved

    def load(self, saved: bytes) -> None:
        super().load(saved)
        self.samples = list(self.samples[0])

    def result(self) -> dict[str, Any]:
        series = np.array(self.samples).transpose(1, 2, 0)  # to (series, players, samples)
        return {
            "players": list(self.names),
            "ticks": list(self.ticks),
            **{name: values.tolist() for name, values in zip(self.SERIES, series, strict=True)},
        }


class HeatMap(_ArenaFold):
    """`{"cell_pixels", "walls", "deaths" | "shots" | "presence": [[row by row]]}`: where on the map people died and fired, and
    where the living stood, once a second. Walls are 1."""

    name = "heat_map"
    LAYERS = ("deaths", "shots", "presence")

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        shape = (len(self.LAYERS), match.arena.height // CELL, match.arena.width // CELL)
        self.cells = np.zeros(shape, np.int64)
        self.walls = match.arena.walls.repeat(rules.TILE // CELL, axis=0).repeat(rules.TILE // CELL, axis=1).astype(np.int8)

    def fold(self, events: np.ndarray, state: np.void) -> None:
        for layer, kind in ((0, rules.DEATH), (1, rules.SHOT)):
            there = events[events["kind"] == kind]
            self._add(layer, there["x"], there["y"])
        if self.tick % rules.TICKS_PER_SECOND == 0:
            living = self.players(state)
            living = living[living["health"] > 0]
            self._add(2, living["x"] >> 8, living["y"] >> 8)

    def _add(self, layer: int, x: np.ndarray, y: np.ndarray) -> None:
        np.add.at(self.cells[layer], (y // CELL, x // CELL), 1)

    def result(self) -> dict[str, Any]:
        layers = {name: cells.tolist() for name, cells in zip(self.LAYERS, self.cells, strict=True)}
        return {"cell_pixels": CELL, "walls": self.walls.tolist(), **layers}


class Economy(_ArenaFold):
    """`{"players": [{"name", "gold", "earned", "spent", "lost", "coins", "refused", "bought": {item: times}}]}`.
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

    def result(self) -> dict[str, Any]:
        return {"players": [self._row(seat) for seat in range(len(self.names))]}

    def _row(self, seat: int) -> dict[str, Any]:
        return {
            "name": self.names[seat],
            "gold": int(self.gold[seat]),
            **{key: int(values[seat]) for key, values in self.totals.items()},
            "bought": {rules.ITEMS[item]: int(self.bought[seat, item]) for item in np.flatnonzero(self.bought[seat]).tolist()},
        }


class Highlights(_ArenaFold):
    """`[{"tick", "kind", "title", "player", "seat"}]` in order: what one would show somebody who has a minute.

    multi_kill (three or more, each within four seconds of the one before), revenge (on whoever killed one three times in a row),
    comeback (the winner was far behind; the tick is the low point), last_second_win (ahead for good in the last five seconds).
    """

    name = "highlights"

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        state = match.state[0]
        count = len(self.names)
        self.is_teams = bool(state["mode"] == rules.TEAMS)
        self.teams = self.players(state)["team"].tolist()
        self.far_behind = min(5, max(3, int(state["score_limit"]) // 5))  # points
        self.found: list[dict[str, Any]] = []
        self.chain = [[] for _ in range(count)]  # ticks of a player's kills in quick succession
        self.shown: list[int] = [-1] * count  # index in `found` of the multi-kill that the chain has become
        self.nemesis = [[rules.NOBODY, 0] for _ in range(count)]  # who killed a player how often in a row
        self.scores = state["scores"][: max(self.teams) + 1].tolist()
        self.low = [[0, 0] for _ in self.scores]  # by team: the most points it was behind, and when
        self.ahead_since = [rules.NOBODY, 0]  # the one team in front, and since when

    def fold(self, events: np.ndarray, state: np.void) -> None:
        kinds = events["kind"]
        for tick, kind, actor, target in events[(kinds == rules.DEATH) | (kinds == rules.MATCH_END)][
            ["tick", "kind", "actor", "target"]
        ].tolist():
            if kind == rules.MATCH_END:
                self._end(tick, actor)
                continue
            if actor != target:
                self._multi_kill(tick, actor)
                self._revenge(tick, actor, target)
            self._score(tick, actor, 1 if actor != target else -1)

    def _multi_kill(self, tick: int, killer: int) -> None:
        chain = self.chain[killer]
        if chain and tick - chain[-1] > MULTI_KILL_TICKS:
            chain.clear()
            self.shown[killer] = -1
        chain.append(tick)
        if len(chain) < 3:
            return
        title = f"{self.names[killer]}: {MULTI_KILLS.get(len(chain), f'{len(chain)} kills in a row')}"
        if self.shown[killer] < 0:
            self.shown[killer] = len(self.found)
            self._add(chain[0], "multi_kill", title, killer)
        else:
            self.found[self.shown[killer]]["title"] = title

    def _revenge(self, tick: int, killer: int, victim: int) -> None:
        who, times = self.nemesis[killer]
        if who == victim:
            if times >= REVENGE_DEATHS:
                title = f"{self.names[killer]} takes revenge on {self.names[victim]}"
                self._add(tick, "revenge", title, killer)
            self.nemesis[killer] = [rules.NOBODY, 0]
        who, times = self.nemesis[victim]
        self.nemesis[victim] = [killer, times + 1 if who == killer else 1]

    def _score(self, tick: int, seat: int, points: int) -> None:
        self.scores[self.teams[seat]] += points
        best = max(self.scores)
        leaders = [team for team, score in enumerate(self.scores) if score == best]
        front = leaders[0] if len(leaders) == 1 else rules.NOBODY
        if front != self.ahead_since[0]:
            self.ahead_since = [front, tick]
        for team, score in enumerate(self.scores):
            if best - score > self.low[team][0]:
                self.low[team] = [best - score, tick]

    def _end(self, tick: int, winner: int) -> None:
        if winner == rules.NOBODY:
            return
        seat = rules.NOBODY if self.is_teams else self.teams.index(winner)
        name = f"team {winner + 1}" if self.is_teams else self.names[seat]
        behind, low_tick = self.low[winner]
        if behind >= self.far_behind:
            self._add(low_tick, "comeback", f"{name} is {behind} points behind, and will win", seat)
        if tick - self.ahead_since[1] <= LAST_SECONDS_TICKS:
            self._add(self.ahead_since[1], "last_second_win", f"{name} wins in the last seconds", seat)

    def _add(self, tick: int, kind: str, title: str, seat: int) -> None:
        player = self.names[seat] if seat != rules.NOBODY else ""
        self.found.append({"tick": tick, "kind": kind, "title": title, "player": player, "seat": seat})

    def result(self) -> list[dict[str, Any]]:
        return sorted((dict(each) for each in self.found), key=lambda each: each["tick"])


PROJECTIONS = {
    projection.name: projection for projection in (Scoreboard, KillFeed, KillMatrix, Timeline, HeatMap, Economy, Highlights)
}
