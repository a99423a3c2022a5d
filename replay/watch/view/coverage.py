"""Which characters a font file has: read from its table `cmap`, without opening the font (OpenType 1.9, formats 4 and 12)."""

from __future__ import annotations

import struct
from bisect import bisect_right
from os import PathLike
from typing import BinaryIO

Ranges = list[tuple[int, int]]
_MOST_BYTES = 4_000_000  # of a table


class Coverage:
    """Answers `code in coverage`."""

    def __init__(self, ranges: Ranges) -> None:
        """ranges: first and last code of each stretch of characters."""
        self._ranges = sorted(ranges)
        self._firsts = [first for first, _ in self._ranges]

    def __contains__(self, code: int) -> bool:
        at = bisect_right(self._firsts, code) - 1
        return at >= 0 and code <= self._ranges[at][1]


def coverage_of(path: str | PathLike[str]) -> Coverage:
    """The characters of a font file, the first font of a collection. Nothing of a file that is no font, or is broken."""
    try:
        with open(path, "rb") as file:
            return Coverage(_ranges(_cmap(file)))
    except (OSError, struct.error, ValueError, OverflowError, MemoryError):
        return Coverage([])


def _cmap(file: BinaryIO) -> bytes:
    start = 0
    if file.read(4) == b"ttcf":
        file.seek(12)
        (start,) = struct.unpack(">I", file.read(4))
    file.seek(start + 4)
    (count,) = struct.unpack(">H6x", file.read(8))
    for _ in range(count):
        tag, offset, length = struct.unpack(">4s4xII", file.read(16))
        if tag == b"cmap":
            file.seek(offset)
            return file.read(min(length, _MOST_BYTES))
    raise ValueError("no table of characters")


def _ranges(table: bytes) -> Ranges:
    """Of the best subtable for Unicode: one beyond its first 65536 characters, if there is one."""
    (count,) = struct.unpack_from(">2xH", table)
    formats: dict[int, int] = {}
    for index in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * index)
        if platform == 0 or (platform == 3 and encoding in (1, 10)):
            formats.setdefault(struct.unpack_from(">H", table, offset)[0], offset)
    if 12 in formats:
        offset = formats[12]
        (groups,) = struct.unpack_from(">12xI", table, offset)
        return [struct.unpack_from(">II", table, offset + 16 + 12 * index) for index in range(groups)]
    return _segments(table[formats[4] :]) if 4 in formats else []


def _segments(table: bytes) -> Ranges:
    """Of format 4. A segment that lists its glyphs may lack some."""
    (double,) = struct.unpack_from(">6xH", table)
    count = double // 2
    lasts = struct.unpack_from(f">{count}H", table, 14)
    firsts, deltas, offsets = (struct.unpack_from(f">{count}H", table, 16 + part * double) for part in (1, 2, 3))
    ranges: Ranges = []
    for index, (first, last, delta, offset) in enumerate(zip(firsts, lasts, deltas, offsets, strict=True)):
        if first == 0xFFFF:
            continue
        if not offset:
            ranges.append((first, last))
            continue
        at = 16 + 3 * double + 2 * index + offset
        glyphs = struct.unpack_from(f">{last - first + 1}H", table, at) if last >= first else ()
        ranges += [(code, code) for code, glyph in enumerate(glyphs, first) if glyph and (glyph + delta) % 0x10000]
    return ranges
