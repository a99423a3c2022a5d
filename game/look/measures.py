"""Times, sizes and counts of the picture that both the window and the web page keep to. Needs no pygame."""

from __future__ import annotations

from .. import rules

# Effects: how many ticks each lasts; how far the picture shakes, in world pixels, and for how many ticks.
LASTS = {
    rules.SHOT: 6,
    rules.HIT: 46,
    rules.CRITICAL: 54,
    rules.DEATH: 110,
    rules.EXPLOSION: 100,
    rules.SPAWN: 34,
    rules.PICKUP: 46,
    rules.PURCHASE: 60,
    rules.DASHED: 16,
    rules.STREAKING: 90,
    rules.CROWN: 90,
    rules.DROP: 20,
}
SHAKES = {rules.EXPLOSION: (7.0, 22), rules.DEATH: (4.5, 18), rules.CRITICAL: (2.0, 10)}
BURSTS, SPARKS = 64, 40  # ways in which sparks fly, and how many at most
BLOTS = 14  # of a stain

# Figures.
ANGLES = 96  # drawn directions of a weapon
LEVELS = 8  # drawn strengths of a glow
# Barrels: length and width in world pixels.
BARRELS = {rules.BLASTER: (17, 5), rules.SHOTGUN: (18, 8), rules.RIFLE: (24, 5), rules.LAUNCHER: (21, 11)}
JUMP = 100  # pixels in a tick: not a way but a new life

# The ground.
DETAIL = 2  # pixels of the large picture per world pixel
RISE = 9  # world pixels that a wall's top is shifted up: its face shows below
LIGHT = 4  # world pixels per cell of the light map
DULL = (140, 140, 150)  # what the ground is multiplied by, of 255, when more contrast is wished
