"""Which games there are: named on the command line, by the project one stands in, or installed. Never by a recording.

1. `REPLAY_GAME=SPEC` in the environment, which is what `--game` sets, so that child processes have it too.
2. `[tool.replay]` in the pyproject.toml of the project one stands in: `game = "SPEC"`, or a list of such.
3. Entry points in the group `replay.games`.

A SPEC is MODULE:ATTR; or PREFIX:REST, where an entry point PREFIX in the group `replay.adapters` is a function that makes a game of
REST (`gymnasium:CartPole-v1`); or a program, FILE.py, which is the same as `pygame:FILE.py`.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay.core.entrypoints import entry_point, entry_points
from replay.core.errors import MachineError, ReplayError, UnverifiableError, UsageError
from replay.core.extras import missing

if TYPE_CHECKING:
    from replay.core.game import Game

VARIABLE = "REPLAY_GAME"
GROUP = "replay.games"
ADAPTERS = "replay.adapters"
_PROGRAM = "pygame:"  # the adapter of a FILE.py
_FOLDER = "MODULE:ATTR is looked for from the current folder"
_EXAMPLES = "like mygame.rules:GAME, rocks.py or gymnasium:CartPole-v1"


def find_game(name: str) -> Game:
    """The game of this name. Raises UnverifiableError if there is none, MachineError if it does not load."""
    for spec in named_here():
        try:
            game = load_game(spec)
        except UsageError as error:
            raise MachineError(str(error), error.hint) from error
        if game.name == name:
            return game
    point = entry_point(GROUP, name)
    if point is None:
        known = ", ".join(installed_games()) or "none"
        raise UnverifiableError(
            f"needs the game {name!r}, which is not installed", f"games here: {known}; another one: --game MODULE:ATTR, {_EXAMPLES}"
        )
    try:
        game = point.load()
    except (Exception, SystemExit) as error:
        raise MachineError(
            f"the game {name!r} is installed but does not load: {error}",
            _cure(error) or f"its entry point is {point.value}; if it moved, install it again: pip install -e .",
        ) from error
    return _checked(game, f"the entry point {point.value}")


def installed_games() -> list[str]:
    """Names of the games that can be found, sorted."""
    named = {load_game(spec).name for spec in named_here()}
    return sorted(named | {point.name for point in entry_points(GROUP)})


def named_here() -> list[str]:
    """What the environment and the project one stands in name: a SPEC each."""
    specs = [os.environ[VARIABLE]] if os.environ.get(VARIABLE) else []
    for folder in (Path.cwd(), *Path.cwd().parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return specs + _named_by_project(file)
    return specs


def _named_by_project(file: Path) -> list[str]:
    try:
        text = file.read_text("utf-8")
        if "tool.replay" not in text:  # most projects: not worth parsing
            return []
        import tomllib

        named: Any = tomllib.loads(text)
    except (OSError, ValueError):  # somebody else's file; it may be anything
        return []
    for key in ("tool", "replay", "game"):
        named = named.get(key) if isinstance(named, dict) else None
    specs = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    return [str(file.parent / spec) if is_program(spec) else spec for spec in specs if isinstance(spec, str)]


def is_program(spec: str) -> bool:
    """Whether a SPEC names a program by its file."""
    return spec.endswith(".py")


def program_of(name: str) -> str | None:
    """The file of the program of this name, if one is named here."""
    return next((spec for spec in named_here() if is_program(spec) and Path(spec).stem == name), None)


def is_spec(text: str) -> bool:
    """Whether a text is written as a SPEC, and not as the name of a game that is installed."""
    return is_program(text) or all(text.partition(":"))


def load_game(spec: str) -> Game:
    """The game that a SPEC names; modules of the current folder can be named. Raises UsageError if it names none, MachineError if
    it does not import."""
    if not is_spec(spec):
        raise UsageError(f"{spec!r} does not name a game", f"a game is an installed one, or {_EXAMPLES}")
    prefix, _, rest = (_PROGRAM + spec if is_program(spec) and ":" not in spec[2:] else spec).partition(":")
    adapter = entry_point(ADAPTERS, prefix)
    try:
        game = _attribute(prefix, rest) if adapter is None else adapter.load()(rest)
    except ReplayError:
        raise
    except (Exception, SystemExit) as error:
        hint = _cure(error) or (_FOLDER if adapter is None else f"its adapter is {adapter.value}")
        raise MachineError(f"{spec}: {type(error).__name__}: {error}", hint) from error
    try:
        return _checked(game, spec)
    except ReplayError as error:
        raise UsageError(str(error), error.hint) from None


def _attribute(module: str, attribute: str) -> Any:
    if "" not in sys.path:
        sys.path.insert(0, "")
    game = getattr(import_module(module), attribute, None)
    if game is None:
        raise UsageError(f"{module}:{attribute}: {module} has no {attribute}", f"a game is named MODULE:ATTR, {_EXAMPLES}")
    is_game = getattr(game, "new_match", None) is game  # a class whose instances are its matches
    return game() if isinstance(game, type) and not is_game else game


def _cure(error: BaseException) -> str:
    """What to install, if it is an extra of ours that a game lacks."""
    lacking = missing(error) if isinstance(error, ImportError) else None
    return lacking.hint if lacking is not None else ""


def _checked(game: Any, named: str) -> Game:
    if not all(hasattr(game, name) for name in ("name", "rules", "ticks_per_second", "new_match")):
        raise UnverifiableError(f"{named} is not a game", "it lacks something of replay.core.game.Game")
    is_one: Game = game
    return is_one
