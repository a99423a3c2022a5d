"""System calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os
from typing import Any


def call(number: int, *arguments: Any) -> int:
    """What the call gives. Each argument is a whole number, None, or a buffer of ctypes. Raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    given = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = library.syscall(ctypes.c_long(number), *given)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
