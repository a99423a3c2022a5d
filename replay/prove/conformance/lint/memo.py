"""Tables of results: an entry that follows from its key alone, and is kept under that key, is the same whenever it is computed."""

from __future__ import annotations

import ast
from collections import defaultdict

from replay.prove.conformance.lint.known import Change
from replay.prove.conformance.lint.parts import Function, own_nodes

_FORGETTING = ("clear", "pop", "popitem")


def is_memo(change: Change) -> bool:
    """Whether a change enters a result under what it follows from, in a function that does nothing else."""
    node, function = change.node, change.function
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "setdefault"
        and len(node.args) == 2
    ):
        return _follows(node.args[1], node.args[0], function)
    if not isinstance(node, ast.Assign):
        return False
    stored = [target for target in node.targets if not isinstance(target, ast.Name)] or node.targets
    target = stored[0]
    if len(stored) != 1 or not _has_no_other_effect(function, target):
        return False
    if isinstance(target, ast.Subscript):
        return _follows(node.value, target.slice, function)
    is_once = any(
        isinstance(test, ast.If) and node in test.body and ast.unparse(target) in ast.unparse(test.test)
        for test in own_nodes(function.node)
    )
    return is_once and not isinstance(node.value, ast.Constant) and _follows(node.value, ast.Constant(None), function)


def _follows(value: ast.expr, key: ast.expr, function: Function) -> bool:
    """Whether a value is computed from nothing but the key and what never changes."""
    value = _last_given(value, function)
    return not isinstance(value, ast.Constant) and _sources(value, function) <= _sources(key, function)


def _last_given(value: ast.expr, function: Function) -> ast.expr:
    if isinstance(value, ast.Name):
        for node in own_nodes(function.node):
            if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == value.id for each in node.targets):
                return node.value
    return value


def _sources(node: ast.expr, function: Function) -> set[str]:
    """The parameters and variables of the function, and their attributes, that an expression follows from."""
    given = _given(function)
    sources, seen, waiting = set[str](), set[str](), list[ast.expr]([node])
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Name):
            name, path = expression.value.id, ast.unparse(expression)
        elif isinstance(expression, ast.Name):
            name = path = expression.id
        else:
            waiting += [child for child in ast.iter_child_nodes(expression) if isinstance(child, ast.expr)]
            waiting += [part.iter for part in ast.iter_child_nodes(expression) if isinstance(part, ast.comprehension)]
            waiting += [each.value for each in getattr(expression, "keywords", ())]
            continue
        if name in given and name not in function.parameters:
            if name not in seen:
                seen.add(name)
                waiting += given[name]
        elif name in _parameters(function) and not (function.takes_class and name == function.receiver):
            sources.add(path)
    return sources


def _given(function: Function) -> dict[str, list[ast.expr]]:
    """What each variable of a function is computed from."""
    given: dict[str, list[ast.expr]] = defaultdict(list)
    for node in own_nodes(function.node):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.For | ast.comprehension):
            targets, value = [node.target], node.iter
        elif isinstance(node, ast.AugAssign):
            targets, value = [node.target], node.value
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    given[name.id].append(value)
    return given


def _parameters(function: Function) -> set[str]:
    arguments = function.node.args
    names = {*function.parameters, *(each.arg for each in arguments.kwonlyargs)}
    return names | {each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None}


def _has_no_other_effect(function: Function, entry: ast.expr) -> bool:
    """Whether the function changes nothing else of what it is given."""
    own = ast.unparse(entry).partition("[")[0]
    for node in own_nodes(function.node):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            root: ast.expr = node
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            is_own = ast.unparse(node).startswith(own)
            if not is_own and isinstance(root, ast.Name) and root.id in _parameters(function):
                return False
    return True


def forgets(change: Change) -> bool:
    return (
        isinstance(change.node, ast.Call) and isinstance(change.node.func, ast.Attribute) and change.node.func.attr in _FORGETTING
    )
