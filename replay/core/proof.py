"""A whole recording of a compiled game, proved while it is read: one call of the library for each chunk, and no numpy.

It compares what `Verifier` compares: every digest, hash, snapshot and claim. But it can say only one thing, that all of it agrees.
Whatever else there is - a divergence, damage, other rules, a game without a library - is left to the verifier, which says what.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from replay.core import format as fmt
from replay.core.derived import fits
from replay.core.errors import ReplayError
from replay.core.installed import find_game
from replay.core.records import CRASHED, Header, InputChunk, Snapshot, difference
from replay.core.scanned import Place, ScannedFile

if TYPE_CHECKING:
    from replay.core.game import Game


class Proof(NamedTuple):
    """All of a recording agrees. See `replay.core.verdict.Verification`, whose fields these are."""

    header: Header
    ticks: int
    hashes_compared: int
    digests_compared: int
    notes: list[str]
    result: dict[str, Any]
    final_hash: int


class _UndecidedError(Exception):
    """It takes the verifier to tell."""


def proved(path: str | os.PathLike[str], game: Game | None, progress: Callable[[int, int], object] | None) -> Proof | None:
    """The proof of a recording that is complete and right; None if that takes a longer look. Raises OSError."""
    try:
        with _ProvedFile(path, game, progress) as file:
            return file.proof()
    except (_UndecidedError, ReplayError):
        return None


class _ProvedFile(ScannedFile):
    def __init__(self, path: str | os.PathLike[str], game: Game | None, progress: Callable[[int, int], object] | None) -> None:
        self._game, self._progress = game, progress
        self._whole: tuple[int, bytes] | None = None  # the last snapshot that is not a difference
        self._hashes = self._digests = self._version = 0
        super().__init__(path)

    def _read_header(self) -> tuple[Header, int, int]:
        header, offset, check = super()._read_header()
        game = find_game(header.game) if self._game is None else self._game
        if (
            (game.name, game.rules, game.ticks_per_second) != (header.game, header.rules, header.ticks_per_second)
            or not header.proves_events
            or header.start_tick
            or header.proof_ticks != 1
        ):
            raise _UndecidedError
        try:  # the config comes from a file; what a game makes of nonsense, the verifier says
            self._match: Any = game.new_match(header.seed, len(header.players), dict(header.config))
            if not fits(self._match, "prover", "advance", "save") or getattr(self._match, "proof", None) is not None:
                raise _UndecidedError
            self._prover = self._match.prover(header.chunk_ticks)
        except (Exception, SystemExit):
            raise _UndecidedError from None
        if self._prover.input_fields != header.input_fields or any(kind[0] == "f" for _, kind in header.input_fields):
            raise _UndecidedError
        self._first_hash = self._prover.hash()
        self._width = header.row_bytes * len(header.players)
        return header, offset, check

    def _take_inputs(self, part: InputChunk, place: Place) -> None:
        super()._take_inputs(part, place)
        prover, ticks = self._prover, part.tick_count
        if part.commands or len(part.digests) != ticks:
            raise _UndecidedError
        planes = fmt.inflate(part.encoded, ticks * self._width)
        begins_group = part.first_tick % self.header.group_ticks == 0
        if prover.chunk(planes, ticks, begins_group, part.digests) != ticks:
            raise _UndecidedError
        if part.hash not in (prover.state_hash, None) or part.events_hash not in (prover.events_hash, None):
            raise _UndecidedError
        if part.input_events != prover.input_events:
            raise _UndecidedError
        self._hashes += part.hash is not None
        self._digests += ticks
        self._version += prover.input_events
        if self._progress is not None and self.ticks % self.header.group_ticks == 0:  # how many there are, the end alone will say
            size = max(self.file_bytes(), place.end)
            self._progress(self.ticks, self.ticks * size // place.end)

    def _take_snapshot(self, snapshot: Snapshot, place: Place) -> None:
        super()._take_snapshot(snapshot, place)
        state = fmt.inflate(snapshot.data, snapshot.size)
        if snapshot.base is None:
            self._whole = snapshot.tick, state
        elif self._whole is None or self._whole[0] != snapshot.base:
            raise _UndecidedError
        else:
            state = difference(state, self._whole[1])
        if state != self._match.save():
            raise _UndecidedError

    def proof(self) -> Proof:
        """Raises _UndecidedError where the end or what is claimed there is not as it should be."""
        end, prover = self.end, self._prover
        if end is None or self.damage is not None or end.how == CRASHED or not self.ticks:
            raise _UndecidedError
        try:
            result = dict(self._match.result())
        except (Exception, SystemExit):
            raise _UndecidedError from None
        claims = (end.hash in (prover.state_hash, None), end.events_hash in (prover.events_hash, None))
        if not all(claims) or end.version != self._version or (end.result is not None and end.result != result):
            raise _UndecidedError
        hashes = self._hashes + (end.hash is not None)
        if not hashes:
            raise _UndecidedError
        if self._progress is not None:
            self._progress(self.ticks, self.ticks)
        header = self.header
        notes = doubts(header, self._version, prover.state_hash == self._first_hash)
        return Proof(header, self.ticks, hashes, self._digests, notes, result, prover.state_hash)


def doubts(header: Header, version: int, changed_nothing: bool) -> list[str]:
    """What makes a proof worth less than it looks. version: how many input events there were. changed_nothing: whether the last
    state is the first one."""
    notes = [] if version else ["no input ever changed: little was proved"]
    notes += ["the last state is the first one: little was proved"] if changed_nothing else []
    return notes + ([] if header.proves_events else ["format 1: its events are not proved"])
