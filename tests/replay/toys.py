"""Tiny games on the engine, each for what it proves. They know nothing of arena, and the engine knows nothing of them."""

from __future__ import annotations

import numpy as np

EVENT = np.dtype([("tick", "<i4"), ("kind", "<u1"), ("actor", "<u1"), ("amount", "<i4")])


class Toy:
    """What the toy games share: the facts of a game; a match class does the rest."""

    rules = 1
    ticks_per_second = 60
    event_dtype = EVENT
    match: type

    def new_match(self, seed, players, config):
        return self.match(seed, players, config)


class CounterMatch:
    """Two counters and a random number per player: every input bit and the seed have a lasting effect."""

    def __init__(self, seed, players, config):
        self.state_dtype = np.dtype(
            [("tick", "<i8"), ("random", "<u8"), ("players", [("sum", "<i8"), ("last", "<i8"), ("luck", "<i8")], (players,))]
        )
        self.state = np.zeros(1, self.state_dtype)
        self.state["random"] = seed
        self.step_by = int(config.get("step", 1))

    def advance(self, inputs):
        """On Python's own numbers: what tests do most would take ten times as long on numpy's, one by one."""
        state = self.state[0]
        events, tick, random, players = [], int(state["tick"]), int(state["random"]), state["players"].tolist()
        for row in inputs.tolist():
            for index, (dx, buttons) in enumerate(row):
                random = (random * 6364136223846793005 + 1442695040888963407) % 2**64
                total, luck = players[index][0] + self.step_by * (dx + 3 * buttons), random >> 33
                players[index] = (total, dx, luck)
                if buttons & 1:
                    events.append((tick, 0, index, total % 1000))
                if random >> 58 == 0:
                    events.append((tick, 1, index, luck % 1000))
            tick += 1
        state["tick"], state["random"], state["players"] = tick, random, players
        return np.array(events, EVENT)

    def save(self):
        return self.state.tobytes()

    def load(self, snapshot):
        if len(snapshot) != self.state_dtype.itemsize:
            raise ValueError("not a state of this match")
        self.state[:] = np.frombuffer(snapshot, self.state_dtype)

    def result(self):
        return {"sums": [int(value) for value in self.state["players"]["sum"][0]]}


class Counter(Toy):
    name = "counter"
    input_dtype = np.dtype([("dx", "<i2"), ("buttons", "u1")])
    event_kinds = ("press", "luck")
    match = CounterMatch


class BankMatch:
    """An account whose balance is the fold of deposits and withdrawals, and which refuses an overdraft."""

    state_dtype = np.dtype([("balance", "<i8"), ("tick", "<i8")])

    def __init__(self, seed, players, config):
        self.state = np.zeros(1, self.state_dtype)

    def advance(self, inputs):
        events = []
        state = self.state[0]
        for row in inputs:
            for index, order in enumerate(row):
                amount = int(order["amount"])
                if amount:
                    accepted = state["balance"] + amount >= 0
                    if accepted:
                        state["balance"] += amount
                    kind = 2 if not accepted else 0 if amount > 0 else 1
                    events.append((state["tick"], kind, index, amount))
            state["tick"] += 1
        return np.array(events, EVENT)

    save = CounterMatch.save
    load = CounterMatch.load

    def result(self):
        return {"balance": int(self.state["balance"][0])}


class Bank(Toy):
    name = "bank"
    input_dtype = np.dtype([("amount", "<i4")])
    event_kinds = ("deposited", "withdrawn", "refused")
    match = BankMatch


class LeakyMatch(CounterMatch):
    """A planted bug: part of what decides the future is in no snapshot."""

    calls = 0  # shared by all matches: the leak

    def advance(self, inputs):
        LeakyMatch.calls += len(inputs)
        events = super().advance(inputs)
        if LeakyMatch.calls > 100:
            self.state["players"]["luck"][0, 1] += LeakyMatch.calls
        return events


class Leaky(Counter):
    name = "leaky"
    match = LeakyMatch


COUNTER, BANK, LEAKY = Counter(), Bank(), Leaky()


def random_inputs(game, ticks, players, seed=0):
    """Inputs as people make them: changing now and then. Shape (ticks, players)."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((ticks, players), game.input_dtype)
    for name in game.input_dtype.names:
        info = np.iinfo(game.input_dtype[name])
        values = rng.integers(info.min, info.max, (ticks, players), endpoint=True, dtype=info.dtype.newbyteorder("="))
        held = np.maximum.accumulate(np.where(rng.random((ticks, players)) < 0.2, np.arange(ticks)[:, None], 0), axis=0)
        rows[name] = np.take_along_axis(values, held, axis=0)
    return rows


class Drifting(CounterMatch):
    def advance(self, inputs):
        events = super().advance(inputs)
        if self.state["tick"][0] == 100:
            self.state["players"]["sum"][0, 1] += 1
        return events


class DriftingGame(Counter):
    match = Drifting


class LaterRules(Counter):
    rules = 9
