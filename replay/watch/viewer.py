"""The viewer's screen: lays out the picture and what stands around it, and passes on what the user does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pygame

from replay.core.errors import ReplayError
from replay.core.game import Game
from replay.core.timecode import clock, resolve
from replay.find.edit import clip_start
from replay.watch.control.actions import Actions
from replay.watch.control.pointer import Pointer
from replay.watch.model.commands import BY_KEY
from replay.watch.model.director import Director
from replay.watch.model.session import Session
from replay.watch.model.settings import load_settings, remember
from replay.watch.model.transport import SPEEDS
from replay.watch.view import panels
from replay.watch.view.paint import ACCENT, BAD, DIM, FAINT, GROUND, INK, PANEL, Paint
from replay.watch.view.seekbar import SeekBar
from replay.watch.view.tooltip import Tooltip
from replay.watch.view.view import Camera, Row, Scene
from replay.watch.window import Screen, key_word

TakeOver = Callable[[Path, int, int | None], Screen]

_NARROW = 1000
_HOLD_SECONDS, _REPEAT_SECONDS = 0.35, 1 / 30
_TOAST_SECONDS = 2.5
_LOUDEST_SPEED = 2.0
_THUMB = (256, 144)


class Watch(Screen):
    """Watches one recording. at: TIME to begin at. speed: one of the transport's. take_over: makes the screen that plays on."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        game: Game | None = None,
        *,
        at: str | None = None,
        speed: float = 1.0,
        follow: bool = False,
        back: Callable[[], Screen | None] | None = None,
    ) -> None:
        self.session = Session(path, game, follow=follow)
        self.transport, self.view, self.survey = self.session.transport, self.session.view, self.session.survey
        self.director = Director(self.view)
        self.back = back
        remembered = load_settings()
        self.muted = bool(remembered.get("mute", False))
        self.options = {"shake": bool(remembered.get("shake", True)), "names": True}
        self.hidden = self.help = self.show_inputs = self.show_statistics = False
        self.prompt: str | None = None
        self.toast, self._toast_until = "", 0.0
        self.actions = Actions(self)
        self.paint = Paint()
        self.bar = SeekBar(self.paint, self.view, self.session.recording, self.survey, self.transport)
        self.graph = panels.Graph(self.paint, self.view, self.survey, self.transport)
        self.camera = Camera((0, 0, 1, 1))
        self.area = pygame.Rect(0, 0, 1, 1)
        self.transport.playing = True
        self.transport.speed_index = int(np.argmin([abs(known - abs(speed)) for known in SPEEDS]))
        self.transport.reverse = speed < 0
        if at:
            self.transport.jump(resolve(at, self.session.recording, self.session.game), remember=False)
        elif start := clip_start(self.session.recording):
            self.transport.jump(start, remember=False)
        elif follow and self.transport.live:
            self.transport.go_live()
        elif start := clip_start(self.session.recording):
            self.transport.jump(start, remember=False)
        self._repeat: tuple[str, float] | None = None
        self.pointer = Pointer(self)
        self.tooltip = Tooltip()
        self.players_at: list[tuple[pygame.Rect, int]] = []  # where a click follows whom
        self.buttons: dict[str, pygame.Rect] = {}
        self._heard_tick = 0
        self._snap = True
        self._thumb: tuple[Any, pygame.Surface] | None = None
        self._seconds = 1 / 60
        self.scene: Scene | None = None

    # --- screen ---

    def enter(self) -> None:
        self.paint = self.window.paint
        self.bar.paint = self.graph.paint = self.paint
        pygame.display.set_caption(f"{self.session.path.name} - replay")
        if not self.muted:
            self.view.prepare()
        self.survey.start()

    def leave(self) -> None:
        self.session.close()

    def say(self, text: str) -> None:
        """Tell the user something for a moment."""
        self.toast, self._toast_until = text, time.monotonic() + _TOAST_SECONDS

    # --- events: they only ask ---

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.KEYDOWN:
            self._key_down(event)
        elif event.type == pygame.TEXTINPUT:
            # The letter that opened the prompt arrives as text too; no TIME begins with it.
            if self.prompt is not None and len(self.prompt) < 24 and event.text.isprintable():
                self.prompt = (self.prompt + event.text).lstrip("gG")
        elif event.type == pygame.KEYUP:
            # With Shift let go first, the key that is let go has another word than the one that was pressed.
            words = {key_word(event), key_word(event, plain=True)}
            if self._repeat is not None and words & {self._repeat[0], self._repeat[0].rpartition("+")[2]}:
                self._repeat = None
        elif event.type == pygame.WINDOWFOCUSLOST:
            self._repeat = None
            self.pointer.let_go()
        elif event.type == pygame.DROPFILE:
            self.open(event.file)
        else:
            self.pointer.handle(event)

    def open(self, path: str | os.PathLike[str]) -> None:
        """Show another recording instead; say so if it cannot be."""
        try:
            self.next = Watch(path, back=self.back)
        except (ReplayError, OSError) as error:
            self.say(f"{Path(path).name}: {error}")

    def _key_down(self, event: pygame.event.Event) -> None:
        word = key_word(event)
        if self.prompt is not None:
            self._type(word, event)
            return
        if self.help:
            self.help = False
            return
        if word == "Escape" and self.pointer.is_dragging:
            self.pointer.cancel()
            return
        command = BY_KEY.get(word)
        if command is not None:
            self.actions.do(command.name)
            self._repeat = (word, time.monotonic() + _HOLD_SECONDS) if command.repeats else None

    def _type(self, word: str, event: pygame.event.Event) -> None:
        """Keys while a moment is being typed. Letters arrive as TEXTINPUT where there is a real keyboard."""
        text = self.prompt or ""
        if word == "Escape":
            self.prompt = None
        elif word == "Backspace":
            self.prompt = text[:-1]
        elif word == "Enter":
            try:
                self.transport.jump(resolve(text, self.session.recording, self.session.game))
                self.prompt = None
            except ReplayError as error:
                self.say(str(error))

    # --- the loop: it acts ---

    def update(self, seconds: float) -> None:
        self._seconds = seconds
        now = time.monotonic()
        if self._repeat is not None and now >= self._repeat[1]:
            self.actions.do(BY_KEY[self._repeat[0]].name)
            self._repeat = (self._repeat[0], now + _REPEAT_SECONDS)
        self.session.refresh()
        self.transport.advance(seconds)
        self._snap = self._snap or self.transport.jumped
        self.actions.update()

    def _sound(self, scene: Scene) -> None:
        """What happened since the last frame, unless somebody jumped, scrubs, or cannot want to hear it at this speed."""
        transport = self.transport
        quiet = self._snap or self.muted or not transport.playing or not 0 < transport.speed <= _LOUDEST_SPEED
        if not quiet:
            news = scene.events[scene.events["tick"] >= self._heard_tick] if len(scene.events) else scene.events
            if len(news):
                self.view.hear(news, scene)
        self._heard_tick = transport.tick

    # --- drawing ---

    def draw(self, surface: pygame.Surface) -> None:
        rows = self._layout(surface.get_size())
        area = (self.area.left, self.area.top, self.area.width, self.area.height)
        scene = self.session.scene(self.transport.position, Camera(area), self.director.player, self.options)
        scene.camera = self.camera = self.director.camera(area, scene, self._seconds, self.survey.events, self._snap)
        self.scene = scene
        self._sound(scene)
        self._snap = False
        surface.fill(GROUND)
        self.view.draw(surface, scene)
        if not self.hidden:
            self._draw_around(surface, scene, rows(scene))
        if self.help:
            panels.draw_help(surface, self.paint)
        elif not self.hidden:
            self.tooltip.draw(surface, self.paint)
        self._draw_prompt(surface)

    def _layout(self, size: tuple[int, int]) -> Callable[[Scene], list[Row]]:
        width, height = size
        paint = self.paint
        foot = 0 if self.hidden else paint.px(88)
        self.side = 0 if self.hidden or width < _NARROW else paint.px(232)
        head = paint.px(34) if not self.hidden and not self.side and self.view.columns else 0
        self.area = pygame.Rect(0, head, width - self.side, max(height - foot - head, 1))
        self.bar.rect = pygame.Rect(paint.px(14), height - paint.px(80), width - 2 * paint.px(14), paint.px(34))
        self.status = pygame.Rect(0, height - paint.px(40), width, paint.px(38))
        return lambda scene: self.view.standings(scene.before)

    def _draw_around(self, surface: pygame.Surface, scene: Scene, rows: list[Row]) -> None:
        paint, size = self.paint, surface.get_size()
        foot = pygame.Rect(0, self.area.bottom, size[0], size[1] - self.area.bottom)
        surface.fill(PANEL, foot)
        feed = panels.feed_lines(self.view, self.session.recent(scene.time, panels.FEED_SECONDS), scene.time)
        full = "Tab" in self.window.held
        if self.side:
            self._draw_side(surface, scene, rows, feed)
        else:
            head = pygame.Rect(4, 3, size[0] - 8, self.area.top - 5)
            self.players_at = panels.draw_chips(surface, paint, self.view, rows, head) if self.area.top else []
            place = pygame.Rect(size[0] - paint.px(290), self.area.top + 6, paint.px(282), paint.px(150))
            panels.draw_feed(surface, paint, feed, place, ground=True)
            self.graph.rect = pygame.Rect(0, 0, 0, 0)
        if full:
            self._draw_scoreboard(surface, rows)
        if self.show_inputs and self.session.recording.ticks:
            tick = min(self.transport.tick, self.session.recording.ticks - 1)
            panels.draw_inputs(surface, paint, self.view, self.session.recording.inputs(tick, tick + 1)[0], self.area)
        if self.show_statistics:
            panels.draw_lines(surface, paint, self._statistics(), self.area)
        self.bar.draw(surface, self.director.player)
        name = self.session.path.name
        self.buttons = panels.draw_status(surface, paint, self.status, self.transport, self.survey, name)
        if self.bar.hover_x is not None:
            self._draw_thumbnail(surface)

    def _draw_side(self, surface: pygame.Surface, scene: Scene, rows: list[Row], feed: Any) -> None:
        paint = self.paint
        rect = pygame.Rect(self.area.right, 0, self.side, self.area.bottom)
        surface.fill(PANEL, rect)
        pygame.draw.line(surface, (36, 44, 60), rect.topleft, (rect.left, rect.bottom))
        height = panels.standings_height(paint, len(rows))
        self.players_at = panels.draw_standings(
            surface, paint, self.view, rows, pygame.Rect(rect.left, 4, self.side, height), self.director.player
        )
        y = 4 + (height if rows else 0)
        if self.director.player is not None:
            for line in self.view.details(scene.before, self.director.player):
                paint.text(surface, line, (rect.left + paint.px(12), y), 13, DIM, width=self.side - paint.px(20))
                y += paint.px(19)
        graph = paint.px(130)
        top = rect.bottom - graph - paint.px(10)
        has_graph = self.survey.timeline is not None
        self.graph.rect = pygame.Rect(rect.left + 8, top, self.side - 16, graph) if has_graph else pygame.Rect(0, 0, 0, 0)
        paint.text(surface, "NEWS", (rect.left + paint.px(12), y + paint.px(8)), 11, FAINT)
        place = pygame.Rect(
            rect.left + paint.px(4),
            y + paint.px(26),
            self.side - paint.px(8),
            (top if has_graph else rect.bottom) - y - paint.px(52),
        )
        panels.draw_feed(surface, paint, feed, place, ground=False)
        if not feed:
            paint.text(surface, "quiet", (place.left + paint.px(8), place.top), 13, FAINT)
        if has_graph:
            paint.text(surface, "SCORE", (rect.left + paint.px(12), top - paint.px(18)), 11, FAINT)
            self.graph.draw(surface)

    def _draw_scoreboard(self, surface: pygame.Surface, rows: list[Row]) -> None:
        paint = self.paint
        card = pygame.Rect(
            0, 0, min(paint.px(460), surface.get_width() - 16), panels.standings_height(paint, len(rows)) + paint.px(12)
        )
        card.center = self.area.center
        paint.panel(surface, card, 242)
        panels.draw_standings(surface, paint, self.view, rows, card.inflate(-paint.px(12), -paint.px(8)), self.director.player)

    def _draw_thumbnail(self, surface: pygame.Surface) -> None:
        """Time, tick, the nearest mark's words and the picture at the moment under the mouse."""
        assert self.bar.hover_x is not None
        paint, x = self.paint, self.bar.hover_x
        tick = self.bar.x_to_tick(x)
        mark = self.bar.mark_near(x)
        if mark is not None and mark.weight >= 2:
            tick = mark.tick
        width, height = (paint.px(side) for side in _THUMB)
        card = pygame.Rect(0, 0, width + 8, height + paint.px(46 if mark is not None else 28))
        card.midbottom = (x, self.bar.rect.top - paint.px(8))
        card.clamp_ip(pygame.Rect(4, 4, surface.get_width() - 8, surface.get_height()))
        paint.panel(surface, card, 250)
        surface.blit(self.thumbnail(tick, (width, height)), (card.left + 4, card.top + 4))
        words = f"{clock(tick, self.transport.ticks_per_second)}   tick {tick}"
        paint.text(surface, words, (card.centerx, card.top + height + paint.px(8)), 14, INK, "midtop", bold=True)
        if mark is not None:
            paint.text(
                surface, self.bar.text_of(mark), (card.centerx, card.top + height + paint.px(26)), 13, ACCENT, "midtop", width=width
            )

    def thumbnail(self, tick: int, size: tuple[int, int]) -> pygame.Surface:
        """The picture at `tick`, small, kept until another one is asked for."""
        if self._thumb is None or self._thumb[0] != (tick, size):
            made = pygame.Surface(size).convert()
            made.fill(GROUND)
            camera = Camera.fit((0, 0, *size), self.view.world)
            self.view.draw(made, self.session.scene(tick, camera, None, {"small": True}))
            self._thumb = ((tick, size), made)
        return self._thumb[1]

    def _statistics(self) -> list[str]:
        times = np.array(self.window.frame_seconds or [0.0]) * 1000
        playback = self.session.timeline.playback
        return [
            f"frame {np.median(times):.1f} ms median, {np.percentile(times, 99):.1f} ms p99",
            f"window {self.window.surface.get_width()}x{self.window.surface.get_height()}, zoom {self.camera.scale:.2f}",
            f"tick {self.transport.position:.2f}, re-simulated {playback.tick}",
            f"states kept in memory: {self.session.timeline.kept_ticks}",
            f"survey {self.survey.ticks} ticks, {len(self.survey.events)} events",
        ]

    def _draw_prompt(self, surface: pygame.Surface) -> None:
        paint = self.paint
        if self.prompt is not None:
            card = pygame.Rect(0, 0, paint.px(430), paint.px(66))
            card.midbottom = (self.area.centerx, self.area.bottom - paint.px(16))
            paint.panel(surface, card, 248)
            paint.text(surface, f"go to  {self.prompt}|", (card.left + paint.px(14), card.top + paint.px(10)), 17, INK)
            hint = "1204 (tick), 20.07s, 1:20.5, 50%, end-5s, @marker, death:3"
            paint.text(
                surface, hint, (card.left + paint.px(14), card.top + paint.px(40)), 12, FAINT, width=card.width - paint.px(24)
            )
        if self.toast and time.monotonic() < self._toast_until:
            words = paint.words(paint.shortened(self.toast, self.area.width - 60, 15) if len(self.toast) > 60 else self.toast, 15)
            place = words.get_rect(midtop=(self.area.centerx, self.area.top + paint.px(14)))
            paint.panel(surface, place.inflate(paint.px(28), paint.px(14)), 235)
            surface.blit(words, place)
        damage = self.session.recording.damage
        if damage is not None and not self.transport.live and self.transport.position >= self.transport.ticks and not self.hidden:
            paint.text(
                surface,
                str(damage),
                (self.area.centerx, self.area.bottom - paint.px(14)),
                14,
                BAD,
                "midbottom",
                width=self.area.width - 20,
            )

    def remember_options(self) -> None:
        remember(mute=self.muted, shake=self.options["shake"])
