"""Does a recording still happen? Re-simulated from tick 0. Nothing derived is believed: hashes, snapshots and result are claims."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import xxhash

from replay.core.encoding import changes
from replay.core.errors import CutError, FormatError, ReplayError, UsageError
from replay.core.events import event_dicts
from replay.core.game import Events, Game, Inputs, Match, find_game, random_draws, result_of, state_hash, state_record
from replay.core.playback import start_match
from replay.core.recording import Recording, Span

CONTEXT_SECONDS = 2
FIELDS_NAMED = 64


class Verdict(StrEnum):
    OK = "ok"
    DIVERGED = "diverged"
    INCOMPLETE = "incomplete"  # sound as far as it goes, but it has no end
    UNREADABLE = "unreadable"
    UNVERIFIABLE = "unverifiable"  # other rules, other content, game not installed, over the budget


@dataclass(frozen=True)
class FieldDifference:
    """A field of the state that differs: `players[2].health`. None where one of the two states has no such field."""

    path: str
    recorded: int | float | str | None
    computed: int | float | str | None


@dataclass
class Verification:
    """What came out of verifying one recording. A divergence and bad bytes are values here, not exceptions.

    start_tick: where re-simulation began; the state there is the recording's own snapshot unless it is 0.
    ticks: the tick up to which everything agreed.
    hashes_compared: full state hashes; 0 means that nothing was proved.
    first_bad_tick: the first state that differs from its recorded digest (1 time in 256 the one after: 8 bits can agree by chance).
    last_good_tick: the last state proved equal.
    field_tick, fields: the next recorded snapshot behind the first bad tick, and where it differs from the state computed here.
    recorded_state, computed_state: the two states of that tick.
    inputs, events: what the players did and what followed from it (computed here) around the first bad tick.
    random_draws: random numbers drawn, if the game counts them: `first_bad_tick` by the step into that tick; `recorded` and
        `computed` from the last good tick to `field_tick`.
    reference_tick, reference_fields, reference_note: what another environment says; see `replay.prove.reference`.
    result, final_hash: what came out at the last tick, as computed here; None unless it was reached.
    receipt: what the sandbox attests of it; see `replay.prove.sandbox`.
    seconds: how long it took.
    """

    path: Path
    verdict: Verdict
    message: str = ""
    hint: str = ""
    game: str = ""
    rules: int | None = None
    start_tick: int = 0
    ticks: int = 0
    ticks_per_second: int = 0
    hashes_compared: int = 0
    first_bad_tick: int | None = None
    last_good_tick: int | None = None
    field_tick: int | None = None
    fields: list[FieldDifference] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    random_draws: dict[str, int] = field(default_factory=dict)
    recorded_state: bytes | None = field(default=None, repr=False)
    computed_state: bytes | None = field(default=None, repr=False)
    reference_tick: int | None = None
    reference_fields: list[FieldDifference] = field(default_factory=list)
    reference_note: str = ""
    result: dict[str, Any] | None = None
    final_hash: int | None = None
    receipt: dict[str, Any] | None = field(default=None, repr=False)
    seconds: float = 0.0

    @property
    def is_ok(self) -> bool:
        return self.verdict is Verdict.OK


class _DivergedError(Exception):
    """The re-simulation and the recording part here."""


class _OverBudgetError(Exception):
    """More work than the caller allowed."""


def verify(
    path: str | os.PathLike[str],
    game: Game | None = None,
    *,
    every_tick: bool = False,
    start: int = 0,
    stop: int | None = None,
    budget_ticks: int | None = None,
    budget_seconds: float | None = None,
    claimed_result: bool = True,
    progress: Callable[[int, int], object] | None = None,
) -> Verification:
    """Re-simulate a recording and compare every second's state hash, every snapshot, the seal and the result.

    game: the rules to use; by default the installed game that the recording names.
    every_tick: compare the digest of every tick on the way too; finds nothing that the hashes do not, except an edited digest.
    start: begin at the recording's own snapshot at or before this tick, and believe it. stop: end with the chunk that holds it.
    budget_ticks, budget_seconds: give up beyond this much work (looked at once per chunk): for files of strangers.
    claimed_result: compare the result that the recorder sealed with the computed one.
    progress: called with (ticks done, ticks in all) about once per ten seconds of match time.

    Raises OSError if the file cannot be opened, UsageError for a start or stop outside of it; everything else is in the
    returned value.
    """
    path, began = Path(path), time.perf_counter()
    try:
        with Recording(path) as recording:
            verifier = _Verifier(recording, game, every_tick, progress)
            verifier.limit(start, stop, budget_ticks, budget_seconds)
            verifier.claimed_result = claimed_result
            found = verifier.run()
    except UsageError:
        raise
    except CutError as error:
        found = Verification(path, Verdict.INCOMPLETE, str(error), error.hint)
    except FormatError as error:
        found = Verification(path, Verdict.UNREADABLE, str(error), error.hint)
    except ReplayError as error:  # other rules, or a game that is not installed or does not load
        found = Verification(path, Verdict.UNVERIFIABLE, str(error), error.hint)
    found.seconds = time.perf_counter() - began
    return found


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
        self.stop = recording.ticks
        self.budget_ticks: int | None = None
        self.deadline: float | None = None
        self.claimed_result = True
        self.version = 0
        self.before = np.zeros(len(header.players), header.input_dtype)
        self.good = (0, self.match.save())
        self.found = Verification(
            recording.path, Verdict.OK, game=header.game, rules=header.rules, ticks_per_second=header.ticks_per_second
        )

    def limit(self, start: int, stop: int | None, budget_ticks: int | None, budget_seconds: float | None) -> None:
        """Verify only a part, or only so much."""
        ticks = self.recording.ticks
        self.stop = ticks if stop is None else stop
        if not 0 <= start <= self.stop <= ticks:
            raise UsageError(f"ticks {start}..{self.stop} are not inside 0..{ticks} of {self.recording.path.name}")
        self.budget_ticks = budget_ticks
        self.deadline = None if budget_seconds is None else time.monotonic() + budget_seconds
        usable = [tick for tick in self.recording.snapshot_ticks if tick <= start]
        if start and usable and usable[-1]:
            state = self.recording.snapshot(usable[-1])
            try:
                self.match.load(state)
            except ValueError as error:
                raise FormatError(
                    f"the snapshot of tick {usable[-1]} is no state of this match: {error}", "verify all of it"
                ) from error
            self.tick = self.found.start_tick = usable[-1]
            self.good = (self.tick, state)

    def run(self) -> Verification:
        found, damage = self.found, self.recording.damage
        try:
            if self.tick == 0:
                self._check_snapshot(self.good[1])
            for span in self.recording.spans(self.tick) if self.tick < self.stop else ():
                self._run_span(span)
                if self.tick >= self.stop:
                    break
            if self.tick == self.recording.ticks:
                found.final_hash, found.result = state_hash(self.match), result_of(self.match)
                self._check_end()
        except _DivergedError as divergence:
            found.verdict, found.message = Verdict.DIVERGED, str(divergence)
            found.last_good_tick = self.good[0]
            if found.first_bad_tick is None and self.good[0] < self.recording.ticks:
                self._locate()
            self._describe()
        except _OverBudgetError as over:
            found.verdict, found.message = Verdict.UNVERIFIABLE, str(over)
            found.hint = f"ticks 0-{self.good[0]} of {self.recording.ticks} agreed; allow more to know the rest"
        except FormatError as error:  # the checksums held, what is inside did not
            found.verdict, found.message, found.hint = Verdict.UNREADABLE, f"behind tick {self.tick}: {error}", error.hint
        else:
            self._judge(damage)
        found.ticks = self.good[0]
        return found

    def _judge(self, damage: FormatError | None) -> None:
        """Nothing differed: what is that worth?"""
        found = self.found
        if damage is not None and self.tick == self.recording.ticks:
            found.verdict = Verdict.INCOMPLETE if isinstance(damage, CutError) else Verdict.UNREADABLE
            found.message, found.hint = str(damage), damage.hint
        elif not found.hashes_compared:
            found.verdict, found.message = Verdict.UNVERIFIABLE, "holds no hash to compare with"
        elif found.start_tick or self.tick < self.recording.ticks:
            found.message = f"only ticks {found.start_tick}-{self.tick} of {self.recording.ticks}"
            found.message += f", believing the snapshot of tick {found.start_tick}" if found.start_tick else ""

    def _check_budget(self, ticks: int) -> None:
        if self.budget_ticks is not None and self.tick + ticks - self.found.start_tick > self.budget_ticks:
            raise _OverBudgetError(f"takes more than the {self.budget_ticks:,} ticks allowed")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise _OverBudgetError("takes longer than allowed")

    def _run_span(self, span: Span) -> None:
        self._check_budget(len(span.rows))
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
        except MemoryError:
            raise _OverBudgetError("takes more memory than there is") from None
        except Exception as error:
            raise _DivergedError(f"the rules raised {type(error).__name__}: {error}") from error

    def _check_snapshot(self, saved: bytes) -> None:
        if self.recording.has_snapshot(self.tick) and self.recording.snapshot(self.tick) != saved:
            self.found.first_bad_tick = self.tick
            self._name_fields()
            raise _DivergedError(
                "the match starts differently" if self.tick == 0 else f"the snapshot of tick {self.tick} is not its state"
            )

    def _name_fields(self) -> None:
        found = self.found
        found.field_tick = self.tick
        found.recorded_state, found.computed_state = self.recording.snapshot(self.tick), self.match.save()
        recorded = state_record(self.match, found.recorded_state)
        computed = state_record(self.match, found.computed_state)
        if recorded is not None and computed is not None:
            found.fields = list(islice(differences(recorded, computed), FIELDS_NAMED))

    def _check_end(self) -> None:
        end = self.recording.end
        if end is None:
            return
        saved = self.match.save()
        if end.hash != xxhash.xxh3_64_intdigest(saved):
            raise _DivergedError("the final state differs from the sealed one")
        self.found.hashes_compared += 1
        self.good = (self.tick, saved)
        if end.version != self.version and not self.found.start_tick:
            raise _DivergedError(f"the seal claims {end.version} input events; there are {self.version}")
        if self.claimed_result and end.result is not None and end.result != self.found.result:
            raise _DivergedError(f"the claimed result differs: recorded {end.result}, computed {self.found.result}")

    def _locate(self) -> None:
        """From the last good state tick by tick: the first digest that differs, the events around it, and the fields that differ at
        the next recorded snapshot."""
        found, context = self.found, CONTEXT_SECONDS * self.recording.header.ticks_per_second
        self.tick, state = self.good
        self.match.load(state)
        recent: deque[Events] = deque(maxlen=2 * context)
        until = self._next_snapshot()
        try:
            for row, recorded in self._ticks():
                drawn = random_draws(self.match)
                events = self._advance(row)
                self.tick += 1
                if found.first_bad_tick is None:
                    if self._agrees(*recorded):
                        found.last_good_tick = self.tick
                    else:
                        found.first_bad_tick = self.tick
                        self._count_draws("first_bad_tick", drawn, self.match)
                        until = self._next_snapshot()
                if found.first_bad_tick is None or self.tick <= found.first_bad_tick + context:
                    recent.append(events)
                elif until is None:
                    break
                if found.first_bad_tick is not None and self.tick == until:
                    self._name_fields()
                    break
        except _DivergedError:  # the rules raised
            found.first_bad_tick = found.first_bad_tick or self.tick + 1
        finally:
            found.events = [event for events in recent for event in event_dicts(self.game, events)]

    def _next_snapshot(self) -> int | None:
        return next((tick for tick in self.recording.snapshot_ticks if tick >= self.tick), None)

    def _ticks(self) -> Iterator[tuple[Inputs, tuple[Span, int]]]:
        for span in self.recording.spans(self.tick):
            for index in range(self.tick - span.first_tick, len(span.rows)):
                yield span.rows[index : index + 1], (span, index)

    def _describe(self) -> None:
        """What surrounds a divergence that has been located."""
        found, context = self.found, CONTEXT_SECONDS * self.recording.header.ticks_per_second
        bad = found.first_bad_tick
        if bad is None:
            if self.good[0] < self.recording.ticks:
                found.hint = (
                    f"run again from the good state of tick {self.good[0]}, it agreed: the rules do not repeat themselves. "
                )
                found.hint += f"See replay check {found.game}"
            return
        start, stop = max(bad - context, 0), min(bad + context, self.recording.ticks)
        for tick, player, row in self.recording.input_events(start, stop):
            found.inputs.append({"tick": tick, "player": player, **dict(zip(row.dtype.names, row.item(), strict=True))})
        if found.recorded_state is not None and found.computed_state is not None:
            for name, state in (("recorded", found.recorded_state), ("computed", found.computed_state)):
                self._count_draws(name, self._draws_in(self.good[1]), self.match, state)

    def _draws_in(self, state: bytes) -> int | None:
        try:
            self.match.load(state)
        except ValueError:  # a claim that is no state of this match
            return None
        return random_draws(self.match)

    def _count_draws(self, name: str, before: int | None, match: Match, state: bytes | None = None) -> None:
        now = random_draws(match) if state is None else self._draws_in(state)
        if before is not None and now is not None:
            self.found.random_draws[name] = now - before

    def _agrees(self, span: Span, index: int) -> bool:
        computed = state_hash(self.match)
        if span.hash is not None and index == len(span.rows) - 1:
            return computed == span.hash
        return not span.digests or computed & 0xFF == span.digests[index]


def differences(recorded: Any, computed: Any, path: str = "") -> Iterator[FieldDifference]:
    """Every leaf field in which two records differ, in the order of the dtype. Fields that only one of them has differ."""
    if recorded.shape != computed.shape or (recorded.dtype.names is None) != (computed.dtype.names is None):
        yield FieldDifference(path, str(recorded), str(computed))
    elif recorded.shape:
        for index in np.ndindex(recorded.shape):
            yield from differences(recorded[index], computed[index], f"{path}[{','.join(map(str, index))}]")
    elif recorded.dtype.names:
        for name in dict.fromkeys((*recorded.dtype.names, *computed.dtype.names)):
            inner = f"{path}.{name}" if path else name
            if name in recorded.dtype.names and name in computed.dtype.names:
                yield from differences(recorded[name], computed[name], inner)
            else:
                here = [str(record[name]) if name in record.dtype.names else None for record in (recorded, computed)]
                yield FieldDifference(inner, *here)
    elif recorded != computed:
        yield FieldDifference(path, recorded.item(), computed.item())
