"""Where kernels write what happens."""

from __future__ import annotations

from ..kernels import kernel
from ..numbers import SUBPIXELS


@kernel
def emit(state, log, kind, actor, target, item, amount, x, y):
    """Add an event of this tick, at a point in subpixels."""
    event = log.events[int(log.count)]
    log.count += 1
    event.tick = state.tick
    event.kind, event.actor, event.target, event.item = kind, actor, target, item
    event.amount = amount
    event.x, event.y = x // SUBPIXELS, y // SUBPIXELS
