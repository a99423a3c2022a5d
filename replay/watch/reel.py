"""What is shown in pictures or a film, one after the other: a stretch of the match, or its best moments."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from replay.core.errors import ReplayError, UsageError
from replay.core.playback import Playback
from replay.read.projection import highlights
from replay.watch.model.highlights import Moment, moments_of
from replay.watch.model.session import Session

AROUND_SECONDS = 4  # before and after a moment


class Shot(NamedTuple):
    """A picture of a film. time: in ticks. is_cut: it does not go on from the picture before. caption: what it tells."""

    time: float
    is_cut: bool = False
    caption: str = ""


def stretch_shots(first: int, last: int, step: float) -> list[Shot]:
    """Every `step` ticks a picture, up to `last`."""
    return [Shot(first + index * step, not index) for index in range(int((last - first) / step) + 1)]


def best_moments(session: Session, first: int, last: int, most: int) -> list[Moment]:
    """The `most` moments of ticks `first` to `last` that are most worth seeing, in the order of the match.

    Raises UsageError for a game that names none, ReplayError if there was none.
    """
    playback = Playback(session.game, session.recording)
    table = highlights(playback, last)
    if table is None:
        raise UsageError(f"{session.game.name} names no highlights", "choose a part of the match with --from and --to")
    within = [moment for moment in moments_of(table) if first <= moment.tick <= last]
    if not within:
        raise ReplayError("nothing happened that would be a highlight", "choose a part of the match with --from and --to")
    return sorted(sorted(within, key=lambda moment: -moment.worth)[:most])


def reel_shots(moments: list[Moment], first: int, last: int, step: float, ticks_per_second: int) -> list[Shot]:
    """Some seconds around each moment, under its title. What overlaps is shown once; half-way to the next its title comes."""
    around = AROUND_SECONDS * ticks_per_second
    starts = [max(moment.tick - around, first) for moment in moments]
    stops = [min(moment.tick + around, last) for moment in moments]
    for index, (one, other) in enumerate(pairwise(moments)):
        if starts[index + 1] <= stops[index]:
            stops[index] = starts[index + 1] = (one.tick + other.tick) // 2
    shots: list[Shot] = []
    for moment, start, stop in zip(moments, starts, stops, strict=True):
        part = stretch_shots(start, stop, step)
        is_cut = not shots or start > shots[-1].time + step
        shots += [
            shot._replace(caption=moment.title, is_cut=shot.is_cut and is_cut)
            for shot in part
            if not shots or is_cut or shot.time > shots[-1].time
        ]
    return shots
