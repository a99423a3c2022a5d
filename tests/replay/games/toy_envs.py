"""Small environments, in which whatever is lost, doubled or late shows in every later observation."""

from __future__ import annotations

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils import EzPickle

from replay.games.gymnasium import EnvGame


def bits_of(value):
    """All that one can tell of a value: types, shapes, bits."""
    if isinstance(value, np.ndarray | np.generic):
        return type(value), value.dtype, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {key: bits_of(item) for key, item in value.items()}
    return type(value)(map(bits_of, value)) if isinstance(value, tuple | list) else (type(value), value)


class Mixer(gymnasium.Env):
    """Mixes the bits and the types of its actions into what it shows. bug: (which part of the answer, at which step) is another one
    than it should be."""

    metadata = {"render_modes": []}  # noqa: RUF012
    observation_space = spaces.Box(-1, 1, (3,), np.float32)
    action_space = spaces.Box(-1, 1, (2,), np.float32)
    bug: tuple[str, int] | None = None

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps, self.value = 0, self.np_random.random()
        self.given = [options]
        return self.seen(), {"lives": 3}

    def seen(self):
        return np.array([self.value, self.value / 3, self.steps], np.float32)

    def step(self, action):
        self.given.append(action)
        self.steps += 1
        self.value = (self.value + sum(repr(bits_of(action)).encode()) / 7919 + self.np_random.random()) % 1
        observation, reward, terminated, truncated = self.seen(), self.value / 2, self.steps % 40 == 0, self.steps % 70 == 0
        part, at = self.bug or ("", 0)
        if self.steps == at:
            observation = observation + np.float32(part == "observation")
            reward += part == "reward"
            terminated, truncated = terminated ^ (part == "terminated"), truncated ^ (part == "truncated")
            if part == "random":
                self.np_random.random()
        return observation, reward, bool(terminated), bool(truncated), {"lives": self.steps if part == "info" else 3}


class Pickled(Mixer, EzPickle):
    """`copy.deepcopy` makes it anew, without its state."""

    def __init__(self):
        EzPickle.__init__(self)


class Locked(Mixer):
    """Holds what cannot be copied, from its first reset on."""

    def reset(self, *, seed=None, options=None):
        self.stream = (number for number in range(10))
        return super().reset(seed=seed, options=options)


class BornLocked(Mixer):
    """Holds it from the beginning."""

    def __init__(self):
        self.stream = (number for number in range(10))


class Entangled(Mixer):
    """A copy of it steps the original."""

    def reset(self, *, seed=None, options=None):
        answer = super().reset(seed=seed, options=options)
        mine = self.__dict__

        def count():
            mine["secret"] = mine.get("secret", 0) + 1
            return mine["secret"]

        self.count = count
        return answer

    def step(self, action):
        self.value += self.count() / 1000
        return super().step(action)


class Raising(Mixer):
    def step(self, action):
        if self.steps == 12:
            raise LookupError("the thirteenth step")
        return super().step(action)


MIXER, PICKLED, LOCKED, BORN_LOCKED, ENTANGLED, RAISING = (
    EnvGame(kind.__name__, kind) for kind in (Mixer, Pickled, Locked, BornLocked, Entangled, Raising)
)
