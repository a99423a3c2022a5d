"""A small safe language over the fields of a state: `players.2.health <= 0`, `any(players.*.gold > 50 and players.*.health > 0)`.

    expression  or, and, not; < <= == != >= > (chains as in Python); + - * // %; ( )
    values      whole numbers, fields; numbers with a point if any field has them
    fields      names and indices joined by dots, or as reports print them: players.2.health, players[2].health;
                `*` stands for every index and gives a list: players.*.health
    functions   any all sum min max count, of a list (count: how many are not zero)

Operators work on lists item by item, as in numpy: the lists have one shape, and a single value goes with each item. Whole numbers
have any size. In each item, `and`, `or` and chains look no further than Python does. The whole expression is a single value.

Python parses the expression, after every field has been replaced by a name of the same length. Only what is listed above is taken
from its syntax tree, and nothing is handed to `eval`.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from replay.core.errors import UsageError

MAX_LENGTH = 500
MAX_DEPTH = 40
GRAMMAR = "like: players.2.health <= 0   any(players.*.gold > 50)   players[0].x // 256 == 12 and not tick < 600"

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)(?!\w)|([A-Za-z_]\w*)|(<=|>=|==|!=|//|[-+*%<>()])|(\S\w*))", re.ASCII)
_NUMBER, _NAME, _UNKNOWN = 1, 2, 4  # its groups
_STEP = re.compile(r"\s*(\w+|\*)", re.ASCII)
_SYMBOL = re.compile(r"\s*(\S?)")
_KEYWORDS = ("and", "or", "not")
_BETWEEN = frozenset("and or < <= == != >= > + - * // %".split())
_OPERAND = "a number, a field or ("
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.And: all,
    ast.Or: any,
}
_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "any": any,
    "all": all,
    "sum": sum,
    "min": min,
    "max": max,
    "count": lambda items: sum(1 for item in items if item),
}

Evaluate = Callable[[Any], Any]  # a state record -> int, float or bool
Shape = tuple[int, ...]  # () for a single value
Values = dict[int, Any]  # by the column of a field or function: its value in a state; lists are flat


class _Part(NamedTuple):
    """A part of an expression. item: its value at an index of the flat list; a single value is the same at every index."""

    shape: Shape
    item: Callable[[Values, int], Any]


def compile_expression(text: str, dtype: np.dtype[Any]) -> Evaluate:
    """A function of a record of `dtype`. Raises UsageError, saying where, for what is not in the language or not in the record, for
    lists that do not go together, and for an expression that is a list; the function raises it for a division by zero."""
    if len(text) > MAX_LENGTH:
        raise UsageError(f"an expression has up to {MAX_LENGTH} characters; this one has {len(text)}", GRAMMAR)
    reader = _Reader(text, dtype)
    whole = reader.part(reader.parse())
    if whole.shape:
        raise UsageError(f"{text!r} is a list of {_size(whole.shape)}", "say any(...) or all(...)")

    def evaluate(state: Any) -> Any:
        try:
            return whole.item({column: read(state) for column, (_, read) in reader.fields.items()}, 0)
        except ZeroDivisionError:
            raise UsageError(f"{text!r} divides by zero", "guard it: players.0.kills > 0 and ...") from None
        except (ValueError, OverflowError) as error:  # min of nothing; a whole number too large for one with a point
            raise UsageError(f"{text!r} cannot be computed: {error}", GRAMMAR) from None

    return evaluate


class _Reader:
    """Reads one expression: `parse` by tokens to Python's syntax tree, `part` from there to functions.

    fields: shape and reader of each field, numbers: their values, by the column where they stand.
    """

    def __init__(self, text: str, dtype: np.dtype[Any]) -> None:
        self.text, self.dtype = text, dtype
        self.fields: dict[int, tuple[Shape, Evaluate]] = {}
        self.numbers: dict[int, int | float] = {}

    def error(self, problem: str, column: int) -> UsageError:
        return UsageError(f"{self.text!r}: {problem} at character {column + 1}", GRAMMAR)

    def expected(self, what: str, end: int) -> UsageError:
        """The error that something else than `what` comes after `end`."""
        match = _TOKEN.match(self.text, end)
        token, column = (match[match.lastindex or 0], match.start(match.lastindex or 0)) if match else ("", len(self.text))
        return UsageError(
            f"{self.text!r}: expected {what} at character {column + 1}, found {repr(token) if token else 'the end'}", GRAMMAR
        )

    def parse(self) -> ast.expr:
        """Checked token by token, so that an error says what was expected where. What remains for Python is precedence."""
        python, end, before, is_operand_next = "", 0, "(", True
        waiting: list[str] = []  # each `(`, `-` and `not` whose operand is not complete
        while match := _TOKEN.match(self.text, end):
            token, start = match[match.lastindex or 0], match.start(match.lastindex or 0)
            replacement = token
            if match[_UNKNOWN]:
                raise self.error(f"{token!r} is not in the language", start)
            if is_operand_next:
                if token in ("(", "-") or (token == "not" and before in ("(", *_KEYWORDS)):
                    waiting.append(token)
                elif match[_NUMBER] or (match[_NAME] and token not in _KEYWORDS and not self.is_call(match)):
                    replacement = self.number(token, start) if match[_NUMBER] else self.field(start)
                    is_operand_next = False
                elif token not in _FUNCTIONS:
                    raise self.expected(_OPERAND, end)
            elif token == ")" and waiting:
                waiting.pop()
            elif token in _BETWEEN:
                is_operand_next = True
            else:
                raise self.expected("an operator", end)
            while not is_operand_next and waiting and waiting[-1] != "(":
                waiting.pop()
            if len(waiting) > MAX_DEPTH:
                raise self.error(f"more than {MAX_DEPTH} levels deep", start)
            python += " " * (start - len(python)) + replacement
            before, end = token, start + len(replacement)
        if is_operand_next or waiting:
            raise self.expected(_OPERAND if is_operand_next else "')'", end)
        return ast.parse(f"({python})", mode="eval").body  # in parentheses, for spaces at its start

    def is_call(self, match: re.Match[str]) -> bool:
        """Whether a name is a function. A field may have the same name: it is followed by something else than `(`."""
        if match[_NAME] not in _FUNCTIONS:
            return False
        symbol, _ = self.symbol(match.end())
        if symbol != "(" and match[_NAME] not in (self.dtype.names or ()):
            raise self.expected("'('", match.end())
        return symbol == "("

    def symbol(self, end: int) -> tuple[str, int]:
        """The character that comes after `end` and spaces, and where it ends."""
        match = _SYMBOL.match(self.text, end)
        return (match[1], match.end()) if match else ("", end)

    def number(self, token: str, start: int) -> str:
        if "." in token and not _has_floats(self.dtype):
            raise self.expected("a whole number, as all fields are,", start)
        self.numbers[start] = float(token) if "." in token else int(token)
        return "1" * len(token)

    def field(self, start: int) -> str:
        """Read the path that begins at `start`, as far as it goes."""
        dtype, shape, listed = self.dtype, Shape(), Shape()  # what is left to name, and the shape of the list so far
        path, end, is_in_bracket = "", start, False
        steps: list[Any] = []
        while True:
            match = _STEP.match(self.text, end)
            token = match[1] if match else ""
            if shape and token == "*":
                shape, listed = shape[1:], (*listed, shape[0])
            elif shape and token.isdecimal() and int(token) < shape[0]:
                steps.append((*(slice(None) for _ in listed), int(token)))
                shape = shape[1:]
            elif shape:
                raise self.expected(f"an index of {path}: 0..{shape[0] - 1}, or *", end)
            elif dtype.names and token in dtype.names and not is_in_bracket:
                steps.append(token)
                dtype, shape = dtype[token].base, dtype[token].shape
            else:
                names = ", ".join(dtype.names) if dtype.names else "nothing, it is a number"
                raise self.expected(f"a field of {path or 'the state'} ({names})", end)
            path = f"{path}.{token}" if path else token
            end = match.end() if match else end
            symbol, symbol_end = self.symbol(end)
            if is_in_bracket and symbol != ",":  # grid[1,0] or grid[1][0]
                if symbol != "]":
                    raise self.expected("']'", end)
                end, is_in_bracket = symbol_end, False
                symbol, symbol_end = self.symbol(end)
            if not is_in_bracket and symbol not in (".", "["):
                break
            end, is_in_bracket = symbol_end, symbol != "."
        if shape:
            raise self.error(f"{path} is a list of {shape[0]}; name one, or * for all", start)
        if dtype.kind not in "biuf":
            raise self.error(f"{path} is {'a record of ' + ', '.join(dtype.names) if dtype.names else 'not a number'}", start)
        self.fields[start] = listed, partial(_value, steps)
        return "f" * (end - start)

    def part(self, node: ast.AST) -> _Part:
        """What a node of the syntax tree computes."""
        column = getattr(node, "col_offset", 1) - 1
        match node:
            case ast.Constant() if column in self.numbers:
                number = self.numbers[column]
                return _Part((), lambda values, index: number)
            case ast.Name() if column in self.fields:
                shape = self.fields[column][0]
                return _Part(
                    shape, (lambda values, index: values[column][index]) if shape else lambda values, index: values[column]
                )
            case ast.UnaryOp() if type(node.op) in _OPERATORS:
                apply, (shape, item) = _OPERATORS[type(node.op)], self.part(node.operand)
                return _Part(shape, lambda values, index: apply(item(values, index)))
            case ast.BinOp() if type(node.op) in _OPERATORS:
                apply, (shape, (left, right)) = _OPERATORS[type(node.op)], self.parts(node.left, node.right)
                return _Part(shape, lambda values, index: apply(left(values, index), right(values, index)))
            case ast.Compare() if all(type(op) in _OPERATORS for op in node.ops):
                shape, items = self.parts(node.left, *node.comparators)
                links = list(zip((_OPERATORS[type(op)] for op in node.ops), items, items[1:], strict=False))
                return _Part(shape, lambda values, index: all(op(a(values, index), b(values, index)) for op, a, b in links))
            case ast.BoolOp():
                apply, (shape, items) = _OPERATORS[type(node.op)], self.parts(*node.values)
                return _Part(shape, lambda values, index: apply(item(values, index) for item in items))
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
                return self.call(column, _FUNCTIONS[name], self.part(argument))
        raise self.error(f"{type(node).__name__} is not in the language", column)

    def call(self, column: int, function: Callable[[list[Any]], Any], argument: _Part) -> _Part:
        indices = range(math.prod(argument.shape))

        def item(values: Values, index: int) -> Any:
            if column not in values:  # computed once, however long the list is that it is compared with
                values[column] = function([argument.item(values, each) for each in indices])
            return values[column]

        return _Part((), item)

    def parts(self, *nodes: ast.expr) -> tuple[Shape, list[Callable[[Values, int], Any]]]:
        """Parts that one operator combines, and the shape of the result."""
        shape, items = Shape(), []
        for node in nodes:
            part = self.part(node)
            if shape and part.shape and shape != part.shape:
                raise self.error(f"a list of {_size(shape)} does not go with the one of {_size(part.shape)}", node.col_offset - 1)
            shape = shape or part.shape
            items.append(part.item)
        return shape, items


def _value(steps: list[Any], state: Any) -> Any:
    """A field of a state as Python's own numbers, which have no largest: a list of them flat."""
    for step in steps:
        state = state[step]
    return state.ravel().tolist() if getattr(state, "shape", ()) else state.item()


def _has_floats(dtype: np.dtype[Any]) -> bool:
    return any(_has_floats(dtype[name].base) for name in dtype.names) if dtype.names else dtype.kind == "f"


def _size(shape: Shape) -> str:
    return " x ".join(map(str, shape))
