"""What the mouse does in the viewer: click and drag on the seek bar, on the graph, on the picture, on the score table."""

from __future__ import annotations

import time
from collections.abc import Set

import pygame

from replay.watch.control import commands
from replay.watch.model.desk import Desk
from replay.watch.model.director import FREE
from replay.watch.model.places import Places, Thing

FINE = 0.1  # Shift+drag moves a tenth as far
_STILL_PIXELS = 5  # a press that moves no further is a click
_NOTCH_SECONDS = 1.0  # of the match: as far one goes with a notch of the wheel
_TURN_SECONDS = 0.6  # notches that follow one another so soon are one turn of the wheel
_BAR, _WORLD, _RANGE = "bar", "world", "range"
_SHIFTS = {"Left Shift", "Right Shift"}


class Pointer:
    """Asks transport and camera of a desk for what the mouse means. places: where things were drawn. held: keys that are down."""

    def __init__(self, desk: Desk, places: Places) -> None:
        self._desk, self._places = desk, places
        self.held: Set[str] = frozenset()
        self._drag: str | None = None
        self._pressed_at = self._at = (0, 0)
        self._position, self._was_playing = 0.0, False  # where the drag began, and whether the match was running
        self._turned = -_TURN_SECONDS  # when the wheel was turned last

    @property
    def is_dragging(self) -> bool:
        return self._drag is not None

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == pygame.BUTTON_LEFT:
            self._press(event.pos)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == pygame.BUTTON_RIGHT:
            self._press_right(event.pos)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in (pygame.BUTTON_LEFT, pygame.BUTTON_RIGHT):
            self._release(event.pos)
        elif event.type == pygame.MOUSEMOTION:
            self._move(event.pos)
        elif event.type == pygame.MOUSEWHEEL:
            self._turn(event.y)
        elif event.type == pygame.WINDOWLEAVE:
            self._desk.bar_x = None
            self._desk.tip.point("")
        elif event.type == pygame.WINDOWFOCUSLOST:
            self._drag = None

    def cancel(self) -> None:
        """Back to where the drag began."""
        if self._drag == _BAR:
            self._desk.transport.jump(self._position, remember=False)
            self._desk.transport.playing = self._was_playing
        self._drag = None

    def _press(self, at: tuple[int, int]) -> None:
        desk, transport = self._desk, self._desk.transport
        if desk.switches.help:
            desk.switches.help = False
            return
        if desk.question is not None:
            commands.take_over_as(desk, desk.question.menu.at(at))
            return
        self._pressed_at = self._at = at
        self._position, self._was_playing = transport.position, transport.playing
        desk.tip.point("")
        thing = self._places.thing_at(at, desk.marks)
        if thing.name == "bar":
            self._press_bar(at, thing)
        elif thing.name == "graph":
            transport.jump(thing.tick)
        elif thing.name == "player":
            desk.director.follow(None if desk.director.player == thing.player else thing.player)
        elif thing.name == "picture":
            self._drag = _WORLD
        elif thing.name:
            commands.do(desk, thing.name)

    def _press_right(self, at: tuple[int, int]) -> None:
        desk, name = self._desk, self._places.thing_at(at, self._desk.marks).name
        desk.tip.point("")
        if self.is_dragging or desk.switches.help or desk.question is not None:
            return
        self._pressed_at = self._at = at
        if name == "bar":
            self._drag = _RANGE
        elif name:
            commands.do(desk, name, back=True)

    def _turn(self, notches: int) -> None:
        """The wheel: along the bar, or nearer to the picture."""
        transport, now = self._desk.transport, time.monotonic()
        if not self._places.is_on_bar(self._at):
            self._desk.director.zoom_by(1.15**notches)
            return
        transport.continues = now - self._turned < _TURN_SECONDS
        transport.skip(notches * _NOTCH_SECONDS)
        transport.continues = False
        self._turned = now

    def _press_bar(self, at: tuple[int, int], thing: Thing) -> None:
        desk = self._desk
        if desk.transport.live and self._places.is_at_edge(at):
            desk.transport.go_live()
            return
        self._drag = _BAR
        if thing.mark is not None and thing.is_goal:
            commands.go_to_mark(desk, thing.mark)
        else:
            desk.transport.jump(thing.tick)

    def _move(self, at: tuple[int, int]) -> None:
        desk, places = self._desk, self._places
        if desk.question is not None:
            desk.question.menu.point(at)
            return
        name = places.thing_at(at, desk.marks).name
        # The bar has its picture to show, and the players move about in the other one.
        desk.tip.point("" if self._drag or name in ("bar", "picture") else name, at)
        desk.bar_x = places.on_bar(at[0]) if name == "bar" or self._drag in (_BAR, _RANGE) else None
        if self._drag == _BAR:
            self._scrub(at)
        elif self._drag == _RANGE:
            self._select(at)
        elif self._drag == _WORLD and (self._has_moved(at) or desk.director.mode == FREE):
            desk.director.pan(places.camera, at[0] - self._at[0], at[1] - self._at[1])
            places.camera.x, places.camera.y = desk.director.x, desk.director.y
        self._at = at

    def _scrub(self, at: tuple[int, int]) -> None:
        transport, bar = self._desk.transport, self._places.bar
        transport.playing = False
        if bar is None:
            return
        if self.held & _SHIFTS:
            moved = (at[0] - self._at[0]) * FINE * (transport.ticks - transport.start) / max(bar.rect.width, 1)
            base = transport.position if transport.requested_seek is None else transport.requested_seek
            transport.jump(base + moved, remember=False)
        else:
            transport.jump(bar.x_to_tick(at[0]), remember=False)

    def _select(self, at: tuple[int, int]) -> None:
        """The marks at both ends of the drag; none if it leads nowhere."""
        if (bar := self._places.bar) is not None:
            first, last = (bar.x_to_tick(x) for x in (self._pressed_at[0], at[0]))
            self._desk.transport.select(first, last if self._has_moved(at) else first)

    def _has_moved(self, at: tuple[int, int]) -> bool:
        return abs(at[0] - self._pressed_at[0]) + abs(at[1] - self._pressed_at[1]) > _STILL_PIXELS

    def _release(self, at: tuple[int, int]) -> None:
        if self._drag == _WORLD and not self._has_moved(at):
            # Clicked, not dragged: follow the player under the mouse.
            player = self._places.thing_at(at, self._desk.marks).player
            if player is not None:
                self._desk.director.follow(player)
        elif self._drag == _BAR and self._was_playing:
            self._desk.transport.playing = True
        elif self._drag == _RANGE:
            self._select(at)
        self._drag = None
