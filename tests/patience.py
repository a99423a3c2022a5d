"""How long a test waits for what is to come, and how long work may take on whatever machine this is."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

PATIENCE_SECONDS = 60  # for what comes at once on a machine that is not busy
_TRIES = 3
T = TypeVar("T")
_USUAL_SECONDS = 0.03  # of `_known_work`, on the machine for which the limits were set


class TooLongError(AssertionError):
    """Something took longer than it may."""


def soon(is_so: Callable[[], object], pause_seconds: float = 0.01) -> bool:
    """Whether it is so within a patience that only ends for what never comes."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(pause_seconds)
    return True


def slowness() -> float:
    """How much slower than the usual machine this one is just now: at least 1."""
    began = time.process_time()
    _known_work()
    return max(1.0, (time.process_time() - began) / _USUAL_SECONDS)


def within(seconds: float, run: Callable[[], T]) -> T:
    """What `run` returns. Raises TooLongError if it takes more CPU seconds of the usual machine than that, three times in a row."""
    for _ in range(_TRIES - 1):
        with suppress(TooLongError):
            return _once(seconds, run)
    return _once(seconds, run)


def _once(seconds: float, run: Callable[[], T]) -> T:
    began = time.process_time()
    result = run()
    if (took := time.process_time() - began) > seconds and took > seconds * slowness():
        raise TooLongError(f"took {took:.1f} s")
    return result


def _known_work() -> None:
    """Some of what reading a recording is: Python and zlib."""
    total = 0
    for number in range(400_000):
        total += number & 7
    zlib.compress(bytes(range(256)) * 4_000, 6)
