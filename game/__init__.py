"""Arena: a small top-down fight between 2 to 8 players, simulated in whole numbers, 60 ticks a second.

Read `state` (what there is), then `simulation` (what happens in a tick), then `match` (how the engine sees it).
"""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # it would print to stdout, which is for data
