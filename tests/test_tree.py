"""The shape of the project: which arrows there are between its rooms, that none runs in a circle, and what each room may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What a room may import from: itself and these. A room is a package or a module, named from the top.
ARROWS = {
    "replay.core": "",
    "replay.read": "replay.core",
    "replay.native": "replay.core",
    "replay.games": "replay.core replay.read replay.native",
    "replay.prove": "replay.core replay.read replay.native",
    "replay.find": "replay.core replay.read replay.prove",
    "replay.watch.model": "replay.core replay.read replay.find replay.prove",
    "replay.watch.view": "replay.core replay.read replay.find replay.prove replay.watch.model",
    "replay.watch.control": "replay.core replay.read replay.find replay.prove replay.web replay.watch.model",
    "replay.watch": "replay.core replay.read replay.find replay.prove replay.web replay.watch.model replay.watch.view "
    "replay.watch.control",
    "replay.web": "replay.core replay.native replay.watch.model",
    "replay.cli": "replay.core replay.read replay.native replay.games replay.find replay.prove replay.web replay.watch "
    "replay.watch.model replay.watch.view replay.watch.control",
    "replay.docs": "replay replay.games",
    "replay": "replay.core replay.read replay.games replay.find replay.prove replay.cli",
    "game.numbers": "",
    "game.kernels": "",
    "game.digests": "",
    "game.fixed": "game.kernels",
    "game.rng": "game.kernels game.digests",
    "game.rules": "game.numbers",
    "game.ways": "game.kernels game.rules",
    "game.claims": "game.kernels game.rules game.ways",
    "game.arena": "game.kernels game.numbers game.digests",
    "game.config": "game.numbers game.arena",
    "game.simulation": "game.kernels game.numbers game.fixed game.rng game.rules game.ways",
    "game.temperaments": "game.rules",
    "game.purchases": "game.kernels game.rules game.temperaments",
    "game.bots": "game.kernels game.rng game.rules game.ways game.simulation game.temperaments game.purchases",
    "game.observation": "game.kernels game.fixed game.rules game.ways",
    "game.many": "game.kernels game.fixed game.rules game.simulation game.bots game.observation",
    "game.entries": "game.kernels game.rules game.ways game.claims game.simulation game.bots game.observation game.many",
    "game.projections": "game.rules",
    "game.story": "game.numbers game.rules game.arena game.projections",
    "game.match": "game.kernels game.numbers game.rng game.rules game.config game.projections game.story",
    "game.look": "game.numbers game.rules game.arena game.match game.story",
    "game.web": "game.kernels game.numbers game.rules game.arena game.config game.story game.look",
    "game.env": "game.kernels game.digests game.rng game.rules game.config game.match game.bots game.observation "
    "game.many game.look",
    "game.play": "game.numbers game.rules game.arena game.ways game.simulation game.match game.bots game.projections game.story "
    "game.look",
    "game.cli": "game.rules game.arena game.match game.bots game.projections game.story game.play",
    "game": "game.cli",
}
# Rooms that may import pygame, all but:
DRAWN = ("replay.watch", "replay.games.pygame", "replay.docs.examples", "game.look", "game.play")
NOT_DRAWN = ("replay.watch.model",)


def module_name(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(source: str, module: str, is_package: bool, modules: set[str]) -> Iterator[str]:
    """Every module of the project that a file imports: on top, inside functions, and for type checking alike."""
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                yield f"{base}.{alias.name}" if f"{base}.{alias.name}" in modules else base


def graph_of(root: Path) -> dict[str, set[str]]:
    """Module by module: what each imports of the others."""
    files = {module_name(file, root): file for top in ("replay", "game") for file in (root / top).rglob("*.py")}
    return {
        name: set(imported_modules(file.read_text("utf-8"), name, file.name == "__init__.py", set(files))) - {name}
        for name, file in files.items()
    }


GRAPH = graph_of(ROOT)


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return next((room for size in range(len(parts), 0, -1) if (room := ".".join(parts[:size])) in ARROWS), None)


def wrong_arrows(graph: dict[str, set[str]]) -> list[str]:
    wrong = []
    for module, imported in graph.items():
        room = room_of(module)
        for name in imported:
            top, other = name.split(".")[0], room_of(name)
            if top in ("replay", "game") and other not in (room, *ARROWS[room or ""].split()) and not is_engine(module, name):
                wrong.append(f"{module} imports {name}: no arrow leads there")
            if top in ("pygame", "pygame_ce") and (not module.startswith(DRAWN) or module.startswith(NOT_DRAWN)):
                wrong.append(f"{module} imports {name}: it runs without a window")
    return wrong


def is_engine(module: str, name: str) -> bool:
    """A game may use all of the engine; the engine knows no game."""
    return module.split(".")[0] == "game" and name.split(".")[0] == "replay"


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import one another, directly or not (Tarjan's strongly connected components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(graph[module] & graph.keys()):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return found


def test_imports_follow_the_arrows():
    assert not wrong_arrows(GRAPH)


def test_no_module_imports_itself_through_others():
    assert not circles(GRAPH)


def test_the_checks_of_the_house_can_fail():
    modules = {"replay.core.format", "replay.core.recorder", "game", "game.rules", "game.match", "game.look"}
    assert set(imported_modules("def f():\n    from . import match", "game.rules", True, modules)) == {
        "game.rules",
        "game.match",
    } - {"game.rules"} or set(imported_modules("def f():\n    from .. import match", "game.rules", True, modules)) == {"game.match"}
    assert set(imported_modules("if TYPE_CHECKING:\n    from .format import Header", "replay.core.recorder", False, modules)) == {
        "replay.core.format"
    }
    assert wrong_arrows({"replay.core.format": {"replay.find.edit"}})
    assert wrong_arrows({"replay.core.format": {"game.rules"}})
    assert wrong_arrows({"replay.watch.view.paint": {"replay.watch.app"}})
    assert wrong_arrows({"game.rules.state": {"game.match"}})
    assert wrong_arrows({"replay.watch.model.session": {"pygame"}}) and wrong_arrows({"game.story": {"pygame.draw"}})
    assert not wrong_arrows({"game.match": {"replay.core.errors", "numpy"}, "replay.watch.view.paint": {"pygame"}})
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import replay", "numpy msgpack xxhash click pygame numba rich sqlalchemy importlib.metadata"),
        ("import replay; dir(replay)", "numpy msgpack xxhash click pygame numba rich sqlalchemy importlib.metadata"),
        ("import replay.cli.pytest_plugin", "numpy msgpack xxhash click pygame numba rich sqlalchemy"),
        ("import replay.cli.commands", "pygame numba rich sqlalchemy numpy"),
        ("import replay.cli.verify", "pygame numba rich sqlalchemy"),
        ("import game.match", "pygame rich sqlalchemy click"),
    ],
)
def test_nothing_heavy_is_imported_on_the_way(code, heavy):
    script = f"import sys\n{code}\nprint(sorted(set({heavy.split()!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_replay_exports_is_listed_before_it_is_loaded():
    script = "import replay\nprint(sorted(set(replay.__all__) - set(dir(replay))), '__doc__' in dir(replay))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[] True\n"


def function_lengths(root: Path) -> Iterator[tuple[str, int]]:
    for top in ("replay", "game"):
        for file in sorted((root / top).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{file.relative_to(root)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_functions_fit_on_a_screen_and_files_hold_one_idea():
    assert [name for name, lines in function_lengths(ROOT) if lines > 60] == []
    files = [file for top in ("replay", "game") for file in sorted((ROOT / top).rglob("*.py"))]
    assert [str(file.relative_to(ROOT)) for file in files if len(file.read_text("utf-8").splitlines()) > 400] == []
    faces = [file for file in files if file.name == "__init__.py" and file.parent.name != "replay"]  # that one is lazy
    assert [str(file.relative_to(ROOT)) for file in faces if len(file.read_text("utf-8").splitlines()) > 40] == []
