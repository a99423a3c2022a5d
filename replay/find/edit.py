"""New recordings from old ones: clip, strip, pack. The old one is only read, the new one appears whole or not at all.

The truth of a recording is its header and its inputs. What a recording is - its `identity` - is a hash of that truth, so that
hashes, snapshots, markers and the way the inputs are cut into chunks can come and go: `strip` and `pack` keep the identity.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from replay.core import format as fmt
from replay.core.encoding import InputEncoder
from replay.core.errors import CutError, ReplayError, UsageError
from replay.core.format import End, Header, InputChunk, Marker, Snapshot
from replay.core.game import Game, Match, find_game, result_of, state_hash
from replay.core.playback import Playback, start_match
from replay.core.recording import Recording
from replay.core.verify import Verdict, verify

CLIP_START = "clip start"  # the marker at which a viewer of a clip begins
PACKED_CHUNK_SECONDS = 60  # the longer, the smaller, and the further a cold seek has to run
_PACKED_CHUNK_BYTES = 2**22  # of inputs before they are compressed


def identity(recording: Recording) -> str:
    """32 hexadecimal digits that name what was played: header, inputs and length, whatever else is in the file.

    The two layout fields of the header, `chunk_ticks` and `group_ticks`, say how the file is cut, not what was played: left out.
    """
    header = replace(recording.header, chunk_ticks=1, group_ticks=1)
    digest = hashlib.blake2b(header.pack(), digest_size=16)
    digest.update(recording.ticks.to_bytes(8, "little"))
    for span in recording.spans():
        digest.update(span.rows.tobytes())
    return digest.hexdigest()


def clip_start(recording: Recording) -> int:
    """The tick at which to begin to watch: that of the last `CLIP_START` marker, or 0."""
    return next((marker.tick for marker in reversed(recording.markers) if marker.text == CLIP_START), 0)


def clip(source: Recording, target: str | os.PathLike[str], start: int, stop: int, game: Game | None = None) -> None:
    """The match up to state `stop`, to be watched from `start`, as the new recording `target`.

    It holds all inputs from tick 0 and so verifies from the seed. Its header is the old one but for a new id, derived from what
    is cut and where, and the parent: (old id, `stop`). Markers up to `stop` are kept.

    Raises UsageError unless 0 <= start <= stop <= ticks or if `target` exists, UnverifiableError without the rules.
    """
    if not 0 <= start <= stop <= source.ticks:
        raise UsageError(
            f"no ticks {start} to {stop}; this recording has ticks 0..{source.ticks}", "--from must not be behind --to"
        )
    game = game or find_game(source.header.game)
    cut = f"{identity(source)} {start} {stop}".encode()
    header = replace(source.header, id=hashlib.blake2b(cut, digest_size=16).digest(), parent=(source.header.id, stop))
    markers = [marker for marker in source.markers if marker.tick <= stop and marker.text != CLIP_START]
    with RecordingWriter.create(target, header, [*markers, Marker(start, CLIP_START)]) as writer:
        # Snapshots and hashes are copied as they are: claims, that `verify` compares with the match as ever.
        snapshots = {tick: source.snapshot(tick) for tick in source.snapshot_ticks if tick <= stop}
        for span in source.spans():
            if span.first_tick >= stop:
                break
            rows = span.rows[: stop - span.first_tick]
            writer.snapshot(span.first_tick, snapshots.get(span.first_tick))
            writer.inputs(rows, span.digests[: len(rows)], span.hash if len(rows) == len(span.rows) else None)
        playback = Playback(game, source, use_snapshots=False)
        playback.seek(stop)
        writer.snapshot(stop, snapshots.get(stop))
        writer.end(playback.match)


def strip(source: Recording, target: str | os.PathLike[str]) -> None:
    """The same recording with nothing in it that can be computed again but the seal: no snapshots, no hashes on the way.

    Raises UsageError if `target` exists, the recording's own error if it is damaged. A cut recording stays one.
    """
    _refuse_damage(source)
    with RecordingWriter.create(target, source.header, source.markers) as writer:
        for span in source.spans():
            writer.inputs(span.rows)
        if source.end is not None:
            writer.append(fmt.KIND_END, source.end.pack())


def pack(source: Recording, target: str | os.PathLike[str], game: Game | None = None) -> None:
    """The same recording, verified and then computed anew: hashes, digests, snapshots and seal, in larger chunks for less space.
    A cut recording becomes a sealed one of the ticks that are whole.

    Raises UsageError if `target` exists, ReplayError if the recording does not verify: a divergence must not be packed away.
    """
    _refuse_damage(source)
    game = game or find_game(source.header.game)
    found = verify(source.path, game)
    if found.verdict in (Verdict.DIVERGED, Verdict.UNREADABLE):
        raise ReplayError(f"does not verify: {found.verdict}: {found.message}", f"look: replay verify {source.path}")
    header = source.header
    fitting = _PACKED_CHUNK_BYTES // (len(header.players) * header.input_dtype.itemsize)
    chunk_ticks = min(PACKED_CHUNK_SECONDS * header.ticks_per_second, fmt.MAX_CHUNK_TICKS, fitting)
    header = replace(header, chunk_ticks=chunk_ticks, group_ticks=chunk_ticks)
    match = start_match(game, header)
    with RecordingWriter.create(target, header, source.markers) as writer:
        for first in range(0, source.ticks, chunk_ticks):
            rows = source.inputs(first, min(first + chunk_ticks, source.ticks))
            writer.snapshot(first, match.save())
            digests = bytearray()
            for index in range(len(rows)):
                match.advance(rows[index : index + 1])
                digests.append(state_hash(match) & 0xFF)
            writer.inputs(rows, bytes(digests), state_hash(match))
        writer.end(match)


def _refuse_damage(source: Recording) -> None:
    if source.damage is not None and not isinstance(source.damage, CutError):
        raise source.damage


@contextmanager
def new_file(target: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file that gets its name `target` when the block ends well, with all its bytes on the disk; otherwise there is none.

    Raises UsageError if `target` exists, even if it came to be in the meantime.
    """
    path = Path(target)
    if path.exists():
        raise _exists(path)
    aside = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        with aside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _name(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _name(aside: Path, path: Path) -> None:
    """Give the finished file its name, but never another's: unlike a rename, a link does not replace."""
    try:
        os.link(aside, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:  # a file system without links
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        if path.exists():
            raise _exists(path) from None
        aside.rename(path)


def _exists(path: Path) -> UsageError:
    return UsageError(f"{path} exists", "nothing is ever written over a file; name another one")


class RecordingWriter:
    """Chunks in the order of the format; markers go where the recording first has their ticks."""

    def __init__(self, file: BinaryIO, header: Header, markers: list[Marker]) -> None:
        self._file = file
        self._encoder = InputEncoder(header, thorough=True)
        self._markers = sorted(markers, key=lambda marker: marker.tick)
        self._check = fmt.MAGIC_CHECK
        file.write(fmt.MAGIC)
        self.append(fmt.KIND_HEADER, header.pack())

    @classmethod
    @contextmanager
    def create(cls, target: str | os.PathLike[str], header: Header, markers: list[Marker]) -> Iterator[RecordingWriter]:
        with new_file(target) as file:
            writer = cls(file, header, markers)
            yield writer
            writer._write_markers(fmt.MAX_TICKS)

    def append(self, kind: int, payload: bytes) -> None:
        data, self._check = fmt.write_chunk(kind, payload, self._check)
        self._file.write(data)

    def snapshot(self, tick: int, state: bytes | None) -> None:
        if state is not None:
            self.append(fmt.KIND_SNAPSHOT, Snapshot(tick, state).pack())

    def inputs(self, rows: np.ndarray, digests: bytes = b"", state_hash: int | None = None) -> None:
        chunk = InputChunk(self._encoder.tick, len(rows), self._encoder.encode(rows), digests, state_hash)
        self.append(fmt.KIND_INPUTS, chunk.pack())
        self._write_markers(self._encoder.tick)

    def end(self, match: Match) -> None:
        """The seal, with the result as `match`, which stands at the last tick, tells it."""
        self.seal(state_hash(match), result_of(match))

    def seal(self, state_hash: int, result: Any) -> None:
        self.append(fmt.KIND_END, End(self._encoder.tick, self._encoder.version, state_hash, result).pack())

    def _write_markers(self, tick: int) -> None:
        while self._markers and self._markers[0].tick <= tick:
            self.append(fmt.KIND_MARKER, self._markers.pop(0).pack())
