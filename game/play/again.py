"""What just happened, once more: the look back, for which the match waits, and the kill-cam, while it goes on.

Both only read the states that a match remembers: what is recorded is the same with and without them.
"""

from __future__ import annotations

from typing import Any

import pygame

from replay.core.game import Events
from replay.watch.model.scene import Area, Camera
from replay.watch.view.colours import WARN
from replay.watch.view.paint import Paint

from .. import rules
from ..look import ArenaLook
from ..look.palette import HURT, VOID, WHITE
from ..numbers import SUBPIXELS
from .live import LOOK_BACK_SECONDS, LiveMatch

_SLOW_SECONDS = 1.5  # the end of a look back is slow
_PAUSE_TICKS = 14  # after a death, before it is shown again: one sees first that it happened
_GRACE_TICKS = 12  # at its start, in which what is pressed was still meant for the fight
_SPARE_TICKS = 6  # the kill-cam is over so long before one appears
_LEAST_TICKS = 30  # a kill-cam that would be shorter shows nothing
_FIRST_SPEED, _LAST_SPEED = 1.9, 0.3  # of the kill-cam; slower all the time
_AFTER_TICKS = 5  # of what follows the death
_WAY_TICKS = 36
_ROOM = 110  # world pixels around killer and victim
_BAND, _FRAME = 40, 5  # height of the title; thickness of the other sides
_NEAREST = 2.4  # how much nearer than the whole arena


class LookBack:
    """The last seconds of a match, slow at the end. tick: the moment shown."""

    def __init__(self, live: LiveMatch) -> None:
        self.end = live.tick
        self.tick = float(max(live.oldest_tick, live.tick - LOOK_BACK_SECONDS * rules.TICKS_PER_SECOND))

    def advance(self, seconds: float) -> bool:
        """False when it is over."""
        slow = self.end - self.tick < _SLOW_SECONDS * rules.TICKS_PER_SECOND / 2
        self.tick += seconds * rules.TICKS_PER_SECOND * (0.5 if slow else 1.0)
        return self.tick < self.end

    def camera(self, paint: Paint, area: Area, world: tuple[int, int]) -> Camera:
        """All of the arena, so that the frame hides nobody."""
        return Camera.fit(_framed(paint, area), world)

    def draw(self, surface: pygame.Surface, paint: Paint, area: Area) -> None:
        """The frame, and what it is."""
        left = (self.end - self.tick) / rules.TICKS_PER_SECOND
        draw_frame(
            surface, paint, area, f"{left:.1f} s ago", "look back", "any key goes back to the match", 1 - left / LOOK_BACK_SECONDS
        )


