"""An entity component system: stores by component, ids from a counter of the world, systems as functions."""

from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass
class Position:
    x: int = 0
    y: int = 0


@dataclass
class Health:
    points: int = 10
    wounds: list[int] = field(default_factory=list)


@dataclass(slots=True)
class World:
    next_id: int = 0
    stores: dict[type, dict[int, object]] = field(default_factory=lambda: defaultdict(dict))
    queue: deque = field(default_factory=deque)
    free: set[int] = field(default_factory=set)

    def create(self, *components):
        entity, self.next_id = self.next_id, self.next_id + 1
        for component in components:
            self.stores[type(component)][entity] = component
        return entity

    def get(self, kind):
        return self.stores[kind].items()

    def remove(self, entity):
        for store in self.stores.values():
            store.pop(entity, None)
        self.free.add(entity)


def move(world: World) -> None:
    for _, position in world.get(Position):
        position.x += 1


def hurt(world: World, hits: dict[int, int]) -> None:
    for entity, health in list(world.get(Health)):
        health.points -= hits.get(entity, 0)
        health.wounds.append(hits.get(entity, 0))
        if health.points <= 0:
            world.queue.append(entity)


def bury(world: World) -> None:
    while world.queue:
        world.remove(world.queue.popleft())
    for entity in sorted(world.free):
        world.queue.append(entity)


SYSTEMS = [move, bury]
OPTIONAL = {"hurt": hurt}


def new_match(seed):
    world = World()
    for _ in range(seed % 4 + 1):
        world.create(Position(), Health())
    return world


def step(world, inputs):
    for system in SYSTEMS:
        system(world)
    OPTIONAL["hurt"](world, {each: 1 for each in inputs})
