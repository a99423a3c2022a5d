"""A PettingZoo environment: agents by name, spaces that are kept because they never change, a generator that reset seeds."""

import functools

import numpy as np
from gymnasium.spaces import Box, Discrete
from gymnasium.utils import seeding
from pettingzoo import ParallelEnv

NAMES = ("rock", "paper", "scissors")


class Env(ParallelEnv):
    metadata = {"name": "rps_v0", "render_modes": ["human"]}  # noqa: RUF012 - as PettingZoo has it

    def __init__(self, rounds=10, render_mode=None):
        self.possible_agents = [f"player_{index}" for index in range(2)]
        self.rounds = rounds
        self.render_mode = render_mode
        self.agents = []

    @functools.lru_cache(maxsize=None)  # noqa: B019 - as PettingZoo has it
    def observation_space(self, agent):
        return Box(0, len(NAMES), (self.rounds,), np.int8)

    @functools.lru_cache(maxsize=None)  # noqa: B019 - as PettingZoo has it
    def action_space(self, agent):
        return Discrete(len(NAMES))

    def reset(self, seed=None, options=None):
        self.np_random, _ = seeding.np_random(seed)
        self.agents = self.possible_agents[:]
        self.moves = 0
        self.seen = {agent: np.zeros(self.rounds, np.int8) for agent in self.agents}
        return dict(self.seen), {agent: {} for agent in self.agents}

    def step(self, actions):
        first, second = (int(actions[agent]) for agent in self.agents)
        lead = (first - second) % 3
        rewards = dict(zip(self.agents, ((0, 0), (1, -1), (-1, 1))[lead], strict=True))
        for agent in self.agents:
            self.seen[agent][self.moves % self.rounds] = actions[agent]
        self.moves += 1
        done = self.moves >= self.rounds
        if self.np_random.integers(6) == 0:
            rewards[self.agents[0]] += 1
        flags = {agent: done for agent in self.agents}
        if done:
            self.agents = []
        return dict(self.seen), rewards, flags, dict(flags), {agent: {} for agent in flags}
