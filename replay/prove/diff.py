"""Where two recordings part, and when something first holds: the questions that `replay diff` and `replay bisect` answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from replay.core.divergence import FIELDS_NAMED, FieldDifference, differences
from replay.core.encoding import changes
from replay.core.errors import UnverifiableError, UsageError
from replay.core.game import Game, state_record
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.prove.expression import compile_expression


@dataclass
class Comparison:
    """How two recordings differ. Ticks are None where nothing differs.

    facts: header facts that differ (game, seed, config ...): name -> (of A, of B).
    input_tick: the first tick whose inputs differ; inputs: (player, input in A, input in B) at that tick.
    state_tick: the first state that differs; fields: where, `recorded` being A and `computed` being B.
    re_simulated: False if the states are known only from the files' own digests, because the rules are not here.
    ticks: the lengths.
    """

    ticks: tuple[int, int]
    facts: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    input_tick: int | None = None
    inputs: list[tuple[int, dict[str, int] | None, dict[str, int] | None]] = field(default_factory=list)
    state_tick: int | None = None
    fields: list[FieldDifference] = field(default_factory=list)
    re_simulated: bool = True
    note: str = ""

    @property
    def is_same(self) -> bool:
        return not self.facts and self.input_tick is None and self.state_tick is None and self.ticks[0] == self.ticks[1]


def compare(a: Recording, b: Recording, game: Game) -> Comparison:
    """The first tick at which the inputs of two recordings differ, and the first at which their states do.

    Both are re-simulated under `game`; where it is not the game that made them, their recorded digests are compared instead.
    """
    comparison = Comparison((a.ticks, b.ticks))
    for name in ("game", "rules", "ticks_per_second", "seed", "config", "players", "input_dtype"):
        facts = getattr(a.header, name), getattr(b.header, name)
        if facts[0] != facts[1]:
            comparison.facts[name] = facts
    if "input_dtype" in comparison.facts or len(a.header.players) != len(b.header.players):
        comparison.note = "their inputs are of different kinds, so that ticks cannot be compared"
        return comparison
    _compare_inputs(comparison, a, b)
    try:
        playbacks = Playback(game, a, use_snapshots=False), Playback(game, b, use_snapshots=False)
    except UnverifiableError as error:
        comparison.re_simulated, comparison.note = False, f"{error}; compared by the digests that the files hold"
        _compare_digests(comparison, a, b)
    else:
        _compare_states(comparison, *playbacks)
    return comparison


def _compare_inputs(comparison: Comparison, a: Recording, b: Recording) -> None:
    ticks, step = min(a.ticks, b.ticks), a.header.group_ticks
    for start in range(0, ticks, step):
        ours, theirs = (recording.inputs(start, min(start + step, ticks)) for recording in (a, b))
        if ours.tobytes() == theirs.tobytes():
            continue
        index = next(index for index in range(len(ours)) if changes(ours[index : index + 1], theirs[index]).any())
        comparison.input_tick = start + index
        for player in np.flatnonzero(changes(ours[index : index + 1], theirs[index])[0]):
            pair = [dict(zip(rows.dtype.names or (), rows[index, player].item(), strict=True)) for rows in (ours, theirs)]
            comparison.inputs.append((int(player), pair[0], pair[1]))
        return


def _compare_states(comparison: Comparison, a: Playback, b: Playback) -> None:
    """A second at a time; then back to the start of the second that differs, and tick by tick."""
    stop, second = min(a.ticks, b.ticks), a.game.ticks_per_second
    while a.match.save() == b.match.save():
        if a.tick >= stop:
            return
        for playback in (a, b):
            playback.step(min(second, stop - playback.tick))
    start = max(a.tick - (a.tick % second or second), 0)
    a.seek(start)
    b.seek(start)
    while a.match.save() == b.match.save() and a.tick < stop:
        a.step()
        b.step()
    comparison.state_tick = a.tick
    left, right = state_record(a.match), state_record(b.match)
    if left is not None and right is not None:
        comparison.fields = list(islice(differences(left, right), FIELDS_NAMED))


def _compare_digests(comparison: Comparison, a: Recording, b: Recording) -> None:
    if a.header.chunk_ticks != b.header.chunk_ticks:
        comparison.note += "; their chunks have different lengths"
        return
    for ours, theirs in zip(a.spans(), b.spans(), strict=False):
        for index, (left, right) in enumerate(zip(ours.digests, theirs.digests, strict=False)):
            if left != right:
                comparison.state_tick = ours.first_tick + index + 1
                return
        if len(ours.rows) == len(theirs.rows) and None not in (ours.hash, theirs.hash) and ours.hash != theirs.hash:
            comparison.state_tick = ours.first_tick + len(ours.rows)
            return


def first_tick(playback: Playback, expression: str, start: int = 0) -> int | None:
    """The first tick from `start` whose state fulfils `expression`, looked at tick by tick; None if none does. `playback` is left
    there. Raises UsageError for an expression that does not compile for this state, or a game that names no fields."""
    dtype = getattr(playback.match, "state_dtype", None)
    if dtype is None:
        raise UsageError(f"{playback.game.name} names no state fields", "a match with a `state_dtype` has them")
    holds = compile_expression(expression, dtype)
    playback.seek(start)
    while True:
        if holds(state_record(playback.match)):
            return playback.tick
        if playback.at_end:
            return None
        playback.step()
