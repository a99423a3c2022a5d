"""Balls in a box, in pymunk, each pushed by a player.

A space of pymunk cannot be saved exactly: what its solver remembers of the last step is not in it. So there is no save() here, and
going back runs again from the start. All is floats; the proof is their bits.

    replay check replay.docs.examples.physics:BALLS
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pymunk

SIZE, RADIUS, PUSH = 200, 12, 600.0


class BallsMatch:
    def __init__(self, seed: int, players: int) -> None:
        self.space = pymunk.Space()
        self.space.gravity = (0, 300)
        corners = [(0, 0), (SIZE, 0), (SIZE, SIZE), (0, SIZE)]
        for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
            self.add(pymunk.Segment(self.space.static_body, start, end, 3))
        self.balls = [pymunk.Body(1, 100) for _ in range(players)]
        for ball, place in zip(self.balls, np.random.default_rng(seed).uniform(30, SIZE - 30, (players, 2)), strict=True):
            ball.position = tuple(place.tolist())
            self.space.add(ball)
            self.add(pymunk.Circle(ball, RADIUS))

    def add(self, shape: pymunk.Shape) -> None:
        shape.elasticity, shape.friction = 0.9, 0.5
        self.space.add(shape)

    def advance(self, rows: Any) -> None:
        for row in rows:
            for ball, (x, y) in zip(self.balls, np.stack([row["x"], row["y"]], -1).clip(-1, 1).tolist(), strict=True):
                ball.apply_force_at_world_point((PUSH * x, PUSH * y), ball.position)
            self.space.step(1 / 60)

    def proof(self) -> bytes:
        state = [(*ball.position, *ball.velocity, ball.angle, ball.angular_velocity) for ball in self.balls]
        return b"".join(struct.pack("<6d", *numbers) for numbers in state)

    def screen(self) -> Any:
        y, x = np.mgrid[:SIZE, :SIZE]
        picture = np.full((SIZE, SIZE, 3), 30, np.uint8)
        for number, ball in enumerate(self.balls):
            is_ball = (x - ball.position.x) ** 2 + (y - ball.position.y) ** 2 < RADIUS**2
            picture[is_ball] = (255, 80 * number % 256, 90)
        return picture


class Balls:
    name, rules, ticks_per_second = "balls", 1, 60
    input_dtype = np.dtype([("x", "<f4"), ("y", "<f4")])  # a push, -1..1

    def new_match(self, seed: int, players: int, config: dict[str, int | str]) -> BallsMatch:
        return BallsMatch(seed, players)


BALLS = Balls()
