"""Recordings that were found ok and have not changed since, nor has anything that decides about them: not simulated again.

What is remembered (see `replay.prove.log`) holds the hash of the file and the whole fingerprint of the rules (see
`replay.core.fingerprint`). Only `ok` is ever kept: whatever else there is to say is found out anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from replay.core.errors import ReplayError
from replay.core.fingerprint import Fingerprint, fingerprint_of
from replay.core.game import Game
from replay.core.installed import find_game
from replay.core.url import Url, path_of
from replay.core.verify import Verdict, Verification
from replay.prove.log import Log

FILE_NAME = "verified.log"
MOST_RECORDING_BYTES = 64 * 2**20  # longer ones are always simulated
_KEPT = (
    "message",
    "game",
    "rules",
    "start_tick",
    "ticks",
    "ticks_per_second",
    "hashes_compared",
    "digests_compared",
    "notes",
    "result",
    "final_hash",
)  # of a verification

Check = Callable[..., Verification]


class Unchanged:
    """What is known to be ok. folder: where the log is, by default in the user's cache."""

    def __init__(self, folder: Path | None = None) -> None:
        self._log = Log(FILE_NAME, folder)
        self._fingerprints: dict[str, Fingerprint | None] = {}
        self._games: dict[str, Game] = {}
        self._lock = Lock()

    def checked(self, check: Check, path: str | os.PathLike[str], game: Game | None = None, **options: Any) -> Verification:
        """`check(path, game, **options)`, or what it said of the same file under the same rules."""
        key = _key(check, path_of(path))
        if (known := self._known(key, path_of(path), game)) is not None:
            return known
        verification = check(path, game, **options)
        if key is not None and verification.is_ok and key == _key(check, path_of(path)):
            self._keep(key, verification, game)
        return verification

    def known(self, check: Check, path: str | os.PathLike[str], game: Game | None = None) -> Verification | None:
        """What `checked` would give without a run; None if it takes one. A check is known by its name and module."""
        return self._known(_key(check, path_of(path)), path_of(path), game)

    def _known(self, key: str | None, path: Path, game: Game | None) -> Verification | None:
        if key is None or (entry := self._log.get(key)) is None:
            return None
        try:
            fingerprint, *facts = entry
            known = dict(zip(_KEPT, facts, strict=True))
            current = self._fingerprint(known["game"], game)
        except (ReplayError, TypeError, ValueError):  # no such game any more
            return None
        if current is None or current.digest != fingerprint:
            return None
        return Verification(path, Verdict.OK, **known, unchanged=True)

    def _fingerprint(self, name: str, game: Game | None) -> Fingerprint | None:
        """Of a game, or of the one of this name that is here. Raises ReplayError if there is none."""
        key = name if game is None else f"{name} {id(game)}"
        with self._lock:
            if key not in self._fingerprints:
                self._games[key] = find_game(name) if game is None else game  # kept, so that no other gets its number
                self._fingerprints[key] = fingerprint_of(self._games[key])
            return self._fingerprints[key]

    def _keep(self, key: str, verification: Verification, game: Game | None) -> None:
        """Remember it, if what ran is what the fingerprint is of."""
        try:
            fingerprint = self._fingerprint(verification.game, game)
        except ReplayError:
            return
        if fingerprint is not None and fingerprint.is_of_this_process():
            self._log.add(key, [fingerprint.digest, *(getattr(verification, name) for name in _KEPT)])


def _key(check: Check, path: Path) -> str | None:
    """What a recording and a check are known by; None if the file cannot be read now, or is too long for it."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_RECORDING_BYTES:
            return None
        if isinstance(path, Url):  # what its server says of the content; to read it would take as long as to verify it
            if not (mark := path.stat().st_mtime_ns):
                return None
            digest = sha256(f"{path}\0{mark}".encode())
        else:
            digest = sha256(path.read_bytes())
    except OSError:
        return None
    digest.update(f"\0{check.__module__}.{check.__qualname__}".encode())
    return digest.hexdigest()
