"""Small changes of a source, one at a time, as people make them by accident."""

from __future__ import annotations

import ast
import copy
import difflib
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_SIGNS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr)
_PURE = ("abs", "bool", "float", "int", "len", "max", "min")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Mutant(NamedTuple):
    """kind: comparison, constant, sign, logic, order or drop. line: the first of it. start, stop: the bytes of the file that
    `after` replaces. before: what stands there. in_function: whether it is run by ticks, and not once at the import."""

    file: Path
    line: int
    kind: str
    start: int
    stop: int
    before: str
    after: str
    in_function: bool = True

    @property
    def change(self) -> str:
        """In one line."""
        return " ".join(f"{self.before} -> {self.after}".split())

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.stop :]

    def diff(self, source: bytes) -> list[str]:
        """The lines that go and come, each after its sign."""
        old, new = (text.decode().splitlines() for text in (source, self.applied(source)))
        lines = difflib.unified_diff(old, new, lineterm="", n=0)
        return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def mutants_of(file: Path) -> list[Mutant]:
    """Every small change of this source, in the order of its lines; those that are no Python are left out.

    Changed is what stands in functions, and numbers outside of them. Raises SyntaxError, UnicodeDecodeError or OSError for a file
    that is no source.
    """
    source = file.read_bytes()
    tree = ast.parse(source)
    mutator = _Mutator(file, source)
    changes = [each._replace(in_function=False) for each in mutator.numbers(tree)]
    for function in _functions(tree):
        changes += mutator.changes(function)
    unique = {(each.start, each.stop, each.after): each for each in changes}
    return sorted((each for each in unique.values() if _is_python(each.applied(source))), key=lambda each: (each.start, each.after))


def line_of(mutant: Mutant) -> str:
    """The text of the line where it begins."""
    return mutant.file.read_text("utf-8").splitlines()[mutant.line - 1]


def _functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The outermost functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _FUNCTIONS):
            yield node
        else:
            yield from _functions(node)


def _is_python(source: bytes) -> bool:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _depend(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether it may matter which of two simple statements comes first."""
    if _is_docstring(first):
        return False
    (stored, loaded, calls), (stored_next, loaded_next, calls_next) = _uses(first), _uses(second)
    if calls or calls_next:
        return True
    return any(_overlap(a, b) for a in stored for b in stored_next | loaded_next) or any(
        _overlap(a, b) for a in stored_next for b in loaded
    )


def _uses(node: ast.stmt) -> tuple[set[str], set[str], bool]:
    """What a statement stores to, what it loads, as `a.b`; and whether it calls what may do anything."""
    stored: set[str] = set()
    loaded: set[str] = set()
    calls = False
    for part in ast.walk(node):
        if isinstance(part, ast.Name | ast.Attribute | ast.Subscript):
            (stored if isinstance(part.ctx, ast.Store) else loaded).add(ast.unparse(part))
        elif isinstance(part, ast.Call):
            calls = calls or not (isinstance(part.func, ast.Name) and part.func.id in _PURE)
    if isinstance(node, ast.AugAssign):
        loaded |= stored
    # Of `a.b` only the whole is stored or loaded; that `a` is looked up for it is nothing.
    targets = (target for target in ast.walk(node) if isinstance(target, ast.Attribute | ast.Subscript))
    return stored, loaded - {ast.unparse(target.value) for target in targets}, calls


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))


def span_of(source: bytes, node: ast.expr | ast.stmt) -> tuple[int, int]:
    """The first byte of a node, and the one after it."""
    assert node.end_lineno is not None and node.end_col_offset is not None  # the parser sets them
    starts = _line_starts(source)
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


@lru_cache(maxsize=1)
def _line_starts(source: bytes) -> list[int]:
    return [0, *accumulate(map(len, source.splitlines(keepends=True)))]


class _Mutator:
    def __init__(self, file: Path, source: bytes) -> None:
        self._file, self._source = file, source

    def numbers(self, tree: ast.Module) -> Iterator[Mutant]:
        """The numbers of a module and of its classes."""
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, ast.ClassDef):
                yield from self.numbers(ast.Module(node.body, []))
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Constant):
                        yield from self._constants(part)

    def changes(self, function: ast.AST) -> Iterator[Mutant]:
        for node in ast.walk(function):
            match node:
                case ast.Compare():
                    yield from self._comparisons(node)
                case ast.Constant():
                    yield from self._constants(node)
                case ast.BinOp() | ast.AugAssign() if type(node.op) in _SIGNS:
                    changed = copy.deepcopy(node)
                    changed.op = _SIGNS[type(node.op)]()
                    yield self._replaced(node, "sign", changed)
                case ast.UnaryOp(op=ast.USub() | ast.Not()):
                    yield self._replaced(node, "sign" if isinstance(node.op, ast.USub) else "logic", node.operand)
                case ast.BoolOp():
                    changed_bool = copy.deepcopy(node)
                    changed_bool.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
                    yield self._replaced(node, "logic", changed_bool)
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list):
                    yield from self._statements(block)

    def _comparisons(self, node: ast.Compare) -> Iterator[Mutant]:
        for index, operator in enumerate(node.ops):
            changed = copy.deepcopy(node)
            changed.ops[index] = _COMPARISONS[type(operator)]()
            yield self._replaced(node, "comparison", changed)

    def _constants(self, node: ast.Constant) -> Iterator[Mutant]:
        if isinstance(node.value, bool):
            yield self._replaced(node, "constant", ast.Constant(not node.value))
        elif isinstance(node.value, int | float):
            yield self._replaced(node, "constant", ast.Constant(node.value + 1))
            yield self._replaced(node, "constant", ast.Constant(node.value - 1))

    def _statements(self, block: list[ast.stmt]) -> Iterator[Mutant]:
        for node in block:
            if isinstance(node, (*_SIMPLE, ast.Break, ast.Continue)) and not _is_docstring(node):
                yield self._mutant(node, node, "drop", "pass")
        for first, second in pairwise(block):
            if isinstance(first, _SIMPLE) and isinstance(second, _SIMPLE) and _depend(first, second):
                (a, b), (c, d) = self._span(first), self._span(second)
                parts = self._source[c:d], self._source[b:c], self._source[a:b]
                yield self._mutant(first, second, "order", b"".join(parts).decode())

    def _replaced(self, node: ast.expr | ast.stmt, kind: str, changed: ast.AST) -> Mutant:
        text = ast.unparse(changed)
        is_bare = isinstance(changed, ast.stmt) or (isinstance(changed, ast.Constant) and not text.startswith("-"))
        return self._mutant(node, node, kind, text if is_bare else f"({text})")

    def _mutant(self, first: ast.expr | ast.stmt, last: ast.expr | ast.stmt, kind: str, after: str) -> Mutant:
        start, stop = self._span(first)[0], self._span(last)[1]
        return Mutant(self._file, first.lineno, kind, start, stop, self._source[start:stop].decode(), after)

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        return span_of(self._source, node)
