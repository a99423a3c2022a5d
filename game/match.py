"""The game as the engine sees it: `ARENA`, and one running `ArenaMatch`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from replay.core.errors import UnverifiableError

from . import rules
from .arena import load_arena
from .kernels import records
from .projections import PROJECTIONS
from .rng import seeded
from .simulation import WORLD, run, run_traced
from .story import ArenaStory

Config = Mapping[str, int | str]

_NO_EVENTS = np.zeros(0, rules.EVENT)
_FIXED = ("player_count", "mode", "score_limit", "tick_limit")  # what the config says, the same in every state of a match
_RANGES = {"score_limit": (1, 999), "seconds": (1, 24 * 3600)}


class ArenaGame:
    """The rules of arena."""

    name = "arena"
    ticks_per_second = rules.TICKS_PER_SECOND
    input_dtype = rules.INPUT
    event_dtype = rules.EVENT
    event_kinds = rules.EVENT_KINDS
    event_names = MappingProxyType({"item": rules.ITEMS})
    unindexed_kinds = ("shot", "hit", "reload", "match_end")
    projections = PROJECTIONS
    story = ArenaStory
    rules = 1  # last: above it the name is the module

    def default_config(
        self, map: str = "plaza", mode: str = "ffa", score_limit: int = 25, seconds: int = 180
    ) -> dict[str, int | str]:
        """A config for a new match, with the hash of the installed map. Raises ValueError for what the rules do not know."""
        config = {"map": map, "mode": mode, "score_limit": score_limit, "seconds": seconds}
        check_config(config)
        return {**config, "map_hash": load_arena(map).hash}

    def new_match(self, seed: int, players: int, config: Config) -> ArenaMatch:
        check_config(config)
        if isinstance(players, bool) or not 2 <= players <= rules.PLAYERS:
            raise ValueError(f"expected 2 to {rules.PLAYERS} players, got {players!r}")
        return ArenaMatch(seed, players, config)

    def config_text(self, config: Config) -> str:
        """Like "plaza, ffa, first to 25, 3:00"."""
        minutes, seconds = divmod(int(config["seconds"]), 60)
        return f"{config['map']}, {config['mode']}, first to {config['score_limit']}, {minutes}:{seconds:02}"


ARENA = ArenaGame()


def check_config(config: Config) -> None:
    """Raises ValueError for what the rules do not know, UnverifiableError for a map that is not the installed one."""
    expected = {"map", "mode", *_RANGES}
    if set(config) - {"map_hash"} != expected:
        raise ValueError(f"expected a config of {sorted(expected)}, got {sorted(config)}")
    if config["mode"] not in rules.MODES:
        raise ValueError(f"expected a mode of {rules.MODES}, got {config['mode']!r}")
    for key, (low, high) in _RANGES.items():
        value = config[key]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"expected {key} from {low} to {high}, got {value!r}")
    arena = load_arena(str(config["map"]))
    if config.get("map_hash", arena.hash) != arena.hash:
        raise UnverifiableError(
            f"was played on another version of the map {arena.name!r} ({config['map_hash']!r}, installed is {arena.hash!r})",
            "install the version of the game that has it",
        )


class ArenaMatch:
    """One running match. `state` is a record array of one, to be read by everyone and written by nobody else."""

    state_dtype = rules.STATE

    def __init__(self, seed: int, players: int, config: Config) -> None:
        self.arena = load_arena(str(config["map"]))
        memory = np.zeros(1, WORLD)
        memory["tables"] = self.arena.tables
        self.state = memory["state"]
        self.world = records(memory)
        self._players = players
        self._state_bytes = memory.view(np.uint8)[: rules.STATE.itemsize]
        self._event_bytes = memoryview(memory["log"]["events"].view(np.uint8).reshape(-1))
        self._event_count = memory["log"]["count"]
        self._fill(seed, players, config)

    def _fill(self, seed: int, players: int, config: Config) -> None:
        """State 0: everyone waits to appear."""
        state = self.state[0]
        state["player_count"] = players
        state["mode"] = rules.MODES.index(config["mode"])
        state["score_limit"] = config["score_limit"]
        state["tick_limit"] = int(config["seconds"]) * rules.TICKS_PER_SECOND
        state["rng"] = seeded(seed, "rules")
        here = state["players"][:players]
        index = np.arange(players)
        here["team"] = index % 2 if state["mode"] == rules.TEAMS else index
        here["gold"] = rules.FIRST_GOLD
        here["weapon"] = rules.BLASTER
        here["owned"][:, rules.BLASTER] = 1
        here["reserve"][:, rules.BLASTER] = rules.ENDLESS

    def advance(self, inputs: np.ndarray) -> np.ndarray:
        """Run `len(inputs)` ticks; `inputs` has shape (ticks, players), INPUT. Returns their events."""
        inputs = self._readable(inputs)
        done = run(self.world, records(inputs))
        events = self._logged_events()
        while done < len(inputs):  # the log was full: seldom, and only with thousands of ticks at once
            done += run(self.world, records(inputs[done:]))
            events = np.concatenate((events, self._logged_events()))
        return events

    def trace(self, inputs: np.ndarray, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`advance`, and the state after every tick: `states` has shape (ticks, STATE.itemsize), uint8. Returns the events, and how
        many of them there are by the end of each tick."""
        inputs = self._readable(inputs)
        ends = np.zeros(len(inputs), np.int64)
        done, parts, count = 0, [], 0
        while done < len(inputs) or not parts:
            ran = run_traced(self.world, records(inputs[done:]), self._state_bytes, states[done:], ends[done:])
            ends[done : done + ran] += count
            done += ran
            parts.append(self._logged_events())
            count += len(parts[-1])
        return parts[0] if len(parts) == 1 else np.concatenate(parts), ends

    def _readable(self, inputs: np.ndarray) -> np.ndarray:
        """`inputs` as the one kind of array that kernels are compiled for."""
        if inputs.dtype != rules.INPUT or inputs.ndim != 2 or inputs.shape[1] != self._players:
            raise ValueError(f"expected inputs of shape (ticks, {self._players}), got {inputs.dtype} {inputs.shape}")
        flags = inputs.flags
        if flags.writeable or not flags.c_contiguous:
            inputs = np.ascontiguousarray(inputs).view()
            inputs.flags.writeable = False
        return inputs

    def _logged_events(self) -> np.ndarray:
        count = self._event_count.item()
        if count == 0:
            return _NO_EVENTS
        # Through bytes: to copy an array of records takes numpy longer than a tick takes.
        return np.frombuffer(bytearray(self._event_bytes[: count * rules.EVENT.itemsize]), rules.EVENT)

    def save(self) -> bytes:
        return self._state_bytes.tobytes()

    def checkpoint(self) -> bytes:
        """The state, to come back to in this process."""
        return self._state_bytes.tobytes()

    def restore(self, checkpoint: bytes) -> None:
        """Back to a state that `checkpoint` gave: not checked again, as it never leaves this process."""
        self._state_bytes[:] = np.frombuffer(checkpoint, np.uint8)

    def load(self, snapshot: bytes) -> None:
        """Become the match that saved these bytes. Raises ValueError if that cannot have been this one: no kernel checks bounds."""
        if len(snapshot) != rules.STATE.itemsize:
            raise ValueError(f"expected a snapshot of {rules.STATE.itemsize} bytes, got {len(snapshot)}")
        state = np.frombuffer(snapshot, rules.STATE)
        if (name := rules.first_out_of_range(state)) is not None:
            raise ValueError(f"snapshot: {name} is out of range")
        for name in _FIXED:
            if state[name] != self.state[name]:
                raise ValueError(f"snapshot of another match: {name} is {state[name][0]}, expected {self.state[name][0]}")
        self._check_places(state[0])
        self._state_bytes[:] = np.frombuffer(snapshot, np.uint8)

    def _check_places(self, state: np.void) -> None:
        """Raises ValueError if a player or a bullet is where walls could no longer hold it."""
        walls = self.arena.tables["walls"][0]
        players = state["players"][: state["player_count"]]
        players = players[players["health"] > 0]
        bullets = state["bullets"][: state["bullet_count"]]
        x, y = bullets["x"], bullets["y"]
        for across in (-rules.RADIUS, rules.RADIUS):
            for along in (-rules.RADIUS, rules.RADIUS):
                x, y = np.append(x, players["x"] + across), np.append(y, players["y"] + along)
        if walls.take((y >> rules.TILE_SHIFT) * rules.COLUMNS + (x >> rules.TILE_SHIFT), mode="clip").any():
            raise ValueError("snapshot: something is inside a wall of this map")

    def random_draws(self) -> int:
        """Random numbers drawn since tick 0."""
        return int(self.state["rng"]["counter"][0]) - 1

    def result(self) -> dict[str, Any]:
        """What came out so far, as plain data. `winners` are player indices: none before the end, several if shared."""
        state = self.state[0]
        players = state["players"][: state["player_count"]]
        scores = state["scores"][players["team"]]
        reason = {rules.RUNNING: "", rules.ENDED_BY_SCORE: "score", rules.ENDED_BY_TIME: "time"}[int(state["ended"])]
        return {
            "ended": bool(reason),
            "reason": reason,
            "winners": np.flatnonzero(scores == scores.max()).tolist() if reason else [],
            "players": [
                {name: int(player[name]) for name in ("team", "score", "kills", "deaths", "assists", "gold")} for player in players
            ],
        }
