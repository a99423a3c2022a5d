"""How one match of a game is drawn: a `Look`, looked up by entry point in the group `replay.views`, so that only
the viewer loads pygame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from replay.core.game import Events, abilities_of
from replay.read.story import Part, Story
from replay.watch.model.scene import Colour, Mark, Scene, Sound
from replay.watch.view.colours import BAD, DIM, GOOD, INK, PLAYER_COLOURS, WARN

if TYPE_CHECKING:
    import pygame

PLAYER_SHAPES = ("circle", "triangle", "square", "diamond", "pentagon", "star", "hexagon", "cross")
_MARK_SHAPES = ("diamond", "triangle", "square", "circle", "pentagon", "star", "hexagon", "cross")
_MARK_COLOURS: tuple[Colour, ...] = (*PLAYER_COLOURS[:6], PLAYER_COLOURS[7])


class Look:
    """Subclass it and give at least `draw`; every other ability unlocks something. story: what the match tells.

    marks: how event kinds show on the seek bar; those that are not named get a shape and a colour of their own.
    role_colours: of the parts of a sentence that are not players. sample_rate: of what `sounds` gives; None: films are silent.
    """

    marks: Mapping[str, Mark] = {}
    sample_rate: int | None = None
    role_colours: Mapping[str, Colour] = {"gain": GOOD, "harm": BAD, "honour": WARN, "outcome": INK}

    def __init__(self, story: Story) -> None:
        self.story = story

    def draw(self, surface: pygame.Surface, scene: Scene) -> None:
        """Draw the world into `scene.camera.area` of `surface`. It must not change what it is given."""
        raise NotImplementedError

    def colour(self, player: int) -> Colour:
        return PLAYER_COLOURS[player % len(PLAYER_COLOURS)]

    def shape(self, player: int) -> str:
        return PLAYER_SHAPES[player % len(PLAYER_SHAPES)]

    def team_colour(self, team: int) -> Colour:
        return self.colour(team)

    def graph_colour(self, index: int) -> Colour:
        """Of a line of `Story.graph`."""
        return self.colour(index)

    def mark(self, kind: str) -> Mark:
        """How an event kind shows on the seek bar."""
        if kind in self.marks:
            return self.marks[kind]
        index = abilities_of(self.story.game).event_kinds.index(kind)
        return Mark(_MARK_SHAPES[index % len(_MARK_SHAPES)], _MARK_COLOURS[index % len(_MARK_COLOURS)])

    def part_colour(self, part: Part) -> Colour:
        """Of a part of a sentence."""
        if part.role == "player":
            return self.colour(part.seat)
        if part.role == "team":
            return self.team_colour(part.seat)
        if part.role == "kind":
            return self.mark(abilities_of(self.story.game).event_kinds[part.seat]).colour
        return self.role_colours.get(part.role, DIM)

    def prepare(self) -> None:
        """Make what takes long (sounds) before the first picture. Called once there is a window."""

    def hear(self, events: Events, scene: Scene) -> None:
        """Sound these events, which have just happened; there may be none. Called for each picture of a match that goes on, not
        while muted, scrubbing, or going backwards."""

    def sounds(self, events: Events, scene: Scene) -> Sequence[Sound]:
        """What begins to sound at this tick, for a film; no device is needed. Called tick by tick, with the events of the last one;
        there may be none. `scene.camera` is that of the picture."""
        return ()
