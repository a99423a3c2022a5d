"""Where two recordings part, and when something first holds: the questions that `replay diff` and `replay bisect` answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any

from replay.core.divergence import FIELDS_NAMED, FieldDifference, differences
from replay.core.errors import UnverifiableError, UsageError
from replay.core.game import Game, proof_of
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.prove.expression import compile_expression


@dataclass
class Comparison:
    """How two recordings differ. Ticks are None where nothing differs.

    facts: header facts that differ (game, seed, config ...): name -> (of A, of B).
    input_tick: the first tick whose inputs differ; inputs: (player, input in A, input in B) at that tick, commands among them.
    state_tick: the first state that differs; fields: where, `recorded` being A and `computed` being B.
    re_simulated: False if the states are known only from the files' own digests, because the rules are not here.
    ticks: the lengths.
    """

    ticks: tuple[int, int]
    facts: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    input_tick: int | None = None
    inputs: list[tuple[int, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
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
    for name in ("game", "rules", "ticks_per_second", "seed", "config", "players", "start_tick", "input_dtype"):
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


def _overlap(a: Recording, b: Recording) -> tuple[int, int]:
    """The ticks that both have; empty if the second is not after the first."""
    return max(a.start_tick, b.start_tick), min(a.ticks, b.ticks)


def _compare_inputs(comparison: Comparison, a: Recording, b: Recording) -> None:
    start, stop = _overlap(a, b)
    for at in range(start, stop, a.header.group_ticks):
        until = min(at + a.header.group_ticks, stop)
        tick = first_other_input(a, b, at, until)
        if tick is None:
            continue
        comparison.input_tick = tick
        for player in range(len(a.header.players)):
            ours, theirs = (_given(recording, tick, player) for recording in (a, b))
            if ours != theirs:
                comparison.inputs.append((player, ours, theirs))
        return


def first_other_input(a: Recording, b: Recording, start: int, stop: int) -> int | None:
    """The first of the ticks start..stop-1 whose inputs, commands among them, differ."""
    ours, theirs = a.inputs(start, stop), b.inputs(start, stop)
    ticks = [stop]
    if ours.tobytes() != theirs.tobytes():
        different = next(index for index in range(len(ours)) if ours[index].tobytes() != theirs[index].tobytes())
        ticks.append(start + different)
    for left, right in zip_longest(a.commands(start, stop), b.commands(start, stop)):
        if left != right:
            ticks.append(min(command[0] for command in (left, right) if command is not None))
            break
    return min(ticks) if len(ticks) > 1 else None


def _given(recording: Recording, tick: int, player: int) -> dict[str, Any]:
    """What a player gave at a tick: the row by field names, and the commands if there are any."""
    row = recording.inputs(tick, tick + 1)[0, player]
    given = dict(zip(row.dtype.names or (), row.item(), strict=True)) if row.dtype.names else {}
    commands = [data for _, number, data in recording.commands(tick, tick + 1) if number == player]
    return {**given, "commands": commands} if commands else given


def _compare_states(comparison: Comparison, a: Playback[Any], b: Playback[Any]) -> None:
    """A second at a time; then back to the start of the second that differs, and tick by tick."""
    first, stop = _overlap(a.recording, b.recording)
    if first > stop:
        return
    second = a.game.ticks_per_second
    for playback in (a, b):
        playback.seek(first)
    equal = first
    while proof_of(a.match) == proof_of(b.match):
        if a.tick >= stop:
            return
        equal = a.tick
        for playback in (a, b):
            playback.step(min(second, stop - playback.tick))
    for playback in (a, b):
        playback.seek(equal)
    while proof_of(a.match) == proof_of(b.match) and a.tick < stop:
        a.step()
        b.step()
    comparison.state_tick = a.tick
    left, right = a.simulation.record(), b.simulation.record()
    if left is not None and right is not None:
        comparison.fields = list(islice(differences(left, right), FIELDS_NAMED))


def _compare_digests(comparison: Comparison, a: Recording, b: Recording) -> None:
    for name in ("format", "start_tick", "chunk_ticks", "group_ticks", "proof_ticks"):
        if getattr(a.header, name) != getattr(b.header, name):
            comparison.note += f"; they cannot be: their {name} is not the same"
            return
    step = a.header.proof_ticks
    for ours, theirs in zip(a.spans(a.start_tick), b.spans(b.start_tick), strict=False):
        base = ours.first_tick - (ours.first_tick - a.start_tick) % step
        for index, (left, right) in enumerate(zip(ours.digests, theirs.digests, strict=False), 1):
            if left != right:
                comparison.state_tick = base + index * step
                return
        if len(ours.rows) == len(theirs.rows) and None not in (ours.hash, theirs.hash) and ours.hash != theirs.hash:
            comparison.state_tick = ours.stop_tick
            return


def first_tick(playback: Playback[Any], expression: str, start: int) -> int | None:
    """The first tick from `start` whose state fulfils `expression`, looked at tick by tick; None if none does. `playback` is left
    there. Raises UsageError for an expression that does not compile for this state, or a game that names no fields."""
    dtype = playback.simulation.state_dtype
    if dtype is None:
        raise UsageError(f"{playback.game.name} names no state fields", "a match with a `state_dtype` has them")
    holds = compile_expression(expression, dtype)
    playback.seek(start)
    while True:
        if holds(playback.simulation.record()):
            return playback.tick
        if playback.at_end:
            return None
        playback.step()
