"""Inputs that reach what the first inputs do not: those that reach new branches of the rules are kept, and changed further.

It runs in a process of its own, compiled rules interpreted, and is repeatable: chance is seeded, and what it may cost is counted in
lines of the rules, not in seconds.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import IO, Any, NamedTuple

import numpy as np
from xxhash import xxh3_64_intdigest

from replay.core.game import Game, Inputs, abilities_of, result_of
from replay.prove.conformance.given import EXTREMES, Given, arguments, extreme, given, played, random_inputs
from replay.prove.conformance.lines import EndlessError, LineTracer, lines_of, numbers_in, rules_of
from replay.prove.conformance.straight import can_load, raised_at, state_of

_RUNS = 400
_KEPT = 8
_TIMES_LONGER = 4
_SEEDS = 12
_LEAST_TICKS, _AFTER_TICKS = 30, 60
_SHARE = 24  # at least so many runs fit into what the search may cost


class Found(NamedTuple):
    """A match of this seed, whose inputs reach something for the first time. states: hashes of 0..ticks, where one is due (else 0).
    gain: how many steps from line to line are new; new: new lines. raised: what the last tick raised."""

    seed: int
    rows: Inputs
    commands: list[Any]
    states: list[int]
    gain: int
    new: list[tuple[str, int]]
    raised: str = ""


class Reached(NamedTuple):
    """found: the inputs that reach most of what is new, in the order of the search. missing: the lines in functions of the files of
    the rules that no run reached, of `line_count`. runs: how many there were."""

    found: list[Found]
    missing: list[tuple[str, int]]
    line_count: int
    runs: int


def answer(source: IO[bytes], answers: IO[bytes]) -> None:
    """Unpickles only what the parent sent."""
    pickled, budget_lines = pickle.load(source)
    game, seed, players, config, rows, commands = pickle.loads(pickled)
    search = Search(game, seed, players, config, given(rows, commands), budget_lines)
    answers.write(pickle.dumps(search.run()))
    answers.flush()


class Search:
    """budget_lines: of the rules, that all runs may take together."""

    def __init__(self, game: Game, seed: int, players: int, config: Any, first: Given, budget_lines: int) -> None:
        self._game, self._seed, self._players, self._config, self._first = game, seed, players, config, first
        self._tracer = LineTracer(rules_of(game, self._new(seed)))
        self._budget, self._rng = budget_lines, np.random.default_rng(1)
        self._proof_ticks = abilities_of(game).proof_ticks
        self._found: list[Found] = []
        self._places: set[str] = set()  # where inputs made the rules raise
        self._ticks = self._ran_ticks = len(first.rows)

    def run(self) -> Reached:
        """The first inputs, as far as a third of the budget goes, and then others, as many as fit into it."""
        runs, tracer = 1, self._tracer
        self._read_once()
        base = self._try_out(self._seed, self._first, self._budget // 3)
        if tracer.arcs:
            ticks, cost = self._ran_ticks, tracer.count
            self._ticks = int(np.clip(self._budget // _SHARE * ticks // cost, _LEAST_TICKS, self._ticks))
            is_cheap = ticks == len(self._first.rows) and cost * _TIMES_LONGER < self._budget // 2
            longer = self._longer() if is_cheap else ()
            for seed, inputs in chain(self._other_seeds(), longer, self._candidates(base)):
                if tracer.count >= self._budget or runs >= _RUNS:
                    break
                runs += 1
                found = self._try_out(seed, inputs)
                is_new_place = bool(found.raised) and found.raised not in self._places
                self._places.add(found.raised)
                if (found.gain and not found.raised) or is_new_place:
                    self._found.append(found)
        whole = lines_of(tracer.codes)
        missing = whole - {(file, line) for file, _, line in tracer.arcs}
        best = sorted(range(len(self._found)), key=lambda at: (not self._found[at].raised, -self._found[at].gain))[:_KEPT]
        found_here = [self._with_states(self._found[at]) for at in sorted(best)]
        return Reached(found_here, sorted(missing), len(whole), runs)

    def _new(self, seed: int) -> Any:
        return self._game.new_match(seed, self._players, self._config)

    def _read_once(self) -> None:
        """What else is of the rules: a match that begins, is loaded and tells its result."""
        with self._tracer:
            match = self._new(self._seed)
            if can_load(match):
                match.load(match.save())
            result_of(match)

    def _try_out(self, seed: int, inputs: Given, most: int = sys.maxsize) -> Found:
        """Run it, through about `most` lines, and cut it off some time after the last new step."""
        tracer, ticks, last_tick, raised = self._tracer, len(inputs.rows), 0, ""
        before, size = set(tracer.arcs), len(tracer.arcs)
        with tracer:
            match = self._new(seed)
        end = tracer.count + most
        for tick in range(ticks):
            if tracer.count > end:
                break
            self._ran_ticks = tick + 1
            try:
                self._traced_tick(match, inputs, tick)
            except (Exception, EndlessError) as error:
                raised, last_tick = f"{type(error).__name__}: {error}{raised_at(error)}", tick
                break
            if len(tracer.arcs) > size:
                last_tick, size = tick, len(tracer.arcs)
        ticks = min(ticks, last_tick + 1 + (0 if raised else _AFTER_TICKS))
        steps = tracer.arcs - before
        reached = {(file, line) for file, _, line in before}
        new = sorted({(file, line) for file, _, line in steps} - reached)
        return Found(seed, *inputs.between(0, ticks), [], len(steps), new, raised)

    def _traced_tick(self, match: Any, inputs: Given, tick: int) -> None:
        given = arguments(self._game, *inputs.between(tick, tick + 1))
        with self._tracer:
            match.advance(*given)

    def _with_states(self, found: Found) -> Found:
        """Run once more, without looking at lines."""
        inputs, states = Given(found.rows, found.commands), list[int]()
        match = self._new(found.seed)
        for tick in range(len(found.rows) - bool(found.raised)):
            states.append(self._hash(match, tick))
            match.advance(*arguments(self._game, *inputs.between(tick, tick + 1)))
        return found._replace(states=[*states, self._hash(match, len(states))])

    def _hash(self, match: Any, tick: int) -> int:
        return 0 if tick % self._proof_ticks else xxh3_64_intdigest(state_of(match))

    # --- what to try ---

    def _other_seeds(self) -> Iterator[tuple[int, Given]]:
        """The first inputs, for a while; what a match begins with may be all that is different. At a sixth of the budget."""
        own, end = abilities_of(self._game).inputs, self._tracer.count + self._budget // 6
        for _ in range(_SEEDS):
            if self._tracer.count > end:
                return
            seed = int(self._rng.integers(2**63))
            if own is None:
                yield seed, Given(*self._first.between(0, _LEAST_TICKS))
            elif (inputs := self._played(seed, seed, _LEAST_TICKS)) is not None:
                yield seed, inputs

    def _longer(self) -> Iterator[tuple[int, Given]]:
        """The first inputs over and over: some things happen late."""
        if abilities_of(self._game).inputs is None:
            yield self._seed, given(np.concatenate([self._first.rows] * _TIMES_LONGER), self._first.commands)
        elif (inputs := self._played(self._seed, 1, len(self._first.rows) * _TIMES_LONGER)) is not None:
            yield self._seed, inputs

    def _played(self, seed: int, chance: int, ticks: int) -> Given | None:
        """What the game itself gives. None if the rules raise: then nothing is known of the match so far."""
        try:
            return played(self._game, partial(self._new, seed), ticks, self._players, chance)
        except Exception:
            return None

    def _candidates(self, base: Found) -> Iterator[tuple[int, Given]]:
        own, dtype = abilities_of(self._game).inputs, base.rows.dtype
        number = 0
        if dtype.itemsize:
            yield from ((self._seed, inputs) for inputs in self._simple(dtype))
        elif own is None:
            return
        while True:
            number += 1
            seed = self._seed if number % 3 else int(self._rng.integers(2**63))
            if own is not None and (number % 2 or not dtype.itemsize):
                if (inputs := self._played(seed, number, self._ticks)) is not None:
                    yield seed, inputs
            elif not abilities_of(self._game).takes_commands:
                source = self._found[int(self._rng.integers(len(self._found)))] if self._found else base
                yield (seed if seed != self._seed else source.seed), given(self._changed(self._long(source.rows)), [])
            else:
                yield seed, given(self._changed(self._long(base.rows)), base.commands)

    def _simple(self, dtype: np.dtype[Any]) -> Iterator[Given]:
        """Everything at one end, everything new at each tick, and each field through the numbers that are written in the rules."""
        shape = self._ticks, self._players
        for hold in (0.02, 1.0):
            yield given(random_inputs(self._game, *shape, self._seed + 1, hold), [])
        for name in dtype.names or ():
            yield given(self._swept(name), [])
        for which in EXTREMES:
            if not any(dtype[name].kind == "f" for name in dtype.names or ()):
                yield given(extreme(shape, dtype, which), [])

    def _swept(self, name: str) -> Inputs:
        """One number at each tick, another for each player."""
        rows = self._long(self._first.rows)
        written = [number + by for by in (0, 1, -1) for number in self._numbers()]
        written += [-number for number in written]
        for player in range(self._players):
            values = [_as(rows.dtype[name], number) for number in written[: self._ticks]]
            rows[name][: len(values), player] = np.roll(np.array(values, rows.dtype[name]), player)
        return rows

    def _numbers(self) -> list[int | float]:
        return [0, 1, *numbers_in(self._tracer.codes)]

    def _long(self, rows: Inputs) -> Inputs:
        """Of the length that is tried, its last row held."""
        at = np.minimum(np.arange(self._ticks), len(rows) - 1)
        longer: Inputs = rows[at].copy()
        return longer

    def _changed(self, rows: Inputs) -> Inputs:
        rng, ticks = self._rng, len(rows)
        for _ in range(int(rng.integers(1, 5))):
            start = int(rng.integers(ticks))
            stop = min(start + int(rng.choice([1, 2, 6, 30, 120, ticks])), ticks)
            player = slice(None) if rng.random() < 0.3 else int(rng.integers(self._players))
            name = str(rng.choice(list(rows.dtype.names or ())))
            field = rows[name]
            kind = int(rng.integers(4))
            if kind == 0:  # as at another time
                other = int(rng.integers(ticks))
                field[start:stop, player] = field[(np.arange(start, stop) + other) % ticks][:, player]
            elif kind == 1:  # now and then
                field[start : stop : int(rng.integers(2, 9)), player] = self._value(field.dtype)
            else:
                field[start:stop, player] = self._value(field.dtype)
        return rows

    def _value(self, dtype: np.dtype[Any]) -> Any:
        """A number that is written in the rules, or beside one; a small one; or any."""
        rng, written = self._rng, self._numbers()
        if rng.random() < 0.3 and dtype.kind != "f":
            return rng.integers(0, 256, dtype.itemsize, np.uint8).view(dtype)[0]
        if rng.random() < 0.4:
            return _as(dtype, int(rng.choice([0, 1, -1, 2])))
        return _as(dtype, written[int(rng.integers(len(written)))] * int(rng.choice([1, 1, -1])) + int(rng.choice([0, 0, 1, -1])))


def _as(dtype: np.dtype[Any], number: float) -> Any:
    """In a field of this type; an integer that is too large loses its upper bits."""
    if dtype.kind == "f":
        return dtype.type(number)
    low, size = int(np.iinfo(dtype).min), 2 ** (8 * dtype.itemsize)
    return dtype.type((int(number) - low) % size + low)
