"""What each call of a match must give, judged along the straight run. A breach does not keep other promises from being tried."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from replay.core.errors import FormatError
from replay.core.fields import fields_of
from replay.core.format import MAX_STATE_BYTES
from replay.core.game import Events, result_of
from replay.core.plain import pack_sorted, plain
from replay.prove.conformance.given import played
from replay.prove.conformance.promises import BrokenPromise, Conformance
from replay.prove.conformance.straight import BrokenError, Straight, UnrunnableError, can_load, raised_at


class Contract(Straight):
    """Makes the straight run, and the report. Each kind of breach is named once."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.report = Conformance(self.game.name, self.ticks, self.players, input_bytes=self.given.rows.dtype.itemsize)
        self._named: set[str] = set()
        self._before: tuple[Events, list[tuple[int, int]]] = (), []

    def contract(self) -> None:
        """Raises UnrunnableError if nothing can be compared; what the rules raise, at `whole_ticks`."""
        try:
            fields_of(self.given.rows.dtype if self.abilities.input_dtype is not None else None)
        except FormatError as error:
            raise UnrunnableError(str(error)) from error
        self._judge(self._proofs)
        if self.abilities.inputs is not None and self.own_inputs is None and not self.whole_ticks:
            self.given = played(self.game, self.new, self.ticks, self.players, self.seed)
        match = self.run_straight()
        self._judge(self._proves, match)
        if can_load(match):
            self._judge(self._refusals, match)
        self.report.set_level(match)
        self._measure()

    def cut_to(self, ticks: int) -> None:
        """From here on only so many ticks are run: the next one the rules do not survive."""
        rows, commands = self.given.between(0, ticks)
        self.given, self.ticks, self.report.ticks = type(self.given)(rows, commands), ticks, ticks

    def _judge(self, rule: Callable[..., None], *arguments: Any) -> None:
        name = rule.__name__
        if name in self._named:
            return
        try:
            rule(*arguments)
        except BrokenError as broken:
            self._named.add(name)
            self.report.findings.append(BrokenPromise("contract", str(broken), broken.tick, broken.field))
        except Exception as error:  # the game's own, whatever it is
            self._named.add(name)
            self.report.findings.append(
                BrokenPromise("contract", f"raised {type(error).__name__}: {error}{raised_at(error)}", self.tick)
            )

    def note_events(self, events: Events, tick: int) -> None:
        self._judge(self._sound_events, events, tick)
        self._judge(self._events_kept, tick)
        try:
            super().note_events(events, tick)
        except Exception:  # what cannot even be hashed
            self.are_events_sound = False
            self.events.clear()
            super().note_events(events, tick)
        self._before = events, self.hashed(events)

    def note_result(self, match: Any) -> None:
        self._judge(self._result, match)
        super().note_result(match)

    def note_state(self, match: Any, tick: int) -> None:
        super().note_state(match, tick)
        if tick in self.states:
            self._judge(self._size, match, tick)
            self.report.state_bytes = max(self.report.state_bytes, len(self.states[tick]))

    # --- the rules ---

    def _proofs(self) -> None:
        if self.game.ticks_per_second % self.abilities.proof_ticks:
            ticks = f"{self.abilities.proof_ticks} ticks, and a second has {self.game.ticks_per_second}"
            raise BrokenError(f"it is proved every {ticks}: no multiple")

    def _proves(self, match: Any) -> None:
        if getattr(match, "save", None) is None and getattr(match, "proof", None) is None:
            raise BrokenError("a match has neither save() nor proof(): nothing proves its state")

    def _result(self, match: Any) -> None:
        self.is_result_sound = False
        plain(result_of(match))
        self.is_result_sound = True

    def _size(self, match: Any, tick: int) -> None:
        saved, dtype = self.states[tick], getattr(match, "state_dtype", None)
        if dtype is not None and len(saved) != dtype.itemsize:
            raise BrokenError(f"save() gives {len(saved)} bytes; state_dtype has {dtype.itemsize}", tick)
        if len(saved) > MAX_STATE_BYTES:
            raise BrokenError(f"a state of {len(saved):,} bytes; a snapshot holds up to {MAX_STATE_BYTES:,}", tick)

    def _events_kept(self, tick: int) -> None:
        events, copy = self._before
        if tick and self.are_events_sound and self.hashed(events) != copy:
            raise BrokenError("the events of the tick before changed: the array belongs to the caller", tick)

    def _sound_events(self, events: Events, tick: int) -> None:
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

    def _refusals(self, match: Any) -> None:
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
