"""Chunks in the order of the format: tick by tick while a match runs, or all at once for a new recording from an old one."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from replay.core import format as fmt
from replay.core.commands import Command, pack_commands
from replay.core.encoding import InputEncoder
from replay.core.errors import FormatError, UsageError
from replay.core.format import FORMAT_VERSION
from replay.core.game import Inputs
from replay.core.records import STOPPED, End, Header, InputChunk, Marker, Snapshot, difference

_NEVER = "nothing is ever written over a file; name another one"
FORCE = "to write over it, add --force"


class Proof(NamedTuple):
    """What a chunk claims of its states: see `InputChunk`."""

    digests: bytes = b""
    hash: int | None = None
    events_hash: int | None = None


UNPROVED = Proof()


class ChunkWriter:
    """Writes the chunks of one recording, each continuing the checksum of the one before.

    write: takes the bytes of one or more whole chunks; False if they could not be written.
    thorough: smaller chunks of inputs, at many times the work.

    tick: up to which inputs are written. version: how many input events they hold. snapshot_tick: of the last snapshot.

    An exception in the middle of it, such as Ctrl-C, leaves things as they were before the chunk: it can be written again, if
    `write` takes the same bytes twice for once.
    """

    def __init__(
        self, header: Header, write: Callable[[bytes], bool], *, markers: Iterable[Marker] = (), thorough: bool = False
    ) -> None:
        self._write = write
        self._encoder = InputEncoder(header, thorough)
        self._markers = sorted(markers, key=lambda marker: marker.tick)
        self._whole: tuple[int, bytes] | None = None  # the last snapshot without a base: tick, state
        self.snapshot_tick = -1
        self._header = header
        written, check = fmt.write_chunk(fmt.KIND_HEADER, header.pack(), fmt.MAGIC_CHECK)
        if not header.start_tick:  # else the state comes first
            written, check = self._and_ids(written, check)
        write(fmt.MAGIC + written)
        self._check = check

    @property
    def tick(self) -> int:
        return self._encoder.written.tick

    @property
    def version(self) -> int:
        return self._encoder.written.version

    def _and_ids(self, written: bytes, check: int) -> tuple[bytes, int]:
        """With the ids of the players, if there are any, after it."""
        if not self._header.has_player_ids:
            return written, check
        ids, check = fmt.write_chunk(fmt.KIND_PLAYERS, self._header.pack_player_ids(), check)
        return written + ids, check

    def append(self, kind: int, payload: bytes) -> bool:
        """One chunk. False if it could not be written."""
        data, check = fmt.write_chunk(kind, payload, self._check)
        is_written = self._write(data)
        self._check = check
        return is_written

    def snapshot(self, tick: int, state: bytes) -> None:
        """The state of the tick that comes next: whole, or as the difference to the last whole one where that is smaller."""
        whole, data = (tick, state), fmt.deflate(state)
        snapshot = Snapshot(tick, len(state), None, data)
        if self._whole is not None:
            base, base_state = self._whole
            changes = fmt.deflate(difference(state, base_state))
            if len(changes) < len(data):
                whole, snapshot = self._whole, Snapshot(tick, len(state), base, changes)
        written, check = fmt.write_chunk(fmt.KIND_SNAPSHOT, snapshot.pack(), self._check)
        if tick == self._header.start_tick != 0:
            written, check = self._and_ids(written, check)
        self._write(written)
        self._check, self._whole, self.snapshot_tick = check, whole, tick  # no call between: all of it, or nothing

    def inputs(self, rows: Inputs, commands: Sequence[Command] = (), proof: Proof = UNPROVED) -> bool:
        """The next ticks, shape (ticks, players), and the markers that they reach."""
        work = self.inputs_in_pieces(rows, commands, proof)
        while True:
            try:
                next(work)
            except StopIteration as done:
                return bool(done.value)

    def inputs_in_pieces(self, rows: Inputs, commands: Sequence[Command], proof: Proof) -> Generator[None, None, bool]:
        """`inputs`, with a pause after each piece of the work, until the end of which `rows` have to stay."""
        first, count, encoder = self.tick, len(rows), self._encoder
        packed = pack_commands(commands, first)
        yield
        encoded, input_events, after = yield from encoder.encode_in_pieces(rows, len(commands))
        yield
        chunk = InputChunk(first, count, encoded, proof.digests, proof.hash, proof.events_hash, input_events, packed)
        data, check = fmt.write_chunk(fmt.KIND_INPUTS, chunk.pack(), self._check)
        is_written = self._write(data)
        self._check, encoder.written = check, after  # no call between: both, or neither
        self.write_markers()
        return is_written

    def mark(self, marker: Marker) -> None:
        """Write `marker`, whose tick is not before that of the last one, as soon as its tick is written."""
        self._markers.append(marker)

    def write_markers(self) -> None:
        """Those of ticks that are written."""
        while self._markers and self._markers[0].tick <= self.tick:
            data, check = fmt.write_chunk(fmt.KIND_MARKER, self._markers[0].pack(), self._check)
            self._write(data)
            self._check, self._markers = check, self._markers[1:]  # no call between

    def end(self, end: End, header: Header) -> FormatError | None:
        """The seal. A result that is not plain data or too large, or a crash by too many commands, cannot be in it: then the match
        ends as stopped, without them, and the error says why."""
        problem = None
        try:
            payload = _readable(end, header)
        except FormatError as error:
            problem = error
            payload = _readable(end._replace(result=None, how=STOPPED, crash=None), header)
        self.append(fmt.KIND_END, payload)
        return problem


def _readable(end: End, header: Header) -> bytes:
    """Packed. What would not be read must not be written."""
    payload = end.pack()
    End.unpack(payload, header._replace(format=FORMAT_VERSION))
    return payload


@contextmanager
def new_recording(target: str | os.PathLike[str], header: Header, markers: Iterable[Marker] = ()) -> Iterator[ChunkWriter]:
    """A recording that gets its name `target` when the block ends well. Raises UsageError if there is such a file."""
    with new_file(target) as file:
        writer = ChunkWriter(header, lambda data: file.write(data) == len(data), markers=markers, thorough=True)
        yield writer
        writer.write_markers()


@contextmanager
def new_file(target: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file that gets its name `target` when the block ends well, with all its bytes on the disk; otherwise there is none.

    Raises UsageError if `target` exists, even if it came to be in the meantime.
    """
    path = Path(target)
    refuse_existing(path)
    aside = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        with _opened(aside, path) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _name(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _opened(aside: Path, path: Path) -> BinaryIO:
    """The file that will be `path`. That it cannot be there is told of that name: of the other one nobody has heard."""
    try:
        return aside.open("xb")
    except OSError as error:
        error.filename = str(path)
        raise


@contextmanager
def made_file(target: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """Where to write what will be called `target` when the block ends well; its ending is the same. Folders are made.

    For what can be made again, as pictures and pages can, and so, unlike `new_file`, over a file if `force`. Raises UsageError if
    `target` exists without it, even if it came to be in the meantime, or if nothing can be written there.
    """
    path = Path(target)
    if not force:
        refuse_existing(path, FORCE)
    aside = path.with_name(f".{secrets.token_hex(8)}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.touch(exist_ok=False)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            error.filename = str(path)
            raise
        raise UsageError(f"{path}: cannot be written there: {error.strerror}", "name another place") from None
    try:
        yield aside
        if force:
            aside.replace(path)
        else:
            _name(aside, path, FORCE)
    finally:
        aside.unlink(missing_ok=True)


def _name(aside: Path, path: Path, hint: str = _NEVER) -> None:
    """Give the finished file its name, but never another's: unlike a rename, a link does not replace."""
    try:
        os.link(aside, path)
    except FileExistsError:
        raise _exists(path, hint) from None
    except OSError as error:  # a file system without links
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        if path.exists():
            raise _exists(path, hint) from None
        aside.rename(path)


def refuse_existing(target: str | os.PathLike[str], hint: str = _NEVER) -> None:
    """Raises UsageError if `target` exists: asked before long work, whose end asks again."""
    if Path(target).exists():
        raise _exists(Path(target), hint)


def _exists(path: Path, hint: str) -> UsageError:
    return UsageError(f"{path} exists", hint)
