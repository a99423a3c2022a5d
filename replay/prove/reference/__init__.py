"""Another environment (an older version of the game, another Python) asked what it makes of the same inputs, as a child process."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from replay.core.divergence import FIELDS_NAMED, differences
from replay.core.errors import ReplayError
from replay.core.game import Game, Inputs, state_record
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.records import Header
from replay.core.verify import Verification

_CHILD = Path(__file__).with_name("child.py")


class Reference:
    """An interpreter with its own installed game. A context manager.

    python: its path, like `old-venv/bin/python`. It gets neither this process's PYTHONPATH nor its working folder as places to
        import from, so that it runs what is installed there.
    same_code: for this process's own interpreter: keep its import path, but give it another hash seed. Rules that depend on the
        process then show.

    Raises ReplayError from every method if the environment cannot do what is asked.
    """

    def __init__(self, python: str | os.PathLike[str], *, same_code: bool = False) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        if same_code:
            environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "4242"}
        self._python = str(python)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed on exit
        try:
            self._child = subprocess.Popen(
                [self._python, "-P", "-c", _CHILD.read_text(encoding="utf-8")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment,
            )
        except OSError as error:
            self._errors.close()
            raise ReplayError(f"{self._python}: {error.strerror}", "--reference takes the path of a Python interpreter") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout, self._errors):
            if pipe is not None:
                with suppress(OSError):  # what it was never told
                    pipe.close()

    def states(self, path: Path, start: int, stop: int) -> Iterator[Any]:
        """The states of ticks start..stop as it computes them: records by field names, or bytes if its game names no fields."""
        answer = self._ask({"do": "states", "path": str(path.absolute()), "start": start, "stop": stop})
        dtype = np.dtype(ast.literal_eval(answer["fields"])) if answer["fields"] else None
        for tick in range(start, stop + 1):
            state = self._read(answer["size"])
            try:
                yield state if dtype is None else np.frombuffer(state, dtype)[0]
            except GeneratorExit:  # enough: what is left would stand before the next answer
                self._read(answer["size"] * (stop - tick))
                raise

    def record(self, header: Header, rows: Inputs, path: Path) -> None:
        """Play `rows` as a new recording at `path`, of the match that `header` begins."""
        with tempfile.TemporaryDirectory() as folder:
            inputs = Path(folder) / "rows.npy"
            np.save(inputs, rows, allow_pickle=False)
            facts = {"game": header.game, "seed": header.seed, "config": header.config}
            players = [[player.name, player.kind] for player in header.players]
            self._ask({"do": "record", "path": str(path.absolute()), "rows": str(inputs), "players": players, **facts})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._child.stdin is not None and self._child.stdout is not None
        try:
            self._child.stdin.write(json.dumps(request).encode() + b"\n")
            self._child.stdin.flush()
            answer: dict[str, Any] = json.loads(self._child.stdout.readline())
        except (OSError, ValueError) as error:
            raise self._died() from error
        if "error" in answer:
            raise ReplayError(
                f"the reference {self._python} says: {answer['error']}", "is the old version of the game installed there?"
            )
        return answer

    def _read(self, size: int) -> bytes:
        assert self._child.stdout is not None
        data = self._child.stdout.read(size)
        if len(data) != size:
            raise self._died()
        return data

    def _died(self) -> ReplayError:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return ReplayError(
            f"the reference {self._python} died: {lines[-1] if lines else 'it said nothing'}", "try it by hand first"
        )


def compare(found: Verification, python: str | os.PathLike[str] | Reference, game: Game | None = None) -> None:
    """Fill in what the reference makes of a diverged recording: the first tick at which its exact state differs from the one
    computed here, and the fields. Whatever goes wrong ends up in `found.reference_note`.

    python: the interpreter, or a `Reference` that is open already, to be asked about many recordings.
    """
    if found.first_bad_tick is None:
        return
    try:
        with ExitStack() as stack:
            recording = stack.enter_context(Recording(found.path))
            reference = python if isinstance(python, Reference) else stack.enter_context(Reference(python))
            _compare(found, recording, reference, find_game(recording.header.game) if game is None else game)
    except ReplayError as error:
        found.reference_note = f"{error}. {error.hint}" if error.hint else str(error)


def _compare(found: Verification, recording: Recording, reference: Reference, game: Game) -> None:
    bad = found.first_bad_tick or 0
    start = found.ticks  # the last full hash that agreed: digests behind it may have agreed by chance
    playback = Playback(game, recording, use_snapshots=False)
    playback.seek(start)
    for tick, theirs in enumerate(reference.states(recording.path, start, bad), start):
        if tick > start:
            playback.step()
        ours = state_record(playback.match)
        if isinstance(theirs, bytes) or ours is None:
            differ, fields = playback.match.save() != (theirs if isinstance(theirs, bytes) else theirs.tobytes()), []
        else:
            fields = list(islice(differences(theirs, ours), FIELDS_NAMED))
            differ = bool(fields)
        if differ:
            found.reference_tick, found.reference_fields = tick, fields
            return
    found.reference_note = f"the reference computes the same states as this code up to tick {bad}: it did not make this recording"
