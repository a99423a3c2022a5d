"""New recordings from old ones: clip, strip, pack. The old one is only read, the new one appears whole or not at all.

The truth of a recording is its header and its inputs. What a recording is - its `identity` - is a hash of that truth, so that
hashes, snapshots, markers and the way the inputs are cut into chunks can come and go: `strip` and `pack` keep the identity.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from replay.core import format as fmt
from replay.core.commands import command_bytes
from replay.core.errors import CutError, MachineError, ReplayError, UnverifiableError, UsageError
from replay.core.game import Game
from replay.core.installed import find_game
from replay.core.plain import pack_plain
from replay.core.playback import COMPARED_TICKS, Playback
from replay.core.recording import Recording
from replay.core.records import STOPPED, End, Header, InputChunk, Marker, Snapshot
from replay.core.setup import header_for
from replay.core.simulation import Simulation
from replay.core.verify import Verdict, verify
from replay.core.writer import ChunkWriter, Proof, new_file, new_recording

CLIP_START = "clip start"  # the marker at which a viewer of a whole clip begins
PACKED_CHUNK_SECONDS = 60  # the longer, the smaller, and the further a cold seek has to run
_CLIP_CHUNK_SECONDS = 10
_CHUNK_BYTES = 2**22  # of inputs before they are compressed


def clip_start(recording: Recording) -> int:
    """The tick at which to begin to watch: that of the last `CLIP_START` marker, or the first."""
    starts = (marker.tick for marker in reversed(recording.markers) if marker.text == CLIP_START)
    return next(starts, recording.start_tick)


# --- clip ---


def clip(
    source: Recording, target: str | os.PathLike[str], start: int, stop: int, game: Game | None = None, *, whole: bool = False
) -> None:
    """The ticks `start` to `stop` of a match as the new recording `target`.

    It begins with the state of `start`, computed here, and is verified from there; its parent is (id of `source`, `start`). With
    `whole` it holds all inputs from the beginning, and is verified from there; a viewer begins at `start`, and the parent's tick is
    `stop`. Markers inside stay. Its id is derived from what is cut and where.

    Raises UsageError unless `source` has these ticks, if `target` exists, or if the game has no states to begin with;
    UnverifiableError without the rules; ReplayError if the match differs from its recording: a clip hides no divergence.
    """
    source.check_ticks(start, stop)
    game = game or find_game(source.header.game)
    if not source.has_digests:  # what can be compared is at its end
        _refuse_unverified(source, game)
    first = source.start_tick if whole else start
    playback = Playback(game, source, use_snapshots=False)
    playback.seek(first)
    _refuse_divergence(playback)
    simulation = Simulation(game, _clip_header(source, game, first, start, stop, whole))
    _begin(simulation, playback.simulation.save() if first else None)
    markers = [marker for marker in source.markers if first <= marker.tick <= stop and marker.text != CLIP_START]
    if whole:
        markers.append(Marker(start, CLIP_START))
    with new_recording(target, simulation.header, markers) as writer:
        _compare(playback, _write_inputs(writer, simulation, source, stop), stop)
        end = source.end if stop == source.ticks else None
        _write_end(writer, simulation, end)


def _clip_header(source: Recording, game: Game, first: int, start: int, stop: int, whole: bool) -> Header:
    cut = f"{source.identity()} {start} {stop}{' whole' if whole else ''}".encode()
    return _header(source, game, _CLIP_CHUNK_SECONDS, first, stop)._replace(
        id=hashlib.blake2b(cut, digest_size=16).digest(),
        start_tick=first,
        parent=(source.header.id, stop if whole else start),
    )


def _begin(simulation: Simulation[Any], state: bytes | None) -> None:
    """Put the match into the state that a recording begins with; at tick 0 it is there."""
    start = simulation.header.start_tick
    if not start:
        return
    name, hint = simulation.game.name, "keep all inputs: clip --whole"
    if state is None or not simulation.can_load:
        raise UsageError(f"a recording of {name} cannot begin at tick {start}: it has no save() and load()", hint)
    if len(state) > fmt.MAX_STATE_BYTES:
        raise UsageError(f"the state of tick {start} has {len(state):,} bytes; a snapshot up to {fmt.MAX_STATE_BYTES:,}", hint)
    simulation.load(state, start)


def _compare(playback: Playback[Any], proofs: Mapping[int, int], stop: int) -> None:
    """The same ticks once more as they are in the source, every one compared with its digest there, and now and then with the
    clip's. proofs: the hashes of the clip's states, by tick."""
    few, first = COMPARED_TICKS * playback.recording.header.proof_ticks, playback.tick
    while playback.tick < stop:
        playback.step(min(few, stop - playback.tick))
        if proofs.get(playback.tick) not in (None, playback.simulation.hash()):
            _refuse_divergence(playback)
            raise ReplayError(
                f"from the saved state of tick {first} the match goes on differently",
                f"something outside save() decides the future: replay check {playback.game.name}; keep all inputs: clip --whole",
            )
    _refuse_divergence(playback)


def _refuse_divergence(playback: Playback[Any]) -> None:
    if playback.divergence is not None:
        raise ReplayError(
            f"the match differs from its recording from tick {playback.divergence} on; a clip would hide it",
            "where and why: replay verify; a short recording that diverges: replay shrink",
        )


# --- strip ---


def strip(source: Recording, target: str | os.PathLike[str]) -> None:
    """The same recording, in the same format, with nothing in it that can be computed again but the seal: no hashes on the way and
    no snapshots but the one that it begins with.

    Raises UsageError if `target` exists, the recording's own error if it is damaged. A cut recording stays one.
    """
    _refuse_damage(source)
    check = fmt.MAGIC_CHECK
    with new_file(target) as file:
        file.write(fmt.MAGIC)
        for chunk in _chunks(source):
            payload = _stripped(chunk, source.header)
            if payload is not None:
                data, check = fmt.write_chunk(chunk.kind, payload, check)
                file.write(data)


def _stripped(chunk: fmt.Chunk, header: Header) -> bytes | None:
    """The payload without what can be computed; None for a chunk that can be left out."""
    if chunk.kind == fmt.KIND_INPUTS:
        bare = InputChunk.unpack(chunk.payload, header)._replace(digests=b"", hash=None, events_hash=None)
        return bare.pack() if header.format > 1 else pack_plain([bare.first_tick, bare.tick_count, bare.encoded, b"", b""])
    if chunk.kind == fmt.KIND_SNAPSHOT:
        begins = header.start_tick and Snapshot.unpack(chunk.payload, header).tick == header.start_tick
        return chunk.payload if begins else None
    return chunk.payload if chunk.kind in (fmt.KIND_HEADER, fmt.KIND_PLAYERS, fmt.KIND_MARKER, fmt.KIND_END) else None


def _chunks(source: Recording) -> Iterator[fmt.Chunk]:
    """The chunks of the file as they are, up to where it is cut off."""
    with source.path.open("rb") as file:
        check = fmt.MAGIC_CHECK
        file.seek(len(fmt.MAGIC))
        while True:
            frame = file.read(fmt.FRAME_BYTES)
            data = frame + file.read(max(fmt.frame_length(frame, 0) - fmt.FRAME_BYTES, 0))
            try:
                chunk = fmt.read_chunk(data, 0, check)
            except CutError:
                return
            check = chunk.check
            yield chunk


# --- pack ---


def pack(source: Recording, target: str | os.PathLike[str], game: Game | None = None) -> None:
    """The same recording, verified and then computed anew: hashes, digests, snapshots and seal, in larger chunks for less space,
    in the newest format. A cut recording becomes a sealed one of the ticks that are whole.

    Raises UsageError if `target` exists, UnverifiableError without the rules, ReplayError if the recording does not verify: a
    divergence must not be packed away.
    """
    _refuse_damage(source)
    try:
        game = game or find_game(source.header.game)
        simulation = Simulation(game, _header(source, game, PACKED_CHUNK_SECONDS, source.start_tick, source.ticks))
    except UnverifiableError as error:
        events = "" if source.header.proves_events else "; format 1: its events are not proved, and without the rules cannot be"
        raise UnverifiableError(f"{error}; to pack is to compute everything anew{events}", error.hint) from error
    _refuse_unverified(source, game)
    _begin(simulation, source.start_state)
    with new_recording(target, simulation.header, source.markers) as writer:
        _write_inputs(writer, simulation, source, source.ticks)
        _write_end(writer, simulation, source.end)


def _refuse_damage(source: Recording) -> None:
    if source.defect is not None:
        raise source.defect


# --- what clip and pack share ---


def _refuse_unverified(source: Recording, game: Game) -> None:
    verification = verify(source.path, game)
    message = f"{verification.verdict}: {verification.message}"
    if verification.verdict is Verdict.ENVIRONMENT:
        raise MachineError(message, verification.hint)
    if verification.verdict in (Verdict.DIVERGED, Verdict.UNREADABLE):
        raise ReplayError(f"does not verify: {message}", f"look: replay verify {source.path}")


def _header(source: Recording, game: Game, chunk_seconds: int, start: int, stop: int) -> Header:
    """The header of the ticks `start` to `stop` in the newest format, with chunks of up to so many seconds."""
    header = source.header
    if not header.proves_events:
        notes = header_for(game, header.seed, header.players, header.config)
        header = header._replace(format=fmt.FORMAT_VERSION, events=notes.events, event_kinds=notes.event_kinds)
    row_bytes = max(len(header.players) * header.row_bytes, 1)
    ticks = min(chunk_seconds * header.ticks_per_second, fmt.MAX_CHUNK_TICKS, _CHUNK_BYTES // row_bytes)
    command_bytes = _command_bytes(source, start, stop)
    while True:
        ticks = max(ticks - ticks % header.proof_ticks, header.proof_ticks)
        if _most_in_a_chunk(command_bytes, start, ticks) <= fmt.MAX_GROUP_COMMAND_BYTES:
            return header._replace(chunk_ticks=ticks, group_ticks=ticks)
        if ticks == header.proof_ticks:
            raise UsageError(f"too many commands for {ticks} ticks that begin at tick {start}", "begin elsewhere")
        ticks //= 2


def _command_bytes(source: Recording, start: int, stop: int) -> Counter[int]:
    """How many bytes the commands of each tick take; none for ticks without."""
    sizes: Counter[int] = Counter()
    for command in source.commands(start, stop):
        sizes[command[0]] += command_bytes(command[2])
    return sizes


def _most_in_a_chunk(sizes: Counter[int], start: int, chunk_ticks: int) -> int:
    chunks: Counter[int] = Counter()
    for tick, size in sizes.items():
        chunks[(tick - start) // chunk_ticks] += size
    return max(chunks.values(), default=0)


def _write_inputs(writer: ChunkWriter, simulation: Simulation[Any], source: Recording, stop: int) -> dict[int, int]:
    """The inputs of `source` from where the match stands, each tick proved, and a snapshot at the beginning of each group. Returns
    the hashes of some of the states, by tick."""
    header = simulation.header
    proofs: dict[int, int] = {}
    for first in range(header.start_tick, max(stop, header.start_tick + 1), header.chunk_ticks):
        last = min(first + header.chunk_ticks, stop)
        _write_snapshot(writer, simulation)
        if first == last:
            break
        rows, commands = source.inputs(first, last), source.commands(first, last)
        trace = simulation.trace(rows, commands)
        if header.proof_ticks == 1:
            skipped = (header.start_tick - first - 1) % COMPARED_TICKS
            ticks = range(first + 1 + skipped, last + 1, COMPARED_TICKS)
            proofs.update(zip(ticks, trace.hashes[skipped::COMPARED_TICKS].tolist(), strict=True))
        proofs[last] = simulation.hash()
        writer.inputs(rows, commands, Proof(trace.digests().tobytes(), proofs[last], simulation.events_hash))
    return proofs


def _write_snapshot(writer: ChunkWriter, simulation: Simulation[Any]) -> None:
    state = simulation.save() if simulation.can_return else None
    if state is not None and len(state) <= fmt.MAX_STATE_BYTES:
        writer.snapshot(simulation.tick, state)


def _write_end(writer: ChunkWriter, simulation: Simulation[Any], end: End | None) -> None:
    """The seal, as computed here; how it ended, and with which crash, as in `end`, else as stopped."""
    how, crash = (end.how, end.crash) if end is not None else (STOPPED, None)
    result = simulation.result() if crash is None else None  # as a recorder leaves it
    facts = (simulation.tick, writer.version, simulation.hash(), simulation.events_hash)
    writer.end(End(*facts, result, how, crash), simulation.header)
