"""One picture of a match as data: the camera, the two states around the moment, the events before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from replay.core.game import Events

Colour = tuple[int, int, int]
Area = tuple[int, int, int, int]  # left, top, width, height on the screen, in pixels


@dataclass
class Camera:
    """World pixels to screen pixels: what point of the world is at the centre of `area`, and how large.

    steady: not in the middle of a zoom, so that a layer scaled for it will be used again.
    """

    area: Area
    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    steady: bool = True

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        left, top, width, height = self.area
        return left + width / 2 + (x - self.x) * self.scale, top + height / 2 + (y - self.y) * self.scale

    def to_world(self, x: float, y: float) -> tuple[float, float]:
        left, top, width, height = self.area
        return self.x + (x - left - width / 2) / self.scale, self.y + (y - top - height / 2) / self.scale

    @classmethod
    def fit(cls, area: Area, world: tuple[int, int]) -> Camera:
        """All of the world, as large as it fits: the letterbox."""
        scale = min(area[2] / world[0], area[3] / world[1])
        return cls(area, world[0] / 2, world[1] / 2, max(scale, 1e-3))


@dataclass
class Scene:
    """One picture of a match: all that is drawn follows from it, so that a moment looks the same however one got there.

    before, after: the states around the moment (records of the match's `state_dtype`, or bytes); alpha: 0..1 between them.
    time: the moment in ticks, `before`'s tick + alpha. events: those of the last `Story.memory_seconds`, in order.
    follow: the player whose picture this is, or None. options: what can be switched, by name ("shake", "small" ...).
    screen: the game's own picture, shape (height, width, 3), uint8; None if it has none.
    """

    camera: Camera
    before: Any
    after: Any
    alpha: float
    time: float
    events: Events
    follow: int | None = None
    options: Mapping[str, bool] = field(default_factory=dict)
    screen: Any = None


class Mark(NamedTuple):
    """How an event kind is drawn on the seek bar; the story says how much it matters."""

    shape: str
    colour: Colour


class Sound(NamedTuple):
    """A sound that begins. wave: mono, -1..1. left, right: how loud, 0..1. channel: what it plays on is no longer heard."""

    wave: Any
    left: float = 1.0
    right: float = 1.0
    channel: int = 0
