"""Where a re-simulation and its recording part, and what surrounds it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np

from replay.core.errors import FormatError, MachineError, RulesError
from replay.core.events import event_dicts
from replay.core.game import random_draws
from replay.core.recording import Recording
from replay.core.simulation import Simulation, digest_of

CONTEXT_SECONDS = 2
FIELDS_NAMED = 64
_MOST_INPUTS = 500  # on either side


@dataclass(frozen=True)
class FieldDifference:
    """A field of the state that differs: `players[2].health`. None where one of the two states has no such field."""

    path: str
    recorded: int | float | str | None
    computed: int | float | str | None


@dataclass
class Divergence:
    """What is known of a divergence.

    first_bad_tick: the first tick whose digest differs (1 time in 256 the one after: 8 bits can agree by chance). None where only
        the claims of the seal differ. last_good_tick: the one proved before it.
    what: "state", "events", "rules" where they raised, or "seal" where a claim differs: of the seal, or of a chunk on its inputs.
    field_tick, fields: the next recorded snapshot from the first bad tick on, and where it differs from the state computed here.
    recorded_state, computed_state: the two states of that tick.
    is_repeatable: False if the first bad tick agrees when it is computed again.
    inputs, events: what the players did and what followed from it (computed here) around the first bad tick.
    random_draws: random numbers drawn, if the game counts them: `first_bad_tick` by the step into that tick; `recorded` and
        `computed` from the last good tick to `field_tick`.
    """

    first_bad_tick: int | None
    last_good_tick: int
    what: str = "state"
    field_tick: int | None = None
    fields: list[FieldDifference] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    random_draws: dict[str, int] = field(default_factory=dict)
    recorded_state: bytes | None = field(default=None, repr=False)
    computed_state: bytes | None = field(default=None, repr=False)
    is_repeatable: bool = True


def describe(divergence: Divergence, recording: Recording, simulation: Simulation[Any]) -> None:
    """Fill in what surrounds a divergence. `simulation` stands at or before the last good tick; it is left somewhere after it."""
    bad = divergence.first_bad_tick
    if bad is None:
        return
    context = CONTEXT_SECONDS * recording.header.ticks_per_second
    start, stop = max(bad - context, recording.start_tick), min(bad + context, recording.ticks)
    middle = min(bad, stop)
    before = deque(recording.input_events(start, middle), maxlen=_MOST_INPUTS)
    for tick, player, data in chain(before, islice(recording.input_events(middle, stop), _MOST_INPUTS)):
        values = dict(zip(data.dtype.names or (), data.item(), strict=True)) if isinstance(data, np.void) else {"command": data}
        divergence.inputs.append({"tick": tick, "player": player, **values})
    until = next((tick for tick in recording.snapshot_ticks if tick >= bad), None)
    try:
        _run_past(divergence, recording, simulation, start, max(stop, until or 0))
    except (RulesError, MachineError):
        return
    if until is not None and simulation.tick >= until:
        _name_fields(divergence, recording, simulation, until)


def _run_past(divergence: Divergence, recording: Recording, simulation: Simulation[Any], start: int, stop: int) -> None:
    """Tick by tick, noting the events around the first bad tick, random draws there, and the state of the next snapshot."""
    bad, good = divergence.first_bad_tick or 0, divergence.last_good_tick
    drawn_at_good: int | None = None
    until = next((tick for tick in recording.snapshot_ticks if tick >= bad), None)
    last = min(stop if until is None else max(until, min(stop, bad + 1)), recording.ticks)
    while simulation.tick < last:
        tick = simulation.tick
        drawn = random_draws(simulation.match)
        if tick == good:
            drawn_at_good = drawn
        events = simulation.run(recording.inputs(tick, tick + 1), recording.commands(tick, tick + 1))
        if start <= tick < bad + CONTEXT_SECONDS * recording.header.ticks_per_second:
            divergence.events += event_dicts(simulation.game, events)
        if simulation.tick == bad and divergence.what == "state" and (digest := recording.digests(bad - 1, bad)):
            divergence.is_repeatable = digest[0] != digest_of(simulation.hash(), simulation.events_hash)
        if simulation.tick == bad and drawn is not None:
            divergence.random_draws["first_bad_tick"] = (random_draws(simulation.match) or 0) - drawn
        if simulation.tick == until:
            divergence.computed_state = simulation.save()
    if until is not None and drawn_at_good is not None and divergence.computed_state is not None:
        divergence.random_draws["computed"] = (random_draws(simulation.match) or 0) - drawn_at_good
        divergence.random_draws["recorded"] = drawn_at_good  # completed by the recorded state


def _name_fields(divergence: Divergence, recording: Recording, simulation: Simulation[Any], tick: int) -> None:
    divergence.field_tick, divergence.recorded_state = tick, recording.snapshot(tick)
    drawn_at_good = divergence.random_draws.pop("recorded", None)
    try:
        simulation.load(divergence.recorded_state, tick)
    except (FormatError, MachineError):  # a claim that is not a state of this match
        drawn_at_good = None
    if drawn_at_good is not None:
        divergence.random_draws["recorded"] = (random_draws(simulation.match) or 0) - drawn_at_good
    divergence.fields = differing_fields(simulation, divergence.recorded_state, divergence.computed_state)


def differing_fields(simulation: Simulation[Any], recorded: bytes, computed: bytes | None) -> list[FieldDifference]:
    """The fields in which two saved states differ, as far as the game names any."""
    left, right = simulation.record(recorded), simulation.record(computed)
    return [] if left is None or right is None else list(islice(differences(left, right), FIELDS_NAMED))


def differences(recorded: Any, computed: Any, path: str = "") -> Iterator[FieldDifference]:
    """Every leaf field in which two states differ, in their order: records, or dicts by path. Fields that only one has differ."""
    if isinstance(recorded, dict):
        for name in dict.fromkeys((*recorded, *computed)):
            is_in_both = name in recorded and name in computed
            if not is_in_both or repr(recorded[name]) != repr(computed[name]):  # so that 0.0 and -0.0, 1 and True differ
                yield FieldDifference(name, recorded.get(name), computed.get(name))
    elif recorded.shape != computed.shape or (recorded.dtype.names is None) != (computed.dtype.names is None):
        yield FieldDifference(path, str(recorded), str(computed))
    elif recorded.dtype == computed.dtype and recorded.tobytes() == computed.tobytes():
        return  # most of a state is equal: it is not gone through
    elif recorded.shape:
        for index in np.ndindex(recorded.shape):
            yield from differences(recorded[index], computed[index], f"{path}[{','.join(map(str, index))}]")
    elif recorded.dtype.names:
        for name in dict.fromkeys((*recorded.dtype.names, *computed.dtype.names)):
            inner = f"{path}.{name}" if path else name
            if name in recorded.dtype.names and name in computed.dtype.names:
                yield from differences(recorded[name], computed[name], inner)
            else:
                here = [str(record[name]) if name in record.dtype.names else None for record in (recorded, computed)]
                yield FieldDifference(inner, *here)
    elif recorded != computed:
        yield FieldDifference(path, recorded.item(), computed.item())
