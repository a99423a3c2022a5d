"""Reading the source of rules for what makes them differ from run to run, or from machine to machine. Nothing is imported or run.

Rules, each silenced by a comment `# replay: allow NAME` (several: `allow clock, files`) that should say why: after code for that
line, on a line of its own for the file:

    clock         time, datetime.now, pygame's clocks: the wall clock
    input         pygame's keys, mouse and events: inputs that no recording holds
    random        random, secrets, uuid, numpy.random: randomness that no snapshot holds
    identity      hash() and id(): different in every process
    set-order     iterating over a set, or popping from it
    files         listing a folder without sorting, opening files, the environment
    uninitialised np.empty: whatever was in memory
    float         float arithmetic: /, float literals, float(), math.sin, float dtypes
    numpy-float   np.sin and its like: results differ from CPU to CPU
    thread        threads and other processes
    network       what another machine answers

An unmodified pygame program finds clocks, inputs and chance of the recording. In its source only those rules count that stay:
`PROGRAM_RULES`.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from replay.core.errors import ReplayError, UsageError

CAUSES = {
    "clock": "a replay runs at another time: count ticks",
    "random": "keep a small generator of integers in the state",
    "identity": "hash() of text and id() differ in every process: use an index or a number of your own",
    "set-order": "the order of a set differs from process to process: sort it, or use a dict or a list",
    "files": "another machine has other files in another order: load content before the match, and sort",
    "uninitialised": "np.empty holds what was in memory: use np.zeros",
    "float": "compilers and CPUs round differently: use whole numbers, such as 1/256 pixel",
    "input": "inputs come to advance(), so that the recording has them",
    "thread": "when a thread runs, the machine decides: do its work inside a tick",
    "network": "another machine answers differently, or not at all: make what it says a command",
    "numpy-float": "numpy computes these differently from CPU to CPU: use a table of whole numbers",
}

PROGRAM_RULES = frozenset({"identity", "set-order", "uninitialised", "thread", "network"})

_ALLOW = re.compile(r"#\s*replay:\s*allow\s+([a-z, -]+)")
_RANDOM_MODULES = ("random", "secrets", "uuid", "numpy.random")
_CLOCKS = {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"}
_LISTINGS = {"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob"}
_LISTING_METHODS = {"iterdir", "glob", "rglob", "scandir"}
_FILES = {"open", "io.open", "os.getenv", "os.environ", "os.getpid", "os.cpu_count", "locale.getlocale", "platform.node"}
_INPUT_MODULES = ("pygame.key", "pygame.mouse", "pygame.event", "pygame.joystick")
_CLOCK_MODULES = ("time", "pygame.time")
_CLOCK_METHODS = {"tick", "tick_busy_loop", "get_time", "get_rawtime", "get_fps"}
_THREADS = ("threading", "_thread", "multiprocessing", "subprocess", "concurrent.futures")
_NETWORK = ("socket", "urllib.request", "http.client", "requests", "httpx", "websockets")
_RANDOM_FUNCTIONS = {"os.urandom", "os.getrandom"}
_WHOLE_MATH = {"isqrt", "gcd", "lcm", "comb", "perm", "factorial", "ceil", "floor"}
_NUMPY_FLOAT = set(
    "sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh exp exp2 expm1 log log2 log10 log1p power float_power hypot cbrt sqrt "
    "deg2rad rad2deg interp".split()
)
_NUMPY_FLOAT_MAKERS = set("float16 float32 float64 half single double mean average std var linspace true_divide divide".split())
_FLOAT_DTYPE = re.compile(r"[<>=|]?f[248]\Z|(half|single|double|float)\d*\Z")
_ORDER_FREE = {"sorted", "len", "sum", "min", "max", "any", "all", "set", "frozenset", "bool"}
_ORDERED = {"list", "tuple", "iter", "next", "enumerate", "zip", "map", "filter", "reversed", "dict.fromkeys"}


@dataclass(frozen=True, order=True)
class LintFinding:
    """A place in rules that may break a replay. `rule` is a key of `CAUSES`."""

    path: Path
    line: int
    column: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.rule}: {self.message}; {CAUSES[self.rule]}"


def lint(target: str) -> list[LintFinding]:
    """The findings in the rules that `target` names: an installed game (its module, and what that imports of its own package), a
    module or package by name (all of it; or MODULE:ATTR), or a file or folder. Raises UsageError if there is no such thing."""
    return sorted(finding for file in files_of(target) for finding in lint_source(file.read_text(encoding="utf-8"), file))


def lint_source(source: str, path: Path = Path("<source>")) -> list[LintFinding]:
    """The findings in one file's text. Raises ReplayError if it is not Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise ReplayError(f"{path}: is not Python: {error}") from error
    allowed = _allowed(source)
    given = {what: _names_given(tree, makes, what) for what, makes in _MAKERS.items()}
    visitor = _Visitor(path, _imported_names(tree), given)
    visitor.visit(tree)
    return sorted({finding for finding in visitor.findings if not {(0, finding.rule), (finding.line, finding.rule)} & allowed})


