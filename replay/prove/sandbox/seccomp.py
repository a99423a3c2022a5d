"""seccomp: the system calls that are left to a process: to compute, to read what is open, and to end. All others are refused.

A filter is a program for the kernel's own small machine, which looks at the number of a call and at its arguments as numbers. It
sees no text: which files may be read is for Landlock to say. That nothing is opened to be written can be seen here.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import NamedTuple

from replay.prove.sandbox.calls import call


class Machine(NamedTuple):
    """arch: how the kernel names it. column: of `_CALLS`. prctl, seccomp, capset: numbers of calls."""

    arch: int
    column: int
    prctl: int
    seccomp: int
    capset: int


MACHINES = {"x86_64": Machine(0xC000003E, 0, 157, 317, 126), "aarch64": Machine(0xC00000B7, 1, 167, 277, 91)}

# The calls that are left: their numbers on x86-64 and aarch64; None where there is no such call.
_CALLS: dict[str, tuple[int | None, int | None]] = {
    # what is open already
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "preadv": (295, 69),
    "lseek": (8, 62),
    "close": (3, 57),
    "close_range": (436, 436),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_wait": (232, None),
    "epoll_pwait": (281, 22),
    "eventfd2": (290, 19),
    "ftruncate": (77, 46),
    "fadvise64": (221, 223),
    "memfd_create": (319, 279),
    # what there is
    "fstat": (5, 80),
    "stat": (4, None),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents": (78, None),
    "getdents64": (217, 61),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
    "getcwd": (79, 17),
    "chdir": (80, 49),
    "fchdir": (81, 50),
    "umask": (95, 166),
    # memory
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "mincore": (27, 232),
    "membarrier": (324, 283),
    # threads, and what one is
    "futex": (202, 98),
    "futex_waitv": (449, 449),
    "rseq": (334, 293),
    "set_robust_list": (273, 99),
    "get_robust_list": (274, 100),
    "set_tid_address": (218, 96),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "arch_prctl": (158, None),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getpgrp": (111, None),
    "getpgid": (121, 155),
    "getsid": (124, 156),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getgroups": (115, 158),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "getcpu": (309, 168),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "setrlimit": (160, 164),
    "times": (100, 153),
    # time and chance
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "getrandom": (318, 278),
    # signals to itself, and the end
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137),
    "rt_sigsuspend": (130, 133),
    "pause": (34, None),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
_TO_OPEN = {"open": ((2, None), 1), "openat": ((257, 56), 2)}  # and which argument has the flags
_ANY_WRITE = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000 | 0o20000000  # to write, both, to make, cut, add to, or without a name
_CLONE, _CLONE_THREAD, _NAMESPACES = (56, 220), 0x10000, 0x7E020000
# Calls of which only some uses are left: the argument that decides, and what it may be. "own" is the process itself.
_CHOICES: dict[str, tuple[tuple[int | None, int | None], int, tuple[int | str, ...]]] = {
    "fcntl": ((72, 25), 1, (0, 1, 2, 3, 4, 1030, 1033, 1034)),  # copies, flags and seals of descriptors; no signals, no locks
    "ioctl": ((16, 29), 1, (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)),  # is it a terminal, how much is there, what is inherited
    "prctl": ((157, 167), 0, (3, 15, 16, 39, 0x53564D41)),  # names of threads and of memory
    "prlimit64": ((302, 261), 0, (0, "own")),
    "kill": ((62, 129), 0, ("own",)),
    "tgkill": ((234, 131), 0, ("own",)),
}
_MISSING = {"clone3": 435, "openat2": 437}  # the C library then does without: what they are asked to do, no filter can see

# The kernel's machine: what an instruction does, and what a filter answers.
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16  # where these are in what it looks at
_OTHER_NUMBERS = 0x40000000  # of calls of 32-bit programs on x86-64

Instruction = tuple[int, int, int, int]  # what to do; how many to pass over if so, if not; a number


def program(machine: Machine, own: int) -> list[Instruction]:
    """The filter for a process whose number is `own`."""
    column = machine.column
    lines: list[Instruction] = [(LOAD, 0, 0, _ARCH), (EQUAL, 1, 0, machine.arch), (RETURN, 0, 0, KILL)]
    lines += [(LOAD, 0, 0, _NUMBER), (AT_LEAST, 0, 1, _OTHER_NUMBERS), (RETURN, 0, 0, ERROR | errno.EPERM)]
    for numbers in _CALLS.values():
        lines += _if(numbers[column], [(RETURN, 0, 0, ALLOW)])
    for numbers, argument in _TO_OPEN.values():
        refused, allowed = (RETURN, 0, 0, ERROR | errno.EACCES), (RETURN, 0, 0, ALLOW)
        lines += _if(numbers[column], [_load(argument), (ANY_BIT, 0, 1, _ANY_WRITE), refused, allowed])
    thread = [_load(0), (ANY_BIT, 1, 0, _NAMESPACES), (ANY_BIT, 1, 0, _CLONE_THREAD)]
    lines += _if(_CLONE[column], [*thread, (RETURN, 0, 0, ERROR | errno.EPERM), (RETURN, 0, 0, ALLOW)])
    for numbers, argument, choices in _CHOICES.values():
        body = [_load(argument)]
        for choice in choices:
            body += [(EQUAL, 0, 1, own if isinstance(choice, str) else choice), (RETURN, 0, 0, ALLOW)]
        lines += _if(numbers[column], [*body, (RETURN, 0, 0, ERROR | errno.EPERM)])
    for number in _MISSING.values():
        lines += _if(number, [(RETURN, 0, 0, ERROR | errno.ENOSYS)])
    return [*lines, (RETURN, 0, 0, ERROR | errno.EPERM)]


def _load(argument: int) -> Instruction:
    return LOAD, 0, 0, _ARGUMENTS + 8 * argument  # its lower half: all of these are read as 32 bits by the kernel, too


def _if(number: int | None, then: list[Instruction]) -> list[Instruction]:
    return [] if number is None else [(EQUAL, 0, len(then), number), *then]


def give_up_privileges(machine: Machine) -> None:
    """From here on this process has no privileges beyond those of its user, and nothing that it starts has. Raises OSError."""
    no_new_privileges = 38
    call(machine.prctl, no_new_privileges, 1, 0, 0, 0)
    version_3, none = struct.pack("=Ii", 0x20080522, 0), ctypes.create_string_buffer(24)
    call(machine.capset, ctypes.create_string_buffer(version_3, 8), none)


def give_up_calls(machine: Machine) -> None:
    """From here on all threads of this process have the calls above, and no others. After `give_up_privileges`. Raises OSError."""
    set_filter, all_threads = 1, 1
    lines = program(machine, os.getpid())
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    place = ctypes.create_string_buffer(struct.pack("=HxxxxxxQ", len(lines), ctypes.addressof(code)), 16)
    call(machine.seccomp, set_filter, all_threads, place)
