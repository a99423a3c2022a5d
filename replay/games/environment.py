"""A match that is an environment: what those of gymnasium and of PettingZoo have in common.

A tick is one reset or one step. `{"reset": seed, "options": ...}` is the command of a reset, the plain form of an action (see
`replay.games.values`) that of a step. A reset without a seed, where none has been given before, takes one from the recording's own,
so that a run that nobody seeded is reproduced as well. What came back is proved: observations, rewards and flags, as events and in
the proof, which holds the random generator, too; `info` is not. A match lies on level 1: its recordings are verified from tick 0.
To go back it is copied in memory, if it can be; else it runs again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from replay.core.commands import Command, commands_of
from replay.core.errors import MachineError, RulesError
from replay.core.format import MAX_CHUNK_TICKS
from replay.core.game import Config
from replay.core.recorder import Recorder
from replay.games.atari import EmulatorState, emulator_of, put_back, state_of
from replay.games.copies import EnvCopy, copy_of, picture_of
from replay.games.order import portable
from replay.games.settings import DRAWN
from replay.games.values import plain_of, value_of
from replay.read.story import Story

Event = tuple[int, str, dict[str, Any]]
_SEEDS = 2**31  # of a reset: numpy's older generators take no more
_CHUNK_TICKS = 30  # at least: board games have a frame a second
_BLANK = np.zeros((64, 64, 3), np.uint8)


class EnvStory(Story):
    """Its news are the episodes: a step is every tick, and says mostly what is seen."""

    marks: Mapping[str, int] = {"reset": 2}


class Progress(NamedTuple):
    """How far a match is. is_over: the next command has to be a reset. seen: hash of all that came back last."""

    tick: int = 0
    episodes: int = 0
    steps: int = 0
    reward: float = 0.0
    is_over: bool = True
    seen: int = 0


class Checkpoint(NamedTuple):
    """A copy of the environment, and the state of the emulator that it shares with the original, if there is one."""

    copy: EnvCopy
    emulator: EmulatorState | None
    progress: Progress

    @property
    def nbytes(self) -> int:
        return self.copy.nbytes + (self.emulator.nbytes if self.emulator is not None else 0)


class EnvMatch:
    """One environment, from before its first reset on.

    env: read it as you like. answer: what it gave back last, info and all. copies: its copies may be used to go back.
    drawer: makes the same environment in the render mode `rgb_array`, for one that runs in another mode: some run differently then.
    """

    def __init__(self, env: Any, seed: int, copies: bool = True, drawer: Callable[[], Any] | None = None) -> None:
        self.env = env
        self.progress = Progress()
        self.answer: Any = None
        self._seed = seed % _SEEDS
        self._picture: Any = None  # of the emulator, after it was put back: it does not draw until it steps
        self._can_copy = copies
        if copies:
            self.checkpoint = self._checkpoint
        self._drawer = drawer
        self._canvas: Any = None
        self._draws_itself = getattr(env, "render_mode", None) == DRAWN
        if self._draws_itself or (drawer is not None and DRAWN in env.metadata.get("render_modes", ())):
            self.screen = self._screen

    # --- of each kind of environment ---

    def reset(self, seed: int | None, options: Any) -> dict[str, Any]:
        """Reset, keep the `answer` and the `progress`, and return what the event tells."""
        raise NotImplementedError

    def take(self, actions: Sequence[tuple[int, Any]]) -> dict[str, Any] | None:
        """Step by the actions (player, plain data) of one tick, likewise. None where there is nothing to do."""
        raise NotImplementedError

    # --- a match ---

    def advance(self, rows: Any, commands: Sequence[Command] = ()) -> list[Event]:
        events = []
        for tick in range(self.progress.tick, self.progress.tick + len(rows)):
            of_tick = commands_of(commands, tick, tick + 1)
            resets = [data for _, _, data in of_tick if isinstance(data, dict)]
            self._picture = None
            events += [(tick, "reset", self._reset_by(data)) for data in resets]
            actions = [(player, data) for _, player, data in of_tick if not isinstance(data, dict)]
            told = None if resets and not actions else self.take(actions)
            if told is not None:
                events.append((tick, "step", told))
            self.progress = self.progress._replace(tick=tick + 1)
        return events

    def _reset_by(self, data: dict[str, Any]) -> dict[str, Any]:
        seed = data["reset"]
        if seed is None and not self.progress.episodes:
            seed = self._seed
        told = self.reset(seed, value_of(data.get("options")))
        self.progress = self.progress._replace(episodes=self.progress.episodes + 1)
        return told

    def proof(self) -> bytes:
        if not self.progress.episodes:  # an environment may begin with any randomness: its first reset takes a seed
            return f"{self.progress}".encode()
        emulator = emulator_of(self.env)
        memory = b"" if emulator is None else emulator.getRAM().tobytes()
        return f"{self.progress}{_random_state_of(self.env.unwrapped)}".encode() + memory

    def result(self) -> dict[str, Any]:
        episodes, steps = self.progress.episodes, self.progress.steps
        return {"episodes": episodes, "steps": steps}

    # --- going back ---

    def _checkpoint(self) -> Checkpoint | None:
        if not self._can_copy:
            return None
        try:
            copy = copy_of(self.env)
            emulator = state_of(self.env) if emulator_of(self.env) is not None else None
            self._picture = emulator.picture if emulator is not None else self._picture
            return Checkpoint(copy, emulator, self.progress)
        except Exception:  # whatever an object raises that is not made to be copied
            self._can_copy = False
            return None

    def restore(self, checkpoint: Checkpoint) -> None:
        self.env, self.progress, self._picture = copy_of(checkpoint.copy.env).env, checkpoint.progress, None
        if checkpoint.emulator is not None:
            put_back(emulator_of(self.env), checkpoint.emulator)
            self._picture = checkpoint.emulator.picture

    def _screen(self) -> Any:
        if self._picture is not None:
            return self._picture
        if not self.progress.episodes:
            return _BLANK
        return self.env.render() if self._draws_itself else self._drawn_elsewhere()

    def _drawn_elsewhere(self) -> Any:
        """Black, where the environment cannot be drawn so."""
        assert self._drawer is not None
        try:
            if self._canvas is None:
                self._canvas = self._drawer()
                self._canvas.reset()
            return picture_of(self.env, self._canvas)
        except Exception:  # whatever it is that is missing there: it is only the picture
            return _BLANK


def reset_command(seed: int | None, options: Any) -> dict[str, Any]:
    """The command of a reset. Raises UsageError for options that cannot be recorded."""
    return {"reset": None if seed is None else int(seed), **({} if options is None else {"options": plain_of(options)})}


def _random_state_of(inner: Any) -> Any:
    """The state of numpy's generator in an environment, of either kind; None if it has none."""
    random = getattr(inner, "_np_random", None)  # gymnasium's: asking for its `np_random` would seed it
    if random is None:
        random = vars(inner).get("np_random")
    if hasattr(random, "bit_generator"):
        return _told(random.bit_generator.state)
    return _told(random.get_state(legacy=False)) if hasattr(random, "get_state") else None


