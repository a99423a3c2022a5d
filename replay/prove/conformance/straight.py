"""What all checks compare with: the states, events and result of one match with one set of inputs, run tick by tick."""

from __future__ import annotations

from typing import Any

import numpy as np

from replay.core.commands import Command
from replay.core.divergence import differences
from replay.core.game import Config, Events, Game, Inputs, Match, abilities_of, result_of, state_record
from replay.core.happened import hashed_by_tick
from replay.core.plain import plain
from replay.prove.conformance.given import Given, arguments, given, random_inputs
from replay.prove.conformance.watchdog import Watchdog

_FIELDS_NAMED = 3


class BrokenError(Exception):
    """A promise does not hold. because: the cause, where it is known."""

    def __init__(self, message: str, tick: int | None = None, field: str = "", because: str = "") -> None:
        super().__init__(message)
        self.tick, self.field, self.because = tick, field, because


class SkippedError(Exception):
    """A check that cannot run here."""


class UnrunnableError(Exception):
    """Nothing can be run that other runs could be compared with."""


class Straight:
    """One game, its match and what that is given. states: those of the straight run that are compared, by tick: all of 0..ticks, or
    of a game whose proofs are dear every `proof_ticks`. events: (tick, hash) of each tick that has some. result: at the end.

    tick: how far the running check got; doing: with what, if it says so.
    whole_ticks: how far the straight run got with all that belongs to a tick.
    """

    def __init__(
        self, game: Game, seed: int, players: int, config: Config, inputs: Given | None, ticks: int, stall_seconds: float
    ) -> None:
        self.game, self.seed, self.players, self.config, self.stall_seconds = game, seed, players, config, stall_seconds
        self.abilities = abilities_of(game)
        self.watchdog = Watchdog(stall_seconds)
        self.own_inputs = inputs
        self.given = inputs or given(random_inputs(game, ticks, players, seed), [])
        self.ticks = len(self.given.rows)
        self.tick = self.whole_ticks = 0
        self.doing = ""
        self.states: dict[int, bytes] = {}
        self.proofs: dict[int, bytes] = {}
        self.events: list[tuple[int, int]] = []
        self.event_counts: list[int] = []
        self.kinds: set[Any] = set()
        self.are_events_sound = self.is_result_sound = True
        self.gives_copies = False  # of the inputs, because the rules write to them
        self.result: dict[str, Any] | None = None

    def new(self, seed: int | None = None) -> Any:
        self.tick = 0
        return self.watchdog.step(self.game.new_match, self.seed if seed is None else seed, self.players, self.config)

    def step(self, match: Match, rows: Inputs, commands: list[Command]) -> Events:
        """`advance` by any inputs, under the time limit."""
        share = len(rows) / self.game.ticks_per_second
        given, *said = arguments(self.game, rows, commands)
        events = self.watchdog.step(match.advance, given.copy() if self.gives_copies else given, *said, share=share)
        return () if events is None else events

    def advance(self, match: Match, start: int, stop: int) -> Events:
        """By the inputs of the straight run."""
        events = self.step(match, *self.given.between(start, stop))
        self.tick = stop
        return events

    def hashed(self, events: Events) -> list[tuple[int, int]]:
        """(tick, hash) of each tick that has events; none, if what this game gives are no events."""
        return list(hashed_by_tick(events)) if self.are_events_sound else []

    def run_straight(self) -> Any:
        """Makes what is compared with; returns the match at its end."""
        self.states, self.proofs, self.events, self.event_counts = {}, {}, [], []
        match = self.new()
        self.note_state(match, 0)
        for tick in range(self.ticks):
            events = self.advance(match, tick, tick + 1)
            self.note_events(events, tick)
            self.note_state(match, tick + 1)
            self.whole_ticks = tick + 1
        self.note_result(match)
        return match

    def note_result(self, match: Any) -> None:
        self.result = plain(self.result_of(match))

    def result_of(self, match: Any) -> dict[str, Any]:
        """Empty, if what this game gives is no result."""
        return result_of(match) if self.is_result_sound else {}

    def note_state(self, match: Any, tick: int) -> None:
        if tick % self.abilities.proof_ticks and tick != self.ticks:
            return
        self.states[tick] = state_of(match)
        if getattr(match, "proof", None) is not None and getattr(match, "save", None) is not None:
            self.proofs[tick] = bytes(match.proof())

    def note_events(self, events: Events, tick: int) -> None:
        self.events += self.hashed(events)
        self.event_counts.append(len(events) if self.are_events_sound else 0)
        if self.are_events_sound:
            self.kinds.update(events["kind"].tolist() if isinstance(events, np.ndarray) else [event[1] for event in events])

    def run_on(self, match: Any, start: int, stop: int, what: str) -> None:
        """Tick by tick, each state and the events expected to be the straight run's."""
        for tick in range(start, stop):
            self.expect_events(self.hashed(self.advance(match, tick, tick + 1)), tick, tick + 1, what)
            self.expect(match, tick + 1, what)

    def expect(self, match: Any, tick: int, what: str) -> None:
        """The state of `match` is the straight run's at `tick`; at the end the result is, too."""
        if tick in self.states:
            saved = state_of(match)
            if saved != self.states[tick]:
                raise BrokenError(what, tick, named_fields(match, self.states[tick], saved))
            if tick in self.proofs and bytes(match.proof()) != self.proofs[tick]:
                raise BrokenError(f"{what}: save() gives the same, proof() does not", tick)
        if tick == self.ticks and self.result is not None and (result := plain(self.result_of(match))) != self.result:
            raise BrokenError(f"{what}: result() is {result}, and was {self.result}", tick)

    def expect_events(self, events: list[tuple[int, int]], start: int, stop: int, what: str) -> None:
        """The events of the ticks start..stop-1 are the straight run's."""
        expected = [event for event in self.events if start <= event[0] < stop] if stop - start < self.ticks else self.events
        if events != expected:
            places = [ours[0] for ours, theirs in zip(events, expected, strict=False) if ours != theirs]
            raise BrokenError(f"{what}: the events differ", places[0] if places else start)

    @property
    def unseen_kinds(self) -> list[str]:
        """The kinds of events that the game names, and that the straight run had none of."""
        kinds = self.abilities.event_kinds
        return [kind for number, kind in enumerate(kinds) if number not in self.kinds and kind not in self.kinds]

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


def can_load(match: Any) -> bool:
    """Whether a match can be put into a state that it saved."""
    return getattr(match, "save", None) is not None and getattr(match, "load", None) is not None


def state_of(match: Any) -> bytes:
    """What is compared of a match: what it saves, else its proof; nothing, if it has neither."""
    save = getattr(match, "save", None) or getattr(match, "proof", None)
    return b"" if save is None else bytes(save())


def named_fields(match: Any, expected: bytes, computed: bytes) -> str:
    """The first fields that differ, with both values; empty if the game names none."""
    left, right = state_record(match, expected), state_record(match, computed)
    if left is None or right is None:
        return ""
    named = [f"{part.path} ({part.recorded} became {part.computed})" for part in differences(left, right)]
    more = f" and {len(named) - _FIELDS_NAMED} more" if len(named) > _FIELDS_NAMED else ""
    return ", ".join(named[:_FIELDS_NAMED]) + more


def raised_at(error: BaseException) -> str:
    """Where, as far as that is known."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    code = trace.tb_frame.f_code
    return f" ({code.co_filename.replace(chr(92), '/').rsplit('/', 1)[-1]}:{trace.tb_lineno} in {code.co_name})"
