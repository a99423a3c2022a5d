"""Games that the toys are not: with commands, listed events, states that grow, no load, a dear proof, rules that raise."""

from __future__ import annotations

import contextlib

import msgpack
import numpy as np
from toys import Counter, CounterMatch

from replay import Recorder


class TalkMatch:
    """What was said, and a sum over it. The state grows; events are listed."""

    def __init__(self, seed, players, config):
        self.tick, self.sum, self.said = 0, seed % 1000, []

    def advance(self, rows, commands):
        events = []
        for _ in rows:
            for tick, player, data in commands:
                if tick != self.tick:
                    continue
                if data == {"say": "boom"}:
                    raise ZeroDivisionError("boom")
                text = str(data["say"])
                self.said.append(text)
                self.sum = (self.sum * 31 + sum(text.encode()) + player) % 2**40
                events.append((tick, "said", {"actor": player, "item": text, "amount": self.sum}))
            self.sum = (self.sum * 7 + 1) % 2**40
            self.tick += 1
        return events

    def save(self):
        return msgpack.packb([self.tick, self.sum, self.said])

    def load(self, saved):
        values = msgpack.unpackb(saved)
        if not isinstance(values, list) or len(values) != 3:
            raise ValueError("not a state of this match")
        self.tick, self.sum, self.said = values

    def result(self):
        return {"sum": self.sum, "said": len(self.said)}


class Talk:
    name = "talk"
    rules = 1
    ticks_per_second = 20
    takes_commands = True
    event_kinds = ("said",)

    def new_match(self, seed, players, config):
        return TalkMatch(seed, players, config)


class NoLoadMatch(CounterMatch):
    load = None


class NoLoad(Counter):
    name = "noload"
    match = NoLoadMatch


class Dear(Counter):
    """A proof that costs much: every 6 ticks."""

    name = "dear"
    proof_ticks = 6


class ForgetfulMatch(CounterMatch):
    """Part of what decides the future is not in save(): a state that is loaded goes on differently."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.total = 0

    def advance(self, inputs):
        events = super().advance(inputs)
        self.total += int(np.abs(inputs["dx"].astype(np.int64)).sum())
        self.state["players"]["luck"][0, 0] ^= self.total & 0xFFFF
        return events


class Forgetful(Counter):
    name = "forgetful"
    match = ForgetfulMatch


class DriftMatch(CounterMatch):
    """The counter, but for something that is added in tick 100."""

    def advance(self, inputs):
        events = []
        for index in range(len(inputs)):
            events.append(super().advance(inputs[index : index + 1]))
            if self.state["tick"][0] == 101:
                self.state["players"]["sum"][0, 1] += 1
        return np.concatenate(events)


class Drift(Counter):
    match = DriftMatch


TALK, NO_LOAD, DEAR, FORGETFUL, DRIFT = Talk(), NoLoad(), Dear(), Forgetful(), Drift()
WORDS = ("hello", "and", "\u6771\u4eac", "good", "bye")


def record_talk(path, ticks=130, crash=False, game=TALK, **options):
    """Two players who say something every now and then; with `crash` the rules raise in the end."""
    with Recorder(path, game, seed=3, players=["Ann", "Ben"], **options) as recorder:
        for tick in range(ticks):
            recorder.step(commands=[(tick % 2, {"say": WORDS[tick % 5]})] if tick % 7 in (2, 3) else [])
        if crash:
            with contextlib.suppress(ValueError):
                recorder.step(commands=[(0, {"say": "boom"})])
