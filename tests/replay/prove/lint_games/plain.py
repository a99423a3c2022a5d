"""A `PlainGame`: everything in attributes, chance from self.random, settings copied."""

from replay import PlainGame

DEFAULTS = {"speed": 3, "names": ["a", "b"]}
HISTORY_LENGTH = 8


class Ball:
    radius = 4
    trail: list = []  # noqa: RUF012 - hidden by each ball's own

    def __init__(self, x, y):
        self.x, self.y, self.trail = x, y, []

    def move(self, dx):
        self.x += dx
        self.trail.append(self.x)
        del self.trail[:-HISTORY_LENGTH]


class Pong(PlainGame):
    players = 2
    config = DEFAULTS

    def start(self, config):
        settings = {**DEFAULTS, **(config or {})}
        settings["speed"] += 1
        self.settings = settings
        self.names = list(settings["names"])
        self.balls = [Ball(100, self.random.randrange(200)) for _ in range(3)]
        self.held = {}
        self.best = None

    def step(self, commands):
        for _, player, text in commands:
            self.held[player] = text
        for ball in self.balls:
            ball.move(self.settings["speed"])
        self.names.append("c")
        self.balls.sort(key=lambda ball: (ball.x, ball.y))
        first, *others = self.balls
        self.best = max(others, key=lambda ball: ball.x, default=first)
        self.random.shuffle(self.names)
