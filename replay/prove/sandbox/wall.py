"""The wall around a process: whatever runs in it computes, reads what `places` says, and ends. It is put up once, and stays.

On Linux it is Landlock and seccomp. What a system lacks of them is said.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from replay.prove.sandbox import landlock, seccomp
from replay.prove.sandbox.places import Places


def put_up(open_to: Places) -> list[str]:
    """Put up the wall around this process, which must have one thread. Gives what is missing of it, in words; nothing: it is whole.

    Raises OSError if this kernel has what it takes and refuses it."""
    if not sys.platform.startswith("linux"):
        return [f"{sys.platform} has neither Landlock nor seccomp: the rules may read, write, start programs and reach the network"]
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise OSError(f"the wall goes up around one thread, here are {threads}")
    missing = []
    machine = seccomp.MACHINES.get(os.uname().machine)
    known = landlock.version()
    if machine is not None:
        seccomp.give_up_privileges(machine)
    if known and machine is not None:
        landlock.give_up(known, open_to.read, open_to.listed)
    else:
        missing.append("no Landlock here (Linux 5.13): the rules may read all that this user may")
    if machine is not None:
        seccomp.give_up_calls(machine)
    else:
        missing.append(f"no filter of system calls for {os.uname().machine}: the rules may write, run programs, use the network")
    return missing
