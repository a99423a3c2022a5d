"""The lanes of a seek bar, and what is near one another in a lane as one cluster, as on a map."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from replay.watch.model.marks import Choice, MarkAt

_RARE = 2  # marks of a kind that is not worth a lane of its own
_MATTERS = 2  # the weight from which on a mark is in the upper one of two lanes
NEAR, WIDE = 9, 22  # pixels of the layout: marks that are nearer are one cluster; a cluster that is wider is two
HALF = 5.5  # pixels of the layout: half a mark


class Lane:
    """Some of the marks, in order. name: what to call it. kinds, player: whose lane it is; both empty where it is a mixture."""

    def __init__(self, name: str, marks: list[MarkAt], kinds: tuple[str, ...] = (), player: int | None = None) -> None:
        self.name, self.marks, self.kinds, self.player = name, marks, kinds, player
        self.ticks = np.array([mark.tick for mark in marks], np.int64)
        self._weights = np.array([mark.weight for mark in marks], np.int64)

    def cluster(self, first: int, stop: int) -> Cluster:
        """Marks `first` to `stop` as one, told by the weightiest."""
        return Cluster(self.marks[first + int(self._weights[first:stop].argmax())], tuple(self.marks[first:stop]))


class Cluster(NamedTuple):
    """Marks of a lane that are shown as one. mark: the weightiest, the first of those."""

    mark: MarkAt
    marks: tuple[MarkAt, ...]


class Spot(NamedTuple):
    """Where on the screen a cluster is: from `left` up to `right`, in pixels. Spots of a lane do not overlap."""

    left: int
    right: int
    cluster: Cluster


def kind_name(kind: str) -> str:
    """What people read."""
    return kind.replace("_", " ") or "markers"


def lanes_by_kind(marks: Sequence[MarkAt], room: int, choice: Choice) -> list[Lane]:
    """At most `room` lanes of the chosen marks, weighty kinds above. Kinds that are rare share the uppermost with the recording's
    own markers; where there are too many, the last lane is of those that one looks for."""
    counts = Counter(mark.kind for mark in marks)
    weights = {mark.kind: mark.weight for mark in marks}
    kinds = sorted((kind for kind in counts if kind), key=lambda kind: -weights[kind])
    rare = [*([""] if "" in counts else []), *(kind for kind in kinds if counts[kind] <= _RARE)]
    groups = [*([rare] if rare else []), *([kind] for kind in kinds if counts[kind] > _RARE)]
    if len(groups) > room:
        last = [kind for group in groups[room - 1 :] for kind in group]
        groups = [*groups[: room - 1], [kind for kind in last if weights[kind] >= _MATTERS] or last]
    chosen = [mark for mark in marks if choice.admits(mark)]
    return [
        Lane(", ".join(map(kind_name, group)), [mark for mark in chosen if mark.kind in group], tuple(group)) for group in groups
    ]


def lanes_by_player(marks: Sequence[MarkAt], names: Sequence[str], room: int, choice: Choice) -> list[Lane]:
    """A lane for each player, in seat order, above them one for what is about nobody. Where there is no room for all, the last one
    is of all others."""
    alone = len(names) if len(names) < room else max(room - 2, 0)
    parts: list[list[MarkAt]] = [[] for _ in range(alone + 2)]
    for mark in marks:
        if choice.admits(mark):
            for index in {min(player, alone) + 1 for player in mark.players} or {0}:
                parts[index].append(mark)
    lanes = [Lane("match", parts[0]), *(Lane(names[seat], parts[seat + 1], player=seat) for seat in range(alone))]
    others = len(names) - alone
    return [*lanes, Lane(f"{others} others", parts[-1])] if others else lanes


def lanes_together(marks: Sequence[MarkAt], choice: Choice) -> list[Lane]:
    """Two: what one looks for above, the rest below."""
    chosen = [mark for mark in marks if choice.admits(mark)]
    return [Lane("", [mark for mark in chosen if (mark.weight >= _MATTERS) is matters]) for matters in (True, False)]


def clusters(lane: Lane, first: float, last: float, pixels_per_tick: float, unit: float = 1.0) -> list[Cluster]:
    """What ticks first..last of a lane look like. unit: pixels of the screen for one of the layout. Which marks make a cluster does
    not depend on where the part begins that is shown."""
    xs = lane.ticks * pixels_per_tick
    if not len(xs):
        return []
    breaks = np.flatnonzero(np.diff(xs) >= NEAR * unit) + 1  # here one begins whatever came before
    before = int(breaks.searchsorted(lane.ticks.searchsorted(first), "right"))
    at, stop = int(breaks[before - 1]) if before else 0, int(lane.ticks.searchsorted(last, "right"))
    found, ends = [], [*breaks.tolist(), len(xs)]
    while at < stop:
        end = min(ends[bisect_right(ends, at)], max(int(xs.searchsorted(xs[at] + WIDE * unit)), at + 1))
        if lane.ticks[end - 1] >= first:
            found.append(lane.cluster(at, end))
        at = end
    return found


def spots(found: Sequence[Cluster], left: int, width: int, first: float, pixels_per_tick: float, unit: float = 1.0) -> list[Spot]:
    """Where clusters lie on a bar that begins at x `left` with tick `first`: each as wide as its marks, up to the next one, and
    inside the bar."""
    half, right = HALF * unit, left + width
    begins = [max(left + (each.marks[0].tick - first) * pixels_per_tick - half, left) for each in found]
    if not found:
        return []
    # At the right edge there is room for a whole mark too.
    begins[-1] = max(min(begins[-1], right - 2 * half), begins[-2] + 1 if len(begins) > 1 else left)
    placed: list[Spot] = []
    for begin, following, each in zip(begins, [*begins[1:], right], found, strict=True):
        end = max(left + (each.marks[-1].tick - first) * pixels_per_tick + half + 1, begin + 2 * half)
        place = round(begin), round(min(end, following, right))
        placed.append(Spot(place[0], max(place[1], place[0] + 1), each))
    return placed


def meant(cluster: Cluster, tick: float, reach_ticks: float) -> MarkAt:
    """The mark of a cluster that one means by pointing at a tick: of those in reach the weightiest, else the nearest."""
    near = [mark for mark in cluster.marks if abs(mark.tick - tick) <= reach_ticks]
    if near:
        return max(near, key=lambda mark: (mark.weight, -abs(mark.tick - tick)))
    return min(cluster.marks, key=lambda mark: abs(mark.tick - tick))
