"""What runs in the process for a stranger's file: a job and the recording come by stdin, the verification goes out as JSON."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np

from replay.core import format as fmt
from replay.core.errors import MachineError, ReplayError
from replay.core.installed import find_game
from replay.core.recording import Recording
from replay.core.records import Header
from replay.core.simulation import Simulation
from replay.core.verify import Verdict, Verification, verify
from replay.prove.report import as_data
from replay.prove.sandbox.receipt import attest

try:
    import resource
except ImportError:  # Windows: the budgets alone have to do
    resource = None  # type: ignore[assignment]


def main(answers: BinaryIO) -> None:
    for output in (1, 2):  # what games print would go to a file, and no file may be written
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    job = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    path = _file_of(data)
    is_usable = _load_rules(data)
    _limit(job.pop("memory_bytes"), job["budget_seconds"])
    try:
        verification = verify(path, **job, claimed_result=False)
        if is_usable and verification.verdict is Verdict.ENVIRONMENT:  # it is the limits that the rules ran into
            message = f"takes more than it is allowed: {verification.message}"
            verification = replace(verification, verdict=Verdict.UNVERIFIABLE, message=message)
        if verification.is_ok and verification.start_tick:  # whoever made the file made that state
            message = f"begins at tick {verification.start_tick}, with a state that only the whole match can prove"
            verification = replace(verification, verdict=Verdict.UNVERIFIABLE, message=message, hint="ask for the whole match")
        if verification.game:
            with Recording(path) as recording:
                receipt = attest(recording.header, recording.identity(), verification)
            verification = replace(verification, receipt=receipt)
    except MemoryError:
        verification = Verification(path, Verdict.UNVERIFIABLE, "takes more memory than allowed")
    answers.write(json.dumps(as_data(verification)).encode() + b"\n")
    answers.flush()


def _file_of(data: bytes) -> Any:
    """A file that only this process has."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("recording")
        os.truncate(file, len(data))
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
        return f"/proc/self/fd/{file}"
    with tempfile.NamedTemporaryFile(delete=False) as named:
        named.write(data)
    return named.name


def _load_rules(data: bytes) -> bool:
    """Load and, by one tick without inputs, compile the rules while files can still be written. Reads no more than the header.
    False if this machine cannot run them at all."""
    try:
        chunk = fmt.read_chunk(data, len(fmt.MAGIC), fmt.MAGIC_CHECK)
        header = Header.unpack(chunk.payload)
        Simulation(find_game(header.game), header).run(np.zeros((1, len(header.players)), header.input_dtype))
    except MachineError:
        return False
    except ReplayError:  # whatever is wrong with it, verifying it will say
        pass
    return True


def _limit(memory_bytes: int, seconds: float) -> None:
    """From here on: so much more memory, so much time, and no byte written to any file."""
    if resource is None:
        return
    cpu_seconds = int(sum(os.times()[:2]) + 2 * seconds) + 2  # the budget comes first, and says what was done until then
    limits = {"RLIMIT_CPU": cpu_seconds, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0, "RLIMIT_NOFILE": 64}
    try:
        with open("/proc/self/statm") as file:
            held = int(file.read().split()[0]) * resource.getpagesize()
        limits["RLIMIT_AS"] = held + memory_bytes
    except OSError:
        pass
    for name, limit in limits.items():
        which = getattr(resource, name, None)
        if which is None:
            continue
        _, hard = resource.getrlimit(which)
        lower = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(which, (lower, lower))
