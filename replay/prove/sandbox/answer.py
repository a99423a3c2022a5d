"""What a process behind the wall says, taken for data: nothing of it is believed that is not of the form it must have.

Lines, each a word that only parent and child know, then JSON:

    {"facts": {...} | null, "missing": [...]}    what the file says of itself, before any rules are loaded; what the wall lacks
    {"make": "arena"}                            the library of these rules is not made yet; nothing follows
    {"loaded": true}                             the rules are loaded, the limits are down
    {"verification": {...}}                      what came out

Rules run in that process: what they say of this match is theirs to say. Whose match it is, they had no part in.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from replay.core.verify import Verdict, Verification
from replay.prove.report import WHAT_DIFFERS, divergence_of

MAX_ANSWER_BYTES = 2**22
MAX_TEXT = 4000
_MAX_ITEMS = 4096


class NonsenseError(ValueError):
    """An answer that cannot be one."""


class Answer:
    """What one process said. facts, missing: None and empty if it did not come to that."""

    def __init__(self, data: bytes, word: str) -> None:
        self.facts: dict[str, Any] | None = None
        self.missing: list[str] = []
        self.said_facts = self.is_loaded = False
        self.make = ""
        self._verification: dict[str, Any] | None = None
        for line in data[:MAX_ANSWER_BYTES].splitlines():
            if line.startswith(word.encode()):
                self._take(line[len(word) :])

    def _take(self, text: bytes) -> None:
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(said, dict):
            return
        if not self.said_facts:  # it is the first line, whatever comes later
            self.said_facts, self.facts, self.missing = True, said.get("facts"), said.get("missing", [])
            return
        self.is_loaded |= "loaded" in said
        if isinstance(said.get("make"), str):
            self.make = said["make"]
        if isinstance(said.get("verification"), dict):
            self._verification = said["verification"]

    def verification(self, path: Path) -> Verification | None:
        """What came out, in the form of one; None if it did not come to that. Raises NonsenseError."""
        if self._verification is None:
            return None
        try:
            return self._checked(path, dict(self._verification))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NonsenseError(str(error)) from error

    def _checked(self, path: Path, said: dict[str, Any]) -> Verification:
        _expect_divergence(said)
        divergence = divergence_of(said)
        verification = Verification(
            path,
            Verdict(said["verdict"]),
            _text(said["message"]),
            _text(said["hint"]),
            ticks=_number(said["ticks"]),
            hashes_compared=_number(said["hashes_compared"]),
            digests_compared=_number(said["digests_compared"]),
            notes=[_text(note) for note in _list(said["notes"])],
            divergence=divergence,
            result=None if said["result"] is None else _plain(_dict(said["result"])),
            final_hash=None if said["final_hash"] is None else _number(said["final_hash"], 2**64),
            seconds=float(_plain(said["seconds"])),
        )
        if self.facts is None:
            if verification.is_ok:
                raise NonsenseError("a file without a header is ok")
            return replace(verification, divergence=None)
        if verification.is_ok and (verification.ticks != self.facts["ticks"] or verification.final_hash is None):
            raise NonsenseError("it is ok, and did not reach its end")
        return replace(verification, **known_of(self.facts)) if said["game"] else verification


def known_of(facts: dict[str, Any]) -> dict[str, Any]:
    """What a verification tells of the file itself."""
    return {name: facts[name] for name in ("game", "rules", "start_tick", "ticks_per_second")}


def _expect_divergence(said: dict[str, Any]) -> None:
    if said["what"] is None:
        return
    for name in ("first_bad_tick", "field_tick"):
        if said[name] is not None:
            _number(said[name])
    _number(said["last_good_tick"])
    WHAT_DIFFERS[said["what"]]
    for part in _list(said["fields"]):
        _text(part["path"])
        for name in ("recorded", "computed"):
            if not isinstance(part[name], int | float | str | None):
                raise NonsenseError(f"a field is {part[name]!r:.60}")
    for name in ("inputs", "events"):
        for line in _list(said[name]):
            _number(_dict(line)["tick"])
            _plain(line)
    for count in _dict(said["random_draws"]).values():
        _number(count)
    said["is_repeatable"] = said["is_repeatable"] is not False


def _number(value: Any, limit: int = 2**63) -> int:
    if type(value) is not int or not -1 <= value < limit:
        raise NonsenseError(f"{value!r:.60} is no such number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NonsenseError(f"{value!r:.60} is no text")
    return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}..."


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MAX_ITEMS:
        raise NonsenseError("a list is none, or too long")
    return value


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NonsenseError(f"{value!r:.60} is no object")
    return value


def _plain(value: Any, depth: int = 0) -> Any:
    """Raises NonsenseError for what no receipt can hold: infinities, and what is nested too deep."""
    if depth > 32 or (isinstance(value, float) and not abs(value) < float("inf")):
        raise NonsenseError("not plain data")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _plain(part, depth + 1)
    return value
