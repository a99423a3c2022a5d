"""Who killed whom: one after the other, and how often."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from replay.read.readmodel import Matrix, Table

from .. import rules
from .base import ArenaFold, Names


class KillFeed(ArenaFold):
    """A row for each death: tick, killer, victim, item, assists (names), crown (the points that it brought besides), killer_seat,
    victim_seat, and x and y in map pixels. Whoever dies by their own hand is killer and victim."""

    name = "kill_feed"

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        self.kills: list[dict[str, Any]] = []

    def fold(self, events: npt.NDArray[np.void], state: np.void) -> None:
        self.kills += kills_of(events, self.names)

    def result(self) -> Table:
        kills = [{**kill, "assists": list(kill["assists"])} for kill in self.kills]
        return Table(kills, tick="tick", hidden=("killer_seat", "victim_seat"))


def kills_of(events: npt.NDArray[np.void], names: Names) -> list[dict[str, Any]]:
    """The kills among the events of whole ticks, as `KillFeed` lists them."""
    kinds = events["kind"]
    kills: list[dict[str, Any]] = []
    told = (kinds == rules.DEATH) | (kinds == rules.CROWN) | (kinds == rules.ASSIST)
    for tick, kind, actor, target, item, amount, x, y in events[told].tolist():
        if kind == rules.CROWN:  # this and an assist stand after the death that they belong to
            kills[-1]["crown"] = amount
            continue
        if kind == rules.ASSIST:
            kills[-1]["assists"].append(names[actor])
            continue
        kills.append(
            {
                "tick": tick,
                "killer": names[actor],
                "victim": names[target],
                "item": rules.ITEMS[item],
                "assists": [],
                "crown": 0,
                "killer_seat": actor,
                "victim_seat": target,
                "x": x,
                "y": y,
            }
        )
    return kills


class KillMatrix(ArenaFold):
    """Who killed whom how often; the diagonal is by one's own hand."""

    name = "kill_matrix"

    def __init__(self, match: Any, names: Names) -> None:
        super().__init__(match, names)
        self.kills = np.zeros((len(self.names), len(self.names)), np.int64)

    def fold(self, events: npt.NDArray[np.void], state: np.void) -> None:
        deaths = events[events["kind"] == rules.DEATH]
        np.add.at(self.kills, (deaths["actor"], deaths["target"]), 1)

    def result(self) -> Matrix:
        names = list(self.names)
        return Matrix("kills", names, names, self.kills.tolist(), row_title="by whom", column_title="who was killed")
