"""The colours of the viewer. Okabe and Ito's for the players: told apart by every kind of eye; lightened for a dark ground."""

from __future__ import annotations

from replay.watch.model.scene import Colour

INK: Colour = (232, 236, 242)
DIM: Colour = (150, 160, 176)
FAINT: Colour = (88, 98, 116)
GROUND: Colour = (13, 16, 23)
PANEL: Colour = (20, 25, 35)
LINE: Colour = (46, 55, 72)
ACCENT: Colour = (86, 180, 233)
GOOD: Colour = (0, 186, 137)
WARN: Colour = (230, 159, 0)
BAD: Colour = (240, 88, 62)

# In an order in which neighbours differ most.
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


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """`colour` with `share` (0..1) of `other`."""
    return (
        round(colour[0] + (other[0] - colour[0]) * share),
        round(colour[1] + (other[1] - colour[1]) * share),
        round(colour[2] + (other[2] - colour[2]) * share),
    )
