"""A new match as its players give it, checked: what cannot be recorded is refused at once, in words that name both sides."""

from __future__ import annotations

import operator
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgpack
import numpy as np

from replay.core.commands import Command, command_bytes
from replay.core.errors import FormatError, UsageError
from replay.core.fields import fields_of, floats_of, nan_in
from replay.core.format import MAX_CREATED_MS, MAX_GROUP_COMMAND_BYTES, MAX_TICK_COMMAND_BYTES
from replay.core.game import Abilities, Config, Game, Inputs, abilities_of
from replay.core.plain import is_sound, plain
from replay.core.records import Header, Player


def header_for(
    game: Game,
    seed: int,
    players: Sequence[str | Player],
    config: Config | None,
    chunk_seconds: int = 1,
    group_seconds: int = 10,
    *,
    parent: tuple[bytes, int] | None = None,
    session: bytes = b"",
) -> Header:
    """The header of a new match of `game` from tick 0. Raises UsageError or FormatError for what cannot be recorded."""
    abilities = abilities_of(game)
    if (chunk_seconds * game.ticks_per_second) % abilities.proof_ticks:
        raise UsageError(
            f"{game.name} proves every {abilities.proof_ticks} ticks, and a chunk of {chunk_seconds} s is not a multiple of them",
            "choose proof_ticks that divide the ticks of a chunk",
        )
    return Header(
        game=game.name,
        rules=game.rules,
        ticks_per_second=game.ticks_per_second,
        seed=_seed(seed),
        config=_config(config),
        players=_players(players),
        input_fields=fields_of(abilities.input_dtype),
        session=session,
        id=os.urandom(16),
        created_ms=min(max(time.time_ns() // 1_000_000, 0), MAX_CREATED_MS),
        parent=parent,
        chunk_ticks=chunk_seconds * game.ticks_per_second,
        group_ticks=group_seconds * game.ticks_per_second,
        proof_ticks=abilities.proof_ticks,
        events=_event_fields(abilities),
        event_kinds=abilities.event_kinds,
    )


def _event_fields(abilities: Abilities) -> tuple[tuple[str, str], ...]:
    try:
        return fields_of(abilities.event_dtype, "event")
    except FormatError:  # a note about the events: what it cannot say, it leaves out
        return ()


def _seed(seed: Any) -> int:
    try:
        number = operator.index(seed)
    except TypeError:
        raise UsageError(f"the seed is {seed!r}", "a seed is a whole number from 0 to 2**64 - 1") from None
    if isinstance(seed, bool) or not 0 <= number < 2**64:
        raise UsageError(f"the seed is {seed!r}", "a seed is a whole number from 0 to 2**64 - 1")
    return number


def _setting(key: str, value: Any) -> int | str:
    if isinstance(value, str):
        return _sound(value, f"the setting {key!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"the setting {key!r} is {value!r}", "a setting is a whole number or text") from None
    if not -(2**63) <= number < 2**63:
        raise UsageError(f"the setting {key!r} is {value!r}", "a setting is a whole number of 64 bits, or text")
    return number


def _config(config: Any) -> dict[str, int | str]:
    if config is not None and not isinstance(config, Mapping):
        raise UsageError(f"the config is {config!r}", "a config is a mapping of names to whole numbers and text")
    return {_sound(key, "the name of a setting"): _setting(key, value) for key, value in (config or {}).items()}


def _players(players: Sequence[str | Player]) -> tuple[Player, ...]:
    if isinstance(players, str) or not isinstance(players, Iterable):
        raise UsageError(f"the players are {players!r}", 'give a list of names: players=["Ann", "Ben"]')
    seats = tuple(player if isinstance(player, Player) else Player(player) for player in players)
    for seat in seats:
        if not isinstance(seat.name, str):
            raise UsageError(f"a player is {seat.name!r}", "a player is a name, or Player(name, kind, id)")
        for what, part in zip(("name", "kind", "id"), seat, strict=True):
            _sound(part, f"the {what} of a player")
    return seats


def _sound(text: Any, what: str) -> str:
    if not isinstance(text, str) or not is_sound(text):
        raise UsageError(f"{what} is {text!r}", "it is not text, or holds half of a character")
    return text


def row_checker(header: Header) -> Callable[[Any], None]:
    """A check of what is given for one tick: raises UsageError unless it is exactly what will be read back."""
    dtype, shape = header.input_dtype, (len(header.players),)
    floats = floats_of(header.input_fields)

    def check(inputs: Inputs | None) -> None:
        if not header.input_fields:
            if inputs is not None:
                raise UsageError(f"{header.game} takes no rows of inputs", "give commands: step(commands=[(player, data)])")
            return
        if not isinstance(inputs, np.ndarray) or inputs.shape != shape or (inputs.dtype is not dtype and inputs.dtype != dtype):
            got = f"{inputs.dtype} {inputs.shape}" if isinstance(inputs, np.ndarray) else f"a {type(inputs).__name__}"
            raise UsageError(f"inputs have the dtype {dtype} and the shape {shape}; got {got}", "one row of input_dtype a player")
        if (name := nan_in(inputs, floats)) is not None:
            raise UsageError(f"the input {name!r} is not a number (NaN)", "NaN is not one value: it cannot be compared")

    return check


class CommandCheck:
    """Checks the commands of each tick as it comes, and that the file can hold them: a group of them has a limit."""

    def __init__(self, header: Header, abilities: Abilities) -> None:
        self.header = header
        self._takes_commands = abilities.takes_commands
        self._group_bytes = 0

    def __call__(self, commands: Sequence[tuple[int, Any]], tick: int) -> list[Command]:
        """Raises UsageError or FormatError for what cannot be recorded."""
        header = self.header
        if not self._takes_commands:
            if commands:
                raise UsageError(f"{header.game} takes no commands", "a game that does says so: takes_commands = True")
            return []
        if (tick - header.start_tick) % header.group_ticks == 0:
            self._group_bytes = 0
        checked = check_commands(commands, tick, header)
        size = sum(command_bytes(data) for _, _, data in checked)
        for what, total, limit in (
            ("a tick", size, MAX_TICK_COMMAND_BYTES),
            (f"{header.group_ticks:,} ticks", self._group_bytes + size, MAX_GROUP_COMMAND_BYTES),
        ):
            if total > limit:
                raise UsageError(f"{total:,} bytes of commands in {what}; a recording holds {limit:,}", "send less in a command")
        self._group_bytes += size
        return checked


def check_commands(commands: Sequence[tuple[int, Any]], tick: int, header: Header) -> list[Command]:
    """`(player, data)` pairs as commands of a tick. Raises UsageError or FormatError for what cannot be recorded."""
    checked = []
    for command in commands:
        try:
            player, data = command
            number = operator.index(player)
        except (TypeError, ValueError):
            raise UsageError(f"a command is {command!r}", "a command is (player number, plain data)") from None
        if not 0 <= number < len(header.players):
            raise UsageError(f"a command of player {number}; there are {len(header.players)} players", "players count from 0")
        checked.append((tick, number, plain(_as_read_back(data))))
    return checked


def _as_read_back(data: Any) -> Any:
    """What is simulated is what is on disk: tuples come back as lists, an enum as its number."""
    try:
        packed = msgpack.packb(data, unicode_errors="surrogatepass")
        return msgpack.unpackb(packed, strict_map_key=False, unicode_errors="surrogatepass")
    except (TypeError, ValueError, OverflowError, RecursionError):
        return plain(data)  # says what is wrong with it
