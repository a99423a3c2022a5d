"""The viewer: plays any recording of any game. A game may give it a view (entry point `replay.views`); the rest is shared.

Read `view` (what a game gives), `transport` (where we are and how we move), `timeline` (any moment of a match), `commands` (the one
table of keys), then `watch` (the window that puts them together). Only what draws imports pygame.
"""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # it would print to stdout, which is for data
