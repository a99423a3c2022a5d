"""One running match of a compiled game, for any rules: what the engine asks of a match, by the entries of its library."""

from __future__ import annotations

import struct
from functools import cached_property

from replay.native.engine import VARIABLE, engine_of
from replay.native.interface import INTERPRETER
from replay.native.layout import Record, dtype_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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
    on. kernels: what its rules are made of. numpy is loaded when arrays are asked for.
    """

    def __init__(self, kernels: Kernels, tables: Buffer, players: int) -> None:
        engine: Any = engine_of(kernels)
        self.engine = engine
        self.kernels = kernels
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
        self._folded: Buffer = engine.buffer(8)
        self._places = (self.world.place, self.world.place, tables.place)
        self._scratch: Buffer = engine.buffer(1)
        self._make_room(1)
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

    @property
    def reference_environment(self) -> dict[str, str]:
        """With which another process runs the rules interpreted; empty where they are."""
        return {} if self.engine.name == INTERPRETER else {VARIABLE: INTERPRETER}

    # --- stepping ---

    def advance(self, inputs: Inputs) -> Events:
        """Run `len(inputs)` ticks; shape (ticks, players). Returns their events."""
        world, _, tables = self._places
        return self._run_all(inputs, lambda done, rest: self._run(world, tables, self._rows.place, rest, self.players))

    def prove(
        self,
        inputs: Inputs,
        begun: int,
        events_hash: int,
        group: int,
        every: int = 0,
        states: npt.NDArray[np.uint8] | None = None,
    ) -> tuple[Events, npt.NDArray[np.uint64], list[bytes]]:
        """`advance`, and after every tick the proof of its state and E, shape (ticks, 2).

        begun: how many ticks have gone before. events_hash: E after these. group: after so many ticks it begins anew. every: also
        checkpoints of every such tick; none for 0. states: instead of them the state after every tick goes there, as in `trace`.
        """
        import numpy as np

        folded, size = self._folded, len(self._state)
        folded.view[:] = events_hash.to_bytes(8, "little")
        every = every if states is None else 1
        room = len(inputs) // every + 1 if every else 0
        memory = self.scratch(size * room) if room else folded
        table = bytearray()
        kept: list[bytes] = []

        def run(done: int, rest: int) -> int:
            proofs, gone = self._proofs, begun + done
            given = (*self._places, self._rows.place, rest, self.players, folded.place, proofs.place, rest)
            ran: int = self._prove(*given, memory.place, room, size, gone, group, every)
            table.extend(proofs.view[: 16 * max(ran, 0)])
            if states is not None and ran > 0:
                states[done : done + ran] = np.frombuffer(memory.view[: size * ran], np.uint8).reshape(ran, size)
            elif every and ran > 0:
                count = (gone + ran) // every - gone // every
                kept.extend(bytes(memory.view[at : at + size]) for at in range(0, count * size, size))
            return ran

        events = self._run_all(inputs, run)
        return events, np.frombuffer(table, "<u8").reshape(-1, 2), kept

    def prove_tick(self, inputs: Inputs, begun: int, events_hash: int, group: int) -> tuple[Events, int, int]:
        """`prove` of one tick: its events, the proof of the state, and E."""
        import numpy as np

        self._place(inputs)
        folded, proofs = self._folded, self._proofs.place
        folded.view[:] = events_hash.to_bytes(8, "little")
        rows = (self._rows.place, 1, self.players, folded.place, proofs, 1)
        self._checked(self._prove(*self._places, *rows, proofs, 0, 0, begun, group, 0), 0)
        events = bytearray(self._events[: int.from_bytes(self._count, "little") * self._event_size])
        state_hash, events_hash = struct.unpack_from("<2Q", self._proofs.view)
        return np.frombuffer(events, self._event_dtype), state_hash, events_hash

    def trace(self, inputs: Inputs, states: npt.NDArray[np.uint8]) -> tuple[Events, npt.NDArray[np.int64]]:
        """`advance`, and the state after every tick into `states`, shape (ticks, bytes of a state), uint8. Returns the events, and
        how many of them there are by the end of each tick."""
        import numpy as np

        size = len(self._state)
        ends = np.zeros(len(inputs), np.int64)
        rows = self.scratch(size * len(inputs))

        def run(done: int, rest: int) -> int:
            counts = self._proofs
            given = (*self._places, self._rows.place, rest, self.players, rows.place, rest, size, counts.place, rest)
            ran: int = self._checked(self._trace(*given), done)
            states[done : done + ran] = np.frombuffer(rows.view[: size * ran], np.uint8).reshape(ran, size)
            ends[done : done + ran] = np.frombuffer(counts.view[: 8 * ran], "<i8") + (ends[done - 1] if done else 0)
            return ran

        return self._run_all(inputs, run), ends

    def _run_all(self, inputs: Inputs, run: Callable[[int, int], int]) -> Events:
        """The events of all ticks. `run(done, rest)` runs as many of the rest as the log has room for, mostly all, and says how
        many these were."""
        import numpy as np

        done, ticks, events = 0, len(inputs), bytearray()
        while done < ticks:
            self._place(inputs[done:] if done else inputs)
            done += self._checked(run(done, ticks - done), done)
            events += self._events[: int.from_bytes(self._count, "little") * self._event_size]
        return np.frombuffer(events, self._event_dtype)

    def _checked(self, ran: int, done: int) -> int:
        """How many ticks a call ran. Raises ValueError if a tick logged more events than the memory of a match has room for."""
        if ran < 0:
            raise ValueError(f"tick {done - 1 - ran} of these logged more events than `events_per_tick` says")
        return ran

    def _place(self, inputs: Inputs) -> None:
        """The rows where kernels read them."""
        dtype = inputs.dtype
        if inputs.ndim != 2 or inputs.shape[1] != self.players or (dtype is not self._input_dtype and dtype != self._input_dtype):
            raise ValueError(f"expected inputs of shape (ticks, {self.players}), got {inputs.dtype} {inputs.shape}")
        if len(inputs) > self._capacity:
            self._make_room(len(inputs))
        data = inputs.tobytes()
        self._rows.view[: len(data)] = data

    def _make_room(self, ticks: int) -> None:
        """Memory for the rows of so many ticks, and for what is said of each."""
        self._capacity = ticks
        self._rows: Buffer = self.engine.buffer(self.width * ticks)
        self._proofs: Buffer = self.engine.buffer(16 * ticks)

    def scratch(self, size: int) -> Buffer:
        """Memory for one call; the next one may get the same."""
        if len(self._scratch.view) < size:
            self._scratch = self.engine.buffer(size)
        return self._scratch

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
