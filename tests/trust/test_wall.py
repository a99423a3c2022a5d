"""The wall for strangers' files: rules that try to get out, each in its own way, get nowhere; and without it they do."""

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import escapes
import pytest
from damage import header_of, put_together, record, take_apart
from escapes import TRIES
from toys import COUNTER

from replay.core import format as fmt
from replay.prove.sandbox import landlock, seccomp, untrusted, verify_untrusted, wall
from replay.prove.sandbox.seccomp import ALLOW, ERROR, KILL, MACHINES, program

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.uname().machine not in MACHINES, reason="needs Linux on x86-64 or aarch64"
)
LANDLOCK = pytest.mark.skipif(not sys.platform.startswith("linux") or not landlock.version(), reason="this kernel has no Landlock")
# What not every user of every machine may do without a wall either: of a container, of root, of a kernel.
NOT_EVERYWHERE = set(
    "read_the_memory_of_a_process open_the_memory_of_a_process trace_a_process read_the_environment_of_the_parent "
    "mount_something have_namespaces change_the_root have_a_ring handle_page_faults load_into_the_kernel share_memory "
    "have_a_message_queue leave_a_key_with_the_kernel take_back_privileges set_the_clock set_the_name_of_the_machine "
    "raise_its_limits open_as_a_call_no_filter_can_read open_by_a_handle kill_by_a_handle type_into_the_terminal "
    "reach_the_network ask_for_a_name put_something_beside_the_rules".split()
)
ALWAYS_REFUSED = {"find_open_files", "change_the_recording"}  # nothing of the kind is there without a file
READING = set(
    "read_a_file read_the_signing_key read_the_passwords list_a_folder read_its_environment read_the_environment_of_the_parent "
    "see_who_runs".split()
)
OTHER_WORDS = {"raise_its_limits", "change_the_recording", "write_in_a_thread"}  # by a limit, and Python says it in its own way


@pytest.fixture
def world(tmp_path):
    """A folder outside of the wall, two sockets that listen, and a process to be hurt."""
    place = tmp_path / "outside"
    place.mkdir()
    for name in ("secret", "prey", "key.pem"):
        (place / name).write_text(name)
    with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as abstract:
        named.bind(str(place / "socket"))
        abstract.bind(f"\0{place}")
        named.listen(), abstract.listen()
        victim = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        yield {"place": str(place), "victim": victim.pid}
        victim.kill()
        victim.wait()
        victim.stdin.close()


def outside_of(config):
    """What can be seen of the folder outside: names, contents, modes, times."""
    return [(path.name, path.stat().st_mode, path.stat().st_mtime_ns, path.is_file() and path.read_bytes())
            for path in sorted(Path(config["place"]).iterdir())]  # fmt: skip


def escaping(path, world):
    """The recording of a match in which nothing was tried, with the config of one in which everything is."""
    record(path, COUNTER, ticks=len(TRIES) + 10)
    chunks = take_apart(path.read_bytes())
    header = header_of(chunks)._replace(game="escaping", config=world)
    path.write_bytes(put_together([(fmt.KIND_HEADER, header.pack()), *chunks[1:]]))


@LANDLOCK
def test_all_escapes_are_refused(path, installed, world):
    escaping(path, world)
    before = outside_of(world)
    verification = verify_untrusted(path)
    assert verification.is_ok and not verification.notes, verification
    outcomes = verification.result["outcomes"]
    assert outcomes.keys() == TRIES.keys() and len(TRIES) >= 60
    assert [name for name, refused in outcomes.items() if not refused] == []
    by_the_wall = {name for name, refused in outcomes.items() if re.search("EPERM|EACCES|ENOSYS", refused)}
    assert outcomes.keys() - by_the_wall <= OTHER_WORDS, {name: outcomes[name] for name in outcomes.keys() - by_the_wall}
    assert outside_of(world) == before
    os.kill(world["victim"], 0)
    assert verification.receipt["verdict"] == "ok"


def test_without_the_wall_they_get_out(world):
    """The checker of the walls: what is refused above is there to be had."""
    command = [sys.executable, escapes.__file__, json.dumps(world)]
    folders = [path or "." for path in sys.path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, start_new_session=True)
    outcomes = json.loads(done.stdout)
    got_out = {name for name, refused in outcomes.items() if not refused}
    assert outcomes.keys() == TRIES.keys()
    kept = TRIES.keys() - got_out
    assert kept <= NOT_EVERYWHERE | ALWAYS_REFUSED, {name: outcomes[name] for name in kept}
    assert len(got_out) >= 30


