"""A small game on the kernels of `replay.native`: balls in a box that count their hits. Nothing in it is arena's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from replay.native.engine import engine_of
from replay.native.hashing import xxh3
from replay.native.kernels import Kernels, kernel
from replay.native.match import CompiledMatch
from replay.native.rules import Array, Entry, Rules

KERNELS = Kernels("toy", __name__, Path(__file__).parent, ["native_toy.py"], rules="native_toy:RULES")

INPUT = np.dtype([("push", "i1"), ("jump", "u1")])
BALL = np.dtype([("x", "<i4"), ("v", "<i2"), ("hits", "u1")])
STATE = np.dtype([("tick", "<i4"), ("players", "i1"), ("rng", "<u8"), ("balls", BALL, (5,))])
EVENT = np.dtype([("tick", "<i4"), ("kind", "i1"), ("actor", "i1"), ("speed", "<i2")])
TABLES = np.dtype([("walls", "<i4", (2,))])
U1 = np.dtype("u1")


@kernel
def tick(world, tables, inputs):
    state, log = world.state, world.log
    for player in range(int(state.players)):
        ball, row = state.balls[player], inputs[player]
        ball.v = max(-900, min(900, int(ball.v) + int(row.push)))
        x = int(ball.x) + int(ball.v)
        if x < tables.walls[0] or x > tables.walls[1]:
            event = log.events[int(log.count)]
            log.count += 1
            event.tick, event.kind, event.actor, event.speed = state.tick, 0, player, ball.v
            ball.v = -int(ball.v)
            ball.hits = (int(ball.hits) + 1) & 255
        else:
            ball.x = x
        for _ in range(7 if row.jump == 255 else 1 if row.jump > 0 else 0):  # seven: more than five players may have
            event = log.events[int(log.count)]
            log.count += 1
            event.tick, event.kind, event.actor, event.speed = state.tick, 1, player, int(row.jump)
    state.tick += 1


@kernel
def start(worlds, maps, players, seed):
    worlds[0].state.players = players
    maps[0].walls[0], maps[0].walls[1] = -5000, 5000
    for player in range(players):
        worlds[0].state.balls[player].x = (seed * (player + 3)) % 4000
    return players


@kernel
def hash_of(memory, at, size):
    return np.int64(xxh3(memory, at, size))


RULES = Rules(
    KERNELS,
    tick=tick,
    state=STATE,
    inputs=INPUT,
    events=EVENT,
    events_per_tick=10,
    tables=TABLES,
    entries={
        "start": lambda world: Entry(start, (Array(world, (1,)), Array(TABLES, (1,)), None, None)),
        "hash_of": lambda world: Entry(hash_of, (Array(U1, (None,)), None, None)),
    },
)


class ToyMatch(CompiledMatch):
    def __init__(self, engine, seed: int, players: int) -> None:
        super().__init__(KERNELS, engine.buffer(TABLES.itemsize), players)
        self.engine.entry("start")(self.world.place, self.tables.place, players, seed % 1000)

    def load(self, saved: bytes) -> None:
        if len(saved) != STATE.itemsize or np.frombuffer(saved, STATE)["players"][0] != self.players:
            raise ValueError("not a state of this match")
        self.restore(saved)

    def result(self) -> dict:
        return {"hits": [ball["hits"] for ball in self.record()["balls"][: self.players]]}


class Toy:
    name = "toy"
    rules = 1
    ticks_per_second = 50
    input_dtype = INPUT
    event_dtype = EVENT
    event_kinds = ("hit", "jump")

    def new_match(self, seed: int, players: int, config: dict) -> ToyMatch:
        if not 1 <= players <= 5:
            raise ValueError(f"1 to 5 players, not {players}")
        return ToyMatch(engine_of(KERNELS), seed, players)


TOY = Toy()
