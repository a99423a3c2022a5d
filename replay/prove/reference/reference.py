"""The process of another environment, which computes states and records matches by the rules installed there."""

from __future__ import annotations

import ast
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from replay.core.commands import Command
from replay.core.errors import ReplayError
from replay.core.game import Inputs
from replay.core.plain import pack_plain, unpack
from replay.core.records import Header
from replay.core.url import Url, refusal
from replay.prove.child import Child

_MAX_ITEMS = 2**20  # in the events of a tick
_MAX_FACTS_BYTES = 64 * 2**20  # of a match
_REMOTE = Path(__file__).with_name("remote.py")


class Reference(Child):
    """An interpreter with its own installed game. A context manager.

    python: its path, like `old-venv/bin/python`; it runs what is installed there. None: this interpreter and this code, with
        another hash seed, so that rules that depend on the process show. environment, folder: variables, and where it runs.

    Raises ReplayError from every method if the environment cannot do what is asked.
    """

    def __init__(
        self,
        python: str | os.PathLike[str] | None,
        environment: Mapping[str, str] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self._python = str(python or sys.executable)
        try:
            super().__init__(
                _REMOTE.read_text(encoding="utf-8") + "\nserve(answers)\n",
                python=None if python is None else self._python,
                environment={"PYTHONHASHSEED": "4242"} if python is None else environment,
                folder=folder,
            )
        except OSError as error:
            raise ReplayError(f"{self._python}: {error.strerror}", "--reference takes the path of a Python interpreter") from error

    def states(self, path: Path, start: int, stop: int) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
        """The states of ticks start..stop as it computes them, and the events that led to each (none to the first). Records by
        field names, or bytes if its game names no fields; events as plain data."""
        answer = self._request({"do": "states", "path": _on_this_machine(path), "start": start, "stop": stop})
        dtype = np.dtype(ast.literal_eval(answer["fields"])) if answer["fields"] else None
        for tick in range(start, stop + 1):
            state, events = self._part(), unpack(self._part(), containers=_MAX_ITEMS, items=_MAX_ITEMS)
            try:
                yield np.frombuffer(state, dtype)[0] if dtype is not None and len(state) == dtype.itemsize else state, events
            except GeneratorExit:  # enough: what is left would stand before the next answer
                with suppress(ReplayError):
                    for _ in range(2 * (stop - tick)):
                        self._part()
                raise

    def facts(self, path: Path) -> Any:
        """What it finds of a recording and counts in it, as plain data that nobody has checked: see `facts` in `remote`."""
        self._request({"do": "facts", "path": _on_this_machine(path)})
        try:
            return json.loads(self._part(_MAX_FACTS_BYTES))
        except (ValueError, RecursionError) as error:
            raise self._says(f"facts that are none: {error}") from error

    def record(self, header: Header, rows: Inputs, commands: Sequence[Command], path: Path) -> None:
        """Play `rows` and `commands` as a new recording at `path`, of the match that `header` begins."""
        with tempfile.TemporaryDirectory() as folder:
            inputs, said = Path(folder) / "rows.npy", Path(folder) / "commands"
            np.save(inputs, rows, allow_pickle=False)
            if commands:
                of_ticks: list[list[Any]] = [[] for _ in rows]
                for tick, player, data in commands:
                    of_ticks[tick].append([player, data])
                said.write_bytes(pack_plain(of_ticks))
            facts = {"game": header.game, "seed": header.seed, "config": header.config}
            players = [[player.name, player.kind] for player in header.players]
            files = {"path": str(path.absolute()), "rows": str(inputs), "commands": str(said) if commands else ""}
            self._request({"do": "record", "players": players, **files, **facts})

    def _request(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(self.ask(json.dumps(request).encode()))
        except (OSError, ValueError) as error:
            raise self._died() from error
        if "error" in answer:
            raise self._says(answer["error"])
        return answer

    def _part(self, most: int = sys.maxsize) -> bytes:
        length = self._exactly(8)
        if length == b"\xff" * 8:
            raise self._says(json.loads(self.line())["error"])
        size = int.from_bytes(length, "little")
        if size > most:
            self.kill()  # it would go on writing
            raise self._says(f"{size:,} bytes, more than the {most:,} that are taken")
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = self.read(size)
        if len(data) != size:
            raise self._died()
        return data

    def _says(self, error: str) -> ReplayError:
        return ReplayError(f"the reference {self._python} says: {error}", "is the old version of the game installed there?")

    def _died(self) -> ReplayError:
        return ReplayError(f"the reference {self._python} died: {self.last_words()}", "try it by hand first")


def _on_this_machine(path: Path) -> str:
    """What another process opens. Raises ReplayError for a URL, which an older version may not know."""
    if isinstance(path, Url):
        raise ReplayError(*refusal(str(path)))
    return str(path.absolute())
