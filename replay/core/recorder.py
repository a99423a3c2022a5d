"""Recording a match while it runs: the recorder steps the match, and what it stepped is what is on disk.

The tick path does no waiting: a second is encoded and handed to the kernel by one unbuffered write, some tens of microseconds; a
thread syncs it to the disk. A kill loses at most the second that was not yet written. A disk that fails stops the recording, never
the match.

A recorder is a state machine: recording, then failed (the disk), crashed (the rules raised) or sealed. It refuses every step after
the end, and notices a fork, a deleted file, a match that was stepped behind its back.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar

import numpy as np

from replay.core import format as fmt
from replay.core.commands import Command
from replay.core.errors import FormatError, MachineError, ReplayError, RulesError, UsageError
from replay.core.events import Subscription, Subscriptions
from replay.core.game import Config, Events, GameOf, Inputs, Match
from replay.core.origin import made_with
from replay.core.records import CRASHED, FINISHED, STOPPED, Crash, End, Header, Marker, Player
from replay.core.setup import CommandCheck, header_for, row_checker
from replay.core.simulation import Simulation, digest_of
from replay.core.sink import FileSink
from replay.core.writer import ChunkWriter, Proof

M = TypeVar("M", bound=Match)

logger = logging.getLogger("replay")
_open_recorders: weakref.WeakSet[Recorder[Any]] = weakref.WeakSet()
_CHEAP_NS = 30_000  # a proof that takes no longer is made before every step too, to see whether somebody else stepped the match


class _Chunk(NamedTuple):
    """Rows that wait to be written, up to `tick`. state: of that tick, if a snapshot follows."""

    rows: Inputs
    commands: list[Command]
    proof: Proof
    state: bytes | None
    tick: int


class Recorder(Generic[M]):
    """A new match of `game` at tick 0, recorded into the new file `path`. Use it as a context manager.

        with Recorder("duel.replay", game, seed=7, players=["Ann", "Ben"]) as recorder:
            while playing:
                events = recorder.step(inputs)   # shape (players,), the game's input_dtype

    Leaving the block seals the file: as finished, or, if an exception leaves it, as stopped. Whatever the door, every tick that was
    stepped is kept. If the rules raise, the recording ends there, says so, and holds the inputs that made them raise.

    match: the running match. Read it as you like; step it only through the recorder.
    error: what stopped the recording, or None. The match goes on regardless. on_error is called with it at once, and it is logged.
    parent: (id, tick) of the recording this one branches from. session: a server's nonce, up to 64 bytes.
    chunk_seconds: how much a kill may lose. snapshot_seconds: how far a cold seek may run; `snapshots=False` leaves them out.

    Raises FileExistsError if `path` exists, UnverifiableError if the game does not take this match, UsageError or FormatError for
    what cannot be recorded, MachineError if the machine is the cause.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        game: GameOf[M],
        *,
        seed: int,
        players: Sequence[str | Player],
        config: Config | None = None,
        parent: tuple[bytes, int] | None = None,
        session: bytes = b"",
        chunk_seconds: int = 1,
        snapshot_seconds: int = 10,
        snapshots: bool = True,
        on_error: Callable[[ReplayError], object] | None = None,
    ) -> None:
        self.path = Path(path)
        self.game = game
        self.flushed_ticks = 0  # ticks that survive a kill of this process
        self.error: ReplayError | None = None
        self.state = "closed"
        self._on_error = on_error
        header = header_for(game, seed, players, config, chunk_seconds, snapshot_seconds, parent=parent, session=session)
        self.header: Header = header.as_read()  # what would not be read must not be written
        self._simulation = Simulation(game, self.header)
        state = self._simulation.save() if snapshots else None
        if state is not None and len(state) > fmt.MAX_STATE_BYTES:
            raise FormatError(
                f"a state of {len(state):,} bytes; a snapshot holds up to {fmt.MAX_STATE_BYTES:,}", "record it with snapshots=False"
            )
        self._snapshots = state is not None
        self._subscriptions = Subscriptions(game)
        self._check_row = row_checker(self.header)
        self._check_commands = CommandCheck(self.header, self._simulation.abilities)
        # Two, in turn: a chunk is still being encoded while the next one begins.
        self._rows, self._other_rows = np.zeros((2, self.header.chunk_ticks, len(self.header.players)), self.header.input_dtype)
        self._commands: list[Command] = []
        self._filled = 0
        self._folded = 0  # E at the last tick that is kept
        self._digests = bytearray()
        self._hash: int | None = self._first_hash()
        self._crash: Crash | None = None
        self._work: Iterator[None] = iter(())  # on the chunk before this one
        self._pending: _Chunk | None = None  # that chunk, until it is written
        self._given: list[Command] = []  # of the tick at hand
        self.header = self.header._replace(made_with=made_with(game))
        self._pid = os.getpid()
        self._sink = FileSink(self.path, self._fail)
        _open_recorders.add(self)
        self._writer = ChunkWriter(self.header, self._sink.write)
        if state is not None:
            self._writer.snapshot(0, state)
        if self.error is None:
            self.state = "recording"

    def _first_hash(self) -> int:
        state_hash, times = 0, []
        for _ in range(3):
            began = time.perf_counter_ns()
            state_hash = self._simulation.hash()
            times.append(time.perf_counter_ns() - began)
        self._is_watched = min(times) < _CHEAP_NS
        return state_hash

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.state == "recording" and kind is not None:
            self._seal(STOPPED)
        else:
            self.finish()

    def __del__(self) -> None:
        if getattr(self, "state", "closed") == "recording" and self._pid == os.getpid():
            warnings.warn(
                f"a recorder of {self.path} was dropped at tick {self.tick} without finish()", ResourceWarning, stacklevel=2
            )
            self._seal(STOPPED)

    @property
    def match(self) -> M:
        return self._simulation.match

    @property
    def tick(self) -> int:
        return self._simulation.tick

    @property
    def version(self) -> int:
        """Input events of the ticks that are written."""
        return self._writer.version

    @property
    def synced_ticks(self) -> int:
        """Ticks that survive a power cut."""
        return self._sink.synced_mark

    def subscribe(self, kinds: Iterable[str] | None, callback: Callable[[Events], object]) -> Subscription:
        """`callback(events)` with the events of every step, as `Playback.subscribe` gives them."""
        return self._subscriptions.subscribe(kinds, callback)

    # --- the tick ---

    def step(self, inputs: Inputs | None = None, commands: Sequence[tuple[int, Any]] = ()) -> Events:
        """Record `inputs` (shape (players,), exactly the game's `input_dtype`) and `commands` ((player, plain data), in order), and
        run the match by one tick with them, as they will be read back.

        Raises UsageError for inputs that cannot be recorded and after the end of the recording, RulesError if the rules raise: then
        the recording is over, and holds the inputs that made them raise; MachineError if the machine does not let them go on.
        """
        if self.state not in ("recording", "failed") or self._pid != os.getpid():
            raise self._refusal()
        if self.tick >= fmt.MAX_TICKS:
            raise UsageError(f"a recording ends after {fmt.MAX_TICKS:,} ticks", "start a new one")
        simulation, filled = self._simulation, self._filled
        self._check_row(inputs)
        given = self._check_commands(commands, self.tick)
        if self._is_watched and simulation.hash() != self._hash:
            self._seal(STOPPED, is_known=False)
            self._fail(ReplayError("the match was stepped or changed behind the recorder's back"))
        if inputs is not None:
            self._rows[filled] = inputs
        self._given = given
        try:
            events, proof = simulation.step(self._rows[filled : filled + 1], given)
        except BaseException as error:  # Ctrl-C too: what was stepped before is kept
            self._end_by(error, given)
            raise
        if self.state == "recording":
            try:
                self._record_step(given, proof)
            except BaseException as error:  # the tick is kept, with nothing that proves it
                self._seal(STOPPED, is_known=not isinstance(error, ReplayError), is_proved=False)
                raise
        self._subscriptions.deliver(events)
        return events

    def _record_step(self, commands: list[Command], proof: int | None) -> None:
        self._commands += commands
        self._folded, self._filled = self._simulation.events_hash, self._filled + 1  # the tick counts now
        self._prove(proof)
        if self._filled == len(self._rows):
            self._end_chunk()
        else:
            next(self._work, None)

    def _prove(self, proof: int | None) -> None:
        simulation = self._simulation
        is_proved = simulation.tick % self.header.proof_ticks == 0
        if is_proved or self._is_watched:
            self._hash = simulation.hash() if proof is None else proof
            if is_proved:
                self._digests.append(digest_of(self._hash, simulation.events_hash))

    def _refusal(self) -> UsageError:
        if self._pid != os.getpid():
            return UsageError("this recorder belongs to the process that made it", "a forked process makes one of its own")
        return UsageError(f"the recording {self.path.name} is {self.state}; it takes no more ticks or marks", "start a new one")

    def _end_by(self, error: BaseException, commands: list[Command]) -> None:
        """The rules raised, or were not let go on: what was stepped is sealed."""
        if self.state != "recording":
            self.state = "closed"
        elif isinstance(error, RulesError):
            self._crash = Crash.by(error.kind, self._rows[self._filled].tobytes(), commands)
            self._seal(CRASHED)
        else:
            self._seal(STOPPED)

    def mark(self, text: str) -> None:
        """Name the current tick. Raises FormatError for a text that is empty or too long, UsageError after the end."""
        if self.state not in ("recording", "failed"):
            raise self._refusal()
        marker = Marker(self.tick, text)
        Marker.unpack(marker.pack())
        self._writer.mark(marker)

    # --- the end ---

    def finish(self) -> None:
        """Write what is left and the seal, with the result as the match tells it; then close. Nothing after the end.

        Raises FormatError for a result that is not plain data or too large, RulesError or MachineError if it cannot be told: then
        all is written but the result, and the end says stopped."""
        if self.state == "recording":
            self._seal(FINISHED)
        elif self.state == "failed":
            self._close("closed")

    def close(self) -> None:
        """Stop: the file is sealed as it stands, as stopped."""
        if self.state == "recording":
            self._seal(STOPPED)
        elif self.state == "failed":
            self._close("closed")

    def _seal(self, how: str, is_known: bool = True, is_proved: bool = True) -> None:
        """Write what is left, and the end. is_known: the match is in the state of this tick. is_proved: as are the digests."""
        if self._pid != os.getpid() or self.state != "recording":
            return
        is_known = is_known and not self._simulation.is_lost
        try:
            if self._pending is not None:  # its work may have been interrupted
                self._write(self._pending)
            stepped = self._simulation.tick - self._writer.tick - self._filled
            if stepped and self.error is None and not self._simulation.is_lost:  # and then interrupted
                if self._given and not (self._commands and self._commands[-1] is self._given[-1]):
                    self._commands += self._given
                self._folded, self._filled = self._simulation.events_hash, self._filled + 1
                is_proved = False
            if not is_proved:
                self._digests, self._hash = bytearray(), None
            if self._filled:
                self._write(self._chunk(is_known))
            self._writer.write_markers()
            if self.error is None:
                self._write_end(how, is_known)
        finally:
            self._close("crashed" if how == CRASHED else "sealed")

    def _write_end(self, how: str, is_known: bool) -> None:
        simulation = self._simulation
        state_hash = self._last_hash(is_known)
        problem: ReplayError | None = None
        result: dict[str, Any] | None = None
        if is_known:
            try:
                result = simulation.result()
            except (RulesError, MachineError) as error:
                problem = error
        told = how if problem is None else STOPPED
        end = End(self._writer.tick, self._writer.version, state_hash, self._folded, result, told, self._crash)
        problem = self._writer.end(end, self.header) or problem
        if problem is not None and how == FINISHED:
            raise problem

    def _last_hash(self, is_known: bool) -> int | None:
        """The proof of the last state. Of a match that is in another state by now, only that of a proved tick is known."""
        if is_known:
            return self._simulation.hash()
        return self._hash if self._is_watched or self.tick % self.header.proof_ticks == 0 else None

    def _close(self, state: str) -> None:
        self.state = state
        _open_recorders.discard(self)
        self._sink.close()

    # --- the file ---

    def _end_chunk(self) -> None:
        """Take the rows so far for a chunk; a piece of its work is done at each of the next ticks."""
        for _ in self._work:
            pass
        chunk, rows, other = self._chunk(), self._rows, self._other_rows
        digests, commands = bytearray(), list[Command]()
        # No call between: an interruption finds the rows here or there.
        self._pending, self._rows, self._other_rows, self._filled, self._digests, self._commands = (
            chunk, other, rows, 0, digests, commands,
        )  # fmt: skip
        self._work = self._write_in_pieces(chunk)
        next(self._work, None)

    def _chunk(self, is_known: bool = True) -> _Chunk:
        """The rows so far, and what proves them."""
        simulation, header = self._simulation, self.header
        tick, rows = self._writer.tick + self._filled, self._rows[: self._filled]
        if self._hash is not None and tick % header.proof_ticks == 0:
            state_hash: int | None = self._hash
        else:
            state_hash = self._last_hash(is_known)
        ends_group = state_hash is not None and (tick % header.group_ticks == 0 or len(rows) < header.chunk_ticks)
        proof = Proof(bytes(self._digests), state_hash, self._folded if ends_group else None)
        state = simulation.save() if self._snapshots and tick % header.group_ticks == 0 and is_known else None
        return _Chunk(rows, self._commands, proof, state, tick)

    def _write(self, chunk: _Chunk) -> None:
        """All that is not yet written of it."""
        for _ in self._write_in_pieces(chunk):
            pass

    def _write_in_pieces(self, chunk: _Chunk) -> Iterator[None]:
        """A second's work, with a pause after each piece: one piece a tick, so that no tick takes long."""
        self._sink.check_place()
        if self.error is not None:
            return
        if self._writer.tick < chunk.tick and (yield from self._writer.inputs_in_pieces(chunk.rows, chunk.commands, chunk.proof)):
            self.flushed_ticks = self._sink.mark = chunk.tick
        if chunk.state is not None and self._writer.snapshot_tick < chunk.tick:
            yield
            self._write_snapshot(chunk.tick, chunk.state)
        self._pending = None

    def _write_snapshot(self, tick: int, state: bytes) -> None:
        if len(state) > fmt.MAX_STATE_BYTES:
            self._snapshots = False
            logger.warning("%s: from tick %d on states are too large for snapshots", self.path.name, tick)
        else:
            self._writer.snapshot(tick, state)

    def _fail(self, error: BaseException) -> None:
        """The recording stops, and says so; the match goes on."""
        if self.error is not None:
            return
        kept = f"ticks 0-{self.flushed_ticks - 1} are saved" if self.flushed_ticks else "no tick is saved"
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        self.error = ReplayError(f"{self.path.name}: recording stopped at tick {self.tick}: {why}; {kept}", "the match goes on")
        self.state = "failed"
        self._is_watched = False
        self._filled = 0
        self._sink.stop()
        logger.error("%s", self.error)
        if self._on_error is not None:
            try:
                self._on_error(self.error)
            except Exception:
                logger.exception("on_error raised")


def _disown_after_fork() -> None:
    """In a forked child: the file is the parent's."""
    for recorder in list(_open_recorders):
        recorder._sink.disown()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown_after_fork)
