"""The process of another environment, which computes states and records matches by the rules installed there."""

from __future__ import annotations

import ast
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from replay.core.errors import ReplayError
from replay.core.game import Inputs
from replay.core.records import Header
from replay.prove.child import Child

_REMOTE = Path(__file__).with_name("remote.py")


class Reference(Child):
    """An interpreter with its own installed game. A context manager.

    python: its path, like `old-venv/bin/python`; it runs what is installed there. None: this interpreter and this code, with
        another hash seed, so that rules that depend on the process show.

    Raises ReplayError from every method if the environment cannot do what is asked.
    """

    def __init__(self, python: str | os.PathLike[str] | None) -> None:
        self._python = str(python or sys.executable)
        try:
            super().__init__(
                _REMOTE.read_text(encoding="utf-8") + "\nserve(answers)\n",
                python=None if python is None else self._python,
                environment={"PYTHONHASHSEED": "4242"} if python is None else None,
            )
        except OSError as error:
            raise ReplayError(f"{self._python}: {error.strerror}", "--reference takes the path of a Python interpreter") from error

    def states(self, path: Path, start: int, stop: int) -> Iterator[Any]:
        """The states of ticks start..stop as it computes them: records by field names, or bytes if its game names no fields."""
        answer = self._request({"do": "states", "path": str(path.absolute()), "start": start, "stop": stop})
        dtype = np.dtype(ast.literal_eval(answer["fields"])) if answer["fields"] else None
        for tick in range(start, stop + 1):
            state = self._state(answer["size"])
            try:
                yield state if dtype is None else np.frombuffer(state, dtype)[0]
            except GeneratorExit:  # enough: what is left would stand before the next answer
                self._state(answer["size"] * (stop - tick))
                raise

    def record(self, header: Header, rows: Inputs, path: Path) -> None:
        """Play `rows` as a new recording at `path`, of the match that `header` begins."""
        with tempfile.TemporaryDirectory() as folder:
            inputs = Path(folder) / "rows.npy"
            np.save(inputs, rows, allow_pickle=False)
            facts = {"game": header.game, "seed": header.seed, "config": header.config}
            players = [[player.name, player.kind] for player in header.players]
            self._request({"do": "record", "path": str(path.absolute()), "rows": str(inputs), "players": players, **facts})

    def _request(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(self.ask(json.dumps(request).encode()))
        except (OSError, ValueError) as error:
            raise self._died() from error
        if "error" in answer:
            raise ReplayError(
                f"the reference {self._python} says: {answer['error']}", "is the old version of the game installed there?"
            )
        return answer

    def _state(self, size: int) -> bytes:
        data = self.read(size)
        if len(data) != size:
            raise self._died()
        return data

    def _died(self) -> ReplayError:
        return ReplayError(f"the reference {self._python} died: {self.last_words()}", "try it by hand first")
