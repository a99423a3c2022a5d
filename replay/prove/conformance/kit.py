"""The checks: each runs the same inputs in another way, and compares the states of all ticks with those of one straight run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from replay.core.divergence import differences
from replay.core.errors import ReplayError, UsageError
from replay.core.fields import fields_of
from replay.core.game import Config, Events, Game, Inputs, Match, random_draws, result_of, state_record
from replay.prove.conformance.calls import CallRecorder
from replay.prove.conformance.processes import StalledError, in_other_processes, within
from replay.prove.conformance.promises import CHECKS, BrokenPromise, Conformance

TICKS = 600
STALL_SECONDS = 10.0
_BATCHES = (0, 1, 2, 3, 7, 60)
_ROLLBACKS = (1, 2, 7, 60)
_FIELDS_NAMED = 3


class _BrokenError(Exception):
    """A promise does not hold."""

    def __init__(self, message: str, tick: int | None = None, field: str = "") -> None:
        super().__init__(message)
        self.tick, self.field = tick, field


class _SkippedError(Exception):
    """A check that cannot run here."""


def check_game(
    game: Game,
    inputs: Inputs | None = None,
    ticks: int = TICKS,
    *,
    players: int | None = None,
    seed: int = 1,
    config: Config | None = None,
    stall_seconds: float = STALL_SECONDS,
) -> Conformance:
    """Hold every promise of a game against it. About thirty runs of `ticks` ticks, some of them in other processes.

    inputs: shape (ticks, players), the game's input_dtype; by default random ones, held for a while as people hold keys.
    players: by default the first of 2, 1, 4, 3, 8 that the game takes. config: by default what `game.default_config()` gives, if
        the game has that, else nothing.
    stall_seconds: how long a second of match time may take before it counts as never coming back.

    Raises UsageError for inputs that do not fit, or if no match of this config can be started.
    """
    if inputs is not None and (inputs.ndim != 2 or inputs.dtype != game.input_dtype or not len(inputs)):
        raise UsageError(f"inputs have shape (ticks, players) and dtype {game.input_dtype}; got {inputs.dtype} {inputs.shape}")
    config = dict(config if config is not None else getattr(game, "default_config", dict)())
    players = inputs.shape[1] if inputs is not None else players or _players_taken(game, seed, config)
    rows = random_inputs(game, ticks, players, seed) if inputs is None else inputs[:ticks]
    kit = _Kit(game, seed, players, config, rows, stall_seconds)
    report = kit.report
    for name in CHECKS:
        try:
            getattr(kit, name.replace("-", "_"))()
        except _SkippedError as reason:
            report.skipped[name] = str(reason)
        except (_BrokenError, StalledError) as broken:
            report.findings.append(BrokenPromise(name, str(broken), getattr(broken, "tick", None), getattr(broken, "field", "")))
        except Exception as error:  # the game's own, whatever it is
            report.findings.append(BrokenPromise(name, f"raised {type(error).__name__}: {error}{_raised_at(error)}", kit.tick))
        else:
            report.passed.append(name)
        if name == "two-runs" and name not in report.passed:
            report.notes.append("two plain runs differ already: other findings may follow from that")
        if name == "contract" and report.findings:
            report.skipped.update(dict.fromkeys(list(CHECKS)[1:], "until the contract holds"))
            break
    return report


def random_inputs(game: Game, ticks: int, players: int, seed: int = 0, hold: float = 0.15) -> Inputs:
    """Random bit patterns, each player's field changing on a share `hold` of the ticks. Shape (ticks, players)."""
    rng = np.random.default_rng(seed)
    width = game.input_dtype.itemsize
    rows = rng.integers(0, 256, (ticks, players, width), np.uint8).view(game.input_dtype).reshape(ticks, players)
    for name in game.input_dtype.names or ():
        changed = np.where(rng.random((ticks, players)) < hold, np.arange(ticks)[:, None], 0)
        rows[name] = np.take_along_axis(rows[name], np.maximum.accumulate(changed, axis=0), axis=0)
    return rows


