"""Arena as a parallel environment of PettingZoo."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from pettingzoo import ParallelEnv

from .episode import Episode, Setup
from .spaces import action_space, observation_space

Dicts = tuple[dict[str, npt.NDArray[np.float32]], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]


class ArenaParallelEnv(ParallelEnv):  # type: ignore[misc, type-arg, unused-ignore]  # it comes without types
    """Agents `player_0` ... are all who are not `bots`; all of them stay to the end of the match, which is a termination: the time
    limit is one of the rules, and an observation tells what is left.

    record: a new file for the first episode, or, with `{episode}` in its name ("run-{episode:03}.replay"), for every one: ordinary
    recordings of arena. config: map, mode, score_limit, seconds. Raises ValueError for what the rules do not know.
    """

    metadata = {"name": "arena_v0", "render_modes": ["rgb_array"], "render_fps": 60, "is_parallelizable": True}  # noqa: RUF012

    def __init__(
        self,
        players: int = 4,
        *,
        bots: Sequence[str] = (),
        frame_skip: int = 1,
        reward: Mapping[str, float] | None = None,
        record: str | os.PathLike[str] | None = None,
        render_mode: str | None = None,
        **config: Any,
    ) -> None:
        self._setup = Setup.of(players, bots, frame_skip, reward, record, config)
        self.render_mode = render_mode
        self.possible_agents = [f"player_{index}" for index in range(self._setup.learners)]
        self.agents: list[str] = []
        self.action_spaces = {agent: action_space() for agent in self.possible_agents}
        self.observation_spaces = {agent: observation_space() for agent in self.possible_agents}
        self._seeds = np.random.default_rng()
        self._episode: Episode | None = None
        self._episodes = 0

    def action_space(self, agent: str) -> spaces.MultiDiscrete:
        return self.action_spaces[agent]

    def observation_space(self, agent: str) -> spaces.Space[npt.NDArray[np.float32]]:
        return self.observation_spaces[agent]

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """A new match. With a seed it and all that follow without one are the same as after any other reset with it."""
        self.close()
        if seed is not None:
            self._seeds = np.random.default_rng(seed)
        path = self._setup.path_of(self._episodes)
        self._episode = Episode(self._setup, int(self._seeds.integers(1 << 63)), path, is_shown=self.render_mode is not None)
        self._episodes += 1
        self.agents = self.possible_agents[:]
        return self._of_agents(self._episode.observations), {agent: {} for agent in self.agents}

    def step(self, actions: Mapping[str, npt.NDArray[np.int64]]) -> Dicts:
        """Raises ValueError if an agent has no action, or one that there is not; RuntimeError before the first reset."""
        if self._episode is None:
            raise RuntimeError("this environment has no match yet: call reset() first")
        if not self.agents:
            return {}, {}, {}, {}, {}
        for agent in self.agents:
            if agent not in actions or not self.action_spaces[agent].contains(np.asarray(actions[agent])):
                raise ValueError(f"expected an action of {self.action_spaces[agent]} for {agent}, got {actions.get(agent)!r}")
        self._episode.step(np.array([actions[agent] for agent in self.agents]))
        ended = self._episode.ended
        dicts: Dicts = (
            self._of_agents(self._episode.observations),
            {agent: float(reward) for agent, reward in zip(self.agents, self._episode.rewards, strict=True)},
            dict.fromkeys(self.agents, ended),
            dict.fromkeys(self.agents, False),
            {agent: {} for agent in self.agents},
        )
        if ended:
            self.agents = []
        return dicts

    def _of_agents(self, observations: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
        return dict(zip(self.agents, observations, strict=True))

    def render(self) -> npt.NDArray[np.uint8] | None:
        """The whole map as pixels, shape (height, width, 3), with render_mode "rgb_array"."""
        return None if self._episode is None or self.render_mode is None else self._episode.picture()

    def close(self) -> None:
        if self._episode is not None:
            self._episode.close()


def parallel_env(**options: Any) -> ArenaParallelEnv:
    """See `ArenaParallelEnv`."""
    return ArenaParallelEnv(**options)
