"""A copy of an environment that runs on by itself, made in memory.

`copy.deepcopy` alone is a trap: an environment that inherits `EzPickle` is copied as a new one, without the state that it is in. So
every layer is made anew here, without its constructor, and what it holds is copied. Emulators and windows are shared.
"""

from __future__ import annotations

import copy
import sys
from typing import Any, NamedTuple

from replay.games.atari import is_emulator


class EnvCopy(NamedTuple):
    """An environment that nobody steps: `copy_of` it to go on. nbytes: about what it takes."""

    env: Any
    nbytes: int


def copy_of(env: Any) -> EnvCopy:
    """Raises whatever an object raises that cannot be copied."""
    layers = layers_of(env)
    memo: dict[int, Any] = {id(layer): object.__new__(type(layer)) for layer in layers}
    for layer in layers:
        memo |= {id(value): value for value in vars(layer).values() if _is_shared(value)}
    shared = dict(memo)
    for layer in layers:
        vars(memo[id(layer)]).update(copy.deepcopy(vars(layer), memo))
    return EnvCopy(memo[id(env)], sum(sys.getsizeof(part) for key, part in memo.items() if key not in shared))


def picture_of(env: Any, canvas: Any) -> Any:
    """What `canvas`, the same environment in a mode that draws, renders when it is in the state of `env`."""
    state = copy_of(env).env
    for layer, drawn in zip(layers_of(state), layers_of(canvas), strict=True):
        vars(drawn).update(
            {name: value for name, value in vars(layer).items() if not (name == "render_mode" or value is None or _is_layer(value))}
        )
    return canvas.render()


def layers_of(env: Any) -> list[Any]:
    """An environment and all those inside of it."""
    layers = [env]
    for layer in layers:  # which grows
        inner = filter(_is_layer, vars(layer).values())
        layers += [value for value in inner if all(value is not other for other in layers)]
    return layers


def _is_layer(value: Any) -> bool:
    return hasattr(value, "step") and hasattr(value, "reset") and hasattr(value, "__dict__")


def _is_shared(value: Any) -> bool:
    """No state of the environment: its specification, an emulator (which has one of its own), pygame's clocks and fonts."""
    kind = type(value)
    return kind.__name__ == "EnvSpec" or is_emulator(value) or (kind.__module__.startswith("pygame") and kind.__name__ != "Surface")
