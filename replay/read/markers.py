"""Naming a tick of a finished recording: the only thing that is ever added after the end."""

from __future__ import annotations

import os

from replay.core import format as fmt
from replay.core.lock import lock
from replay.core.recording import Recording
from replay.core.records import Marker


def append_marker(path: str | os.PathLike[str], tick: int, text: str) -> Marker:
    """Name a tick. Raises FormatError if the file is cut or damaged, UsageError for a tick that it does not have, BlockingIOError
    while it is being recorded or marked by someone else."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
    try:
        lock(file)
        with Recording(path) as recording:
            if recording.damage is not None:
                raise recording.damage
            recording.check_ticks(tick)
            marker = Marker(tick, text)
            payload = marker.pack()
            Marker.unpack(payload)
            _append_whole(file, fmt.write_chunk(fmt.KIND_MARKER, payload, recording.last_check)[0])
        os.fsync(file)
    finally:
        os.close(file)
    return marker


def _append_whole(file: int, data: bytes) -> None:
    """All of `data` or nothing: half a chunk after the seal would make a whole recording a damaged one."""
    before, rest = os.fstat(file).st_size, memoryview(data)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
    except BaseException:
        os.ftruncate(file, before)
        raise