def test_a_wall_that_is_not_put_up_is_seen(path, installed, world, monkeypatch):
    """The same way as all files go; this is what the test of the wall would find."""
    off = "import replay.prove.sandbox.wall as wall\nwall.put_up = lambda open_to: []\n"
    monkeypatch.setattr(untrusted, "_INSIDE", off + untrusted._INSIDE)
    escaping(path, world)
    before = outside_of(world)
    verification = verify_untrusted(path)
    outcomes = verification.result["outcomes"]
    assert sum(not refused for refused in outcomes.values()) >= 25 and outside_of(world) != before


def test_without_landlock_the_rules_read_and_it_is_said(path, installed, world, monkeypatch):
    off = "import replay.prove.sandbox.landlock as landlock\nlandlock.version = lambda: 0\n"
    monkeypatch.setattr(untrusted, "_INSIDE", off + untrusted._INSIDE)
    escaping(path, world)
    before = outside_of(world)
    verification = verify_untrusted(path)
    got_out = {name for name, refused in verification.result["outcomes"].items() if not refused}
    assert got_out and got_out <= READING and outside_of(world) == before
    assert any("no Landlock here" in note for note in verification.notes)


def test_what_a_system_lacks_is_said(monkeypatch):
    monkeypatch.setattr(sys, "platform", "plan9")
    assert "plan9 has neither Landlock nor seccomp" in wall.put_up(None)[0]


# --- the filter, read as the kernel reads it ---


def judged(machine, number, *arguments, own=4711, arch=None):
    """What the filter says to a call: "allowed", "killed", or the number of an error."""
    words = {0: number, 4: machine.arch if arch is None else arch}
    words |= {16 + 8 * place: value & 0xFFFFFFFF for place, value in enumerate(arguments)}
    lines, at, held = program(machine, own), 0, 0
    while True:
        code, if_so, if_not, value = lines[at]
        at += 1
        if code == seccomp.LOAD:
            held = words.get(value, 0)
        elif code == seccomp.RETURN:
            return "allowed" if value == ALLOW else "killed" if value == KILL else value - ERROR
        else:
            truth = {seccomp.EQUAL: held == value, seccomp.AT_LEAST: held >= value, seccomp.ANY_BIT: bool(held & value)}[code]
            at += if_so if truth else if_not


@pytest.mark.parametrize("name", MACHINES)
def test_the_filter_on_both_machines(name):
    machine = MACHINES[name]
    numbers = {
        "x86_64": {"read": 0, "openat": 257, "socket": 41, "clone": 56, "execve": 59, "kill": 62, "fcntl": 72, "unlinkat": 263},
        "aarch64": {"read": 63, "openat": 56, "socket": 198, "clone": 220, "execve": 221, "kill": 129, "fcntl": 25, "unlinkat": 35},
    }[name]

    def call(what, *arguments):
        return judged(machine, numbers[what], *arguments)

    assert call("read", 3) == "allowed" and judged(machine, numbers["read"], arch=1) == "killed"
    assert call("openat", -100, 0, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY) == "allowed"
    for flag in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_APPEND, os.O_TMPFILE):
        assert call("openat", -100, 0, flag) == errno.EACCES
    assert [call(each) for each in ("socket", "execve", "unlinkat")] == [errno.EPERM] * 3
    assert call("clone", signal.SIGCHLD) == errno.EPERM and call("clone", 0x3D0F00) == "allowed"
    assert call("clone", 0x3D0F00 | 0x10000000) == errno.EPERM  # a thread in namespaces of its own
    assert call("kill", 4711, 11) == "allowed" and call("kill", 1, 9) == call("kill", -1, 9) == call("kill", 0, 9) == errno.EPERM
    assert call("fcntl", 3, 1030) == "allowed" and call("fcntl", 3, 8) == errno.EPERM
    assert judged(machine, 435) == judged(machine, 437) == errno.ENOSYS  # clone3, openat2
    assert judged(machine, 425) == judged(machine, 9999) == judged(machine, 0x40000000) == errno.EPERM
    assert len(program(machine, 1)) < 4096  # as many as the kernel takes
