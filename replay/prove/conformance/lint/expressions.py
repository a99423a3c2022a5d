"""What an expression in a function reaches of what outlives the match, and what evaluating it changes of that.

A call of a function among the files brings what that function changes of its arguments, and what it returns of them (`Summary`).
"""

from __future__ import annotations

import ast

from replay.prove.conformance.lint import effects
from replay.prove.conformance.lint.known import Change, Knowledge, Summary, Variables, source_of
from replay.prove.conformance.lint.names import constant_text, dotted_name
from replay.prove.conformance.lint.parts import CONSTRUCTORS, Class, Entity, External, Function, Global
from replay.prove.conformance.lint.values import (
    CONSTANT,
    NOTHING,
    Place,
    Reach,
    Value,
    copied,
    stepped,
    wrapped,
)


class Expressions:
    """Evaluates the expressions of one function. variables: what each reaches now. `changes` collects what is changed."""

    def __init__(self, function: Function, known: Knowledge, variables: Variables) -> None:
        self.function, self.known, self.kinds = function, known, known.kinds
        self.program, self.module, self.variables = known.kinds.program, function.module, variables
        self.changes: list[Change] = []
        self.foreign: dict[str, Place] = {}  # names declared global or nonlocal
        method = function
        while method.outer is not None:
            method = method.outer
        self.receiver = method.receiver if function is method or method.receiver not in function.parameters else None
        self.takes_class = method.takes_class

    # --- changes -------------------------------------------------------------------------------------------------------

    def change(self, value: Value, node: ast.AST, how: ast.AST | None = None, below: int = 0) -> None:
        """Note that the thing a value is, or one `below` levels down in it, is changed."""
        for reach in value:
            for _ in range(below):
                reach = reach.step()
            if not reach.fresh:
                self.changes.append(Change(self.function, node, reach.place, source_of(how or node), reach.inside))

    def consume(self, value: Value, node: ast.AST) -> None:
        self.change(frozenset(reach for reach in value if reach.kind == "iterator" and not reach.fresh), node)

    # --- expressions ---------------------------------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Name():
                return self.name(node)
            case ast.Attribute():
                return self.attribute(node)
            case ast.Subscript():
                return self.subscript(node)
            case ast.Call():
                return self.call(node)
            case ast.Tuple(elts=parts):
                return wrapped(in_all([self.value(part) for part in parts]))
            case ast.List(elts=parts) | ast.Set(elts=parts):
                return wrapped(frozenset().union(*(self.value(part) for part in parts)))
            case ast.Dict(values=parts):
                return wrapped(frozenset().union(*(self.value(part) for part in parts)))
            case ast.Starred(value=inner):
                value = self.value(inner)
                self.consume(value, node)
                return stepped(value)
            case ast.IfExp():
                self.value(node.test)
                return self.value(node.body) | self.value(node.orelse)
            case ast.BoolOp(values=parts):
                return frozenset().union(*(self.value(part) for part in parts))
            case ast.BinOp():
                both = self.value(node.left) | self.value(node.right)
                return copied(frozenset(reach for reach in both if reach.kind in ("list", "dict", "set") or reach.fresh))
            case ast.NamedExpr():
                value = self.value(node.value)
                self.assign(node.target, value, node)
                return value
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self.comprehension(node)
            case ast.Lambda():
                return NOTHING
            case ast.YieldFrom(value=inner):
                self.consume(value := self.value(inner), node)
                return value
        return self.parts_of(node)

    def parts_of(self, node: ast.expr) -> Value:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        return NOTHING

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        before = self.variables
        self.variables = dict(before)
        for generator in node.generators:
            self.assign_item(generator.target, generator.iter, node)
            for test in generator.ifs:
                self.value(test)
        value = self.value(node.value) if isinstance(node, ast.DictComp) else self.value(node.elt)
        self.variables = before
        return wrapped(value)

    def entity(self, node: ast.expr) -> Entity | None:
        """What of the program a name stands for, if no variable of this function hides it."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        hidden = isinstance(root, ast.Name) and root.id in self.variables and root.id not in self.foreign
        local = isinstance(root, ast.Name) and self.program.resolve(self.module, root.id, self.function)
        if hidden and not (isinstance(local, Function) and local.outer is not None):
            return None
        return self.kinds.entity(node, self.module, self.function)

    def name(self, node: ast.Name) -> Value:
        if node.id in self.variables and node.id not in self.foreign:
            return self.variables[node.id]
        return self.kinds.of_entity(self.entity(node))

    def attribute(self, node: ast.Attribute) -> Value:
        if (entity := self.entity(node)) is not None and not isinstance(entity, External):
            return self.kinds.of_entity(entity)
        base = self.value(node.value)
        if node.attr == "__dict__":
            return base
        owner = self.function.owner
        is_self = isinstance(node.value, ast.Name) and node.value.id == self.receiver
        if is_self and owner is not None and not self.takes_class:
            if node.attr == "__class__":
                return self.kinds.of_entity(owner)
            return stepped(base) | self.kept_by(owner, node.attr)
        value: set[Reach] = set()
        for reach in base:
            of_class = reach.place.owner if not (reach.fresh or reach.inside) else None
            if reach.kind == "class" and isinstance(of_class, Class):
                value |= self.kinds.of_class_attribute(of_class, node.attr, through_self=False)
            elif reach.kind == "object" and isinstance(of_class, Class):
                value |= {reach.step()} | self.kept_by(of_class, node.attr)
            elif reach.kind == "array":
                value |= {reach} if node.attr in effects.VIEW_ATTRIBUTES else set()
            elif not reach.fresh and reach.kind not in ("module", "function", "imported"):
                value.add(reach.step())
        return frozenset(value)

    def kept_by(self, owner: Class, name: str) -> Value:
        """What instances of a class reach by an attribute, beyond themselves."""
        value = self.kinds.of_class_attribute(owner, name, through_self=True)
        for each in self.program.lineage(owner):
            value |= self.known.attributes.get((each, name), NOTHING)
            if name in each.fields and "dataclass" in " ".join(map(ast.unparse, each.node.decorator_list)):
                value |= self.known.arguments.get((each, name), NOTHING)
        return value

    def subscript(self, node: ast.Subscript) -> Value:
        base = self.value(node.value)
        self.value(node.slice)
        value: set[Reach] = set()
        for reach in base:
            if isinstance(node.slice, ast.Slice):
                value |= {reach} if reach.kind == "array" else {reach.copied()} if reach.kind == "list" or reach.fresh else set()
            elif not (reach.kind == "array" and picks_copies(node.slice)):
                value.add(reach.step())
        return frozenset(value)

    def assign(self, target: ast.expr, value: Value, node: ast.stmt | ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                if name in self.foreign:
                    self.change(frozenset({Reach(self.foreign[name])}), node)
                self.variables[name] = value
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                given = getattr(node, "value", None)
                each_given = given.elts if isinstance(given, ast.Tuple | ast.List) and len(given.elts) == len(parts) else None
                for index, part in enumerate(parts):
                    self.assign(part, self.value(each_given[index]) if each_given else stepped(value), node)
            case ast.Starred(value=inner):
                self.assign(inner, value, node)
            case ast.Attribute(value=base, attr=name):
                self.change(self.value(base), node)
                if isinstance(base, ast.Name) and base.id == self.receiver and self.function.owner and not self.takes_class:
                    kept = frozenset(reach for reach in value if reach.place.kind != "parameter")
                    key = self.function.owner, name
                    self.known.attributes[key] = self.known.attributes.get(key, NOTHING) | kept
            case ast.Subscript(value=base):
                self.change(self.value(base), node)
                self.value(target.slice)

    def assign_item(self, target: ast.expr, over: ast.expr, node: ast.stmt | ast.expr) -> None:
        """Give the targets of a loop an item of what it runs over."""
        value = self.value(over)
        self.consume(value, over)
        called = ast.unparse(over.func).rpartition(".")[2] if isinstance(over, ast.Call) else ""
        if not isinstance(target, ast.Tuple) or not isinstance(over, ast.Call) or called not in ("zip", "enumerate", "items"):
            self.assign(target, stepped(value), node)
            return
        if called == "items":
            parts = [NOTHING, stepped(value)]
        else:
            parts = [*([NOTHING] if called == "enumerate" else []), *(stepped(self.value(each)) for each in over.args)]
        for part, given in zip(target.elts, parts, strict=False):
            self.assign(part, given, node)

    # --- calls ---------------------------------------------------------------------------------------------------------

    def call(self, node: ast.Call) -> Value:
        positional = [self.value(argument) for argument in node.args]
        named = {keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg}
        self.change(named.get("out", NOTHING), node)
        entity = self.entity(node.func)
        if isinstance(entity, Function):
            return self.apply(entity, node, positional, named)
        if isinstance(entity, Class):
            return self.construct(entity, node, positional, named)
        if isinstance(entity, Global) or (isinstance(node.func, ast.Name) and node.func.id in self.variables):
            self.change(frozenset(reach for reach in self.value(node.func) if reach.kind == "method"), node)
            return NOTHING
        name = entity.name if isinstance(entity, External) else node.func.id if isinstance(node.func, ast.Name) else ""
        if name or not isinstance(node.func, ast.Attribute):
            self.value(node.func)
            return self.known_function(name or dotted_name(node.func, {}), node, positional)
        return self.method(node.func, node, positional, named)

    def known_function(self, name: str, node: ast.Call, positional: list[Value]) -> Value:
        """A call of a builtin, or of a function from elsewhere."""
        first = positional[0] if positional else NOTHING
        if name == "globals":
            return frozenset({Reach(Place(f"the variables of module {self.module.name}", "dict"))})
        if name == "type" and node.args and isinstance(node.args[0], ast.Name) and node.args[0].id == self.receiver:
            return self.kinds.of_entity(self.function.owner)
        if name == "getattr" and len(node.args) > 1 and (attribute := constant_text(node.args[1])):
            return self.attribute(ast.copy_location(ast.Attribute(node.args[0], attribute, ast.Load()), node))
        if name in effects.CONSUMING_FUNCTIONS or name.startswith("itertools."):
            for value in positional:
                self.consume(value, node)
        if name in effects.CHANGING_FUNCTIONS or (name.startswith("numpy.") and name.endswith(".at")):
            kinds = ("iterator",) if name == "next" else None
            if positional and (kinds is None or any(reach.kind in kinds for reach in first)):
                self.change(positional[0], node)
        if name in effects.WRAPPING_FUNCTIONS:
            return wrapped(copied(in_all(positional)))
        if name in effects.COPYING_FUNCTIONS:
            return copied(first)
        if name in effects.ELEMENT_FUNCTIONS:
            return stepped(first)
        return first if name in effects.SAME_FUNCTIONS else NOTHING

    def method(self, func: ast.Attribute, node: ast.Call, positional: list[Value], named: dict[str, Value]) -> Value:
        name = func.attr
        if isinstance(func.value, ast.Call) and isinstance(func.value.func, ast.Name) and func.value.func.id == "super":
            return self.super_call(name, node, positional, named)
        base = self.value(func.value)
        if name == "shuffle" and positional:
            self.change(positional[0], node)
        owner = self.function.owner if isinstance(func.value, ast.Name) and func.value.id == self.receiver else None
        result: set[Reach] = set()
        if owner is not None and (own := self.program.method(owner, name)):
            return self.apply(own, node, [base, *positional] if own.receiver else positional, named)
        only = self.program.methods[name][0] if len(self.program.methods.get(name, ())) == 1 else None
        for reach in base:
            result |= self.method_of(reach, only, node, [frozenset({reach}), *positional], named)
        if not base and only is not None and only.receiver and name not in effects.CHANGING_METHODS:
            result |= self.apply(only, node, [NOTHING, *positional], named)
        return frozenset(result)

    def method_of(
        self, reach: Reach, only: Function | None, node: ast.Call, arguments: list[Value], named: dict[str, Value]
    ) -> set[Reach] | Value:
        """A method of what one reach leads to. only: the one method of that name among the files, if there is one."""
        assert isinstance(node.func, ast.Attribute)
        name, itself, kind = node.func.attr, arguments[0], reach.kind
        owner = reach.place.owner if not reach.inside else None
        if isinstance(owner, Class) and not reach.fresh:
            found = self.program.method(owner, name)
            if found is None:
                return NOTHING
            through_class = kind == "class" and not found.takes_class
            return self.apply(found, node, arguments[1:] if through_class or not found.receiver else arguments, named)
        if kind == "imported" and not reach.place.what.rpartition(", ")[0].rpartition(".")[2].isupper():
            return NOTHING
        if kind == "generator" and name not in effects.READING_GENERATOR_METHODS:
            self.change(itself, node)
            return NOTHING
        if kind == "iterator" and name in effects.CONSUMING_METHODS:
            self.change(itself, node)
        if name in effects.CHANGING_METHODS and (only is None or kind in ("list", "dict", "set", "foreign")):
            if kind not in ("module", "function", "array") or name in effects.ARRAY_METHODS:
                self.change(itself, node)
        elif name in effects.ARRAY_METHODS and kind == "array":
            self.change(itself, node)
        elif only is not None and only.receiver and kind in ("unknown", "object", "parameter") and not reach.fresh:
            return self.apply(only, node, arguments, named)
        if name in effects.ELEMENT_METHODS:
            return stepped(itself)
        if name == "copy":
            return copied(itself) if kind in ("list", "dict", "set") or reach.fresh else NOTHING
        same = name in effects.SAME_METHODS or (kind == "array" and name in effects.VIEW_METHODS)
        return itself if same else NOTHING

    def super_call(self, name: str, node: ast.Call, positional: list[Value], named: dict[str, Value]) -> Value:
        bases = list(self.program.lineage(self.function.owner))[1:]
        found = next((base.methods[name] for base in bases if name in base.methods), None)
        if found is None or self.receiver is None:
            return NOTHING
        if name in CONSTRUCTORS and found.owner is not None:
            self.give(found.owner, found.parameters[1:], positional, named)
        return self.apply(found, node, [self.variables.get(self.receiver, NOTHING), *positional], named)

    def construct(self, owner: Class, node: ast.Call, positional: list[Value], named: dict[str, Value]) -> Value:
        constructor = self.program.method(owner, "__init__") or self.program.method(owner, "__new__")
        if constructor is None or constructor.owner is None:
            self.give(owner, owner.fields, positional, named)
        else:
            self.give(constructor.owner, constructor.parameters[1:], positional, named)
        return NOTHING

    def give(self, owner: Class, names: list[str], positional: list[Value], named: dict[str, Value]) -> None:
        for name, value in [*zip(names, positional, strict=False), *named.items()]:
            outliving = frozenset(reach for reach in value if reach.place.kind != "parameter")
            self.known.arguments[owner, name] = self.known.arguments.get((owner, name), NOTHING) | outliving

    def apply(self, function: Function, node: ast.Call, positional: list[Value], named: dict[str, Value]) -> Value:
        """What calling a function of the program changes of its arguments, and what it returns of them."""
        summary = self.known.summaries.get(function, Summary())
        given = {**dict(zip(function.parameters, positional, strict=False)), **named}
        for place, inside in summary.changes:
            if place.owner is not function:
                continue
            if function.name in CONSTRUCTORS and place.what != function.receiver:
                continue
            self.change(given.get(place.what, NOTHING), node, below=inside)
        result: set[Reach] = set()
        for reach in summary.returns:
            if reach.place.kind != "parameter":
                result.add(reach)
            elif reach.place.owner is function:
                for argument in given.get(reach.place.what, NOTHING):
                    for _ in range(reach.inside):
                        argument = argument.step()
                    result.add(argument.wrapped(reach.fresh))
        if function.decorators & {"cache", "lru_cache"}:
            kind, owner = self.kinds.of_result(function)
            if kind not in (CONSTANT, "unknown"):
                result.add(Reach(Place(f"what {function.name}() keeps in its cache", kind, owner)))
        return frozenset(result)


def in_all(values: list[Value]) -> Value:
    """What all items of a tuple reach: they play different parts, and which of them is meant is not known."""
    places = [{reach.place for reach in value} for value in values]
    return frozenset(reach for value in values for reach in value if all(reach.place in each for each in places))


def picks_copies(index: ast.expr) -> bool:
    """Whether an index into an array gives a copy: a mask, or a list of numbers."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return any(
        isinstance(part, ast.Compare | ast.List | ast.ListComp | ast.BoolOp | ast.Call | ast.BinOp) for part in parts
    ) and not all(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub | ast.Mod | ast.FloorDiv) for part in parts)
