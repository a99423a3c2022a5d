"""The game as the engine sees it: `ARENA`, and one running `ArenaMatch`. numpy is loaded when arrays are asked for."""

from __future__ import annotations

from functools import cached_property

from replay.native.engine import engine_of
from replay.native.interface import MACHINE_CODE
from replay.native.layout import Record
from replay.native.match import CompiledMatch

from .config import Config, checked, default_config, start_numbers
from .kernels import KERNELS
from .numbers import (
    ENDED_BY_SCORE,
    ENDED_BY_TIME,
    PLAYERS,
    RUNNING,
    TICKS_PER_SECOND,
)
from .rng import seeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np

_IN_A_WALL = -2  # as `claims` says it
_FIXED = (
    "player_count",
    "mode",
    "score_limit",
    "starts_at",
    "tick_limit",
)  # what the config says, the same in every state of a match
_REASONS = {RUNNING: "", ENDED_BY_SCORE: "score", ENDED_BY_TIME: "time"}


class ArenaGame:
    """The rules of arena."""

    name = "arena"
    ticks_per_second = TICKS_PER_SECOND
    unindexed_kinds = ("shot", "hit", "reload", "match_end")
    default_config = staticmethod(default_config)

    @property
    def input_dtype(self) -> np.dtype[Any]:
        from . import rules

        return rules.INPUT

    @property
    def event_dtype(self) -> np.dtype[Any]:
        from . import rules

        return rules.EVENT

    @property
    def event_kinds(self) -> tuple[str, ...]:
        from . import rules

        return rules.EVENT_KINDS

    @property
    def event_names(self) -> dict[str, tuple[str, ...]]:
        from . import rules

        return {"item": rules.ITEMS}

    @property
    def projections(self) -> dict[str, Any]:
        from .projections import PROJECTIONS

        return PROJECTIONS

    @property
    def story(self) -> Any:
        from .story import ArenaStory

        return ArenaStory

    @property
    def releases_gil(self) -> bool:
        return engine_of(KERNELS).name == MACHINE_CODE

    rules = 2  # last: above it the name is the module

    def new_match(self, seed: int, players: int, config: Config) -> ArenaMatch:
        if isinstance(players, bool) or not 2 <= players <= PLAYERS:
            raise ValueError(f"expected 2 to {PLAYERS} players, got {players!r}")
        return ArenaMatch(seed, players, config)

    def config_text(self, config: Config) -> str:
        """Like "plaza, ffa, first to 25, 3:00"."""
        minutes, seconds = divmod(int(config["seconds"]), 60)
        return f"{config['map']}, {config['mode']}, first to {config['score_limit']}, {minutes}:{seconds:02}"


ARENA = ArenaGame()


class ArenaMatch(CompiledMatch):
    """One running match. Raises ValueError or UnverifiableError for a config that is none."""

    def __init__(self, seed: int, players: int, config: Config) -> None:
        self.arena = checked(config)
        super().__init__(KERNELS, self.arena.tables, players)
        self.engine.entry("start")(self.world.place, players, *start_numbers(config), *seeded(seed, "rules"))

    @cached_property
    def state(self) -> np.ndarray[Any, Any]:
        """The state, a record array of one, to be read by everyone and written by nobody."""
        return self.world.array(self.state_dtype, (1,))

    def load(self, snapshot: bytes) -> None:
        """Become the match that saved these bytes. Raises ValueError if that cannot have been this one: no kernel checks bounds."""
        layout = self.engine.layouts["state"]
        if len(snapshot) != layout[0]:
            raise ValueError(f"expected a snapshot of {layout[0]} bytes, got {len(snapshot)}")
        given = self.scratch(len(snapshot))
        given.view[: len(snapshot)] = snapshot
        wrong = self.engine.entry("check")(given.place, given.place, self.tables.place)
        if wrong == _IN_A_WALL:
            raise ValueError("snapshot: something is inside a wall of this map")
        if wrong >= 0:
            from .rules.state import fields

            raise ValueError(f"snapshot: {[name for name, *_ in fields()][wrong]} is out of range")
        claimed, own = Record(snapshot, layout), self.record()
        for name in _FIXED:
            if claimed[name] != own[name]:
                raise ValueError(f"snapshot of another match: {name} is {claimed[name]}, expected {own[name]}")
        self.restore(snapshot)

    def random_draws(self) -> int:
        """Random numbers drawn since tick 0."""
        return int(self.record()["rng"]["counter"]) - 1

    def result(self) -> dict[str, Any]:
        """What came out so far, as plain data. `winners` are player indices: none before the end, several if shared."""
        state = self.record()
        players, scores = state["players"][: state["player_count"]], state["scores"]
        reason = _REASONS[state["ended"]]
        of_player = [scores[player["team"]] for player in players]
        columns = ("team", "score", "kills", "deaths", "assists", "gold")
        return {
            "ended": bool(reason),
            "reason": reason,
            "winners": [index for index, score in enumerate(of_player) if score == max(of_player)] if reason else [],
            "players": [{name: player[name] for name in columns} for player in players],
        }
