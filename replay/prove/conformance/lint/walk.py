"""One function read statement by statement: what its variables reach of what outlives the match, and what it changes of that.

Assignments replace what a variable reaches, branches are joined, loops are read twice.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from replay.prove.conformance.lint.expressions import Expressions
from replay.prove.conformance.lint.known import Knowledge, Summary, Variables
from replay.prove.conformance.lint.parts import CONSTRUCTORS, Function
from replay.prove.conformance.lint.values import CONSTANT, NOTHING, Place, Reach, Value, assigned_names, parameter


class Walk(Expressions):
    """Reading one function. `changes` afterwards holds what it changes; what is known of it is entered."""

    def __init__(self, function: Function, known: Knowledge) -> None:
        super().__init__(function, known, {})
        self.variables = {**self._closure(), **self._given()}
        self.returns: Value = NOTHING

    def run(self) -> None:
        self.block(self.function.body)
        changes = frozenset((each.place, each.inside) for each in self.changes if each.place.kind == "parameter")
        self.known.summaries[self.function] = Summary(changes, self.returns, self.variables)

    def _given(self) -> Variables:
        arguments = self.function.node.args
        names = [each.arg for each in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]]
        given: Variables = {name: frozenset({Reach(parameter(self.function, name))}) for name in names}
        given |= {each.arg: NOTHING for each in (arguments.vararg, arguments.kwarg) if each is not None}
        if self.receiver is not None and self.takes_class and self.function.owner is not None:
            given[self.receiver] = self.kinds.of_entity(self.function.owner)
        if self.function.outer is None or self.function.outer in self.program.kept:
            for name, default in self.function.defaults.items():
                kind, owner = self.kinds.of(default, self.module)
                if kind not in (CONSTANT, "unknown", "tuple"):
                    given[name] |= {Reach(Place(f"the default of {name} in {self.function.name}()", kind, owner))}
        if self.function.name in CONSTRUCTORS and self.function.owner is not None:
            for name in names:
                given[name] |= self.known.arguments.get((self.function.owner, name), NOTHING)
        return given

    def _closure(self) -> Variables:
        """The variables of the functions around it; of one called at import they stay for as long as the process."""
        outer = self.function.outer
        if outer is None:
            return {}
        variables = dict(self.known.summaries.get(outer, Summary()).variables)
        if outer in self.program.kept:
            for name, node in assigned_names(outer):
                kind, owner = self.kinds.of(node, self.module)
                if kind not in (CONSTANT, "unknown"):
                    variables[name] = frozenset({Reach(Place(f"{name} of {outer.name}(), called at import,", kind, owner))})
        return variables

    # --- statements ----------------------------------------------------------------------------------------------------

    def block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def branches(self, *blocks: Sequence[ast.stmt]) -> None:
        before, ends = self.variables, list[Variables]()
        for block in blocks:
            self.variables = dict(before)
            self.block(block)
            if not (block and isinstance(block[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)):
                ends.append(self.variables)
        names = {name for end in ends for name in end}
        self.variables = {name: frozenset().union(*(end.get(name, NOTHING) for end in ends)) for name in names} if ends else before

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign():
                value = self.value(node.value)
                for target in node.targets:
                    self.assign(target, value, node)
            case ast.AnnAssign(value=ast.expr() as given):
                self.assign(node.target, self.value(given), node)
            case ast.AugAssign():
                self.augment(node)
            case ast.Delete():
                for target in node.targets:
                    if isinstance(target, ast.Attribute | ast.Subscript):
                        self.change(self.value(target.value), node)
            case ast.For() | ast.AsyncFor():
                self.loop(node)
            case ast.While():
                self.value(node.test)
                self.branches([*node.body, *node.body], node.orelse)
            case ast.If():
                self.value(node.test)
                self.branches(node.body, node.orelse)
            case ast.Match():
                self.value(node.subject)
                self.branches(*(case.body for case in node.cases), [])
            case ast.Try():
                self.branches([*node.body, *node.orelse], *([*node.body, *handler.body] for handler in node.handlers))
                self.block(node.finalbody)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = self.value(item.context_expr)
                    if item.optional_vars is not None:
                        self.assign(item.optional_vars, value, node)
                self.block(node.body)
            case ast.Return(value=ast.expr() as given):
                self.returns |= self.value(given)
            case ast.Global():
                self.foreign |= {name: Place(f"the module's variable {name}", "unknown") for name in node.names}
            case ast.Nonlocal():
                self.declare_nonlocal(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.variables[node.name] = NOTHING
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.value(child)

    def declare_nonlocal(self, node: ast.Nonlocal) -> None:
        outer = self.function.outer
        if outer is not None and outer in self.program.kept:
            self.foreign |= {name: Place(f"{name} of {outer.name}(), called at import,", "unknown") for name in node.names}

    def loop(self, node: ast.For | ast.AsyncFor) -> None:
        for _ in range(2):
            self.assign_item(node.target, node.iter, node)
            self.branches(node.body, [])
        self.block(node.orelse)

    def augment(self, node: ast.AugAssign) -> None:
        """`x += y` changes what x holds if that is a list, a set, a dict or an array; else x gets another value."""
        self.value(node.value)
        target = node.target
        if isinstance(target, ast.Attribute | ast.Subscript):
            self.change(self.value(target.value), node)
        elif target.id in self.foreign:
            self.change(frozenset({Reach(self.foreign[target.id])}), node)
        if isinstance(target, ast.Name | ast.Attribute):
            held = self.value(ast.copy_location(_loaded(target), target))
            self.change(frozenset(reach for reach in held if reach.kind in ("list", "set", "dict", "array")), node)


def _loaded(target: ast.Name | ast.Attribute) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    return ast.Attribute(target.value, target.attr, ast.Load())
