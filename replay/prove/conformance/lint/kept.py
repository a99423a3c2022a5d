"""What is kept without an assignment that shows it: iterators bound to a class, stale caches, generators that no snapshot holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from replay.prove.conformance.lint.known import source_of
from replay.prove.conformance.lint.parts import CONSTRUCTORS, Class, Function, Module, own_nodes
from replay.prove.conformance.lint.program import Program
from replay.prove.conformance.lint.values import Kinds

_SAVING = ("save", "load", "proof", "checkpoint", "restore", "__getstate__", "__setstate__", "__reduce__", "state", "clone")
Found = tuple[Module, ast.AST, str, str]


def kept_between_matches(program: Program) -> Iterator[Found]:
    kinds = Kinds(program)
    yield from _bound_iterators(program, kinds)
    for function in program.functions:
        yield from _stale_caches(function, program)
    for module in program.modules:
        for owner in module.classes.values():
            yield from _unsaved_generators(owner, program, kinds)


def _bound_iterators(program: Program, kinds: Kinds) -> Iterator[Found]:
    """`default_factory=itertools.count().__next__`: every object made during a match takes from it."""
    for module in program.modules:
        for node in own_nodes(module.tree):
            if isinstance(node, ast.ClassDef):
                for each in node.body:
                    value = getattr(each, "value", None)
                    for keyword in value.keywords if isinstance(value, ast.Call) else ():
                        if keyword.arg in ("default_factory", "factory") and kinds.of(keyword.value, module)[0] == "method":
                            yield module, keyword.value, "outlives", f"`{source_of(keyword.value)}` goes on from match to match"


def _stale_caches(function: Function, program: Program) -> Iterator[Found]:
    """A cached method, or property, that reads what methods other than the constructor assign."""
    if function.owner is None or function.outer is not None or function.owner.is_constant:
        return
    decorators = function.decorators & {"cache", "lru_cache", "cached_property"}
    if not decorators or function.receiver is None:
        return
    changing = {
        name
        for each in program.lineage(function.owner)
        for method in each.methods.values()
        if method.name not in (*CONSTRUCTORS, "__setstate__")
        for name in _assigned_attributes(method)
    }
    read = _read_attributes(function, program, set())
    if stale := sorted(read & changing):
        yield (
            function.module,
            function.node,
            "outlives",
            f"{function.name} is kept by @{min(decorators)} when self.{stale[0]}, which it reads, changes",
        )


def _assigned_attributes(method: Function) -> set[str]:
    names = set()
    for node in own_nodes(method.node):
        target = node
        while isinstance(target, ast.Subscript):
            target = target.value
        stored = isinstance(getattr(node, "ctx", None), ast.Store) and isinstance(node, ast.Attribute | ast.Subscript)
        if (
            stored
            and isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id == method.receiver
        ):
            names.add(target.attr)
    return names


def _read_attributes(method: Function, program: Program, seen: set[Function]) -> set[str]:
    """The attributes of self that a method reads, itself or by methods that it calls."""
    seen.add(method)
    names = set()
    for node in own_nodes(method.node):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == method.receiver:
            called = program.method(method.owner, node.attr)
            if called is None:
                names.add(node.attr)
            elif called not in seen:
                names |= _read_attributes(called, program, seen)
    return names


def _unsaved_generators(owner: Class, program: Program, kinds: Kinds) -> Iterator[Found]:
    """A random generator of a match, of which what saves and loads the match says nothing."""
    lineage = list(program.lineage(owner))
    saving = [each.methods[name] for name in _SAVING for each in lineage if name in each.methods]
    if not {"save", "load"} <= {method.name for method in saving} or any(map(_takes_all, saving)):
        return
    for name, given in owner.assigned.items():
        for method, value in given:
            is_saved = any(
                isinstance(node, ast.Attribute) and node.attr == name for each in saving for node in own_nodes(each.node)
            )
            if method not in saving and not is_saved and kinds.of(value, owner.module)[0] == "generator":
                yield owner.module, value, "random", f"self.{name} is a generator that {owner.name}.save() does not hold"


def _takes_all(method: Function) -> bool:
    """Whether a method hands itself on as a whole: `pickle.dumps(self)`, `vars(self)`, `self.__dict__`."""
    attributes = {id(node.value) for node in own_nodes(method.node) if isinstance(node, ast.Attribute) and node.attr != "__dict__"}
    return any(isinstance(n, ast.Name) and n.id == method.receiver and id(n) not in attributes for n in own_nodes(method.node))
