"""Which source files are the rules of a game, and which lines in them a tick can run."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from replay.core.errors import UsageError
from replay.core.game import Game


def module_of(game: Game) -> str:
    """The module of the game's class; of a game that is a class, its own."""
    return (game if isinstance(game, type) else type(game)).__module__


def sources_of(game: Game, modules: Sequence[str] = ()) -> list[Path]:
    """The source files of these modules and packages, sorted; by default the module of the game's class. Raises UsageError for one
    that is none."""
    files: set[Path] = set()
    for module in modules or [module_of(game)]:
        files.update(_files(module))
    return sorted(files)


def _files(module: str) -> list[Path]:
    try:
        spec = find_spec(module)
    except (ImportError, ValueError, AttributeError):
        spec = None
    if spec is None:
        raise UsageError(f"there is no module {module!r}", "--rules names modules or packages, like mygame.rules")
    if spec.submodule_search_locations:
        return [file.absolute() for place in spec.submodule_search_locations for file in Path(place).rglob("*.py")]
    if spec.origin is None or not spec.origin.endswith(".py"):
        raise UsageError(f"{module!r} has no source", "--rules names modules or packages, like mygame.rules")
    return [Path(spec.origin).absolute()]


def lines_of_functions(source: str) -> set[int]:
    """The lines inside functions: those outside run once, at the import, whatever is played."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines.update(range(node.body[0].lineno, node.end_lineno + 1))
    return lines
