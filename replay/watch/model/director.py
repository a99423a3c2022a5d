"""Where the camera is: on everything, on a player, where the user dragged it, or where something is about to happen."""

from __future__ import annotations

import math
from typing import Any

from replay.core.game import Events
from replay.read.story import Story
from replay.watch.model.scene import Area, Camera, Scene

ALL, FOLLOW, FREE, AUTO = "all", "follow", "free", "auto"
_NEAREST, _FURTHEST = 4.0, 0.8
_LOOK_AHEAD_SECONDS, _LINGER_SECONDS = 3.0, 1.2
_CLOSE = 1.65  # how much nearer than "all" one looks at a player
_HASTE = 5.0  # how fast the camera goes where it wants to be: shares of the way per second


class Director:
    """mode: one of ALL, FOLLOW, FREE, AUTO. player: whom to follow. zoom: 1 shows the whole world."""

    def __init__(self, story: Story, mode: str = ALL) -> None:
        self.story = story
        self.mode = mode
        self.player: int | None = None
        self.zoom = 1.0
        self.x, self.y = story.world[0] / 2, story.world[1] / 2

    # --- asking ---

    def follow(self, player: int | None) -> None:
        self.player = player
        self.mode = ALL if player is None else FOLLOW
        self._zoom_to(_CLOSE if player is not None else 1.0)

    def free(self) -> None:
        """Let go. Asked twice, everything is in view again."""
        if self.mode in (FREE, ALL):
            self.mode, self.zoom = ALL, 1.0
        else:
            self.mode = FREE
        self.player = None

    def auto(self) -> None:
        self.mode, self.player = (ALL if self.mode == AUTO else AUTO), None
        self._zoom_to(1.0)

    def pan(self, camera: Camera, dx: float, dy: float) -> None:
        """Drag the world by screen pixels."""
        self.mode, self.player = FREE, None
        self.x, self.y = self._inside(camera.x - dx / camera.scale, camera.y - dy / camera.scale)

    def zoom_by(self, factor: float) -> None:
        self.zoom = min(max(self.zoom * factor, _FURTHEST), _NEAREST)
        if abs(self.zoom - 1) < 0.02:
            self.zoom = 1.0
        if self.mode in (ALL, AUTO):
            self.mode = FREE

    # --- acting ---

    def camera(self, area: Area, scene: Scene, seconds: float, marks: Events | None, snap: bool) -> Camera:
        """The camera for this scene, `seconds` after the last one. marks: the match's notable events, to look ahead.
        snap: be there at once, as after a jump."""
        (width, height), fit = self.story.world, Camera.fit(area, self.story.world)
        if self.mode == ALL:
            return fit
        goal, zoom = self._goal(scene, marks)
        share = 1.0 if snap or self.mode == FREE else 1 - math.exp(-_HASTE * seconds)
        self.x += (goal[0] - self.x) * share
        self.y += (goal[1] - self.y) * share
        self.zoom = zoom if abs(zoom - self.zoom) < 0.01 else self.zoom + (zoom - self.zoom) * share
        fit.scale *= self.zoom
        fit.steady = self.zoom == zoom
        fit.x, fit.y = (
            self._held(self.x, width / 2, area[2] / fit.scale, width),
            self._held(self.y, height / 2, area[3] / fit.scale, height),
        )
        return fit

    def _goal(self, scene: Scene, marks: Events | None) -> tuple[tuple[float, float], float]:
        if self.mode == FOLLOW and self.player is not None:
            return place_between(self.story, scene, self.player) or (self.x, self.y), self.zoom
        if self.mode == AUTO:
            event = self._coming(scene.time, marks)
            place = self.story.place_of(event) if event is not None else None
            return (place, _CLOSE) if place is not None else ((self.story.world[0] / 2, self.story.world[1] / 2), 1.0)
        return (self.x, self.y), self.zoom

    def _coming(self, time: float, marks: Events | None) -> Any | None:
        """The notable event that is about to happen, or has just happened: the camera knows the future."""
        if marks is None or not len(marks):
            return None
        rate = self.story.game.ticks_per_second
        first = int(marks["tick"].searchsorted(time - _LINGER_SECONDS * rate))
        for event in marks[first:]:
            if event["tick"] > time + _LOOK_AHEAD_SECONDS * rate:
                return None
            if self.story.marks.get(self.story.kind(event), 0) >= 2 and self.story.place_of(event) is not None:
                return event
        return None

    def _zoom_to(self, zoom: float) -> None:
        if self.mode != FOLLOW or self.zoom <= 1.0:
            self.zoom = zoom

    def _inside(self, x: float, y: float) -> tuple[float, float]:
        return min(max(x, 0.0), float(self.story.world[0])), min(max(y, 0.0), float(self.story.world[1]))

    @staticmethod
    def _held(at: float, middle: float, seen: float, size: int) -> float:
        """Keep the edge of the world at the edge of the screen; centre what fits."""
        return middle if seen >= size else min(max(at, seen / 2), size - seen / 2)


def place_between(story: Story, scene: Scene, player: int) -> tuple[float, float] | None:
    """Where a player is at the moment of a scene, which may lie between two ticks, in world pixels; None if nowhere."""
    before, after = story.place(scene.before, player), story.place(scene.after, player)
    if before is None or after is None:
        return before or after
    if abs(after[0] - before[0]) + abs(after[1] - before[1]) > 100:
        return before
    return before[0] + (after[0] - before[0]) * scene.alpha, before[1] + (after[1] - before[1]) * scene.alpha
