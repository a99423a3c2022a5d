"""One expression over many states at once: the language of `replay.prove.expression`, computed by numpy.

numpy's whole numbers have 64 bits, and it looks further than Python does. So this computes only what comes out the same: where the
fields' types and the numbers of the expression keep every step within 64 bits, and nothing is divided by what may be zero. All else
is left to the evaluation state by state, which is the reference.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from replay.prove.expression import Reader, Shape

Arrays = Mapping[int, npt.NDArray[Any]]  # by the column of a field in the expression: its values, shape (states, items)
Array = npt.NDArray[Any]
_INT = np.dtype("i8")
_LEAST, _MOST = -(2**63), 2**63 - 1
_EXACT_FLOAT = 2**53
_REDUCED: dict[str, Any] = {"any": np.any, "all": np.all, "sum": np.sum, "min": np.min, "max": np.max, "count": np.count_nonzero}
_COMPARED: dict[type[ast.cmpop], Any] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.GtE: np.greater_equal,
    ast.Gt: np.greater,
}
_COMPUTED: dict[type[ast.operator], Any] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
}


class _OneByOneError(Exception):
    """numpy might give something else than Python."""


class _Column(NamedTuple):
    """A part of an expression. low, high: between which its whole numbers lie; None for numbers with a point."""

    values: Callable[[Arrays], Any]  # shape (states, items), (states, 1) for single values; or a number
    size: int
    low: int | None
    high: int | None

    @property
    def is_float(self) -> bool:
        return self.low is None


class Condition:
    """An expression, compiled for an array of states. shape: () for a single value, else of the list that it is.

    names: the fields of a state that it reads. is_vectorised: whether numpy computes it; otherwise Python does, state by state.

    Raises UsageError for what `compile_expression` raises it, but for a list.
    """

    def __init__(self, text: str, dtype: np.dtype[Any]) -> None:
        reader = Reader(text, dtype)
        tree = reader.parse()
        whole = reader.part(tree)
        self.text, self.shape = text, whole.shape
        self._evaluate = reader.evaluation(whole)
        self._fields = reader.fields
        self.names = {field.steps[0] for field in reader.fields.values()}
        self._column: _Column | None = None
        with suppress(_OneByOneError):
            self._column = _Columns(reader).column(tree)

    @property
    def is_vectorised(self) -> bool:
        return self._column is not None

    def values(self, states: Mapping[str, npt.NDArray[Any]]) -> dict[int, npt.NDArray[Any]]:
        """A copy of what the expression reads of an array of states, given by their fields: all that `holds` needs of them."""
        return {column: field.of_many(states).copy() for column, field in self._fields.items()}

    def holds(self, values: Arrays, count: int) -> npt.NDArray[np.bool_]:
        """Where the expression is not zero, of `count` states: shape (states, items). Raises UsageError for a division by zero."""
        size = math.prod(self.shape)
        if self._column is not None:
            return np.broadcast_to(np.asarray(self._column.values(values)) != 0, (count, size))
        rows = ({column: array[at].tolist() for column, array in values.items()} for at in range(count))
        items = [[bool(item) for item in self._evaluate(row)] for row in rows]
        return np.array(items, np.bool_).reshape(count, size)


class _Columns:
    """What the nodes of an expression compute on arrays. Raises _OneByOneError for those that are left to Python."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def column(self, node: ast.AST) -> _Column:
        column = getattr(node, "col_offset", 1) - 1
        match node:
            case ast.Constant():
                number = self._reader.numbers[column]
                return (
                    _bounded(lambda states: number, 1, number, number) if isinstance(number, int) else _float(lambda _: number, 1)
                )
            case ast.Name():
                return self._field(column)
            case ast.UnaryOp(op=ast.Not()):
                inner = self.column(node.operand)
                return _bounded(lambda states: np.equal(inner.values(states), 0), inner.size, 0, 1)
            case ast.UnaryOp():
                inner = self.column(node.operand)
                if inner.low is None or inner.high is None:
                    return _float(lambda states: np.negative(inner.values(states)), inner.size)
                return _bounded(lambda states: np.negative(_whole(inner.values(states))), inner.size, -inner.high, -inner.low)
            case ast.BinOp():
                return _computed(type(node.op), self.column(node.left), self.column(node.right))
            case ast.Compare():
                parts = [self.column(each) for each in (node.left, *node.comparators)]
                links = list(zip((_COMPARED[type(op)] for op in node.ops), parts, parts[1:], strict=False))
                for _, left, right in links:
                    _check_kinds(left, right)
                return _combined(np.logical_and, [_compared(*link) for link in links], parts)
            case ast.BoolOp():
                parts = [self.column(each) for each in node.values]
                combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
                return _combined(combine, [part.values for part in parts], parts)
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                return _reduced(name, self.column(argument), self._reader.part(argument).shape)
        raise _OneByOneError

    def _field(self, column: int) -> _Column:
        field = self._reader.fields[column]
        size = math.prod(field.shape)
        if field.dtype.kind == "f":
            return _float(lambda states: states[column].astype(np.float64), size)
        low, high = (0, 1) if field.dtype.kind == "b" else (int(np.iinfo(field.dtype).min), int(np.iinfo(field.dtype).max))
        return _bounded(lambda states: _whole(states[column]), size, low, high)


