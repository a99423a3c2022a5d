"""Who leads."""

from __future__ import annotations

from typing import Any

from .. import rules
from ..kernels import kernel


@kernel
def lead(state: Any) -> tuple[int, int]:
    """The first player with the most points, and how many more that is than the next one has: 0 if several have them."""
    first, best, second = rules.NOBODY, -(1 << 30), -(1 << 30)
    for index in range(int(state.player_count)):
        score = int(state.players[index].score)
        if score > best:
            first, second, best = index, best, score
        elif score > second:
            second = score
    return first, best - second


@kernel
def crowned(state: Any) -> int:
    """Who wears the crown: the one that leads all others, without teams, by CROWN_LEAD points or more. NOBODY if there is none."""
    first, margin = lead(state)
    return first if state.mode == rules.FREE_FOR_ALL and margin >= rules.CROWN_LEAD else rules.NOBODY
