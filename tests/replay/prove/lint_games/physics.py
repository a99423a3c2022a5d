"""Bodies of a physics engine: fractions that are only added, multiplied and divided, a space for every match."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pygame
import pymunk

if TYPE_CHECKING:
    import random
    from time import struct_time

GRAVITY = (0.0, 900.0)
STEP = 1 / 60
WALLS = [((0, 0), (640, 0)), ((0, 480), (640, 480))]


class Match:
    def __init__(self, seed: int, dice: random.Random | None = None, since: struct_time | None = None) -> None:
        self.space = pymunk.Space()
        self.space.gravity = GRAVITY
        for a, b in WALLS:
            self.space.add(pymunk.Segment(self.space.static_body, a, b, 2.5))
        self.balls: list[pymunk.Body] = []
        self.angle: float = 0.0
        self.dice = dice

    def drop(self, x: float) -> None:
        body = pymunk.Body(1.0, 10.0)
        body.position = x, 20.0
        self.space.add(body, pymunk.Circle(body, 8.0))
        self.balls.append(body)

    def step(self, drops: list[int]) -> None:
        for x in drops:
            self.drop(x / 2)
        self.space.step(STEP)
        self.angle += math.pi / 8
        if self.angle > math.tau:
            self.angle -= math.tau

    def render(self, clock: pygame.time.Clock, *, human: bool = False) -> None:
        pygame.event.pump()
        self.clock = pygame.time.Clock() if human else clock
        self.clock.tick(60)
        pygame.time.wait(5)
        with open("picture.txt", "w") as file:
            file.write(str(self.speed()))

    def speed(self) -> float:
        return max((math.sqrt(body.velocity.x * body.velocity.x) for body in self.balls), default=0.0)
