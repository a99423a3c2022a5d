"""The viewer's screen: lays out the picture and what stands around it, and passes on what the user does."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pygame

from replay.core.cache import Bounded
from replay.core.errors import FormatError
from replay.core.game import Game
from replay.find.edit import clip_start
from replay.read.story import Row
from replay.read.timecode import resolve
from replay.watch.control.keyboard import Keyboard
from replay.watch.control.playlist import go_on_at_end, takes
from replay.watch.control.pointer import Pointer
from replay.watch.model.desk import Desk, Question
from replay.watch.model.files import reason
from replay.watch.model.places import Places, Strip
from replay.watch.model.playlist import Playlist
from replay.watch.model.scene import Camera, Scene
from replay.watch.model.session import Session
from replay.watch.model.timeline import TOGETHER
from replay.watch.model.transport import SPEEDS
from replay.watch.model.wish import Open, open_dropped
from replay.watch.view import cards, overlay, panels
from replay.watch.view.colours import DIM, FAINT, GROUND, PANEL
from replay.watch.view.files import draw_files
from replay.watch.view.help import VIEWER_LINES, draw_help
from replay.watch.view.inspector import InspectorView, panel_width
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint
from replay.watch.view.picture import open_look, small_picture
from replay.watch.view.seekbar import SeekBar
from replay.watch.view.table import TableLook
from replay.watch.window import Screen

_NARROW = 1000
_NARROWEST = 480  # the names of lanes have no room
_NAMES = 92  # pixels of the layout for them
_LOUDEST_SPEED = 2.0
_EDGE = (36, 44, 60)
_SEARCH_SECONDS = 0.004  # of a frame in which nothing moves


class Viewer(Screen):
    """Watches one recording. at: TIME to begin at, or a tick, which is cut to what there is. speed: one of the transport's. follow:
    begin at the live edge, if there is one. paused: do not play at once. playlist: what is watched one after the other, of which
    this is the current one.

    Raises what `Session` raises, and UsageError for a TIME that there is not.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        game: Game | None = None,
        *,
        at: str | int | None = None,
        speed: float = 1.0,
        follow: bool = False,
        paused: bool = False,
        playlist: Playlist | None = None,
    ) -> None:
        self.session = Session(path, game)
        self.caption = f"{self.session.path.name} - replay"
        try:
            self.look = open_look(self.session)
            self.desk, self.places = Desk.of(self.session), Places()
            self.desk.switches.inspector = isinstance(self.look, TableLook)  # there is nothing else to see
            self.desk.playlist = playlist
            self._begin(at, speed, follow)
            self.session.transport.playing = not paused
        except BaseException:
            self.session.close()
            raise
        self.transport, self.survey = self.session.transport, self.session.survey
        self.paint = Paint()
        self.area = self.sheet = self.status = self.bar = pygame.Rect(0, 0, 1, 1)
        self.side = 0
        self.pointer = Pointer(self.desk, self.places)
        self.keyboard = Keyboard(self.desk, self.pointer)
        self._seek_bar = SeekBar(self.look, self.desk)
        self._inspector = InspectorView(self.look, self.desk.inspector, self.transport)
        self._graph = panels.Graph(self.look, self.survey, self.transport)
        self._thumbs: Bounded[Any, pygame.Surface] = Bounded(1)
        self._heard_tick = 0
        self._snap = True
        self._shown: Any = None  # what the picture shows that was drawn last
        self._is_warned = False
        self._seconds = 1 / 60

    def _begin(self, at: str | int | None, speed: float, follow: bool) -> None:
        session, transport = self.session, self.session.transport
        transport.speed_index = int(np.argmin([abs(known - abs(speed)) for known in SPEEDS]))
        transport.reverse = speed < 0
        if isinstance(at, int):
            transport.jump(at, remember=False)
        elif at:
            transport.jump(resolve(at, session.recording, session.game), remember=False)
        elif start := clip_start(session.recording):
            transport.jump(start, remember=False)
        elif follow and transport.live:
            transport.go_live()
        elif transport.reverse:  # there is nothing before the start
            transport.jump(transport.ticks, remember=False)

    # --- screen ---

    def enter(self) -> None:
        self.paint = self.window.paint
        if not self.desk.switches.muted:
            self.look.prepare()
        self.survey.start()
        if self.desk.playlist is not None:
            self.desk.playlist.look_on()

    def leave(self) -> None:
        self.desk.inspector.close()
        if self.desk.playlist is not None:
            self.desk.playlist.rest()
            if self.survey.verification is not None:
                self.desk.playlist.note(self.session.path, verdict=self.survey.verification.verdict.value)
        self.session.close()

    def way_back(self) -> Open:
        """Another viewer at this moment: the file is read again, and until then nothing of it is kept."""
        playing, playlist = self.transport.playing, self.desk.playlist
        return Open(self.session.path, at=self.transport.tick, is_paused=not playing, playlist=playlist)

    def say(self, text: str) -> None:
        self.desk.say(text)

    def handle(self, event: pygame.event.Event) -> None:
        """Keys and mouse only ask."""
        self.pointer.held = self.window.held
        if event.type == pygame.DROPFILE:
            self.wish = open_dropped(self.wish, Path(event.file))
        if takes(self.desk, event, getattr(event, "pos", self.pointer.at)):
            return
        self.keyboard.handle(event)
        self.pointer.handle(event)

    def update(self, seconds: float) -> None:
        """Do what was asked."""
        self._seconds = seconds
        self.keyboard.update()
        if self.session.refresh():
            self.wish = replace(self.way_back(), hint=f"{self.session.path.name} has changed, and was opened again")
        was_playing = self.transport.playing
        with suppress(FormatError, OSError):  # the picture says it
            self.transport.advance(seconds, self._run)
            if self.desk.switches.inspector:
                self.desk.inspector.update(self.transport.tick, 0.0 if self.transport.playing else _SEARCH_SECONDS)
        go_on_at_end(self.desk, was_playing)
        if (warning := self.session.moments.playback.warning) and not self._is_warned:
            self._is_warned = True
            self.say(warning)
        self.desk.timeline.update(is_held=self.pointer.is_dragging)
        self._snap = self._snap or self.transport.jumped
        self.wish, self.desk.wish = self.desk.wish or self.wish, None

    def _run(self, position: float, stop: int) -> int:
        return self.session.run(position, stop)

    def is_at_rest(self) -> bool:
        return bool(self._sights() == self._shown)

    def _sights(self) -> Any:
        """All that a picture depends on and that changes without an event."""
        recording, survey = self.session.recording, self.survey
        whole, moments = max(self.transport.ticks, 1), survey.highlights
        return (
            (self.transport.position, self.transport.playing, self.transport.ticks, self.transport.live, self.session.is_outdated),
            (self.desk.toast, self.desk.tip.name, len(recording.markers), str(recording.damage)),
            # What the survey has found so far shows percent by percent.
            (100 * survey.ticks // whole, 100 * survey.verified_ticks // whole, moments is not None and len(moments.rows)),
            (survey.verification is not None and survey.verification.first_bad_tick, survey.verification is None),
            self.desk.switches.inspector and self.desk.inspector.version,
            self.desk.playlist.verdicts() if self.desk.playlist is not None else (),
            (str(survey.error), survey.timeline is not None and len(survey.timeline.ticks)),
        )

    def _eye(self) -> tuple[float, ...]:
        camera, director = self.places.camera, self.desk.director  # who may be on the way where the edge holds the camera
        return tuple(round(value, 2) for value in (camera.x, camera.y, 100 * camera.scale, director.x, director.y))

    def _sound(self, look: Look, scene: Scene) -> None:
        """What happened since the last frame, unless somebody jumped, scrubs, or cannot want to hear it at this speed."""
        transport, muted = self.transport, self.desk.switches.muted
        quiet = self._snap or muted or not transport.playing or not 0 < transport.speed <= _LOUDEST_SPEED
        if not quiet:
            news = scene.events[scene.events["tick"] >= self._heard_tick] if len(scene.events) else scene.events
            look.hear(news, scene)
        self._heard_tick = int(scene.time)

    # --- drawing ---

    def draw(self, surface: pygame.Surface) -> None:
        before = self._eye()
        try:
            self._draw(surface)
        except (FormatError, OSError) as error:  # what was sound when it was opened: somebody writes to the file
            surface.set_clip(None)
            overlay.draw_lost(surface, self.paint, self.session.path.name, reason(error))
        self._shown = self._sights() if self._eye() == before else None  # the camera is on its way

    def _draw(self, surface: pygame.Surface) -> None:
        desk, places, switches = self.desk, self.places, self.desk.switches
        self._lay_out(surface.get_size())
        area = (self.area.left, self.area.top, self.area.width, self.area.height)
        options = {"shake": switches.shake, "contrast": self.paint.contrast}
        scene = self.session.scene(self.transport.position, Camera(area), desk.director.player, options)
        scene.camera = places.camera = desk.director.camera(area, scene, self._seconds, self.survey.events, self._snap)
        places.scene = scene
        self._sound(self.look, scene)
        self._snap = False
        surface.fill(GROUND, (0, 0, self.stage.right, self.stage.bottom))  # all else is covered
        self._draw_picture(surface, scene)
        if self.sheet.width:
            places.sheet = self._inspector.draw(surface, self.paint, self.sheet)
        if not switches.hidden:
            self._draw_around(surface, scene)
        if switches.help:
            draw_help(surface, self.paint, VIEWER_LINES, desk.help)
        elif not switches.hidden:
            overlay.draw_tooltip(surface, self.paint, desk.tip)
        self._draw_over(surface)

    def _draw_picture(self, surface: pygame.Surface, scene: Scene) -> None:
        if self.sheet != self.area:
            self.look.draw(surface, scene)

    def _lay_out(self, size: tuple[int, int]) -> None:
        """Where everything goes, in a window of this size."""
        (width, height), paint, hidden, timeline = size, self.paint, self.desk.switches.hidden, self.desk.timeline
        high = timeline.height(height, paint.scale)
        foot = 0 if hidden else paint.px(54) + high
        self.side = 0 if hidden or width < _NARROW else paint.px(232)
        head = paint.px(34) if not hidden and not self.side and self.session.story.columns else 0
        is_inspected, is_whole = self.desk.switches.inspector and not hidden, isinstance(self.look, TableLook)
        if is_inspected and not is_whole:
            self.side = panel_width(paint, width)
        self.area = pygame.Rect(0, head, width - self.side, max(height - foot - head, 1))
        beside = pygame.Rect(self.area.right, head, self.side, self.area.height)
        self.sheet = pygame.Rect(0, 0, 0, 0) if not is_inspected else self.area if is_whole else beside
        self.status = pygame.Rect(0, height - paint.px(40), width, paint.px(38))
        edge, names = paint.px(14), paint.px(_NAMES) if timeline.mode != TOGETHER and width >= _NARROWEST else 0
        self.bar = pygame.Rect(edge + names, height - paint.px(46) - high, width - 2 * edge - names, high)
        places, (first, last), left = self.places, timeline.span.range, self.bar.left
        places.picture, places.scale, places.names_left = self.area, paint.scale, edge
        places.bar = None if hidden else Strip(self.bar, last, first)
        places.lanes = () if places.bar is None else timeline.lay_out(places.bar, height, paint.scale)
        overview = pygame.Rect(left, self.bar.top - paint.px(7), self.bar.width, paint.px(5))
        is_part = not hidden and not timeline.span.is_whole
        places.overview = Strip(overview, self.transport.ticks, self.transport.start) if is_part else None
        places.card, places.card_lines = None, ()
        places.graph, places.sheet, places.buttons, places.players = None, None, {}, []

    def _draw_around(self, surface: pygame.Surface, scene: Scene) -> None:
        paint, size, look, places = self.paint, surface.get_size(), self.look, self.places
        rows = self.session.story.standings(scene.before)
        surface.fill(PANEL, (0, self.area.bottom, size[0], size[1] - self.area.bottom))
        feed = panels.feed_lines(look, self.session.recent(scene.time, panels.FEED_SECONDS), scene.time)
        if self.side and self.sheet.left != self.area.right:
            self._draw_side(surface, scene, rows, feed)
        else:
            head = pygame.Rect(4, 3, size[0] - 8, self.area.top - 5)
            places.players = panels.draw_chips(surface, paint, look, rows, head) if self.area.top else []
            place = pygame.Rect(self.area.right - paint.px(290), self.area.top + 6, paint.px(282), paint.px(150))
            if self.sheet != self.area:
                panels.draw_feed(surface, paint, look, feed, place, ground=True)
        self._draw_held(surface, self.session, look, rows, self.transport.position, self.area)
        self._draw_asked(surface)
        self._draw_foot(surface)

    def _draw_held(
        self, surface: pygame.Surface, of: Session, look: Look, rows: list[Row], position: float, area: pygame.Rect
    ) -> None:
        """What keys show of the players of a match over its picture."""
        if "Tab" in self.window.held:
            panels.draw_scoreboard(surface, self.paint, look, rows, area.center, self.desk.director.player)
        if self.desk.switches.inputs and of.recording.ticks:
            tick = min(int(position), of.recording.ticks - 1)
            panels.draw_inputs(surface, self.paint, look, of.recording.inputs(tick, tick + 1)[0], area)

    def _draw_asked(self, surface: pygame.Surface) -> None:
        """What else keys show over the picture."""
        if self.desk.switches.statistics:
            panels.draw_lines(surface, self.paint, self._statistics(), self.area)
        if self.desk.playlist is not None and self.desk.playlist.is_shown:
            draw_files(surface, self.paint, self.desk.playlist, self.survey, self.area)

    def _draw_foot(self, surface: pygame.Surface) -> None:
        """The bar and the line below it, and the list that is open."""
        paint, desk, places = self.paint, self.desk, self.places
        self._seek_bar.draw(surface, paint, places)
        places.buttons = panels.draw_status(
            surface, paint, self.status, self.transport, self.survey, self._name(), desk.switches.clock
        )
        if (chosen := cards.draw_chosen(surface, paint, desk, self.stage)) is not None:
            places.buttons["clear_filter"] = chosen
        if desk.timeline.card is not None:
            places.card, places.card_lines, places.card_spot = cards.draw_card(surface, paint, self.look, desk, self.stage)
        if desk.bar_at is not None:
            thing = places.moment_at(desk.bar_at)
            overlay.draw_thumbnail(surface, paint, desk, thing, (desk.bar_at[0], self.bar.top - paint.px(8)), self.thumbnail)

    def _name(self) -> str:
        """What is watched, for the status line."""
        name = f"{self.session.path.name}: the file has changed" if self.session.is_outdated else self.session.path.name
        place = self.desk.playlist.text if self.desk.playlist is not None else ""
        return f"{place}   {name}" if place else name

    def _draw_side(self, surface: pygame.Surface, scene: Scene, rows: list[Row], feed: list[panels.FeedLine]) -> None:
        paint, look, player, timeline = self.paint, self.look, self.desk.director.player, self.survey.timeline
        rect = pygame.Rect(self.area.right, 0, self.side, self.area.bottom)
        surface.fill(PANEL, rect)
        pygame.draw.line(surface, _EDGE, rect.topleft, (rect.left, rect.bottom))
        height = min(panels.standings_height(paint, len(rows)), rect.height * 6 // 10)
        table = pygame.Rect(rect.left, 4, self.side, height)
        self.places.players = panels.draw_standings(surface, paint, look, rows, table, player)
        left, y = rect.left + paint.px(12), 4 + (height if rows else 0)
        if player is not None:
            for line in self.session.story.details(scene.before, player):
                paint.text(surface, line, (left, y), 13, DIM, width=self.side - paint.px(20))
                y += paint.px(19)
        top = rect.bottom
        if timeline is not None:
            graph = pygame.Rect(rect.left + 8, rect.bottom - paint.px(130) - paint.px(10), self.side - 16, paint.px(130))
            top = graph.top
            self.places.graph = Strip(graph, self.transport.ticks, self.transport.start)
        place = pygame.Rect(rect.left + paint.px(4), y + paint.px(26), self.side - paint.px(8), top - y - paint.px(52))
        if place.height >= paint.px(20):
            paint.text(surface, "NEWS", (left, y + paint.px(8)), 11, FAINT)
            panels.draw_feed(surface, paint, look, feed, place, ground=False)
            if not feed:
                paint.text(surface, "quiet", (place.left + paint.px(8), place.top), 13, FAINT)
        if timeline is not None:
            paint.text(surface, "SCORE", (left, top - paint.px(18)), 11, FAINT)
            self._graph.draw(surface, paint, graph)

    @property
    def stage(self) -> pygame.Rect:
        """All that is picture: what is told for a moment stands over it."""
        return self.area

    def _draw_over(self, surface: pygame.Surface) -> None:
        desk, damage = self.desk, self.session.recording.damage
        if desk.question is not None:
            self._draw_question(surface, desk.question)
        if desk.prompt is not None:
            overlay.draw_prompt(surface, self.paint, f"go to  {desk.prompt}|", self.stage)
        if desk.toast:
            overlay.draw_toast(surface, self.paint, desk.toast, self.stage)
        at_end = not self.transport.live and self.transport.position >= self.transport.ticks
        if damage is not None and at_end and not desk.switches.hidden:
            overlay.draw_damage(surface, self.paint, str(damage), self.stage)

    def _draw_question(self, surface: pygame.Surface, question: Question) -> None:
        """On the side of the picture where fewer players are; the one whom it is about is marked."""
        player, players = question.menu.item, self.session.recording.header.players
        spots = self.places.spots(self.session.story)
        right = sum(x > self.area.centerx for x, _ in spots.values()) * 2 <= len(spots)
        if player in spots:
            colour, scale = self.look.colour(player), self.places.camera.scale
            overlay.draw_ring(surface, self.paint, colour, spots[player], scale, self.area)
        question.menu.places = [*overlay.draw_question(surface, self.paint, self.look, players, player, self.area, right=right)]

    def thumbnail(self, tick: int, size: tuple[int, int]) -> pygame.Surface:
        """The picture at `tick`, small; in memory until another one is asked for."""
        return self._thumbs.get((tick, size), lambda: small_picture(self.session, self.look, tick, size))

    def _statistics(self) -> list[str]:
        times = np.array(self.window.frame_seconds or [0.0]) * 1000
        moments, survey, size = self.session.moments, self.survey, self.window.surface.get_size()
        return [
            f"frame {np.median(times):.1f} ms median, {np.percentile(times, 99):.1f} ms p99",
            f"window {size[0]}x{size[1]}, zoom {self.places.camera.scale:.2f}",
            f"tick {self.transport.position:.2f}, re-simulated {moments.playback.tick}",
            f"states in memory: {moments.ticks_in_memory}",
            f"survey {survey.ticks} ticks, {len(survey.events)} events",
        ]
