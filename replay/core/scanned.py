"""A file read chunk by chunk, once, as it may be: complete, cut off, damaged or still growing."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from replay.core import format as fmt
from replay.core.errors import CutError, FormatError, NewerFormatError, UsageError
from replay.core.foreign import refusal
from replay.core.names import SUFFIX
from replay.core.records import End, Header, InputChunk, Marker, Snapshot
from replay.core.url import RemoteFile, Url, path_of

_WINDOW_BYTES = 2**20
_IN_MEMORY = Path("(memory)")
_NAMELESS = Path("(file)")
Source = str | os.PathLike[str] | bytes | BinaryIO


class Place(NamedTuple):
    """Where a chunk lies, and the check that it continues."""

    offset: int
    end: int
    previous_check: int


class ScannedFile:
    """An open file of chunks, of which those that a recording consists of are checked and found again: see `Recording`."""

    def __init__(self, source: Source) -> None:
        """source: a path, a URL (see `replay.core.url`), the bytes of a file, or a file that is open for reading bytes and can be
        sought in; that one is left open."""
        self.path, self._file = _opened(source)
        self._is_ours = self._file is not source
        try:
            self.ticks = 0
            self.end: End | None = None
            self.damage: FormatError | None = None
            self.markers: list[Marker] = []
            self.snapshot_ticks: list[int] = []
            self.chunk_count = 0
            self._snapshots: dict[int, Place] = {}
            self._chunks: list[Place] = []
            self._command_bytes = 0  # of the group at hand
            self.has_digests = False  # a stripped recording has none
            self.lacks_digests = False  # of some ticks
            self.has_commands = False
            self._versions: list[int | None] = []  # after each chunk of inputs; None where format 1 does not say
            self.header, self._offset, self._check = self._read_header()
            self.ticks = self.start_tick
            self.refresh()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Recording {self.path.name} {self.header.game} rules {self.header.rules}, {self.ticks} ticks, {self.state}>"

    def close(self) -> None:
        if self._is_ours:
            self._file.close()

    @property
    def state(self) -> str:
        """`complete`, `cut` (or still being written), or `damaged`."""
        if self.damage is None:
            return "complete"
        return "cut" if isinstance(self.damage, CutError) else "damaged"

    @property
    def defect(self) -> FormatError | None:
        """The damage, unless the file just stops: a cut is none."""
        return None if isinstance(self.damage, CutError) else self.damage

    @property
    def last_check(self) -> int:
        """The check that the next chunk appended to the file has to continue."""
        return self._check

    @property
    def start_tick(self) -> int:
        return self.header.start_tick

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.ticks - self.start_tick) / self.header.ticks_per_second

    # --- reading the file ---

    def refresh(self) -> bool:
        """Read what another process has appended since. True if there was anything new."""
        if self.defect is not None:
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

    def has_changed(self) -> bool:
        """Whether `path` no longer leads to what was read: overwritten, cut off, or replaced by another file. What is appended
        changes nothing, and of a file that was removed everything can still be read. Of what is not a path, nothing is known."""
        if not isinstance(self._file, io.FileIO) or not self._is_ours:
            return False
        try:
            there = self.path.stat()
        except OSError:
            return False
        here = os.fstat(self._file.fileno())
        check = self._read(self._offset - fmt.CHECK_BYTES, fmt.CHECK_BYTES)  # it depends on all chunks before it
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino) or check != self._check.to_bytes(4, "little")

    def _placed(self, error: FormatError) -> FormatError:
        """The same error, saying where it is and what still plays."""
        start = self.start_tick
        whole = f"ticks {start}-{self.ticks - 1} are whole" if self.ticks > start else "no tick is whole"
        if isinstance(error, CutError):
            hint = "the recorder was killed, or is still writing"
            return CutError(f"cut off in chunk {self.chunk_count}; {whole}", f"{hint}. What is whole can be watched")
        return type(error)(f"chunk {self.chunk_count}: {error}; {whole}", error.hint or "copy it again from where it came from")

    def file_bytes(self) -> int:
        """How long the file is now."""
        return self._file.seek(0, os.SEEK_END)

    def file_content(self) -> bytes:
        """The file as it is now."""
        return self._read(0, self.file_bytes())

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(size)
        while len(data) < size and (more := self._file.read(size - len(data))):
            data += more
        return data

    def _read_header(self) -> tuple[Header, int, int]:
        start = self._read(0, len(fmt.MAGIC) + fmt.FRAME_BYTES + fmt.MAX_PAYLOAD[fmt.KIND_HEADER] + fmt.CHECK_BYTES)
        if not start.startswith(fmt.MAGIC):
            raise refusal(start)
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
            self._take(chunk, Place(self._offset, self._offset + chunk.end - at, self._check))
            self._offset += chunk.end - at
            self._check = chunk.check
            self.chunk_count += 1

    def _take(self, chunk: fmt.Chunk, place: Place) -> None:
        kind = chunk.kind
        if self.end is not None and kind != fmt.KIND_MARKER and not _may_skip(kind):
            raise FormatError(f"a chunk of kind {chr(kind)!r} after the end")
        if self.chunk_count == 1 and self.start_tick and kind != fmt.KIND_SNAPSHOT:
            raise FormatError(f"begins at tick {self.start_tick} without its state")
        if kind == fmt.KIND_INPUTS:
            self._take_inputs(InputChunk.unpack(chunk.payload, self.header), place)
        elif kind == fmt.KIND_PLAYERS:
            if self._chunks or self.header.has_player_ids:
                raise FormatError("ids of players where there can be none")
            self.header = self.header.with_player_ids(chunk.payload)
        elif kind == fmt.KIND_SNAPSHOT:
            self._take_snapshot(Snapshot.unpack(chunk.payload, self.header), place)
        elif kind == fmt.KIND_MARKER:
            marker = Marker.unpack(chunk.payload)
            if not self.start_tick <= marker.tick <= self.ticks:
                raise FormatError(f"a marker at tick {marker.tick}; there are ticks {self.start_tick}..{self.ticks} so far")
            self.markers.append(marker)
        elif kind == fmt.KIND_END:
            end = End.unpack(chunk.payload, self.header)
            if end.ticks != self.ticks:
                raise FormatError(f"the end claims {end.ticks} ticks, and there are {self.ticks}")
            if self._versions and self._versions[-1] not in (None, end.version):
                raise FormatError(f"the end claims {end.version} input events, and the chunks {self._versions[-1]}")
            self.end = end
        elif kind == fmt.KIND_HEADER:
            raise FormatError("a second header")
        elif not _may_skip(kind):
            raise NewerFormatError(f"a chunk of unknown kind {chr(kind)!r}, needed to read on", "upgrade deterministic-replay")

    def _take_inputs(self, part: InputChunk, place: Place) -> None:
        expected = self.start_tick + len(self._chunks) * self.header.chunk_ticks
        if part.first_tick != expected or part.first_tick != self.ticks or part.tick_count > self.header.chunk_ticks:
            raise FormatError(f"inputs of {part.tick_count} ticks from {part.first_tick}; expected them from {self.ticks}")
        if (part.first_tick - self.start_tick) % self.header.group_ticks == 0:
            self._command_bytes = 0
        self._command_bytes += len(part.commands)
        if self._command_bytes > fmt.MAX_GROUP_COMMAND_BYTES:
            raise FormatError(f"more than {fmt.MAX_GROUP_COMMAND_BYTES:,} bytes of commands in {self.header.group_ticks} ticks")
        before = self._versions[-1] if self._versions else 0
        self._versions.append(None if part.input_events is None or before is None else before + part.input_events)
        self._chunks.append(place)
        self.has_digests = self.has_digests or bool(part.digests)
        self.lacks_digests = self.lacks_digests or not part.digests
        self.has_commands = self.has_commands or bool(part.commands)
        self._changed((part.first_tick - self.start_tick) // self.header.group_ticks)
        self.ticks += part.tick_count

    def _take_snapshot(self, snapshot: Snapshot, place: Place) -> None:
        if snapshot.tick != self.ticks or snapshot.tick in self._snapshots:
            raise FormatError(f"a snapshot of tick {snapshot.tick} where {self.ticks} is next")
        if snapshot.base is not None and snapshot.base not in self._snapshots:
            raise FormatError(f"a snapshot that is a difference to one of tick {snapshot.base}, which there is not")
        self._snapshots[snapshot.tick] = place
        self.snapshot_ticks.append(snapshot.tick)

    def _changed(self, group: int) -> None:
        """More inputs of this group have been read."""

    def _chunk_at(self, place: Place) -> fmt.Chunk:
        """Read and checked again: a file that changes under the reader shows."""
        return fmt.read_chunk(self._read(place.offset, place.end - place.offset), 0, place.previous_check)


def _opened(source: Source) -> tuple[Path, io.FileIO | RemoteFile | BinaryIO]:
    """What the source is called, and the open file."""
    if isinstance(source, bytes):
        return _IN_MEMORY, io.BytesIO(source)
    if isinstance(source, str | os.PathLike):
        path = path_of(source)
        return path, RemoteFile(path) if isinstance(path, Url) else _opened_path(path)
    if isinstance(source, io.TextIOBase) or not source.seekable():
        raise UsageError(f"{source!r:.80} is not a file of bytes that can be sought in", "open it with open(path, 'rb')")
    name = getattr(source, "name", None)
    return Path(name) if isinstance(name, str) else _NAMELESS, source


def _opened_path(path: Path) -> io.FileIO:
    if path.is_dir():
        raise FormatError("is a folder, not a recording", "name the files in it: " + str(path / f"*{SUFFIX}"))
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)  # a FIFO must not block
    file = io.FileIO(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise FormatError("is not a regular file", "copy the recording to a file first")
    return file


def _may_skip(kind: int) -> bool:
    return chr(kind).islower() and kind not in (fmt.KIND_MARKER, fmt.KIND_PLAYERS) and kind < 128
