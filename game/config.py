"""The configuration of a match: what it may say, and what the rules are told of it. Needs no numpy."""

from __future__ import annotations

from collections.abc import Mapping

from replay.core.errors import UnverifiableError

from .arena import Arena, load_arena
from .numbers import MODES, TICKS_PER_SECOND

Config = Mapping[str, int | str]

RANGES = {"score_limit": (1, 999), "seconds": (1, 24 * 3600), "countdown": (0, 10)}


def default_config(
    map: str = "plaza", mode: str = "ffa", score_limit: int = 25, seconds: int = 180, countdown: int = 0
) -> dict[str, int | str]:
    """A config for a new match, with the hash of the installed map. countdown: in seconds; `seconds` begin
    when it is over. Raises ValueError for what the rules do not know."""
    config: dict[str, int | str] = {
        "map": map,
        "mode": mode,
        "score_limit": score_limit,
        "seconds": seconds,
        "countdown": countdown,
    }
    return {**config, "map_hash": checked(config).hash}


def checked(config: Config) -> Arena:
    """The map of a config. Raises ValueError for what the rules do not know, UnverifiableError for a map that is not the installed
    one."""
    expected = {"map", "mode", *RANGES}
    if set(config) - {"map_hash"} != expected:
        raise ValueError(f"expected a config of {sorted(expected)}, got {sorted(config)}")
    if config["mode"] not in MODES:
        raise ValueError(f"expected a mode of {MODES}, got {config['mode']!r}")
    for key, (low, high) in RANGES.items():
        value = config[key]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"expected {key} from {low} to {high}, got {value!r}")
    arena = load_arena(str(config["map"]))
    if config.get("map_hash", arena.hash) != arena.hash:
        raise UnverifiableError(
            f"was played on another version of the map {arena.name!r} ({config['map_hash']!r}, installed is {arena.hash!r})",
            "install the version of the game that has it",
        )
    return arena


def start_numbers(config: Config) -> tuple[int, int, int, int]:
    """What a valid config says to the rules: mode, score limit, the tick from which everyone may move, the last tick."""
    starts_at = int(config["countdown"]) * TICKS_PER_SECOND
    ends_at = starts_at + int(config["seconds"]) * TICKS_PER_SECOND
    return MODES.index(str(config["mode"])), int(config["score_limit"]), starts_at, ends_at
