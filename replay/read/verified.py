"""Projections folded over a match while it is verified: one simulation proves it and gives all that is counted of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from replay.core.errors import MachineError
from replay.core.game import Events, Game, Match, abilities_of
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.verify import Verdict, Verification, verify, verify_open
from replay.read.projection import Folding, Projection, projections_of
from replay.read.readmodel import Table

Look = Callable[[Events, Match], object]


class VerifiedFold:
    """The projections of a game, and others, for one match. A projection that stumbles over a stranger's inputs ends the folding,
    not the verifying.

    is_wanted: told by what it results in, before anything happens, whether a projection of the game is folded. Default: all are.
    has_stumbled: there are no results. is_machine: and it was the machine that failed, not a projection.
    """

    def __init__(
        self,
        game: Game,
        names: Sequence[str],
        others: Sequence[Projection] = (),
        is_wanted: Callable[[Any], bool] | None = None,
    ) -> None:
        self.has_stumbled = self.is_machine = False
        self.projections: dict[str, Projection] = {}
        self.game, self._names, self._others, self._is_wanted = game, names, others, is_wanted
        self._folding = Folding([], abilities_of(game))
        self._match: Match | None = None

    def verify(self, recording: Recording) -> Verification:
        """The verification of all of it. What was folded counts only if `is_counted` says so."""
        second = recording.header.ticks_per_second
        if recording.header.chunk_ticks == second and recording.start_tick % second == 0:
            return verify_open(recording, self.game, self._begin)
        verification = verify(recording.path, self.game)
        if verification.result is not None:
            playback = Playback(self.game, recording, use_snapshots=False)
            self._begin(playback.match)
            while not playback.at_end:
                self._folding.advance(playback, min(playback.tick - playback.tick % second + second, playback.ticks))
        return verification

    def results(self) -> dict[str, Any]:
        """What each of the game's projections says after the last tick. Whoever asks does so inside `stumbling`."""
        assert self._match is not None
        self._folding.catch_up(self._match)
        return {name: projection.result() for name, projection in self.projections.items()}

    @contextmanager
    def stumbling(self) -> Iterator[None]:
        """What projections raise inside is noted, and goes no further."""
        try:
            yield
        except MachineError:
            self.has_stumbled = self.is_machine = True
        except Exception:
            self.has_stumbled = True

    def _begin(self, match: Match) -> tuple[Look, Look | None]:
        with self.stumbling():
            made = {name: make(match, self._names) for name, make in projections_of(self.game).items()}
            wanted = self._is_wanted
            self.projections = {name: each for name, each in made.items() if wanted is None or wanted(each.result())}
            self._folding = _Stumbling(self, [*self.projections.values(), *self._others])
        self._match = match
        return self._folding.observe, self._folding.look if self._folding.is_looking else None


class _Stumbling(Folding):
    """Projections of which one may stumble: then none is told any more."""

    def __init__(self, fold: VerifiedFold, projections: Sequence[Projection]) -> None:
        super().__init__(projections, abilities_of(fold.game))
        self._fold = fold

    def look(self, events: Events, match: Match) -> None:
        if not self._fold.has_stumbled:
            with self._fold.stumbling():
                super().look(events, match)

    def observe(self, events: Events, match: Match) -> None:
        if not self._fold.has_stumbled:
            with self._fold.stumbling():
                super().observe(events, match)


def is_counted(verification: Verification) -> bool:
    """Whether a match agrees with its recording as far as that goes, so that what it computes may be counted."""
    return verification.is_ok or (verification.verdict is Verdict.INCOMPLETE and verification.result is not None)


def is_of_players(result: Any) -> bool:
    """Whether a result of a projection is a table with a row for each player, in seat order."""
    return isinstance(result, Table) and result.player is not None


def player_numbers(results: Mapping[str, Any], result: Any, players: int) -> dict[tuple[int, str], int | float]:
    """By seat and name, every number in the results that are of players, and in `players` of the game's own
    result, in which anything may be. What two tables call by the same name is taken from the first."""
    tables: list[Any] = [each.rows for each in results.values() if is_of_players(each)]
    numbers: dict[tuple[int, str], int | float] = {}
    for table in [*tables, result]:
        if isinstance(table, Sequence) and len(table) == players and all(isinstance(row, Mapping) for row in table):
            for seat, row in enumerate(table):
                for name, value in _flat(row):
                    numbers.setdefault((seat, name.lower()), value)
    return numbers


def _flat(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, int | float]]:
    for name, value in row.items():
        if isinstance(value, Mapping) and not prefix:
            yield from _flat(value, f"{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield f"{prefix}{name}", value
