"""What a process does behind the wall: it says whose match this is, loads the rules, and verifies.

In this order, so that what is said of the file is said before any rules are here: see `answer`.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from replay.core.errors import ReplayError
from replay.core.game import Game, abilities_of
from replay.core.installed import find_game
from replay.core.recording import Recording
from replay.core.records import Header
from replay.core.setup import header_for
from replay.core.simulation import Simulation
from replay.core.verify import Verdict, Verification, verify
from replay.native import engine
from replay.prove.jsonable import jsonable
from replay.prove.report import as_data
from replay.prove.sandbox.limits import Limits
from replay.prove.sandbox.receipt import facts_of

_REFUSED = (errno.EPERM, errno.EACCES, errno.ENOSYS)
_BEHIND = "behind the wall rules start no process, write no file, and read only what they import"
_TOO_MUCH = (errno.EFBIG, errno.ENOMEM, errno.EAGAIN, errno.EMFILE)


class Judge:
    """Of one file. job: see `untrusted`. missing: of the wall. nowhere: an open file that keeps nothing."""

    def __init__(self, job: dict[str, Any], limits: Limits, missing: list[str], answers: BinaryIO, nowhere: int) -> None:
        self._nowhere = nowhere
        self._word, self._job, self._limits, self._missing, self._answers = job.pop("word"), job, limits, missing, answers

    def judge(self, data: bytes) -> None:
        self._limits.memory(self._job["memory_bytes"], can_be_raised=True)
        with _file_of(data) as path:
            self._judge_file(path)

    def _judge_file(self, path: str) -> None:
        limits, job = self._limits, self._job
        header = self._say_facts(path)
        for output in (1, 2):  # what rules print nobody reads, and none of it gets into an answer
            os.dup2(self._nowhere, output)
        if header is not None:
            limits.loading_memory()
            engine.makes = False
            try:
                warm_up(find_game(header.game), len(header.players))
            except engine.NotMadeError:
                self._say({"make": header.game})
                return
            except Exception:  # whatever is wrong with it, verifying it will say
                pass
        limits.time(2 * job["budget_seconds"])  # the budget comes first, and says what was done until then
        limits.memory(job["memory_bytes"])
        limits.outside()
        self._say({"loaded": True})
        self._say({"verification": as_data(self._verified(path))})

    def _say(self, fact: dict[str, Any]) -> None:
        self._answers.write(self._word.encode() + json.dumps(jsonable(fact)).encode() + b"\n")
        self._answers.flush()

    def _say_facts(self, path: str) -> Header | None:
        """What the file says of itself; None if not even the header is readable."""
        facts, header = None, None
        with suppress(ReplayError, MemoryError), Recording(path) as recording:
            header = recording.header
            facts = facts_of(recording)
        self._say({"facts": facts, "missing": self._missing})
        return header

    def _verified(self, path: str) -> Verification:
        budgets = {name: self._job[name] for name in ("every_tick", "budget_ticks", "budget_seconds")}
        try:
            verification = verify(path, **budgets, claimed_result=False)
        except MemoryError:
            return Verification(Path(path), Verdict.UNVERIFIABLE, "takes more memory than allowed")
        except Exception as error:  # of a game that finds nothing here of what it needs
            number = (error.errno or 0) if isinstance(error, OSError) else 0
            verification = Verification(Path(path), Verdict.ENVIRONMENT, f"{type(error).__name__}: {error}", errno=number)
        return _explained(verification)


def _explained(verification: Verification) -> Verification:
    """Where it was the wall or a limit that the rules ran into, that is said, and nothing else is called so."""
    if verification.verdict is not Verdict.ENVIRONMENT:
        return verification
    hint = verification.hint
    if verification.errno in _TOO_MUCH:
        why = "takes more than it is allowed: "
    elif verification.errno in _REFUSED:
        why, hint = "does what a stranger's file may not: ", _BEHIND
    else:
        return replace(verification, hint=hint or _BEHIND)
    return replace(verification, verdict=Verdict.UNVERIFIABLE, message=why + verification.message, hint=hint)


def warm_up(game: Game, players: int) -> None:
    """One tick of a match of its own, with the game's own config: what it loads and compiles then, no file pays for."""
    default = abilities_of(game).default_config
    header = header_for(game, 0, [f"P{number}" for number in range(players)], dict(default()) if default is not None else {})
    Simulation(game, header).run(np.zeros((1, players), header.input_dtype))


@contextmanager
def _file_of(data: bytes) -> Iterator[str]:
    """The path of a file that only this process has, and that nobody changes."""
    if hasattr(os, "memfd_create"):
        import fcntl

        file = os.memfd_create("recording", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE)
        yield f"/proc/self/fd/{file}"
        return
    with tempfile.NamedTemporaryFile(delete=False) as named:
        named.write(data)
    try:
        yield named.name
    finally:
        Path(named.name).unlink()
