"""All changes of one source in one source, each made only where its number is selected: compiled once, tried one by one.

Mutant schemata, after Untch, Offutt and Harrold (ISSTA 1993): `a < b` becomes `((a <= b) if selected() == 7 else a < b)`. Only what
stands in a kernel can be told by a number that is read while the kernel runs; what runs at the import cannot.
"""

from __future__ import annotations

import ast
import copy
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from replay.prove.cover.mutants import Mutant, span_of

_SELECTED = "selected_mutant"
_IMPORT = f"from replay.native.kernels import selected as {_SELECTED}"
_MARK = "kernel"  # the decorator: replay.native.kernels.kernel


class Schemata(NamedTuple):
    """A source that holds changes. placed: which ones. doubtful: those of them that may leave a name without a value: then the
    interpreter raises an error, and machine code takes whatever there is."""

    text: str
    placed: set[Mutant]
    doubtful: set[Mutant]


def schemata_of(source: bytes, numbers: Mapping[Mutant, int]) -> Schemata:
    """The source with these changes of it, each made where `replay.native.kernels.selected` gives its number."""
    tree = ast.parse(source)
    schemata = _Schemata(source, numbers)
    tree = schemata.visit(tree)
    ahead = [isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body].count(True)
    ahead += ast.get_docstring(tree) is not None
    tree.body[ahead:ahead] = ast.parse(_IMPORT).body
    return Schemata(ast.unparse(ast.fix_missing_locations(tree)), schemata.placed, schemata.doubtful)


class _Schemata(ast.NodeTransformer):
    def __init__(self, source: bytes, numbers: Mapping[Mutant, int]) -> None:
        self._source = source
        self._numbers = numbers
        self._is_in_kernel = False
        self._names: set[str] = set()  # what has a value by now
        self._by_span: dict[tuple[int, int], list[Mutant]] = defaultdict(list)
        for mutant in numbers:
            self._by_span[mutant.start, mutant.stop].append(mutant)
        self.placed: set[Mutant] = set()
        self.doubtful: set[Mutant] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Only its body: what decorates it, and defaults, are read once."""
        before = self._is_in_kernel
        self._is_in_kernel = before or any(ast.unparse(each).split(".")[-1] == _MARK for each in node.decorator_list)
        self._names = _names(node.args)
        node.body = self._block(node.body)
        self._is_in_kernel = before
        return node

    def visit(self, node: ast.AST) -> Any:
        if not self._is_in_kernel or not isinstance(node, ast.expr) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return super().visit(node)
        changes = self._changes(node)
        changed: Any = self.generic_visit(node)
        for mutant in changes:
            changed = ast.IfExp(self._is(mutant), ast.parse(mutant.after, mode="eval").body, changed)
        return changed

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not self._is_in_kernel:
            return super().generic_visit(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, name, self._block(value))
            elif isinstance(value, list):
                setattr(node, name, [self.visit(each) if isinstance(each, ast.AST) else each for each in value])
            elif isinstance(value, ast.AST) and name != "annotation":
                setattr(node, name, self.visit(value))
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if isinstance(node.ctx, ast.Store):
            self._names.add(node.id)
        return node

    def _block(self, block: list[ast.stmt]) -> list[ast.stmt]:
        """A statement is left out where it is dropped, or where the one before has let it go first."""
        if not self._is_in_kernel:
            return [self.visit(node) for node in block]
        whole: list[ast.stmt] = []
        let_first: list[Mutant] = []
        for node, following in zip(block, [*block[1:], None], strict=True):
            changes, let_go = self._changes(node), let_first
            if not _names(node, ast.Store) <= self._names:
                self.doubtful.update(each for each in changes if each.kind == "drop")
            let_first = [] if following is None else self._swapped(node, following)
            whole += [ast.If(self._is(each), [copy.deepcopy(following)], []) for each in let_first if following is not None]
            changed: ast.stmt = self.visit(node)
            for mutant in changes:
                if mutant.kind != "drop":
                    changed = ast.If(self._is(mutant), ast.parse(mutant.after).body, [changed])
            left_out = [each for each in changes if each.kind == "drop"] + let_go
            whole.append(ast.If(self._is_none_of(left_out), [changed], []) if left_out else changed)
        return whole

    def _swapped(self, first: ast.stmt, second: ast.stmt) -> list[Mutant]:
        """The changes that let the second go first. Where it uses a name that has no value before, nothing of it would compile."""
        if not _names(first, ast.Store) & _names(second, ast.Load) <= self._names:
            return []
        span = span_of(self._source, first)[0], span_of(self._source, second)[1]
        found = [each for each in self._by_span.get(span, ()) if each.kind == "order"]
        self.placed.update(found)
        return found

    def _changes(self, node: ast.expr | ast.stmt) -> list[Mutant]:
        is_statement = isinstance(node, ast.stmt)
        found = [
            each
            for each in self._by_span.get(span_of(self._source, node), ())
            if each.kind != "order" and is_statement == (each.kind == "drop" or isinstance(node, ast.AugAssign))
        ]
        self.placed.update(found)
        return found

    def _is(self, mutant: Mutant) -> ast.expr:
        return ast.parse(f"{_SELECTED}() == {self._numbers[mutant]}", mode="eval").body

    def _is_none_of(self, mutants: list[Mutant]) -> ast.expr:
        return ast.parse(" and ".join(f"{_SELECTED}() != {self._numbers[each]}" for each in mutants), mode="eval").body


def _names(node: ast.AST, context: type[ast.expr_context] | None = None) -> set[str]:
    """The local names that are stored or loaded in a statement, or those of arguments."""
    if isinstance(node, ast.arguments):
        return {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, context or ast.expr_context)}
