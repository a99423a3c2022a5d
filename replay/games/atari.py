"""States of the Arcade Learning Environment, in memory.

What it clones lacks one thing that decides the future where actions are sticky: which action was last performed, which may be an
earlier one than was last asked for. So that is found out, by trying: from the cloned state, only the right one leads where the
emulator itself goes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_PRIMING_FRAMES = 16  # after so many requests, an action has been performed but for 1 time in 4 billion
_TRIED_FRAMES = 4
_NOTHING = 0  # the action


class EmulatorState(NamedTuple):
    """picture: what it showed; an emulator that is put back does not draw until it steps."""

    state: Any
    last_action: Any
    picture: npt.NDArray[np.uint8]

    @property
    def nbytes(self) -> int:
        return len(self.state.__getstate__()) + self.picture.nbytes


def emulator_of(env: Any) -> Any:
    """The emulator in an environment; None if there is none."""
    emulator = getattr(env.unwrapped, "ale", None)
    return emulator if is_emulator(emulator) else None


def is_emulator(value: Any) -> bool:
    """Whether it is one of ale_py; other packages have some that are called the same, and differ."""
    return type(value).__module__.startswith("ale_py") and hasattr(value, "cloneState")


def state_of(env: Any) -> EmulatorState:
    """The state of the emulator in an environment. Raises ValueError if the action that it performed last cannot be found out."""
    emulator = emulator_of(env)
    kept = EmulatorState(emulator.cloneState(include_rng=True), None, emulator.getScreenRGB())
    if not emulator.getFloat("repeat_action_probability") or emulator.game_over():
        return kept
    if getattr(env.unwrapped, "continuous", False):
        raise ValueError("an action has a strength, too")
    future = _future_of(emulator)
    for action in emulator.getLegalActionSet():
        put_back(emulator, kept._replace(last_action=action))
        if _future_of(emulator) == future:
            kept = kept._replace(last_action=action)
            put_back(emulator, kept)
            return kept
    raise ValueError("none of the actions leads where the emulator goes")


def put_back(emulator: Any, kept: EmulatorState) -> None:
    emulator.restoreState(kept.state)
    if kept.last_action is not None:
        for _ in range(_PRIMING_FRAMES):
            emulator.act(kept.last_action)
        emulator.restoreState(kept.state)


def _future_of(emulator: Any) -> bytes:
    for _ in range(_TRIED_FRAMES):
        emulator.act(_NOTHING)
    future: bytes = emulator.cloneState(include_rng=True).__getstate__()
    return future
