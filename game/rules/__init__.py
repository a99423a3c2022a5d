"""Everything there is in arena, by name: `rules.SHOTGUN`, `rules.RUN_SPEED`, `rules.STATE`. Kernels read these as constants.

             (and ..numbers: sizes, speeds, times, gold)
items        what players hold, what it costs and does
inputs       what a player does in a tick
events       what happens
state        the record of a match
"""

from ..numbers import *  # noqa: F403
from .events import *  # noqa: F403
from .inputs import *  # noqa: F403
from .items import *  # noqa: F403
from .state import *  # noqa: F403
