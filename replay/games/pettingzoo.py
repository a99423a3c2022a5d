"""Environments of PettingZoo, and of all that are made like them: in turns (AEC) or all at once (parallel).

    env = replay.games.pettingzoo.Record(pettingzoo.make("aec", "classic/tictactoe_v3"), "run.replay")   # and then as ever

    replay verify run.replay --game pettingzoo:classic/tictactoe_v3

`--game pettingzoo:FAMILY/NAME` names one that PettingZoo ships, `pettingzoo:MODULE` any module with `env` or `parallel_env`. The
players are the possible agents by name. In turns a tick is the step of one agent; in parallel that of all who are there.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import pettingzoo
from pettingzoo.utils.env import AECEnv, ParallelEnv
from pettingzoo.utils.wrappers import BaseParallelWrapper, BaseWrapper

from replay.core.errors import UsageError
from replay.core.game import Config
from replay.core.origin import version_of
from replay.core.recorder import Recorder
from replay.games.copies import layers_of
from replay.games.environment import EnvMatch, EnvStory, LiveGame, rate_of, record, reset_command, start
from replay.games.settings import DRAWN, MODE, arguments_of, config_of, render_mode_of, unusual
from replay.games.values import hash_of, number, plain_of, shown, value_of

_PREFIX = "pettingzoo:"
_API = "api"  # the setting that says which of the two
_AEC, _PARALLEL = "aec", "parallel"
_HINT = "one of PettingZoo is pettingzoo:FAMILY/NAME, like pettingzoo:classic/tictactoe_v3; some need more packages"


class AgentsMatch(EnvMatch):
    """An environment of several agents. Events: reset, step (observations, rewards, and who is terminated or truncated)."""

    def number_of(self, agent: Any) -> int:
        """The player that an agent is."""
        return list(self.env.possible_agents).index(agent)

    def random_commands(self, rng: np.random.Generator) -> list[tuple[int, Any]]:
        """Legal ones: mostly a step, now and then a reset."""
        if self.progress.is_over or rng.random() < 0.01:
            return [(0, reset_command(None, None))]
        return [(self.number_of(agent), plain_of(self._sample(agent, rng))) for agent in self._acting()]

    def _acting(self) -> Iterable[Any]:
        raise NotImplementedError

    def _sample(self, agent: Any, rng: np.random.Generator) -> Any:
        space = copy.deepcopy(self.env.action_space(agent))  # sampling is no part of the match
        space.seed(int(rng.integers(2**31)))
        return space.sample(self._mask_of(agent))

    def _mask_of(self, agent: Any) -> Any:
        """Which actions are legal, if the environment says."""
        return None

    def _came_back(self, observations: Mapping[Any, Any], rewards: Any, terminated: Any, truncated: Any) -> dict[str, Any]:
        agents = list(self.env.agents)
        hashes = {agent: hash_of(observation) for agent, observation in observations.items()}
        seen = hash_of(agents, hashes, rewards, terminated, truncated)
        self.progress = self.progress._replace(is_over=not agents, seen=seen)
        return {
            "observations": {str(agent): shown(observation, hashes[agent]) for agent, observation in observations.items()},
            "rewards": {str(agent): number(reward) for agent, reward in rewards.items()},
            "terminated": [str(agent) for agent, is_so in terminated.items() if is_so],
            "truncated": [str(agent) for agent, is_so in truncated.items() if is_so],
        }


class TurnsMatch(AgentsMatch):
    """One agent after the other (AEC). Of the observations, that of the agent whose turn it is."""

    def reset(self, seed: int | None, options: Any) -> dict[str, Any]:
        self.env.reset(seed=seed, options=options)
        return self._told()

    def take(self, actions: Sequence[tuple[int, Any]]) -> dict[str, Any] | None:
        told = None
        for player, action in actions:
            if player != self.number_of(self.env.agent_selection):
                raise ValueError(f"player {player} acts, and it is the turn of {self.env.agent_selection}")
            self.env.step(value_of(action))
            self.progress = self.progress._replace(steps=self.progress.steps + 1)
            told = self._told()
        return told

    def _told(self) -> dict[str, Any]:
        env = self.env
        turn = [env.agent_selection] if env.agents else []
        return self._came_back({agent: env.observe(agent) for agent in turn}, env.rewards, env.terminations, env.truncations)

    def _acting(self) -> Iterable[Any]:
        return [self.env.agent_selection]

    def _sample(self, agent: Any, rng: np.random.Generator) -> Any:
        is_gone = self.env.terminations[agent] or self.env.truncations[agent]
        return None if is_gone else super()._sample(agent, rng)

    def _mask_of(self, agent: Any) -> Any:
        observation = self.env.observe(agent)
        said = observation if isinstance(observation, Mapping) else self.env.infos[agent]
        return said.get("action_mask")


class ParallelMatch(AgentsMatch):
    """All agents at once. A tick after the first reset that is none is a step, with whatever actions there are."""

    def reset(self, seed: int | None, options: Any) -> dict[str, Any]:
        self.answer = self.env.reset(seed=seed, options=options)
        return self._came_back(self.answer[0], {}, {}, {})

    def take(self, actions: Sequence[tuple[int, Any]]) -> dict[str, Any] | None:
        if not actions and self.progress.is_over:
            return None
        agents = self.env.possible_agents
        self.answer = self.env.step({agents[player]: value_of(action) for player, action in actions})
        self.progress = self.progress._replace(steps=self.progress.steps + 1)
        return self._came_back(*self.answer[:4])

    def _acting(self) -> Iterable[Any]:
        return list(self.env.agents)


class ZooGame:
    """A game of several agents. aec, parallel: functions of the arguments in the config that make the environment, as new.

    copies, ticks_per_second: see `replay.games.gymnasium.EnvGame`.
    """

    rules = 1
    input_dtype = None
    event_dtype = None
    event_kinds = ("reset", "step")
    begins_random = True
    made_with = {"pettingzoo": version_of("pettingzoo") or ""}  # noqa: RUF012
    unindexed_kinds = ("step",)  # one every tick
    story = EnvStory

    def __init__(
        self,
        name: str,
        aec: Callable[..., Any] | None = None,
        parallel: Callable[..., Any] | None = None,
        *,
        copies: bool = True,
        ticks_per_second: int = 30,
    ) -> None:
        self.name, self.copies, self.ticks_per_second = name, copies, ticks_per_second
        self._makers = {api: make for api, make in ((_PARALLEL, parallel), (_AEC, aec)) if make is not None}
        if not self._makers:
            raise UsageError(f"{name} has neither env nor parallel_env", "a game of PettingZoo is made by one of them")

    def default_config(self) -> dict[str, int | str]:
        return {_API: next(iter(self._makers))}

    def make(self, config: Config) -> Any:
        """The environment of a config, as new. Raises ValueError where it has no such one."""
        if config.get(_API) not in self._makers:
            raise ValueError(f"{self.name} has {' and '.join(self._makers)}, not {config.get(_API)!r}")
        return self._makers[str(config[_API])](**arguments_of({key: value for key, value in config.items() if key != _API}))

    def new_match(self, seed: int, players: int, config: Config) -> AgentsMatch:
        env = self.make(config)
        if len(env.possible_agents) != players:
            raise ValueError(f"it has {len(env.possible_agents)} agents, not {players} players")
        return match_of(env, seed, self.copies, lambda: self.make({**config, MODE: DRAWN}))

    def inputs(self, match: AgentsMatch, rng: np.random.Generator) -> tuple[None, list[tuple[int, Any]]]:
        return None, match.random_commands(rng)


class NamedGame(ZooGame):
    """The environments that a name stands for: FAMILY/NAME of PettingZoo, or a module."""

    def __init__(self, spec: str) -> None:
        spec = re.sub(r"-(v\d+)$", r"_\1", spec)  # both are written
        makers: Mapping[str, Callable[..., Any] | None]
        if "/" in spec and hasattr(pettingzoo, "make"):
            makers, module = _registered(spec)
        else:
            module = import_module(f"pettingzoo.{spec.replace('/', '.')}" if "/" in spec else spec)
            makers = {_AEC: getattr(module, "env", None), _PARALLEL: getattr(module, "parallel_env", None)}
        metadata = getattr(getattr(module, "raw_env", None), "metadata", None) or {}
        super().__init__(_PREFIX + spec, makers.get(_AEC), makers.get(_PARALLEL), ticks_per_second=rate_of(metadata))

    def __reduce__(self) -> tuple[Any, ...]:  # `replay check` sends it to other processes
        return NamedGame, (self.name.removeprefix(_PREFIX),)


def _registered(spec: str) -> tuple[dict[str, Callable[..., Any]], Any]:
    """The makers of what PettingZoo has registered, and the module that they are in."""
    from pettingzoo.env_registry.exceptions import PettingZooRegistryError

    known: dict[str, Any] = {}
    for api in (_AEC, _PARALLEL):
        with suppress(PettingZooRegistryError):
            known[api] = pettingzoo.spec(api, spec)
    if not known:
        raise UsageError(f"PettingZoo has no {spec}", _HINT)
    module = import_module(str(next(iter(known.values())).entry_point).partition(":")[0])
    return {api: partial(pettingzoo.make, api, spec) for api in known}, module


def game_of(spec: str) -> ZooGame:
    """The game that `pettingzoo:SPEC` names. Raises UsageError if it names none."""
    try:
        return NamedGame(spec)
    except ModuleNotFoundError as error:
        raise UsageError(f"{_PREFIX}{spec}: {error}", _HINT) from error


def match_of(env: Any, seed: int, copies: bool, drawer: Callable[[], Any] | None = None) -> AgentsMatch:
    return (TurnsMatch if isinstance(env, AECEnv) else ParallelMatch)(env, seed, copies, drawer)


class Record:
    """An environment, recorded into the new file `path` from its next reset on. Closing it seals the file.

    Put it directly around what `pettingzoo.make`, `env()` or `parallel_env()` gave. See `replay.games.gymnasium.Record`.

    arguments: those that the environment was made with, where it does not know them itself.

    Raises UsageError for an environment that cannot be made again for playing, and FileExistsError.
    """

    recorder: Recorder[AgentsMatch]

    def __new__(cls, env: Any, *_: Any, **__: Any) -> Record:
        kind = (RecordTurns if isinstance(env, AECEnv) else RecordParallel) if cls is Record else cls
        new: Record = object.__new__(kind)
        return new

    def __init__(
        self,
        env: AECEnv[Any, Any, Any] | ParallelEnv[Any, Any, Any],
        path: str | os.PathLike[str],
        *,
        seed: int | None = None,
        game: ZooGame | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(env)  # type: ignore[call-arg]  # of the wrapper that every kind is, too
        chosen = game or _game_behind(env)
        config = _config_behind(env, chosen, arguments)
        live = LiveGame(chosen, lambda seed: match_of(env, seed, copies=False))
        self.recorder = start(path, live, seed, [str(agent) for agent in env.possible_agents], config)

    def _reset(self, seed: int | None, options: Any) -> Any:
        record(self.recorder, [(0, reset_command(seed, options))])
        return self.recorder.match.answer

    def close(self) -> None:
        self.recorder.finish()
        self.recorder.match.env.close()

    def __enter__(self) -> Record:
        return self

    def __exit__(self, *error: Any) -> None:
        self.recorder.__exit__(*error)
        self.recorder.match.env.close()


class RecordTurns(Record, BaseWrapper[Any, Any, Any]):
    """One that steps an agent after the other."""

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        self._reset(seed, options)

    def step(self, action: Any) -> None:
        player = self.recorder.match.number_of(self.agent_selection)
        record(self.recorder, [(player, plain_of(action))])


class RecordParallel(Record, BaseParallelWrapper[Any, Any, Any]):
    """One that steps all agents at once."""

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        return self._reset(seed, options)

    def step(self, actions: dict[Any, Any]) -> Any:
        match = self.recorder.match
        record(self.recorder, [(match.number_of(agent), plain_of(action)) for agent, action in actions.items()])
        return match.answer


def _game_behind(env: Any) -> ZooGame:
    own = "give a game of your own: Record(env, path, game=ZooGame(name, aec=..., parallel=...))"
    package, _, rest = type(env.unwrapped).__module__.partition(".")
    if package != "pettingzoo" or "name" not in env.metadata:
        raise UsageError("this environment is none of PettingZoo's own: nothing says how to make it again", own)
    return game_of(f"{rest.partition('.')[0]}/{env.metadata['name']}")


def _config_behind(env: Any, game: ZooGame, given: Mapping[str, Any] | None) -> dict[str, int | str]:
    """What makes the same environment again. Raises UsageError where that comes out as another one."""
    api: dict[str, int | str] = {_API: _AEC if isinstance(env, AECEnv) else _PARALLEL}
    default = _own_arguments(game.make(api))
    own = unusual(_own_arguments(env), default)
    mode = render_mode_of(getattr(env, "render_mode", None), env.metadata)
    config = api | config_of({**own, **mode, **(given or {})})
    again = game.make(config)
    if _looks_of(again) != _looks_of(env):
        raise UsageError(
            f"{game.name}, made anew, is another environment than this one",
            "record what env() or parallel_env() gave, and wrap that; or say how it was made: Record(env, path, arguments={...})",
        )
    return config


def _own_arguments(env: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = getattr(env.unwrapped, "_ezpickle_kwargs", {})
    return arguments


def _looks_of(env: Any) -> tuple[Any, ...]:
    agents = list(env.possible_agents)
    spaces = [(env.action_space(agent), env.observation_space(agent)) for agent in agents]
    return agents, spaces, [type(layer) for layer in layers_of(env)]
