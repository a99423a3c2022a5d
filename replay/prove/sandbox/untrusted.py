"""Verifying the file of a stranger: in a process of its own, behind a wall, with limits of memory and time.

The child gets the bytes and nothing else: not the file, which could change under it, no environment, no key. What it says is taken
for data (see `answer`). What the recording claims came out is ignored; the result is computed, and attested in a receipt.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from replay.core.divergence import Divergence
from replay.core.folders import CACHE_VARIABLE
from replay.core.installed import VARIABLE as GAME
from replay.core.verify import Verdict, Verification
from replay.native.engine import VARIABLE as ENGINE
from replay.native.interface import INTERPRETER, WASM
from replay.native.library import shared_cache
from replay.prove.child import Child
from replay.prove.sandbox.answer import MAX_ANSWER_BYTES, Answer, NonsenseError, known_of
from replay.prove.sandbox.places import places
from replay.prove.sandbox.receipt import attest

MAX_FILE_BYTES = 2**26
BUDGET_TICKS = 10 * 3600 * 60  # ten hours at 60 ticks a second
BUDGET_SECONDS = 60.0
MEMORY_BYTES = 2**29  # above what the rules themselves take
_START_SECONDS = 60.0  # to load the rules; some compile themselves then
_MAKING_SECONDS = 300.0
_INSIDE = "from replay.prove.sandbox.inside import main\nmain(answers)"
_MAKING = "from replay.prove.sandbox.making import main\nmain(answers)"
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")  # each takes address space


def verify_untrusted(
    path: str | os.PathLike[str],
    *,
    every_tick: bool = True,
    budget_ticks: int | None = None,
    budget_seconds: float | None = None,
    memory_bytes: int = MEMORY_BYTES,
) -> Verification:
    """Like `verify`, for a file that may be hostile: the installed rules re-simulate a copy of it behind the wall.

    The claimed result is ignored. `receipt` of what is returned holds what is attested (see `receipt.py`), or None if the file has
    no readable header or its rules are not installed. What goes over a budget, or does what is not allowed, is `unverifiable`.
    Rules that end their process diverge. Where this system has no such wall, a note says what is missing.

    budget_ticks, budget_seconds: by default `BUDGET_TICKS` and `BUDGET_SECONDS`. memory_bytes: what the file may make the process
    take beyond what it took to load the rules. Platforms without such limits have only the budgets.
    """
    path = Path(path)
    seconds = BUDGET_SECONDS if budget_seconds is None else budget_seconds
    job = {
        "every_tick": every_tick,
        "budget_ticks": BUDGET_TICKS if budget_ticks is None else budget_ticks,
        "budget_seconds": seconds,
        "loading_seconds": _START_SECONDS,
        "memory_bytes": memory_bytes,
        "places": places()._asdict(),
    }
    try:
        data = _bytes_of(path)
    except OSError as error:
        return Verification(path, Verdict.UNREADABLE, error.strerror or str(error))
    if len(data) > MAX_FILE_BYTES:
        return Verification(path, Verdict.UNVERIFIABLE, f"has more than the {MAX_FILE_BYTES:,} bytes allowed")
    engine = os.environ.get(ENGINE) or (WASM if find_spec("wasmtime") else "")
    verification, answer = _asked(path, data, job, engine)
    if answer.make and answer.facts is not None:
        verification, answer = _asked(path, data, job, _made(answer.facts, engine))
    if answer.make:  # it was made, and there is no place where it is kept
        verification, answer = _asked(path, data, job, INTERPRETER)
    return _with_receipt(verification, answer)


def _bytes_of(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise OSError("is not a regular file")
    with open(path, "rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def _asked(path: Path, data: bytes, job: dict[str, Any], engine: str) -> tuple[Verification, Answer]:
    """What a process behind the wall makes of it, and what it said."""
    word = secrets.token_hex(16)
    request = {**job, "word": word, "environment": _environment(engine)}
    with Child(_INSIDE, alone=True) as child:
        allowed = job["loading_seconds"] + 2 * job["budget_seconds"]
        said = child.run(json.dumps(request).encode() + b"\n" + data, allowed, MAX_ANSWER_BYTES)
        answer = Answer(said, word)
        if len(said) == MAX_ANSWER_BYTES:
            return Verification(path, Verdict.UNVERIFIABLE, "says more than it is allowed", "its process was ended"), answer
        try:
            verification = answer.verification(path)
        except NonsenseError as error:
            return Verification(path, Verdict.ENVIRONMENT, f"the rules put nonsense into the answer: {error}"), answer
        if verification is None and child.timed_out:
            verification = Verification(path, Verdict.UNVERIFIABLE, "takes longer than allowed", "its process was ended")
        return verification or _died(path, answer, child), answer


def _environment(engine: str) -> dict[str, str]:
    """All that a process behind the wall has of one."""
    named = {name: os.environ[name] for name in (GAME, CACHE_VARIABLE, "LOCALAPPDATA", "TEMP") if name in os.environ}
    for folder in shared_cache():
        named.setdefault("XDG_CACHE_HOME", str(folder.parent))
    return {**_ONE_THREAD, **named, ENGINE: engine}


def _died(path: Path, answer: Answer, child: Child) -> Verification:
    """A process that ended before it had an answer: whose fault is it?"""
    code = child.returncode
    if code == -getattr(signal, "SIGXCPU", 0):
        return Verification(path, Verdict.UNVERIFIABLE, "takes longer than allowed", "its process was ended")
    how = child.last_words()
    if code == -getattr(signal, "SIGKILL", 0):
        return Verification(path, Verdict.ENVIRONMENT, "its process was killed by the system", "there may be too little memory")
    if not answer.said_facts and code in (0, 1):
        return Verification(path, Verdict.ENVIRONMENT, f"the wall cannot be put up here: {how}")
    if not answer.said_facts:
        return Verification(path, Verdict.UNREADABLE, f"reading it ends the process: {how}")
    if not answer.is_loaded:
        return Verification(path, Verdict.ENVIRONMENT, f"the process ends while the rules are loaded: {how}")
    known = {} if answer.facts is None else known_of(answer.facts)
    divergence = Divergence(None, known.get("start_tick", 0), "rules")
    return Verification(path, Verdict.DIVERGED, f"the rules end their process: {how}", divergence=divergence, **known)


def _made(facts: dict[str, Any], engine: str) -> str:
    """Have the rules compiled, outside of the wall, and say for which engine that worked."""
    job = {"game": facts["game"], "players": facts["players"], "engine": engine}
    with Child(_MAKING) as child:
        return child.run(json.dumps(job).encode() + b"\n", _MAKING_SECONDS, MAX_ANSWER_BYTES).decode("ascii", "replace")


def _with_receipt(verification: Verification, answer: Answer) -> Verification:
    """Completed by what the file says of itself, and by what the wall lacks."""
    facts = answer.facts
    if facts is None or not verification.game:  # not even begun
        return verification
    verification = replace(verification, notes=[*verification.notes, *(f"no whole wall: {part}" for part in answer.missing)])
    if verification.is_ok and verification.start_tick:  # whoever made the file made that state
        message = f"begins at tick {verification.start_tick}, with a state that only the whole match can prove"
        verification = replace(verification, verdict=Verdict.UNVERIFIABLE, message=message, hint="ask for the whole match")
    return replace(verification, receipt=attest(facts, verification))
