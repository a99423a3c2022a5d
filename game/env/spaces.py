"""Actions and observations as gymnasium's spaces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from ..many import ACTION
from ..observation import SIZE


def action_space() -> spaces.MultiDiscrete:
    """See `game.many.ACTION`."""
    return spaces.MultiDiscrete(list(ACTION.values()))


def observation_space() -> spaces.Space[npt.NDArray[np.float32]]:
    """See `game.observation.OBSERVATION`: `observation.view(OBSERVATION)` has field names."""
    return spaces.Box(-1.0, 1.0, (SIZE,), np.float32)
