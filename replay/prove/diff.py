"""Where two recordings part, and when something first holds: the questions that `replay diff` and `replay bisect` answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from replay.core.divergence import FIELDS_NAMED, FieldDifference, differences
from replay.core.errors import UnverifiableError, UsageError
from replay.core.game import Game, proof_of
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.records import Header
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
    comparison = Comparison((a.ticks, b.ticks), other_facts(a.header, b.header))
    if not are_comparable(a.header, b.header):
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


def other_facts(a: Header, b: Header) -> dict[str, tuple[Any, Any]]:
    """What the headers of two recordings say that differs, of all that decides a match: name -> (of A, of B)."""
    names = ("game", "rules", "ticks_per_second", "seed", "config", "players", "start_tick", "input_dtype")
    return {name: (getattr(a, name), getattr(b, name)) for name in names if getattr(a, name) != getattr(b, name)}


def are_comparable(a: Header, b: Header) -> bool:
    """Whether the ticks of two recordings can be compared: the same players give inputs of the same kind."""
    return a.input_dtype == b.input_dtype and len(a.players) == len(b.players)


def overlap(a: Recording, b: Recording) -> tuple[int, int]:
    """The ticks that both have; empty if the second is not after the first."""
    return max(a.start_tick, b.start_tick), min(a.ticks, b.ticks)


def _compare_inputs(comparison: Comparison, a: Recording, b: Recording) -> None:
    start, stop = overlap(a, b)
    for at in range(start, stop, a.header.group_ticks):
        until = min(at + a.header.group_ticks, stop)
        tick = first_other_input(a, b, at, until)
        if tick is None:
            continue
        comparison.input_tick, comparison.inputs = tick, other_players(a, b, tick)
        return


def other_input_ticks(a: Recording, b: Recording, start: int, stop: int) -> list[int]:
    """Those of the ticks start..stop-1 whose inputs, commands among them, differ, in order."""
    ours, theirs = (np.frombuffer(recording.inputs(start, stop).tobytes(), np.uint8) for recording in (a, b))
    ticks = {start + int(index) for index in np.flatnonzero((ours != theirs).reshape(stop - start, -1).any(axis=1))}
    left, right = list(a.commands(start, stop)), list(b.commands(start, stop))
    if left != right:
        named = {command[0] for command in (*left, *right)}
        ticks |= {tick for tick in named if [c for c in left if c[0] == tick] != [c for c in right if c[0] == tick]}
    return sorted(ticks)


def first_other_input(a: Recording, b: Recording, start: int, stop: int) -> int | None:
    """The first of the ticks start..stop-1 whose inputs, commands among them, differ."""
    return next(iter(other_input_ticks(a, b, start, stop)), None)


def other_players(a: Recording, b: Recording, tick: int) -> list[tuple[int, dict[str, Any], dict[str, Any]]]:
    """Whose inputs differ at a tick that both have: (player, input in A, input in B)."""
    pairs = [(player, _given(a, tick, player), _given(b, tick, player)) for player in range(len(a.header.players))]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _given(recording: Recording, tick: int, player: int) -> dict[str, Any]:
    """What a player gave at a tick: the row by field names, and the commands if there are any."""
    row = recording.inputs(tick, tick + 1)[0, player]
    given = dict(zip(row.dtype.names or (), row.item(), strict=True)) if row.dtype.names else {}
    commands = [data for _, number, data in recording.commands(tick, tick + 1) if number == player]
    return {**given, "commands": commands} if commands else given


def _compare_states(comparison: Comparison, a: Playback[Any], b: Playback[Any]) -> None:
    first, stop = overlap(a.recording, b.recording)
    if first > stop:
        return
    for playback in (a, b):
        playback.seek(first)
    comparison.state_tick = first_other_state(a, b, stop)
    if comparison.state_tick is not None:
        comparison.fields = other_fields(a.simulation.record(), b.simulation.record())


def other_fields(a: Any, b: Any) -> list[FieldDifference]:
    """Where two states differ, as far as the game names fields and as many as are worth naming. None: it names none."""
    return [] if a is None or b is None else list(islice(differences(a, b), FIELDS_NAMED))


def are_equal(a: Playback[Any], b: Playback[Any]) -> bool:
    """Whether two playbacks stand at states that are the same."""
    return bool(proof_of(a.match) == proof_of(b.match))


def first_other_state(a: Playback[Any], b: Playback[Any], stop: int) -> int | None:
    """The first tick up to `stop` whose states differ, from the one at which both playbacks stand; both are left there. A second at
    a time where the inputs are the same; tick by tick where they are not, and in a second whose end differs."""
    while are_equal(a, b):
        if a.tick >= stop:
            return None
        equal, until = a.tick, min(a.tick + a.game.ticks_per_second, stop)
        if first_other_input(a.recording, b.recording, equal, until) is None:
            for playback in (a, b):
                playback.step(until - equal)
            if are_equal(a, b):
                continue
            for playback in (a, b):
                playback.seek(equal)
        while are_equal(a, b) and a.tick < until:
            a.step()
            b.step()
    return a.tick


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
