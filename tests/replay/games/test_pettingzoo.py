"""Environments of PettingZoo: who acts is in the recording, and agents that come and go."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from needs import needed

pytest.importorskip("pettingzoo", reason="needs pettingzoo (pip install -e '.[test]')")

import pettingzoo
from gymnasium import spaces
from pettingzoo.utils.wrappers import BaseParallelWrapper

from replay import Playback, Recording, verify
from replay.core.errors import UsageError
from replay.core.installed import load_game
from replay.games.pettingzoo import Record, ZooGame


class Shrinking(pettingzoo.ParallelEnv):
    """Three agents; the one that acts highest leaves. bug: which part of every answer is another one than it should be."""

    metadata = {"name": "shrinking", "render_modes": []}  # noqa: RUF012
    possible_agents = ["a", "b", "c"]  # noqa: RUF012
    render_mode = None
    bug = ""

    def observation_space(self, agent):
        return spaces.Box(0, 1, (2,), np.float64)

    def action_space(self, agent):
        return spaces.Discrete(10)

    def reset(self, seed=None, options=None):
        if seed is not None or not hasattr(self, "np_random"):
            self.np_random = np.random.default_rng(seed)
        self.agents, self.total = list(self.possible_agents), self.np_random.random()
        return self.seen(), {agent: {} for agent in self.agents}

    def seen(self):
        return {agent: np.array([self.total % 1, len(self.agents)]) for agent in self.agents}

    def step(self, actions):
        for place, (agent, action) in enumerate(actions.items()):
            self.total += (place + 1) * float(action) / 7 + ord(agent) / 1000
        leaving = max(actions, key=lambda agent: (int(actions[agent]), agent))
        rewards = dict.fromkeys(self.agents, self.total + (self.bug == "reward"))
        gone = {agent: agent == leaving for agent in self.agents}
        observations = self.seen()
        if self.bug == "observation":
            observations[leaving] = observations[leaving] + 1
        self.agents = [agent for agent in self.agents if agent != leaving]
        other = dict.fromkeys(gone, self.bug == "truncated")
        return observations, rewards, gone, other, {agent: {} for agent in gone}


SHRINKING = ZooGame("shrinking", parallel=Shrinking)


def recorded(path, ticks=60, reverse=False):
    env = Record(Shrinking(), path, game=SHRINKING, seed=3)
    rng = np.random.default_rng(1)
    while env.recorder.tick < ticks:
        env.reset()
        while env.agents:
            actions = {agent: rng.integers(10) for agent in env.agents}
            env.step(dict(reversed(actions.items())) if reverse else actions)
    env.close()
    return env


def test_agents_that_leave_and_come_back_are_the_same_players(path):
    env = recorded(path)
    assert verify(path, SHRINKING).is_ok
    with Recording(path) as recording:
        assert [player.name for player in recording.header.players] == ["a", "b", "c"]
        episode = recording.commands(0, 4)
    assert [len([1 for at, *_ in episode if at == tick]) for tick in range(4)] == [1, 3, 2, 1]
    assert env.recorder.match.result()["episodes"] == 15


def test_the_order_in_which_actions_are_given_is_kept(tmp_path):
    totals = {reverse: recorded(tmp_path / f"{reverse}.replay", reverse=reverse).total for reverse in (False, True)}
    assert totals[False] != totals[True]
    assert all(verify(tmp_path / f"{reverse}.replay", SHRINKING).is_ok for reverse in totals)


@pytest.mark.parametrize("part", ["observation", "reward", "truncated"])
def test_an_environment_that_answers_otherwise_diverges_at_its_first_step(path, part, monkeypatch):
    recorded(path)
    monkeypatch.setattr(Shrinking, "bug", part)
    assert verify(path, SHRINKING).divergence.first_bad_tick == 2


def test_every_seek_among_agents_that_come_and_go_is_right(path):
    recorded(path)
    with Recording(path) as recording:
        straight, playback = Playback(SHRINKING, recording), Playback(SHRINKING, recording)
        states = [straight.simulation.hash()]
        while not straight.at_end:
            straight.step()
            states.append(straight.simulation.hash())
        for tick in (60, 41, 7, 33, 0, 59):
            playback.seek(tick)
            assert playback.simulation.hash() == states[tick]


def test_what_a_parallel_environment_gives_back_is_what_the_bare_one_gives(path):
    bare, env = Shrinking(), Record(Shrinking(), path, game=SHRINKING)
    assert repr(env.reset(seed=7)) == repr(bare.reset(seed=7))
    while bare.agents:
        actions = dict.fromkeys(bare.agents, np.int64(4))
        assert repr(env.step(actions)) == repr(bare.step(actions))
    env.close()


def test_in_turns_it_is_as_without_the_recorder_and_a_dead_agent_steps_with_none(path):
    bare, env = (pettingzoo.make("aec", "classic/tictactoe_v3") for _ in range(2))
    env = Record(env, path)
    for game in (bare, env):
        game.reset(seed=1)
    for agent, other in zip(bare.agent_iter(), env.agent_iter(), strict=True):
        assert agent == other and repr(bare.last()) == repr(env.last())
        observation, _, terminated, truncated, _ = bare.last()
        action = None if terminated or truncated else int(np.flatnonzero(observation["action_mask"])[0])
        bare.step(action)
        env.step(action)
    env.close()
    assert verify(path, load_game("pettingzoo:classic/tictactoe_v3")).is_ok


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("api", "name", "official_test"),
    [("aec", "classic/tictactoe_v3", "api_test"), ("parallel", "classic/rps_v2", "parallel_api_test")],
)
def test_a_recorded_environment_passes_pettingzoo_s_own_test(path, api, name, official_test):
    official = import_module("pettingzoo.test")  # which warns of what it uses itself
    with Record(pettingzoo.make(api, name), path) as env:
        getattr(official, official_test)(env, num_cycles=100)
    assert env.recorder.tick > 10 and verify(path, load_game(f"pettingzoo:{name}")).is_ok


def test_a_command_out_of_turn_is_an_error_of_the_rules(path):
    game = load_game("pettingzoo:classic/tictactoe_v3")
    match = game.new_match(1, 2, game.default_config() | {"api": "aec"})
    match.advance([()], [(0, 0, {"reset": None})])
    with pytest.raises(ValueError, match="it is the turn of player_1"):
        match.advance([()], [(1, 1, 4)])


def test_both_ways_of_writing_a_name_name_the_same_game():
    names = {load_game(f"pettingzoo:classic/{name}").name for name in ("tictactoe_v3", "tictactoe-v3")}
    assert names == {"pettingzoo:classic/tictactoe_v3"}


def test_arguments_that_are_not_the_usual_ones_are_in_the_config(path):
    needed("pymunk")
    env = Record(pettingzoo.make("parallel", "butterfly/pistonball_v6", n_pistons=3, render_mode="human"), path)
    env.close()
    assert env.recorder.header.config == {"api": "parallel", "n_pistons": 3, "render_mode": "rgb_array"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: BaseParallelWrapper(pettingzoo.make("parallel", "classic/rps_v2")), "is another environment"),
        (Shrinking, "none of PettingZoo's own"),
    ],
)
def test_an_environment_that_could_not_be_made_again_is_refused(path, make, words):
    with pytest.raises(UsageError, match=words):
        Record(make(), path)
    assert not path.exists()


def test_names_that_name_nothing_are_refused_with_words():
    for spec in ("pettingzoo:classic/no_such_v1", "pettingzoo:no_such_module", "pettingzoo:json"):
        with pytest.raises(UsageError):
            load_game(spec)