def _whole(values: Any) -> Any:
    return values.astype(_INT) if isinstance(values, np.ndarray) else int(values)


def _float(values: Callable[[Arrays], Any], size: int) -> _Column:
    return _Column(values, size, None, None)


def _bounded(values: Callable[[Arrays], Any], size: int, low: int, high: int) -> _Column:
    if low < _LEAST or high > _MOST:
        raise _OneByOneError
    return _Column(values, size, low, high)


def _check_kinds(left: _Column, right: _Column) -> None:
    """Python compares whole numbers with others exactly; numpy rounds those beyond 53 bits first."""
    if left.is_float != right.is_float:
        whole = right if left.is_float else left
        assert whole.low is not None and whole.high is not None
        if max(-whole.low, whole.high) > _EXACT_FLOAT:
            raise _OneByOneError


def _compared(compare: Any, left: _Column, right: _Column) -> Callable[[Arrays], Any]:
    return lambda states: compare(left.values(states), right.values(states))


def _combined(combine: Any, values: list[Callable[[Arrays], Any]], parts: list[_Column]) -> _Column:
    def all_of(states: Arrays) -> Any:
        first, *rest = (each(states) for each in values)
        whole = np.not_equal(first, 0)
        for each in rest:
            whole = combine(whole, each)
        return whole

    return _bounded(all_of, max(part.size for part in parts), 0, 1)


def _computed(op: type[ast.operator], left: _Column, right: _Column) -> _Column:
    _check_kinds(left, right)
    apply, size = _COMPUTED[op], max(left.size, right.size)
    if left.low is None or left.high is None or right.low is None or right.high is None:
        if op in (ast.FloorDiv, ast.Mod):
            raise _OneByOneError
        return _float(lambda states: apply(left.values(states), right.values(states)), size)
    if op in (ast.FloorDiv, ast.Mod) and right.low <= 0:
        raise _OneByOneError
    pairs = [(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    by_op: dict[type[ast.operator], Callable[[int, int], int]] = {
        ast.Add: lambda a, b: a + b,
        ast.Sub: lambda a, b: a - b,
        ast.Mult: lambda a, b: a * b,
        ast.FloorDiv: lambda a, b: a // b,
        ast.Mod: lambda a, b: b - 1,
    }
    ends = [by_op[op](a, b) for a, b in pairs] + ([0] if op is ast.Mod else [])
    return _bounded(lambda states: apply(_whole(left.values(states)), _whole(right.values(states))), size, min(ends), max(ends))


def _reduced(name: str, inner: _Column, shape: Shape) -> _Column:
    count = math.prod(shape)
    if count == 0 or (inner.is_float and name in ("sum", "min", "max")):
        raise _OneByOneError  # min of nothing; the order of additions; NaN
    reduce = _REDUCED[name]

    def reduced(states: Arrays) -> Any:
        values = inner.values(states)
        if not isinstance(values, np.ndarray):
            values = np.full((1, count), values)
        return reduce(values if name in ("any", "all", "count") else _whole(values), axis=1).reshape(-1, 1)

    if name in ("any", "all"):
        return _bounded(reduced, 1, 0, 1)
    if name == "count":
        return _bounded(reduced, 1, 0, count)
    assert inner.low is not None and inner.high is not None
    times = count if name == "sum" else 1
    return _bounded(reduced, 1, min(inner.low * times, inner.low), max(inner.high * times, inner.high))
