"""Many matches at once: numpy arrays in, one call of the library, numpy arrays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from replay.native.engine import engine_of
from replay.native.interface import Buffer

from .. import rules
from ..bots import BRAIN, first_brains
from ..config import checked, default_config, start_numbers
from ..digests import blake2b
from ..kernels import KERNELS
from ..many import ACTION, TALLY
from ..observation import MOST_KEYS, OBSERVATION, SIZE
from ..rng import seeded
from .rewards import COUNTED, weights_of

Observations = npt.NDArray[np.float32]
Rewards = npt.NDArray[np.float32]
Ended = npt.NDArray[np.bool_]


class VectorArena:
    """`matches` matches that go on together, of `players` players each: the first ones learn, the last ones are `bots`.

        arena = VectorArena(64, players=4)
        observations = arena.reset(seed=1)
        while learning:
            observations, rewards, ended = arena.step(policy(observations))

    A match that has ended is begun anew by the next call, with another seed: that call takes no action of it, and gives its first
    observation, no reward, and that it has not ended (gymnasium's NEXT_STEP).

    The arrays are the memory that the library reads and writes: they are always the same ones, and each call writes them anew.
    `m` is a match, `l` one of its learners, `p` one of its players.

    observations: (m, l, SIZE), float32 of -1..1; `sights` are the same by field names, (m, l) records of
    `game.observation.OBSERVATION`.
    rewards: (m, l), float32: what was counted in `tallies`, (m, l) records of `game.many.TALLY`, times the weights of `reward`.
    ended: (m,), bool.
    actions: (m, l, 8), int64, within `nvec`, see `game.many.ACTION`.
    inputs: (m, p), the game's own input rows; `step` makes the learners' of their actions, the bots' are their own.
    states: (m,), records of `game.rules.STATE`, to be read and not written. seeds: (m,), uint64: `ARENA.new_match(seed, players,
    arena.config)` is the same match, and its bots are `Bots(match, temperaments, seed)`.

    frame_skip: ticks of a call. config: as of `game.config.default_config`. Raises ValueError for what the rules do not know.
    """

    nvec = np.array(list(ACTION.values()), np.int64)

    def __init__(
        self,
        matches: int,
        players: int = 4,
        *,
        bots: Sequence[str] = (),
        frame_skip: int = 1,
        reward: Mapping[str, float] | None = None,
        **config: Any,
    ) -> None:
        learners = players - len(bots)
        if not (matches >= 1 and 2 <= players <= rules.PLAYERS and learners >= 1 and frame_skip >= 1):
            raise ValueError(
                f"expected at least one match, 2 to {rules.PLAYERS} players, one of them no bot, and a frame_skip from 1 on, got "
                f"{matches}, {players}, {len(bots)} bots and {frame_skip}"
            )
        self.config = default_config(**config)
        self.temperaments = ("",) * learners + tuple(bots)
        self.frame_skip = frame_skip
        self._weights = weights_of(reward)
        self._engine: Any = engine_of(KERNELS)
        self._tables = checked(self.config).tables
        self._world_bytes, self._state_bytes = (self._engine.layouts[name][0] for name in ("world", "state"))
        self._worlds: Buffer = self._engine.buffer(self._world_bytes * matches)
        self.states = np.ndarray((matches,), rules.STATE, self._worlds.view, 0, (self._world_bytes,))
        self.states.flags.writeable = False
        self.seeds = np.zeros(matches, np.uint64)
        self._episodes = [0] * matches
        self._seed = 0
        self._make_arrays(matches, players, learners)
        self.reset()

    def _make_arrays(self, matches: int, players: int, learners: int) -> None:
        def memory(dtype: Any, *shape: int) -> tuple[Buffer, npt.NDArray[Any]]:
            buffer: Buffer = self._engine.buffer(int(np.prod(shape)) * np.dtype(dtype).itemsize)
            return buffer, buffer.array(np.dtype(dtype), shape)

        brains, self._brains = memory(BRAIN, matches, players)
        actions, self.actions = memory(np.int64, matches, learners, len(ACTION))
        rows, self.inputs = memory(rules.INPUT, matches, players)
        sights, self.sights = memory(OBSERVATION, matches, learners)
        tallies, self.tallies = memory(TALLY, matches, learners)
        ended, self.ended = memory(np.bool_, matches)
        keys, _ = memory(np.int64, MOST_KEYS)
        self.observations: Observations = sights.array(np.dtype("<f4"), (matches, learners, SIZE))
        self.rewards: Rewards = np.zeros((matches, learners), np.float32)
        self._counted = tallies.array(np.dtype("<i4"), (matches, learners, len(COUNTED)))
        of_players, of_learners = (matches, players), (matches, learners)
        self._memory = brains, actions, rows, sights, tallies, ended, keys
        self._given = (
            *(self._worlds.place, matches, self._tables.place, brains.place, *of_players, actions.place, *of_learners),
            *(rows.place, *of_players, sights.place, *of_learners, sights.place, *of_learners, tallies.place, *of_learners),
            *(ended.place, matches, keys.place),
        )
        self._advance, self._start = self._engine.entry("advance_many"), self._engine.entry("start_one")

    @property
    def matches(self) -> int:
        return len(self.states)

    @property
    def players(self) -> int:
        return len(self.temperaments)

    @property
    def learners(self) -> int:
        return int(self.actions.shape[1])

    def reset(self, seed: int | None = None) -> Observations:
        """All matches anew. With a seed everything is as after any other reset with it; without one the next matches follow."""
        if seed is not None:
            self._seed, self._episodes = seed, [0] * self.matches
        self.ended[:] = True
        return self._go_on(0)[0]

    def step(self, actions: npt.NDArray[np.int64]) -> tuple[Observations, Rewards, Ended]:
        """`frame_skip` ticks of every match, by the learners' actions. Raises ValueError for an action that there is not."""
        if np.shape(actions) != self.actions.shape or ((actions < 0) | (actions >= self.nvec)).any():
            raise ValueError(f"expected actions of shape {self.actions.shape}, from 0 to below {self.nvec.tolist()}")
        if actions is not self.actions:
            self.actions[...] = actions
        return self._go_on(1)

    def advance(self, inputs: npt.NDArray[np.void] | None = None) -> tuple[Observations, Rewards, Ended]:
        """`frame_skip` ticks of every match, by input rows of shape (m, p) or, without any, by what the array `inputs` holds. Bots
        have inputs of their own, whatever is given for them. Raises ValueError for rows of another shape."""
        if inputs is not None and inputs is not self.inputs:
            if inputs.shape != self.inputs.shape or inputs.dtype != self.inputs.dtype:
                raise ValueError(f"expected inputs of shape {self.inputs.shape}, got {inputs.dtype} {inputs.shape}")
            self.inputs[...] = inputs
        return self._go_on(0)

    def sample(self, rng: np.random.Generator | None = None) -> npt.NDArray[np.int64]:
        """Actions drawn at random."""
        return (rng or np.random.default_rng()).integers(0, self.nvec, self.actions.shape)

    def _go_on(self, is_acting: int) -> tuple[Observations, Rewards, Ended]:
        for index in np.flatnonzero(self.ended).tolist():
            self._begin(index)
        self._advance(*self._given, self.frame_skip, is_acting)
        np.dot(self._counted.astype(np.float32), self._weights, out=self.rewards)
        return self.observations, self.rewards, self.ended

    def _begin(self, index: int) -> None:
        """State 0 of another match."""
        name = f"{self._seed} {index} {self._episodes[index]}"
        seed = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
        self._episodes[index] += 1
        self.seeds[index] = seed
        first = index * self._world_bytes
        self._worlds.view[first : first + self._state_bytes] = bytes(self._state_bytes)
        numbers = (self.players, *start_numbers(self.config), *seeded(seed, "rules"))
        self._start(self._worlds.place, self.matches, index, *numbers)
        self._brains[index] = first_brains(self.temperaments, seed)
        self.inputs[index] = np.zeros((), rules.INPUT)
