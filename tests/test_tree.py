"""The shape of the project: who may import whom, and what the tree may hold."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A module may import only from groups to its left (DESIGN: one-way imports). A name stands for a module or a whole package.
LAYERS = {
    "replay": [
        "errors text",
        "game format expression",
        "encoding",
        "events recording keyframes",
        "recorder playback",
        "verify projection timecode",
        "edit follow report diff conformance scrub reference",
        "untrusted viewer",
        "batch export",
        "library plot rework shrink ci",
        "pytest_plugin",
        "cli",
    ],
    "game": ["compiled place", "fixed rng", "state", "arena projections", "simulation", "match bots", "view", "play", "cli"],
}
# The one way back: who watches a match may ask to play on from there, and only then is that loaded.
DOORS = {("game.view", "game.play.screen")}
WINDOWED = {"view", "play"}


def layer_of(package: str, module: str) -> int | None:
    for number, group in enumerate(LAYERS[package]):
        if module in group.split():
            return number
    return None


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module in LAYERS else {node.module}
    return found


def violations(package: str, module: str, imported: set[str]) -> list[str]:
    own, wrong = layer_of(package, module), []
    for name in imported:
        parts = name.split(".")
        if package == "replay" and parts[0] == "game":
            wrong.append(f"replay.{module} imports {name}: the engine knows no game")
        if parts[0] == package and len(parts) > 1 and parts[1] != module and own is not None:
            other = layer_of(package, parts[1])
            if other is not None and other >= own and (f"{package}.{module}", name) not in DOORS:
                wrong.append(f"{package}.{module} imports {name}, which is not to its left")
        if package == "game" and parts[0] == "pygame" and module not in WINDOWED:
            wrong.append(f"game.{module} imports pygame: rules and bots run without a window")
    return wrong


@pytest.mark.parametrize("package", LAYERS)
def test_imports_go_one_way(package):
    wrong = []
    for file in sorted((ROOT / package).rglob("*.py")):
        module = file.relative_to(ROOT / package).parts[0].removesuffix(".py")
        wrong += violations(package, module, imports(file)) if module != "__init__" else []
    assert not wrong


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_has_its_layer(package):
    modules = {file.relative_to(ROOT / package).parts[0].removesuffix(".py") for file in (ROOT / package).rglob("*.py")}
    assert modules - {"__init__", "__main__"} == {name for group in LAYERS[package] for name in group.split()}


def test_the_import_check_can_fail():
    assert violations("replay", "format", {"replay.recorder"})
    assert violations("replay", "format", {"game.state"})
    assert violations("game", "state", {"game.match"})
    assert violations("game", "simulation", {"pygame.draw"})
    assert violations("game", "view", {"game.play.start"})
    assert not violations("replay", "verify", {"replay.format", "numpy"})


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import replay", "pygame numba rich sqlalchemy click"),
        ("import replay.cli", "pygame numba rich sqlalchemy"),
        ("import replay.cli.verify", "pygame numba rich sqlalchemy"),
        ("import game.match", "pygame rich sqlalchemy click"),
    ],
)
def test_nothing_heavy_is_imported_on_the_way(code, heavy):
    script = f"import sys\n{code}\nprint(sorted(set({heavy.split()!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
