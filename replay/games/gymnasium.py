"""Environments of gymnasium, and of all that registers there.

    env = replay.games.gymnasium.Record(gymnasium.make("CartPole-v1"), "run.replay")   # and then as ever

    replay verify run.replay --game gymnasium:CartPole-v1

`--game gymnasium:ID` names a registered environment, `gymnasium:MODULE:ID` one that importing MODULE registers (as in
`gymnasium.make`). One that is registered nowhere is a game of your own, `GAME = EnvGame("name", make)`, named `--game MODULE:GAME`.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Literal

import gymnasium
import numpy as np
from gymnasium.envs.registration import EnvSpec, load_env_creator

from replay.core.errors import UsageError
from replay.core.game import Config
from replay.core.recorder import Recorder
from replay.games.environment import EnvMatch, EnvStory, LiveGame, rate_of, record, reset_command, start
from replay.games.settings import DRAWN, MODE, arguments_of, config_of, render_mode_of, unusual
from replay.games.values import hash_of, number, plain_of, shown, value_of

_PREFIX = "gymnasium:"
_REGISTERED_BY = {"ALE": "ale_py"}  # namespaces of ids, and the module that registers them
_STEPS = "max_episode_steps"  # an argument of gymnasium.make, not of the environment


class GymnasiumMatch(EnvMatch):
    """One environment of one agent. Events: reset (observation), step (observation, reward, terminated, truncated)."""

    def reset(self, seed: int | None, options: Any) -> dict[str, Any]:
        observation, _ = self.answer = self.env.reset(seed=seed, options=options)
        seen = hash_of(observation)
        self.progress = self.progress._replace(is_over=False, seen=seen)
        return {"observation": shown(observation, seen)}

    def take(self, actions: Sequence[tuple[int, Any]]) -> dict[str, Any] | None:
        told = None
        for _, action in actions:
            self.answer = self.env.step(value_of(action))
            observation, reward, terminated, truncated, _ = self.answer
            progress, seen = self.progress, hash_of(observation)
            self.progress = progress._replace(
                steps=progress.steps + 1,
                reward=progress.reward + float(reward),
                is_over=bool(terminated or truncated),
                seen=hash_of(seen, reward, terminated, truncated),
            )
            told = {
                "observation": shown(observation, seen),
                "reward": number(reward),
                "terminated": bool(terminated),
                "truncated": bool(truncated),
            }
        return told

    def result(self) -> dict[str, Any]:
        return {**super().result(), "reward": number(self.progress.reward)}

    def random_command(self, rng: np.random.Generator) -> Any:
        """A legal one: mostly a step, now and then a reset."""
        if self.progress.is_over or rng.random() < 0.01:
            return reset_command(None, None)
        space = copy.deepcopy(self.env.action_space)  # sampling is no part of the match
        space.seed(int(rng.integers(2**31)))
        return plain_of(space.sample())


class EnvGame:
    """A game of one environment. make: a function of the arguments in the config that gives one, as new.

    copies: whether a copy of it, made in memory, may be used to go back; else it is run again from the start. A copy that runs on
    otherwise is noticed while playing: False then spares the attempt.
    """

    rules = 1
    input_dtype = None
    event_dtype = None
    event_kinds = ("reset", "step")
    begins_random = True
    made_with = {"gymnasium": gymnasium.__version__}  # noqa: RUF012
    unindexed_kinds = ("step",)  # one every tick
    story = EnvStory

    def __init__(
        self, name: str, make: Callable[..., gymnasium.Env[Any, Any]], *, copies: bool = True, ticks_per_second: int = 30
    ) -> None:
        self.name, self.make, self.copies = name, make, copies
        self.ticks_per_second = ticks_per_second

    def new_match(self, seed: int, players: int, config: Config) -> GymnasiumMatch:
        if players != 1:
            raise ValueError(f"an environment of gymnasium has one player, not {players}")
        arguments = arguments_of(config)
        return GymnasiumMatch(self.make(**arguments), seed, self.copies, lambda: self.make(**{**arguments, MODE: DRAWN}))

    def inputs(self, match: GymnasiumMatch, rng: np.random.Generator) -> tuple[None, list[tuple[int, Any]]]:
        return None, [(0, match.random_command(rng))]


class RegisteredEnv(EnvGame):
    """The environment that gymnasium has registered under an id."""

    def __init__(self, spec: str) -> None:
        module, _, env_id = spec.rpartition(":")
        namespace = env_id.partition("/")[0] if "/" in env_id else ""
        module = module or (_REGISTERED_BY.get(namespace, "") if env_id not in gymnasium.registry else "")
        if module:
            import_module(module)
        self._named = f"{module}:{env_id}" if module else env_id
        self.spec = gymnasium.spec(env_id)
        entry = self.spec.entry_point
        metadata = getattr(entry if callable(entry) else load_env_creator(str(entry)), "metadata", None) or {}
        super().__init__(_PREFIX + self.spec.id, self._make, ticks_per_second=rate_of(metadata))

    def _make(self, **arguments: Any) -> gymnasium.Env[Any, Any]:
        return gymnasium.make(self.spec, disable_env_checker=True, **arguments)

    def __reduce__(self) -> tuple[Any, ...]:  # `replay check` sends it to other processes
        return RegisteredEnv, (self._named,)

    def arguments_of(self, env: gymnasium.Env[Any, Any]) -> dict[str, Any]:
        """What `env`, made by gymnasium.make, was given and is not what is registered."""
        assert env.spec is not None
        arguments = unusual(env.spec.kwargs, self.spec.kwargs)
        if env.spec.max_episode_steps != self.spec.max_episode_steps:
            arguments[_STEPS] = -1 if env.spec.max_episode_steps is None else env.spec.max_episode_steps
        return arguments | render_mode_of(env.spec.kwargs.get(MODE), env.metadata)


def game_of(spec: str) -> EnvGame:
    """The game that `gymnasium:SPEC` names. Raises UsageError if nothing is registered under it."""
    try:
        return RegisteredEnv(spec)
    except gymnasium.error.UnregisteredEnv as error:
        raise UsageError(f"{_PREFIX}{spec}: {error}", "one that importing a module registers is gymnasium:MODULE:ID") from None


class Record(gymnasium.Wrapper[Any, Any, Any, Any]):
    """An environment, recorded into the new file `path` from its next reset on. Closing it seals the file.

    Put it directly around what `gymnasium.make` gave, and other wrappers around it: what reaches the environment is recorded.
    It is given the actions as they are read back: the same values, of the same types.

    seed: what an episode begins with where `reset` is given none and none was given before; by default another one every time.
    game: of an environment that is registered nowhere, with the arguments that it was made with.
    recorder: the `replay.Recorder` behind it.

    Raises UsageError for an environment that cannot be made again for playing, and FileExistsError.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        path: str | os.PathLike[str],
        *,
        seed: int | None = None,
        player: str = "agent",
        game: EnvGame | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(env)
        if game is None:
            registered = _game_behind(env)
            game, arguments = registered, registered.arguments_of(env)
        live = LiveGame(game, lambda seed: GymnasiumMatch(env, seed, copies=False))
        self.recorder: Recorder[GymnasiumMatch] = start(path, live, seed, [player], config_of(arguments or {}))

    @property
    def spec(self) -> EnvSpec | None:  # type: ignore[override]  # as gymnasium.Wrapper has it
        """The environment's own: to be recorded is no part of how it is made."""
        return self.env.spec

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        record(self.recorder, [(0, reset_command(seed, options))])
        answer: tuple[Any, dict[str, Any]] = self.recorder.match.answer
        return answer

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        if not self.recorder.match.progress.episodes:
            raise gymnasium.error.ResetNeeded("reset it first: a recording begins with a reset")
        record(self.recorder, [(0, plain_of(action))])
        answer: tuple[Any, Any, bool, bool, dict[str, Any]] = self.recorder.match.answer
        return answer

    def close(self) -> None:
        try:
            self.recorder.finish()
        finally:
            super().close()

    def __exit__(self, *error: Any) -> Literal[False]:
        self.recorder.__exit__(*error)
        super().close()
        return False


def _game_behind(env: gymnasium.Env[Any, Any]) -> RegisteredEnv:
    own = "or give a game of your own: Record(env, path, game=EnvGame(name, make))"
    spec = env.spec
    if spec is None or spec.id not in gymnasium.registry:
        raise UsageError("this environment is not registered: nothing says how to make it again", f"see gymnasium.register, {own}")
    if spec.additional_wrappers:
        names = ", ".join(wrapper.name for wrapper in spec.additional_wrappers)
        raise UsageError(f"around this environment is {names} already", f"record what gymnasium.make gave, and wrap that; {own}")
    return RegisteredEnv(spec.id)
