"""What an expression may hold of what outlives the match, and which kinds of things can change."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from replay.prove.conformance.lint.names import dotted_name
from replay.prove.conformance.lint.parts import Class, Entity, External, Function, Global, Module, own_nodes
from replay.prove.conformance.lint.program import Program

CONSTANT = "constant"
_DEEPEST = 4  # levels of containers that are followed; beyond that all is one

_BUILTIN_KINDS = {
    "list": "list", "sorted": "list", "dict": "dict", "set": "set", "bytearray": "list", "iter": "iterator", "map": "iterator",
    "filter": "iterator", "zip": "iterator", "enumerate": "iterator", "reversed": "iterator", "open": "iterator",
}  # fmt: skip
_CONSTANT_CALLS = set(
    "int str bytes bool float tuple frozenset range len sum min max abs round ord chr hash id divmod pow isinstance type super "
    "repr any all format getattr namedtuple NewType TypeVar".split()
)
_EXTERNAL_KINDS = {
    "collections.deque": "list", "collections.defaultdict": "dict", "collections.Counter": "dict",
    "collections.OrderedDict": "dict", "collections.ChainMap": "dict", "weakref.WeakValueDictionary": "dict",
    "weakref.WeakKeyDictionary": "dict", "weakref.WeakSet": "set", "array.array": "array", "random.Random": "generator",
    "random.SystemRandom": "generator", "numpy.random.default_rng": "generator", "numpy.random.RandomState": "generator",
    "numpy.random.Generator": "generator",
    "collections.namedtuple": CONSTANT, "typing.NamedTuple": CONSTANT, "typing.TypeVar": CONSTANT, "typing.NewType": CONSTANT,
    "re.compile": CONSTANT, "struct.Struct": CONSTANT, "logging.getLogger": CONSTANT, "numpy.dtype": CONSTANT,
    "fractions.Fraction": CONSTANT, "decimal.Decimal": CONSTANT, "pathlib.Path": CONSTANT, "types.MappingProxyType": CONSTANT,
    "functools.partial": CONSTANT, "operator.itemgetter": CONSTANT, "operator.attrgetter": CONSTANT,
}  # fmt: skip
_NUMPY_ARRAYS = set(
    "array asarray zeros ones full empty arange linspace zeros_like ones_like full_like empty_like fromiter frombuffer concatenate "
    "stack vstack hstack eye identity repeat tile cumsum sort argsort unique where copy load loadtxt meshgrid indices".split()
)


@dataclass(frozen=True)
class Place:
    """Something that can be changed from where it is not owned. what: in words. owner: the class of an object, the function of a
    parameter. kind: list, dict, set, array, iterator, generator, method (bound to one of these), object, class, function, module,
    foreign (an object of a class from elsewhere), imported, unknown; or parameter."""

    what: str
    kind: str
    owner: Class | Function | None = None


@dataclass(frozen=True)
class Reach:
    """How a value reaches a place: through `fresh` containers made here, and then `inside` levels down in the place."""

    place: Place
    fresh: int = 0
    inside: int = 0

    @property
    def kind(self) -> str:
        """What kind of thing the place holds there."""
        return self.place.kind if not self.inside or self.place.kind in ("array", "parameter", "foreign") else "unknown"

    def step(self) -> Reach:
        """One level down: an element, an attribute."""
        if self.fresh:
            return replace(self, fresh=self.fresh - 1)
        return replace(self, inside=min(self.inside + 1, _DEEPEST))

    def wrapped(self, levels: int = 1) -> Reach:
        return replace(self, fresh=min(self.fresh + levels, _DEEPEST))

    def copied(self) -> Reach:
        """In a shallow copy: the outermost container is another one."""
        return self if self.fresh else self.step().wrapped()


def parameter(function: Function, name: str) -> Place:
    return Place(name, "parameter", function)


Value = frozenset[Reach]
NOTHING: Value = frozenset()


def stepped(value: Value) -> Value:
    return frozenset(reach.step() for reach in value)


def wrapped(value: Value) -> Value:
    return frozenset(reach.wrapped() for reach in value)


def copied(value: Value) -> Value:
    return frozenset(reach.copied() for reach in value)


class Kinds:
    """What kind of thing an expression makes, as far as that is known: a kind of `Place`, or constant."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._asked: set[ast.expr] = set()
        self._globals: dict[Global, Value] = {}

    def of(self, node: ast.expr | None, module: Module) -> tuple[str, Class | None]:
        """Kind and, for an object of a class among the files, its class."""
        if node is None or node in self._asked:
            return "unknown", None
        self._asked.add(node)
        try:
            return self._of(node, module)
        finally:
            self._asked.discard(node)

    def _of(self, node: ast.expr, module: Module) -> tuple[str, Class | None]:
        match node:
            case ast.List() | ast.ListComp():
                return "list", None
            case ast.Dict() | ast.DictComp():
                return "dict", None
            case ast.Set() | ast.SetComp():
                return "set", None
            case ast.GeneratorExp():
                return "iterator", None
            case ast.Constant() | ast.JoinedStr() | ast.Lambda() | ast.Compare():
                return CONSTANT, None
            case ast.Tuple(elts=parts):
                constant = all(self.of(part, module)[0] == CONSTANT for part in parts)
                return (CONSTANT if constant else "tuple"), None
            case ast.UnaryOp(operand=operand):
                return self.of(operand, module)
            case ast.BinOp(left=left, right=right):
                return self._either([left, right], module)
            case ast.BoolOp(values=values):
                return self._either(values, module)
            case ast.IfExp(body=body, orelse=orelse):
                return self._either([body, orelse], module)
            case ast.Call():
                return self._of_call(node, module)
            case ast.Attribute(value=value) if self.of(value, module)[0] in ("iterator", "generator"):
                return "method", None
            case ast.Name(id=name):
                entity = self.program.resolve(module, name)
                if isinstance(entity, Global):
                    kinds = {self.of(each, entity.module) for each in entity.module.globals[entity.name]}
                    return kinds.pop() if len(kinds) == 1 else ("unknown", None)
        return "unknown", None

    def _either(self, nodes: list[ast.expr], module: Module) -> tuple[str, Class | None]:
        kinds = [self.of(node, module) for node in nodes]
        return next(
            (kind for kind in kinds if kind[0] not in (CONSTANT, "unknown")), max(kinds, key=lambda kind: kind[0] == "unknown")
        )

    def _of_call(self, node: ast.Call, module: Module) -> tuple[str, Class | None]:
        entity = self.entity(node.func, module)
        if isinstance(entity, Class):
            return (CONSTANT, None) if entity.is_constant else ("object", entity)
        if isinstance(entity, Function):
            return self.of_result(entity)
        name = entity.name if isinstance(entity, External) else dotted_name(node.func, module.imported)
        first, _, last = name.partition(".")
        if name in _EXTERNAL_KINDS:
            return _EXTERNAL_KINDS[name], None
        if first == "itertools":
            return "iterator", None
        if first == "numpy":
            scalars = name.rpartition(".")[2].startswith(("int", "uint", "float", "bool", "errstate"))
            return ("array" if last in _NUMPY_ARRAYS else CONSTANT if scalars else "unknown"), None
        if entity is None and not last and name:
            return _BUILTIN_KINDS.get(name, CONSTANT if name in _CONSTANT_CALLS else "unknown"), None
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("copy", "astype", "reshape"):
            return self.of(node.func.value, module)
        return ("foreign" if isinstance(entity, External) else "unknown"), None

    def of_result(self, function: Function) -> tuple[str, Class | None]:
        """The kind of what a function returns."""
        if function.is_generator:
            return "iterator", None
        returned = [node.value for node in _returns(function) if node.value is not None]
        local = dict(assigned_names(function))
        kinds = {self.of(local.get(node.id, node) if isinstance(node, ast.Name) else node, function.module) for node in returned}
        return kinds.pop() if len(kinds) == 1 else ("unknown" if kinds else CONSTANT, None)

    def entity(self, node: ast.expr, module: Module, within: Function | None = None) -> Entity | None:
        if isinstance(node, ast.Name):
            return self.program.resolve(module, node.id, within)
        if isinstance(node, ast.Attribute):
            return self.program.attribute(self.entity(node.value, module, within), node.attr)
        return None

    def of_global(self, variable: Global) -> Value:
        """What a module's variable holds: itself, another variable, or nothing that can change."""
        if variable not in self._globals:
            self._globals[variable] = NOTHING  # for one that is its own alias
            reaches = set[Reach]()
            for node in variable.module.globals[variable.name]:
                alias = self.entity(node, variable.module) if isinstance(node, ast.Name | ast.Attribute) else None
                if alias is not None:
                    reaches |= self.of_entity(alias)
                    continue
                kind, owner = self.of(node, variable.module)
                if kind != CONSTANT:
                    reaches.add(Reach(Place(f"the module's variable {variable.name}", kind, owner)))
            self._globals[variable] = frozenset(reaches)
        return self._globals[variable]

    def of_entity(self, entity: Entity | None) -> Value:
        match entity:
            case Global():
                return self.of_global(entity)
            case Class() if not entity.is_constant:
                return frozenset({Reach(Place(f"the class {entity.name}", "class", entity))})
            case Function():
                return frozenset({Reach(Place(f"the function {entity.name}", "function", entity))})
            case Module():
                return frozenset({Reach(Place(f"the module {entity.name}", "module"))})
            case External():
                return frozenset({Reach(Place(f"{entity.name}, imported", "imported"))})
        return NOTHING

    def of_class_attribute(self, owner: Class | None, name: str, *, through_self: bool) -> Value:
        """What the body of a class, or of a base, gives an attribute, if all instances share it. through_self: unless the class
        assigns the attribute to its instances."""
        lineage = list(self.program.lineage(owner))
        if through_self and any(name in each.assigned for each in lineage):
            return NOTHING
        for each in lineage:
            if (node := each.attributes.get(name)) is None:
                continue
            if each.copies_defaults or (
                isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("field", "ib", "Field")
            ):
                return NOTHING
            alias = self.entity(node, each.module) if isinstance(node, ast.Name | ast.Attribute) else None
            if isinstance(alias, Global):
                return self.of_global(alias)
            kind, of_class = self.of(node, each.module)
            if kind == CONSTANT or alias is not None:
                return NOTHING
            return frozenset({Reach(Place(f"the class attribute {each.name}.{name}", kind, of_class))})
        return NOTHING


def _returns(function: Function) -> list[ast.Return]:
    if isinstance(function.node, ast.Lambda):
        return [ast.Return(function.node.body)]
    return [node for node in own_nodes(function.node) if isinstance(node, ast.Return)]


def assigned_names(function: Function) -> list[tuple[str, ast.expr]]:
    """What a function assigns to its own names."""
    return [
        (target.id, node.value)
        for node in own_nodes(function.node)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
