"""Calls that give or take what they should not."""

import games
import numpy as np
from games import Level, Walk
from toys import COUNTER, EVENT, CounterMatch, random_inputs

from planted import Bug, game_of


class ReusedEvents(CounterMatch):
    buffer = np.zeros(1, EVENT)

    def advance(self, inputs):
        super().advance(inputs)
        self.buffer["tick"] = self.state["tick"][0] - 1
        return self.buffer


class WrongTick(CounterMatch):
    def advance(self, inputs):
        super().advance(inputs)
        return np.ones(1, EVENT) if len(inputs) and self.state["tick"][0] > 20 else np.zeros(0, EVENT)


class WrongKind(CounterMatch):
    def advance(self, inputs):
        begun = self.state["tick"][0]
        super().advance(inputs)
        return np.array([(begun + tick, 9, 0, 0) for tick in range(len(inputs))], EVENT)


class WrongEvents(CounterMatch):
    def advance(self, inputs):
        super().advance(inputs)
        return []


class TakesAnySnapshot(CounterMatch):
    def load(self, snapshot):
        pass


class RefusesTooLate(CounterMatch):
    def load(self, snapshot):
        self.state["random"] += 1
        super().load(snapshot)


class GrowingState(CounterMatch):
    def save(self):
        return super().save() + bytes(int(self.state["tick"][0]))


class WritesToInputs(CounterMatch):
    def advance(self, inputs):
        inputs["dx"] = 0
        return super().advance(inputs)


class IndexFromInput(CounterMatch):
    def advance(self, inputs):
        table = [1, 2, 3]
        for row in inputs:
            if row["dx"][0] == -1:
                table[row["buttons"][0]]
        return super().advance(inputs)


class LoopsOnInput(CounterMatch):
    def advance(self, inputs):
        while len(inputs) and inputs["dx"][0, 0] == 32767:
            pass
        return super().advance(inputs)


class Late(games.ListEvents.match):
    def as_events(self, events):
        return [(tick - 1, *rest) for tick, *rest in super().as_events(events)]


class Nothing(Walk):
    save = load = None


def quiet(ticks):
    """Inputs that the rules survive."""
    rows = random_inputs(COUNTER, ticks, 2)
    rows["dx"] %= 100
    return rows


_QUIET = {"inputs": quiet(60)}
BUGS = {
    "a buffer for events that is used again": Bug(game_of(ReusedEvents), "contract", "the array belongs to the caller"),
    "an event of another tick": Bug(game_of(WrongTick), "contract", "an event says tick 1, and tick 20 caused it"),
    "an event of no kind": Bug(game_of(WrongKind), "contract", "an event of kind 9; there are 2 kinds"),
    "a list instead of an array of events": Bug(game_of(WrongEvents), "contract", "advance() returns list"),
    "an event of a list that is late": Bug(game_of(Late, games.ListEvents), "contract", "an event says tick"),
    "a load that takes anything": Bug(game_of(TakesAnySnapshot), "contract", "load() takes a snapshot of 0 bytes"),
    "a load that refuses too late": Bug(game_of(RefusesTooLate), "contract", "refused a snapshot and changed the match"),
    "a state that is not of its dtype": Bug(game_of(GrowingState), "contract", "save() gives 65 bytes"),
    "rules that write to their inputs": Bug(game_of(WritesToInputs), "contract", "read-only"),
    "neither save nor proof": Bug(game_of(Nothing, Level), "contract", "neither save() nor proof()"),
    "an index from an input": Bug(game_of(IndexFromInput), "nonsense-inputs", "IndexError", options=_QUIET),
    "a loop count from an input": Bug(
        game_of(LoopsOnInput),
        "nonsense-inputs",
        "longer than 0.5 s; it was at contract.py",
        options={**_QUIET, "stall_seconds": 0.5},
    ),
}
