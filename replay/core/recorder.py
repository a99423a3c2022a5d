"""Recording a match while it runs: the recorder steps the match, and what it stepped is what is on disk.

The tick path does no waiting: a second is encoded and handed to the kernel by one unbuffered write, some tens of microseconds; a
thread syncs it to the disk. A kill loses at most the second that was not yet written. A disk that fails stops the recording, never
the match.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import xxhash

from replay.core import format as fmt
from replay.core.errors import FormatError, ReplayError, UsageError
from replay.core.events import Subscription, Subscriptions
from replay.core.format import Header, Marker, Player
from replay.core.game import Config, Events, Game, Inputs, result_of, state_hash
from replay.core.lock import lock
from replay.core.recording import Recording
from replay.core.writer import ChunkWriter

SYNC_SECONDS = 0.25
_sync = getattr(os, "fdatasync", os.fsync)


class Recorder:
    """A new match of `game` at tick 0, recorded into the new file `path`. Use it as a context manager.

        with Recorder("duel.replay", game, seed=7, players=["Ann", "Ben"], config={}) as recorder:
            while playing:
                events = recorder.step(inputs)   # shape (players,), the game's input_dtype

    Leaving the block seals the file, unless an exception leaves it: then the recording ends where it was, and plays up to there.

    match: the running match. Read it as you like; step it only through the recorder.
    error: what stopped the recording, or None. The match goes on regardless; look at it now and then and tell the player.
    parent: (id, tick) of the recording this one branches from.
    chunk_seconds: how much a kill may lose. snapshot_seconds: how far a cold seek may run; `snapshots=False` leaves them out.

    Raises FileExistsError if `path` exists, ValueError if the game does not take this match.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        game: Game,
        *,
        seed: int,
        players: Sequence[str | Player],
        config: Config,
        parent: tuple[bytes, int] | None = None,
        chunk_seconds: int = 1,
        snapshot_seconds: int = 10,
        snapshots: bool = True,
    ) -> None:
        self.path = Path(path)
        self.game = game
        self.tick = 0
        self.flushed_ticks = 0  # ticks that survive a kill of this process
        self.synced_ticks = 0  # ticks that survive a power cut
        self.error: ReplayError | None = None
        self.header = Header(
            id=os.urandom(16),
            game=game.name,
            rules=game.rules,
            ticks_per_second=game.ticks_per_second,
            seed=seed,
            config=dict(config),
            players=tuple(player if isinstance(player, Player) else Player(player) for player in players),
            input_dtype=game.input_dtype,
            chunk_ticks=chunk_seconds * game.ticks_per_second,
            group_ticks=snapshot_seconds * game.ticks_per_second,
            created_ms=time.time_ns() // 1_000_000,
            parent=parent,
        )
        Header.unpack(self.header.pack())  # what would not be read must not be written
        self.match = game.new_match(seed, len(self.header.players), self.header.config)
        state = self.match.save()
        if snapshots and len(state) > fmt.MAX_STATE_BYTES:
            raise FormatError(
                f"a state of {len(state):,} bytes; a snapshot holds up to {fmt.MAX_STATE_BYTES:,}", "record it with snapshots=False"
            )
        self._subscriptions = Subscriptions(game)
        self._rows = np.zeros((self.header.chunk_ticks, len(self.header.players)), game.input_dtype)
        self._filled = 0
        self._digests = bytearray(self.header.chunk_ticks)
        self._hash = 0
        self._snapshots = snapshots
        self._work: Iterator[None] = iter(())  # on the chunk before this one

        self._file = _create(self.path)
        self._closing = threading.Event()
        self._syncer = threading.Thread(target=self._sync_loop, name="replay-sync", daemon=True)
        self._syncer.start()
        self._writer = ChunkWriter(self.header, self._write)
        if snapshots:
            self._writer.snapshot(0, state)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.finish()
        else:
            self.close()

    def subscribe(self, kinds: Iterable[str] | None, callback: Callable[[Events], object]) -> Subscription:
        """`callback(events)` with the events of every step, as `Playback.subscribe` gives them."""
        return self._subscriptions.subscribe(kinds, callback)

    def step(self, inputs: Inputs) -> Events:
        """Record `inputs` (shape (players,)) and run the match by one tick with them, as they will be read back."""
        if self.tick >= fmt.MAX_TICKS:
            raise UsageError(f"a recording ends after {fmt.MAX_TICKS:,} ticks", "start a new one")
        filled = self._filled
        self._rows[filled] = inputs
        events = self.match.advance(self._rows[filled : filled + 1])
        saved = self.match.save()
        self._hash = xxhash.xxh3_64_intdigest(saved)
        self._digests[filled] = self._hash & 0xFF
        self._filled = filled + 1
        self.tick += 1
        if self._filled == len(self._rows):
            self._end_chunk(saved)
        else:
            next(self._work, None)
        self._subscriptions.deliver(events)
        return events

    def mark(self, text: str) -> None:
        """Name the current tick. Raises FormatError for a text that is empty or too long."""
        marker = Marker(self.tick, text)
        Marker.unpack(marker.pack())
        self._writer.mark(marker)

    def finish(self) -> None:
        """Write what is left and the seal, with the result as the match tells it; then close.

        Raises FormatError for a result that is no plain data or too large: then all is written but the seal."""
        if self._closing.is_set():
            return
        if self._filled:
            self._end_chunk(None)
        self._finish_work()
        self._writer.write_markers()
        try:
            self._writer.end(state_hash(self.match), result_of(self.match))
        finally:
            self.close()

    def close(self) -> None:
        """Stop without a seal: the file plays up to the last whole second."""
        if self._closing.is_set():
            return
        self._finish_work()
        self._closing.set()
        self._syncer.join()
        os.close(self._file)

    # --- the file ---

    def _end_chunk(self, saved: bytes | None) -> None:
        """Take the rows so far for a chunk; `saved` is the state behind them, for a snapshot if it is time for one."""
        self._finish_work()
        self._work = self._write_chunk(saved)
        next(self._work)
        self._filled = 0

    def _finish_work(self) -> None:
        for _ in self._work:
            pass

    def _write_chunk(self, saved: bytes | None) -> Iterator[None]:
        """A second's work, with a pause after each piece: one piece a tick, so that no tick takes long."""
        tick, digests, state_hash = self.tick, bytes(self._digests[: self._filled]), self._hash
        if self._writer.tick != self.flushed_ticks and self.error is None:  # the work before was interrupted from outside
            self._fail(InterruptedError())
        if (yield from self._writer.inputs_in_pieces(self._rows[: self._filled], digests, state_hash)):
            self.flushed_ticks = tick
        if self._snapshots and saved is not None and tick % self.header.group_ticks == 0:
            yield
            self._writer.snapshot(tick, saved)

    def _write(self, data: bytes) -> bool:
        """One whole chunk by one system call, so that no kill can tear what was acknowledged. After an error nothing more is
        written: the file stays a valid prefix."""
        if self.error is not None:
            return False
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except BaseException as error:
            self._fail(error)
            if not isinstance(error, OSError):
                raise
            return False
        return True

    def _fail(self, error: BaseException) -> None:
        saved = f"ticks 0-{self.flushed_ticks - 1} are saved" if self.flushed_ticks else "no tick is saved"
        why = getattr(error, "strerror", None) or type(error).__name__
        self.error = ReplayError(f"{self.path.name}: recording stopped at tick {self.tick}: {why}; {saved}", "the match goes on")

    def _sync_loop(self) -> None:
        """Looks by itself now and then: to be woken would cost the tick that does it as much as the write."""
        closing = False
        while not closing and self.error is None:
            closing = self._closing.wait(SYNC_SECONDS)
            ticks = self.flushed_ticks
            if ticks == self.synced_ticks and not closing:
                continue
            try:
                _sync(self._file)
            except OSError as error:
                # Never retried: after a failed sync the kernel may have dropped the pages, and a second one would claim success.
                if self.error is None:
                    self._fail(error)
                return
            self.synced_ticks = ticks


