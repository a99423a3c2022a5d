"""What is known of a match that was verified, as it is kept; and facts as they come out of a database, which can hold anything:
somebody else may have written it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgpack
import numpy as np

from replay.core.format import MAX_CREATED_MS

Numbers = dict[tuple[int, str], float]

DICTIONARY_BYTES = 2**15  # as far as deflate looks back
_CELLS, _LARGE = 1, 2
_MOST_BYTES = 64 * 2**20
_TEXTS = ("path", "verdict", "message", "identity", "game", "outcome", "name", "player_id")
_LEAST = {"rules": 0, "created_ms": 0, "ticks": 0, "tick": 0, "last_tick": 0, "ticks_per_second": 1, "seconds": 0}


@dataclass
class Facts:
    """result: the game's own. projections: by name, the version and the result as plain data. numbers: by seat and name, which are
    kept with what can be searched for."""

    result: dict[str, Any] = field(default_factory=dict)
    projections: dict[str, tuple[int, Any]] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=dict)

    def winners(self) -> list[int]:
        """Seats."""
        named = self.result.get("winners")
        return [seat for seat in named if type(seat) is int] if isinstance(named, list | tuple) else []

    def plain(self) -> bytes:
        """As bytes that repeat from match to match: a dictionary for those of others. Data may hold arrays of whole numbers."""
        return bytes(msgpack.packb([self.result, self.projections], default=_extended, unicode_errors="surrogatepass"))

    @classmethod
    def of(cls, plain: bytes) -> Facts:
        """Arrays become lists. Raises ValueError for nonsense."""
        try:
            data = msgpack.unpackb(plain, ext_hook=_restored, unicode_errors="surrogatepass", strict_map_key=False)
            result, projections = data
            return cls(dict(result), {name: (int(version), each) for name, (version, each) in projections.items()})
        except (TypeError, AttributeError, LookupError, OverflowError) as error:
            raise ValueError(f"facts that are none: {error}") from None


def _extended(value: Any) -> msgpack.ExtType:
    """An array as its shape, and of what is not zero the distances and the values: maps are empty for the most part. A whole number
    of more than 64 bits as its digits."""
    if isinstance(value, int):
        return msgpack.ExtType(_LARGE, str(value).encode())
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{type(value).__name__} is no plain data")
    where = np.flatnonzero(value)
    cells = [value.shape, np.diff(where, prepend=0).tolist(), value.reshape(-1)[where].tolist()]
    return msgpack.ExtType(_CELLS, msgpack.packb(cells))


def _restored(code: int, data: bytes) -> Any:
    if code == _LARGE:
        return int(data)
    shape, distances, values = msgpack.unpackb(data)
    if code != _CELLS or len(shape) > 8 or not 0 <= math.prod(shape) <= _MOST_BYTES:
        raise ValueError(f"an array of the shape {shape!r:.60}")
    array = np.zeros(math.prod(shape), np.array(values).dtype)
    array[np.cumsum(np.array(distances, np.int64))] = values
    return array.reshape(shape).tolist()


def squeeze(plain: bytes, dictionary: bytes) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=dictionary[-DICTIONARY_BYTES:])
    return squeezer.compress(plain) + squeezer.flush()


def expand(data: bytes, dictionary: bytes) -> bytes:
    """Raises ValueError for more than 64 MiB, zlib.error for nonsense."""
    expander = zlib.decompressobj(-15, zdict=dictionary[-DICTIONARY_BYTES:])
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
