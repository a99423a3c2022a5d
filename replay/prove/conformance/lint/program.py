"""The files of a game as one program: its functions and classes, what a name in one file stands for in another, and which functions
run during a match. Nothing is imported or run.

Code that only runs while modules are imported fills tables and registers classes: that is right. So a function counts as running
during a match unless all that refers to it are calls made at import, or under `if __name__ == "__main__"`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from replay.prove.conformance.lint.names import imported_names
from replay.prove.conformance.lint.parts import (
    CONSTRUCTORS,
    Class,
    Entity,
    External,
    Function,
    FunctionNode,
    Global,
    Module,
    escapes,
    is_main_guard,
    module_name,
)

AT_IMPORT, IN_MAIN = "import", "main"
_CONSUMERS = {"map", "filter", "sorted", "min", "max", "reduce", "fromfunction"}  # they call the function they are given at once
_CALLED_AT_IMPORT = {"__init_subclass__", "__set_name__", "__class_getitem__", "__prepare__"}


class Program:
    """All files together.

    in_match: the functions that run during a match. kept: those that are called at import, so that the variables of what they
    return stay for as long as the process. outside: the functions, and main guards, that only run when a file is run as a program.
    """

    def __init__(self, files: Iterable[tuple[Path, ast.Module]]) -> None:
        self.modules: list[Module] = []
        self.by_name: dict[str, Module] = {}
        self.methods: dict[str, list[Function]] = defaultdict(list)
        self.functions: list[Function] = []
        self.references: dict[Function | Class, list[tuple[Function | str, bool]]] = defaultdict(list)
        self.attributes: dict[str, list[tuple[Function | str, bool]]] = defaultdict(list)
        self.factories: set[Function] = set()  # what is called with arguments to make a decorator, at import
        for path, tree in files:
            name = module_name(path)
            module = Module(path, name, tree, imported_names(tree, name if path.name == "__init__.py" else name.rpartition(".")[0]))
            self.modules.append(module)
            self.by_name.setdefault(name, module)
            _Collector(self, module).visit(tree)
        for module in self.modules:
            _References(self, module).visit(module.tree)
        self.kept = {function for function in self.functions if self._is_kept(function)}
        self._used_by: dict[Function | str, set[Function]] = defaultdict(set)
        self.in_match, self.outside = self._sort_by_when()

    def resolve(self, module: Module, name: str, within: Function | None = None) -> Entity | None:
        """What a plain name stands for in a function of a module, unless it is a variable of a function."""
        while within is not None:
            if name in within.inner:
                return within.inner[name]
            within = within.outer
        if name in module.functions:
            return module.functions[name]
        if name in module.classes:
            return module.classes[name]
        if name in module.globals:
            return Global(module, name)
        return self._dotted(module.imported[name]) if name in module.imported else None

    def attribute(self, entity: Entity | None, name: str) -> Entity | None:
        """What `entity.name` stands for, for a module."""
        if isinstance(entity, Module):
            return self._dotted(f"{entity.name}.{name}") if f"{entity.name}.{name}" in self.by_name else self.resolve(entity, name)
        return External(f"{entity.name}.{name}") if isinstance(entity, External) else None

    def _dotted(self, dotted: str, depth: int = 0) -> Entity | None:
        parts = dotted.split(".")
        for size in range(len(parts), 0, -1):
            if (module := self.by_name.get(".".join(parts[:size]))) and depth < 8:
                entity: Entity | None = module
                for part in parts[size:]:
                    if isinstance(entity, Module) and part in entity.imported and entity.imported[part] != dotted:
                        entity = self._dotted(entity.imported[part], depth + 1)
                    else:
                        entity = self.attribute(entity, part)
                return entity
        return External(dotted)

    def method(self, owner: Class | None, name: str) -> Function | None:
        """A method by its class, or by that of a base."""
        for each in self.lineage(owner):
            if name in each.methods:
                return each.methods[name]
        return None

    def lineage(self, owner: Class | None) -> Iterator[Class]:
        """A class and its bases, as far as they are among the files."""
        waiting, seen = [owner] if owner else [], set[Class]()
        while waiting:
            each = waiting.pop(0)
            if each not in seen:
                seen.add(each)
                yield each
                bases = [self.resolve(each.module, base.id) for base in each.node.bases if isinstance(base, ast.Name)]
                waiting += [base for base in bases if isinstance(base, Class)]

    def _of(self, function: Function) -> list[tuple[Function | str, bool]]:
        if function.owner is None:
            return self.references[function]
        if function.name in CONSTRUCTORS:
            return self.references[function.owner]
        return self.attributes[function.name]

    def _is_kept(self, function: Function) -> bool:
        """Whether it is called at import, so that the variables of what it returns stay for as long as the process."""
        if function.outer is not None:
            return function.outer in self.factories
        return any(context == AT_IMPORT and is_call for context, is_call in self._of(function))

    def _reached_from(self, start: Iterable[Function]) -> set[Function]:
        """Functions, all that they refer to, and all that is made in them."""
        reached = set(start)
        waiting = list(reached)
        while waiting:
            function = waiting.pop()
            more = {*self._used_by[function], *function.inner.values(), *function.lambdas} - reached
            reached |= more
            waiting += more
        return reached

    def _sort_by_when(self) -> tuple[set[Function], set[ast.AST]]:
        """Which functions run during a match; and which, with the main guards themselves, only when a file is run as a program."""
        for function in self.functions:
            for context, _ in self._of(function):
                self._used_by[context].add(function)
        at_import = self._reached_from(
            [*self._used_by[AT_IMPORT], *(each for each in self.functions if each.name in _CALLED_AT_IMPORT)]
        )
        in_main = self._reached_from(self._used_by[IN_MAIN])
        unreached = (each for each in self.functions if each.outer is None and each not in at_import | in_main)
        in_match = self._reached_from([*filter(self._is_root, self.functions), *unreached])
        guards = {node for module in self.modules for node in module.tree.body if is_main_guard(node)}
        return in_match, {*guards, *(function.node for function in in_main - at_import - in_match)}

    def _is_root(self, function: Function) -> bool:
        if function.name in _CALLED_AT_IMPORT:
            return False
        if function.outer is not None:
            is_decorator = function.outer in self.factories  # called at once, too
            return function.outer in self.kept and not is_decorator and escapes(function)
        if isinstance(function.node, ast.Lambda):
            return True
        if function.owner is not None and function.name.startswith("__") and function.name not in CONSTRUCTORS:
            return True
        others = [(context, is_call) for context, is_call in self._of(function) if context is not function]
        return not others or any(context == AT_IMPORT and not is_call for context, is_call in others)


class _Collector(ast.NodeVisitor):
    """Enters the functions, classes and globals of one file."""

    def __init__(self, program: Program, module: Module) -> None:
        self.program, self.module = program, module
        self.function: Function | None = None
        self.owner: Class | None = None
        self.declared: set[str] = set()  # names that functions of this file declare global

    def visit_Global(self, node: ast.Global) -> None:
        self.declared.update(node.names)

    def visit_FunctionDef(self, node: FunctionNode) -> None:
        function = Function(node, self.module, self.owner, self.function)
        self.program.functions.append(function)
        if isinstance(node, ast.Lambda):
            if self.function is not None:
                self.function.lambdas.append(function)
        elif self.function is not None:
            self.function.inner[node.name] = function
        elif self.owner is not None:
            self.owner.methods[node.name] = function
            self.program.methods[node.name].append(function)
        else:
            self.module.functions[node.name] = function
        decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
        for given in [*decorators, *node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(given)
        before, self.function = self.function, function
        for child in [node.body] if isinstance(node, ast.Lambda) else node.body:
            self.visit(child)
        self.function = before

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef  # the names that ast asks for

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for given in [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]:
            self.visit(given)
        before, function = self.owner, self.function
        self.owner, self.function = Class(node, self.module), None
        if function is None and before is None:
            self.module.classes[node.name] = self.owner
        for child in node.body:
            self.visit(child)
        self.owner, self.function = before, function

    def visit_If(self, node: ast.If) -> None:
        if not (self.function is None and is_main_guard(node)):
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assign(target, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._assign(node.target, node.value)
            self.visit(node.value)

    def visit_For(self, node: ast.For) -> None:
        for name in ast.walk(node.target):
            if isinstance(name, ast.Name):
                self._assign(name, None)
        self.generic_visit(node)

    def _assign(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else [None] * len(target.elts)
            for each, part in zip(target.elts, values, strict=False):
                self._assign(each, part)
        elif isinstance(target, ast.Name) and self.function is None:
            if self.owner is None:
                self.module.globals[target.id].append(value)
            elif value is not None:
                self.owner.attributes[target.id] = value
        elif isinstance(target, ast.Name) and target.id in self.declared:
            self.module.globals[target.id].append(value)
        elif isinstance(target, ast.Attribute) and self.function is not None and self.owner is not None and value is not None:
            if not isinstance(target.value, ast.Name) or target.value.id not in (self.function.receiver, self.owner.name):
                return
            if target.value.id == self.owner.name or self.function.takes_class:
                self.owner.attributes[target.attr] = value  # made when first asked for
            else:
                self.owner.assigned[target.attr].append((self.function, value))


class _References(ast.NodeVisitor):
    """Enters who refers to which function or class: at import, under the main guard, or in a function."""

    def __init__(self, program: Program, module: Module) -> None:
        self.program, self.module = program, module
        self.context: Function | str = AT_IMPORT
        self.by_node = {function.node: function for function in program.functions if function.module is module}

    def visit_FunctionDef(self, node: FunctionNode) -> None:
        self._decorate([] if isinstance(node, ast.Lambda) else node.decorator_list)
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(default)
        before, self.context = self.context, self.by_node.get(node, self.context)  # none under a main guard
        for child in [node.body] if isinstance(node, ast.Lambda) else node.body:
            self.visit(child)
        self.context = before

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef  # the names that ast asks for

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._decorate(node.decorator_list)
        for child in [*node.bases, *node.keywords, *node.body]:
            self.visit(child)

    def _decorate(self, decorators: list[ast.expr]) -> None:
        for decorator in decorators:
            if not isinstance(decorator, ast.Call):
                self._refer(decorator, is_call=True)
                continue
            if self.context == AT_IMPORT and isinstance(entity := self._entity(decorator.func), Function):
                self.program.factories.add(entity)
            self.visit(decorator)

    def visit_If(self, node: ast.If) -> None:
        before = self.context
        if self.context == AT_IMPORT and is_main_guard(node):
            self.context = IN_MAIN
        self.generic_visit(node)
        self.context = before

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
        self.visit(node.target)

    def visit_Call(self, node: ast.Call) -> None:
        self._refer(node.func, is_call=True)
        if isinstance(node.func, ast.Attribute):
            self.visit(node.func.value)
        elif not isinstance(node.func, ast.Name):
            self.visit(node.func)
        consumed = ast.unparse(node.func).rpartition(".")[2] in _CONSUMERS
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if consumed and isinstance(argument, ast.Name | ast.Attribute):
                self._refer(argument, is_call=True)
            else:
                self.visit(argument)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._refer(node, is_call=False)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            self._refer(node, is_call=False)
        self.visit(node.value)

    def _entity(self, node: ast.expr) -> Entity | None:
        if isinstance(node, ast.Name):
            return self.program.resolve(self.module, node.id, self.context if isinstance(self.context, Function) else None)
        if isinstance(node, ast.Attribute):
            return self.program.attribute(self._entity(node.value), node.attr)
        return None

    def _refer(self, node: ast.expr, *, is_call: bool) -> None:
        entity = self._entity(node.func if isinstance(node, ast.Call) else node)
        if isinstance(entity, Function | Class):
            self.program.references[entity].append((self.context, is_call))
        if isinstance(node, ast.Attribute):
            is_property = any("property" in " ".join(each.decorators) for each in self.program.methods[node.attr])
            self.program.attributes[node.attr].append((self.context, is_call or is_property))
