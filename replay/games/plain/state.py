"""The state of a match as bytes, and back: MessagePack of plain data.

A state is a list of things, the match itself first, in the order in which they are met. Inside of them stand values, and where
another thing belongs, its number. So what is shared stays shared, a circle stays a circle, and a chain of any length can be saved.
Attributes are sorted by name; the order of a dict is kept.

    state   [1, tick, key, draws, [thing...]]    key, draws: of the match's random numbers
    thing   [GAME or OBJECT, class, name, value, name, value...]  [LIST, value...]  [DICT, key, value, key, value...]
            [DEQUE, longest or nil, value...]  [BYTES, bin]  [ARRAY, dtype, shape, order, bin]  [FORM, class, value]
    value   nil, bool, int of 64 bits, float64, str, bin; or [THING, number]  [TUPLE, value...]  [NAMED, class, value...]
            [ENUM, class, name]  [INT, bin]  [SCALAR, dtype, bin]  [RANDOM]
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from replay.core.errors import FormatError
from replay.core.plain import expect, integer, pack_plain, unpack
from replay.games.order import portable
from replay.games.plain.arrays import ArrayError, array_of, pack_array, pack_dtype
from replay.games.plain.classes import Classes, NotPlainError, Plan, in_order
from replay.games.plain.generator import SeededRandom

VERSION = 1
_GAME, _OBJECT, _LIST, _DICT, _DEQUE, _BYTES, _ARRAY, _FORM = range(8)
_THING, _TUPLE, _NAMED, _ENUM, _INT, _SCALAR, _RANDOM = range(7)
_LEAST, _MOST = -(2**63), 2**64
_PLAIN = frozenset((type(None), bool, str, bytes))
_THINGS = frozenset((list, dict, deque, bytearray, np.ndarray))


class Saved(NamedTuple):
    """What a state consists of. attributes: of the match, by name."""

    tick: int
    random: tuple[int, int]
    attributes: dict[str, Any]


def pack_state(match: Any, saved: Saved, classes: Classes, generator: SeededRandom) -> bytes:
    """Raises NotPlainError for what cannot be saved. generator: the match's own, to which its things may refer."""
    writer = _Writer(match, saved.attributes, classes, generator)
    things = [writer.thing(value) for value in writer.things]  # which grows meanwhile
    try:
        return pack_plain([VERSION, saved.tick, *saved.random, things])
    except ValueError as error:  # half a character in a text, or tuples in tuples in tuples
        raise NotPlainError(None, f"has tuples in tuples too deep: {error}") from None


class _Writer:
    def __init__(self, match: Any, attributes: Mapping[str, Any], classes: Classes, generator: SeededRandom) -> None:
        self.things: list[Any] = [match]
        self._numbers = {id(match): 0}
        self._memory: dict[int, Any] = {}  # of arrays, by what owns it
        self._match, self._attributes, self._classes, self._generator = match, attributes, classes, generator

    def thing(self, value: Any) -> list[Any]:
        kind, of = type(value), self.value
        if kind is list:
            return [_LIST, *map(of, value)]
        if kind is dict:
            return [_DICT, *(of(part) for pair in value.items() for part in pair)]
        if value is self._match:
            return [_GAME, "", *self._pairs(in_order(value, self._attributes))]
        if kind is deque:
            return [_DEQUE, value.maxlen, *map(of, value)]
        if kind is bytearray:
            return [_BYTES, bytes(value)]
        if kind is np.ndarray:
            return [_ARRAY, *self._array(value)]
        plan = self._classes.plan(kind)
        assert plan is not None
        if plan.form is not None:
            return [_FORM, plan.name, self._form(value, plan)]
        return [_OBJECT, plan.name, *self._pairs(plan.attributes(value))]

    def _pairs(self, attributes: list[tuple[str, Any]]) -> list[Any]:
        pairs: list[Any] = []
        for name, item in attributes:
            kind = type(item)
            is_whole = (
                kind in _PLAIN or (kind is int and _LEAST <= item < _MOST) or (kind is float and item == item)
            )  # most are: a call each would double the time
            pairs += (name, item if is_whole else self.value(item))
        return pairs

    def value(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is int:
            return value if _LEAST <= value < _MOST else [_INT, value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)]
        if kind is float:
            if value != value:
                raise NotPlainError(value, "is NaN, which is equal to nothing, and has other bits on other machines: use None")
            return value
        number = self._numbers.get(id(value))
        if number is not None:
            return [_THING, number]
        if kind in _THINGS:
            return self._new_thing(value)
        if kind is tuple:
            return [_TUPLE, *map(self.value, value)]
        if value is self._generator:
            return [_RANDOM]
        return self._of_class(value, kind)

    def _of_class(self, value: Any, kind: type) -> Any:
        plan = self._classes.plan(kind)
        if plan is None:
            if issubclass(kind, np.generic) and value.dtype.names is None:
                return [_SCALAR, self._dtype(value), self._bits(value)]
            raise NotPlainError(value)
        if plan.kind == "enum":
            if value.name not in plan.cls.__members__:  # type: ignore[attr-defined]
                raise NotPlainError(value, "is several flags at once: keep them in a list, or as a number")
            return [_ENUM, plan.name, value.name]
        if plan.kind == "named":
            return [_NAMED, plan.name, *map(self.value, value)]
        return self._new_thing(value)

    def _new_thing(self, value: Any) -> list[int]:
        number = self._numbers[id(value)] = len(self.things)
        self.things.append(value)
        return [_THING, number]

    def _form(self, value: Any, plan: Plan) -> Any:
        assert plan.form is not None
        before, form = len(self.things), self.value(plan.form[0](value))
        if len(self.things) > before:
            raise NotPlainError(
                value, f"has a plain form with a {type(self.things[before]).__name__} in it: use numbers, text, tuples"
            )
        return form

    def _array(self, array: Any) -> list[Any]:
        owner: Any = array
        while isinstance(getattr(owner, "base", None), np.ndarray):
            owner = owner.base
        if self._memory.setdefault(id(owner), array) is not array:
            raise NotPlainError(array, "shares its memory with another array of the state: keep a copy")
        try:
            return pack_array(array)
        except ArrayError as error:
            raise NotPlainError(array, str(error)) from None

    def _dtype(self, value: Any) -> Any:
        try:
            return pack_dtype(value.dtype)
        except ArrayError as error:
            raise NotPlainError(value, str(error)) from None

    def _bits(self, value: Any) -> bytes:
        if value != value:
            raise NotPlainError(value, "is NaN, which is equal to nothing, and has other bits on other machines: use None")
        return portable(value).tobytes()


