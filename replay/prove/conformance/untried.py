"""What the checks say nothing about: lines that no run reached, inputs and seeds that changed nothing, what the game has not, and
what this system cannot make different."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from replay.prove.conformance.checks import Checks
from replay.prove.conformance.differences import not_to_be_made
from replay.prove.conformance.given import turned_over
from replay.prove.conformance.promises import NotTried
from replay.prove.conformance.straight import state_of
from replay.prove.cover.cover import ranges

_RANGES = 12  # of lines that are told of one file
_SEEDS = (2, 2**32 + 1, 2**64 - 1)


def not_tried(kit: Checks) -> list[NotTried]:
    """All of it, what may matter most first."""
    return [*_lines(kit), *kit.watchdog.run(lambda: list(_wiring(kit))), *_abilities(kit), *_differences(kit)]


def _lines(kit: Checks) -> Iterator[NotTried]:
    reached = kit.reached
    if reached is None:
        why = kit.report.skipped.get("searched-inputs", "")
        yield NotTried("lines", f"which lines of the rules run was not looked at{': ' * bool(why)}{why}")
    elif not reached.line_count:
        yield NotTried("lines", "no line of the rules ran where Python can see it: they are compiled, or of an installed package")
    for file, lines in groupby(reached.missing if reached else (), key=lambda place: place[0]):
        runs = ranges([line for _, line in lines]).split(", ")
        more = f" and {len(runs) - _RANGES} more places" if len(runs) > _RANGES else ""
        yield NotTried("lines", f"{Path(file).name}: never reached: {', '.join(runs[:_RANGES])}{more}")


def _wiring(kit: Checks) -> Iterator[NotTried]:
    """Inputs and seeds that change nothing: it may be meant, and it may be a wire that was forgotten."""
    last, (rows, commands) = kit.states[kit.ticks], kit.given
    for name in rows.dtype.names or ():
        if _end_with(kit, turned_over(rows, name), commands) == last:
            yield NotTried("inputs", f"the field {name!r} changed nothing in {kit.ticks} ticks")
    if kit.abilities.takes_commands and not commands:
        yield NotTried("commands", "it takes commands, and none was tried: a game's inputs(match, rng) would give some")
    elif commands and _end_with(kit, rows, []) == last:
        yield NotTried("commands", f"those that were given changed nothing in {kit.ticks} ticks")
    seeds = [seed for seed in _SEEDS if seed != kit.seed]
    same = [str(seed) for seed in seeds if _end_with(kit, rows, commands, seed) == last]
    if same:
        yield NotTried("seeds", f"another seed changed nothing: {', '.join([str(kit.seed), *same])} give one match")


def _end_with(kit: Checks, rows: Any, commands: list[Any], seed: int | None = None) -> bytes | None:
    """The last state with these inputs. None where the rules raise: inputs of another match need not be legal in this one."""
    try:
        match = kit.new(seed)
        for start in range(0, kit.ticks, kit.game.ticks_per_second):
            stop = min(start + kit.game.ticks_per_second, kit.ticks)
            kit.step(match, rows[start:stop], [command for command in commands if start <= command[0] < stop])
        return state_of(match)
    except Exception:
        return None


def _abilities(kit: Checks) -> Iterator[NotTried]:
    match = kit.watchdog.run(kit.new)
    missing = [f"{name}()" for name in ("save", "load", "result", "checkpoint") if getattr(match, name, None) is None]
    if missing:
        yield NotTried("abilities", f"the match has no {', '.join(missing)}")
    if kit.abilities.event_dtype is None and not any(kit.event_counts):
        yield NotTried("abilities", f"no event in {kit.ticks} ticks")
    elif unseen := kit.unseen_kinds:
        yield NotTried("abilities", f"events that never came: {', '.join(unseen)}")


def _differences(kit: Checks) -> Iterator[NotTried]:
    if kit.facts is None:
        why = kit.report.skipped.get("other-process", "")
        yield NotTried("differences", f"no other process was tried{': ' * bool(why)}{why}")
        return
    yield from (NotTried("differences", text) for text in not_to_be_made(kit.facts))