def append_marker(path: str | os.PathLike[str], tick: int, text: str) -> Marker:
    """Name a tick of a finished recording: the only thing that is ever added behind the end.

    Raises FormatError if the file is cut or damaged, UsageError for a tick that it does not have, BlockingIOError while it is being
    recorded or marked by someone else.
    """
    file = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
    try:
        lock(file)
        with Recording(path) as recording:
            if recording.damage is not None:
                raise recording.damage
            if not 0 <= tick <= recording.ticks:
                raise UsageError(f"no tick {tick}; this recording has ticks 0..{recording.ticks}")
            marker = Marker(tick, text)
            payload = marker.pack()
            Marker.unpack(payload)
            _append_whole(file, fmt.write_chunk(fmt.KIND_MARKER, payload, recording.last_check)[0])
        _sync(file)
    finally:
        os.close(file)
    return marker


def _append_whole(file: int, data: bytes) -> None:
    """All of `data` or nothing: half a chunk behind the seal would make a whole recording a damaged one."""
    before, rest = os.fstat(file).st_size, memoryview(data)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
    except BaseException:
        os.ftruncate(file, before)
        raise


def _create(path: Path) -> int:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
    lock(file)
    if hasattr(os, "O_DIRECTORY"):  # the new name has to reach the disk too
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return file
