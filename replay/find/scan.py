"""Re-simulation as the query engine: a new question of old matches, of which nothing had to be logged.

    for hit in scan(paths, lambda match, events, tick: match.result() or None, every="event"): ...
    for hit in scan(paths, When("players.*.health < 10", then="winner.*"), jobs=2): ...

Each match runs once, from its start, and is proved on the way (see `replay.find.walk`): one that its file contradicts is named, and
none of its hits is given. One that was cut off is scanned as far as it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from replay.core.errors import ReplayError, UsageError
from replay.core.game import Events, Game, Match
from replay.core.installed import find_game
from replay.core.paths import told
from replay.core.recording import Recording
from replay.core.url import path_of
from replay.core.visits import Every
from replay.find.walk import Walk
from replay.find.when import When, beginnings
from replay.prove.batch import AnyPath, Paths, spread

Look = Callable[[Match, Events, int], Any]


class Hit(NamedTuple):
    """Something was found: state `tick` of the match in `path`. value: what the function gave, or a `Held`."""

    path: Path
    tick: int
    value: Any


class Refused(NamedTuple):
    """A recording that was not scanned to its end, and of which no hit is given: why, and what next."""

    path: Path
    message: str
    hint: str


def scan(
    paths: Paths,
    look: Look | When,
    *,
    every: Every | None = None,
    game: Game | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    refused: Callable[[Refused], object] | None = None,
) -> Iterator[Hit]:
    """The hits in recordings, in the order of `paths` and of their ticks, as they come.

    look: `look(match, events, tick)` gives a value for a hit, or None. The match stands at state `tick`, to be read; `events` are
        those of the step to it. In processes it has to be a function that can be imported. Or a `When`.
    every: look at every "tick", at every tick of a step that had an "event", or at every n-th tick. By default a function looks at
        every event, and a `When` at every tick.
    jobs, executor: as for `verify_many`. game: the rules; by default those that are here, for each recording.
    refused: called with a `Refused` for each recording that cannot be scanned; by default the first one raises ReplayError.

    Raises UsageError for a condition that is none for these states, and what `look` raises.
    """
    every = every if every is not None else "tick" if isinstance(look, When) else "event"
    if every not in ("event", "tick") and not (isinstance(every, int) and every > 0):
        raise UsageError(f"every {every!r} is not a way to look at a match", "event, tick, or a number of ticks: 60")
    work = partial(_scan_one, look=look, every=every, game=game)
    results = map(work, paths) if jobs == 1 and executor is None else spread(work, paths, game, jobs=jobs, executor=executor)
    for result in results:
        if not isinstance(result, Refused):
            yield from result
        elif refused is None:
            raise ReplayError(f"{result.path}: {result.message}", result.hint)
        else:
            refused(result)


def _scan_one(path: AnyPath, look: Look | When, every: Every, game: Game | None) -> list[Hit] | Refused:
    path = path_of(path)
    try:
        with Recording(path) as recording:
            if recording.defect is not None:
                raise recording.defect
            walk = Walk(find_game(recording.header.game) if game is None else game, recording)
            if isinstance(look, When):
                return [Hit(path, held.tick, held) for held in beginnings(walk, look, every)]
            match = walk.simulation.match
            looks = ((tick, look(match, events, tick)) for tick, events in walk.visits(every))
            return [Hit(path, tick, value) for tick, value in looks if value is not None]
    except UsageError:
        raise
    except ReplayError as error:
        return Refused(path, str(error), error.hint)
    except OSError as error:
        return Refused(path, *told(error))
