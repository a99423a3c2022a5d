"""What a program is made of: modules, functions, classes, and what a name can stand for."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
CONSTRUCTORS = ("__init__", "__new__", "__post_init__")
_CONSTANT_BASES = {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "NamedTuple", "Protocol"}
_COPYING_BASES = {"BaseModel", "Structure"}  # they copy their defaults, or hold none


@dataclass(eq=False)
class Module:
    """A file. name: dotted, as others import it. globals: what is assigned to each name while the module is imported."""

    path: Path
    name: str
    tree: ast.Module
    imported: dict[str, str] = field(default_factory=dict)
    globals: dict[str, list[ast.expr | None]] = field(default_factory=lambda: defaultdict(list))
    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)


@dataclass(eq=False)
class Class:
    """attributes: what the body assigns. assigned: the names that methods assign to `self.NAME`, which hide those of the body."""

    node: ast.ClassDef
    module: Module
    methods: dict[str, Function] = field(default_factory=dict)
    attributes: dict[str, ast.expr] = field(default_factory=dict)
    assigned: dict[str, list[tuple[Function, ast.expr]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def fields(self) -> list[str]:
        """The annotated names of the body, in order: what a dataclass is made of."""
        return [each.target.id for each in self.node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)]

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def base_names(self) -> set[str]:
        return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in self.node.bases}

    @property
    def is_constant(self) -> bool:
        """Whether its instances cannot be changed: enumerations, named tuples, frozen dataclasses."""
        frozen = any("frozen=True" in ast.unparse(decorator).replace(" ", "") for decorator in self.node.decorator_list)
        return frozen or bool(self.base_names & _CONSTANT_BASES)

    @property
    def copies_defaults(self) -> bool:
        return bool(self.base_names & _COPYING_BASES)


@dataclass(eq=False)
class Function:
    """A function, method or lambda. inner: the functions made in it."""

    node: FunctionNode
    module: Module
    owner: Class | None
    outer: Function | None
    inner: dict[str, Function] = field(default_factory=dict)
    lambdas: list[Function] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "lambda" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def decorators(self) -> set[str]:
        listed = [] if isinstance(self.node, ast.Lambda) else self.node.decorator_list
        return {ast.unparse(each.func if isinstance(each, ast.Call) else each).rpartition(".")[2] for each in listed}

    @property
    def parameters(self) -> list[str]:
        given = self.node.args
        return [each.arg for each in [*given.posonlyargs, *given.args]]

    @property
    def defaults(self) -> dict[str, ast.expr]:
        """The default of each parameter that has one."""
        given = self.node.args
        positional = dict(zip(reversed(self.parameters), reversed(given.defaults), strict=False))
        named = {each.arg: value for each, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value is not None}
        return {**positional, **named}

    @property
    def body(self) -> list[ast.stmt]:
        return [ast.Return(self.node.body, lineno=self.node.lineno)] if isinstance(self.node, ast.Lambda) else self.node.body

    @property
    def is_generator(self) -> bool:
        return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(self.node))

    @property
    def receiver(self) -> str | None:
        """The name of `self` or `cls`, if it is a method."""
        is_method = self.owner is not None and self.outer is None and "staticmethod" not in self.decorators
        return self.parameters[0] if is_method and self.parameters else None

    @property
    def takes_class(self) -> bool:
        return "classmethod" in self.decorators or self.name in ("__new__", "__init_subclass__", "__class_getitem__")


@dataclass(frozen=True)
class External:
    """Something of a module that is not among the files: `numpy.zeros`."""

    name: str


@dataclass(frozen=True)
class Global:
    module: Module
    name: str


Entity = Function | Class | Module | Global | External


def module_name(path: Path) -> str:
    """`game.rules.items` for a file in packages; the bare name for one that is in none."""
    parts, folder = [path.stem] if path.name != "__init__.py" else [], path.parent
    while (folder / "__init__.py").is_file() and folder.name:
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts) or path.stem


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes in a function, but not those of functions and classes made in it."""
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        each = waiting.pop()
        yield each
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(each)


def escapes(function: Function) -> bool:
    """Whether what made it hands it out: returns it, or stores it, rather than only calling it."""
    if function.outer is None or isinstance(function.node, ast.Lambda):
        return True
    for node in own_nodes(function.outer.node):
        if isinstance(node, ast.Return | ast.Yield | ast.Assign) and node.value is not None:
            called = {id(call.func) for call in ast.walk(node.value) if isinstance(call, ast.Call)}
            if any(isinstance(n, ast.Name) and n.id == function.name and id(n) not in called for n in ast.walk(node.value)):
                return True
    return False


def is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("__name__ == '__main__'", "'__main__' == __name__")
