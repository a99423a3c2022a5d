"""What the mouse does in the viewer: click and drag on the seek bar, on the graph, on the picture, on the score table."""

from __future__ import annotations

from collections.abc import Set

import pygame

from replay.watch.control import commands, fields, timeline
from replay.watch.model.desk import Desk
from replay.watch.model.director import FREE
from replay.watch.model.places import Places, Thing

FINE = 0.1  # Shift+drag moves a tenth as far
_STILL_PIXELS = 5  # a press that moves no further is a click
_BAR, _WORLD, _RANGE, _PAN, _OVERVIEW, _SCROLL = "bar", "world", "range", "pan", "overview", "scroll"
_SHIFTS = {"Left Shift", "Right Shift"}


class Pointer:
    """Asks transport and camera of a desk for what the mouse means. places: where things were drawn. held: keys that are down."""

    def __init__(self, desk: Desk, places: Places) -> None:
        self._desk, self._places = desk, places
        self.held: Set[str] = frozenset()
        self._drag: str | None = None
        self._pressed_at = self._at = (0, 0)
        self._position, self._was_playing = 0.0, False  # where the drag began, and whether the match was running
        self._is_still = False  # a click so far: a hand that trembles goes to the mark it meant
        self._double = timeline.DoubleClick()

    @property
    def is_dragging(self) -> bool:
        return self._drag is not None

    @property
    def at(self) -> tuple[int, int]:
        """Where the mouse is."""
        return self._at

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == pygame.BUTTON_LEFT:
            self._press(event.pos)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == pygame.BUTTON_RIGHT:
            self._press_right(event.pos)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == pygame.BUTTON_MIDDLE:
            self._press_middle(event.pos)
        elif event.type == pygame.MOUSEBUTTONUP and event.button <= pygame.BUTTON_RIGHT:
            self._release(event.pos)
        elif event.type == pygame.MOUSEMOTION:
            self._move(event.pos)
        elif event.type == pygame.MOUSEWHEEL:
            self._turn(event.x, event.y)
        elif event.type == pygame.WINDOWLEAVE:
            self._desk.bar_at = None
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
        self._is_still = True
        self._position, self._was_playing = transport.position, transport.playing
        desk.tip.point("")
        thing = self._places.thing_at(at, desk.marks.story)
        if fields.press(desk, thing):
            return
        is_second = self._double.is_second(at)
        if is_second and not desk.timeline.span.is_whole and thing.name in ("bar", "overview"):
            desk.timeline.span.reset()
        elif thing.name == "bar":
            self._press_bar(at, thing)
        elif thing.name == "fields":
            self._press_sheet(at)
        elif thing.name == "overview":
            self._drag = _OVERVIEW
            desk.timeline.span.centre(thing.tick)
        elif timeline.click(desk, thing):
            pass
        elif thing.name == "graph":
            transport.jump(thing.tick)
        elif thing.name == "player":
            desk.director.follow(None if desk.director.player == thing.player else thing.player)
        elif thing.name == "picture":
            self._drag = _WORLD
        elif thing.name:
            commands.do(desk, thing.name)

    def _press_right(self, at: tuple[int, int]) -> None:
        desk, name = self._desk, self._places.thing_at(at, self._desk.marks.story).name
        desk.tip.point("")
        if self.is_dragging or desk.switches.help or desk.question is not None:
            return
        self._pressed_at = self._at = at
        if name == "bar":
            self._drag = _RANGE
        elif name:
            commands.do(desk, name, back=True)

    def _press_middle(self, at: tuple[int, int]) -> None:
        if not self.is_dragging and self._places.is_on_bar(at):
            self._pressed_at = self._at = at
            self._drag = _PAN

    def _turn(self, across: int, up: int) -> None:
        """The wheel: over the bar, over a list, over the fields, or nearer to the picture."""
        desk, sheet = self._desk, self._places.sheet
        if desk.switches.help:
            desk.help.wheel(up)
            return
        name = self._places.thing_at(self._at, desk.marks.story).name
        if name in ("bar", "overview", "lane"):
            along = across - up if self.held & _SHIFTS else across
            timeline.turn(desk, self._places, self._at[0], 0 if self.held & _SHIFTS else up, along)
        elif name in ("card", "highlight", "option"):
            if desk.timeline.card is not None:
                desk.timeline.card.scroll(-up)
        elif sheet is not None and sheet.rect.collidepoint(self._at):
            fields.turn(desk, sheet, up, across=bool(self.held & _SHIFTS))
        else:
            desk.director.zoom_by(1.15**up)

    def _press_bar(self, at: tuple[int, int], thing: Thing) -> None:
        desk = self._desk
        bar = self._places.bar
        if desk.transport.live and bar is not None and bar.ticks >= desk.transport.ticks and self._places.is_at_edge(at):
            desk.transport.go_live()
            return
        self._drag = _BAR
        if thing.mark is not None:
            timeline.go_to_mark(desk, thing.mark)
        else:
            desk.transport.jump(thing.tick)

    def _press_sheet(self, at: tuple[int, int]) -> None:
        sheet = self._places.sheet
        if sheet is not None and sheet.scroll.collidepoint(at):
            self._drag = _SCROLL
            fields.drag(self._desk, sheet, at[1])

    def _move(self, at: tuple[int, int]) -> None:
        desk, places = self._desk, self._places
        if desk.question is not None:
            desk.question.menu.point(at)
            return
        thing = places.thing_at(at, desk.marks.story)
        self._is_still = self._is_still and not self._has_moved(at)
        self._point(at, thing)
        if self._drag == _BAR and not self._is_still:
            self._scrub(at)
        elif self._drag == _RANGE:
            self._select(at)
        elif self._drag == _PAN:
            timeline.drag(desk, places, at[0] - self._at[0])
        elif self._drag == _OVERVIEW and places.overview is not None:
            desk.timeline.span.centre(places.overview.x_to_tick(at[0]))
        elif self._drag == _SCROLL and places.sheet is not None:
            fields.drag(desk, places.sheet, at[1])
        elif self._drag == _WORLD and (self._has_moved(at) or desk.director.mode == FREE):
            desk.director.pan(places.camera, at[0] - self._at[0], at[1] - self._at[1])
            places.camera.x, places.camera.y = desk.director.x, desk.director.y
        self._at = at

    def _point(self, at: tuple[int, int], thing: Thing) -> None:
        """What is told of the thing under the mouse."""
        desk, card = self._desk, self._desk.timeline.card
        # The bar has its picture to show, and the players move about in the other one.
        desk.tip.point("" if self._drag or thing.name in ("bar", "picture", "card") else thing.name, at)
        if self._drag == _RANGE or (self._drag == _BAR and not self._is_still):  # about the moment, whatever lies there
            desk.bar_at = self._places.on_track(at[0])
        else:
            desk.bar_at = at if thing.name == "bar" and self._drag in (None, _BAR) else None
        if thing.name in ("highlight", "option") and card is not None and not self._drag:
            card.menu.chosen = thing.line

    def _scrub(self, at: tuple[int, int]) -> None:
        transport, bar = self._desk.transport, self._places.bar
        transport.playing = False
        if bar is None:
            return
        if self.held & _SHIFTS:
            moved = (at[0] - self._at[0]) * FINE / bar.pixels_per_tick
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
            player = self._places.thing_at(at, self._desk.marks.story).player
            if player is not None:
                self._desk.director.follow(player)
        elif self._drag == _BAR and self._was_playing:
            self._desk.transport.playing = True
        elif self._drag == _RANGE:
            self._select(at)
        self._drag = None
