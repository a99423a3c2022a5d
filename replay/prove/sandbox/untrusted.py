"""Verifying the file of a stranger: in a process of its own, with limits of memory and time, that can write nothing.

The child gets the bytes and nothing else: not the file, which could change under it. It returns plain JSON, which is all that is
believed of it. What the recording claims came out is ignored; the result is computed, and attested in a receipt.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from replay.core.verify import Verdict, Verification
from replay.prove.child import Child
from replay.prove.report import divergence_of

MAX_FILE_BYTES = 2**26
BUDGET_TICKS = 10 * 3600 * 60  # ten hours at 60 ticks a second
BUDGET_SECONDS = 60.0
MEMORY_BYTES = 2**29  # above what the rules themselves take
_START_SECONDS = 60.0  # rules may have to be compiled first
_MAX_ANSWER_BYTES = 2**22
_SCRIPT = "from replay.prove.sandbox.inside import main\nmain(answers)"
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")  # each takes address space


def verify_untrusted(
    path: str | os.PathLike[str],
    *,
    every_tick: bool = True,
    budget_ticks: int | None = None,
    budget_seconds: float | None = None,
    memory_bytes: int = MEMORY_BYTES,
) -> Verification:
    """Like `verify`, for a file that may be hostile: the installed rules re-simulate a copy of it in a child process.

    The claimed result is ignored. `receipt` of what is returned holds what the child attests (see `receipt.py`), or None if the
    file has no readable header or its rules are not installed. What goes over a budget is `unverifiable`.

    budget_ticks, budget_seconds: by default `BUDGET_TICKS` and `BUDGET_SECONDS`. memory_bytes: what the file may make the process
    take beyond what it took to load the rules. Platforms without such limits have only the budgets.
    """
    path = Path(path)
    seconds = BUDGET_SECONDS if budget_seconds is None else budget_seconds
    job = {
        "every_tick": every_tick,
        "budget_ticks": BUDGET_TICKS if budget_ticks is None else budget_ticks,
        "budget_seconds": seconds,
        "memory_bytes": memory_bytes,
    }
    try:
        data = _bytes_of(path)
    except OSError as error:
        return Verification(path, Verdict.UNREADABLE, error.strerror or str(error))
    if len(data) > MAX_FILE_BYTES:
        return Verification(path, Verdict.UNVERIFIABLE, f"has more than the {MAX_FILE_BYTES:,} bytes allowed")
    with Child(_SCRIPT, environment=_ONE_THREAD) as child:
        answer = child.run(json.dumps(job).encode() + b"\n" + data, _START_SECONDS + 2 * seconds)
        if child.timed_out:
            return Verification(path, Verdict.UNVERIFIABLE, "takes longer than allowed", "its process was ended")
        return _verification(path, answer, child.last_words())


def _bytes_of(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise OSError("is not a regular file")
    with open(path, "rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def _verification(path: Path, answer: bytes, last_words: str) -> Verification:
    """The last line of the answer, taken for data. A child that died has not answered."""
    lines = answer[:_MAX_ANSWER_BYTES].splitlines()
    try:
        values: dict[str, Any] = json.loads(lines[-1])
        divergence = divergence_of(values)
        facts = {name: value for name, value in values.items() if not name.startswith("reference_")}
        return Verification(**{**facts, "path": path, "verdict": Verdict(values["verdict"]), "divergence": divergence})
    except (IndexError, KeyError, TypeError, ValueError):
        message = f"takes more memory or time than allowed: its process died ({last_words})"
        return Verification(path, Verdict.UNVERIFIABLE, message)
