"""Deterministic replays: record what the players did and the seed, re-simulate everything else, and prove that it is the same.

from replay import Playback, Recorder, Recording, verify
"""

from replay.batch import verify_many
from replay.errors import CutError, FormatError, NewerFormatError, ReplayError, UnverifiableError, UsageError
from replay.follow import Follower, follow, subscribe
from replay.format import Player
from replay.game import Game, Match, find_game, state_hash
from replay.playback import Playback
from replay.projection import Projection, fold
from replay.recorder import Recorder, append_marker
from replay.recording import Recording
from replay.verify import Verdict, Verification, verify

__all__ = [
    "CutError",
    "Follower",
    "FormatError",
    "Game",
    "Match",
    "NewerFormatError",
    "Playback",
    "Player",
    "Projection",
    "Recorder",
    "Recording",
    "ReplayError",
    "UnverifiableError",
    "UsageError",
    "Verdict",
    "Verification",
    "append_marker",
    "find_game",
    "fold",
    "follow",
    "state_hash",
    "subscribe",
    "verify",
    "verify_many",
]
