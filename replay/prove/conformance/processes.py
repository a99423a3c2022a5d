"""Running a match in processes that differ from this one, and finding which difference it is that matters."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import msgpack
import numpy as np

from replay.core.errors import ReplayError
from replay.core.game import Config, Game
from replay.prove.child import Child
from replay.prove.conformance.differences import NOTHING, Difference, together
from replay.prove.conformance.given import Given

START_SECONDS = 60.0
_AT_ONCE = 2
_SCRIPT = """
import sys
from replay.prove.conformance.inside import answer
answer(sys.stdin.buffer, answers)
"""


class Run(NamedTuple):
    """What another process computed: states 0..ticks, (tick, hash) of the events, the result. Of one that did not get through,
    what it did, and `failure`: its last words. facts: what could be made different there."""

    states: list[bytes]
    events: list[tuple[int, int]]
    result: dict[str, Any] | None
    facts: dict[str, Any]
    failure: str = ""

    @property
    def outcome(self) -> tuple[Any, ...]:
        """What two runs are compared by."""
        return self.states, self.events, self.result, bool(self.failure)


class Sent(NamedTuple):
    """A match as another process is given it."""

    pickled: bytes
    ticks: int
    limit_seconds: float

    def run_with(self, difference: Difference) -> Run:
        """The match, run in a process with this difference."""
        with tempfile.TemporaryDirectory() as folder:
            place = None if difference.at_home else folder
            variables = {"PYTHONHASHSEED": "0", **difference.variables}
            with Child(_SCRIPT, environment=variables, flags=difference.flags, folder=place) as child:
                data = child.run(pickle.dumps((difference, self.pickled)), self.limit_seconds)
                is_complete = child.returncode == 0
                words = f"it takes longer than {self.limit_seconds:g} s" if child.timed_out else child.last_words()
        return _read(data, self.ticks, is_complete, words)

    def run_with_each(self, differences: Sequence[Difference]) -> Iterator[tuple[Difference, Run]]:
        """Some at once, in order."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            yield from zip(differences, pool.map(self.run_with, differences), strict=True)

    def what_matters(self, differences: Sequence[Difference]) -> str:
        """The one difference that alone makes the match another one, by halving them; empty where no single one does."""
        (_, plain), (_, again) = self.run_with_each([NOTHING, NOTHING])
        if plain.outcome != again.outcome:
            return "something that differs between any two processes: chance, a clock, an address in memory"
        left = list(differences)
        while left:
            half = left[: (len(left) + 1) // 2]
            matters = self.run_with(together("some", half)).outcome != plain.outcome
            if matters and len(half) == 1:
                return half[0].name
            if not matters and len(left) == 1:
                return ""
            left = half if matters else left[len(half) :]
        return ""


def sent(game: Game, seed: int, players: int, config: Config, given: Given, seconds: float) -> Sent:
    """Raises ReplayError if the game cannot be sent to another process."""
    if type(game).__module__ == "__main__":
        raise ReplayError("the game is defined in the main program, which another process cannot import")
    try:
        task = pickle.dumps((game, seed, players, dict(config), np.asarray(given.rows), given.commands))
    except Exception as error:
        raise ReplayError(f"the game cannot be sent to another process: {error}") from error
    return Sent(task, len(given.rows), START_SECONDS + seconds * max(len(given.rows) / game.ticks_per_second, 1))


def _read(data: bytes, ticks: int, is_complete: bool, words: str) -> Run:
    unpacker = msgpack.Unpacker(strict_map_key=False, max_buffer_size=0)
    unpacker.feed(data)
    answers = list(unpacker)
    facts = answers.pop(0) if answers else {}
    failure = "" if is_complete and len(answers) == ticks + 2 else words
    result = None if failure or not answers else answers.pop()
    steps = answers[: ticks + 1]
    events = [(tick, event_hash) for _, of_tick in steps for tick, event_hash in of_tick]
    return Run([state for state, _ in steps], events, result, facts, failure)
