"""The colours of arena: a dark floor, cool walls, and light that belongs to players, shots and things worth having."""

from __future__ import annotations

from replay.watch.model.scene import Colour, Mark
from replay.watch.view.colours import DIM

from .. import rules

VOID: Colour = (7, 9, 13)
FLOOR: Colour = (33, 39, 53)
FLOOR_OTHER: Colour = (42, 40, 68)
GROUT: Colour = (24, 29, 40)
WALL_TOP: Colour = (66, 76, 98)
WALL_EDGE: Colour = (116, 132, 164)
WALL_FACE: Colour = (33, 38, 52)
WALL_GLOW: Colour = (40, 120, 160)
CRATE: Colour = (134, 96, 56)
CRATE_EDGE: Colour = (186, 142, 88)
CRATE_FACE: Colour = (70, 48, 28)
INK: Colour = (10, 12, 18)
WHITE: Colour = (244, 247, 252)
GOLD: Colour = (250, 206, 70)
HEAL: Colour = (0, 200, 140)
SHIELD: Colour = (110, 190, 245)
HOT: Colour = (255, 150, 50)
HURT: Colour = (240, 88, 62)
TEAM_COLOURS: tuple[Colour, Colour] = ((86, 180, 233), (230, 159, 0))
ITEM_COLOURS: dict[int, Colour] = {
    rules.NOTHING: WHITE,
    rules.BLASTER: (150, 220, 255),
    rules.SHOTGUN: (255, 196, 110),
    rules.RIFLE: (200, 255, 190),
    rules.LAUNCHER: (255, 130, 70),
    rules.AMMUNITION: (214, 190, 120),
    rules.ARMOUR: SHIELD,
    rules.MEDKIT: HEAL,
    rules.COIN: GOLD,
}
# Of the event kinds on the seek bar, and of the parts of a sentence.
MARKS: dict[str, Mark] = {
    "death": Mark("x", HURT),
    "streak": Mark("star", GOLD),
    "purchase": Mark("triangle", HEAL),
    "explosion": Mark("burst", HOT),
    "match_end": Mark("square", WHITE),
}
ROLE_COLOURS: dict[str, Colour] = {"": DIM, "gain": HEAL, "harm": HURT, "honour": GOLD, "outcome": WHITE}


def health_colour(health: int) -> Colour:
    """Of a bar that shows how much health is left, of 100."""
    return HEAL if health > 50 else GOLD if health > 25 else HURT
