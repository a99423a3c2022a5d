"""What a game must offer to be recorded, replayed and verified: four methods on a match, six facts about its rules.

A game is found by its entry point in the group `replay.games`; a name inside a file never names code to import.

Optional abilities, each of which unlocks something. A game that lacks one simply goes without:

- `Match.state_dtype: np.dtype`: `save()` is one record of this dtype. Differences are then named by field.
- `Match.result() -> dict`: plain data (JSON-able). Sealed into the recording as the claimed result and shown by `replay info`.
- `Match.random_draws() -> int`: random numbers drawn since tick 0, from the state. Divergence reports then count them.
- `Game.releases_gil = True`: `advance` lets other threads run for most of its time. Many recordings are then verified in threads
  instead of processes. Below a millisecond or so per second of match, threads wait for one another longer than they gain.
- `Game.projections: Mapping[str, Callable[[Match, Sequence[str]], Projection]]`: read models, for a match and its player names.
- `Game.event_names: Mapping[str, Sequence[str]]`: what the numbers in a field of the events mean; the library searches by them.
  Fields called `actor` and `target` hold player numbers: by these the library finds a player's moments.
- `Game.unindexed_kinds: Collection[str]`: kinds of events that are too many to be searched for.
- `Game.config_text(config) -> str`: the configuration in a few words, for lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import xxhash

from replay.core.errors import UnverifiableError

Config = Mapping[str, int | str]
Events = npt.NDArray[np.void]
Inputs = npt.NDArray[np.void]


@runtime_checkable
class Match(Protocol):
    """One running match. All that can change its future is in `save()`."""

    def advance(self, inputs: Inputs) -> Events:
        """Run `len(inputs)` ticks. `inputs` has shape (ticks, players) and the game's `input_dtype`.

        Returns the events of those ticks in order, shape (n,), `event_dtype`. An event carries the tick whose inputs caused it.
        The array belongs to the caller.
        """
        ...

    def save(self) -> bytes:
        """The complete state: the same length at every tick, equal states give equal bytes."""
        ...

    def load(self, snapshot: bytes) -> None:
        """Become the match that `save()` gave these bytes. Raises ValueError, and stays as it was, if they cannot
        be a state of this match: they may come from a stranger's file."""
        ...


@runtime_checkable
class Game(Protocol):
    """The rules of a game."""

    name: str
    rules: int  # bump when the same inputs give another match
    ticks_per_second: int
    input_dtype: np.dtype[Any]  # integers only; every bit pattern is a legal input
    event_dtype: np.dtype[Any]  # begins with `tick`, `kind`
    event_kinds: tuple[str, ...]  # event["kind"] indexes this

    def new_match(self, seed: int, players: int, config: Config) -> Match:
        """A match at tick 0. `seed` is 0..2**64-1. Raises ValueError for a config or a number of players that the rules do not
        know, and UnverifiableError when the config names content that is not the one installed (a map of another hash)."""
        ...


def state_hash(match: Match) -> int:
    """64-bit hash (XXH3) of the complete saved state. The engine computes it, never the game."""
    return xxhash.xxh3_64_intdigest(match.save())


def state_record(match: Match, saved: bytes | None = None) -> Any | None:
    """The state of `match` (or `saved`, as one) by field names: a record of its `state_dtype`. None if it names no fields."""
    dtype = getattr(match, "state_dtype", None)
    data = match.save() if saved is None else saved
    return np.frombuffer(data, dtype)[0] if dtype is not None and len(data) == dtype.itemsize else None


def result_of(match: Match) -> dict[str, Any]:
    """What the match says came out so far: plain data; empty if the game does not say."""
    result = getattr(match, "result", None)
    return dict(result()) if result is not None else {}


def random_draws(match: Match) -> int | None:
    """Random numbers drawn since tick 0; None if the game does not count them."""
    draws = getattr(match, "random_draws", None)
    return int(draws()) if draws is not None else None


def installed_games() -> list[str]:
    """Names of the games that can be found, sorted."""
    return sorted({point.name for point in entry_points(group="replay.games")})


def find_game(name: str) -> Game:
    """The installed game of this name. Raises UnverifiableError if there is none or it does not load."""
    points = entry_points(group="replay.games", name=name)
    if not points:
        known = ", ".join(installed_games()) or "none"
        raise UnverifiableError(f"needs the game {name!r}, which is not installed", f"installed games: {known}")
    point = next(iter(points))
    try:
        game = point.load()
    except Exception as error:
        raise UnverifiableError(
            f"the game {name!r} is installed but does not load: {error}",
            f"its entry point is {point.value}; if that has moved since it was installed, install it again: pip install -e .",
        ) from error
    if not isinstance(game, Game):
        raise UnverifiableError(f"the entry point {point.value} is no game", "it lacks something of replay.core.game.Game")
    return game