def _allowed(source: str) -> set[tuple[int, str]]:
    """What comments allow: (line, rule), line 0 for the whole file."""
    allowed = set()
    for number, text in enumerate(source.splitlines(), 1):
        if match := _ALLOW.search(text):
            names = [name.split()[0] for name in match[1].split(",") if name.split()]
            allowed |= {(0 if text.lstrip().startswith("#") else number, name) for name in names}
    return allowed


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


def _imported_names(tree: ast.AST) -> dict[str, str]:
    """What the names that a file imports stand for: {"np": "numpy", "now": "time.time"}."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _names_given(tree: ast.AST, makes: Callable[[ast.expr], bool], annotation: str) -> set[str]:
    """Names and attributes that are somewhere in the file given what `makes` knows, or annotated so."""
    annotated = re.compile(rf"(frozen|typing\.|pathlib\.)?{annotation}\b", re.IGNORECASE)
    names = set()
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign) and makes(node.value):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and (
            (node.value is not None and makes(node.value)) or annotated.match(ast.unparse(node.annotation))
        ):
            targets = [node.target]
        elif isinstance(node, ast.arg) and node.annotation is not None and annotated.match(ast.unparse(node.annotation)):
            names.add(node.arg)
        names |= {ast.unparse(target) for target in targets if isinstance(target, ast.Name | ast.Attribute)}
    return names


def _makes_set(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return _makes_set(node.left) or _makes_set(node.right)
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("set", "frozenset")
    return is_call or isinstance(node, ast.Set | ast.SetComp)


def _makes_path(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _makes_path(node.left) or _makes_path(node.right)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name | ast.Attribute) and ast.unparse(node.func) in ("Path", "pathlib.Path", "files")
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Attribute) and node.attr in ("parent", "parents"))


def _makes_clock(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Clock"


_MAKERS = {"set": _makes_set, "Path": _makes_path, "Clock": _makes_clock}


def _order_lost(node: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that does not care for their order, and what comprehensions among them run over."""
    for argument in node.args:
        yield argument
        if isinstance(argument, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            yield from (generator.iter for generator in argument.generators)


class _Visitor(ast.NodeVisitor):
    def __init__(self, path: Path, imported: dict[str, str], given: dict[str, set[str]]) -> None:
        self.path, self.imported = path, imported
        self.sets, self.paths, self.clocks = given["set"], given["Path"], given["Clock"]
        self.findings: list[LintFinding] = []
        self.unordered: list[ast.expr] = []  # what stands inside sorted(...) and its like

    def add(self, node: ast.AST, rule: str, message: str) -> None:
        self.findings.append(LintFinding(self.path, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1, rule, message))

    def name_of(self, node: ast.expr) -> str:
        """The full dotted name of an expression, imports resolved: `np.sin` is `numpy.sin`. Empty if it is not a name."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.name_of(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    def is_set(self, node: ast.expr) -> bool:
        return _makes_set(node) or (isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in self.sets)

    def is_path(self, node: ast.expr) -> bool:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self.is_path(node.left) or self.is_path(node.right)
        return _makes_path(node) or (isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in self.paths)

    def visit_Call(self, node: ast.Call) -> None:
        name = self.name_of(node.func)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in _ORDER_FREE:
            self.unordered += _order_lost(node)
        if name in ("hash", "id"):
            self.add(node, "identity", f"{name}()")
        if (name in _LISTINGS or method in _LISTING_METHODS) and node not in self.unordered:
            self.add(node, "files", f"{name or method}() is not sorted")
        if method in _CLOCK_METHODS and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in self.clocks:
            self.add(node, "clock", f"{method}() of a clock")
        if name == "float":
            self.add(node, "float", "float()")
        if name in _ORDERED and any(self.is_set(argument) for argument in node.args):
            self.add(node, "set-order", f"{name}() of a set")
        if method == "pop" and not node.args and isinstance(node.func, ast.Attribute) and self.is_set(node.func.value):
            self.add(node, "set-order", "pop() from a set")
        for keyword in node.keywords:
            if keyword.arg == "dtype" and self.name_of(keyword.value) == "float":
                self.add(keyword.value, "float", "dtype=float")
            if keyword.arg == "key" and self.name_of(keyword.value) in ("id", "hash"):
                self.add(keyword.value, "identity", f"sorting by {self.name_of(keyword.value)}")
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and (node.id in self.imported or node.id == "open"):
            self.check_name(node, self.name_of(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self.name_of(node)
        if not (name.split(".")[0] in {full.split(".")[0] for full in self.imported.values()} and self.check_name(node, name)):
            self.visit(node.value)

    def check_name(self, node: ast.expr, name: str) -> bool:
        """Whether a dotted name is one that rules must not use; if so it is noted."""
        module, _, function = name.rpartition(".")
        if module in _CLOCK_MODULES or name in _CLOCKS:
            self.add(node, "clock", name)
        elif module in _INPUT_MODULES:
            self.add(node, "input", name)
        elif module in _THREADS or module in _NETWORK:
            self.add(node, "thread" if module in _THREADS else "network", name)
        elif name in _RANDOM_FUNCTIONS or module in _RANDOM_MODULES:
            self.add(node, "random", name)
        elif name in _FILES:
            self.add(node, "files", name)
        elif name in ("numpy.empty", "numpy.empty_like"):
            self.add(node, "uninitialised", name)
        elif module == "numpy" and function in _NUMPY_FLOAT:
            self.add(node, "numpy-float", name)
        elif (module == "numpy" and function in _NUMPY_FLOAT_MAKERS) or (module == "math" and function not in _WHOLE_MATH):
            self.add(node, "float", name)
        else:
            return False
        return True

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, float | complex):
            self.add(node, "float", repr(node.value))
        elif isinstance(node.value, str) and _FLOAT_DTYPE.match(node.value):
            self.add(node, "float", f"dtype {node.value!r}")

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Div) and not any(self.is_path(side) for side in (node.left, node.right)):
            self.add(node, "float", "/ is float division")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.op, ast.Div):
            self.add(node, "float", "/= is float division")
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self.check_loop(node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.check_loop(node.iter)
        self.generic_visit(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:  # a set made of a set has no order to lose
        self.unordered += [generator.iter for generator in node.generators]
        self.generic_visit(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        if isinstance(node.ctx, ast.Load) and self.is_set(node.value):
            self.add(node, "set-order", "a set is unpacked")
        self.generic_visit(node)

    def check_loop(self, over: ast.expr) -> None:
        if self.is_set(over) and over not in self.unordered:
            self.add(over, "set-order", f"iterating over the set {ast.unparse(over)[:40]}")
