"""One match for programs that learn, recorded if that is wished."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from replay.core.game import Events
from replay.core.recorder import Recorder
from replay.core.records import Player
from replay.core.setup import header_for
from replay.native.interface import Buffer

from .. import rules
from ..bots import Bots
from ..config import default_config
from ..many import ACTION, TALLY
from ..match import ARENA, ArenaMatch
from ..observation import MOST_KEYS, OBSERVATION, SIZE
from .rewards import COUNTED, weights_of

LEARNER = "bot:learner"  # how a recording names whoever is no bot of arena's
_SHOWN_TICKS = 2 * rules.TICKS_PER_SECOND


class Setup(NamedTuple):
    """What all episodes of an environment have in common. bots: they have the last seats. record: the file of the first episode,
    or, with `{episode}` in it, of every one."""

    players: int
    bots: tuple[str, ...]
    frame_skip: int
    weights: npt.NDArray[np.float32]
    record: str | None
    config: dict[str, int | str]

    @classmethod
    def of(
        cls,
        players: int,
        bots: Sequence[str],
        frame_skip: int,
        reward: Mapping[str, float] | None,
        record: str | os.PathLike[str] | None,
        config: Mapping[str, Any],
    ) -> Setup:
        """Raises ValueError for what the rules do not know."""
        if not (2 <= players <= rules.PLAYERS and len(bots) < players and frame_skip >= 1):
            raise ValueError(
                f"expected 2 to {rules.PLAYERS} players, one of them no bot, and a frame_skip from 1 on, got {players}, "
                f"{len(bots)} bots and {frame_skip}"
            )
        path = None if record is None else os.fspath(record)
        return cls(players, tuple(bots), frame_skip, weights_of(reward), path, default_config(**config))

    @property
    def learners(self) -> int:
        return self.players - len(self.bots)

    @property
    def seats(self) -> list[Player]:
        names = [Player(f"player_{index}", LEARNER) for index in range(self.learners)]
        return names + [Player(f"{name}_{index}", f"bot:{name}") for index, name in enumerate(self.bots, self.learners)]

    def path_of(self, episode: int) -> Path | None:
        """Where episode 0, 1 ... is recorded, or None."""
        if self.record is None or (episode and "{episode" not in self.record):
            return None
        return Path(self.record.format(episode=episode))


class Episode:
    """One match from tick 0 to its end. Raises FileExistsError if there is already such a recording.

    observations: (learners, SIZE), float32. rewards: (learners,), float32. ended: whether the match is over.
    """

    def __init__(self, setup: Setup, seed: int, path: Path | None, *, is_shown: bool = False) -> None:
        self._setup, self._seed = setup, seed
        self._recorder: Recorder[ArenaMatch] | None = None
        if path is not None:
            self._recorder = Recorder(path, ARENA, seed=seed, players=setup.seats, config=setup.config)
        self.match = ARENA.new_match(seed, setup.players, setup.config) if self._recorder is None else self._recorder.match
        self._bots = Bots(self.match, [""] * setup.learners + list(setup.bots), seed) if setup.bots else None
        self._events: deque[Events] | None = deque(maxlen=_SHOWN_TICKS) if is_shown else None
        self._still: Any = None
        engine, learners = self.match.engine, setup.learners
        self._act, self._count, self._look = (engine.entry(name) for name in ("act", "count", "look"))
        sizes = (8 * len(ACTION) * learners, rules.INPUT.itemsize * learners, OBSERVATION.itemsize * learners)
        self._actions, self._rows, self._sights = (engine.buffer(size) for size in sizes)
        self._tallies: Buffer = engine.buffer(TALLY.itemsize * learners)
        self._keys: Buffer = engine.buffer(8 * MOST_KEYS)
        self.ended = False
        self.rewards = np.zeros(learners, np.float32)
        self._observe()

    def step(self, actions: npt.NDArray[np.int64]) -> None:
        """`frame_skip` ticks, or to the end. actions: (learners, 8), within their bounds."""
        learners, world = self._setup.learners, self.match.world.place
        self._actions.view[:] = np.ascontiguousarray(actions, "<i8").tobytes()
        self._act(world, self._actions.place, learners, self._rows.place, learners)
        mine = np.frombuffer(bytes(self._rows.view), rules.INPUT)
        self._tallies.view[:] = bytes(len(self._tallies.view))
        for _ in range(self._setup.frame_skip):
            rows = np.zeros(self._setup.players, rules.INPUT) if self._bots is None else self._bots.inputs(self.match)
            rows[:learners] = mine
            self._count(world, self._tallies.place, learners, -1)
            events = self.match.advance(rows[None]) if self._recorder is None else self._recorder.step(rows)
            self._count(world, self._tallies.place, learners, 1)
            if self._events is not None:
                self._events.append(events)
            self.ended = bool(self.match.state["ended"][0])
            if self.ended:
                self.close()
                break
        counted = np.frombuffer(bytes(self._tallies.view), "<i4").reshape(learners, len(COUNTED))
        self.rewards = counted.astype(np.float32) @ self._setup.weights
        self._observe()

    def _observe(self) -> None:
        learners, sights = self._setup.learners, self._sights
        self._look(
            self.match.world.place,
            self.match.tables.place,
            self._keys.place,
            *(sights.place, learners, sights.place, learners),
        )
        self.observations = np.frombuffer(bytearray(sights.view), np.float32).reshape(learners, SIZE)

    def picture(self) -> npt.NDArray[np.uint8]:
        """The match now, shape (height, width, 3). Needs pygame."""
        from ..look.still import Still

        if self._still is None:
            self._still = Still(header_for(ARENA, self._seed, self._setup.seats, self._setup.config))
        events = np.concatenate([np.zeros(0, rules.EVENT), *(self._events or ())])
        picture: npt.NDArray[np.uint8] = self._still.draw(self.match.state[0], events)
        return picture

    def close(self) -> None:
        """Seal the recording: as finished after the end of the match, else as stopped."""
        if self._recorder is not None and self._recorder.state != "sealed":
            if self.ended:
                self._recorder.finish()
            else:
                self._recorder.close()
