"""Fourteen small games, one for each thing that a game may be able or unable to do. All mix what they are given into one number, so
that whatever is lost, doubled or late shows in every later state."""

from __future__ import annotations

import random
import struct
import time
from typing import Any

import msgpack
import numpy as np

MASK = 2**64 - 1
EVENT = np.dtype([("tick", "<i4"), ("kind", "<u1"), ("actor", "<u1"), ("target", "<u1"), ("amount", "<i4")])
KEYS = np.dtype([("dx", "<i2"), ("buttons", "u1")])
KINDS = ("hit", "heal")


def mixed(value, *parts):
    for part in parts:
        value = (value * 6364136223846793005 + int(part) + 1442695040888963407) & MASK
    return value


class Walk:
    """A level-2 match: rows in, structured events out, saved whole. `value` depends on everything so far."""

    def __init__(self, seed, players, config):
        self.value, self.tick, self.players = mixed(0, seed), 0, players

    def advance(self, rows, commands=()):
        events = []
        for row in rows:
            tick = self.tick
            self.take(row, [(player, data) for at, player, data in commands if at == tick])
            self.tick += 1
            events += self.events_of(tick)
        return self.as_events(events)

    def take(self, row, commands):
        for player in row:
            self.value = mixed(self.value, player["dx"], player["buttons"])

    def events_of(self, tick):
        """Up to three a tick, in six of ten ticks."""
        count = max(0, (self.value >> 40) % 10 - 6)
        return [
            (
                tick,
                (self.value >> 8 + at) % 2,
                (self.value >> 16 + at) % 5,
                5 + (self.value >> 20 + at) % 5,
                (self.value >> at) % 999,
            )
            for at in range(count)
        ]

    def as_events(self, events):
        return np.array(events, EVENT)

    def save(self):
        return struct.pack("<QQ", self.value, self.tick)

    def load(self, saved):
        if len(saved) != 16:
            raise ValueError("not a state of this match")
        self.value, self.tick = struct.unpack("<QQ", saved)

    def result(self):
        return {"value": self.value >> 8}

    def seen(self):
        """All that one can see of the match."""
        return self.value, self.tick


class Level:
    """What the games share."""

    name = "walk"
    rules = 1
    ticks_per_second = 60
    input_dtype: Any = KEYS
    event_dtype: Any = EVENT
    event_kinds = KINDS
    match: type = Walk

    def new_match(self, seed, players, config):
        return self.match(seed, players, config)


class Varying(Level):
    name = "varying"

    class match(Walk):  # noqa: N801
        """Things come and go: the state is now shorter, now longer."""

        def __init__(self, seed, players, config):
            super().__init__(seed, players, config)
            self.things = []

        def take(self, row, commands):
            super().take(row, commands)
            if self.value >> 60 < 9:
                self.things.append(self.value & 0xFFFF)
            elif self.things:
                self.value = mixed(self.value, self.things.pop((self.value >> 30) % len(self.things)))

        def save(self):
            return super().save() + b"".join(thing.to_bytes(2, "little") for thing in self.things)

        def load(self, saved):
            if len(saved) < 16 or len(saved) % 2:
                raise ValueError("not a state of this match")
            super().load(saved[:16])
            self.things = [int.from_bytes(saved[at : at + 2], "little") for at in range(16, len(saved), 2)]

        def seen(self):
            return *super().seen(), tuple(self.things)


class NoLoad(Level):
    name = "no-load"

    class match(Walk):  # noqa: N801
        load = None


class ProofOnly(Level):
    name = "proof-only"

    class match(Walk):  # noqa: N801
        save = load = None

        def proof(self):
            return Walk.save(self)


class Floats(Level):
    name = "floats"
    input_dtype = np.dtype([("x", "<f4"), ("y", "<f8")])

    class match(Walk):  # noqa: N801
        def __init__(self, seed, players, config):
            super().__init__(seed, players, config)
            self.at = 0.0

        def take(self, row, commands):
            for player in row:
                self.value = mixed(self.value, *player.tobytes())  # the exact bits
                x, y = float(player["x"]), float(player["y"])
                self.at = self.at / 2 + (x if abs(x) < 1e9 else 1.0) + (y if abs(y) < 1e9 else 1.0)

        def save(self):
            return super().save() + struct.pack("<d", self.at)

        def load(self, saved):
            if len(saved) != 24:
                raise ValueError("not a state of this match")
            super().load(saved[:16])
            self.at = struct.unpack("<d", saved[16:])[0]

        def seen(self):
            return *super().seen(), self.at


class CommandsOnly(Level):
    name = "commands-only"
    input_dtype = None

    class match(Walk):  # noqa: N801
        def take(self, row, commands):
            assert not row.dtype.names
            self.value = mixed(self.value, 1)
            for player, data in commands:
                self.value = mixed(self.value, player, *msgpack.packb(data))


