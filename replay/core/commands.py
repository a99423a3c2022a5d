"""Commands: what a player says at a tick, as plain data. How a chunk holds them, and those of some ticks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from replay.core.plain import expect, integer, pack_plain, plain, sequence, unpack

Command = tuple[int, int, Any]  # tick, player, plain data


def pack_commands(commands: Iterable[Command], first_tick: int) -> bytes:
    """Commands of a chunk. Raises FormatError for what is not plain data."""
    values = [[tick - first_tick, player, plain(data)] for tick, player, data in commands]
    return pack_plain(values) if values else b""


def commands_of(commands: Sequence[Command], start: int, stop: int) -> Sequence[Command]:
    """Those of the ticks from `start` to `stop`, of commands in order."""
    tick_of = itemgetter(0)
    return commands[bisect_left(commands, start, key=tick_of) : bisect_left(commands, stop, key=tick_of)] if commands else ()


def command_bytes(data: Any) -> int:
    """What a command takes in a chunk, at most."""
    return len(pack_plain(data)) + 16


def unpack_commands(packed: bytes, first_tick: int, tick_count: int, players: int) -> list[Command]:
    if not packed:
        return []
    values = unpack(packed, containers=len(packed), items=len(packed))  # how long they may be, was looked at while scanning
    expect(type(values) is list and bool(values), "commands", values)
    commands, before = [], 0
    for value in values:
        offset, player, data = sequence(value, 3, "command")
        before = integer(offset, before, tick_count - 1, "tick of a command")
        commands.append((first_tick + before, integer(player, 0, players - 1, "player of a command"), plain(data)))
    return commands
