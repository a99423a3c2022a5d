"""Which files a target names: an installed game, a module or package, a file or folder. Nothing is imported."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from replay.core.errors import UsageError


def files_of(target: str) -> list[Path]:
    """The source files that `lint` reads for a target, sorted."""
    points = entry_points(group="replay.games", name=target)
    if points:
        return sorted(_reachable(next(iter(points)).module))
    target = target.partition(":")[0] if re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", target) else target
    path = Path(target)
    if path.is_dir():
        return sorted(path.rglob("*.py"))
    if path.is_file():
        return [path]
    source = _source(target) if re.fullmatch(r"[A-Za-z_][\w.]*", target) else None
    if source is None:
        raise UsageError(
            f"{target!r} is not a game, module, file or folder here", "name a game that is installed, or a module of its rules"
        )
    return sorted(source.parent.rglob("*.py")) if source.name == "__init__.py" else [source]


def _source(module: str) -> Path | None:
    """The file of a module, found without importing it or its packages."""
    parts = module.split(".")
    spec = importlib.util.find_spec(parts[0])  # for what is installed in a way of its own (editable, for one)
    places = (spec.submodule_search_locations or []) if spec is not None else []
    for base in [*(Path(folder, *parts) for folder in sys.path), *(Path(place, *parts[1:]) for place in places)]:
        for file in (base / "__init__.py", base.with_suffix(".py")):
            if file.is_file():
                return file
    return Path(spec.origin) if spec is not None and spec.origin and len(parts) == 1 else None


def _reachable(module: str) -> set[Path]:
    """The files of `module` and of everything it imports, directly or not, from its own top-level package."""
    top, waiting, files = module.split(".")[0], [module], dict[str, Path]()
    while waiting:
        name = waiting.pop()
        file = None if name in files else _source(name)
        if file is None:
            continue
        files[name] = file
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            waiting += [imported for imported in _imports(node, package) if imported.split(".")[0] == top]
    return set(files.values())


def _imports(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join(filter(None, [*above, base]))
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)
