"""One run of a program, as a match: its ticks, its picture, its proof, and checkpoints that fork the process."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt

from replay.core.commands import Command
from replay.core.errors import MachineError, UnverifiableError
from replay.games.pygame.hand import Hand
from replay.games.pygame.process import Process, Theatre

_CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"  # there, the system's libraries do not survive it


class Fork:
    """A process that waits in the state of a tick. state: what the match knew of it."""

    nbytes = 8 * 2**20  # what it counts for: 64 of them are the budget

    def __init__(self, process: Process, state: tuple[int, int, list[str] | None]) -> None:
        self.process, self.state = process, state


class ProgramMatch:
    """A program that runs. now_ns: its own time. look: what its window is to be: caption, size, resizable, cursor, grab.

    Raises MachineError if it cannot be started here, UnverifiableError if it raises before its first tick.
    """

    checkpoint_budget_bytes = 512 * 2**20
    checkpoint_ticks = 16

    def __init__(
        self, program: str, arguments: Sequence[str], folder: Path, seed: int, pads: list[Any], *, can_fork: bool, talks: bool
    ) -> None:
        self.tick = self.now_ns = 0
        self.ended: list[str] | None = None
        self.look: dict[str, Any] = {}
        self.hand: Hand | None = None  # who plays, if it is a machine
        self._proof: bytes | None = None  # of this tick, if it is known
        self._drawn: tuple[int, int, int] | None = None  # width, height and depth of its picture, if it is drawn
        self.tick_ns = 0  # how long the last tick was, in its own time
        self._theatre = Theatre(program, arguments, folder, seed, pads, talks=talks)
        self._process = self._theatre.first
        self._take(self._process.answer())
        if not (can_fork and _CAN_FORK):
            self.checkpoint = self.restore = None  # type: ignore[method-assign, assignment]
        if self.ended is not None and self.ended[0] == "exit":
            raise UnverifiableError(
                f"{program} ends before its first tick", "does it need arguments? replay record ... -- ARGUMENTS"
            )
        if self.ended is not None:
            kind, message = self.ended[1:3]
            words = f"{program} raises {kind} before its first tick: {message}"
            if kind in ("ModuleNotFoundError", "ImportError", "FileNotFoundError"):
                raise MachineError(words, f"does it run by itself? It was started in {folder}")
            places = [line.strip() for line in self.ended[3].splitlines() if line.startswith("  File ")]
            raise UnverifiableError(words, f"does it run by itself? {places[-1] if places else ''}".strip())

    def advance(self, rows: npt.NDArray[np.void], commands: list[Command]) -> list[tuple[int, str, Any]]:
        """A tick a row, with these events. Raises an exception of the name that the program's has, if it raises."""
        return [event for _ in rows for event in self._step([data for tick, _, data in commands if tick == self.tick])]

    def _step(self, commands: list[Any]) -> list[tuple[int, str, Any]]:
        tick, self.tick = self.tick, self.tick + 1
        if self.ended is not None:
            return []
        # Who asked for a proof or a picture after the last tick, will after this one.
        events = self._take(self._process.ask("run", commands, self._proof is not None, self._drawn is not None))
        if self.ended is not None and self.ended[0] == "raise":
            raise type(self.ended[1], (Exception,), {})(f"{self.ended[2]}\n{self.ended[3]}")
        return [(tick, kind, data) for kind, data in events]

    def _take(self, answer: bytes) -> list[Any]:
        now_ns, events, self.ended, look, self._proof, self._drawn = msgpack.unpackb(answer)
        self.tick_ns, self.now_ns = now_ns - self.now_ns, now_ns
        self.look.update(look)
        return list(events)

    def proof(self) -> bytes:
        """128 bits over the screen, the state of chance, what is held, and the time."""
        if self._proof is None:
            self._proof = self._process.ask("proof")
        return self._proof

    def screen(self) -> npt.NDArray[np.uint8]:
        """The program's own window."""
        pixels, (width, height), depth = self.pixels()
        rows = np.frombuffer(pixels, np.uint8).reshape(height, width, depth)
        return rows if depth == 3 else rows[:, :, 2::-1]

    def pixels(self) -> tuple[bytes, tuple[int, int], int]:
        """The window as it is in memory: its bytes, its size, and the bytes of a pixel: 4 are blue, green, red, any; 3 are RGB."""
        if self._drawn is None:
            self._drawn = msgpack.unpackb(self._process.ask("screen"))
        width, height, depth = self._drawn
        return self._process.pixels(width * height * depth), (width, height), depth

    def result(self) -> dict[str, Any]:
        return {"over": self.ended is not None}

    def risks(self) -> list[str]:
        """What the program did so far that may be different the next time, in words."""
        return list(msgpack.unpackb(self._process.ask("risks")))

    def close(self) -> None:
        """End its processes; they end by themselves, too, when the match is dropped."""
        self._process.close()
        self._theatre.close()

    # --- checkpoints ---

    def checkpoint(self) -> Fork | None:
        """None where a fork would not be the same program."""
        forked = self._theatre.fork(self._process)
        if isinstance(forked, str):
            return None
        return Fork(forked, (self.tick, self.now_ns, self.ended))

    def restore(self, handle: Fork) -> None:
        """Go on from a checkpoint, which stays."""
        forked = self._theatre.fork(handle.process)
        if isinstance(forked, str):
            raise MachineError(f"a checkpoint of the program cannot be forked: {forked}")
        self._process.close()
        self._process, self._proof, self._drawn = forked, None, None
        self.tick, self.now_ns, self.ended = handle.state

    def release(self, handle: Fork) -> None:
        handle.process.close()
