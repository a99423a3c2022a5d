"""New recordings from old ones: clip, strip, pack. The old one is only read, the new one appears whole or not at all.

The truth of a recording is its header and its inputs. What a recording is - its `identity` - is a hash of that truth, so that
hashes, snapshots, markers and the way the inputs are cut into chunks can come and go: `strip` and `pack` keep the identity.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace

from replay.core import format as fmt
from replay.core.errors import CutError, ReplayError, UsageError
from replay.core.game import Game, result_of, state_hash
from replay.core.installed import find_game
from replay.core.playback import Playback, start_match
from replay.core.recording import Recording
from replay.core.records import Marker
from replay.core.verify import Verdict, verify
from replay.core.writer import new_recording

CLIP_START = "clip start"  # the marker at which a viewer of a clip begins
PACKED_CHUNK_SECONDS = 60  # the longer, the smaller, and the further a cold seek has to run
_PACKED_CHUNK_BYTES = 2**22  # of inputs before they are compressed


def clip_start(recording: Recording) -> int:
    """The tick at which to begin to watch: that of the last `CLIP_START` marker, or 0."""
    return next((marker.tick for marker in reversed(recording.markers) if marker.text == CLIP_START), 0)


def clip(source: Recording, target: str | os.PathLike[str], start: int, stop: int, game: Game | None = None) -> None:
    """The match up to state `stop`, to be watched from `start`, as the new recording `target`.

    It holds all inputs from tick 0 and so verifies from the seed. Its header is the old one but for a new id, derived from what
    is cut and where, and the parent: (old id, `stop`). Markers up to `stop` stay.

    Raises UsageError unless 0 <= start <= stop <= ticks or if `target` exists, UnverifiableError without the rules.
    """
    if not 0 <= start <= stop <= source.ticks:
        raise UsageError(f"no ticks {start} to {stop}; this recording has ticks 0..{source.ticks}", "--from must not be after --to")
    game = game or find_game(source.header.game)
    cut = f"{source.identity()} {start} {stop}".encode()
    header = replace(source.header, id=hashlib.blake2b(cut, digest_size=16).digest(), parent=(source.header.id, stop))
    markers = [marker for marker in source.markers if marker.tick <= stop and marker.text != CLIP_START]
    with new_recording(target, header, [*markers, Marker(start, CLIP_START)]) as writer:
        # Snapshots and hashes are copied as they are: claims, that `verify` compares with the match as ever.
        snapshots = {tick: source.snapshot(tick) for tick in source.snapshot_ticks if tick <= stop}
        for span in source.spans():
            if span.first_tick >= stop:
                break
            rows = span.rows[: stop - span.first_tick]
            if span.first_tick in snapshots:
                writer.snapshot(span.first_tick, snapshots[span.first_tick])
            writer.inputs(rows, span.digests[: len(rows)], span.hash if len(rows) == len(span.rows) else None)
        playback = Playback(game, source, use_snapshots=False)
        playback.seek(stop)
        if stop in snapshots:
            writer.snapshot(stop, snapshots[stop])
        writer.end(state_hash(playback.match), result_of(playback.match))


def strip(source: Recording, target: str | os.PathLike[str]) -> None:
    """The same recording with nothing in it that can be computed again but the seal: no snapshots, no hashes on the way.

    Raises UsageError if `target` exists, the recording's own error if it is damaged. A cut recording stays one.
    """
    _refuse_damage(source)
    with new_recording(target, source.header, source.markers) as writer:
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
    verification = verify(source.path, game)
    if verification.verdict in (Verdict.DIVERGED, Verdict.UNREADABLE):
        raise ReplayError(f"does not verify: {verification.verdict}: {verification.message}", f"look: replay verify {source.path}")
    header = source.header
    fitting = _PACKED_CHUNK_BYTES // (len(header.players) * header.input_dtype.itemsize)
    chunk_ticks = min(PACKED_CHUNK_SECONDS * header.ticks_per_second, fmt.MAX_CHUNK_TICKS, fitting)
    header = replace(header, chunk_ticks=chunk_ticks, group_ticks=chunk_ticks)
    match = start_match(game, header)
    with new_recording(target, header, source.markers) as writer:
        for first in range(0, source.ticks, chunk_ticks):
            rows = source.inputs(first, min(first + chunk_ticks, source.ticks))
            writer.snapshot(first, match.save())
            digests = bytearray()
            for index in range(len(rows)):
                match.advance(rows[index : index + 1])
                digests.append(state_hash(match) & 0xFF)
            writer.inputs(rows, bytes(digests), state_hash(match))
        writer.end(state_hash(match), result_of(match))


def _refuse_damage(source: Recording) -> None:
    if source.damage is not None and not isinstance(source.damage, CutError):
        raise source.damage
