"""What is known of a match that was verified, as it is kept; and facts as they come out of a database, which can hold anything:
somebody else may have written it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from replay.core.format import MAX_CREATED_MS

Numbers = dict[tuple[int, str], float]

_MOST_BYTES = 64 * 2**20
_TEXTS = ("path", "verdict", "message", "identity", "game", "outcome", "name", "player_id")
_LEAST = {"rules": 0, "created_ms": 0, "ticks": 0, "tick": 0, "last_tick": 0, "ticks_per_second": 1, "seconds": 0}


@dataclass
class Facts:
    """result: the game's own. projections: by name, the version and the result as plain data. numbers: by seat and name.
    kinds: of the events that can be searched for."""

    result: dict[str, Any] = field(default_factory=dict)
    projections: dict[str, tuple[int, Any]] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)

    def winners(self) -> list[int]:
        """Seats."""
        named = self.result.get("winners")
        return [seat for seat in named if type(seat) is int] if isinstance(named, list | tuple) else []

    def plain(self) -> bytes:
        """As bytes that repeat from match to match: a dictionary for those of others."""
        names: dict[str, list[list[float]]] = {}
        for (seat, name), value in self.numbers.items():
            names.setdefault(name, []).append([seat, int(value) if value.is_integer() else value])
        return json.dumps([self.result, self.projections, names, self.kinds], separators=(",", ":")).encode()

    @classmethod
    def of(cls, plain: bytes) -> Facts:
        """Raises ValueError for nonsense."""
        try:
            result, projections, names, kinds = json.loads(plain)
            numbers = {(int(seat), name): float(value) for name, rows in names.items() for seat, value in rows}
            return cls(
                dict(result), {name: (int(v), data) for name, (v, data) in projections.items()}, numbers, list(map(str, kinds))
            )
        except (TypeError, AttributeError, LookupError, OverflowError) as error:
            raise ValueError(f"facts that are none: {error}") from None


def squeeze(plain: bytes, dictionary: bytes) -> bytes:
    squeezer = zlib.compressobj(6, zlib.DEFLATED, -15, 9, zdict=dictionary[-(2**15) :])
    return squeezer.compress(plain) + squeezer.flush()


def expand(data: bytes, dictionary: bytes) -> bytes:
    """Raises ValueError for more than 64 MiB, zlib.error for nonsense."""
    expander = zlib.decompressobj(-15, zdict=dictionary[-(2**15) :])
    plain = expander.decompress(data, _MOST_BYTES)
    if expander.unconsumed_tail:
        raise ValueError(f"facts of more than {_MOST_BYTES} bytes")
    return plain


def expect(facts: Mapping[str, Any]) -> None:
    """Raises ValueError for what is no fact of a match. None stands for what is not known."""
    for name, value in facts.items():
        is_text = name not in _TEXTS or isinstance(value, str)
        kinds = int | float if name == "seconds" else int
        is_number = name not in _LEAST or (isinstance(value, kinds) and _LEAST[name] <= value <= MAX_CREATED_MS)
        is_settings = name != "config" or isinstance(value, dict)
        if value is not None and not (is_text and is_number and is_settings):
            raise ValueError(f"{name} is {value!r:.60}")
