"""A recording, read: a bounded, lazy view of a file that may be complete, cut off, damaged or still growing.

Opening reads every chunk once and checks it, but keeps only where the inputs and snapshots are, so that an hour opens at once and
memory stays flat. What is used later is read and checked again: a file that changes under the reader shows. numpy is loaded when
inputs are asked for.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from replay.core import format as fmt
from replay.core.cache import Bounded
from replay.core.commands import Command, commands_of, unpack_commands
from replay.core.errors import CutError, FormatError, UsageError
from replay.core.fields import floats_of, nan_in
from replay.core.plain import pack_plain, pack_sorted
from replay.core.records import InputChunk, Snapshot, difference
from replay.core.scanned import ScannedFile, Source

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Inputs = npt.NDArray[np.void]

_GROUPS_KEPT = 4
_KEPT_BYTES = 24 * 2**20  # of decoded inputs: an hour of eight players


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring ticks of a recording, at most one chunk: what the verifier compares in one go."""

    first_tick: int
    rows: Inputs  # shape (ticks, players)
    commands: list[Command]
    digests: bytes  # of the proved states first_tick+1 ..., or empty
    hash: int | None  # of state stop_tick
    events_hash: int | None  # E at stop_tick, where a group ends
    input_events: int | None  # how many the chunk claims; None in format 1

    @property
    def stop_tick(self) -> int:
        return self.first_tick + len(self.rows)


class Group(NamedTuple):
    """What is decoded at once: neighbouring spans, and what they hold in one piece each.

    digests: of the proved states, or empty if a span has none.
    """

    rows: Inputs
    spans: list[Span]
    commands: list[Command]
    digests: bytes