def _players_taken(game: Game, seed: int, config: Config) -> int:
    why: Exception | None = None
    for players in (2, 1, 4, 3, 8):
        try:
            game.new_match(seed, players, config)
        except Exception as error:  # a game that does not take so many
            why = why or error
        else:
            return players
    raise UsageError(f"{game.name} starts no match of the config {config}: {why}", "give the players and the config") from why


def _raised_at(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    code = trace.tb_frame.f_code
    return f" ({code.co_filename.replace(chr(92), '/').rsplit('/', 1)[-1]}:{trace.tb_lineno} in {code.co_name})"


class _Kit:
    """One game, one match, one set of inputs; a method per check. `states` are those of the straight run: all of them, 0..ticks."""

    def __init__(self, game: Game, seed: int, players: int, config: Config, rows: Inputs, stall_seconds: float) -> None:
        self.game, self.seed, self.players, self.config, self.stall_seconds = game, seed, players, config, stall_seconds
        self.rows = rows.copy()
        self.rows.flags.writeable = False
        self.ticks = len(rows)
        self.tick = 0  # how far the running check got
        self.states: list[bytes] = []
        self.events: list[Events] = []
        self.report = Conformance(game.name, self.ticks, players, input_bytes=game.input_dtype.itemsize)

    def new(self, seed: int | None = None) -> Match:
        self.tick = 0
        return self.game.new_match(self.seed if seed is None else seed, self.players, self.config)

    def advance(self, match: Match, start: int, stop: int) -> Events:
        events = match.advance(self.rows[start:stop])
        self.tick = stop
        return events

    def run_on(self, match: Match, start: int, stop: int, what: str) -> None:
        """Tick by tick, each state expected to be the straight run's."""
        for tick in range(start, stop):
            self.advance(match, tick, tick + 1)
            self.expect(match, tick + 1, what)

    def expect(self, match: Match, tick: int, what: str) -> None:
        """The state of `match` is the straight run's at `tick`."""
        saved = match.save()
        if saved != self.states[tick]:
            raise _BrokenError(what, tick, _fields(match, self.states[tick], saved))

    # --- the checks ---

    def contract(self) -> None:
        """Makes the straight run on the way, and measures it."""
        fields_of(self.game.input_dtype)
        match = within(self.stall_seconds, self.new)
        self.states.append(match.save())
        size = self.report.state_bytes = len(self.states[0])
        dtype = getattr(match, "state_dtype", None)
        if dtype is not None and dtype.itemsize != size:
            raise _BrokenError(f"save() gives {size} bytes; state_dtype has {dtype.itemsize}", 0)
        before, copy = None, None
        for tick in range(self.ticks):
            events = within(self.stall_seconds, self.advance, match, tick, tick + 1)
            self._check_events(events, tick)
            if before is not None and before.tobytes() != copy:
                raise _BrokenError("the events of the tick before changed: the array belongs to the caller", tick)
            before, copy = events, events.tobytes()
            self.events.append(events.copy())
            self.states.append(match.save())
            if len(self.states[-1]) != size:
                raise _BrokenError(f"save() gives {len(self.states[-1])} bytes; at tick 0 it gave {size}", tick + 1)
        self._check_refusals(match)
        self._measure()
        self._check_wiring()

    def _check_events(self, events: Events, tick: int) -> None:
        if not isinstance(events, np.ndarray) or events.dtype != self.game.event_dtype or events.ndim != 1:
            kind = f"{events.dtype} {events.shape}" if isinstance(events, np.ndarray) else type(events).__name__
            raise _BrokenError(f"advance() returns {kind}; expected a list of {self.game.event_dtype}", tick)
        if len(events) and (events["tick"] != tick).any():
            raise _BrokenError(f"an event says tick {events['tick'][events['tick'] != tick][0]}, and tick {tick} caused it", tick)
        if len(events) and not ((events["kind"] >= 0) & (events["kind"] < len(self.game.event_kinds))).all():
            raise _BrokenError(f"an event of kind {events['kind'].max()}; there are {len(self.game.event_kinds)} kinds", tick)

    def _check_refusals(self, match: Match) -> None:
        """A snapshot of the wrong size is refused with ValueError, and the match stays as it was."""
        for wrong in (b"", self.states[-1][:-1], self.states[-1] + b"\0"):
            try:
                match.load(wrong)
            except ValueError:
                self.expect(match, self.ticks, "load() refused a snapshot and changed the match all the same")
            else:
                if len(wrong) != len(self.states[-1]):
                    raise _BrokenError(f"load() takes a snapshot of {len(wrong)} bytes; a state has {len(self.states[-1])}")

    def _measure(self) -> None:
        match, second, began = self.new(), self.game.ticks_per_second, time.perf_counter()
        for start in range(0, self.ticks, second):
            match.advance(self.rows[start : start + second])
        self.report.ticks_per_second = self.ticks / max(time.perf_counter() - began, 1e-9)

    def _check_wiring(self) -> None:
        """Inputs and seed that change nothing are noted: it may be meant, and it may be a wire that was forgotten."""
        for name in self.game.input_dtype.names or ():
            rows = self.rows.copy()
            rows[name] = ~rows[name]
            match = self.new()
            match.advance(rows)
            if match.save() == self.states[-1]:
                self.report.notes.append(f"the input field {name!r} changed nothing in {self.ticks} ticks")
        match = self.new(self.seed + 1)
        match.advance(self.rows)
        if match.save() == self.states[-1]:
            self.report.notes.append("another seed changed nothing")

    def reading(self) -> None:
        readers: dict[str, Callable[[Match], object]] = {"save()": lambda match: match.save(), "result()": result_of}
        readers["random_draws()"] = random_draws
        match = self.new()
        for tick in range(self.ticks):
            for name, read in readers.items():
                before = match.save()
                read(match)
                if (after := match.save()) != before:
                    raise _BrokenError(f"the state changed when {name} was called", tick, _fields(match, before, after))
            self.advance(match, tick, tick + 1)

    def two_runs(self) -> None:
        match = self.new()
        what = "a second run of the same inputs differs"
        self.expect(match, 0, what)
        self.run_on(match, 0, self.ticks, what)

    def other_process(self) -> None:
        try:
            runs = list(in_other_processes(self.game, self.seed, self.players, self.config, self.rows, self.stall_seconds))
        except ReplayError as error:
            raise _SkippedError(str(error)) from error
        match = self.new()
        for name, states in runs:
            for tick, (ours, theirs) in enumerate(zip(self.states, states, strict=True)):
                if ours != theirs:
                    raise _BrokenError(f"a process with {name} computes another state", tick, _fields(match, ours, theirs))

    def save_load_save(self) -> None:
        used = self.new()
        self.advance(used, 0, self.ticks)
        for tick in self._samples(50):
            for match, which in ((self.new(), "a new match"), (used, "a match in use")):
                match.load(self.states[tick])
                self.expect(match, tick, f"loaded into {which}, it saves other bytes")

    def load_run_on(self) -> None:
        to_the_end = [(start, self.ticks) for start in self._samples(8)]
        one_tick = [(start, start + 1) for start in range(self.ticks)]  # what is forgotten is mostly forgotten at once
        for start, stop in to_the_end + one_tick:
            match = self.new()
            match.load(self.states[start])
            self.run_on(match, start, stop, f"loaded at tick {start} and run on, it differs")

    def rollback(self) -> None:
        match = self.new()
        for tick in range(self.ticks):
            for length in _ROLLBACKS:
                stop = min(tick + length, self.ticks)
                if tick % length == 0:
                    for again in range(2):
                        self.advance(match, tick, stop)
                        self.expect(match, stop, f"run {again + 1} from tick {tick}, {length} ticks and back, differs")
                        match.load(self.states[tick])
            self.run_on(match, tick, tick + 1, "after rolling back and repeating, it differs")

    def batches(self) -> None:
        for size in (*_BATCHES, self.ticks):
            match, tick = self.new(), 0
            events: list[Events] = []
            while tick < self.ticks:
                if size == 0:
                    events.append(match.advance(self.rows[tick:tick]))
                stop = min(tick + (size or 1), self.ticks)
                events.append(self.advance(match, tick, stop))
                tick = stop
                self.expect(match, tick, f"in batches of {size} ticks it differs")
            straight, batched = np.concatenate(self.events), np.concatenate(events)
            if straight.tobytes() != batched.tobytes():
                length = min(len(straight), len(batched))
                where = np.flatnonzero(straight[:length] != batched[:length])
                first = int(straight[where[0]]["tick"]) if len(where) else None
                raise _BrokenError(f"in batches of {size} ticks the events differ", first)

    def instances(self) -> None:
        """One match with these inputs, another with other inputs and seed, in turns."""
        match = self.new()
        other = self.new(self.seed + 1)
        for tick in range(self.ticks):
            other.advance(self.rows[self.ticks - tick - 1 : self.ticks - tick])
            self.run_on(match, tick, tick + 1, "beside another match it differs")

    def globals(self) -> None:
        match, recorder = self.new(), CallRecorder()
        for tick in range(self.ticks):
            with recorder:
                self.advance(match, tick, tick + 1)
                saved = match.save()
                match.load(saved)
                result_of(match)
            if recorder.calls:
                raise _BrokenError("; ".join(f"{what} is called by {where}" for what, where in recorder.calls), tick)

    def nonsense_inputs(self) -> None:
        shape, dtype = (self.ticks, self.players), self.game.input_dtype
        noise = random_inputs(self.game, *shape, self.seed, hold=1.0)
        for name, rows in (("random bits", noise), *((f"all {text}", _extreme(shape, dtype, text)) for text in _EXTREMES)):
            self._run_nonsense(name, rows)

    def _run_nonsense(self, name: str, rows: Inputs) -> None:
        second, match = self.game.ticks_per_second, self.new()
        for start in range(0, self.ticks, second):
            piece = rows[start : start + second]
            try:
                within(self.stall_seconds, match.advance, piece)
            except StalledError as stalled:
                raise _BrokenError(f"with {name}, {stalled}", start) from stalled
            except Exception as error:
                raise _BrokenError(f"with {name}, {type(error).__name__}: {error}{_raised_at(error)}", start) from error
            saved = match.save()
            loaded = self.new()
            loaded.load(saved)
            for again in (match, loaded):  # in a second all that was lost shows
                again.advance(piece)
            if match.save() != loaded.save():
                fields = _fields(match, match.save(), loaded.save())
                raise _BrokenError(f"with {name}, a loaded match runs on differently", start + len(piece), fields)
            match.load(saved)

    def _samples(self, count: int) -> list[int]:
        """Ticks to begin from: the first few, and some all over."""
        return sorted({0, min(1, self.ticks), *np.linspace(0, max(self.ticks - 1, 0), count, dtype=int).tolist()})


_EXTREMES = ("zeros", "ones", "highest", "lowest")


def _extreme(shape: tuple[int, int], dtype: np.dtype[Any], which: str) -> Inputs:
    rows = np.zeros(shape, dtype)
    for name in dtype.names or ():
        limits = np.iinfo(dtype[name])
        rows[name] = {"zeros": 0, "ones": -1 if limits.min else limits.max, "highest": limits.max, "lowest": limits.min}[which]
    return rows


def _fields(match: Match, expected: bytes, computed: bytes) -> str:
    """The first fields that differ, with both values; empty if the game names none."""
    left, right = state_record(match, expected), state_record(match, computed)
    if left is None or right is None:
        return ""
    named = [f"{part.path} ({part.recorded} became {part.computed})" for part in differences(left, right)]
    more = f" and {len(named) - _FIELDS_NAMED} more" if len(named) > _FIELDS_NAMED else ""
    return ", ".join(named[:_FIELDS_NAMED]) + more
