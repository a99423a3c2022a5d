"""One running match of a compiled game, for any rules: what the engine asks of a match, by the entries of its library."""

from __future__ import annotations

import struct
from functools import cached_property

from replay.native.engine import engine_of
from replay.native.interface import INTERPRETER
from replay.native.layout import Record, dtype_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    import numpy.typing as npt

    from replay.native.interface import Buffer
    from replay.native.kernels import Kernels

    Inputs = npt.NDArray[np.void]
    Events = npt.NDArray[np.void]


class CompiledMatch:
    """A match at state 0, which is all zero until the game fills `world`.

    world: the memory of the match, a record as its rules say; for kernels, and for nobody else to write. tables: what it is played
    on. numpy is loaded when arrays are asked for.
    """

    def __init__(self, kernels: Kernels, tables: Buffer, players: int) -> None:
        engine: Any = engine_of(kernels)
        self.engine = engine
        self.tables = tables
        self.players = players
        layouts = engine.layouts
        self._state_layout, state_size = layouts["state"], layouts["state"][0]
        self.world: Buffer = engine.buffer(layouts["world"][0])
        self._state = self.world.view[:state_size]
        self._event_size = layouts["event"][0]
        self._count = self.world.view[state_size : state_size + 4]
        self._events = self.world.view[state_size + 4 :]
        self.width = players * layouts["input"][0]
        self._rows: Buffer = engine.buffer(self.width)
        self._capacity = 1
        self._kept_scratch: dict[int, Buffer] = {}
        if engine.name == INTERPRETER:  # there the engine's own way to prove is quicker than its kernels
            vars(self).update(prove=None, prover=None)
        self._run, self._prove, self._trace = (engine.entry(name) for name in ("run", "prove", "trace"))

    @cached_property
    def state_dtype(self) -> np.dtype[Any]:
        return dtype_of(self.engine.layouts["state"])

    @cached_property
    def _input_dtype(self) -> np.dtype[Any]:
        return dtype_of(self.engine.layouts["input"])

    @cached_property
    def _event_dtype(self) -> np.dtype[Any]:
        return dtype_of(self.engine.layouts["event"])

    # --- stepping ---

    def advance(self, inputs: Inputs) -> Events:
        """Run `len(inputs)` ticks; shape (ticks, players). Returns their events."""
        done, ticks = 0, len(inputs)
        self._place(inputs)
        parts: list[bytes] = []
        while done < ticks or not parts:  # more than once only where the log was full, after thousands of ticks
            if parts:
                self._place(inputs[done:])
            done += self._run(self.world.place, self.tables.place, self._rows.place, ticks - done, self.players)
            parts.append(self._logged())
        return self._joined(parts)

    def prove(
        self, inputs: Inputs, events_hash: int, every: int = 0, phase: int = 0
    ) -> tuple[Events, npt.NDArray[np.uint64], list[bytes]]:
        """`advance`, and after every tick the proof of its state and E, shape (ticks, 2). events_hash: E before. Also checkpoints:
        of every `every`-th tick, `phase` ticks having gone since the last; none for 0."""
        import numpy as np

        ticks, done = len(inputs), 0
        folded, proofs = self.scratch(8), self.scratch(16 * max(ticks, 1), 1)
        folded.view[:8] = events_hash.to_bytes(8, "little")
        size = len(self._state)
        states = self.scratch(size * ((phase + ticks) // every if every else 0), 2)
        parts: list[bytes] = []
        kept: list[bytes] = []
        table = bytearray()
        while done < ticks:
            self._place(inputs[done:] if done else inputs)
            rest = ticks - done
            world = self.world.place
            phase_now = (phase + done) % every if every else 0
            room = (phase_now + rest) // every if every else 0
            arguments = (self._rows.place, rest, self.players, folded.place, proofs.place, rest, states.place, room, size)
            ran = self._prove(world, world, self.tables.place, *arguments, every, phase_now)
            count = (phase_now + ran) // every if every else 0
            kept += [bytes(states.view[at : at + size]) for at in range(0, count * size, size)]
            table += proofs.view[: 16 * ran]
            parts.append(self._logged())
            done += ran
        return self._joined(parts), np.frombuffer(table, np.uint64).reshape(ticks, 2), kept

    def trace(self, inputs: Inputs, states: npt.NDArray[np.uint8]) -> tuple[Events, npt.NDArray[np.int64]]:
        """`advance`, and the state after every tick into `states`, shape (ticks, bytes of a state), uint8. Returns the events, and
        how many of them there are by the end of each tick."""
        import numpy as np

        ticks, done, before = len(inputs), 0, 0
        size = len(self._state)
        rows, counts = self.scratch(size * max(ticks, 1)), self.scratch(8 * max(ticks, 1), 1)
        ends, parts = np.zeros(ticks, np.int64), []
        while done < ticks:
            self._place(inputs[done:] if done else inputs)
            rest = ticks - done
            world = self.world.place
            arguments = (self._rows.place, rest, self.players, rows.place, rest, size, counts.place, rest)
            ran = self._trace(world, world, self.tables.place, *arguments)
            states[done : done + ran] = np.frombuffer(rows.view[: size * ran], np.uint8).reshape(ran, size)
            ends[done : done + ran] = np.frombuffer(counts.view[: 8 * ran], np.int64) + before
            parts.append(self._logged())
            before += len(parts[-1]) // self._event_size
            done += ran
        return self._joined(parts), ends

    def _place(self, inputs: Inputs) -> None:
        """The rows where kernels read them."""
        dtype = inputs.dtype
        if inputs.ndim != 2 or inputs.shape[1] != self.players or (dtype is not self._input_dtype and dtype != self._input_dtype):
            raise ValueError(f"expected inputs of shape (ticks, {self.players}), got {inputs.dtype} {inputs.shape}")
        if len(inputs) > self._capacity:
            self._capacity = len(inputs)
            self._rows = self.engine.buffer(self.width * self._capacity)
        data = inputs.tobytes()
        self._rows.view[: len(data)] = data

    def scratch(self, size: int, which: int = 0) -> Buffer:
        """Memory for what a call returns, kept for the next."""
        kept = self._kept_scratch
        if which not in kept or len(kept[which].view) < size:
            kept[which] = self.engine.buffer(size)
        return kept[which]

    def _logged(self) -> bytes:
        return bytes(self._events[: int.from_bytes(self._count, "little") * self._event_size])

    def _joined(self, parts: list[bytes]) -> Events:
        import numpy as np

        return np.frombuffer(bytearray(parts[0] if len(parts) == 1 else b"".join(parts)), self._event_dtype)

    # --- states ---

    def save(self) -> bytes:
        return bytes(self._state)

    def checkpoint(self) -> bytes:
        """The state, to come back to in this process."""
        return bytes(self._state)

    def restore(self, checkpoint: bytes) -> None:
        """Back to a state that `checkpoint` gave: not checked again, as it never leaves this process."""
        self._state[:] = checkpoint

    def record(self) -> Record:
        """The state by field names, without numpy."""
        return Record(self._state, self._state_layout)

    def prover(self, chunk_ticks: int) -> Prover:
        """What proves chunks of a recording of up to `chunk_ticks` ticks on this match."""
        return Prover(self, chunk_ticks)


class Prover:
    """A match that is driven chunk by chunk, as a recording holds them: one call decodes, steps, hashes and compares.

    state_hash, events_hash, input_events: after the last chunk: the proof of the state, E, and how many inputs of it changed.
    """

    def __init__(self, match: CompiledMatch, chunk_ticks: int) -> None:
        engine, width = match.engine, match.width
        self.input_fields = tuple((name, kind.lstrip("<")) for name, _, kind, _ in engine.layouts["input"][1])
        self._hash, self._call = engine.entry("hash"), engine.entry("prove_chunk")
        self._buffers = [engine.buffer(size) for size in (chunk_ticks * width, chunk_ticks * width, width, 24, chunk_ticks)]
        self._match, self._width, self._players = match, width, match.players
        self.state_hash = self.events_hash = self.input_events = 0

    def hash(self) -> int:
        return int(self._hash(self._match.world.place)) & (2**64 - 1)

    def chunk(self, planes: bytes, ticks: int, begins_group: bool, digests: bytes) -> int:
        """Run a chunk whose inputs, inflated, are `planes`. Returns how many ticks are as `digests` say: all, or up to the
        first that is not."""
        given, rows, last, proof, expected = self._buffers
        given.view[: len(planes)] = planes
        expected.view[:ticks] = digests
        world, width = self._match.world.place, self._width
        good: int = self._call(
            world, world, self._match.tables.place, given.place, width, ticks, rows.place, ticks, width,
            rows.place, ticks, self._players, last.place, width, proof.place, expected.place, ticks, begins_group,
        )  # fmt: skip
        self.events_hash, self.state_hash, self.input_events = struct.unpack("<3Q", proof.view)
        return good