class Recording(ScannedFile):
    """An open recording file. Use it as a context manager; one per thread.

    header: what was played.
    ticks: the last tick that can be played; states start_tick..ticks exist. start_tick is 0 but for a recording cut out of another.
    end: the seal, or None if the recording has none (yet).
    damage: None for a sound, sealed file; else the error that ends it. CutError: the file just stops (or is still being written).
    markers, snapshot_ticks: in file order. version: number of input events.

    Raises FormatError if there is no readable header, OSError if the file cannot be opened, MachineError for a URL that cannot be
    reached.
    """

    def __init__(self, source: Source) -> None:
        """source: a path, a URL like `s3://bucket/match.replay` (extra `cluster`), the bytes of such a file, or a file that is open
        for reading bytes, which stays open."""
        self._groups: Bounded[int, Group] = Bounded(_GROUPS_KEPT)
        super().__init__(source)
        group_bytes = self.header.group_ticks * max(len(self.header.players) * self.header.row_bytes, 1)
        self._groups.limit = max(_KEPT_BYTES // group_bytes, _GROUPS_KEPT)

    def _repr_html_(self) -> str:
        """What a notebook shows of it. All of it is what the file says: verified is another thing."""
        from replay.core.html import facts_html

        header, ticks = self.header, self.ticks - self.start_tick
        return facts_html(
            {
                "recording": self.path,
                "game": f"{header.game}, rules {header.rules}",
                "players": ", ".join(player.name for player in header.players),
                "length": f"{ticks / header.ticks_per_second:,.2f} s, {ticks:,} ticks",
                "seed": header.seed,
                "settings": ", ".join(f"{name} {value}" for name, value in header.config.items()),
                "end": self.end.how if self.end else None,
                "damage": self.damage,
            }
        )

    def _changed(self, group: int) -> None:
        self._groups.pop(group)

    def check_ticks(self, first: int, last: int | None = None) -> None:
        """Raises UsageError unless there is a state of this tick, or of all from `first` to `last`."""
        if not self.start_tick <= first <= (first if last is None else last) <= self.ticks:
            what, hint = (f"tick {first}", "") if last is None else (f"ticks {first} to {last}", "--from must not be after --to")
            raise UsageError(f"no {what}; this recording has ticks {self.start_tick}..{self.ticks}", hint)

    def identity(self) -> str:
        """32 hexadecimal digits that name this recording: who played what and when. Whatever else is in the file - hashes,
        snapshots, markers, how the inputs are cut into chunks - can come and go."""
        header = self.header
        facts = {
            "format": 1,
            "id": header.id,
            "game": header.game,
            "rules": header.rules,
            "ticks_per_second": header.ticks_per_second,
            "seed": header.seed,
            "config": header.config,
            "players": [[player.name, player.kind] for player in header.players],
            "input": [list(part) for part in header.input_fields],
            "chunk_ticks": 1,
            "group_ticks": 1,
            "created": header.created_ms,
            "parent": list(header.parent) if header.parent else None,
        }
        return self._digest(pack_plain(facts), (self.ticks - self.start_tick).to_bytes(8, "little"))

    def match_identity(self) -> str:
        """32 hexadecimal digits that name the match: rules, config, seed, inputs, and a server's nonce. No names, no dates."""
        header = self.header
        facts = [header.game, header.rules, header.ticks_per_second, header.seed, header.config, len(header.players)]
        return self._digest(pack_sorted([*facts, header.input_fields, self.ticks]))

    def _digest(self, *facts: bytes) -> str:
        digest = hashlib.blake2b(b"".join(facts), digest_size=16)
        commands = hashlib.blake2b(digest_size=16)
        has_commands = False
        for span in self.spans(self.start_tick):
            digest.update(span.rows.tobytes())
            for command in span.commands:
                commands.update(pack_sorted(command))
                has_commands = True
        if has_commands:
            digest.update(commands.digest())
        if self.header.session or self.start_tick:
            digest.update(pack_sorted([self.header.session, self.start_tick, self.start_state or b""]))
        return digest.hexdigest()

    @property
    def start_state(self) -> bytes | None:
        """The state that it begins with; None if it begins at tick 0."""
        if self.start_tick and self.start_tick not in self._snapshots:
            raise CutError(f"begins at tick {self.start_tick}, and its state is not there", "there is nothing to rescue in it")
        return self.snapshot(self.start_tick) if self.start_tick else None

    def inputs(self, start: int, stop: int) -> Inputs:
        """The inputs of ticks start..stop-1, shape (stop - start, players). Raises UsageError outside start_tick..ticks."""
        if not self.start_tick <= start <= stop <= self.ticks:
            raise UsageError(f"ticks {start}..{stop} are not inside {self.start_tick}..{self.ticks}")
        parts = [group.rows[first:last] for group, first, last in self._across(start, stop)]
        if len(parts) == 1:
            return parts[0]
        import numpy as np

        if not parts or not self.header.row_bytes:
            return np.zeros((stop - start, len(self.header.players)), self.header.input_dtype)
        # Through bytes: numpy compares the fields of every part, which takes longer than a seek.
        data = b"".join([part.tobytes() for part in parts])
        return np.frombuffer(data, self.header.input_dtype).reshape(stop - start, -1)

    def _across(self, start: int, stop: int) -> list[tuple[Group, int, int]]:
        """The groups that hold ticks start..stop-1, and which of their own ticks these are."""
        size, base, found = self.header.group_ticks, self.start_tick, []
        while start < stop:
            index, first = divmod(start - base, size)
            last = min(stop - base - index * size, size)
            found.append((self._group(index, start - first + last), first, last))
            start += last - first
        return found

    def commands(self, start: int, stop: int) -> list[Command]:
        """The commands of ticks start..stop-1, in order; none outside of the recording."""
        if not self.has_commands:
            return []
        found: list[Command] = []
        for group in self.groups(start):
            if group.spans[0].first_tick >= stop:
                break
            found += commands_of(group.commands, start, stop)
        return found

    def spans(self, start: int = 0) -> Iterator[Span]:
        """The recording chunk by chunk, from the chunk that holds tick `start`."""
        for group in self.groups(start):
            for span in group.spans:
                if span.stop_tick > start:
                    yield span

    def groups(self, start: int = 0) -> Iterator[Group]:
        """The recording group by group, from the one that holds tick `start`."""
        size, base = self.header.group_ticks, self.start_tick
        for index in range(max(start - base, 0) // size, -(-(self.ticks - base) // size)):
            yield self._group(index)

    def hash_at(self, tick: int) -> int | None:
        """The proof that the file holds of the state of `tick`, where a chunk ends; None elsewhere, or where it holds none."""
        if tick <= self.start_tick or tick > self.ticks:
            return None
        span = next(self.spans(tick - 1))
        return span.hash if span.stop_tick == tick else None

    def digests(self, start: int, stop: int) -> bytes:
        """The digests of the proved states among start+1..stop, as far as the file holds them."""
        step, base, parts = self.header.proof_ticks, self.start_tick, []
        for group, first, last in self._across(max(start, base), min(stop, self.ticks)):
            if step == 1 and group.digests:
                parts.append(group.digests[first:last])
                continue
            for span in group.spans:  # some may have none
                before = (span.first_tick - base) // step
                wanted = max((start - base) // step - before, 0), max((stop - base) // step - before, 0)
                parts.append(span.digests[slice(*wanted)])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def compared_with(self, computed: bytes, start: int) -> int | None:
        """The first of the proved ticks after `start`, as an index, whose digest in the file is another than the one computed here;
        None if all agree. Chunks without digests say nothing."""
        step, base, at = self.header.proof_ticks, self.start_tick, 0
        first = (start - base) // step
        for span in self.spans(start):
            if at >= len(computed):
                break
            before = (span.first_tick - base) // step
            recorded = span.digests[max(first + at - before, 0) :][: len(computed) - at]
            count = (span.stop_tick - base) // step - max(first + at, before)
            for index, digest in enumerate(recorded):
                if digest != computed[at + index]:
                    return at + index
            at += count
        return None

    def has_snapshot(self, tick: int) -> bool:
        """Whether `tick` is one of `snapshot_ticks`, however many there are."""
        return tick in self._snapshots

    def snapshot(self, tick: int) -> bytes:
        """The recorded state at one of `snapshot_ticks`. Raises FormatError if it is damaged."""
        snapshot = Snapshot.unpack(self._chunk_at(self._snapshots[tick]).payload, self.header)
        state = fmt.inflate(snapshot.data, snapshot.size)
        if snapshot.base is None:
            return state
        base = Snapshot.unpack(self._chunk_at(self._snapshots[snapshot.base]).payload, self.header)
        if base.base is not None:
            raise FormatError(f"the snapshot of tick {tick} is a difference to a difference")
        return difference(state, fmt.inflate(base.data, base.size))

    # --- the stream and its versions ---

    @property
    def version(self) -> int:
        """The number of input events."""
        return self._version_after(len(self._chunks))

    def _version_after(self, chunks: int) -> int:
        """The stream's version after so many chunks of inputs. Format 1 does not say it: then they are counted, once."""
        if not chunks:
            return 0
        if self._versions[chunks - 1] is None:
            versions, total, after = list(self._versions), 0, 0
            for tick, _, _ in self.input_events():
                while after < (tick - self.start_tick) // self.header.chunk_ticks:
                    versions[after], after = total, after + 1
                total += 1
            versions[after:] = [total] * (len(versions) - after)
            self._versions = versions
        version = self._versions[chunks - 1]
        assert version is not None
        return version

    def version_at(self, tick: int) -> int:
        """How many input events there are before `tick`, that is, in state `tick`."""
        self.check_ticks(tick)
        chunk = (tick - self.start_tick) // self.header.chunk_ticks
        first = self.start_tick + chunk * self.header.chunk_ticks
        return self._version_after(chunk) + sum(1 for _ in self.input_events(first, tick))

    def tick_of_version(self, version: int) -> int:
        """The first state that contains input event `version` (1 ...); the start for version 0. Raises UsageError outside."""
        if not 0 <= version <= self.version:
            raise UsageError(f"no version {version}; this recording has versions 0..{self.version}")
        if version == 0:
            return self.start_tick
        chunk = bisect_left(self._versions, version, key=lambda known: known or 0)
        first = self.start_tick + chunk * self.header.chunk_ticks
        number = self._version_after(chunk)
        for tick, _, _ in self.input_events(first, min(first + self.header.chunk_ticks, self.ticks)):
            number += 1
            if number == version:
                return tick + 1
        raise FormatError(f"the chunk from tick {first} holds {number} input events; it claims {version}")

    def input_events(self, start: int | None = None, stop: int | None = None) -> Iterator[tuple[int, int, Any]]:
        """The stream itself: (tick, player index, the player's new input) for every input that changes, and (tick, player index,
        plain data) for every command, in order."""
        import numpy as np

        from replay.core.encoding import changes

        start = self.start_tick if start is None else max(start, self.start_tick)
        stop = self.ticks if stop is None else stop
        step = self.header.group_ticks
        first = start == self.start_tick
        before = np.zeros(len(self.header.players), self.header.input_dtype) if first else self.inputs(start - 1, start)[0]
        while start < stop:
            rows = self.inputs(start, min(stop, start + step))
            commands = self.commands(start, start + len(rows))
            at = 0
            for tick, player in np.argwhere(changes(rows, before)):
                while at < len(commands) and commands[at][0] < start + tick:
                    yield commands[at]
                    at += 1
                yield start + int(tick), int(player), rows[tick, player]
            yield from commands[at:]
            before = rows[-1]
            start += len(rows)

    def _group(self, index: int, stop: int | None = None) -> Group:
        """A group; if a tick is given where to stop, it may be one that is decoded only so far."""
        group = self._groups.get(index, lambda: self._decode_group(index, stop))
        if group.spans[-1].stop_tick < (self._group_stop(index) if stop is None else stop):
            self._groups.pop(index)
            group = self._groups.get(index, lambda: self._decode_group(index, None))
        return group

    def _group_stop(self, index: int) -> int:
        return min(self.start_tick + (index + 1) * self.header.group_ticks, self.ticks)

    def _decode_group(self, index: int, stop: int | None) -> Group:
        from replay.core.encoding import decode_inputs

        header = self.header
        per_group = header.group_ticks // header.chunk_ticks
        first_chunk, last_chunk = index * per_group, (index + 1) * per_group
        if stop is not None:
            last_chunk = min(last_chunk, -(-(stop - self.start_tick) // header.chunk_ticks))
        places = self._chunks[first_chunk:last_chunk]
        base = places[0].offset
        data = self._read(base, places[-1].end - base)
        payloads = (fmt.read_chunk(data, place.offset - base, place.previous_check).payload for place in places)
        parts = [InputChunk.unpack(payload, header) for payload in payloads]
        rows = decode_inputs([(part.tick_count, part.encoded) for part in parts], len(header.players), header.input_dtype)
        if (name := nan_in(rows, floats_of(header.input_fields))) is not None:
            raise FormatError(f"{name!r} is NaN in inputs from tick {parts[0].first_tick} on; no input is")
        rows.flags.writeable = False
        first = parts[0].first_tick
        spans = [
            Span(
                part.first_tick,
                rows[part.first_tick - first : part.first_tick - first + part.tick_count],
                unpack_commands(part.commands, part.first_tick, part.tick_count, len(header.players)),
                part.digests,
                part.hash,
                part.events_hash,
                part.input_events,
            )
            for part in parts
        ]
        commands = [command for span in spans for command in span.commands]
        if commands:  # they may take many times as much as they do in the file
            self._groups.limit = _GROUPS_KEPT
        return Group(rows, spans, commands, b"".join([span.digests for span in spans]) if all(s.digests for s in spans) else b"")