def _told(state: Mapping[str, Any]) -> dict[str, Any]:
    """With every array as its bytes, so that its text tells all of it."""
    return {
        name: _told(part) if isinstance(part, dict) else portable(part).tobytes() if isinstance(part, np.ndarray) else part
        for name, part in state.items()
    }


class LiveGame:
    """`game`, but its match is an environment that is there already: what a recorder steps. match: a function of the seed."""

    def __init__(self, game: Any, match: Callable[[int], EnvMatch]) -> None:
        self._game, self._match = game, match

    def __getattr__(self, name: str) -> Any:
        return getattr(self._game, name)

    def new_match(self, seed: int, players: int, config: Config) -> Any:
        return self._match(seed)


def start(path: str | os.PathLike[str], game: LiveGame, seed: int | None, players: Sequence[str], config: Config) -> Recorder[Any]:
    """A recorder of an environment. seed: None for one that nobody has had before."""
    chosen = int.from_bytes(os.urandom(8), "little") if seed is None else seed
    live: Any = game  # what it lacks of a game, `__getattr__` gives
    seconds = -(-_CHUNK_TICKS // live.ticks_per_second)
    return Recorder(path, live, seed=chosen, players=players, config=config, chunk_seconds=seconds, snapshot_seconds=10 * seconds)


def record(recorder: Recorder[Any], commands: Sequence[tuple[int, Any]]) -> None:
    """One tick. What the environment raises is raised as it is."""
    try:
        recorder.step(commands=commands)
    except (RulesError, MachineError) as error:
        if error.__cause__ is None:
            raise
        raise error.__cause__ from None


def rate_of(metadata: Mapping[str, Any]) -> int:
    """Ticks a second of an environment: its frames."""
    rate = metadata.get("render_fps")
    return min(max(round(rate), 1), MAX_CHUNK_TICKS) if isinstance(rate, int | float) else 30
