"""Arena as an environment of gymnasium: one player against bots."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from .episode import Episode, Setup
from .spaces import action_space, observation_space

ID = "replay/Arena-v0"
Observation = npt.NDArray[np.float32]


class ArenaEnv(gymnasium.Env[Observation, npt.NDArray[np.int64]]):
    """One player against `bots`, temperaments of `game.bots.TEMPERAMENTS`. The end of the match is a termination, by score or by
    time: an observation tells what is left of both.

    record: a new file for the first episode, or, with `{episode}` in its name ("run-{episode:03}.replay"), for every one: ordinary
    recordings of arena. config: map, mode, score_limit, seconds. Raises ValueError for what the rules do not know.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 60}  # noqa: RUF012

    def __init__(
        self,
        bots: Sequence[str] = ("hunter",),
        *,
        frame_skip: int = 1,
        reward: Mapping[str, float] | None = None,
        record: str | os.PathLike[str] | None = None,
        render_mode: str | None = None,
        **config: Any,
    ) -> None:
        self._setup = Setup.of(1 + len(bots), bots, frame_skip, reward, record, config)
        self.render_mode = render_mode
        self.action_space = action_space()
        self.observation_space: spaces.Space[Observation] = observation_space()
        self._episode: Episode | None = None
        self._episodes = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observation, dict[str, Any]]:
        super().reset(seed=seed)
        self.close()
        path = self._setup.path_of(self._episodes)
        self._episode = Episode(self._setup, int(self.np_random.integers(1 << 63)), path, is_shown=self.render_mode is not None)
        self._episodes += 1
        return self._episode.observations[0], {}

    def step(self, action: npt.NDArray[np.int64]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Raises ValueError for an action that there is not, RuntimeError before the first reset and after the end."""
        if self._episode is None or self._episode.ended:
            raise RuntimeError("there is no match that goes on: call reset() first")
        if not self.action_space.contains(np.asarray(action)):
            raise ValueError(f"expected an action of {self.action_space}, got {action!r}")
        self._episode.step(np.array([action]))
        return self._episode.observations[0], float(self._episode.rewards[0]), self._episode.ended, False, {}

    def render(self) -> npt.NDArray[np.uint8] | None:
        """The whole map as pixels, shape (height, width, 3), with render_mode "rgb_array"."""
        return None if self._episode is None or self.render_mode is None else self._episode.picture()

    def close(self) -> None:
        if self._episode is not None:
            self._episode.close()


def register() -> None:
    """Make it known to `gymnasium.make` as "replay/Arena-v0"; twice is once."""
    if ID not in gymnasium.registry:
        gymnasium.register(ID, entry_point=f"{__name__}:ArenaEnv")