class RowsAndCommands(Level):
    name = "rows-and-commands"
    takes_commands = True

    class match(Walk):  # noqa: N801
        def take(self, row, commands):
            super().take(row, commands)
            for player, data in commands:
                self.value = mixed(self.value, player, *msgpack.packb(data))


class Dear(Level):
    name = "dear"
    proof_ticks = 15

    class match(Walk):  # noqa: N801
        saves = 0

        def save(self):
            type(self).saves += 1
            time.sleep(0.001)
            return super().save() + bytes(50_000)

        def load(self, saved):
            super().load(saved[:16])

        def proof(self):
            time.sleep(0.0001)
            return Walk.save(self)


class DearAndRaising(Dear):
    name = "dear-and-raising"

    class match(Dear.match):  # noqa: N801
        def take(self, row, commands):
            super().take(row, commands)
            _ = 1 // (100 - self.tick)


class Leaking(Level):
    name = "leaking"
    steps = 0

    def new_match(self, seed, players, config):
        Leaking.steps = 0
        return self.match(seed, players, config)

    class match(Walk):  # noqa: N801
        """A counter of the module decides the future, and is in no save."""

        def take(self, row, commands):
            super().take(row, commands)
            Leaking.steps += 1
            if Leaking.steps % 50 == 0:
                self.value = mixed(self.value, Leaking.steps)


class Forgetful(Level):
    name = "forgetful"

    class match(Walk):  # noqa: N801
        """Every match has a counter of its own that is in no save, and every tick depends on it."""

        steps = 0

        def take(self, row, commands):
            self.steps += 1
            self.value = mixed(self.value, self.steps)
            super().take(row, commands)


class Handles(Level):
    name = "handles"

    class match(Walk):  # noqa: N801
        """Keeps states of its own: numbers of a table, of which some are in use."""

        save = load = None

        def __init__(self, seed, players, config):
            super().__init__(seed, players, config)
            self.table, self.released = [], []

        def proof(self):
            return Walk.save(self)

        def checkpoint(self):
            self.table.append(self.proof())
            return len(self.table) - 1

        def restore(self, handle):
            assert handle not in self.released, "a handle that was given back"
            Walk.load(self, self.table[handle])

        def release(self, handle):
            assert handle not in self.released, "given back twice"
            self.released.append(handle)


class Raising(Level):
    name = "raising"

    class match(Walk):  # noqa: N801
        def take(self, row, commands):
            super().take(row, commands)  # half of the step is done when it raises
            _ = 1 // (100 - self.tick)


class RaisingOnCommand(Level):
    name = "raising-on-command"
    takes_commands = True

    class match(Walk):  # noqa: N801
        def take(self, row, commands):
            super().take(row, commands)
            for _, data in commands:
                if data == "boom" and int(row["buttons"][0]) == 99:
                    raise KeyError(data)


class ResultRaises(Level):
    name = "result-raises"

    class match(Walk):  # noqa: N801
        def result(self):
            raise LookupError("nobody has won")


class LoadRaises(Level):
    name = "load-raises"

    class match(Walk):  # noqa: N801
        def load(self, saved):
            raise TypeError("load is not written yet")


class NoPlace(Level):
    name = "no-place"

    def new_match(self, seed, players, config):
        raise PermissionError(13, "Permission denied", "/var/cache/no-place")


class ListEvents(Level):
    name = "list-events"
    event_dtype = None

    class match(Walk):  # noqa: N801
        def as_events(self, events):
            return [
                (tick, KINDS[kind], {"actor": actor, "target": target, "amount": amount, "at": [amount / 2, None]})
                for tick, kind, actor, target, amount in events
            ]


class Silent(Level):
    name = "silent"
    event_dtype = None
    event_kinds = ()

    class match(Walk):  # noqa: N801
        def as_events(self, events):
            return None


def inputs_for(game, ticks, players=2, seed=0):
    """What is given at every tick: (row or None, commands)."""
    rng, chance = np.random.default_rng(seed), random.Random(seed)
    takes = getattr(game, "takes_commands", game.input_dtype is None)
    given, row = [], None if game.input_dtype is None else np.zeros(players, game.input_dtype)
    for _ in range(ticks):
        if row is not None and chance.random() < 0.4:
            row = row.copy()
            row[chance.randrange(players)] = _any_input(game.input_dtype, rng, chance)
        commands = []
        while takes and chance.random() < 0.3:
            say = chance.choice(["e2e4", {"pay": chance.randrange(10**12), "to": None}, [1, 2.5, b"\0"], "", True])
            commands.append((chance.randrange(players), say))
        given.append((row, commands))
    return given


def _any_input(dtype, rng, chance):
    values = []
    for name in dtype.names:
        kind = dtype[name]
        if kind.kind == "f":
            values.append(chance.choice([0.0, -0.0, float("inf"), float("-inf"), 5e-324, 1e-45, rng.normal(), 1 / 3]))
        else:
            info = np.iinfo(kind)
            values.append(int(rng.integers(info.min, info.max, endpoint=True)))
    return tuple(values)
