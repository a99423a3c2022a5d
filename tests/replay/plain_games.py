"""Games written as a person writes them: objects, lists, references to one another."""

from __future__ import annotations

import enum
from collections import deque
from dataclasses import dataclass, field
from subprocess import Popen  # noqa: F401  # with a destructor: no stranger's bytes may make one
from typing import Annotated, Any, NamedTuple

import numpy as np

from replay.games.plain import PlainGame


class Point(NamedTuple):
    x: int
    y: int


class Mood(enum.Enum):
    CALM = "calm"
    ANGRY = "angry"


@dataclass
class Ball:
    x: int
    y: int
    dx: int
    dy: int


@dataclass(frozen=True)
class Square:
    file: int
    rank: int


@dataclass(slots=True)
class Shot:
    at: Point
    owner: Any


class Monster:
    """An ordinary class: knows the game it is in, and another monster."""

    def __init__(self, game: World, number: int) -> None:
        self.game, self.number, self.enemy, self.mood = game, number, None, Mood.CALM
        self.random = game.random

    def act(self) -> None:
        if self.enemy is not None and self.random.random() < 0.2:
            self.enemy.mood = Mood.ANGRY
            self.game.anger += 1


class Pong(PlainGame):
    players = 2
    event_kinds = ("goal",)

    class Input(NamedTuple):
        up: bool = False
        down: bool = False

    def start(self, config):
        self.ball = Ball(320, 240, 3, self.random.choice([-2, 2]))
        self.paddles = [240, 240]
        self.score = [0, 0]

    def step(self, inputs):
        for index, held in enumerate(inputs):
            self.paddles[index] = min(max(self.paddles[index] + 4 * (held.down - held.up), 0), 480)
        ball = self.ball
        ball.x, ball.y = ball.x + ball.dx, ball.y + ball.dy
        if not 0 < ball.y < 480:
            ball.dy = -ball.dy
        if not 0 < ball.x < 640:
            side = int(ball.x <= 0)
            self.score[side] += 1
            self.emit("goal", player=side)
            self.ball = Ball(320, 240, -ball.dx, self.random.choice([-2, 2]))

    def result(self):
        return {"score": self.score}


class World(PlainGame):
    """Everything that a state may be, mixed at every tick by inputs and commands."""

    name = "world"
    takes_commands = True
    players = range(1, 4)
    event_kinds = ("said", "angry")

    class Input(NamedTuple):
        turn: Annotated[int, "any"] = 0
        push: float = 0.0
        small: np.int16 = np.int16(0)
        fire: bool = False

    def start(self, config):
        self.size = int(config.get("size", 3))
        self.anger = 0
        self.monsters = [Monster(self, number) for number in range(self.size)]
        for monster in self.monsters:
            monster.enemy = self.random.choice(self.monsters)  # circles, and perhaps itself
        self.grid = np.zeros((2, 3), np.int32)
        self.heights = np.asfortranarray(np.linspace(0, 1, 6).reshape(2, 3))
        self.flags = np.zeros(3, bool)
        self.units = np.zeros(2, [("hp", "<i2"), ("at", "<f4", (2,))])
        self.names = np.array(["a", "bé"])
        self.scalar = np.uint8(250)
        self.total = 0.0
        self.huge = 1
        self.board = {Square(0, 0): "king", Point(1, 1): [1], (2, "x"): None, "k": {"deep": (1, (2, b"\0"))}, Mood.CALM: True}
        self.trail = deque(maxlen=4)
        self.shots = []
        self.memory = bytearray(b"\0\1")
        self.last_words = ""
        self.shared = self.trail
        self.nothing = (), [], {}, None, -0.0, float("inf")

    def step(self, inputs, commands):
        for player, held in enumerate(inputs):
            assert type(held.fire) is bool
            self.huge = (self.huge * 31 + held.turn + player) % 2**90
            self.total = self.total / 2 + max(min(held.push, 9.0), -9.0)
            self.grid[player % 2, self.huge % 3] += held.small
            if held.fire:
                self.shots.append(Shot(Point(self.huge % 7, player), self.monsters[0]))
        with np.errstate(over="ignore"):
            self.scalar += np.uint8(7)
        for player, said in commands:
            self.last_words = str(said)
            self.emit("said", player=player, what=said)
        for monster in self.monsters:
            monster.act()
        self.trail.append(Point(self.huge % 10, self.tick))
        self.board[f"k{self.huge % 4}"] = self.board.pop("k", self.huge % 5)
        self.shots = self.shots[-3:]
        self.memory[0] = self.huge % 256

    def result(self):
        return {"anger": self.anger}


class Talk(PlainGame):
    """Commands alone."""

    ticks_per_second = 10

    def start(self, config):
        self.heard = []

    def step(self, commands):
        self.heard += [[player, data] for player, data in commands]

    def inputs(self, rng):
        return None, [(int(rng.integers(self.player_count)), {"n": int(rng.integers(100))})] * int(rng.integers(3))


@dataclass
class Box:
    """Whatever a test puts in it."""

    value: Any = None
    more: dict[str, Any] = field(default_factory=dict)


class Holder(PlainGame):
    """A state of one box."""

    def start(self, config):
        self.box = Box()
