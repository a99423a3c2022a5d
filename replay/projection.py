"""Read models: folds over the events of a match, recorded or running, into what someone wants to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from replay.game import Events, Game, Match
from replay.playback import Playback


class Projection(Protocol):
    """One read model. Fold order is the tick order; nothing else may influence it.

    name, version: identify what `result()` means; bump the version when the same events fold to something else.
    """

    name: str
    version: int

    def observe(self, events: Events, match: Match) -> None:
        """Fold the next events; `match` is at the tick behind them. Called at every second of match time, even without events."""
        ...

    def result(self) -> Any:
        """The read model as it stands: plain data (JSON-able)."""
        ...


Factory = Callable[[Match, Sequence[str]], Projection]


def projections_of(game: Game) -> Mapping[str, Factory]:
    """The game's projections by name; each is made for a match at its first tick and the players' names."""
    return getattr(game, "projections", {})


def fold(playback: Playback, projections: Sequence[Projection], until: int | None = None) -> None:
    """Run `playback` on to tick `until` (default: its end) and let all `projections` observe it, in this one pass."""
    second = playback.game.ticks_per_second
    stop = playback.ticks if until is None else min(until, playback.ticks)
    while playback.tick < stop:
        events = playback.step(min(second - playback.tick % second, stop - playback.tick))
        for projection in projections:
            projection.observe(events, playback.match)
