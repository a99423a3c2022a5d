"""What a player is rewarded for: a weight for each thing that is counted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..many import TALLY

COUNTED = tuple(TALLY.names or ())
BY_SCORE = {"score": 1.0}


def weights_of(reward: Mapping[str, float] | None) -> npt.NDArray[np.float32]:
    """One for each of COUNTED, 0 for those that are not named; by default a reward is what the score changed by. score: points;
    kills, deaths, assists; gold: gained less spent; dealt, taken: health and armour, of 100 each, that this player's bullets took
    from others, and any from it. Raises ValueError for anything else."""
    reward = BY_SCORE if reward is None else reward
    if unknown := set(reward) - set(COUNTED):
        raise ValueError(f"a reward can be of {', '.join(COUNTED)}, not of {', '.join(sorted(unknown))}")
    return np.array([reward.get(name, 0.0) for name in COUNTED], np.float32)
