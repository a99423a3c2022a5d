"""The checks: each runs the same inputs in another way, and compares states, events and result with those of the straight run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from xxhash import xxh3_64_intdigest

from replay.core.commands import Command
from replay.core.game import Inputs, random_draws
from replay.core.happened import folded_on
from replay.prove.conformance.calls import ENTROPY, ENVIRONMENT, IN_NEW_MATCH, READS, THREAD, CallRecorder
from replay.prove.conformance.elsewhere import Elsewhere
from replay.prove.conformance.given import EXTREMES, Given, extreme, played, random_inputs
from replay.prove.conformance.straight import BrokenError, SkippedError, can_load, named_fields, raised_at, state_of

_BATCHES = (0, 1, 2, 3, 7, 60)
_TRACED = (1, 7, 60)
_GROUP, _EVERY = 40, 7  # ticks of a group, and from one handle to the next, for prove()
_ROLLBACKS = (1, 2, 7, 60)
_SEEDS = (0, 2**64 - 1, 4_000_000_007)


class Checks(Elsewhere):
    """A method for each of `CHECKS`, with dashes as underlines."""

    def reading(self) -> None:
        readers: dict[str, Callable[[Any], object]] = {
            name: lambda match, name=name: getattr(match, name)()  # type: ignore[misc]
            for name in ("save", "proof")
            if getattr(self.new(), name, None) is not None
        }
        readers |= {"result": self.result_of, "random_draws": random_draws}
        if self.abilities.inputs is not None:
            own, rng = self.abilities.inputs, np.random.default_rng(0)
            readers["inputs"] = lambda match: own(match, rng)
        match = self.new()
        for tick in range(self.ticks):
            for name, read in readers.items() if tick in self.states else ():
                before = state_of(match)
                read(match)
                if (after := state_of(match)) != before:
                    raise BrokenError(f"the state changed when {name}() was called", tick, named_fields(match, before, after))
            self.advance(match, tick, tick + 1)

    def two_runs(self) -> None:
        match = self.new()
        what = "a second run of the same inputs differs"
        try:
            self.expect(match, 0, what)
            self.run_on(match, 0, self.ticks, what)
        except BrokenError as broken:
            broken.because = self.why_runs_differ()
            raise

    def other_seeds(self) -> None:
        """Of other seeds, the ends of what may be one among them: two runs, the second loaded half-way into a new match."""
        half = self.ticks // 2
        for seed in _SEEDS:
            given = self.given
            if self.abilities.inputs is not None and self.own_inputs is None:  # legal in a match of that seed
                given = played(self.game, partial(self.new, seed), self.ticks, self.players, seed)
            ends = [self._end_of(seed, given, half, loads) for loads in (False, True)]
            if ends[0] != ends[1]:
                raise BrokenError(f"with the seed {seed} a second run differs, or one that is loaded at tick {half}", self.ticks)

    def _end_of(self, seed: int, given: Given, half: int, loads: bool) -> tuple[Any, ...]:
        match, events = self.new(seed), []
        for start, stop in ((0, half), (half, self.ticks)):
            events += self.hashed(self.step(match, *given.between(start, stop)))
            if stop == half and loads and can_load(match):
                saved, match = match.save(), self.new(seed)
                match.load(saved)
        return state_of(match), events, self.result_of(match)

    def save_load_save(self) -> None:
        self.need("save", "load")
        used = self.new()
        self.advance(used, 0, self.ticks)
        for tick in self.samples(50):
            for match, which in ((self.new(), "a new match"), (used, "a match in use")):
                match.load(self.states[tick])
                self.expect(match, tick, f"loaded into {which}, it saves other bytes")

    def load_run_on(self) -> None:
        self.need("save", "load")
        to_the_end = [(start, self.ticks) for start in self.samples(8)]
        # What is forgotten is mostly forgotten at once.
        one_tick = [(start, min(start + self.abilities.proof_ticks, self.ticks)) for start in self.states]
        for start, stop in to_the_end + one_tick:
            match = self.new()
            match.load(self.states[start])
            self.run_on(match, start, stop, f"loaded at tick {start} and run on, it differs")

    def rollback(self) -> None:
        self.need("save", "load")
        match = self.new()
        for tick in range(self.ticks):
            for length in _ROLLBACKS if tick in self.states else ():
                stop = min(tick + length, self.ticks)
                if tick % length == 0:
                    for again in range(2):
                        self.advance(match, tick, stop)
                        self.expect(match, stop, f"run {again + 1} from tick {tick}, {length} ticks and back, differs")
                        match.load(self.states[tick])
            self.run_on(match, tick, tick + 1, "after rolling back and repeating, it differs")

    def checkpoint(self) -> None:
        """States of the match's own, held side by side, returned to in another order, and more than once."""
        self.need("checkpoint", "restore")
        match, held = self.new(), {}
        for tick in range(self.ticks):
            if tick in self.states and (tick % 60 == 0 or tick in (1, 2)):
                held[tick] = match.checkpoint()
                if held[tick] is None:
                    raise SkippedError(f"from tick {tick} on the match gives none: it runs again instead")
                self.expect(match, tick, "the state changed when checkpoint() was called")
            self.run_on(match, tick, tick + 1, "after a checkpoint it differs")
        for tick in (*reversed(held), *held):
            match.restore(held[tick])
            self.tick = tick
            self.expect(match, tick, f"restored at tick {tick}, it is in another state")
            self.run_on(match, tick, min(tick + 70, self.ticks), f"restored at tick {tick} and run on, it differs")
        if getattr(match, "release", None) is not None:
            for handle in list(held.values())[1:]:
                match.release(handle)
        match.restore(held[0])
        self.run_on(match, 0, self.ticks, "restored after the other checkpoints were released, it differs")

    def trace(self) -> None:
        self.need("trace")
        dtype = getattr(self.new(), "state_dtype", None)
        if dtype is None:
            raise SkippedError("the match has no state_dtype, without which its trace() is not used")
        if self.abilities.takes_commands:
            raise SkippedError("the game takes commands; its trace() is not used")
        for size in (*_TRACED, self.ticks):
            match, tick = self.new(), 0
            while tick < self.ticks:
                stop = min(tick + size, self.ticks)
                self._trace_piece(match, dtype, tick, stop)
                tick = self.tick = stop
                self.expect(match, tick, f"after trace() of {size} ticks it differs")

    def _trace_piece(self, match: Any, dtype: np.dtype[Any], start: int, stop: int) -> None:
        """States, events and ends of one call."""
        states = np.full((stop - start, dtype.itemsize), 0xA5, np.uint8)
        events, ends = match.trace(self.given.rows[start:stop], states)
        for tick, state in enumerate(states, start + 1):
            if tick in self.states and state.tobytes() != self.states[tick]:
                fields = named_fields(match, self.states[tick], state.tobytes())
                raise BrokenError("trace() writes another state than save() gives", tick, fields)
        self.expect_events(self.hashed(events), start, stop, f"in trace() of {stop - start} ticks")
        expected = np.cumsum(self.event_counts[start:stop]).tolist()
        if list(map(int, ends)) != expected:
            wrong = next((at for at, pair in enumerate(zip(ends, expected, strict=False)) if pair[0] != pair[1]), 0)
            raise BrokenError(f"trace() says that {list(ends)[wrong : wrong + 1]} events are of the ticks up to it", start + wrong)

    def prove(self) -> None:
        self.need("prove", "prove_tick", "restore")
        rows = self.given.rows
        for size in (*_TRACED, self.ticks):
            match, other, tick, folded = self.new(), self.new(), 0, 0
            while tick < self.ticks:
                stop = min(tick + size, self.ticks)
                events, proofs, handles = match.prove(rows[tick:stop], tick, folded, _GROUP, _EVERY)
                folded = self._compare_proofs(
                    events, [(int(proof), int(told)) for proof, told in proofs], tick, stop, folded, "prove()"
                )
                kept = range(tick - tick % _EVERY + _EVERY, stop + 1, _EVERY)
                if len(handles) != len(kept):
                    raise BrokenError(f"prove() gives {len(handles)} handles where {len(kept)} were asked for", tick)
                for at, handle in zip(kept, handles, strict=True):
                    other.restore(handle)
                    self.expect(other, at, "restored from a handle of prove(), it is in another state")
                tick = self.tick = stop
                self.expect(match, tick, f"after prove() of {size} ticks it differs")
        match, folded = self.new(), 0
        for tick in range(self.ticks):
            events, proof, told = match.prove_tick(rows[tick : tick + 1], tick, folded, _GROUP)
            folded = self._compare_proofs(events, [(proof, told)], tick, tick + 1, folded, "prove_tick()")
        self.expect(match, self.ticks, "after prove_tick() of all ticks it differs")

    def _compare_proofs(self, events: Any, proofs: list[tuple[int, int]], start: int, stop: int, folded: int, what: str) -> int:
        """The proofs of one call; returns E after it."""
        if len(proofs) != stop - start:
            raise BrokenError(f"{what} of {stop - start} ticks gives {len(proofs)} proofs", start)
        hashed = self.hashed(events)
        self.expect_events(hashed, start, stop, f"in {what} of {stop - start} ticks")
        of_tick = dict(hashed)
        for tick, (state_hash, events_hash) in enumerate(proofs, start):
            folded = folded_on(0 if tick % _GROUP == 0 else folded, of_tick.get(tick))
            if tick + 1 in self.states and state_hash != xxh3_64_intdigest(self.states[tick + 1]):
                raise BrokenError(f"{what} proves another state than save() gives", tick + 1)
            if events_hash != folded:
                raise BrokenError(f"{what} folds other events than there are", tick + 1)
        return folded

    def batches(self) -> None:
        for size in (*_BATCHES, self.ticks):
            match, tick = self.new(), 0
            events: list[tuple[int, int]] = []
            what = f"in batches of {size} ticks it differs"
            while tick < self.ticks:
                if size == 0:
                    events += self.hashed(self.advance(match, tick, tick))
                stop = min(tick + (size or 1), self.ticks)
                events += self.hashed(self.advance(match, tick, stop))
                tick = stop
                self.expect(match, tick, what)
            self.expect_events(events, 0, self.ticks, f"in batches of {size} ticks")

    def instances(self) -> None:
        """Three matches in turns: one with these inputs, another with other inputs and another seed, and one that is loaded from
        the first now and then and goes on beside it. Meanwhile the other is put back, and more matches begin, some of them with
        another number of players."""
        match, alone = self.new(), self._other_alone()
        other, loaded = self.new(self.seed ^ 1), self.new(self.seed ^ 3)
        saved = other.save() if can_load(other) else None
        tick_of_other, tick_of_loaded, what = 0, self.ticks, "loaded beside the match that it was saved by, it differs"
        for tick in range(self.ticks):
            self._step_other(other, tick_of_other)
            tick_of_other += 1
            if tick_of_other in alone and (state := state_of(other)) != alone[tick_of_other]:
                fields = named_fields(other, alone[tick_of_other], state)
                raise BrokenError("beside another match it differs: the other from how it runs alone", tick, fields)
            self.run_on(match, tick, tick + 1, "beside another match it differs")
            if tick_of_loaded < self.ticks:
                self.run_on(loaded, tick_of_loaded, tick_of_loaded + 1, what)
                tick_of_loaded += 1
            if saved is not None and tick % 25 == 10 and tick + 1 in self.states:
                loaded.load(match.save())
                tick_of_loaded = tick + 1
            if saved is not None and tick % 40 == 20:
                other.load(saved)
                tick_of_other = 0
            if tick % 75 == 10:
                self._begin_more()

    def _begin_more(self) -> None:
        """Matches of another seed: one with as many players, one with more or fewer, if the game takes that."""
        self.new(self.seed ^ 2)
        for players in (self.players + 1, self.players - 1):
            try:
                self.watchdog.step(self.game.new_match, self.seed ^ 2, players, self.config)
            except Exception:
                continue
            return

    def _step_other(self, other: Any, tick: int) -> None:
        """Its inputs are those of the first from the end on, without commands."""
        last = self.ticks - tick
        self.step(other, self.given.rows[last - 1 : last], [])

    def _other_alone(self) -> dict[int, bytes]:
        """The states of the other match, at some ticks, when nothing runs beside it."""
        other, states = self.new(self.seed ^ 1), {}
        for tick in range(self.ticks):
            self._step_other(other, tick)
            if tick + 1 in self.states:
                states[tick + 1] = state_of(other)
        return states

    def globals(self) -> None:
        recorder = CallRecorder()
        with recorder:
            match = self.new()
        self._judge_calls(recorder, 0, IN_NEW_MATCH | (ENTROPY if self.abilities.begins_random else frozenset()))
        for tick in range(self.ticks):
            with recorder:
                self.advance(match, tick, tick + 1)
                if tick in self.states:
                    saved = state_of(match)
                    if can_load(match):
                        match.load(saved)
                self.result_of(match)
            self._judge_calls(recorder, tick, frozenset([THREAD]))

    def _judge_calls(self, recorder: CallRecorder, tick: int, allowed: frozenset[str] = frozenset()) -> None:
        """Reading files is forbidden while a match runs; where it begins, it may be its content, and is noted."""
        calls = [f"{what} is called by {where}" for what, where in recorder.calls if what not in allowed]
        if calls:
            raise BrokenError("; ".join(calls), tick)
        for what, where in recorder.calls:
            if what in READS:
                self.report.notes.append(f"new_match reads a file ({what} by {where}): name its content in the config, by a hash")
            elif what == ENVIRONMENT:
                self.report.notes.append(
                    f"new_match looks at the environment ({what} by {where}): what decides belongs in the config"
                )
            elif what == THREAD and not any("threads" in note for note in self.report.notes):
                self.report.notes.append(f"it starts threads ({where}): which clocks and chance they look at is not seen")
        recorder.calls.clear()

    def nonsense_inputs(self) -> None:
        shape, dtype = (self.ticks, self.players), self.given.rows.dtype
        if not dtype.itemsize:
            raise SkippedError("the game takes no rows of inputs")
        noise = random_inputs(self.game, *shape, self.seed, hold=1.0)
        for name, rows in (("random bits", noise), *((f"all {text}", extreme(shape, dtype, text)) for text in EXTREMES)):
            self._run_nonsense(name, rows)

    def _run_nonsense(self, name: str, rows: Inputs) -> None:
        second, match = self.game.ticks_per_second, self.new()
        for start in range(0, self.ticks, second):
            piece = rows[start : start + second], list[Command]()
            self.doing, self.tick = f"with {name}, ", start
            try:
                self.step(match, *piece)
            except Exception as error:
                raise BrokenError(f"with {name}, {type(error).__name__}: {error}{raised_at(error)}", start) from error
            if not can_load(match):
                continue
            saved = match.save()
            loaded = self.new()
            loaded.load(saved)
            for again in (match, loaded):  # in a second all that was lost shows
                self.step(again, *piece)
            if match.save() != loaded.save():
                fields = named_fields(match, match.save(), loaded.save())
                raise BrokenError(f"with {name}, a loaded match runs on differently", start + len(piece[0]), fields)
            match.load(saved)
        self.doing = ""
