"""Inputs as chunks hold them, and back: differences to the tick before, by planes, compressed, as the format specifies."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from replay.core.format import deflate, inflate
from replay.core.records import Header

_PIECES, _LEAST_PIECE = 40, 2048  # in which a chunk is compressed, and bytes of one: ten microseconds


def changes(rows: npt.NDArray[np.void], before: npt.NDArray[np.void]) -> npt.NDArray[np.bool_]:
    """Where a player's input differs from the tick before, that is, the input events: shape (ticks, players), like `rows`.
    `before`, shape (players,), are the inputs of the tick before the first."""
    ticks, players = rows.shape
    if not rows.itemsize:
        return np.zeros((ticks, players), np.bool_)
    # Padded to whole words: comparing these is several times as fast as comparing bytes and reducing.
    padded = np.zeros((ticks + 1, players, -(-rows.itemsize // 8) * 8), np.uint8)
    padded[0, :, : rows.itemsize] = _bytes_of(before)
    padded[1:, :, : rows.itemsize] = _bytes_of(rows)
    words = padded.view(np.uint64)
    differs: npt.NDArray[np.bool_] = words[1:] != words[:-1]
    return differs[:, :, 0] if differs.shape[2] == 1 else np.logical_or.reduce(differs, axis=2)


def _bytes_of(rows: npt.NDArray[np.void]) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(rows).view(np.uint8).reshape(*rows.shape, rows.itemsize)


class Written(NamedTuple):
    """How far a recording's inputs are encoded. tick: of the next input. version: how many input events there are so far, commands
    among them. before: the inputs of the tick before, shape (players,)."""

    tick: int
    version: int
    before: npt.NDArray[np.void]


class InputEncoder:
    """Encodes the inputs of a recording, chunk after chunk.

    written: how far; whoever has written a chunk moves it on, so that one that was interrupted can be encoded again.
    thorough: smaller, at many times the work.
    """

    def __init__(self, header: Header, thorough: bool = False) -> None:
        self._thorough = thorough
        self._start, self._group_ticks = header.start_tick, header.group_ticks
        self.written = Written(header.start_tick, 0, np.zeros(len(header.players), header.input_dtype))

    def encode_in_pieces(self, rows: npt.NDArray[np.void], command_count: int) -> Generator[None, None, tuple[bytes, int, Written]]:
        """The encoded inputs of the next chunk, shape (ticks, players), its number of input events, and what is `written` with it;
        with a pause after each piece of the work, at most about fifty."""
        tick, version, before = self.written
        input_events = command_count + int(np.count_nonzero(changes(rows, before)))
        after = Written(tick + len(rows), version + input_events, rows[-1].copy())
        yield
        if not rows.itemsize:
            return b"", input_events, after
        raw = _bytes_of(rows).reshape(len(rows), -1)
        planes = np.empty(raw.T.shape, np.uint8)
        np.subtract(raw[1:].T, raw[:-1].T, out=planes[:, 1:])
        restart = (tick - self._start) % self._group_ticks == 0
        planes[:, 0] = raw[0] if restart else raw[0] - _bytes_of(before).ravel()
        yield
        # Runs need no window and little memory; a small table is quicker to set up, and a second of inputs is small.
        compressor = zlib.compressobj(9, zlib.DEFLATED, -12, 7, zlib.Z_RLE)
        data = planes.reshape(-1).data
        size = max(len(data) // _PIECES, _LEAST_PIECE)
        parts = []
        for start in range(0, len(data), size):
            parts.append(compressor.compress(data[start : start + size]))
            yield
        quick = b"".join(parts) + compressor.flush()
        return (min(quick, deflate(planes.tobytes()), key=len) if self._thorough else quick), input_events, after


def decode_inputs(chunks: Sequence[tuple[int, bytes]], players: int, dtype: np.dtype[Any]) -> npt.NDArray[np.void]:
    """The rows of neighbouring chunks, (tick count, encoded inputs) each, from the start of their group: shape (ticks, players)."""
    ticks = sum(count for count, _ in chunks)
    width = players * dtype.itemsize
    if not width:
        return np.zeros((ticks, players), dtype)
    raw = np.empty((ticks, width), np.uint8)
    tick = 0
    for count, part in chunks:
        raw[tick : tick + count] = np.frombuffer(inflate(part, count * width), np.uint8).reshape(width, count).T
        tick += count
    shift = 1
    while shift < len(raw):  # a running sum by doubling: a few wide additions, twice as fast as numpy.cumsum on bytes
        raw[shift:] += raw[:-shift]
        shift *= 2
    return raw.view(dtype)