def unpack_state(saved: bytes, match: Any, classes: Classes, generator: SeededRandom) -> Saved:
    """What a state consists of; nothing is changed. match, generator: what stands where the things refer to these.

    Raises ValueError for bytes that `pack_state` would not write."""
    try:
        version, tick, key, draws, things = unpack(saved, containers=len(saved), items=len(saved))
        integer(version, VERSION, VERSION, "the version of a saved state")
        random = integer(key, 0, 2**64 - 1, "the key of the random numbers"), integer(draws, 0, 2**63 - 1, "random draws")
        attributes = _Reader(things, match, classes, generator).read()
        state = Saved(integer(tick, 0, 2**63 - 1, "tick"), random, attributes)
        is_same = pack_state(match, state, classes, generator) == saved
    except Exception as error:  # a stranger's; how the classes take it is their own affair
        raise FormatError(f"is not a state of this match: {error or type(error).__name__}") from error
    if not is_same:
        raise FormatError("is not a state of this match: it would be saved in another way")
    return state


class _Reader:
    """All things are made empty, then filled: objects first, as they may be keys of a dict."""

    def __init__(self, things: Any, match: Any, classes: Classes, generator: SeededRandom) -> None:
        expect(type(things) is list and bool(things), "things", things)
        self._match, self._classes, self._generator = match, classes, generator
        self._packed: list[Any] = things
        self._things: list[Any] = []

    def read(self) -> dict[str, Any]:
        made = [self._make(packed) for packed in self._packed]
        self._things = made
        attributes = self._attributes(self._packed[0])
        dicts = []
        for thing, packed in zip(made[1:], self._packed[1:], strict=True):
            tag, *parts = packed
            if tag in (_LIST, _DEQUE):
                thing.extend(map(self.value, parts if tag == _LIST else parts[1:]))
            elif tag == _OBJECT:
                self._plan(parts[0]).fill(thing, self._attributes(packed))
            elif tag == _DICT:
                dicts.append((thing, parts))
        for thing, parts in dicts:
            values = [self.value(part) for part in parts]
            thing.update(zip(values[::2], values[1::2], strict=True))
        return attributes

    def _make(self, packed: Any) -> Any:
        """The thing, empty if it may hold others."""
        tag, *parts = packed
        if tag == _GAME:
            return self._match
        if tag in (_LIST, _DICT):
            return [] if tag == _LIST else {}
        if tag == _DEQUE:
            return deque(maxlen=parts[0])
        if tag == _BYTES:
            return bytearray(parts[0])
        if tag == _ARRAY:
            return array_of(*parts)
        plan = self._plan(parts[0])
        if tag == _FORM and plan.form is not None:
            return plan.form[1](self.value(parts[1]))
        expect(tag == _OBJECT and plan.kind == "object", "a thing", packed)
        return object.__new__(plan.cls)

    def _plan(self, name: Any) -> Plan:
        expect(isinstance(name, str) and name in self._classes.by_name, "a class of this game", name)
        return self._classes.by_name[name]

    def _attributes(self, packed: list[Any]) -> dict[str, Any]:
        names, values = packed[2::2], packed[3::2]
        attributes = dict(zip(names, map(self.value, values), strict=True))
        for name in attributes:
            expect(isinstance(name, str) and name.isidentifier(), "the name of an attribute", name)
        return attributes

    def value(self, packed: Any) -> Any:
        if type(packed) is not list:
            expect(type(packed) is not dict, "a value", packed)
            return packed
        tag, *parts = packed
        if tag == _THING:
            return self._things[integer(parts[0], 0, len(self._things) - 1, "the number of a thing")]
        if tag == _TUPLE:
            return tuple(map(self.value, parts))
        if tag == _INT:
            return int.from_bytes(parts[0], "little", signed=True)
        if tag == _RANDOM:
            return self._generator
        if tag == _SCALAR:
            return array_of(parts[0], [], "C", parts[1])[()]
        plan = self._plan(parts[0])
        if tag == _NAMED and plan.kind == "named":
            return plan.cls._make(map(self.value, parts[1:]))  # type: ignore[attr-defined]
        expect(tag == _ENUM and issubclass(plan.cls, enum.Enum), "a value", packed)
        return plan.cls[parts[1]]  # type: ignore[index]
