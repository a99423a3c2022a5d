"""The checks that need other processes: the same match there, other inputs found there, and which difference it is that matters."""

from __future__ import annotations

import pickle
import random
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from xxhash import xxh3_64_intdigest

from replay.core.errors import ReplayError
from replay.core.plain import plain
from replay.prove.child import Child
from replay.prove.conformance.contract import Contract
from replay.prove.conformance.differences import NOTHING, Difference, each, of_all
from replay.prove.conformance.given import Given, given
from replay.prove.conformance.processes import START_SECONDS, Run, Sent, sent
from replay.prove.conformance.search import Found, Reached
from replay.prove.conformance.straight import BrokenError, SkippedError, Straight, can_load, named_fields, state_of

_SCRIPT = """
import sys
from replay.prove.conformance.search import answer
answer(sys.stdin.buffer, answers)
"""
_SECONDS_PER_LINE = 2e-5  # far more than it takes
_PLACES = 3


class Elsewhere(Contract):
    """reached: what the search came to; facts: what other processes could make different. None until it is known."""

    reached: Reached | None = None
    facts: Mapping[str, Any] | None = None
    search_lines = 0

    def other_process(self) -> None:
        task = self._sent(self.seed, self.given)
        reference = self._reference()
        for difference, run in task.run_with_each([*reference, *of_all()]):
            if difference.changes:
                self.facts = run.facts
            try:
                self._compare(task, difference.name, run)
            except BrokenError as broken:
                if difference not in reference:
                    broken.because = task.what_matters(each())
                raise

    def _reference(self) -> list[Difference]:
        """Compiled rules are interpreted there."""
        variables = getattr(self.new(), "reference_environment", {})
        return [Difference("the rules interpreted", variables)] if variables else []

    def _sent(self, seed: int, inputs: Given) -> Sent:
        try:
            return sent(self.game, seed, self.players, self.config, inputs, self.stall_seconds)
        except ReplayError as error:
            raise SkippedError(str(error)) from error

    def _compare(self, task: Sent, name: str, run: Run) -> None:
        match = self.new()
        for tick, theirs in enumerate(run.states):
            if tick in self.states and (ours := self.states[tick]) != theirs:
                raise BrokenError(f"a process with {name} computes another state", tick, named_fields(match, ours, theirs))
        if run.failure and len(run.states) == 0 and (plain := task.run_with(NOTHING)).failure and not plain.states:
            raise SkippedError(f"it does not begin in another process: {plain.failure}")
        if run.failure:
            ticks = max(len(run.states) - 1, 0)
            raise BrokenError(f"a process with {name} does not get through the match: {run.failure}", ticks)
        if self.are_events_sound:
            self.expect_events(run.events, 0, self.ticks, f"in a process with {name}")
        if self.is_result_sound and run.result != self.result:
            raise BrokenError(f"in a process with {name}, result() is {run.result}, and was {self.result}", self.ticks)

    # --- other inputs ---

    def searched_inputs(self) -> None:
        """Inputs that a search by new steps through the rules finds, in a process of its own: each runs here as it ran there,
        twice, and loaded."""
        if not self.search_lines:
            raise SkippedError("no search was asked for")
        self.reached = self._searched()
        for found in self.reached.found:
            places = [f"{Path(file).name}:{line}" for file, line in found.new[:_PLACES]]
            more = f" and {len(found.new) - len(places)} more lines" if len(found.new) > len(places) else ""
            seed = f", seed {found.seed}" if found.seed != self.seed else ""
            name = f"with inputs that reach {', '.join(places) or 'another way through the rules'}{more}{seed}"
            if found.raised:
                raise BrokenError(f"with inputs that a search found{seed}, {found.raised}", len(found.rows) - 1)
            try:
                self._try_found(found)
            except BrokenError as broken:
                raise BrokenError(f"{name}: {broken}", broken.tick, broken.field, broken.because) from broken

    def _searched(self) -> Reached:
        task = self._sent(self.seed, self.given)
        variables = {**getattr(self.new(), "reference_environment", {}), "PYTHONHASHSEED": "3"}
        limit = START_SECONDS + self.stall_seconds + _SECONDS_PER_LINE * self.search_lines
        with tempfile.TemporaryDirectory() as folder, Child(_SCRIPT, environment=variables, folder=folder) as child:
            data = child.run(pickle.dumps((task.pickled, self.search_lines)), limit)
            if child.timed_out:
                raise SkippedError(f"the search does not come to its end in {limit:g} s")
            if not data:
                raise SkippedError(f"the process that searches failed: {child.last_words()}")
        reached: Reached = pickle.loads(data)  # of a process that ran this game as this one does
        return reached

    def _try_found(self, found: Found) -> None:
        inputs = given(found.rows, found.commands)
        other = type(self)(self.game, found.seed, self.players, self.config, inputs, 0, self.stall_seconds)
        other.watchdog = self.watchdog
        Straight.run_straight(other)
        self.tick = other.ticks
        for broken in other.report.findings:  # of the contract
            raise BrokenError(broken.message, broken.tick, broken.field)
        for tick, there in enumerate(found.states):
            if there and tick in other.states and xxh3_64_intdigest(other.states[tick]) != there:
                because = self._sent(found.seed, inputs).what_matters(each())
                raise BrokenError("the process that found them computes another state", tick, because=because)
        other.reading()  # type: ignore[attr-defined]
        other.two_runs()  # type: ignore[attr-defined]
        if can_load(self.new()):
            other.load_run_on()  # type: ignore[attr-defined]

    # --- causes ---

    def why_runs_differ(self) -> str:
        """The cause of two runs here that differ; empty where none is shown."""
        if _are_equal([self._end() for _ in range(3)]):  # not in these ways: then what makes them equal shows nothing
            return ""
        if _are_equal([self._end_with_seeded_chance() for _ in range(3)]):
            return "a global random generator (random or numpy.random): with it seeded alike, two runs are equal"
        try:
            task = self._sent(self.seed, self.given)
        except SkippedError:
            return ""
        (_, one), (_, two) = task.run_with_each([NOTHING, NOTHING])
        if one.failure or one.outcome != two.outcome:
            return ""
        return "state that outlives the match: the first run in a new process is always the same"

    def _end_with_seeded_chance(self) -> tuple[Any, ...]:
        states = random.getstate(), np.random.get_state()
        random.seed(1), np.random.seed(1)
        try:
            return self._end()
        finally:
            random.setstate(states[0]), np.random.set_state(states[1])

    def _end(self) -> tuple[Any, ...]:
        match = self.new()
        events = [self.hashed(self.advance(match, tick, tick + 1)) for tick in range(self.ticks)]
        return state_of(match), events, plain(self.result_of(match))


def _are_equal(ends: list[tuple[Any, ...]]) -> bool:
    return all(end == ends[0] for end in ends)
