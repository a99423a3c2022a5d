"""The screen of two recordings: the viewer of one, with another beside it or over it, and where they differ."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pygame

from replay.core.cache import Bounded
from replay.core.errors import ReplayError, UsageError
from replay.core.game import Game
from replay.core.text import counted
from replay.read.story import Row
from replay.watch.control.pairing import go_to_moment_of_b, say_difference
from replay.watch.model.alignment import TICK
from replay.watch.model.contrast import Line
from replay.watch.model.director import FOLLOW, place_between
from replay.watch.model.files import reason
from replay.watch.model.pairing import GHOST, ONLY_A, ONLY_B, SIDES, VIEWS, Pairing
from replay.watch.model.scene import Camera, Scene
from replay.watch.model.session import Session
from replay.watch.model.wish import Compare
from replay.watch.view import pairing as view
from replay.watch.view.colours import LINE, PANEL
from replay.watch.view.look import Look
from replay.watch.view.picture import open_look, small_picture
from replay.watch.viewer import Viewer

_LEAD_SECONDS = 2.0  # before the first difference one begins
_STRIP = 30  # pixels of the 1280x720 layout, for what stands below the bar
_NEAR = 6  # pixels of it: so near a mark of B, the mouse means it
_MOST_LINES = 64
_STEPS_A_SECOND = 8  # while playing, what differs is told so often


class Pair(Viewer):
    """Watches A at `path` with B, an open session, which the screen closes. align: as for a `Pairing`; options: as for a `Viewer`.

    Of two recordings of one match it begins shortly before the first difference, as soon as that is known, unless `at` says where
    or somebody has done something; and it stops there once. Raises what `Viewer` and `Pairing` raise.
    """

    def __init__(
        self, path: str | os.PathLike[str], b: Session, game: Game | None = None, *, align: str = TICK, **options: Any
    ) -> None:
        try:
            super().__init__(path, game, **options)
        except BaseException:
            b.close()
            raise
        try:
            self.pairing = Pairing(self.session, b, align)
            self.look_b = open_look(b)
        except BaseException:
            b.close()
            self.session.close()
            raise
        self.desk.pairing = self.pairing
        self.desk.switches.inspector = False  # there is another one to see
        self.pairing.suit(self.transport)
        if isinstance(at := options.get("at"), int):  # A alone may be shorter
            self.transport.jump(at, remember=False)
        self.caption = f"{self.session.path.name} | {b.path.name} - replay"
        self._seeks_difference = at is None
        self._is_told = self._is_b_prepared = False
        self._strip_area = self.area
        self._ghost = view.Ghost()
        self._strip = view.PairStrip(self.pairing, self.look_b)
        self._frames = view.Frames((self.area, self.area), (self.area, self.area), self.area)
        self._scene_b: Scene | None = None
        self._lines: Bounded[Any, list[Line]] = Bounded(1)

    # --- screen ---

    def enter(self) -> None:
        super().enter()
        self.pairing.start()

    def leave(self) -> None:
        self.pairing.close()
        super().leave()

    def way_back(self) -> Compare:
        here, alignment = super().way_back(), self.pairing.alignment
        return Compare(
            here.path,
            at=here.at,
            is_paused=here.is_paused,
            playlist=here.playlist,
            other=self.pairing.b.path,
            align=alignment.name,
            shift=alignment.shift,
            view=VIEWS.index(self.pairing.view),
        )

    def handle(self, event: pygame.event.Event) -> None:
        if event.type in (pygame.KEYDOWN, pygame.MOUSEBUTTONDOWN):
            self._seeks_difference = False
        at, bar = getattr(event, "pos", (-1, -1)), self.places.bar
        is_on_b = self.pairing.view in (SIDES, ONLY_B) and self._frames.pictures[1].collidepoint(at)
        if is_on_b and self._scene_b is not None:  # the mouse means B's players
            self.places.scene, self.places.camera = self._scene_b, self._scene_b.camera
        is_asked = self.desk.switches.help or self.desk.question is not None
        if bar is not None and self._strip_area.collidepoint(at) and not is_asked:
            if event.type == pygame.MOUSEBUTTONDOWN and event.button == pygame.BUTTON_LEFT:
                go_to_moment_of_b(self.desk, self.pairing, bar, at[0], self.paint.px(_NEAR))
                return
            if event.type == pygame.MOUSEMOTION:  # the pictures of that moment, as over the bar
                event = pygame.event.Event(pygame.MOUSEMOTION, {**event.dict, "pos": (at[0], bar.rect.top + self.bar.height // 2)})
        super().handle(event)

    def update(self, seconds: float) -> None:
        before, playing = self.transport.position, self.transport.playing
        super().update(seconds)
        if self.pairing.b.refresh():
            self.wish = replace(self.way_back(), hint=f"{self.pairing.b.path.name} has changed, and was opened again")
        self.pairing.suit(self.transport)
        self._tell()
        first = self.pairing.differences.first
        if first is not None and playing and before < first <= self.transport.position and not self.pairing.has_stopped:
            self._stop_at(first)

    def _run(self, position: float, stop: int) -> int:
        """As far as one gets; where A has ended, with B."""
        last = self.session.recording.ticks
        if position < last:
            return super()._run(position, min(stop, last))
        alignment, b = self.pairing.alignment, self.pairing.b
        return max(int(alignment.to_a(b.run(alignment.to_b(position), b.recording.ticks))), int(position) + 1)

    def _stop_at(self, first: int) -> None:
        pairing = self.pairing
        if not pairing.alignment.is_tick_by_tick or self.transport.jumped:
            return
        pairing.has_stopped = True
        self.transport.position, self.transport.playing = float(first), False
        say_difference(self.desk, pairing, first)

    def _tell(self) -> None:
        """Say once what came out of the comparison, and go there if nobody has gone anywhere."""
        differences = self.pairing.differences
        if self._is_told or (differences.first is None and not differences.is_done):
            return
        self._is_told = True
        if differences.note:
            self.say(differences.note)
        elif differences.first is None:
            equal = self.session.recording.ticks == self.pairing.b.recording.ticks
            self.say("no difference: the same match" if equal else "no difference as far as both go")
        else:
            before = differences.first - round(_LEAD_SECONDS * self.transport.ticks_per_second)
            if self._seeks_difference and self.pairing.alignment.is_tick_by_tick and before > self.transport.position:
                self.transport.jump(before)
            self.say(f"first difference at tick {differences.first}; Ctrl+X goes there")

    def _sights(self) -> Any:
        b, differences, alignment = self.pairing.b, self.pairing.differences, self.pairing.alignment
        return (
            super()._sights(),
            (self.pairing.view, alignment.name, alignment.anchors, alignment.shift, b.recording.ticks, str(b.recording.damage)),
            (b.survey.ticks, b.survey.verification is None, str(b.survey.error), differences.tick, differences.is_done),
        )

    def _eye(self) -> tuple[float, ...]:
        if self._scene_b is None:
            return super()._eye()
        camera = self._scene_b.camera
        return (*super()._eye(), round(camera.x, 2), round(camera.y, 2), round(100 * camera.scale, 2))

    # --- drawing ---

    @property
    def stage(self) -> pygame.Rect:
        return self.area.union(self._frames.pictures[1])

    def _lay_out(self, size: tuple[int, int]) -> None:
        """As in a window that is lower, and below its bar what belongs to both."""
        hidden, paint = self.desk.switches.hidden, self.paint
        strip = 0 if hidden else paint.px(_STRIP)
        super()._lay_out((size[0], size[1] - strip))
        self._strip_area = pygame.Rect(self.bar.left, self.status.top - paint.px(4), self.bar.width, strip - paint.px(2))
        self.status.move_ip(0, strip)
        is_covered = self.sheet == self.area  # of a game without a look
        width = size[0] if is_covered or not self.sheet.width else self.area.width
        self._frames = view.frames(pygame.Rect(0, 0, width, self.area.bottom), paint, self.pairing, hidden=hidden)
        self.area, self.side = self._frames.pictures[0], 0
        if is_covered:
            self.sheet = self.area
        self.places.picture = self.stage

    def _sound(self, look: Look, scene: Scene) -> None:
        """One hears A, unless only B is to be seen."""
        self._scene_b = self._make_scene_b(scene)
        if self.pairing.view != ONLY_B:
            super()._sound(look, scene)
            return
        if not self._is_b_prepared and not self.desk.switches.muted:
            self._is_b_prepared = True
            self.look_b.prepare()
        super()._sound(self.look_b, self._scene_b)

    def _draw_picture(self, surface: pygame.Surface, scene: Scene) -> None:
        other, shown = self._scene_b, self.pairing.view
        assert other is not None
        if shown == ONLY_B:
            self.look_b.draw(surface, other)
            return
        super()._draw_picture(surface, scene)
        if shown == SIDES:
            self.look_b.draw(surface, other)
        elif shown == GHOST:
            self._ghost.draw(surface, self.look_b, other)
            spots = _spots(self.session, scene), _spots(self.pairing.b, other)
            view.draw_outlines(surface, self.paint, self.look_b, spots, other.camera.scale, self.area)

    def _make_scene_b(self, scene: Scene) -> Scene:
        """B's moment beside A's: seen as A's is, but for a player who is followed and is elsewhere there."""
        pairing, area, director = self.pairing, self._frames.pictures[1], self.desk.director
        b, own = pairing.b, pairing.director
        place = (area.left, area.top, area.width, area.height)
        player = director.player if director.player in range(len(b.story.names)) else None
        other = b.scene(pairing.position(self.transport.position), Camera(place), player, scene.options)
        if b.story.world != self.session.story.world:
            other.camera = Camera.fit(place, b.story.world)
        elif director.mode == FOLLOW and pairing.view in (SIDES, ONLY_B) and player is not None:
            own.mode, own.player, own.zoom = director.mode, player, director.zoom
            other.camera = own.camera(place, other, self._seconds, None, self._snap)
        else:
            other.camera = replace(scene.camera, area=place)
            own.x, own.y = director.x, director.y
        return other

    def _draw_around(self, surface: pygame.Surface, scene: Scene) -> None:
        paint, pairing, frames, other = self.paint, self.pairing, self._frames, self._scene_b
        assert other is not None
        surface.fill(PANEL, (0, max(frames.words.bottom, self.area.bottom), *surface.get_size()))
        if pairing.view == SIDES:
            pygame.draw.line(surface, LINE, (self.area.right + 1, 0), (self.area.right + 1, self.area.bottom - 1), 2)
        rows = self.session.story.standings(scene.before)
        moments = (self.transport.position, pairing.alignment.to_b(self.transport.position))
        places = view.draw_head(surface, paint, frames.heads[0], pairing, self.look, rows, moments[0])
        rows_b: list[Row] = pairing.b.story.standings(other.before)
        places += view.draw_head(surface, paint, frames.heads[1], pairing, self.look_b, rows_b, moments[1])
        self.places.players = [(place, player) for place, player in places if player < len(self.session.story.names)]
        if pairing.view in (ONLY_A, ONLY_B):
            letter, colour = ("A", view.A_COLOUR) if pairing.view == ONLY_A else ("B", view.B_COLOUR)
            view.draw_badge(surface, paint, letter, (self.area.left + paint.px(12), self.area.top + paint.px(12)), colour, 32)
        self._draw_words(surface)
        if pairing.view != ONLY_B:
            self._draw_held(surface, pairing.a, self.look, rows, moments[0], frames.pictures[0])
        if pairing.view in (SIDES, ONLY_B):
            self._draw_held(surface, pairing.b, self.look_b, rows_b, other.time, frames.pictures[1])
        self._draw_asked(surface)
        self._draw_foot(surface)

    def _draw_foot(self, surface: pygame.Surface) -> None:
        bar = self.places.bar
        if bar is not None:
            self._strip.draw(surface, self.paint, self._strip_area, bar, self.transport.position)
            for letter, rect, colour in (("A", self.bar, view.A_COLOUR), ("B", self._strip_area, view.B_COLOUR)):
                at = (self.places.names_left // 2, rect.centery)
                self.paint.text(surface, letter, at, 11, colour, "center", bold=True)
        super()._draw_foot(surface)

    def _draw_words(self, surface: pygame.Surface) -> None:
        pairing, alignment, tick = self.pairing, self.pairing.alignment, self.transport.tick
        if self.transport.playing:
            tick -= tick % max(self.transport.ticks_per_second // _STEPS_A_SECOND, 1)
        ticks = (tick, pairing.a.recording.ticks, pairing.b.recording.ticks)
        key = (ticks, alignment.anchors, alignment.shift)
        lines = self._lines.get(key, lambda: pairing.lines(tick, _MOST_LINES))
        count = counted(len(lines), "difference")
        if pairing.a.game.name != pairing.b.game.name:
            head = f"two games: {pairing.a.game.name} | {pairing.b.game.name}"
        elif not lines:
            head = "equal here"
        else:
            head = f"{count} or more here" if len(lines) == _MOST_LINES else f"{count} here"
        view.draw_lines(surface, self.paint, self._frames.words, (head, f"{alignment.text}    {self._known()}"), lines)

    def _known(self) -> str:
        """What is known of the whole."""
        differences = self.pairing.differences
        if differences.first is not None:
            first = f"first difference: tick {differences.first} (Ctrl+X)"
            states = f", states from tick {differences.state_runs[0].first} on" if differences.state_runs else ""
            return differences.note or first + states
        if not differences.is_done:
            return f"comparing {differences.progress:.0%}"
        return differences.note or "the same as far as both go"

    def _name(self) -> str:
        return f"{super()._name()} | {self.pairing.b.path.name}"

    def thumbnail(self, tick: int, size: tuple[int, int]) -> pygame.Surface:
        """Both pictures at `tick` of A, one beside the other."""
        half = (size[0] // 2, size[1])

        def make() -> pygame.Surface:
            picture = pygame.Surface(size).convert()
            picture.blit(small_picture(self.session, self.look, tick, half), (0, 0))
            picture.blit(small_picture(self.pairing.b, self.look_b, self.pairing.position(tick), half), (size[0] - half[0], 0))
            return picture

        return self._thumbs.get((tick, size, self.pairing.alignment.to_b(0)), make)


def _spots(session: Session, scene: Scene) -> dict[int, tuple[float, float]]:
    """Where on the screen the players of a scene are who have a place and are not out."""
    story = session.story
    out = {row.player for row in story.standings(scene.before) if not row.alive}
    places = {player: place_between(story, scene, player) for player in range(len(story.names)) if player not in out}
    return {player: scene.camera.to_screen(*place) for player, place in places.items() if place is not None}


def open_pair(wish: Compare) -> Pair:
    """The screen that is wished for. Raises what `Pair` raises; B's errors name B."""
    try:
        b = Session(wish.other)
    except (ReplayError, OSError) as error:
        raise UsageError(f"{wish.other.name}: {reason(error)}") from error
    pair = Pair(wish.path, b, align=wish.align, at=wish.at, speed=wish.speed, paused=wish.is_paused, playlist=wish.playlist)
    pair.pairing.alignment.shift, pair.pairing.view = wish.shift, VIEWS[wish.view]
    pair.say(wish.hint)
    pair._is_told = bool(wish.hint)  # one word at a time
    return pair
