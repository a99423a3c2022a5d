"""A player that presses anything: a match of any game without a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from replay.core.errors import UsageError
from replay.core.game import Game, Inputs, abilities_of
from replay.core.recorder import Recorder
from replay.prove.conformance.given import random_inputs


def machine_inputs(recorder: Recorder[Any], ticks: int) -> Iterator[tuple[Any, Sequence[tuple[int, Any]]]]:
    """Rows and commands, tick by tick: the game's own `inputs`, else any at all. Raises UsageError for a game of commands that does
    not say which are legal."""
    game, players = recorder.game, len(recorder.header.players)
    rng, inputs = np.random.default_rng(recorder.header.seed), abilities_of(game).inputs
    if inputs is None and abilities_of(game).input_dtype is None:
        raise UsageError(f"{game.name} takes commands, and does not say which are legal", "it needs inputs(match, rng)")
    rows = None if inputs is not None else _declared(game, random_inputs(game, ticks, players, recorder.header.seed))
    for tick in range(ticks):
        answer = inputs(recorder.match, rng) if inputs is not None else rows[tick]  # type: ignore[index]
        yield answer if isinstance(answer, tuple) else (answer, ())


def _declared(game: Game, rows: Inputs) -> Inputs:
    """With what the game says that its fields hold: a key is pressed or not, and no 139."""
    for name, (least, most) in abilities_of(game).input_ranges.items():
        rows[name] = least + rows[name] % (most - least + 1)
    return rows
