"""Arrays and kernels: records, views, masks, arrays that are filled before they are read, integers that wrap on purpose."""

import numpy as np
from numba import njit

UNIT = np.dtype([("hp", "i2"), ("x", "<i4"), ("y", "<i4"), ("cooldown", "u1"), ("tick", "u4")])
COSTS = np.array([10, 20, 30, 255], np.uint8)
COSTS.flags.writeable = False
MASK = np.uint64(0xFFFFFFFFFFFFFFFF)
TABLE = np.zeros((8, 8), np.int64)
for _row in range(8):
    TABLE[_row] = np.arange(8) * _row
NO_EVENTS = np.empty(0, UNIT)


@njit(cache=True)
def next_random(state):
    state[0] = (state[0] * np.uint64(6364136223846793005) + np.uint64(1)) & MASK
    return state[0] >> np.uint64(33)


@njit(cache=True)
def distances(xs, ys):
    out = np.empty(len(xs), np.int64)
    for i in range(len(xs)):
        out[i] = abs(xs[i]) + abs(ys[i])
    return out


@njit
def low_byte(value):
    return np.uint8(value & 0xFF) & 0x7F


class Match:
    def __init__(self, seed, players):
        self.units = np.zeros(players, UNIT)
        self.random = np.array([seed], np.uint64)
        self.costs = COSTS.copy()
        self.table = TABLE.copy()
        self.buffer = np.empty(players, np.int64)
        self.buffer[:] = 0
        self.pairs = np.empty((0, 2), np.int64)

    def advance(self, rows):
        units = self.units
        for row in rows:
            units["x"] += row["dx"]
            units["cooldown"][units["cooldown"] > 0] -= 1
            hit = units["hp"] > 0
            units["hp"][hit] -= 1
            self.costs[0] += 1
            self.table[1:3] *= 2
            view = self.table[2]
            view[0] = next_random(self.random)
            np.add(self.buffer, 1, out=self.buffer)
            fastest = np.argsort(distances(units["x"], units["y"]), kind="stable")
            units["tick"] += 1
            self.units[:] = units[fastest]
        costs = COSTS[COSTS > 10]
        costs[0] = 1
        return NO_EVENTS, self.units.sum(dtype=np.int64) if False else TABLE[1:].sum()

    def save(self):
        return self.units.tobytes() + self.random.tobytes()