class KillCam:
    """How `player` died at the tick of `death`, shown until just before they appear again."""

    def __init__(self, live: LiveMatch, death: Any, look: ArenaLook) -> None:
        self.player, self.killer = int(death["target"]), int(death["actor"])
        self.death_tick = int(death["tick"]) + 1  # of the state that it led to
        state = live.state
        self.starts_at = live.tick + _PAUSE_TICKS
        self.ends_at = int(state["players"][self.player]["respawns_at"]) - _SPARE_TICKS
        self.title = _title(state, look, death)
        self._end = self.death_tick + _AFTER_TICKS
        lasts = max(self.ends_at - self.starts_at, 0)
        self._start = max(self._end - round(lasts * (_FIRST_SPEED + _LAST_SPEED) / 2), live.oldest_tick)

    @property
    def is_worth_it(self) -> bool:
        """There is time for it."""
        return self.ends_at - self.starts_at >= _LEAST_TICKS

    def is_over(self, tick: float) -> bool:
        return tick >= self.ends_at

    def is_skipped(self, tick: float) -> bool:
        """Whether something that is pressed now ends it."""
        return tick >= self.starts_at + _GRACE_TICKS

    def share(self, tick: float) -> float:
        """How much of it has been shown when the match is at `tick`; below 0 before it begins."""
        return (tick - self.starts_at) / max(self.ends_at - self.starts_at, 1)

    def moment(self, tick: float) -> float:
        """The tick that is shown when the match is at `tick`."""
        share = min(max(self.share(tick), 0.0), 1.0)
        mean = (_FIRST_SPEED + _LAST_SPEED) / 2
        way = (_FIRST_SPEED * share - (_FIRST_SPEED - _LAST_SPEED) * share * share / 2) / mean
        return self._start + (self._end - self._start) * way

    def camera(self, live: LiveMatch, paint: Paint, area: Area, world: tuple[int, int]) -> Camera:
        """Killer and victim, as large as both fit with the ways they went before the death."""
        first = max(self.death_tick - _WAY_TICKS, self._start)
        spots = [spot for tick in range(first, self.death_tick) for spot in self._spots(live.state_at(tick))]
        spots = spots or [(world[0] // 2, world[1] // 2)]
        left, right = min(x for x, _ in spots) - _ROOM, max(x for x, _ in spots) + _ROOM
        top, bottom = min(y for _, y in spots) - _ROOM, max(y for _, y in spots) + _ROOM
        area = _framed(paint, area)
        camera = Camera.fit(area, world)
        fitting = min(area[2] / (right - left), area[3] / (bottom - top))
        camera.scale = max(min(fitting, camera.scale * _NEAREST), camera.scale)
        camera.x = _held((left + right) / 2, area[2] / camera.scale, world[0])
        camera.y = _held((top + bottom) / 2, area[3] / camera.scale, world[1])
        return camera

    def _spots(self, state: Any) -> list[tuple[int, int]]:
        """Where the two are, in pixels, as far as they live."""
        rows = [state["players"][index] for index in (self.player, self.killer)]
        return [(int(row["x"]) // SUBPIXELS, int(row["y"]) // SUBPIXELS) for row in rows if row["health"] > 0]

    def draw(self, surface: pygame.Surface, paint: Paint, area: Area, tick: float) -> None:
        """The frame, and who it was."""
        draw_frame(surface, paint, area, self.title, "kill-cam", "any key skips", self.share(tick))


def death_of(events: Events, player: int) -> Any | None:
    """The event of a player's death among these."""
    deaths = events[(events["kind"] == rules.DEATH) & (events["target"] == player)]
    return deaths[0] if len(deaths) else None


def _title(state: Any, look: ArenaLook, death: Any) -> str:
    killer, item = int(death["actor"]), rules.ITEMS[int(death["item"])]
    if killer == int(death["target"]):
        return f"your own {item}"
    health = int(state["players"][killer]["health"])
    return f"{look.story.names[killer]}, {item}, " + (f"{health} health left" if health else "dead as well")


def _held(at: float, seen: float, size: int) -> float:
    """Keep the edge of the world at the edge of the screen."""
    return size / 2 if seen >= size else min(max(at, seen / 2), size - seen / 2)


def _framed(paint: Paint, area: Area) -> Area:
    """What a frame around an area leaves of it."""
    thick, band = paint.px(_FRAME), paint.px(_BAND)
    return area[0] + thick, area[1] + band, max(area[2] - 2 * thick, 1), max(area[3] - band - thick, 1)


def draw_frame(surface: pygame.Surface, paint: Paint, area: Area, title: str, kind: str, hint: str, share: float) -> None:
    """A frame around the arena that says: this is not now. share: how much of it has been shown."""
    whole, thick, colour = pygame.Rect(area), paint.px(_FRAME), HURT if kind == "kill-cam" else WARN
    pygame.draw.rect(surface, colour, whole, thick)
    band = pygame.Rect(whole.left, whole.top, whole.width, paint.px(_BAND))
    surface.fill(colour, band)
    at = (whole.left + thick + paint.px(10), band.centery)
    label = paint.text(surface, kind.upper(), at, 15, VOID, "midleft", bold=True)
    right = paint.text(surface, hint, (whole.right - thick - paint.px(10), band.centery), 14, VOID, "midright")
    room = min(whole.centerx - label.right, right.left - whole.centerx) - paint.px(12)
    paint.text(surface, title, band.center, 22, VOID, "center", bold=True, width=max(2 * room, paint.px(80)))
    surface.fill(WHITE, (whole.left, whole.bottom - thick, round(whole.width * min(max(share, 0.0), 1.0)), thick))
