"""What the mouse does in the viewer: click and drag on the seek bar, on the graph, on the picture, on the score table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pygame

from replay.watch.model.director import FREE

if TYPE_CHECKING:
    from replay.watch.viewer import Watch

FINE = 0.1  # Shift+drag moves a tenth as far
_STILL_PIXELS = 5  # a press that moves no further is a click
_REACH = 30  # world pixels: so near a player, a click means it
_BAR, _WORLD = "bar", "world"


class Pointer:
    """Asks the transport and the camera of a `Watch` for what the mouse means."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._drag: str | None = None
        self._pressed_at = self._at = (0, 0)
        self._position, self._played = 0.0, False  # where the drag began, and whether the match was running

    @property
    def is_dragging(self) -> bool:
        return self._drag is not None

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._press(event.pos)
        elif event.type == pygame.MOUSEBUTTONUP and event.button == 1:
            self._release(event.pos)
        elif event.type == pygame.MOUSEMOTION:
            self._move(event.pos)
        elif event.type == pygame.MOUSEWHEEL:
            self._watch.director.zoom_by(1.15**event.y)
        elif event.type == pygame.WINDOWLEAVE:
            self._watch.bar.hover_x = None
            self._watch.tooltip.point(None)

    def let_go(self) -> None:
        self._drag = None

    def cancel(self) -> None:
        """Back to where the drag began."""
        if self._drag == _BAR:
            self._watch.transport.jump(self._position, remember=False)
            self._watch.transport.playing = self._played
        self._drag = None

    def _thing_at(self, at: tuple[int, int]) -> tuple[str, int | None]:
        """The command or spot of the table at a place, or nothing (""); of a spot `player` also which one."""
        watch = self._watch
        if not watch.hidden:
            if watch.bar.contains(at):
                return "bar", None
            if watch.graph.rect.collidepoint(at):
                return "graph", None
            for name, place in watch.buttons.items():
                if place.collidepoint(at):
                    return name, None
            for place, player in watch.players_at:
                if place.collidepoint(at):
                    return "player", player
        return "picture" if watch.area.collidepoint(at) else "", None

    def _press(self, at: tuple[int, int]) -> None:
        watch, transport = self._watch, self._watch.transport
        if watch.help:
            watch.help = False
            return
        self._pressed_at = self._at = at
        self._position, self._played = transport.position, transport.playing
        watch.tooltip.point(None)
        thing, player = self._thing_at(at)
        if thing == "bar":
            self._press_bar(at)
        elif thing == "graph":
            transport.jump(watch.graph.x_to_tick(at[0]))
        elif thing == "player":
            watch.director.follow(None if watch.director.player == player else player)
        elif thing == "picture":
            self._drag = _WORLD
        elif thing:
            watch.actions.do(thing)

    def _press_bar(self, at: tuple[int, int]) -> None:
        watch, bar = self._watch, self._watch.bar
        if watch.transport.live and abs(at[0] - bar.rect.right) <= watch.paint.px(8):
            watch.transport.go_live()
            return
        self._drag = _BAR
        mark = bar.mark_near(at[0])
        if mark is not None and mark.weight >= 2:
            watch.actions.go_to_mark(mark)
        else:
            watch.transport.jump(bar.x_to_tick(at[0]))

    def _move(self, at: tuple[int, int]) -> None:
        watch, bar, transport = self._watch, self._watch.bar, self._watch.transport
        thing, _ = self._thing_at(at)
        # The bar has its picture to show, and the players move about in the other one.
        watch.tooltip.point(None if self._drag or thing in ("", "bar", "picture") else thing, at)
        over = thing == "bar" or self._drag == _BAR
        bar.hover_x = min(max(at[0], bar.rect.left), bar.rect.right - 1) if over else None
        if self._drag == _BAR:
            transport.playing = False
            if watch.window.held & {"Left Shift", "Right Shift"}:
                moved = (at[0] - self._at[0]) * FINE * transport.ticks / max(bar.rect.width, 1)
                base = transport.position if transport.requested_seek is None else transport.requested_seek
                transport.jump(base + moved, remember=False)
            else:
                transport.jump(bar.x_to_tick(at[0]), remember=False)
        elif self._drag == _WORLD and (self._moved(at) or watch.director.mode == FREE):
            watch.director.pan(watch.camera, at[0] - self._at[0], at[1] - self._at[1])
            watch.camera.x, watch.camera.y = watch.director.x, watch.director.y
        self._at = at

    def _moved(self, at: tuple[int, int]) -> bool:
        return abs(at[0] - self._pressed_at[0]) + abs(at[1] - self._pressed_at[1]) > _STILL_PIXELS

    def _release(self, at: tuple[int, int]) -> None:
        if self._drag == _WORLD and not self._moved(at):
            self._pick(at)
        elif self._drag == _BAR and self._played:
            self._watch.transport.playing = True
        self._drag = None

    def _pick(self, at: tuple[int, int]) -> None:
        """Follow the player under the mouse."""
        watch = self._watch
        if watch.scene is None:
            return
        x, y = watch.camera.to_world(*at)
        places = [(player, watch.view.place(watch.scene.before, player)) for player in range(watch.session.players)]
        near = [((place[0] - x) ** 2 + (place[1] - y) ** 2, player) for player, place in places if place is not None]
        if near and min(near)[0] < _REACH**2:
            watch.director.follow(min(near)[1])
