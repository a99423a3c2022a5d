"""A small safe language over the fields of a state: `players.2.health <= 0`, `any(players.*.gold > 50) and tick > 600`.

    expression  or, and, not; < <= == != >= > (chains as in Python); + - * // %; ( )
    values      whole numbers, fields
    fields      names and indices joined by dots, or as reports print them: players.2.health, players[2].health;
                `*` stands for every index and gives a list: players.*.health
    functions   any all sum min max count, of a list (count: how many are not zero)

Arithmetic and comparisons of a list work on each item. There is nothing else: no calls, no attributes of Python, no eval.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from replay.core.errors import UsageError

MAX_LENGTH = 500
MAX_DEPTH = 40
GRAMMAR = "like: players.2.health <= 0   any(players.*.gold > 50)   players[0].x // 256 == 12 and not tick < 600"

Evaluate = Callable[[Any], Any]  # a state record -> int, bool, or a list of them

_TOKEN = re.compile(r"\s*(?:(\d+)|([A-Za-z_]\w*)|(<=|>=|==|!=|//|[-+*%<>().\[\],])|(\S))", re.ASCII)
_COMPARE = {"<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">=": operator.ge, ">": operator.gt}
_ADD = {"+": operator.add, "-": operator.sub}
_MULTIPLY = {"*": operator.mul, "//": operator.floordiv, "%": operator.mod}
_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "any": any,
    "all": all,
    "sum": sum,
    "min": min,
    "max": max,
    "count": lambda items: sum(1 for item in items if item),
}
_WORDS = {"and", "or", "not", *_FUNCTIONS}


def compile_expression(text: str, dtype: np.dtype[Any]) -> Evaluate:
    """A function of a record of `dtype`. Raises UsageError, saying where, for what is not in the language or not in the record;
    the function raises UsageError for a division by zero."""
    if len(text) > MAX_LENGTH:
        raise UsageError(f"an expression has up to {MAX_LENGTH} characters; this one has {len(text)}", GRAMMAR)
    parser = _Parser(text, dtype)
    evaluate = parser.disjunction()
    if parser.token:
        raise parser.error("an operator")

    def checked(state: Any) -> Any:
        try:
            return evaluate(state)
        except ZeroDivisionError:
            raise UsageError(f"{text!r} divides by zero", "guard it: players.0.kills > 0 and ...") from None
        except (TypeError, ValueError) as error:  # lists of different lengths, min of nothing
            raise UsageError(f"{text!r} cannot be computed: {error}", GRAMMAR) from None

    return checked


class _Parser:
    """Recursive descent, one method per precedence. Each returns a closure over what lies below it."""

    def __init__(self, text: str, dtype: np.dtype[Any]) -> None:
        self.text = text
        self.dtype = dtype
        self.depth = 0
        self.at = self.end = 0
        self.token = ""
        self.next()

    def next(self) -> str:
        """Go on by one token; returns the one that was current."""
        before, self.at = self.token, self.end
        match = _TOKEN.match(self.text, self.end)
        if match is None:
            self.token = ""
        elif match[4]:
            raise UsageError(f"{self.text!r}: {match[4]!r} is not in the language", GRAMMAR)
        else:
            self.token, self.end = match[match.lastindex or 0], match.end()
        return before

    def error(self, expected: str) -> UsageError:
        found = repr(self.token) if self.token else "the end"
        return UsageError(f"{self.text!r}: expected {expected} at character {self.at + 1}, found {found}", GRAMMAR)

    def disjunction(self) -> Evaluate:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UsageError(f"an expression is at most {MAX_DEPTH} levels deep", GRAMMAR)
        parts = [self.conjunction()]
        while self.token == "or":
            self.next()
            parts.append(self.conjunction())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else lambda state: any(part(state) for part in parts)

    def conjunction(self) -> Evaluate:
        parts = [self.negation()]
        while self.token == "and":
            self.next()
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else lambda state: all(part(state) for part in parts)

    def negation(self) -> Evaluate:
        negations = 0
        while self.token == "not":
            self.next()
            negations += 1
        inner = self.comparison()
        return inner if not negations else lambda state: bool(inner(state)) == (negations % 2 == 0)

    def comparison(self) -> Evaluate:
        terms, operators = [self.addition()], []
        while self.token in _COMPARE:
            operators.append(_COMPARE[self.next()])
            terms.append(self.addition())
        if not operators:
            return terms[0]
        pairs = [(compare, terms[i], terms[i + 1]) for i, compare in enumerate(operators)]
        if len(pairs) == 1:
            compare, left, right = pairs[0]
            return lambda state: _each(compare, left(state), right(state))
        return lambda state: all(_each(compare, left(state), right(state)) for compare, left, right in pairs)

    def addition(self) -> Evaluate:
        return self._left_to_right(_ADD, self.multiplication)

    def multiplication(self) -> Evaluate:
        return self._left_to_right(_MULTIPLY, self.sign)

    def _left_to_right(self, operators: dict[str, Callable[[Any, Any], Any]], operand: Callable[[], Evaluate]) -> Evaluate:
        first, rest = operand(), []
        while self.token in operators:
            apply = operators[self.next()]
            rest.append((apply, operand()))
        if not rest:
            return first

        def evaluate(state: Any) -> Any:
            value = first(state)
            for apply, part in rest:
                value = _each(apply, value, part(state))
            return value

        return evaluate

    def sign(self) -> Evaluate:
        negative = False
        while self.token == "-":
            self.next()
            negative = not negative
        inner = self.atom()
        return (lambda state: _each(operator.sub, 0, inner(state))) if negative else inner

    def atom(self) -> Evaluate:
        if self.token == "(":
            self.next()
            inner = self.disjunction()
            self.expect(")")
            return inner
        if self.token.isdigit():
            value = int(self.next())
            return lambda state: value
        if self.token in _FUNCTIONS:
            function = _FUNCTIONS[self.next()]
            self.expect("(")
            argument = self.disjunction()
            self.expect(")")
            return lambda state: function(_as_list(argument(state)))
        if self.token.isidentifier() and self.token not in _WORDS:
            return self.field()
        raise self.error("a number, a field or (")

    def expect(self, token: str) -> None:
        if self.token != token:
            raise self.error(repr(token))
        self.next()

    def field(self) -> Evaluate:
        steps: list[str | int | slice] = []
        dtype = self.dtype
        shape: tuple[int, ...] = ()
        while True:
            dtype, shape = self.step(steps, dtype, shape)
            if self.token == ".":
                self.next()
            elif self.token not in ("[", ","):
                break
        if dtype.names or shape:
            inside = ", ".join(dtype.names) if dtype.names else "numbers"
            what = f"a list of {shape[0]}; name one, or * for all" if shape else f"a record of {inside}"
            raise UsageError(f"{self.text!r}: {_path(steps)} is {what}", GRAMMAR)
        return _reader(steps)

    def step(self, steps: list[Any], dtype: np.dtype[Any], shape: tuple[int, ...]) -> tuple[np.dtype[Any], tuple[int, ...]]:
        bracket = self.token in ("[", ",")  # grid[1][0] or grid[1,0]
        if bracket:
            self.next()
        if shape:
            if self.token == "*":
                steps.append(slice(None))
            elif self.token.isdigit() and int(self.token) < shape[0]:
                steps.append(int(self.token))
            else:
                raise self.error(f"an index of {_path(steps)}: 0..{shape[0] - 1}, or *")
            shape = shape[1:]
        else:
            if bracket or dtype.names is None or self.token not in dtype.names:
                names = ", ".join(dtype.names) if dtype.names else "nothing, it is a number"
                raise self.error(f"a field of {_path(steps) or 'the state'} ({names})")
            steps.append(self.token)
            inner = dtype[self.token]
            dtype, shape = inner.base, inner.shape
        self.next()
        if bracket and self.token != ",":
            self.expect("]")
        return dtype, shape


def _reader(steps: list[Any]) -> Evaluate:
    def read(state: Any) -> Any:
        values, listed = [state], False
        for step in steps:
            if isinstance(step, slice):
                values, listed = [item for value in values for item in value], True
            else:
                values = [value[step] for value in values]
        return [value.item() for value in values] if listed else values[0].item()

    return read


def _path(steps: list[Any]) -> str:
    return ".".join("*" if isinstance(step, slice) else str(step) for step in steps)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _each(apply: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if isinstance(left, list) and isinstance(right, list):
        return [apply(a, b) for a, b in zip(left, right, strict=True)]
    if isinstance(left, list):
        return [apply(a, right) for a in left]
    if isinstance(right, list):
        return [apply(left, b) for b in right]
    return apply(left, right)
