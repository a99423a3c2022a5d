"""Where things lie on the screen. The screen notes here where it drew what; whoever asks what is under the mouse reads it. One
answer serves the thumbnail, the tooltip and the click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from replay.read.story import Story
from replay.watch.model.lanes import Cluster, Lane, Spot, meant
from replay.watch.model.marks import MarkAt
from replay.watch.model.scene import Camera, Scene

_NEAR_PIXELS = 3  # so near a mark of a cluster, the mouse means it; for a window of 1280x720, as are the next two
_EASY_PIXELS = 14  # the seek bar is that much easier to hit than it is high
_EDGE_PIXELS = 8
_REACH = 30  # world pixels: so near a player, a click means it


class Rect(Protocol):
    """A part of the screen: what is used of a `pygame.Rect`."""

    @property
    def left(self) -> int: ...
    @property
    def top(self) -> int: ...
    @property
    def right(self) -> int: ...
    @property
    def bottom(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    def collidepoint(self, point: tuple[int, int], /) -> bool: ...


class Strip(NamedTuple):
    """A part of the screen across which time runs: the seek bar, the graph. start, ticks: at its edges."""

    rect: Rect
    ticks: int
    start: int = 0

    def tick_to_x(self, tick: float) -> float:
        return self.rect.left + (tick - self.start) / max(self.ticks - self.start, 1) * (self.rect.width - 1)

    def x_to_tick(self, x: float) -> int:
        """The tick at a place of the strip, cut to start..ticks."""
        share = (x - self.rect.left) / max(self.rect.width - 1, 1)
        return self.start + round(min(max(share, 0.0), 1.0) * (self.ticks - self.start))

    @property
    def pixels_per_tick(self) -> float:
        return max(self.rect.width - 1, 1) / max(self.ticks - self.start, 1)


class LaneRow(NamedTuple):
    """A lane on the screen, from y `top` up to `bottom`, and what lies in it, from the left."""

    lane: Lane
    top: int
    bottom: int
    spots: Sequence[Spot]


class Thing(NamedTuple):
    """What is under the mouse. name: a command or spot of the table, or "" for nothing. player: whom it means. tick: the moment
    that it means. mark: the mark to which a click goes, and cluster: where it lies. lane: whose name it is. line: of a list.
    path: of a field, or the name of its row."""

    name: str
    player: int | None = None
    tick: int = 0
    mark: MarkAt | None = None
    cluster: Cluster | None = None
    lane: Lane | None = None
    line: int = 0
    path: str = ""


NOTHING = Thing("")


class Sheet(NamedTuple):
    """Where the inspector is. things: what lies where. lines: how many there are, and how many can be seen at once; players: the
    same of the columns. scroll: the bar on which one drags through the lines. chart: of the chosen field, or None."""

    rect: Rect
    things: Sequence[tuple[Rect, Thing]]
    lines: tuple[int, int]
    players: tuple[int, int]
    scroll: Rect
    chart: Strip | None = None

    def thing_at(self, at: tuple[int, int]) -> Thing:
        if self.chart is not None and self.chart.rect.collidepoint(at):
            return Thing("field_chart", tick=self.chart.x_to_tick(at[0]))
        return next((thing for place, thing in self.things if place.collidepoint(at)), Thing("fields"))


@dataclass
class Places:
    """What the last picture showed where. scale: pixels of the screen for a pixel of the 1280x720 layout.

    bar, graph, sheet: None where not shown. overview: of the whole match, where the bar shows a part. lanes: of the bar.
    names_left: where their names begin, at its left. card: with a list, and its lines by number; what a click on one of them is.
    buttons: by command or spot. players: lines of the score table. camera, scene: of the match.
    """

    picture: Rect | None = None
    bar: Strip | None = None
    overview: Strip | None = None
    lanes: Sequence[LaneRow] = ()
    names_left: int = 0
    card: Rect | None = None
    card_lines: Sequence[tuple[Rect, int]] = ()
    card_spot: str = ""
    graph: Strip | None = None
    sheet: Sheet | None = None
    buttons: Mapping[str, Rect] = field(default_factory=dict)
    players: Sequence[tuple[Rect, int]] = ()
    camera: Camera = field(default_factory=lambda: Camera((0, 0, 1, 1)))
    scene: Scene | None = None
    scale: float = 1.0

    def thing_at(self, at: tuple[int, int], story: Story) -> Thing:
        """What a picture, a word or a click at this place of the screen is about."""
        if self.card is not None and self.card.collidepoint(at):
            lines = (line for place, line in self.card_lines if place.collidepoint(at))
            return next((Thing(self.card_spot, line=line) for line in lines), Thing("card"))
        if self.bar is not None:
            if self.overview is not None and at[1] < self.bar.rect.top and self._is_on(self.overview.rect, at):
                return Thing("overview", tick=self.overview.x_to_tick(at[0]))
            if self.is_on_bar(at):
                return self.moment_at(at)
            if self.names_left <= at[0] < self.bar.rect.left and (row := self._row_at(at[1])) is not None:
                return Thing("lane", row.lane.player, lane=row.lane)
        if self.sheet is not None and self.sheet.rect.collidepoint(at):
            return self.sheet.thing_at(at)
        if self.graph is not None and self.graph.rect.collidepoint(at):
            return Thing("graph", tick=self.graph.x_to_tick(at[0]))
        for name, place in self.buttons.items():
            if place.collidepoint(at):
                return Thing(name)
        for place, player in self.players:
            if place.collidepoint(at):
                return Thing("player", player)
        if self.picture is not None and self.picture.collidepoint(at):
            return Thing("picture", self._player_near(at, story))
        return NOTHING

    def is_on_bar(self, at: tuple[int, int]) -> bool:
        return self.bar is not None and self._is_on(self.bar.rect, at)

    def _is_on(self, rect: Rect, at: tuple[int, int]) -> bool:
        easy = round(_EASY_PIXELS * self.scale) // 2
        return rect.left <= at[0] < rect.right and rect.top - easy <= at[1] < rect.bottom + easy

    def is_at_edge(self, at: tuple[int, int]) -> bool:
        """Whether this is the right end of the bar, where a live recording grows."""
        return self.bar is not None and abs(at[0] - self.bar.rect.right) <= _EDGE_PIXELS * self.scale

    def on_track(self, x: int) -> tuple[int, int] | None:
        """The nearest place on the bar, below its lanes."""
        return None if self.bar is None else (min(max(x, self.bar.rect.left), self.bar.rect.right - 1), self.bar.rect.bottom - 1)

    def moment_at(self, at: tuple[int, int]) -> Thing:
        """What a place on the bar is about: the cluster that is drawn there and the mark of it that the mouse means, else the tick.
        Below the lanes it is always the tick."""
        assert self.bar is not None
        x, tick = at[0], self.bar.x_to_tick(at[0])
        row = self._row_at(max(at[1], self.lanes[0].top)) if self.lanes else None
        spot = next((spot for spot in row.spots if spot.left <= x < spot.right), None) if row is not None else None
        if spot is None:
            return Thing("bar", tick=tick)
        mark = meant(spot.cluster, tick, _NEAR_PIXELS * self.scale / self.bar.pixels_per_tick)
        return Thing("bar", tick=mark.tick, mark=mark, cluster=spot.cluster)

    def _row_at(self, y: int) -> LaneRow | None:
        return next((row for row in self.lanes if row.top <= y < row.bottom), None)

    def spots(self, story: Story) -> dict[int, tuple[float, float]]:
        """Where on the screen the players are who have a place."""
        before = self.scene.before if self.scene is not None else None
        places = {player: story.place(before, player) for player in range(len(story.names) if self.scene is not None else 0)}
        return {player: self.camera.to_screen(*place) for player, place in places.items() if place is not None}

    def _player_near(self, at: tuple[int, int], story: Story) -> int | None:
        spots = self.spots(story)
        near = [((spot[0] - at[0]) ** 2 + (spot[1] - at[1]) ** 2, player) for player, spot in spots.items()]
        return min(near)[1] if near and min(near)[0] < (_REACH * self.camera.scale) ** 2 else None
