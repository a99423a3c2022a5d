"""What one would show somebody who has a minute."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from replay.read.readmodel import Table

from .. import rules
from .base import ArenaFold, Names

MULTI_KILL_TICKS = 4 * rules.TICKS_PER_SECOND  # at most that long from one kill to the next
LAST_SECONDS_TICKS = 5 * rules.TICKS_PER_SECOND
REVENGE_DEATHS = 3  # in a row by the same player, before paying back is news
_WORTH = {"last_second_win": 6, "comeback": 4, "revenge": 2}  # a multi-kill is worth its kills
MULTI_KILLS = {3: "triple kill", 4: "quadruple kill"}


class Highlights(ArenaFold):
    """A row for each, in order: tick, kind, title, player, seat, worth (how much it is worth seeing, 1..). The kinds:

    multi_kill (three or more, each within four seconds of the one before), revenge (on whoever killed one three times in a row),
    comeback (the winner was far behind; the tick is the low point), last_second_win (ahead for good in the last five seconds).
    """

    name = "highlights"
    version = 2

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        state = match.state[0]
        count = len(self.names)
        self.is_teams = bool(state["mode"] == rules.TEAMS)
        self.teams = self.players(state)["team"].tolist()
        self.far_behind = min(5, max(3, int(state["score_limit"]) // 5))  # points
        self.rows: list[dict[str, Any]] = []
        self.chain: list[list[int]] = [[] for _ in range(count)]  # ticks of a player's kills in quick succession
        self.shown: list[int] = [-1] * count  # index in `rows` of the multi-kill that the chain has become
        self.nemesis = [[rules.NOBODY, 0] for _ in range(count)]  # who killed a player how often in a row
        self.scores = state["scores"][: max(self.teams) + 1].tolist()
        self.low = [[0, 0] for _ in self.scores]  # by team: the most points it was behind, and when
        self.ahead_since = [rules.NOBODY, 0]  # the one team in front, and since when

    def fold(self, events: npt.NDArray[np.void], state: np.void) -> None:
        kinds = events["kind"]
        told = (kinds == rules.DEATH) | (kinds == rules.CROWN) | (kinds == rules.MATCH_END)
        for tick, kind, actor, target, amount in events[told][["tick", "kind", "actor", "target", "amount"]].tolist():
            if kind == rules.MATCH_END:
                self._end(tick, actor)
                continue
            if kind == rules.CROWN:
                self._score(tick, actor, amount)
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
            self.shown[killer] = len(self.rows)
            self._add(chain[0], "multi_kill", title, killer)
        else:
            self.rows[self.shown[killer]] |= {"title": title, "worth": len(chain)}

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
        deficit, low_tick = self.low[winner]
        if deficit >= self.far_behind:
            self._add(low_tick, "comeback", f"{name} is {deficit} points behind, and will win", seat)
        if tick - self.ahead_since[1] <= LAST_SECONDS_TICKS:
            self._add(self.ahead_since[1], "last_second_win", f"{name} wins in the last seconds", seat)

    def _add(self, tick: int, kind: str, title: str, seat: int) -> None:
        player = self.names[seat] if seat != rules.NOBODY else ""
        worth = _WORTH.get(kind, 3)
        self.rows.append({"tick": tick, "kind": kind, "title": title, "player": player, "seat": seat, "worth": worth})

    def result(self) -> Table:
        rows = sorted((dict(row) for row in self.rows), key=lambda row: row["tick"])
        return Table(rows, tick="tick", title="title", worth="worth", hidden=("worth",))
