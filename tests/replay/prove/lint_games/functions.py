"""Functions of immutable states; tables of constants that loops build at import; results that are kept by what they follow from."""

import functools
import itertools
from typing import NamedTuple

SINES = []
for _step in range(16):
    SINES.append((_step * 1024) // 16)

NEIGHBOURS = {}
for _x, _y in itertools.product(range(3), repeat=2):
    NEIGHBOURS[_x, _y] = [(_x + dx, _y) for dx in (-1, 1) if 0 <= _x + dx < 3]

_DISTANCES = {}
_squares = None


def _fill(table):
    for number in range(64):
        table[number] = number * number
    return table


SQUARES = _fill({})


def distance(a, b):
    if (a, b) not in _DISTANCES:
        _DISTANCES[a, b] = abs(a - b) * 3
    return _DISTANCES[a, b]


def squares():
    global _squares
    if _squares is None:
        _squares = [number * number for number in range(100)]
    return _squares


@functools.lru_cache(maxsize=None)
def ways(n: int) -> tuple[int, ...]:
    return tuple(range(n))


@functools.cache
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


class Names:
    cache = {}

    @classmethod
    def _short(cls, name):
        return name[:3]

    @classmethod
    def short(cls, name):
        if name not in cls.cache:
            text = cls._short(name)
            cls.cache[name] = text, len(text)
        return cls.cache[name]

    @staticmethod
    def first(name, seen={}):
        try:
            return seen[name]
        except KeyError:
            letter = seen[name] = name[0]
            return letter


class State(NamedTuple):
    tick: int = 0
    cells: tuple[int, ...] = (0,) * 9


PRICES = [3, 4, 5]
UNITS = {"axe": {"price": 3}, "bow": {"price": 4}}


def buy(units, prices=tuple(PRICES)):
    for unit, price in zip(units, PRICES):
        unit.gold -= price
    for index, unit in enumerate(units):
        unit.gold += PRICES[index % 3] + prices[0]
    bought = [(unit, UNITS["axe"]) for unit in units]
    for unit, kind in bought:
        unit.gold -= kind["price"]
    for unit, (_, kind) in zip(units, UNITS.items()):
        unit.price = kind["price"]
    return {name: dict(kind) for name, kind in UNITS.items()}


def step(state: State, inputs: list[int]) -> State:
    cells = list(state.cells)
    for each in inputs:
        cells[each % 9] += SINES[each % 16] + fibonacci(each % 9)
        for x, y in NEIGHBOURS[each % 3, 0]:
            cells[x + y] -= 1
    table = dict(SQUARES)
    table[3] = len(ways(3))
    rows = [list(row) for row in (state.cells, cells)]
    rows[0][0] = squares()[3] + table[3] + distance(1, 2)
    return state._replace(tick=state.tick + 1, cells=tuple(rows[0]))
