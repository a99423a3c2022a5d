"""Deterministic replays: record what the players did and the seed, re-simulate everything else, and prove that it is the same.

    from replay import Playback, Recorder, Recording, verify

`core` is a recording and what it proves; `read` what is read from it; `native` compiles rules; `games` takes games that were not
written for this; `prove` verifies many and explains failures; `find` edits, follows and indexes; `watch` is the window; `cli` the
commands. Names load at first use.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as type checkers know it; to import `typing` takes most of 10 ms
if TYPE_CHECKING:
    from typing import Any

    from replay.core.errors import CutError, FormatError, NewerFormatError, ReplayError, UnverifiableError, UsageError
    from replay.core.game import Game, Match, state_hash
    from replay.core.installed import find_game
    from replay.core.playback import Playback
    from replay.core.recorder import Recorder
    from replay.core.recording import Recording
    from replay.core.records import Player
    from replay.core.verify import Verdict, Verification, verify
    from replay.find.follow import Follower, follow, subscribe
    from replay.find.ring import RingRecorder
    from replay.find.scan import Hit, scan
    from replay.find.streams import follow_all
    from replay.find.tables import tables_of
    from replay.find.when import When
    from replay.games.plain import PlainGame
    from replay.prove.batch import verify_many
    from replay.read.markers import append_marker
    from replay.read.projection import Projection, fold

_HOMES = {
    "core.errors": "CutError FormatError NewerFormatError ReplayError UnverifiableError UsageError",
    "core.records": "Player",
    "core.game": "Game Match state_hash",
    "core.installed": "find_game",
    "core.playback": "Playback",
    "read.projection": "Projection fold",
    "read.markers": "append_marker",
    "core.recorder": "Recorder",
    "core.recording": "Recording",
    "core.verify": "Verdict Verification verify",
    "find.follow": "Follower follow subscribe",
    "find.ring": "RingRecorder",
    "find.scan": "Hit scan",
    "find.streams": "follow_all",
    "find.tables": "tables_of",
    "find.when": "When",
    "games.plain": "PlainGame",
    "prove.batch": "verify_many",
}
_HOME_OF = {name: f"replay.{home}" for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "CutError", "Follower", "FormatError", "Game", "Hit", "Match", "NewerFormatError", "PlainGame", "Playback", "Player",
    "Projection", "Recorder", "Recording", "ReplayError", "RingRecorder", "UnverifiableError", "UsageError", "Verdict",
    "Verification", "When", "append_marker", "find_game", "fold", "follow", "follow_all", "scan", "state_hash", "subscribe",
    "tables_of", "verify", "verify_many",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'replay' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
