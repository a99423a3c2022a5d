"""Rules that try to get out: at each tick another way. What came of each is in the result of the match.

`TRIES` are functions that return if they got what they wanted, and raise if they were refused. Their world is in the config:
`place`, a folder outside of the wall; in it `secret`, to be read; `prey`, to be changed; `key.pem`; `socket`, which listens; and
`victim`, a process.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from toys import Counter, CounterMatch

X86 = os.uname().machine == "x86_64"
LIBC = ctypes.CDLL(None, use_errno=True)


def call(x86, other, *arguments):
    """A system call by its number, as code that was smuggled in would make it."""
    result = LIBC.syscall(ctypes.c_long(x86 if X86 else other), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


class World:
    def __init__(self, config):
        self.place, self.victim = Path(config["place"]), int(config["victim"])
        self.prey, self.secret = self.place / "prey", self.place / "secret"


def read_a_file(world):
    return world.secret.read_bytes()


def read_the_signing_key(world):
    return (world.place / "key.pem").read_bytes()


def read_the_passwords(world):
    return Path("/etc/passwd").read_bytes()


def list_a_folder(world):
    return list(world.place.iterdir())


def write_a_new_file(world):
    (world.place / "written").write_text("here")


def write_over_a_file(world):
    world.prey.write_text("changed")


def append_to_a_file(world):
    with open(world.prey, "ab") as file:
        file.write(b"more")


def write_through_memory(world):
    with open(world.prey, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[0] = 0


def truncate_a_file(world):
    os.truncate(world.prey, 0)


def remove_a_file(world):
    world.prey.unlink()


def rename_a_file(world):
    world.prey.rename(world.place / "renamed")


def link_to_a_file(world):
    os.link(world.secret, world.place / "linked")


def make_a_symbolic_link(world):
    (world.place / "symbolic").symlink_to("/etc/passwd")


def make_a_folder(world):
    (world.place / "folder").mkdir()


def make_a_device(world):
    os.mkfifo(world.place / "fifo")


def change_who_may(world):
    world.prey.chmod(0o777)


def change_whose_it_is(world):
    os.chown(world.prey, os.getuid(), os.getgid())


def change_times(world):
    os.utime(world.prey, (1, 1))


def put_something_beside_the_rules(world):
    (Path(__file__).parent / "__pycache__" / "poisoned.so").write_bytes(b"code")
    (Path(__file__).parent / "__pycache__" / "poisoned.so").unlink()


def open_as_a_call_no_filter_can_read(world):
    how = (ctypes.c_uint64 * 3)(os.O_WRONLY, 0, 0)
    os.close(call(437, 437, -100, str(world.prey).encode(), how, 24))


def open_by_a_handle(world):
    handle, mount = (ctypes.c_uint32 * 40)(128), ctypes.c_int()
    call(303, 264, -100, str(world.secret).encode(), handle, ctypes.byref(mount), 0)


def reach_the_network(world):
    socket.create_connection(("127.0.0.1", 9), 1)


def ask_for_a_name(world):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.sendto(b"secret", ("127.0.0.1", 53))


def have_a_socket_of_any_family(world):
    refused = 0
    for family in range(46):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
            try:
                os.close(call(41, 198, family, kind, 0))
                return
            except OSError as error:
                refused += error.errno in (errno.EPERM, errno.EACCES)
    if refused < 46 * 3:  # those that are not there do not count
        return
    raise PermissionError(errno.EPERM, "all families are refused")


def speak_to_a_local_socket(world):
    with socket.socket(socket.AF_UNIX) as local:
        local.connect(str(world.place / "socket"))


def speak_to_an_abstract_socket(world):
    with socket.socket(socket.AF_UNIX) as local:
        local.connect(f"\0{world.place}")


def have_a_pair_of_sockets(world):
    for each in socket.socketpair():
        each.close()


def fork(world):
    if not (child := os.fork()):
        os._exit(0)
    os.waitpid(child, 0)


def fork_by_number(world):
    if not (child := call(56, 220, signal.SIGCHLD, 0, 0, 0, 0)):
        os._exit(0)
    os.waitpid(child, 0)


def run_a_program(world):
    subprocess.run(["/bin/true"], check=True)


def become_a_program(world):
    """In a child where there can be one, so that this one can tell."""
    try:
        child = os.fork()
    except OSError:
        with contextlib.suppress(FileNotFoundError):  # it may: of a program that is there nobody would come back
            os.execv("/nowhere", ["nowhere"])
        return
    if not child:
        os.execv("/bin/true", ["true"])
    if os.waitpid(child, 0)[1]:
        raise PermissionError(errno.EPERM, "no program")


def trace_a_process(world):
    attach, detach = 16, 17
    call(101, 117, attach, world.victim, 0, 0)
    os.waitpid(world.victim, 0x40000000)
    call(101, 117, detach, world.victim, 0, 0)


def read_the_memory_of_a_process(world):
    here = ctypes.create_string_buffer(8)
    there = int(Path(f"/proc/{world.victim}/maps").read_text().split("-")[0], 16) if os.access("/etc/passwd", os.R_OK) else 0
    parts = (ctypes.c_void_p * 2)(ctypes.addressof(here), 8), (ctypes.c_void_p * 2)(there, 8)
    call(310, 270, world.victim, parts[0], 1, parts[1], 1, 0)


def open_the_memory_of_a_process(world):
    open(f"/proc/{world.victim}/mem", "r+b").close()


def kill_a_process(world):
    os.kill(world.victim, signal.SIGCONT)


def kill_the_parent(world):
    os.kill(os.getppid(), signal.SIGCONT)


def kill_everybody(world):
    os.kill(0, signal.SIGCONT)


def kill_by_a_handle(world):
    handle = os.pidfd_open(world.victim)
    signal.pidfd_send_signal(handle, signal.SIGCONT)


def kill_by_a_file(world):
    """A file that sends signals when something can be read from it."""
    ends = os.pipe()
    fcntl.fcntl(ends[0], 8, world.victim)  # F_SETOWN


NAMED = set("OPENBLAS_NUM_THREADS OMP_NUM_THREADS NUMBA_NUM_THREADS REPLAY_ENGINE REPLAY_GAME REPLAY_CACHE XDG_CACHE_HOME".split())


def read_its_environment(world):
    """Beyond what the rules need: how many threads, which engine, which game, where its library is."""
    if os.environ.keys() - NAMED - {"LC_CTYPE"}:
        return
    Path("/proc/self/environ").read_bytes()


def read_the_environment_of_the_parent(world):
    Path(f"/proc/{os.getppid()}/environ").read_bytes()


def see_who_runs(world):
    if len([path for path in Path("/proc").iterdir() if path.name.isdigit()]) < 2:
        raise PermissionError(errno.EPERM, "nobody to be seen")


def find_open_files(world):
    """What is inherited that is neither its task nor its answers, nor its own."""
    for number in range(3, 64):
        try:
            target = str(Path(f"/proc/self/fd/{number}").readlink())
        except OSError:
            continue
        if not target.startswith(("pipe:", "/memfd:", "anon_inode:", "/dev/null", "/proc/")):
            return
    raise PermissionError(errno.EPERM, "nothing is open")


def mount_something(world):
    LIBC.mount.argtypes = [ctypes.c_char_p] * 3 + [ctypes.c_ulong, ctypes.c_char_p]
    if LIBC.mount(b"none", str(world.place).encode(), b"tmpfs", 0, None):
        raise OSError(ctypes.get_errno(), "mount")
    LIBC.umount(str(world.place).encode())


def have_namespaces(world):
    call(272, 97, 0x10000000)


def change_the_root(world):
    os.chroot("/")


def have_a_ring(world):
    os.close(call(425, 425, 1, ctypes.create_string_buffer(120)))


def handle_page_faults(world):
    os.close(call(323, 282, 1))


def load_into_the_kernel(world):
    os.close(call(321, 280, 0, ctypes.create_string_buffer(b"\x01\0\0\0\x04\0\0\0\x04\0\0\0\x01\0\0\0", 72), 72))


def share_memory(world):
    segment = call(29, 194, 0, 4096, 0o1600)
    call(31, 195, segment, 0, None)


def have_a_message_queue(world):
    queue = call(68, 186, 0, 0o1600)
    call(71, 187, queue, 0, None)


def leave_a_key_with_the_kernel(world):
    call(248, 217, b"user", b"replay", b"secret", 6, -3)


def raise_its_limits(world):
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard + 1))


def take_back_privileges(world):
    os.setgroups([0])


def set_the_clock(world):
    import time

    time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME))


def set_the_name_of_the_machine(world):
    socket.sethostname(socket.gethostname())


def become_a_leader(world):
    """In a child where there can be one: a leader cannot become one."""
    try:
        child = os.fork()
    except OSError:
        os.setsid()
        return
    if not child:
        os.setsid()
        os._exit(0)
    os.waitpid(child, 0)


def type_into_the_terminal(world):
    master, slave = os.openpty()
    try:
        fcntl.ioctl(slave, 0x5412, b"x")
    finally:
        os.close(master), os.close(slave)


def write_in_a_thread(world):
    errors = []

    def write():
        try:
            world.prey.write_text("by a thread")
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def change_the_recording(world):
    """Its own copy, while it is verified."""
    for number in range(3, 64):
        try:
            if str(Path(f"/proc/self/fd/{number}").readlink()).startswith("/memfd:recording"):
                os.pwrite(number, b"x", 0)
                return
        except FileNotFoundError:
            continue
    world.prey.write_text("there is none")


TRIES = {
    name: function
    for name, function in list(globals().items())
    if getattr(function, "__module__", "") == __name__ and getattr(function, "__code__", None)
    if function.__code__.co_varnames[:1] == ("world",)
}


def outcome(function, world):
    """Empty if it got out, else how it was refused."""
    try:
        function(world)
    except (OSError, ValueError, RuntimeError) as error:
        number = getattr(error, "errno", 0) or 0
        return f"{type(error).__name__} {errno.errorcode.get(number, number)}"
    return ""


class EscapingMatch(CounterMatch):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.world = World(config) if config else None
        self.tries = list(TRIES.items())
        self.outcomes: dict[str, str] = {}

    def advance(self, inputs):
        if self.world is not None and self.tries:
            name, function = self.tries.pop(0)
            self.outcomes[name] = outcome(function, self.world)
        return super().advance(inputs)

    def result(self):
        return {**super().result(), "outcomes": self.outcomes}


class Escaping(Counter):
    name = "escaping"
    match = EscapingMatch


ESCAPING = Escaping()

if __name__ == "__main__":  # without a wall: what there is to be refused
    import json

    world, outcomes = World(json.loads(sys.argv[1])), {}
    for name, function in TRIES.items():
        world.prey.write_text("prey")
        outcomes[name] = outcome(function, world)
    print(json.dumps(outcomes))
