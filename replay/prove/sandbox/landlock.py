"""Landlock: a process gives up the file system and the network, for itself and for good. See Linux's landlock(7)."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from replay.prove.sandbox.calls import call

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same number on every machine
_VERSION = 1  # a flag: only say which version the kernel has
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# What there is to be refused, by the version that knew it first: bits of the file system, of the network, of other processes.
_FILES = {1: 13, 2: 14, 3: 15, 5: 16}
_NETWORK = {4: 2}
_SCOPES = {6: 2}


def version() -> int:
    """The version of Landlock in this kernel; 0 if it has none, or does not let us use it."""
    try:
        return call(_CREATE, None, 0, _VERSION)
    except OSError:
        return 0


def give_up(known: int, read: Iterable[str], listed: Iterable[str]) -> None:
    """From here on this thread and its children can open nothing but, to be read, what lies at or beneath `read`; and beneath
    `listed` see names. They reach no other process. `known`: the version of Landlock. Raises OSError if that fails.

    Files that are open already stay so. What is not there is passed over."""
    attributes = struct.pack("=3Q", *(_bits(table, known) for table in (_FILES, _NETWORK, _SCOPES)))
    size = 8 if known < 4 else 16 if known < 6 else 24
    ruleset = call(_CREATE, ctypes.create_string_buffer(attributes, 24), size, 0)
    try:
        for places, access in ((read, _READ_FILE | _READ_DIR), (listed, _READ_DIR)):
            for place in places:
                _allow(ruleset, place, access)
        call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _bits(table: dict[int, int], known: int) -> int:
    counts = [count for since, count in table.items() if since <= known]
    return (1 << max(counts, default=0)) - 1


def _allow(ruleset: int, place: str, access: int) -> None:
    try:
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _READ_FILE
        if access:
            call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.create_string_buffer(struct.pack("=Qi", access, descriptor), 12), 0)
    finally:
        os.close(descriptor)
