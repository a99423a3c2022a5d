"""Order that nobody gave: sets that are iterated over, sorts that leave the order of equal keys open, memory that was never set."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from replay.prove.conformance.lint.reading import Given, Reading

_ORDER_FREE = {"sorted", "len", "sum", "min", "max", "any", "all", "set", "frozenset", "bool"}
_ORDERED = {"list", "tuple", "iter", "next", "enumerate", "zip", "map", "filter", "reversed", "dict.fromkeys", "itertools.cycle"}
_SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}
_SORTS = {"argsort", "argpartition"}
_STABLE = ("stable", "mergesort")


def _makes_set(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return _makes_set(node.left) or _makes_set(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "WeakSet" or (node.func.attr in _SET_METHODS and _makes_set(node.func.value))
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("set", "frozenset", "WeakSet")
    return is_call or isinstance(node, ast.Set | ast.SetComp)


def _is_keys(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "keys"


def _order_lost(node: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that does not care for their order, and what comprehensions among them run over."""
    for argument in node.args:
        yield argument
        if isinstance(argument, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            yield from (generator.iter for generator in argument.generators)


class Orders(Reading):
    """Reads a file for order that differs from process to process, or from machine to machine."""

    def __init__(self, tree: ast.Module, imported: dict[str, str], outside: Collection[ast.AST] = ()) -> None:
        super().__init__(tree, imported, outside)
        annotation = re.compile(r"(frozen|typing\.|collections\.abc\.|abc\.)*(Mutable)?(set|AbstractSet)\b", re.IGNORECASE)
        self.sets = Given(tree, _makes_set, annotation.match)
        self.unordered: set[ast.AST] = set()  # what stands inside sorted(...) and its like
        self.filled = set(_filled_arrays(tree))
        self.single: list[str] = []  # sets that are known to hold one item here

    def is_set(self, node: ast.expr) -> bool:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
            keys = _is_keys(node.left) and _is_keys(node.right)
            return keys or self.is_set(node.left) or self.is_set(node.right)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SET_METHODS:
            return self.is_set(node.func.value)
        if ast.unparse(node) in self.single:
            return False
        return _makes_set(node) or self.sets.is_given(node, self.functions, self.classes)

    def visit_Call(self, node: ast.Call) -> None:
        name = self.name_of(node.func)
        keys = {keyword.arg: keyword.value for keyword in node.keywords}
        if name in _ORDER_FREE and "key" not in keys:
            self.unordered.update(_order_lost(node))
        elif name in _ORDER_FREE and any(self.is_set(each) for each in _order_lost(node)):
            self.add(node, "set-order", f"{name}() of a set by a key: which of two equal ones is first")
            self.unordered.update(_order_lost(node))
        if name in _ORDERED and any(self.is_set(argument) for argument in node.args) and node not in self.unordered:
            self.add(node, "set-order", f"{name}() of a set")
        if isinstance(node.func, ast.Attribute):
            self.check_method(node, node.func, name)
        if name in ("numpy.empty", "numpy.empty_like") and node not in self.filled and not _has_no_items(node):
            self.add(node.func, "uninitialised", name)
        self.generic_visit(node)

    def check_method(self, node: ast.Call, func: ast.Attribute, name: str) -> None:
        kinds = [each.value for each in node.keywords if each.arg == "kind"]
        is_stable = any(getattr(kind, "value", None) in _STABLE for kind in kinds) or any(
            each.arg == "stable" for each in node.keywords
        )
        by_fields = name == "numpy.sort" and any(each.arg == "order" for each in node.keywords)
        is_unique = (
            bool(node.args) and isinstance(node.args[0], ast.Call) and self.name_of(node.args[0].func).endswith("permutation")
        )
        if (func.attr in _SORTS or by_fields) and not is_stable and not is_unique and node not in self.unordered:
            self.add(node, "sort", f"{func.attr}() leaves the order of equal keys open")
        if func.attr == "pop" and not node.args and self.is_set(func.value):
            self.add(node, "set-order", "pop() from a set")
        if func.attr in ("extend", "join") and any(self.is_set(each) for each in node.args):
            self.add(node, "set-order", f"{func.attr}() by a set")

    def visit_If(self, node: ast.If) -> None:
        lengths = [
            each.left for each in ast.walk(node.test) if isinstance(each, ast.Compare) and ast.unparse(each).endswith(") == 1")
        ]
        names = [ast.unparse(each.args[0]) for each in lengths if isinstance(each, ast.Call) and self.name_of(each.func) == "len"]
        self.single += names
        for statement in node.body:
            self.visit(statement)
        del self.single[len(self.single) - len(names) :]
        for part in [node.test, *node.orelse]:
            self.visit(part)

    def visit_For(self, node: ast.For) -> None:
        if not (self.is_set(node.iter) and all(map(self.is_order_free, node.body))):
            self.check_loop(node.iter)
        self.generic_visit(node)

    def is_order_free(self, node: ast.stmt) -> bool:
        """Whether it comes to the same in whichever order a loop does it."""
        match node:
            case ast.AugAssign(op=ast.Add() | ast.Sub() | ast.BitOr() | ast.BitAnd() | ast.BitXor(), target=ast.Name()):
                return not isinstance(node.value, ast.List | ast.Tuple | ast.ListComp | ast.JoinedStr)
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=method, value=owner))):
                return method in ("add", "discard", "remove") and self.is_set(owner)
            case ast.If():
                return all(map(self.is_order_free, [*node.body, *node.orelse]))
            case ast.Return(value=value):
                return value is None or isinstance(value, ast.Constant)
        return isinstance(node, ast.Pass | ast.Continue | ast.Assert | ast.Raise)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.check_loop(node.iter)
        self.generic_visit(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:  # a set made of a set has no order to lose
        self.unordered.update(generator.iter for generator in node.generators)
        self.generic_visit(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        if isinstance(node.ctx, ast.Load) and self.is_set(node.value) and node not in self.unordered:
            self.add(node, "set-order", "a set is unpacked")
        self.generic_visit(node)

    def visit_Set(self, node: ast.Set) -> None:
        self.unordered.update(node.elts)
        self.generic_visit(node)

    def check_loop(self, over: ast.expr) -> None:
        if self.is_set(over) and over not in self.unordered:
            self.add(over, "set-order", f"iterating over the set {ast.unparse(over)[:40]}")


def _has_no_items(node: ast.Call) -> bool:
    """Whether an array has no items: `np.empty(0)`, `np.empty((0, 3))`."""
    shape = node.args[0] if node.args else next((each.value for each in node.keywords if each.arg == "shape"), None)
    sizes = shape.elts if isinstance(shape, ast.Tuple | ast.List) else [shape]
    return any(isinstance(size, ast.Constant) and size.value == 0 and size.value is not False for size in sizes)


def _filled_arrays(tree: ast.AST) -> Iterator[ast.AST]:
    """The calls of np.empty whose array is filled by what next uses it."""
    for block in ast.walk(tree):
        blocks = [getattr(block, name, None) for name in ("body", "orelse", "finalbody")]
        statements = [part for each in blocks if isinstance(each, list) for part in each]
        for index, statement in enumerate(statements):
            if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
                continue
            names = {ast.unparse(target) for target in statement.targets}
            user = next((each for each in statements[index + 1 :] if names & _named(each)), None)
            parts = [part for part in statements[index + 1 :] if any(_sets_slice(part, name) for name in names)]
            if len(parts) > 1 or (user is not None and any(_fills(user, name) for name in names)):
                yield statement.value


def _named(node: ast.AST) -> set[str]:
    return {ast.unparse(each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)}


def _fills(node: ast.stmt, name: str) -> bool:
    """Whether a statement sets all of an array, or a loop sets one item each time round."""
    if isinstance(node, ast.For):
        return any(_fills(each, name) or _sets_item(each, name) for each in node.body)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        given_out = any(each.arg == "out" and ast.unparse(each.value) == name for each in node.value.keywords)
        return given_out or ast.unparse(node.value.func) == f"{name}.fill"
    if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Subscript) and ast.unparse(target.value) == name:
        return ast.unparse(target.slice) in (":", "...", ":, :", "()")
    return False


def _sets_slice(node: ast.stmt, name: str) -> bool:
    """`a[:, :, 0] = ...`, one of several that together set all."""
    if not isinstance(node, ast.Assign) or not isinstance(target := node.targets[0], ast.Subscript):
        return False
    parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    return ast.unparse(target.value) == name and any(isinstance(part, ast.Slice) for part in parts)


def _sets_item(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.Assign):
        targets = [part for each in node.targets for part in (each.elts if isinstance(each, ast.Tuple) else [each])]
        return any(isinstance(target, ast.Subscript) and ast.unparse(target.value) == name for target in targets)
    if isinstance(node, ast.If) and node.orelse:
        return any(_sets_item(each, name) for each in node.body) and any(_sets_item(each, name) for each in node.orelse)
    return False
