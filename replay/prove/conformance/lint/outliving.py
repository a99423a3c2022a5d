"""The one rule about flows: what runs during a match changes nothing that outlives it.

What outlives a match: variables of modules, attributes of classes, default arguments, variables of functions that were called at
import, iterators and generators made at import, what a cache keeps. It may be reached by another name, through an attribute, or
by a function that is given or returns it.

Tables of results are right (`memo`).
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from replay.prove.conformance.lint.known import Change, Knowledge
from replay.prove.conformance.lint.memo import forgets, is_memo
from replay.prove.conformance.lint.parts import Class, Function, Module, own_nodes
from replay.prove.conformance.lint.program import Program
from replay.prove.conformance.lint.values import Kinds
from replay.prove.conformance.lint.walk import Walk

_MOST_ROUNDS = 8  # what flows through more calls than that is not followed
Found = tuple[Module, ast.AST, str, str]


def outliving_changes(program: Program) -> Iterator[Found]:
    """Where something that runs during a match changes what outlives it, and how."""
    known = Knowledge(Kinds(program))
    changes = _all_changes(program, known)
    by_place = defaultdict(list)
    for change in changes:
        by_place[change.place].append(change)
    for place, of_place in by_place.items():
        in_match = [change for change in of_place if change.function in program.in_match]
        others = [change for change in in_match if not is_memo(change)]
        if all(forgets(change) for change in others) and len(others) < len(in_match):
            continue
        yield from (
            (change.function.module, change.node, "outlives", f"{place.what} is changed by `{change.how}`") for change in others
        )


def _all_changes(program: Program, known: Knowledge) -> list[Change]:
    """The changes of all functions of what is not given to them, once what they are given is known."""
    walks: list[Walk] = []
    before: object = None
    for _ in range(_MOST_ROUNDS):
        _read_imports(program, known)
        walks = [Walk(function, known) for function in program.functions]
        for walk in walks:
            walk.run()
        state = {f: (s.changes, s.returns) for f, s in known.summaries.items()}, dict(known.arguments), dict(known.attributes)
        if state == before:
            break
        before = state
    return list(dict.fromkeys(change for walk in walks for change in walk.changes if change.place.kind != "parameter"))


def _read_imports(program: Program, known: Knowledge) -> None:
    """Enter what constructors are given by calls at import."""
    for module in program.modules:
        lines = ast.FunctionDef("module", ast.arguments([], [], None, [], [], None, []), module.tree.body, [])
        reading = Walk(Function(lines, module, None, None), known)
        for node in own_nodes(module.tree):
            if isinstance(node, ast.Call) and isinstance(reading.entity(node.func), Class):
                reading.value(node)
