"""The straight run: one match, one set of inputs, tick by tick. What all checks compare with."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from replay.core.divergence import differences
from replay.core.fields import fields_of
from replay.core.format import MAX_STATE_BYTES
from replay.core.game import Config, Events, Game, Match, abilities_of, result_of, state_record
from replay.core.happened import hashed_by_tick
from replay.core.plain import pack_sorted, plain
from replay.prove.conformance.given import Given, arguments, given, played, random_inputs, turned_over
from replay.prove.conformance.processes import within
from replay.prove.conformance.promises import Conformance

_FIELDS_NAMED = 3


class BrokenError(Exception):
    """A promise does not hold."""

    def __init__(self, message: str, tick: int | None = None, field: str = "") -> None:
        super().__init__(message)
        self.tick, self.field = tick, field


class SkippedError(Exception):
    """A check that cannot run here."""


class Straight:
    """One game, its match and what that is given. states: those of the straight run that are compared, by tick: all of 0..ticks, or
    of a game whose proofs are dear every `proof_ticks`. events: (tick, hash) of each tick that has some. result: at the end."""

    def __init__(
        self, game: Game, seed: int, players: int, config: Config, inputs: Given | None, ticks: int, stall_seconds: float
    ) -> None:
        self.game, self.seed, self.players, self.config, self.stall_seconds = game, seed, players, config, stall_seconds
        self.abilities = abilities_of(game)
        self.own_inputs = inputs
        self.given = inputs or given(random_inputs(game, ticks, players, seed), [])
        self.ticks = len(self.given.rows)
        self.tick = 0  # how far the running check got
        self.states: dict[int, bytes] = {}
        self.proofs: dict[int, bytes] = {}
        self.events: list[tuple[int, int]] = []
        self.event_counts: list[int] = []
        self.result: dict[str, Any] | None = None
        self.report = Conformance(game.name, self.ticks, players, input_bytes=self.given.rows.dtype.itemsize)

    def new(self, seed: int | None = None) -> Any:
        self.tick = 0
        return self.game.new_match(self.seed if seed is None else seed, self.players, self.config)

    def advance(self, match: Match, start: int, stop: int) -> Events:
        events = match.advance(*arguments(self.game, *self.given.between(start, stop)))
        self.tick = stop
        return () if events is None else events

    def run_on(self, match: Any, start: int, stop: int, what: str) -> None:
        """Tick by tick, each state and the events expected to be the straight run's."""
        for tick in range(start, stop):
            self.expect_events(list(hashed_by_tick(self.advance(match, tick, tick + 1))), tick, tick + 1, what)
            self.expect(match, tick + 1, what)

    def expect(self, match: Any, tick: int, what: str) -> None:
        """The state of `match` is the straight run's at `tick`; at the end the result is, too."""
        if tick in self.states:
            saved = state_of(match)
            if saved != self.states[tick]:
                raise BrokenError(what, tick, named_fields(match, self.states[tick], saved))
            if tick in self.proofs and bytes(match.proof()) != self.proofs[tick]:
                raise BrokenError(f"{what}: save() gives the same, proof() does not", tick)
        if tick == self.ticks and self.result is not None and (result := result_of(match)) != self.result:
            raise BrokenError(f"{what}: result() is {result}, and was {self.result}", tick)

    def expect_events(self, events: list[tuple[int, int]], start: int, stop: int, what: str) -> None:
        """The events of the ticks start..stop-1 are the straight run's."""
        expected = [event for event in self.events if start <= event[0] < stop] if stop - start < self.ticks else self.events
        if events != expected:
            places = [ours[0] for ours, theirs in zip(events, expected, strict=False) if ours != theirs]
            raise BrokenError(f"{what}: the events differ", places[0] if places else start)

    def samples(self, count: int) -> list[int]:
        """Ticks to begin from whose state is known: the first few, and some all over."""
        wanted = {0, min(1, self.ticks), *np.linspace(0, max(self.ticks - 1, 0), count, dtype=int).tolist()}
        return sorted(tick for tick in {tick - tick % self.abilities.proof_ticks for tick in wanted} if tick in self.states)

    def need(self, *names: str) -> None:
        """Skip what needs a method that matches of this game do not have."""
        match = self.new()
        missing = [f"{name}()" for name in names if getattr(match, name, None) is None]
        if missing:
            raise SkippedError(f"the match has no {' and no '.join(missing)}")

    # --- making it ---

    def contract(self) -> None:
        """Makes the straight run on the way, and measures it."""
        fields_of(self.given.rows.dtype if self.abilities.input_dtype is not None else None)
        if self.game.ticks_per_second % self.abilities.proof_ticks:
            ticks = f"{self.abilities.proof_ticks} ticks, and a second has {self.game.ticks_per_second}"
            raise BrokenError(f"it is proved every {ticks}: no multiple")
        match = within(self.stall_seconds, self.new)
        if getattr(match, "save", None) is None and getattr(match, "proof", None) is None:
            raise BrokenError("a match has neither save() nor proof(): nothing proves its state")
        if self.abilities.inputs is not None and self.own_inputs is None:
            self.given = played(self.game, self.new, self.ticks, self.players, self.seed)
        elif self.abilities.takes_commands and not self.given.commands:
            self.report.notes.append("it takes commands, and none was tried: a game's inputs(match, rng) would give some")
        self._note_state(match, 0)
        self._run_straight(match)
        if can_load(match):
            self._check_refusals(match)
        self.report.set_level(match)
        self.result = plain(result_of(match))
        self._measure()
        self._check_wiring()

    def _run_straight(self, match: Any) -> None:
        before: Events = ()
        copy: list[tuple[int, int]] = []
        for tick in range(self.ticks):
            events = within(self.stall_seconds, self.advance, match, tick, tick + 1)
            self._check_events(events, tick)
            if list(hashed_by_tick(before)) != copy:
                raise BrokenError("the events of the tick before changed: the array belongs to the caller", tick)
            before, copy = events, list(hashed_by_tick(events))
            self.events += copy
            self.event_counts.append(len(events))
            self._note_state(match, tick + 1)

    def _note_state(self, match: Any, tick: int) -> None:
        if tick % self.abilities.proof_ticks and tick != self.ticks:
            return
        self.states[tick] = saved = state_of(match)
        if getattr(match, "proof", None) is not None and getattr(match, "save", None) is not None:
            self.proofs[tick] = bytes(match.proof())
        dtype = getattr(match, "state_dtype", None)
        if dtype is not None and len(saved) != dtype.itemsize:
            raise BrokenError(f"save() gives {len(saved)} bytes; state_dtype has {dtype.itemsize}", tick)
        if len(saved) > MAX_STATE_BYTES:
            raise BrokenError(f"a state of {len(saved):,} bytes; a snapshot holds up to {MAX_STATE_BYTES:,}", tick)
        self.report.state_bytes = max(self.report.state_bytes, len(saved))

    def _check_events(self, events: Events, tick: int) -> None:
        dtype, kinds = self.abilities.event_dtype, self.abilities.event_kinds
        if dtype is None:
            if not isinstance(events, list | tuple):
                raise BrokenError(f"advance() returns {type(events).__name__}; expected a list of (tick, kind, data)", tick)
            for event in events:
                at, kind, data = event
                if at != tick:
                    raise BrokenError(f"an event says tick {at}, and tick {tick} caused it", tick)
                pack_sorted([kind, plain(data)])
            return
        if isinstance(events, tuple) and not events:  # None stands for no events
            return
        if not isinstance(events, np.ndarray) or events.dtype != dtype or events.ndim != 1:
            kind = f"{events.dtype} {events.shape}" if isinstance(events, np.ndarray) else type(events).__name__
            raise BrokenError(f"advance() returns {kind}; expected a list of {dtype}", tick)
        if len(events) and (events["tick"] != tick).any():
            raise BrokenError(f"an event says tick {events['tick'][events['tick'] != tick][0]}, and tick {tick} caused it", tick)
        if len(events) and not ((events["kind"] >= 0) & (events["kind"] < len(kinds))).all():
            raise BrokenError(f"an event of kind {events['kind'].max()}; there are {len(kinds)} kinds", tick)

    def _check_refusals(self, match: Any) -> None:
        """A snapshot of the wrong size is refused with ValueError, and the match stays as it was."""
        last, is_fixed = self.states[self.ticks], getattr(match, "state_dtype", None) is not None
        for wrong in (b"", last[:-1], last + b"\0"):
            try:
                match.load(wrong)
            except ValueError:
                self.expect(match, self.ticks, "load() refused a snapshot and changed the match all the same")
            else:
                if is_fixed and len(wrong) != len(last):
                    raise BrokenError(f"load() takes a snapshot of {len(wrong)} bytes; a state has {len(last)}")
                match.load(last)

    def _measure(self) -> None:
        match, second, began = self.new(), self.game.ticks_per_second, time.perf_counter()
        for start in range(0, self.ticks, second):
            self.advance(match, start, min(start + second, self.ticks))
        self.report.ticks_per_second = self.ticks / max(time.perf_counter() - began, 1e-9)

    def _check_wiring(self) -> None:
        """Inputs and seed that change nothing are noted: it may be meant, and it may be a wire that was forgotten."""
        last, (rows, commands) = self.states[self.ticks], self.given
        for name in rows.dtype.names or ():
            if self._end_with(turned_over(rows, name), commands) == last:
                self.report.notes.append(f"the input field {name!r} changed nothing in {self.ticks} ticks")
        if commands and self._end_with(rows, []) == last:
            self.report.notes.append(f"the commands changed nothing in {self.ticks} ticks")
        if self._end_with(rows, commands, self.seed + 1 if self.seed < 2**64 - 1 else 0) == last:
            self.report.notes.append("another seed changed nothing")

    def _end_with(self, rows: Any, commands: list[Any], seed: int | None = None) -> bytes | None:
        """The last state with these inputs. None where the rules raise: inputs of another match need not be legal in this one."""
        match = self.new(seed)
        try:
            match.advance(*arguments(self.game, rows, commands))
        except Exception:
            return None
        return state_of(match)


def can_load(match: Any) -> bool:
    """Whether a match can be put into a state that it saved."""
    return getattr(match, "save", None) is not None and getattr(match, "load", None) is not None


def state_of(match: Any) -> bytes:
    """What is compared of a match: what it saves, else its proof."""
    save = getattr(match, "save", None) or match.proof
    return bytes(save())


def named_fields(match: Any, expected: bytes, computed: bytes) -> str:
    """The first fields that differ, with both values; empty if the game names none."""
    left, right = state_record(match, expected), state_record(match, computed)
    if left is None or right is None:
        return ""
    named = [f"{part.path} ({part.recorded} became {part.computed})" for part in differences(left, right)]
    more = f" and {len(named) - _FIELDS_NAMED} more" if len(named) > _FIELDS_NAMED else ""
    return ", ".join(named[:_FIELDS_NAMED]) + more
