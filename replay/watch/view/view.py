"""What a game gives the viewer: a `View`, found by entry point in the group `replay.views`, so that pygame loads only to look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from replay.core.errors import ReplayError
from replay.core.game import Events, Game, Match
from replay.core.readmodel import Series
from replay.core.records import Header

if TYPE_CHECKING:
    import pygame

    from replay.watch.window import Screen

Colour = tuple[int, int, int]
News = tuple[int, list[tuple[str, Colour]]]  # the tick, and a line of the feed in coloured parts

# Okabe and Ito's palette, told apart by nearly everyone, in an order in which neighbours differ most; lightened for a dark ground.
PLAYER_COLOURS: tuple[Colour, ...] = (
    (86, 180, 233),
    (230, 159, 0),
    (0, 186, 137),
    (240, 228, 66),
    (224, 139, 190),
    (255, 112, 46),
    (64, 136, 222),
    (214, 214, 224),
)
PLAYER_SHAPES = ("circle", "triangle", "square", "diamond", "pentagon", "star", "hexagon", "cross")


@dataclass
class Camera:
    """World pixels to screen pixels: what point of the world is at the centre of `area`, and how large.

    steady: not in the middle of a zoom, so that a layer scaled for it will be used again.
    """

    area: tuple[int, int, int, int]  # x, y, width, height on the screen
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
    def fit(cls, area: tuple[int, int, int, int], world: tuple[int, int]) -> Camera:
        """All of the world, as large as it fits: the letterbox."""
        scale = min(area[2] / world[0], area[3] / world[1])
        return cls(area, world[0] / 2, world[1] / 2, max(scale, 1e-3))


@dataclass
class Scene:
    """One picture of a match: all that is drawn follows from it, so that a moment looks the same however one got there.

    before, after: the states around the moment (records of the match's `state_dtype`, or bytes); alpha: 0..1 between them.
    time: the moment in ticks, `before`'s tick + alpha. events: those of the last `View.memory_seconds`, in order.
    follow: the player whose view this is, or None. options: what can be switched, by name ("shake", "names" ...).
    """

    camera: Camera
    before: Any
    after: Any
    alpha: float
    time: float
    events: Events
    follow: int | None = None
    options: Mapping[str, bool] = field(default_factory=dict)


class Mark(NamedTuple):
    """How an event kind shows on the seek bar. weight: 1 is drawn, from 2 on N, P and the automatic camera stop there."""

    shape: str
    colour: Colour
    weight: int = 1


class Row(NamedTuple):
    """A line of the score table. cells: as many as `View.columns`."""

    player: int
    cells: tuple[str, ...]
    team: int
    alive: bool = True


class View:
    """How one match of a game looks. Subclass it and give at least `world` and `draw`; every other ability unlocks something.

    world: width and height in world pixels.
    marks: event kinds that show on the seek bar. columns: headings of the score table.
    memory_seconds: how far back the events of a scene reach.
    """

    world: tuple[int, int] = (1280, 720)
    marks: Mapping[str, Mark] = {}
    columns: tuple[str, ...] = ()
    memory_seconds = 2.0

    def __init__(self, game: Game, header: Header, match: Match) -> None:
        self.game = game
        self.header = header
        self.names = [player.name for player in header.players]

    def draw(self, surface: pygame.Surface, scene: Scene) -> None:
        """Draw the world into `scene.camera.area` of `surface`. It must not change what it is given."""
        raise NotImplementedError

    def colour(self, player: int) -> Colour:
        return PLAYER_COLOURS[player % len(PLAYER_COLOURS)]

    def shape(self, player: int) -> str:
        return PLAYER_SHAPES[player % len(PLAYER_SHAPES)]

    def standings(self, state: Any) -> list[Row]:
        """The score table, best first."""
        return []

    def graph(self, timeline: Series) -> Sequence[Sequence[int]]:
        """What the graph shows of the game's series: by default its first lines. `graph_colour`: whose they are."""
        return next(iter(timeline.lines.values()), ())

    def graph_colour(self, index: int) -> Colour:
        return self.colour(index)

    def feed(self, events: Events) -> Iterator[News]:
        """What of these events is news, newest first. Whoever asks takes as many lines as there is room for."""
        return iter(())

    def players_of(self, event: Any) -> tuple[int, ...]:
        """Whom an event is about: their marks brighten while they are followed."""
        names = event.dtype.names
        return tuple(int(event[name]) for name in ("actor", "target", "player") if name in names and event[name] >= 0)

    def place(self, state: Any, player: int) -> tuple[float, float] | None:
        """Where a player is, in world pixels; None if nowhere."""
        return None

    def place_of(self, event: Any) -> tuple[float, float] | None:
        """Where an event happened, for the automatic camera."""
        return None

    def result_text(self, result: Mapping[str, Any]) -> str:
        """The sealed result in a few words, for lists. It is a claim out of a file: anything may be in it."""
        return ", ".join(f"{key} {value}" for key, value in result.items() if isinstance(value, int | str))[:120]

    def prepare(self) -> None:
        """Make what takes long (sounds) before the first picture. Called once there is a window."""

    def hear(self, events: Events, scene: Scene) -> None:
        """Sound these events, which have just happened. Not called while muted, scrubbing, or going backwards."""

    def inputs(self, row: Any) -> list[tuple[str, bool]]:
        """What one player holds, as labels that are lit or not, for the inputs overlay."""
        names = row.dtype.names or ()
        return [(f"{name} {row[name]}", bool(row[name])) for name in names]

    def take_over(self, path: Path, tick: int, player: int | None) -> Screen | None:
        """The screen on which somebody plays on from there; None if this game has none. Raises ReplayError if it cannot be."""
        return None

    def details(self, state: Any, player: int) -> list[str]:
        """A few words about a followed player: health, what it holds."""
        return []


def open_view(game: Game, header: Header, match: Match) -> View:
    """The game's own view of this match, or the table of its state's fields. Raises ReplayError if the view does not load."""
    for point in entry_points(group="replay.views", name=game.name):
        try:
            factory = point.load()
        except Exception as error:
            raise ReplayError(f"the view of {game.name!r} does not load: {error}", f"its entry point is {point.value}") from error
        view: View = factory(game, header, match)
        return view
    from replay.watch.view.table import TableView

    return TableView(game, header, match)
