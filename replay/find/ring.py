"""A flight recorder: a match that is stepped as by a `Recorder`, of which the last seconds can be saved at any moment."""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from replay.core.commands import Command
from replay.core.errors import RulesError, UsageError
from replay.core.format import MAX_STATE_BYTES
from replay.core.game import Config, Events, GameOf, Inputs, Match
from replay.core.origin import made_with
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.records import CRASHED, STOPPED, Crash, End, Header, Player
from replay.core.setup import CommandCheck, header_for, row_checker
from replay.core.simulation import Simulation, digest_of
from replay.core.writer import ChunkWriter, Proof, new_file

M = TypeVar("M", bound=Match)


@dataclass
class _Group:
    """Some seconds from a snapshot on: what a recording of them needs."""

    start_tick: int
    state: bytes = field(repr=False)
    rows: Inputs = field(repr=False)
    filled: int = 0
    commands: list[Command] = field(default_factory=list)
    digests: bytearray = field(default_factory=bytearray)
    hashes: list[int] = field(default_factory=list)  # at the end of each chunk
    events_hash: int = 0


class RingRecorder(Generic[M]):
    """A new match of `game` at tick 0, of which the last `seconds` (and up to `group_seconds` more) are kept in memory.

    match: read it as you like; step it only through the recorder. `save` writes what is kept; `again` and `playback` show it while
    the match goes on, without a file. Raises UnverifiableError for a game without save() and load().
    """

    def __init__(
        self,
        game: GameOf[M],
        *,
        seconds: int,
        seed: int,
        players: Sequence[str | Player],
        config: Config | None = None,
        group_seconds: int = 5,
    ) -> None:
        if seconds < 1 or group_seconds < 1:
            raise UsageError(f"{seconds} s in groups of {group_seconds} s", "both are at least 1")
        header = header_for(game, seed, players, config, 1, group_seconds)
        self.header: Header = header.as_read()  # what would not be read must not be written
        self._simulation = Simulation(game, self.header)
        if self._simulation.save() is None or not self._simulation.can_return:
            raise UsageError(f"{game.name} saves no states to begin a recording with", "it needs save() and load()")
        self._check_row = row_checker(self.header)
        self._check_commands = CommandCheck(self.header, self._simulation.abilities)
        self._groups: deque[_Group] = deque(maxlen=-(-seconds // group_seconds) + 1)
        self._crash: Crash | None = None
        self._begin_group()

    @property
    def match(self) -> M:
        return self._simulation.match

    @property
    def tick(self) -> int:
        return self._simulation.tick

    def step(self, inputs: Inputs | None = None, commands: Sequence[tuple[int, Any]] = ()) -> Events:
        """One tick with these inputs, as `Recorder.step` takes them.

        Raises RulesError if the rules raise: then the match is over, and what is saved holds the inputs that made them raise.
        """
        simulation, header, group = self._simulation, self.header, self._groups[-1]
        simulation.is_lost = simulation.is_lost or self._is_torn()
        if simulation.is_lost:
            raise UsageError(
                f"the match ended at tick {self.tick}: its rules raised, or were interrupted", "save() has what led there"
            )
        self._check_row(inputs)
        given = self._check_commands(commands, self.tick)
        if inputs is not None:
            group.rows[group.filled] = inputs
        try:
            events = simulation.run(group.rows[group.filled : group.filled + 1], given)
        except RulesError as error:
            self._crash = Crash.by(error.kind, group.rows[group.filled].tobytes(), given)
            raise
        state_hash = simulation.hash() if simulation.tick % header.proof_ticks == 0 else None
        group.commands += given
        if state_hash is not None:
            group.digests.append(digest_of(state_hash, simulation.events_hash))
            if simulation.tick % header.chunk_ticks == 0:
                group.hashes.append(state_hash)
        group.events_hash, group.filled = simulation.events_hash, group.filled + 1  # the tick counts now, or not at all
        if group.filled == len(group.rows):
            self._begin_group()
        return events

    def save(self, path: str | os.PathLike[str]) -> Header:
        """Write what is kept as the new recording `path`: it begins with a state, and verifies from there. The match goes on.

        Raises UsageError if `path` exists or a state is too large for a snapshot.
        """
        with new_file(path) as file:
            return self._write_all(lambda data: file.write(data) == len(data))  # quick: a game waits for it

    def playback(self) -> Playback[M]:
        """What is kept, played by a match of its own, from memory. The match goes on.

        Raises UsageError if a state is too large for a snapshot.
        """
        file = io.BytesIO()
        self._write_all(lambda data: file.write(data) == len(data))
        return Playback(self._simulation.game, Recording(file.getvalue()))

    def again(self, seconds: float, speed: float = 1.0) -> Iterator[M]:
        """The last `seconds` once more (as far as they are kept): a match to draw for each picture, at a picture a tick.

        speed: 0.5 shows each state twice. The match goes on.
        """
        if not (seconds > 0 and speed > 0):
            raise UsageError(f"{seconds} s at {speed} times the speed", "both are above 0")
        playback = self.playback()
        position = float(max(playback.ticks - round(seconds * self.header.ticks_per_second), playback.recording.start_tick))
        return _shown(playback, position, speed)

    def _write_all(self, write: Callable[[bytes], bool]) -> Header:
        groups = [group for group in self._groups if group.filled] or [self._groups[0]]
        start = groups[0].start_tick
        largest = max(len(group.state) for group in groups)
        if largest > MAX_STATE_BYTES:
            raise UsageError(
                f"a state of {largest:,} bytes; a snapshot holds up to {MAX_STATE_BYTES:,}", "record it without a ring"
            )
        parent, origin = (self.header.id, start), made_with(self._simulation.game)
        header = self.header._replace(id=os.urandom(16), start_tick=start, parent=parent, made_with=origin)
        simulation = self._known()
        state_hash = simulation.hash()
        tick = groups[-1].start_tick + groups[-1].filled
        writer = ChunkWriter(header, write)
        for group in groups:
            self._write(group, writer, state_hash)
        how = STOPPED if self._crash is None else CRASHED
        result = simulation.result() if self._crash is None else None
        events_hash = groups[-1].events_hash if groups[-1].filled else 0
        writer.end(End(tick, writer.version, state_hash, events_hash, result, how, self._crash), header)
        return header

    def _is_torn(self) -> bool:
        """Whether a tick was interrupted after it was run, and before it was kept."""
        group = self._groups[-1]
        return self.tick != group.start_tick + group.filled

    def _known(self) -> Simulation[M]:
        """The match; if the rules raised, one that was run again up to there, as a lost one is in no state that has a name."""
        if not self._simulation.is_lost and not self._is_torn():
            return self._simulation
        group = self._groups[-1]
        again = Simulation(self._simulation.game, self.header)
        again.load(group.state, group.start_tick)
        if group.filled:
            again.run(group.rows[: group.filled], group.commands)
        return again

    def _write(self, group: _Group, writer: ChunkWriter, last_hash: int) -> None:
        chunk_ticks, proof_ticks = self.header.chunk_ticks, self.header.proof_ticks
        writer.snapshot(group.start_tick, group.state)
        for at in range(0, group.filled, chunk_ticks):
            stop = min(at + chunk_ticks, group.filled)
            tick = group.start_tick + at
            digests = bytes(group.digests[at // proof_ticks : stop // proof_ticks])
            is_last = stop == group.filled
            state_hash = group.hashes[at // chunk_ticks] if stop - at == chunk_ticks else last_hash
            proof = Proof(digests, state_hash, group.events_hash if is_last else None)
            writer.inputs(group.rows[at:stop], [c for c in group.commands if tick <= c[0] < group.start_tick + stop], proof)

    def _begin_group(self) -> None:
        state = self._simulation.save()
        assert state is not None
        rows = np.zeros((self.header.group_ticks, len(self.header.players)), self.header.input_dtype)
        self._groups.append(_Group(self.tick, state, rows))


def _shown(playback: Playback[M], position: float, speed: float) -> Iterator[M]:
    while position <= playback.ticks:
        playback.seek(int(position))
        yield playback.match
        position += speed
