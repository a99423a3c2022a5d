"""A game in a few lines: a class that is the game, whose instances are its matches, and whose attributes are their state.

    class Input(NamedTuple):
        up: bool = False
        down: bool = False

    class Pong(PlainGame):
        players = 2
        ticks_per_second = 60
        event_kinds = ("goal",)
        Input = Input

        def start(self, config):
            self.ball = Ball(320, 240, 3, self.random.choice([-2, 2]))
            self.score = [0, 0]

        def step(self, inputs):
            for paddle, held in zip(self.paddles, inputs):
                paddle.y += 4 * (held.down - held.up)
            ...
            self.emit("goal", player=0)

    with Recorder("pong.replay", Pong, seed=7, players=["Ann", "Ben"]) as recorder:
        recorder.step(Pong.rows(Input(up=True), Input()))

What `step` is given follows from what the game declares:

    declared                          called as                     given to the recorder
    Input                             step(self, inputs)            step(Pong.rows(...))
    nothing                           step(self, commands)          step(commands=[(player, data)...])
    Input and takes_commands = True   step(self, inputs, commands)  step(Pong.rows(...), [(player, data)...])

inputs: one `Input` for each player. commands: (player, data) pairs in order, data being plain: numbers, text, lists, dicts. A game
without a clock takes one tick for each command; when it was said can be part of the command.

What state may be: None, numbers of any size, text, bytes, lists, tuples, dicts, deques, enums, NamedTuples, numpy arrays and
scalars, and objects with such attributes (dataclasses among them), whose classes are named in the modules of the game's own package
or in `classes`. What is shared stays shared (but which of two equal numbers, texts or tuples it is, is not kept). A value of
another library is saved by its plain form: `forms = {Rect: (tuple, Rect)}`. Refused, by their path: sets (their order differs from
process to process), functions, NaN, random generators but `self.random`, files, surfaces, and whatever else is not data.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from replay.core.commands import Command
from replay.core.errors import FormatError
from replay.core.game import Abilities, Config
from replay.core.plain import plain
from replay.games.plain.classes import Classes, Form, NotPlainError
from replay.games.plain.generator import SeededRandom
from replay.games.plain.inputs import dtype_of_input, ranges_of_input, reader_of_input
from replay.games.plain.reasons import explained
from replay.games.plain.state import Saved, pack_state, unpack_state
from replay.games.plain.walk import leaf_fields, walk

Event = tuple[int, str, dict[str, Any]]


class PlainGame:
    """Subclass it and give `start` and `step`. The class is the game: it goes where a game is wanted. An instance is a match.

    name: by default that of the class, in lower case. rules: bump it when the same inputs give another match.
    players: how many there are: a number, a range, or None for any number from 1 on.
    event_kinds: the kinds that `emit` takes; empty: any, but only kinds that are named show in the window and the library.
    classes: of other packages, of which the state has instances. forms: class -> (to plain data, from plain data).

    A game may have `result(self) -> dict`, `screen(self) -> array`, `inputs(self, rng)`, `story` and all else that is in
    `replay.core.game`.

    tick: whole ticks since the match began. random: seeded, saved and counted. player_count: of this match.
    """

    __slots__ = ("__dict__", "__weakref__", "_emitted", "_player_count", "_random", "_tick")

    name: ClassVar[str] = ""
    rules: ClassVar[int] = 1
    ticks_per_second: ClassVar[int] = 60
    players: ClassVar[int | range | None] = None
    takes_commands: ClassVar[bool]
    event_kinds: ClassVar[Sequence[str]] = ()
    classes: ClassVar[Sequence[type]] = ()
    forms: ClassVar[Mapping[type, Form]] = {}
    input_dtype: ClassVar[np.dtype[Any] | None] = None
    input_ranges: ClassVar[Mapping[str, tuple[int, int]]] = {}
    new_match: ClassVar[Callable[..., Any]]
    _read_row: ClassVar[Callable[[Any], list[Any]] | None] = None
    _known: ClassVar[Classes | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            raise TypeError(f"{cls.__name__}.__init__: a match begins in start(self, config)")
        for name, value in vars(cls).items():
            is_known = hasattr(PlainGame, name) or name in Abilities._fields or name.startswith("__")
            if isinstance(value, _MUTABLE) and not is_known and not name.isupper():
                raise TypeError(
                    f"{cls.__name__}.{name} is a {type(value).__name__} of the class, which all matches would share: "
                    f"set it in start(), or write it in capitals if nothing ever changes it"
                )
        cls.new_match = cls
        cls._known = None
        if "name" not in vars(cls):
            cls.name = cls.__name__.lower()
        if (held := vars(cls).get("Input")) is not None:
            cls.input_dtype, cls.input_ranges = dtype_of_input(held), ranges_of_input(held)
            cls._read_row = staticmethod(reader_of_input(held))

    def __init__(self, seed: int = 0, players: int | None = None, config: Config | None = None) -> None:
        """A match at tick 0. Raises ValueError for a number of players that the game does not take."""
        taken = type(self).players
        allowed = range(taken, taken + 1) if isinstance(taken, int) else taken or range(1, 65)
        count = allowed[0] if players is None else players
        if count not in allowed:
            raise ValueError(f"{type(self).name} is for {_count_text(allowed)}, not for {count}")
        self._player_count, self._tick, self._random = count, 0, SeededRandom(seed)
        self._emitted: list[Event] | None = None
        self.start(dict(config or {}))

    # --- what a game gives ---

    def start(self, config: dict[str, int | str]) -> None:
        """Set the attributes of a match at tick 0."""

    def step(self, *args: Any, **kwargs: Any) -> None:
        """Run one tick: see above for what it is given."""
        raise NotImplementedError(f"{type(self).__name__} has no step()")

    # --- what a game uses ---

    @property
    def tick(self) -> int:
        return self._tick

    @property
    def random(self) -> SeededRandom:
        return self._random

    @property
    def player_count(self) -> int:
        return self._player_count

    def emit(self, kind: str, **data: Any) -> None:
        """An event of the tick that is being stepped. data: plain; numbers of numpy become numbers of Python."""
        kinds = type(self).event_kinds
        if kinds and kind not in kinds:
            raise ValueError(f"emit({kind!r}): no such kind of event; event_kinds has {', '.join(kinds)}")
        if self._emitted is None:
            raise RuntimeError(f"emit({kind!r}) outside of step(): an event belongs to a tick")
        try:
            self._emitted.append((self._tick, kind, plain(_own(data))))
        except FormatError as error:
            raise TypeError(f"emit({kind!r}) with what is not plain data: {error}") from None

    @classmethod
    def rows(cls, *inputs: Any) -> Any:
        """What the players hold in one tick, as `Recorder.step` takes it: one `Input` for each of them."""
        if cls.input_dtype is None:
            raise TypeError(f"{cls.__name__} declares no Input: it takes commands, step(commands=[(player, data)...])")
        return np.array([tuple(held) for held in inputs], cls.input_dtype)

    # --- what the engine asks for ---

    def advance(self, rows: Any, commands: Sequence[Command] = ()) -> list[Event]:
        """Run `len(rows)` ticks: see `replay.core.game`."""
        cls, events = type(self), list[Event]()
        read = cls._read_row
        takes_commands = getattr(cls, "takes_commands", read is None)
        for row in rows:
            given: list[Any] = [] if read is None else [read(row)]
            if takes_commands:
                given.append([(player, data) for tick, player, data in commands if tick == self._tick])
            self._emitted = []
            try:
                self.step(*given)
                events += self._emitted
            finally:
                self._emitted = None
            self._tick += 1
        return events

    def save(self) -> bytes:
        """The complete state. Equal states give equal bytes. Raises TypeError for what is not plain data, with its path."""
        taken = _TAKEN & self.__dict__.keys()
        if taken:
            name = min(taken)
            raise TypeError(f"self.{name} hides {name}() of PlainGame: call it something else")
        saved = Saved(self._tick, self._random.getstate(), self.__dict__)
        try:
            return pack_state(self, saved, self._classes(), self._random)
        except NotPlainError as error:
            raise TypeError(explained(error, self, self._classes())) from None

    def load(self, saved: bytes) -> None:
        """Become a saved state. Raises ValueError, and stays as it was, for bytes that are not one."""
        state = self._unpacked(saved, self)
        self.__dict__.clear()
        self.__dict__.update(state.attributes)
        self._tick = state.tick
        self._random.setstate(state.random)

    def state_fields(self, saved: bytes) -> dict[str, bool | int | float | str]:
        """A saved state by the paths of its fields. Raises ValueError for bytes that are not one."""
        match = object.__new__(type(self))
        state = self._unpacked(saved, match)
        fields: dict[str, bool | int | float | str] = {"tick": state.tick}
        for path, value in walk(match, state.attributes, self._classes()):
            fields.update(leaf_fields(path, value))
        return fields | {"random.draws": state.random[1]}

    def random_draws(self) -> int:
        return self._random.draws

    def _unpacked(self, saved: bytes, match: PlainGame) -> Saved:
        state = unpack_state(saved, match, self._classes(), self._random)
        if taken := _TAKEN & state.attributes.keys():
            raise FormatError(f"is not a state of this match: {min(taken)} is no attribute of its own")
        return state

    @classmethod
    def _classes(cls) -> Classes:
        if cls._known is None:
            cls._known = Classes(cls, PlainGame, cls.classes, cls.forms)
        return cls._known


_MUTABLE = (list, dict, set, bytearray, deque, np.ndarray)
_TAKEN = frozenset(name for name, part in vars(PlainGame).items() if callable(part) or isinstance(part, property | classmethod))


def _own(value: Any) -> Any:
    """Plain data that nobody else holds."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: _own(item) for key, item in value.items()}
    return [_own(item) for item in value] if isinstance(value, list | tuple) else value


def _count_text(allowed: Iterable[int]) -> str:
    counts = list(allowed)
    return f"{counts[0]} player{'s' * (counts[0] > 1)}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} players"
