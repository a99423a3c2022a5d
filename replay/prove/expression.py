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
import re
from collections.abc import Callable, Mapping
from operator import add, eq, floordiv, ge, gt, le, lt, mod, mul, ne, neg, not_, sub
from typing import Any, NamedTuple

import numpy as np

from replay.core.errors import UsageError
from replay.core.text import nearest

MAX_LENGTH = 500
MAX_DEPTH = 40
GRAMMAR = "like: players.2.health <= 0   any(players.*.gold > 50)   players[0].x // 256 == 12 and not tick < 600"

Function = Callable[..., Any]
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)(?!\w)|([A-Za-z_]\w*)|(<=|>=|==|!=|//|[-+*%<>()])|(\S\w*))", re.ASCII)
_NUMBER, _NAME, _UNKNOWN = 1, 2, 4  # its groups
_INDEX = r"\s*(?:\d+|\*)\s*"
_PATH = re.compile(rf"\w+(?:\s*\.\s*(?:\w+|\*)|\s*\[{_INDEX}(?:,{_INDEX})*\])*", re.ASCII)
_STEP = re.compile(r"\w+|\*", re.ASCII)
_KEYWORDS = ("and", "or", "not")
_BETWEEN = frozenset("and or < <= == != >= > + - * // %".split())
_OPERAND = "a number, a field or ("
_COMPARE: dict[type[ast.cmpop], Function] = {ast.Lt: lt, ast.LtE: le, ast.Eq: eq, ast.NotEq: ne, ast.GtE: ge, ast.Gt: gt}
_ARITHMETIC: dict[type[ast.operator], Function] = {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.FloorDiv: floordiv, ast.Mod: mod}
_SIGNS: dict[type[ast.unaryop], Function] = {ast.USub: neg, ast.Not: not_}
_FUNCTIONS: dict[str, Function] = {
    "any": any,
    "all": all,
    "sum": sum,
    "min": min,
    "max": max,
    "count": lambda items: sum(map(bool, items)),
}

Evaluate = Callable[[Any], Any]  # a state record -> int, float or bool
Shape = tuple[int, ...]  # () for a single value
Values = dict[int, list[Any]]  # by the column of a field or function: its values in a state, flat


class Field(NamedTuple):
    """A field that an expression names. shape: of the list that it is; steps: names, and indices behind those of the list."""

    shape: Shape
    steps: tuple[Any, ...]
    dtype: np.dtype[Any]

    def of(self, state: Any) -> list[Any]:
        """Its values in a state, flat, as Python's own numbers, which have no largest."""
        for step in self.steps:
            state = state[step]
        return state.ravel().tolist()  # type: ignore[no-any-return]

    def of_many(self, states: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        """Its values in an array of states, given by their fields: shape (states, values)."""
        values = states[self.steps[0]]
        for step in self.steps[1:]:
            values = values[step if isinstance(step, str) else (slice(None), *step)]
        return values.reshape(len(values), -1)  # type: ignore[no-any-return]


class _Part(NamedTuple):
    """A part of an expression. item: its value at an index of the flat list; a single value is the same at every index."""

    shape: Shape
    item: Callable[[Values, int], Any]


def compile_expression(text: str, dtype: np.dtype[Any]) -> Evaluate:
    """A function of a record of `dtype`. Raises UsageError, saying where, for what is not in the language or not in the record, for
    lists that do not go together, and for an expression that is a list; the function raises it for a division by zero."""
    reader = Reader(text, dtype)
    whole = reader.part(reader.parse())
    if whole.shape:
        raise UsageError(f"{text!r} is a list of {size_of(whole.shape)}", "say any(...) or all(...)")
    evaluate = reader.evaluation(whole)
    return lambda state: evaluate({column: field.of(state) for column, field in reader.fields.items()})[0]


class Reader:
    """Reads one expression: `parse` by tokens to Python's syntax tree, `part` from there to functions.

    fields: those that it names, numbers: their values, by the column where they stand.
    """

    def __init__(self, text: str, dtype: np.dtype[Any]) -> None:
        if len(text) > MAX_LENGTH:
            raise UsageError(f"an expression has up to {MAX_LENGTH} characters; this one has {len(text)}", GRAMMAR)
        self.text, self.dtype = text, dtype
        self.fields: dict[int, Field] = {}
        self.numbers: dict[int, int | float] = {}

    def error(self, problem: str, column: int, found: str = "", hint: str = "") -> UsageError:
        return UsageError(f"{self.text!r}: {problem} at character {column + 1}{found}", hint or GRAMMAR)

    def expected(self, what: str, end: int, hint: str = "") -> UsageError:
        """The error that something else than `what` comes after `end`."""
        match = _TOKEN.match(self.text, end)
        token, column = (match[match.lastindex or 0], match.start(match.lastindex or 0)) if match else ("", len(self.text))
        return self.error(f"expected {what}", column, f", found {repr(token) if token else 'the end'}", hint)

    def parse(self) -> ast.expr:
        """Checked token by token, so that an error says what was expected where. What remains for Python is precedence."""
        python, end, before, is_operand_next = "", 0, "(", True
        waiting: list[str] = []  # each `(`, `-` and `not` whose operand is not complete
        while match := _TOKEN.match(self.text, end):
            token, start = match[match.lastindex or 0], match.start(match.lastindex or 0)
            replacement = token
            if match[_UNKNOWN]:
                raise self.error(f"{token!r} is not in the language", start)
            if not is_operand_next:
                if token not in _BETWEEN and not (token == ")" and waiting):
                    raise self.expected("an operator", end)
                is_operand_next = token != ")"
                waiting = waiting if is_operand_next else waiting[:-1]
            elif token in ("(", "-") or (token == "not" and before in ("(", *_KEYWORDS)):
                waiting.append(token)
            elif not (match[_NUMBER] or match[_NAME]) or token in _KEYWORDS:
                raise self.expected(_OPERAND, end)
            elif not (token in _FUNCTIONS and self.text[match.end() :].lstrip().startswith("(")):
                replacement = self.number(token, start) if match[_NUMBER] else self.field(start)
                is_operand_next = False
            while not is_operand_next and waiting and waiting[-1] != "(":
                waiting.pop()
            if len(waiting) > MAX_DEPTH:
                raise self.error(f"more than {MAX_DEPTH} levels deep", start)
            python += " " * (start - len(python)) + replacement
            before, end = token, start + len(replacement)
        if is_operand_next or waiting:
            raise self.expected(_OPERAND if is_operand_next else "')'", end)
        return ast.parse(f"({python})", mode="eval").body  # in parentheses, for spaces at its start

    def number(self, token: str, start: int) -> str:
        if "." in token and not _has_floats(self.dtype):
            raise self.expected("a whole number, as all fields are,", start)
        self.numbers[start] = float(token) if "." in token else int(token)
        return "1" * len(token)

    def field(self, start: int) -> str:
        """Read the path that begins at `start`, as far as it goes."""
        path = _PATH.match(self.text, start)
        end = path.end() if path else start
        dtype, shape, listed = self.dtype, Shape(), Shape()  # what is left to name, and the shape of the list so far
        name, steps = "", list[Any]()
        for match in [*_STEP.finditer(self.text, start, end), None]:
            token = match[0] if match else ""
            if match is None and not shape and not dtype.names:
                break
            if shape and token == "*":
                shape, listed = shape[1:], (*listed, shape[0])
            elif shape and token.isdecimal() and int(token) < shape[0]:
                steps.append((*(slice(None) for _ in listed), int(token)))
                shape = shape[1:]
            elif not shape and token in (dtype.names or ()):
                steps.append(token)
                dtype, shape = dtype[token].base, dtype[token].shape
            else:
                fields = ", ".join(dtype.names) if dtype.names else "nothing, it is a number"
                what = f"an index of {name}: 0..{shape[0] - 1}, or *" if shape else f"a field of {name or 'the state'} ({fields})"
                raise self.expected(what, match.start() if match else end, "" if shape else nearest(token, dtype.names or ()))
            name = f"{name}.{token}" if name else token
        if dtype.kind not in "biuf":
            raise self.error(f"{name} is not a number", start)
        self.fields[start] = Field(listed, tuple(steps), dtype)
        return "f" * (end - start)

    def evaluation(self, whole: _Part) -> Callable[[Values], list[Any]]:
        """A function of the fields' values in a state that gives the items of the whole expression. It raises UsageError for what
        cannot be computed."""
        indices, text = range(math.prod(whole.shape)), self.text

        def evaluate(values: Values) -> list[Any]:
            try:
                return [whole.item(values, index) for index in indices]
            except ZeroDivisionError:
                raise UsageError(f"{text!r} divides by zero", "guard it: players.0.kills > 0 and ...") from None
            except (ValueError, OverflowError) as error:  # min of nothing; a whole number too large for one with a point
                raise UsageError(f"{text!r} cannot be computed: {error}", GRAMMAR) from None

        return evaluate

    def part(self, node: ast.AST) -> _Part:
        """What a node of the syntax tree computes."""
        column = getattr(node, "col_offset", 1) - 1
        match node:
            case ast.Constant() if column in self.numbers:
                number = self.numbers[column]
                return _Part((), lambda values, index: number)
            case ast.Name() if column in self.fields:
                shape = self.fields[column].shape
                return _Part(shape, lambda values, index: values[column][index if shape else 0])
            case ast.UnaryOp() if (sign := _SIGNS.get(type(node.op))) is not None:
                shape, items = self.parts(node.operand)
                return _Part(shape, lambda values, index: sign(items[0](values, index)))
            case ast.BinOp() if (apply := _ARITHMETIC.get(type(node.op))) is not None:
                shape, (left, right) = self.parts(node.left, node.right)
                return _Part(shape, lambda values, index: apply(left(values, index), right(values, index)))
            case ast.Compare():
                shape, items = self.parts(node.left, *node.comparators)
                links = list(zip((_COMPARE[type(op)] for op in node.ops), items, items[1:], strict=False))
                return _Part(shape, lambda values, index: all(op(a(values, index), b(values, index)) for op, a, b in links))
            case ast.BoolOp():
                shape, items = self.parts(*node.values)
                combine = all if isinstance(node.op, ast.And) else any
                return _Part(shape, lambda values, index: combine(item(values, index) for item in items))
            case ast.Call(func=ast.Name(id=name), args=[argument]) if name in _FUNCTIONS:
                return self.call(column, _FUNCTIONS[name], self.part(argument))
        raise self.error(f"{type(node).__name__} is not in the language", column)

    def call(self, column: int, function: Function, argument: _Part) -> _Part:
        indices = range(math.prod(argument.shape))

        def item(values: Values, index: int) -> Any:
            if column not in values:  # computed once, however long the list is that it is compared with
                values[column] = [function([argument.item(values, each) for each in indices])]
            return values[column][0]

        return _Part((), item)

    def parts(self, *nodes: ast.expr) -> tuple[Shape, list[Callable[[Values, int], Any]]]:
        """Parts that one operator combines, and the shape of the result."""
        shape, items = Shape(), []
        for node in nodes:
            part = self.part(node)
            if shape and part.shape and shape != part.shape:
                raise self.error(
                    f"a list of {size_of(shape)} does not go with the one of {size_of(part.shape)}", node.col_offset - 1
                )
            shape = shape or part.shape
            items.append(part.item)
        return shape, items


def _has_floats(dtype: np.dtype[Any]) -> bool:
    return any(_has_floats(dtype[name].base) for name in dtype.names) if dtype.names else dtype.kind == "f"


def size_of(shape: Shape) -> str:
    """Like "8", "2 x 2"."""
    return " x ".join(map(str, shape))
