"""Does a recording still happen? Re-simulated from tick 0. Nothing derived is believed: hashes, snapshots and result are claims."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import xxhash

from replay.errors import CutError, FormatError, ReplayError, UnverifiableError
from replay.events import event_dicts
from replay.game import Events, Game, Inputs, find_game, result_of, state_hash, state_record
from replay.playback import start_match
from replay.recording import Recording, Span, changes

CONTEXT_SECONDS = 2
FIELDS_NAMED = 64


class Verdict(StrEnum):
    OK = "ok"
    DIVERGED = "diverged"
    INCOMPLETE = "incomplete"  # sound as far as it goes, but it has no end
    UNREADABLE = "unreadable"
    UNVERIFIABLE = "unverifiable"  # other rules, other content, game not installed


@dataclass(frozen=True)
class FieldDifference:
    """A field of the state that differs: `players[2].health`."""

    path: str
    recorded: int | float | str
    computed: int | float | str


@dataclass
class Verification:
    """What came out of verifying one recording. A divergence and bad bytes are values here, not exceptions.

    ticks: how many ticks were re-simulated and agreed.
    hashes_compared: full state hashes; 0 means that nothing was proved.
    first_bad_tick: the first state that differs from its recorded digest (1 time in 256 the one after: 8 bits can agree by chance).
    last_good_tick: the last state proved equal.
    field_tick, fields: the next recorded snapshot behind the first bad tick, and where it differs from the state computed here.
    events: the derived events around the first bad tick.
    """

    path: Path
    verdict: Verdict
    message: str = ""
    hint: str = ""
    game: str = ""
    rules: int | None = None
    ticks: int = 0
    ticks_per_second: int = 0
    hashes_compared: int = 0
    first_bad_tick: int | None = None
    last_good_tick: int | None = None
    field_tick: int | None = None
    fields: list[FieldDifference] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        return self.verdict is Verdict.OK


class _DivergedError(Exception):
    """The re-simulation and the recording part here."""


def verify(
    path: str | os.PathLike[str],
    game: Game | None = None,
    *,
    every_tick: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> Verification:
    """Re-simulate a recording and compare every second's state hash, every snapshot, the seal and the result.

    game: the rules to use; by default the installed game that the recording names.
    every_tick: compare the digest of every tick on the way too; finds nothing that the hashes do not, except an edited digest.
    progress: called with (ticks done, ticks in all) about once per ten seconds of match time.

    Raises OSError if the file cannot be opened; everything else is in the returned value.
    """
    path = Path(path)
    try:
        with Recording(path) as recording:
            return _Verifier(recording, game, every_tick, progress).run()
    except UnverifiableError as error:
        return Verification(path, Verdict.UNVERIFIABLE, str(error), error.hint)
    except CutError as error:
        return Verification(path, Verdict.INCOMPLETE, str(error), error.hint)
    except ReplayError as error:
        return Verification(path, Verdict.UNREADABLE, str(error), error.hint)


class _Verifier:
    def __init__(
        self, recording: Recording, game: Game | None, every_tick: bool, progress: Callable[[int, int], object] | None
    ) -> None:
        header = recording.header
        self.recording = recording
        self.game = find_game(header.game) if game is None else game
        self.every_tick = every_tick
        self.progress = progress or (lambda done, total: None)
        self.match = start_match(self.game, header)
        self.tick = 0
        self.version = 0
        self.before = np.zeros(len(header.players), header.input_dtype)
        self.good = (0, self.match.save())
        self.found = Verification(
            recording.path, Verdict.OK, game=header.game, rules=header.rules, ticks_per_second=header.ticks_per_second
        )

    def run(self) -> Verification:
        found, damage = self.found, self.recording.damage
        try:
            self._check_snapshot(self.good[1])
            for span in self.recording.spans():
                self._run_span(span)
            self._check_end()
        except _DivergedError as divergence:
            found.verdict, found.message = Verdict.DIVERGED, str(divergence)
            found.last_good_tick = self.good[0]
            if found.first_bad_tick is None and self.good[0] < self.recording.ticks:
                self._locate()
        except FormatError as error:  # the checksums held, what is inside did not
            found.verdict, found.message, found.hint = Verdict.UNREADABLE, f"behind tick {self.tick}: {error}", error.hint
        else:
            if damage is not None:
                found.verdict = Verdict.INCOMPLETE if isinstance(damage, CutError) else Verdict.UNREADABLE
                found.message, found.hint = str(damage), damage.hint
            elif not found.hashes_compared:
                found.verdict, found.message = Verdict.UNVERIFIABLE, "holds no hash to compare with"
        found.ticks = self.good[0]
        return found

    def _run_span(self, span: Span) -> None:
        if self.every_tick and span.digests:
            for index in range(len(span.rows)):
                self._advance(span.rows[index : index + 1])
                if state_hash(self.match) & 0xFF != span.digests[index]:
                    raise _DivergedError("the digest of a tick differs")
        else:
            self._advance(span.rows)
        saved = self.match.save()
        computed = xxhash.xxh3_64_intdigest(saved)
        if span.hash not in (computed, None) or span.digests[-1:] not in (bytes([computed & 0xFF]), b""):
            raise _DivergedError("the state differs from the recorded one")
        self.version += int(np.count_nonzero(changes(span.rows, self.before)))
        self.before = span.rows[-1]
        self.tick = span.first_tick + len(span.rows)
        if span.hash is not None:
            self.found.hashes_compared += 1
            self.good = (self.tick, saved)
        self._check_snapshot(saved)
        if self.tick % self.recording.header.group_ticks == 0:
            self.progress(self.tick, self.recording.ticks)

    def _advance(self, rows: Inputs) -> Events:
        try:
            return self.match.advance(rows)
        except Exception as error:
            raise _DivergedError(f"the rules raised {type(error).__name__}: {error}") from error

    def _check_snapshot(self, saved: bytes) -> None:
        if self.tick in self.recording.snapshot_ticks and self.recording.snapshot(self.tick) != saved:
            self.found.first_bad_tick = self.tick
            self._name_fields()
            raise _DivergedError(
                "the match starts differently" if self.tick == 0 else f"the snapshot of tick {self.tick} is not its state"
            )

    def _name_fields(self) -> None:
        self.found.field_tick = self.tick
        recorded = state_record(self.match, self.recording.snapshot(self.tick))
        computed = state_record(self.match)
        if recorded is not None and computed is not None:
            self.found.fields = list(islice(differences(recorded, computed), FIELDS_NAMED))

    def _check_end(self) -> None:
        end = self.recording.end
        if end is None:
            return
        saved = self.match.save()
        if end.hash != xxhash.xxh3_64_intdigest(saved):
            raise _DivergedError("the final state differs from the sealed one")
        self.found.hashes_compared += 1
        self.good = (self.tick, saved)
        if end.version != self.version:
            raise _DivergedError(f"the seal claims {end.version} input events; there are {self.version}")
        if end.result != (result := result_of(self.match)):
            raise _DivergedError(f"the claimed result differs: recorded {end.result}, computed {result}")

    def _locate(self) -> None:
        """From the last good state tick by tick: the first digest that differs, the events around it, and the fields that differ at
        the next recorded snapshot."""
        found, context = self.found, CONTEXT_SECONDS * self.recording.header.ticks_per_second
        self.tick, state = self.good
        self.match.load(state)
        recent: deque[Events] = deque(maxlen=2 * context)
        try:
            for span in self.recording.spans(self.tick):
                for index in range(self.tick - span.first_tick, len(span.rows)):
                    events = self._advance(span.rows[index : index + 1])
                    self.tick += 1
                    if found.first_bad_tick is None:
                        if self._agrees(span, index):
                            found.last_good_tick = self.tick
                        else:
                            found.first_bad_tick = self.tick
                    if found.first_bad_tick is None or self.tick <= found.first_bad_tick + context:
                        recent.append(events)
                    if found.first_bad_tick is not None and self.tick in self.recording.snapshot_ticks:
                        self._name_fields()
                        return
        except _DivergedError:  # the rules raised
            found.first_bad_tick = found.first_bad_tick or self.tick + 1
        finally:
            found.events = [event for events in recent for event in event_dicts(self.game, events)]

    def _agrees(self, span: Span, index: int) -> bool:
        computed = state_hash(self.match)
        if span.hash is not None and index == len(span.rows) - 1:
            return computed == span.hash
        return not span.digests or computed & 0xFF == span.digests[index]


def differences(recorded: Any, computed: Any, path: str = "") -> Iterator[FieldDifference]:
    """Every leaf field in which two records of the same dtype differ, in the order of the dtype."""
    if recorded.shape:
        for index in np.ndindex(recorded.shape):
            yield from differences(recorded[index], computed[index], f"{path}[{','.join(map(str, index))}]")
    elif recorded.dtype.names:
        for name in recorded.dtype.names:
            yield from differences(recorded[name], computed[name], f"{path}.{name}" if path else name)
    elif recorded != computed:
        yield FieldDifference(path, recorded.item(), computed.item())
