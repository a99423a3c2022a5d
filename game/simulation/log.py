"""Where kernels write what happens."""

from __future__ import annotations

from typing import Any

from ..kernels import kernel
from ..numbers import SUBPIXELS


@kernel
def emit(state: Any, log: Any, kind: int, actor: int, target: int, item: int, amount: int, x: int, y: int) -> None:
    """Add an event of this tick, at a point in subpixels."""
    event = log.events[int(log.count)]
    log.count += 1
    event.tick = state.tick
    event.kind, event.actor, event.target, event.item = kind, actor, target, item
    event.amount = amount
    event.x, event.y = x // SUBPIXELS, y // SUBPIXELS
