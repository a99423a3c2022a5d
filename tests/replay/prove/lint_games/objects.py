"""Objects that hold objects: registries filled at import, class constants, slots, properties, logging."""

from __future__ import annotations

import logging
from enum import Enum, IntFlag, auto
from typing import ClassVar

logger = logging.getLogger(__name__)

KINDS: dict[str, type[Unit]] = {}
ORDER: list[str] = []


def register(kind):
    def enter(unit_class):
        KINDS[kind] = unit_class
        ORDER.append(kind)
        return unit_class

    return enter


class Side(Enum):
    LEFT = auto()
    RIGHT = auto()

    def other(self):
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Flags(IntFlag):
    BURNING = 1
    FROZEN = 2


class Unit:
    __slots__ = ("flags", "hp", "orders", "side", "x")
    speed = 3
    costs: ClassVar[dict[str, int]] = {"gold": 5}
    orders_at_start: ClassVar[tuple[str, ...]] = ("wait",)

    def __init__(self, side: Side, x: int = 0, orders=None) -> None:
        self.side, self.x, self.hp, self.flags = side, x, 10, Flags(0)
        self.orders = list(self.orders_at_start) if orders is None else list(orders)

    def __init_subclass__(cls, **settings) -> None:
        super().__init_subclass__(**settings)
        cls.costs = {**cls.costs, "wood": 1}

    def __hash__(self) -> int:
        return hash((self.side.value, self.x))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {id(self):x}>"

    @property
    def is_alive(self) -> bool:
        return self.hp > 0

    def move(self) -> None:
        self.x += self.speed if self.side is Side.LEFT else -self.speed
        self.flags |= Flags.BURNING
        self.orders.append("move")


@register("knight")
class Knight(Unit):
    speed = 5


@register("pikeman")
class Pikeman(Unit):
    def move(self) -> None:
        super().move()
        self.orders.clear()


class Match:
    units: list[Unit]
    log: list[str] = []  # noqa: RUF012 - replaced for each match

    def __init__(self, seed: int) -> None:
        self.units = [KINDS[kind](Side.LEFT) for kind in ORDER]
        self.log = []
        self.by_side = {side: [] for side in Side}
        self.seen = {unit: 0 for unit in self.units}
        self.random = seed

    def step(self) -> None:
        for unit in self.units:
            unit.move()
            self.by_side[unit.side].append(unit)
            self.seen[unit] = unit.x
        dead = {unit for unit in self.units if not unit.is_alive}
        self.units = [unit for unit in self.units if unit not in dead]
        if dead:
            logger.info("%s fell", len(dead))
        self.log.append(f"{len(self.units)} stand")
        self.random = (self.random * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
