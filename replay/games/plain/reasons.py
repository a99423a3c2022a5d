"""Why something cannot be part of a state, in words that name its path and what to do instead."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np

from replay.core.plain import is_sound
from replay.games.plain.classes import Classes, NotPlainError, plan_for
from replay.games.plain.walk import walk

_CONTAINERS = (list, dict, tuple, set, str, bytes, bytearray, int, float)


def explained(error: NotPlainError, match: Any, classes: Classes) -> str:
    """One sentence: `self.ball.image is a pygame.surface.Surface: ...`."""
    parts = walk(match, vars(match), classes, every=True)
    if error.value is None:
        path = next((path for path, value in parts if isinstance(value, str) and not is_sound(value)), None)
        return f"self.{path} is a text with half a character" if path else f"the state {error.reason}"
    path = next((path for path, value in parts if value is error.value), None)
    return f"{f'self.{path}' if path else 'the state'} {error.reason or _reason(error.value, classes)}"


def _reason(value: Any, classes: Classes) -> str:
    cls = type(value)
    if isinstance(value, set | frozenset):
        return "is a set, whose order differs from process to process: use a dict (dict.fromkeys) or a sorted list"
    if isinstance(value, random.Random | np.random.Generator | np.random.RandomState):
        return "is a random generator whose state is not saved: use self.random"
    if isinstance(value, Iterator) and not isinstance(value, io.IOBase):
        return f"is a {cls.__name__}, whose place cannot be saved: keep a list and an index"
    if isinstance(value, type | ModuleType) or (callable(value) and cls.__module__ in ("builtins", "functools")):
        return "is code, not data: keep its name, and look it up where it is used"
    name = cls.__qualname__ if cls.__module__ == classes.game.__module__ else f"{cls.__module__}.{cls.__qualname__}"
    if cls.__qualname__ in classes.refused:
        return f"is a {name}, and two classes of the game are called so: give one another name"
    if isinstance(value, np.ndarray | np.generic):
        return f"is a {name}: keep a plain array"
    if isinstance(value, _CONTAINERS) and cls.__module__ != "builtins":
        base = next(base.__name__ for base in cls.__mro__ if base in _CONTAINERS)
        return f"is a {name}, a {base} with more to it: keep a plain {base}"
    game = classes.game.__name__
    if cls.__module__.split(".")[0] in ("pygame", "pygame_ce"):
        return f"is a {name}, not plain data: keep what is drawn out of the rules, or say its plain form in {game}.forms"
    if plan_for(cls) is not None:
        return (
            f"is a {name}, a class that no module of the game's package names: "
            f"{game}.classes = ({cls.__name__},) makes it part of the state, {game}.forms its plain form"
        )
    return f"is a {name}, not plain data: keep numbers, text, lists and dicts"
