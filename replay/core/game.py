"""What a game must offer to be recorded, replayed and verified. Each ability more unlocks something; `replay check` tells what.

A `Game` has a name, a rules number, a rate, and gives matches. A `Match` has `advance`. That is level 1: its recordings are
verified from tick 0. All else is optional, and read once into an `Abilities` record.

Of a match:

- `advance(rows) -> events`: run `len(rows)` ticks: one, or with an `event_dtype` any number. rows: shape (ticks, players), the
  game's `input_dtype`, read-only. If the game takes commands: `advance(rows, commands)`, commands being a list of
  (tick, player, plain data) in order, of these ticks.
  events: an array of `event_dtype`, in order, which belongs to the caller; or a list of (tick, kind, plain data); or None. An event
  carries the tick whose inputs caused it.
- `proof() -> bytes`: what proves the state, when `save()` is dear. Without it the engine hashes `save()`.
- `save() -> bytes`, `load(bytes)` (level 2): the complete state, up to 16 MiB, of any length. Equal states give equal bytes. `load`
  raises ValueError, and the match stays as it was, for bytes that cannot be a state of this match: they may come from a stranger.
- `state_dtype: np.dtype` (level 3): `save()` is one record of this dtype. Differences are then named by field.
- `state_fields(saved) -> dict` (level 3, for states of any form): the fields of a saved state by their paths (`ball.x`,
  `score[1]`), in order; numbers and text. ValueError for bytes that are not a state.
- `trace(rows, states) -> (events, event_ends)`: like `advance`, and it writes the saved state after every tick into `states`, shape
  (ticks, state_dtype.itemsize), uint8; event_ends[i] events are of the first i + 1 ticks. Proving every tick is then one call.
- `prove(rows, begun, events_hash, group, every, states) -> (events, proofs, handles)`: like `advance`; proofs, shape (ticks, 2),
  uint64, are the XXH3-64 of the saved state and E (see `replay.core.format`) after every tick. `begun` ticks have gone before, E is
  `events_hash` then, and begins anew after every `group`. handles: checkpoints of every `every`-th tick; none
  if there is an array `states`, which is filled as by `trace`.
  `prove_tick(row, begun, events_hash, group) -> (events, proof, E)` is the same of one. `replay.native`
  gives both to a compiled game.
- `prover(chunk_ticks)`: what proves whole chunks without numpy; see `replay.native.match`.
- `checkpoint() -> handle`, `restore(handle)`, `release(handle)`: a state in the memory of this process; the default is `save` and
  `load`. A handle's cost is its `nbytes`, or its length if it is bytes, or 1 MiB. None: there is none of this tick, or it is not
  worth its cost. `checkpoint_ticks: int`, `checkpoint_budget_bytes: int`: how far apart they may lie, and what they may cost
  together, if the defaults do not suit (a quarter of a second to a second; 64 MiB).
- `reference_environment: Mapping[str, str]`: with these variables another process runs the same rules in a slower and surer way;
  `replay check` compares. A compiled game is interpreted there.
- `result() -> dict`: plain data. Sealed into the recording as the claimed result.
- `screen() -> array`, shape (height, width, 3), uint8: the game's own picture of this tick. It changes nothing.
- `risks() -> Sequence[str]`: what the match has done so far that may come out differently the next time, in words.
- `random_draws() -> int`: random numbers drawn since tick 0. Divergence reports then count them.

Of a game:

- `input_dtype`: integers and floats, packed; every bit pattern but NaN is a legal input. None or missing: the game takes no rows.
- `input_ranges`: fields of it that say less than they could hold: name -> (least, most). `{"jump": (0, 1)}` is a key: whoever makes
  inputs at random presses it or not, and it is told by its name alone.
- `takes_commands = True`: see `advance`.
- `event_dtype`, `event_kinds`: of structured events: it begins with `tick`, `kind`; event["kind"] indexes the kinds.
- `event_names: Mapping[str, Sequence[str]]`: what the numbers in a field of the events mean.
  Fields called `actor` and `target` hold player numbers: by these the library finds a player's moments.
- `unindexed_kinds: Collection[str]`: kinds of events that are too many to be searched for.
- `unique_keys(players, config, created_ms) -> Sequence[str]`: texts that no two matches of a library may share: one ranked match
  of a pair and day, say. players: as in the header. See `Library.reserve`.
- `proof_ticks: int`: prove only every n-th tick, because a proof is dear (default 1). It divides the ticks of a chunk.
- `inputs(match, rng) -> row or (row, commands)`: a legal input for the next tick, so that `replay check` plays legal moves.
- `projections: Mapping[str, Callable[[Match, Sequence[str]], Projection]]`: read models, for a match and its player names.
- `story: Callable[[Game, Header], Story]`: what a match tells in words.
- `config_text(config) -> str`, `default_config() -> dict`: the configuration in a few words; that of a new match.
- `begins_random = True`: a new match may hold any randomness, because its first tick puts another in its place.
- `made_with: Mapping[str, str]`: versions of what the rules run on, like {"pygame": "2.6.1"}, for the header. `source: Path`: the
  file of the rules, if it is not that of the game's class: its commit is noted.
- `releases_gil = True`: `advance` lets other threads run for most of its time. Asked for where several recordings are verified.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import xxhash

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Inputs = npt.NDArray[np.void]  # shape (ticks, players) or (players,), the game's `input_dtype`
else:
    Inputs = Any

Config = Mapping[str, int | str]
Events = Any  # an array of the game's `event_dtype`, or a list of (tick, kind, data)


@runtime_checkable
class Match(Protocol):
    """One running match."""

    @property
    def advance(self) -> Callable[..., Any]: ...


M_co = TypeVar("M_co", bound=Match, covariant=True)


@runtime_checkable
class Game(Protocol):
    """The rules of a game."""

    @property
    def name(self) -> str: ...

    @property
    def rules(self) -> int:
        """Bump it when the same inputs give another match."""
        ...

    @property
    def ticks_per_second(self) -> int: ...

    @property
    def new_match(self) -> Callable[..., Any]:
        """`new_match(seed, players, config)`: a match at tick 0. `seed` is 0..2**64-1. Raises ValueError for a config or a number
        of players that the rules do not know, UnverifiableError when the config names content that is not the one installed."""
        ...


class GameOf(Game, Protocol[M_co]):
    """A game whose matches are known to be of a type: what makes a `Recorder[M]` or a `Playback[M]`."""

    @property
    def new_match(self) -> Callable[..., M_co]: ...


class Abilities(NamedTuple):
    """The optional abilities of a game, each with what goes for a game without it."""

    input_dtype: np.dtype[Any] | None
    input_ranges: Mapping[str, tuple[int, int]]
    takes_commands: bool
    event_dtype: np.dtype[Any] | None
    event_kinds: tuple[str, ...]
    event_names: Mapping[str, Sequence[str]]
    unindexed_kinds: Collection[str]
    unique_keys: Callable[..., Sequence[str]] | None
    proof_ticks: int
    projections: Mapping[str, Callable[..., Any]]
    story: Callable[..., Any] | None
    config_text: Callable[[Config], str] | None
    default_config: Callable[..., dict[str, int | str]] | None
    inputs: Callable[..., Any] | None
    begins_random: bool


def ability(game: Game, name: str, default: Any = None) -> Any:
    """One optional ability of `game`, or what goes for a game without it."""
    value = getattr(game, name, default)
    return default if value is None else value


def abilities_of(game: Game) -> Abilities:
    """Everything that `game` says of itself, read once."""
    read = partial(ability, game)
    return Abilities(
        input_dtype=read("input_dtype"),
        input_ranges=read("input_ranges", {}),
        takes_commands=bool(read("takes_commands", read("input_dtype") is None)),
        event_dtype=read("event_dtype"),
        event_kinds=tuple(read("event_kinds", ())),
        event_names=read("event_names", {}),
        unindexed_kinds=read("unindexed_kinds", ()),
        unique_keys=read("unique_keys"),
        proof_ticks=int(read("proof_ticks", 1)),
        projections=read("projections", {}),
        story=read("story"),
        config_text=read("config_text"),
        default_config=read("default_config"),
        inputs=read("inputs"),
        begins_random=bool(read("begins_random", False)),
    )


def proof_of(match: Any) -> bytes:
    """What proves the state of `match`: its `proof()`, else its saved state. A game has one or the other."""
    proof = getattr(match, "proof", None) or match.save
    return bytes(proof())


def state_hash(match: Any) -> int:
    """64-bit hash (XXH3) of what proves the state. The engine computes it, never the game."""
    return xxhash.xxh3_64_intdigest(proof_of(match))


def state_record(match: Any, saved: bytes) -> Any | None:
    """A saved state of `match` by field names: a record of its `state_dtype`, or a dict as its `state_fields` gives it. None if it
    names no fields, or these are no bytes of a state."""
    import numpy as np

    dtype, fields = getattr(match, "state_dtype", None), getattr(match, "state_fields", None)
    if dtype is not None:
        return np.frombuffer(saved, dtype)[0] if len(saved) == dtype.itemsize else None
    try:
        return None if fields is None else dict(fields(saved))
    except Exception:  # bytes of a stranger: they are told as bytes
        return None


def result_of(match: Any) -> dict[str, Any]:
    """What the match says came out so far: plain data; empty if the game does not say."""
    result = getattr(match, "result", None)
    return dict(result()) if result is not None else {}


def random_draws(match: Any) -> int | None:
    """Random numbers drawn since tick 0; None if the game does not count them."""
    draws = getattr(match, "random_draws", None)
    return int(draws()) if draws is not None else None
