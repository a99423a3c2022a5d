"""What a match is given while it is checked: inputs as people make them, a game's own, and nonsense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from replay.core.commands import Command
from replay.core.errors import UsageError
from replay.core.game import Game, Inputs, abilities_of
from replay.core.setup import check_commands, header_for, row_checker

EXTREMES = ("zeros", "ones", "highest", "lowest")


class Given(NamedTuple):
    """Rows of the game's input_dtype, shape (ticks, players), read-only; and commands, whose ticks count from 0."""

    rows: Inputs
    commands: list[Command]

    def between(self, start: int, stop: int) -> tuple[Inputs, list[Command]]:
        return self.rows[start:stop], [command for command in self.commands if start <= command[0] < stop]


def given(rows: Inputs, commands: list[Command]) -> Given:
    rows = rows.copy()
    rows.flags.writeable = False
    return Given(rows, commands)


def row_dtype(game: Game) -> np.dtype[Any]:
    """The row of one player; without fields for a game that takes none."""
    return abilities_of(game).input_dtype or np.dtype([])


def random_inputs(game: Game, ticks: int, players: int, seed: int = 0, hold: float = 0.15) -> Inputs:
    """Random bit patterns, each player's field changing on a share `hold` of the ticks. Shape (ticks, players). No NaN."""
    rng, dtype = np.random.default_rng(seed), row_dtype(game)
    if not dtype.itemsize:
        return np.zeros((ticks, players), dtype)
    rows = rng.integers(0, 256, (ticks, players, dtype.itemsize), np.uint8).view(dtype).reshape(ticks, players)
    for name in dtype.names or ():
        if dtype[name].kind == "f":
            rows[name][np.isnan(rows[name])] = 0.5
        changed = np.where(rng.random((ticks, players)) < hold, np.arange(ticks)[:, None], 0)
        rows[name] = np.take_along_axis(rows[name], np.maximum.accumulate(changed, axis=0), axis=0)
    return rows


def played(game: Game, new: Callable[[], Any], ticks: int, players: int, seed: int) -> Given:
    """What the game's own `inputs(match, rng)` gives over a match that runs with it. UsageError for what cannot be recorded."""
    abilities = abilities_of(game)
    assert abilities.inputs is not None
    header = header_for(game, seed, [f"player {number}" for number in range(players)], {})
    check_row, rng, match = row_checker(header), np.random.default_rng(seed), new()
    rows = np.zeros((ticks, players), row_dtype(game))
    commands: list[Command] = []
    for tick in range(ticks):
        answer = abilities.inputs(match, rng)
        row, said = answer if isinstance(answer, tuple) else (answer, ())
        check_row(row)
        if row is not None:
            rows[tick] = row
        commands += check_commands(said, tick, header)
        match.advance(*arguments(game, rows[tick : tick + 1], [command for command in commands if command[0] == tick]))
    return given(rows, commands)


def arguments(game: Game, rows: Inputs, commands: list[Command]) -> tuple[Any, ...]:
    """What `advance` is called with."""
    rows.flags.writeable = False
    return (rows, commands) if abilities_of(game).takes_commands else (rows,)


def extreme(shape: tuple[int, int], dtype: np.dtype[Any], which: str) -> Inputs:
    """Every field of every row at one end of what it can hold."""
    rows: Inputs = np.zeros(shape, dtype)
    for name in dtype.names or ():
        if dtype[name].kind == "f":
            rows[name] = {"zeros": 0.0, "ones": 1.0, "highest": np.inf, "lowest": -np.inf}[which]
        else:
            limits = np.iinfo(dtype[name])
            rows[name] = {"zeros": 0, "ones": -1 if limits.min else limits.max, "highest": limits.max, "lowest": limits.min}[which]
    return rows


def turned_over(rows: Inputs, name: str) -> Inputs:
    """With another value of one field in every row."""
    rows = rows.copy()
    values = rows[name]
    rows[name] = np.where(values == 0, 1, -values) if values.dtype.kind == "f" else ~values
    return rows


def check_rows(game: Game, rows: Inputs) -> None:
    dtype = row_dtype(game)
    if rows.ndim != 2 or rows.dtype != dtype or not len(rows):
        raise UsageError(f"inputs have shape (ticks, players) and dtype {dtype}; got {rows.dtype} {rows.shape}")
