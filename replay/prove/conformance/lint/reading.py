"""Reading one file node by node: what the readers of bans, orders and numbers have in common."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection

from replay.prove.conformance.lint.names import dotted_name

Scope = ast.AST | None  # a function, a class for its attributes, or None for the file


class Reading(ast.NodeVisitor):
    """Collects (node, rule, message). Annotations are left out: they compute nothing. outside: functions that no match runs."""

    def __init__(self, tree: ast.Module, imported: dict[str, str], outside: Collection[ast.AST] = ()) -> None:
        self.tree, self.imported, self.outside = tree, imported, outside
        self.roots = {name.split(".")[0] for name in imported.values()}
        self.found: list[tuple[ast.AST, str, str]] = []
        self.functions: list[ast.AST] = []
        self.classes: list[ast.AST] = []

    def read(self) -> list[tuple[ast.AST, str, str]]:
        self.visit(self.tree)
        return self.found

    def add(self, node: ast.AST, rule: str, message: str) -> None:
        self.found.append((node, rule, message))

    def name_of(self, node: ast.expr) -> str:
        return dotted_name(node, self.imported)

    @property
    def function_name(self) -> str:
        return getattr(self.functions[-1], "name", "") if self.functions else ""

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node in self.outside:
            return
        for part in [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(part)
        self.functions.append(node)
        for statement in node.body:
            self.visit(statement)
        self.functions.pop()

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.classes.append(node)
        self.generic_visit(node)
        self.classes.pop()

    def visit_If(self, node: ast.If) -> None:
        if node in self.outside:
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)


class Given:
    """Which variables and attributes hold something of one sort, and nothing else, by the function or class that they belong to.

    makes: whether an expression makes such a thing. annotation: what annotations of such a thing match.
    """

    def __init__(self, tree: ast.AST, makes: Callable[[ast.expr], bool], annotation: Callable[[str], object]) -> None:
        self.makes, self.annotation = makes, annotation
        self.holds: dict[tuple[Scope, str], list[bool]] = defaultdict(list)
        self._enter(tree, None, None)

    def __contains__(self, key: tuple[Scope, str]) -> bool:
        return all(self.holds[key]) if self.holds.get(key) else False

    def is_given(self, node: ast.expr, functions: list[ast.AST], classes: list[ast.AST]) -> bool:
        """Whether a name or attribute holds it, seen from inside these functions and classes."""
        if isinstance(node, ast.Attribute):
            return isinstance(node.value, ast.Name) and (classes[-1] if classes else None, node.attr) in self
        if isinstance(node, ast.Name):
            for scope in [*reversed(functions), None]:
                if self.holds.get((scope, node.id)):
                    return (scope, node.id) in self
        return False

    def _enter(self, node: ast.AST, function: Scope, owner: Scope) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node
            for each in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
                is_annotated = each.annotation is not None and bool(self.annotation(ast.unparse(each.annotation)))
                self.holds[function, each.arg].append(is_annotated)
        elif isinstance(node, ast.ClassDef):
            function, owner = None, node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._give(target, self.makes(node.value), function, owner)
        elif isinstance(node, ast.AnnAssign):
            annotated = bool(self.annotation(ast.unparse(node.annotation)))
            self._give(node.target, annotated or (node.value is not None and self.makes(node.value)), function, owner)
        elif isinstance(node, ast.For):
            for part in ast.walk(node.target):
                if isinstance(part, ast.Name):
                    self._give(part, False, function, owner)
        for child in ast.iter_child_nodes(node):
            self._enter(child, function, owner)

    def _give(self, target: ast.expr, holds: bool, function: Scope, owner: Scope) -> None:
        if isinstance(target, ast.Name):
            self.holds[owner if owner is not None and function is None else function, target.id].append(holds)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            self.holds[owner, target.attr].append(holds)
        elif isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self._give(part, False, function, owner)
