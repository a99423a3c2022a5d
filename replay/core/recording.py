"""A recording, read: a bounded, lazy view of a file that may be complete, cut off, damaged or still growing.

Opening reads every chunk once and checks it, but keeps only where the inputs and snapshots are, so that an hour opens at once and
memory stays flat. What is used later is read and checked again: a file that changes under the reader shows.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np

from replay.core import format as fmt
from replay.core.cache import Bounded
from replay.core.encoding import changes, decode_inputs
from replay.core.errors import CutError, FormatError, NewerFormatError, UsageError
from replay.core.format import End, Header, InputChunk, Marker, Snapshot
from replay.core.game import Inputs
from replay.core.names import SUFFIX

_WINDOW_BYTES = 2**20
_GROUPS_KEPT = 4


class _Place(NamedTuple):
    """Where a chunk lies, and the check that it continues."""

    offset: int
    end: int
    previous_check: int


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring ticks of a recording, at most one chunk: what the verifier compares in one go."""

    first_tick: int
    rows: Inputs  # shape (ticks, players)
    digests: bytes  # of states first_tick+1 ..., or empty
    hash: int | None  # of state first_tick + len(rows)


class _Group(NamedTuple):
    """What is decoded at once."""

    rows: Inputs
    spans: list[Span]


class Recording:
    """An open recording file. Use it as a context manager; one per thread.

    header: what was played.
    ticks: whole ticks that can be played; states 0..ticks exist.
    end: the seal, or None if the recording has none (yet).
    damage: None for a sound, sealed file; else the error that ends it. CutError: the file just stops (or is still being written).
    markers, snapshot_ticks: in file order.

    Raises FormatError if there is no readable header, OSError if the file cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)  # a FIFO must not block
        if self.path.is_dir():
            raise FormatError("is a folder, not a recording", "name the files in it: " + str(self.path / f"*{SUFFIX}"))
        self._file = os.fdopen(os.open(self.path, flags), "rb", buffering=0)
        try:
            if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
                raise FormatError("is not a regular file", "copy the recording to a file first")
            self.ticks = 0
            self.end: End | None = None
            self.damage: FormatError | None = None
            self.markers: list[Marker] = []
            self.snapshot_ticks: list[int] = []
            self.chunk_count = 0
            self._snapshots: dict[int, _Place] = {}
            self._chunks: list[_Place] = []
            self._groups: Bounded[int, _Group] = Bounded(_GROUPS_KEPT)
            self._state_bytes: int | None = None
            self.header, self._offset, self._check = self._read_header()
            self.refresh()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Recording {self.path.name} {self.header.game} rules {self.header.rules}, {self.ticks} ticks, {self.state}>"

    def close(self) -> None:
        self._file.close()

    @property
    def state(self) -> str:
        """`complete`, `cut` (or still being written), or `damaged`."""
        if self.damage is None:
            return "complete"
        return "cut" if isinstance(self.damage, CutError) else "damaged"

    @property
    def last_check(self) -> int:
        """The check that the next chunk appended to the file has to continue."""
        return self._check

    @property
    def seconds(self) -> float:
        return self.ticks / self.header.ticks_per_second

    # --- reading the file ---

    def refresh(self) -> bool:
        """Read what another process has appended since. True if there was anything new."""
        if self.damage is not None and not isinstance(self.damage, CutError):
            return False
        before = self._offset
        self.damage = None
        try:
            self._scan()
            if self.end is None:
                raise CutError("has no end seal")
        except FormatError as error:
            self.damage = self._placed(error)
        return self._offset != before

    def _placed(self, error: FormatError) -> FormatError:
        """The same error, saying where it is and what still plays."""
        whole = f"ticks 0-{self.ticks - 1} are whole" if self.ticks else "no tick is whole"
        if isinstance(error, CutError):
            hint = "the recorder was killed, or is still writing"
            return CutError(f"cut off in chunk {self.chunk_count}; {whole}", f"{hint}. What is whole can be watched")
        return type(error)(f"chunk {self.chunk_count}: {error}; {whole}", error.hint or "copy it again from where it came from")

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(size)
        while len(data) < size and (more := self._file.read(size - len(data))):
            data += more
        return data

    def _read_header(self) -> tuple[Header, int, int]:
        start = self._read(0, len(fmt.MAGIC) + fmt.FRAME_BYTES + fmt.MAX_PAYLOAD[fmt.KIND_HEADER] + fmt.CHECK_BYTES)
        if not start:
            raise FormatError("is empty", "the recorder was killed before its first write")
        if not start.startswith(fmt.MAGIC):
            if fmt.MAGIC.startswith(start):
                raise CutError(f"cut off in its first {len(fmt.MAGIC)} bytes; no tick is whole", "there is nothing to rescue in it")
            text_mode = start[:7] == fmt.MAGIC[:7] or start[1:7] == fmt.MAGIC[1:7]
            hint = "it went through a text-mode transfer; copy it as binary" if text_mode else f"recordings end in {SUFFIX}"
            raise FormatError(f"is not a recording: it begins with {start[:12]!r}", hint)
        try:
            chunk = fmt.read_chunk(start, len(fmt.MAGIC), fmt.MAGIC_CHECK)
            if chunk.kind != fmt.KIND_HEADER:
                raise FormatError(f"expected the header first, found a chunk of kind {chr(chunk.kind)!r}")
            header = Header.unpack(chunk.payload)
        except FormatError as error:
            raise type(error)(f"unreadable header: {error}", error.hint or "without it nothing can be played") from None
        self.chunk_count = 1
        return header, chunk.end, chunk.check

    def _scan(self) -> None:
        window, base = b"", self._offset
        while True:
            at = self._offset - base
            size = fmt.frame_length(window, at)
            if not size or at + size > len(window):  # the window ends inside this chunk
                base, at = self._offset, 0
                window = self._read(base, _WINDOW_BYTES)
                if not window:
                    return
                if (size := fmt.frame_length(window, 0)) > len(window):
                    window = self._read(base, size)
            chunk = fmt.read_chunk(window, at, self._check)
            self._take(chunk, _Place(self._offset, self._offset + chunk.end - at, self._check))
            self._offset += chunk.end - at
            self._check = chunk.check
            self.chunk_count += 1

    def _take(self, chunk: fmt.Chunk, place: _Place) -> None:
        kind = chunk.kind
        if self.end is not None and kind != fmt.KIND_MARKER and not _may_skip(kind):
            raise FormatError(f"a chunk of kind {chr(kind)!r} behind the end")
        if kind == fmt.KIND_INPUTS:
            part = InputChunk.unpack(chunk.payload)
            expected = len(self._chunks) * self.header.chunk_ticks
            if part.first_tick != expected or part.first_tick != self.ticks or part.tick_count > self.header.chunk_ticks:
                raise FormatError(f"inputs of {part.tick_count} ticks from {part.first_tick}; expected them from {self.ticks}")
            self._chunks.append(place)
            self._groups.pop(part.first_tick // self.header.group_ticks)
            self.ticks += part.tick_count
        elif kind == fmt.KIND_SNAPSHOT:
            tick, size, _ = Snapshot.unpack_tick(chunk.payload)
            if tick != self.ticks or tick in self._snapshots:
                raise FormatError(f"a snapshot of tick {tick} where {self.ticks} is next")
            if size != (self._state_bytes or size):
                raise FormatError(f"a snapshot of {size:,} bytes; the one before has {self._state_bytes:,}")
            self._state_bytes = size
            self._snapshots[tick] = place
            self.snapshot_ticks.append(tick)
        elif kind == fmt.KIND_MARKER:
            marker = Marker.unpack(chunk.payload)
            if marker.tick > self.ticks:
                raise FormatError(f"a marker at tick {marker.tick}, and {self.ticks} ticks so far")
            self.markers.append(marker)
        elif kind == fmt.KIND_END:
            end = End.unpack(chunk.payload)
            if end.ticks != self.ticks:
                raise FormatError(f"the end claims {end.ticks} ticks, and there are {self.ticks}")
            self.end = end
        elif kind == fmt.KIND_HEADER:
            raise FormatError("a second header")
        elif not _may_skip(kind):
            raise NewerFormatError(f"a chunk of unknown kind {chr(kind)!r}, needed to read on", "upgrade deterministic-replay")

    # --- what is in it ---

    def identity(self) -> str:
        """32 hexadecimal digits that name what was played: header, inputs and length, whatever else is in the file.

        `chunk_ticks` and `group_ticks` say how the file is cut, not what was played: they are left out.
        """
        header = replace(self.header, chunk_ticks=1, group_ticks=1)
        digest = hashlib.blake2b(header.pack(), digest_size=16)
        digest.update(self.ticks.to_bytes(8, "little"))
        for span in self.spans():
            digest.update(span.rows.tobytes())
        return digest.hexdigest()

    def inputs(self, start: int, stop: int) -> Inputs:
        """The inputs of ticks start..stop-1, shape (stop - start, players). Raises UsageError outside 0..ticks."""
        if not 0 <= start <= stop <= self.ticks:
            raise UsageError(f"ticks {start}..{stop} are not inside 0..{self.ticks}")
        size = self.header.group_ticks
        index, offset = divmod(start, size)
        if start < stop <= (index + 1) * size:
            return self._group(index).rows[offset : offset + stop - start]
        if start == stop:
            return np.zeros((0, len(self.header.players)), self.header.input_dtype)
        parts = [self._group(group).rows for group in range(index, -(-stop // size))]
        return np.concatenate([parts[0][offset:], *parts[1:]])[: stop - start]

    def spans(self, start: int = 0) -> Iterator[Span]:
        """The recording chunk by chunk, from the chunk that holds tick `start`."""
        for group in range(start // self.header.group_ticks, -(-self.ticks // self.header.group_ticks)):
            for span in self._group(group).spans:
                if span.first_tick + len(span.rows) > start:
                    yield span

    def has_snapshot(self, tick: int) -> bool:
        """Whether `tick` is one of `snapshot_ticks`, however many there are."""
        return tick in self._snapshots

    def snapshot(self, tick: int) -> bytes:
        """The recorded state at one of `snapshot_ticks`. Raises FormatError if it is damaged."""
        place = self._snapshots[tick]
        chunk = fmt.read_chunk(self._read(place.offset, place.end - place.offset), 0, place.previous_check)
        return Snapshot.unpack(chunk.payload).state

    def input_events(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, int, Any]]:
        """The stream itself: (tick, player index, the player's new input) for every input that changes, in order."""
        stop = self.ticks if stop is None else stop
        step = self.header.group_ticks
        before = self.inputs(start - 1, start)[0] if start else np.zeros(len(self.header.players), self.header.input_dtype)
        while start < stop:
            rows = self.inputs(start, min(stop, start + step))
            for tick, player in np.argwhere(changes(rows, before)):
                yield start + int(tick), int(player), rows[tick, player]
            before = rows[-1]
            start += len(rows)

    def _group(self, index: int) -> _Group:
        return self._groups.get(index, lambda: self._decode_group(index))

    def _decode_group(self, index: int) -> _Group:
        per_group = self.header.group_ticks // self.header.chunk_ticks
        places = self._chunks[index * per_group : (index + 1) * per_group]
        base = places[0].offset
        data = self._read(base, places[-1].end - base)
        parts = [InputChunk.unpack(fmt.read_chunk(data, place.offset - base, place.previous_check).payload) for place in places]
        rows = decode_inputs([(part.tick_count, part.encoded) for part in parts], len(self.header.players), self.header.input_dtype)
        rows.flags.writeable = False
        first = parts[0].first_tick
        spans = [
            Span(part.first_tick, rows[part.first_tick - first :][: part.tick_count], part.digests, part.hash) for part in parts
        ]
        return _Group(rows, spans)


def _may_skip(kind: int) -> bool:
    return chr(kind).islower() and kind != fmt.KIND_MARKER and kind < 128
