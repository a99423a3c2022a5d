"""The arguments of an environment as the config of a match: each a setting, a whole number or the text of a Python literal.

A text that is no literal is itself: `map_name="8x8"` becomes 8x8, `is_slippery=False` False, `frameskip=(2, 5)` (2, 5).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from replay.core.errors import UsageError
from replay.core.game import Config
from replay.core.plain import MAX_TEXT

DRAWN = "rgb_array"
MODE = "render_mode"


def config_of(arguments: Mapping[str, Any]) -> dict[str, int | str]:
    """Raises UsageError for an argument that a recording cannot hold."""
    config = {name: _setting(value) for name, value in sorted(arguments.items())}
    for name, value in arguments.items():
        text = config[name]
        if (isinstance(text, str) and len(text) > MAX_TEXT) or repr(_argument(text)) != repr(value):
            raise UsageError(
                f"the argument {name} of this environment, a {type(value).__name__}, cannot be a setting of a recording",
                "give a game of your own that makes it: Record(env, path, game=EnvGame(name, make))",
            )
    return config


def arguments_of(config: Config) -> dict[str, Any]:
    """The inverse. Literals only: nothing that a recording says is run. Raises ValueError for one that would open a window."""
    arguments = {name: _argument(setting) for name, setting in config.items()}
    if arguments.get(MODE) == "human":
        raise ValueError("a recording opens no window")
    return arguments


def unusual(arguments: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that differ from the usual ones, but for the render mode."""
    missing = object()
    return {name: value for name, value in arguments.items() if name != MODE and not _is_same(value, usual.get(name, missing))}


def render_mode_of(mode: str | None, metadata: Mapping[str, Any]) -> dict[str, str]:
    """The argument with which an environment runs again as it ran in this mode, without a window."""
    if mode == "human" and DRAWN in metadata.get("render_modes", ()):
        mode = DRAWN
    return {} if mode is None else {MODE: mode}


def _is_same(value: Any, other: Any) -> bool:
    return type(value) is type(other) and repr(value) == repr(other)


def _setting(value: Any) -> int | str:
    if type(value) is int and -(2**63) <= value < 2**63:
        return value
    return value if type(value) is str and _argument(value) == value else repr(value)


def _argument(setting: int | str) -> Any:
    if not isinstance(setting, str):
        return setting
    try:
        return ast.literal_eval(setting)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return setting
