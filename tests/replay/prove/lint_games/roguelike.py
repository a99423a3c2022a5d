"""A dungeon of dicts and sets: search by breadth, sets that are only asked and counted, messages, a lazily filled table."""

import heapq
from collections import deque
from functools import cached_property, singledispatchmethod

WALL, FLOOR = "#", "."
DIRECTIONS = [(0, 1), (1, 0), (0, -1), (-1, 0)]
PRICES = dict(axe=3, bow=5)
PRICES["club"] = 1
PRICES.update(dart=2)
assert len(PRICES) == 4


class Level:
    def __init__(self, rows):
        self.rows = [list(row) for row in rows]
        self.width, self.height = len(rows[0]), len(rows)

    @cached_property
    def area(self):
        return self.width * self.height

    def dig(self, x, y):
        self.rows[y][x] = FLOOR


class Match:
    def __init__(self, rows):
        self.level = Level(rows)
        self.hero = (0, 0)
        self.visible: set[tuple[int, int]] = set()
        self.messages = deque(maxlen=5)
        self.events = []

    def reachable(self, start):
        seen, waiting = {start}, deque([start])
        while waiting:
            x, y = waiting.popleft()
            for dx, dy in DIRECTIONS:
                place = x + dx, y + dy
                if place not in seen and self.is_floor(*place):
                    seen.add(place)
                    waiting.append(place)
        return seen

    def way(self, start, goal):
        costs, heap = {start: 0}, [(0, start)]
        while heap:
            cost, place = heapq.heappop(heap)
            if place == goal:
                return cost
            for dx, dy in DIRECTIONS:
                other = place[0] + dx, place[1] + dy
                if self.is_floor(*other) and cost + 1 < costs.get(other, 1 << 30):
                    costs[other] = cost + 1
                    heapq.heappush(heap, (cost + 1, other))
        return -1

    def is_floor(self, x, y):
        return 0 <= x < self.level.width and 0 <= y < self.level.height and self.level.rows[y][x] == FLOOR

    @singledispatchmethod
    def do(self, command):
        raise TypeError(f"no such command: {command!r}")

    @do.register
    def _(self, command: str):
        self.messages.append(command)

    @do.register
    def _(self, command: tuple):
        self.hero = command
        self.level.dig(*command)

    def step(self, commands):
        for command in commands:
            self.do(command)
        self.visible |= self.reachable(self.hero)
        known = len(self.visible)
        lost = self.visible - {self.hero}
        for place in lost:
            if place[0] > 10:
                known -= 1
        for place in sorted(lost):
            self.events.append(place)
        prices = PRICES | {"axe": known}
        prices["bow"] = self.level.area
        self.visible = {place for place in self.visible if place != self.hero}
        return prices
