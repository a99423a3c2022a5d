"""What reading functions has brought to light so far: what each changes, returns, is given and keeps."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from replay.prove.conformance.lint.parts import Class, Function
from replay.prove.conformance.lint.values import NOTHING, Kinds, Place, Value

Variables = dict[str, Value]


@dataclass(frozen=True)
class Change:
    """That a function changes a place. node: where. how: the source that does. inside: levels down in the place."""

    function: Function
    node: ast.AST
    place: Place
    how: str
    inside: int = 0


@dataclass
class Summary:
    """What calling a function does. changes: of its parameters, and how deep in them. variables: what they reach at its end."""

    changes: frozenset[tuple[Place, int]] = frozenset()
    returns: Value = NOTHING
    variables: Variables = field(default_factory=dict)


@dataclass
class Knowledge:
    """What is known of all functions so far. arguments: what constructors are given. attributes: what classes keep of that."""

    kinds: Kinds
    summaries: dict[Function, Summary] = field(default_factory=dict)
    arguments: dict[tuple[Class, str], Value] = field(default_factory=dict)
    attributes: dict[tuple[Class, str], Value] = field(default_factory=dict)


def source_of(node: ast.AST) -> str:
    """The source of a change, in one line."""
    if isinstance(node, ast.For | ast.AsyncFor):
        return f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."
