"""Which classes a state may have instances of. A name in a saved state is looked up among them, and never imported."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from types import MemberDescriptorType
from typing import Any, Literal

Form = tuple[Callable[[Any], Any], Callable[[Any], Any]]  # to plain data, and from it


class NotPlainError(TypeError):
    """`value` is not plain data. reason: why, if its type does not say it."""

    def __init__(self, value: Any, reason: str = "") -> None:
        super().__init__(reason)
        self.value, self.reason = value, reason


def in_order(owner: Any, attributes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The attributes of `owner` sorted by name. Raises NotPlainError where one is called what no attribute can be called."""
    names, wrong = _sorted(tuple(attributes))
    if wrong is not None:
        raise NotPlainError(owner, f"has an attribute {wrong!r}, which is no name: use a dict")
    return [(name, attributes[name]) for name in names]


@lru_cache(maxsize=4096)
def _sorted(names: tuple[str, ...]) -> tuple[list[str], str | None]:
    return sorted(names), next((name for name in names if not name.isidentifier()), None)


class Plan:
    """How instances of one class are taken apart and put together.

    kind: "object" by its attributes, "enum" by its name, "named" (a NamedTuple) by its values, "form" by functions of the game's.
    needed: the attributes that every instance has.
    """

    def __init__(self, cls: type, kind: Literal["object", "enum", "named", "form"], form: Form | None = None) -> None:
        self.cls, self.kind, self.form = cls, kind, form
        self.name = cls.__qualname__
        members = ((name, part) for base in reversed(cls.__mro__) for name, part in vars(base).items())
        self._slots = {name: part for name, part in members if isinstance(part, MemberDescriptorType)} if kind == "object" else {}
        is_record = is_dataclass(cls) and kind == "object"
        self.needed = {part.name for part in fields(cls) if part.default is MISSING} if is_record else set[str]()

    def attributes(self, value: Any) -> list[tuple[str, Any]]:
        """By name, sorted: the order in which they were set decides nothing."""
        if not self._slots:
            return in_order(value, value.__dict__)
        found = dict(getattr(value, "__dict__", ()))
        for name, slot in self._slots.items():
            try:
                found[name] = slot.__get__(value)
            except AttributeError:  # declared, and not set
                continue
        return in_order(value, found)

    def fill(self, value: Any, attributes: Mapping[str, Any]) -> None:
        """Set all attributes of a new instance, without running code of its class."""
        if not self.needed <= attributes.keys():
            raise ValueError(f"a {self.name} without {sorted(self.needed - attributes.keys())[0]}")
        for name, item in attributes.items():
            if name in self._slots:
                self._slots[name].__set__(value, item)
            else:
                value.__dict__[name] = item


class Classes:
    """The classes that the states of a game may have instances of: those that the game's own modules and its `classes` name.

    refused: names that two of them share.
    """

    def __init__(self, game: type, base: type, given: Iterable[type], forms: Mapping[type, Form]) -> None:
        self.game = game
        self.refused: set[str] = set()
        self.by_name: dict[str, Plan] = {}
        self._by_class: dict[type, Plan] = {}
        for cls, form in forms.items():
            self._add(Plan(cls, "form", form))
        for cls in dict.fromkeys([*given, *_named_by(game, base)]):
            plan = plan_for(cls)
            if plan is not None and cls not in forms:
                self._add(plan)

    def plan(self, cls: type) -> Plan | None:
        """How instances of exactly this class are saved; None if they are not."""
        return self._by_class.get(cls)

    def _add(self, plan: Plan) -> None:
        if plan.name in self.refused or plan.name in self.by_name:
            self.refused.add(plan.name)
            other = self.by_name.pop(plan.name, None)
            if other is not None:
                del self._by_class[other.cls]
            return
        self.by_name[plan.name] = self._by_class[plan.cls] = plan


def plan_for(cls: type) -> Plan | None:
    """How instances of a class would be saved; None if there is more in them than can be."""
    if issubclass(cls, enum.Enum):
        return Plan(cls, "enum")
    if issubclass(cls, tuple):
        return Plan(cls, "named") if hasattr(cls, "_fields") else None
    try:
        object.__new__(cls)
    except TypeError:  # a kind of list, an exception, an abstract class: there is more in it than attributes
        return None
    return Plan(cls, "object")


def _named_by(game: type, base: type) -> Iterable[type]:
    """The classes of the game's own package that its modules name, and those inside of them; and so on through the modules that
    these come from. Classes of other packages are left out: what their instances do when they end is not known."""
    games = [cls for cls in game.__mro__ if issubclass(cls, base) and cls is not base]
    packages = {cls.__module__.split(".")[0] for cls in games}
    classes: dict[type, None] = {}
    modules: set[str] = set()

    def look_at(cls: type) -> None:
        if cls in classes or issubclass(cls, base) or cls.__module__.split(".")[0] not in packages:
            return
        classes[cls] = None
        look_inside(cls)
        look_into(cls.__module__)

    def look_inside(cls: type) -> None:
        for part in vars(cls).values():
            if isinstance(part, type) and part.__qualname__.startswith(f"{cls.__qualname__}."):
                look_at(part)

    def look_into(name: str) -> None:
        if name not in modules and name in sys.modules:
            modules.add(name)
            for value in list(vars(sys.modules[name]).values()):
                if isinstance(value, type):
                    look_at(value)

    for cls in games:
        look_inside(cls)
        look_into(cls.__module__)
    return classes
