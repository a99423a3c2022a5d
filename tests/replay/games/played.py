"""Real environments, played at random by a wrapper that records: what the rows of the matrix are made of."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from replay import Recorder
from replay.core.game import Game
from replay.core.installed import load_game


class Row(NamedTuple):
    """spec: what names the game. record: plays it for about so many ticks into a file. needs: the packages of it. checked: ticks
    that `replay check` plays; settings, players: and of what match. broken: the promises that it
    is known not to keep."""

    spec: str
    record: Callable[[Path, int], None]
    needs: str
    ticks: int = 300
    checked: int = 60
    settings: dict[str, Any] = {}  # noqa: RUF012  # nobody changes it
    players: int | None = None
    broken: tuple[str, ...] = ()

    def game(self) -> Game:
        return load_game(self.spec)


def of_gymnasium(env_id: str, **arguments: Any) -> Callable[[Path, int], None]:
    def record(path: Path, ticks: int) -> None:
        import gymnasium

        from replay.games.gymnasium import Record

        env = Record(gymnasium.make(env_id, **arguments), path, seed=5)
        env.action_space.seed(1)
        is_over = True
        for _ in range(ticks):
            if is_over:
                env.reset()
                is_over = False
            else:
                _, _, terminated, truncated, _ = env.step(env.action_space.sample())
                is_over = terminated or truncated
        env.close()

    return record


def in_turns(name: str, **arguments: Any) -> Callable[[Path, int], None]:
    def record(path: Path, ticks: int) -> None:
        import pettingzoo

        from replay.games.pettingzoo import Record

        env = Record(pettingzoo.make("aec", name, **arguments), path, seed=5)
        while env.recorder.tick < ticks:
            env.reset()
            for agent in env.agent_iter():
                observation, _, terminated, truncated, _ = env.last()
                mask = observation.get("action_mask") if isinstance(observation, dict) else None
                space = env.action_space(agent)
                space.seed(env.recorder.tick)
                env.step(None if terminated or truncated else space.sample(mask))
        env.close()

    return record


def in_parallel(name: str, **arguments: Any) -> Callable[[Path, int], None]:
    def record(path: Path, ticks: int) -> None:
        import pettingzoo

        from replay.games.pettingzoo import Record

        env = Record(pettingzoo.make("parallel", name, **arguments), path, seed=5)
        for agent in env.possible_agents:
            env.action_space(agent).seed(1)
        while env.recorder.tick < ticks:
            env.reset()
            while env.agents and env.recorder.tick < ticks:
                env.step({agent: env.action_space(agent).sample() for agent in env.agents})
        env.close()

    return record


def by_hand(spec: str, players: int) -> Callable[[Path, int], None]:
    def record(path: Path, ticks: int) -> None:
        game, chance = load_game(spec), random.Random(5)
        config = getattr(game, "default_config", dict)()
        with Recorder(path, game, seed=5, players=[f"player {number}" for number in range(players)], config=config) as recorder:
            row = np.zeros(players, game.input_dtype)
            for _ in range(ticks):
                for field in row.dtype.names or ():
                    if chance.random() < 0.2:
                        row[field] = [chance.uniform(-1, 1) if row.dtype[field].kind == "f" else chance.randrange(256) for _ in row]
                recorder.step(row)

    return record


DRAWN = {"render_mode": "rgb_array"}
ROWS = {
    "cartpole": Row("gymnasium:CartPole-v1", of_gymnasium("CartPole-v1"), "gymnasium"),
    "pendulum": Row("gymnasium:Pendulum-v1", of_gymnasium("Pendulum-v1", g=9.81), "gymnasium"),
    "frozen-lake": Row("gymnasium:FrozenLake-v1", of_gymnasium("FrozenLake-v1", map_name="8x8"), "gymnasium"),
    "tictactoe": Row("pettingzoo:classic/tictactoe_v3", in_turns("classic/tictactoe_v3", **DRAWN), "pettingzoo", 120),
    "pistonball": Row(
        "pettingzoo:butterfly/pistonball_v6",
        in_parallel("butterfly/pistonball_v6", n_pistons=4, **DRAWN),
        "pettingzoo pymunk",
        60,
        8,
        {"api": "parallel", "n_pistons": 4},
        4,
    ),
    # A seeded reset loads the cartridge again, from its file.
    "pong": Row("gymnasium:ALE/Pong-v5", of_gymnasium("ale_py:ALE/Pong-v5"), "gymnasium ale_py", checked=8, broken=("globals",)),
    "pyboy": Row("gb_game:GAME", by_hand("gb_game:GAME", 1), "pyboy", 700, 2),
    "pymunk": Row("replay.docs.examples.physics:BALLS", by_hand("replay.docs.examples.physics:BALLS", 3), "pymunk", 700),
}
